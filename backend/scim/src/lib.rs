//! SCIM 2.0 without storage and HTTP: filters and paths, the schemas of a user, changes of a resource, and what its attributes
//! mean to the fields of an employee. Pure; nothing that a provider sends makes it panic or take long.

mod attribute_path;
pub mod discovery;
mod filter;
pub mod mapping;
mod order;
mod parse;
mod patch;
mod path;
mod projection;
mod refusal;
mod schema;
mod select;
pub mod user;
mod value;

pub use attribute_path::AttributePath;
pub use filter::{Filter, Literal, Operator};
pub use order::sort_key;
pub use patch::{Operation, Resource, described, operations};
pub use path::Path;
pub use projection::Projection;
pub use refusal::{Mistake, Refusal};
pub use select::meets;
