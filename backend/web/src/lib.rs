//! What every HTTP answer of Rollcall shares, wherever it is served from: errors as problem details, the
//! sign-in check, pages of lists, request ids and logs.

mod accepted;
pub mod access;
pub mod address;
mod answered;
pub mod app;
mod asking;
pub mod audited;
pub mod declared;
mod etag;
pub mod host_orders;
mod idempotency;
mod issuer;
pub mod json;
mod limits;
pub mod log;
pub mod metrics;
mod minutes;
pub mod openapi;
pub mod page;
pub mod path;
mod person;
pub mod precondition;
pub mod problem;
pub mod query;
pub mod request_id;
mod routes;
pub mod safe_headers;
pub mod scim_tokens;
pub mod session;
pub mod sessions;
pub mod sign_in;
mod signed_in;
pub mod trace_id;

pub use app::{app, app_with};
pub use audited::audited;
pub use routes::Routes;
