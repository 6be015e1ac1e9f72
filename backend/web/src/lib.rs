//! What every HTTP answer of Rollcall shares, wherever it is served from: errors as problem details, the
//! sign-in check, pages of lists, request ids and logs.

pub mod access;
pub mod app;
pub mod json;
pub mod log;
pub mod page;
pub mod path;
pub mod problem;
pub mod query;
pub mod request_id;
pub mod session;

pub use app::{app, app_with};
