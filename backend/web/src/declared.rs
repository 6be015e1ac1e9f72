//! What a route says of itself where it is declared: who may use it, what it takes, what it answers.
//!
//! Who may use it is not written beside a route but read from what its handler takes: the first argument of every handler is
//! one that lets through or refuses ([`Guard`]), so that what is told can't differ from what is done, and a route that does
//! not say it does not compile. What else a handler takes describes itself as well ([`Input`]); what it answers is said by the
//! route, in the types that it answers with.
//!
//! All of it together is the API's document ([`document`]). It is made where the code is tested, and kept as
//! `docs/openapi.json`: a release carries that file and none of what makes it.

pub mod document;
mod input;
mod operation;
mod route;
mod schema;
mod who;

pub use input::{Guard, Input, Inputs, Segment};
pub use operation::Operation;
pub use route::Route;
pub use schema::{formatted, required};
pub use who::Who;
