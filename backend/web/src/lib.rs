//! What every HTTP answer of Rollcall shares, wherever it is served from: errors as problem details, the
//! sign-in check, request ids, logs, and how the AWS SDK is set up.

pub mod access;
pub mod app;
pub mod aws;
pub mod json;
pub mod log;
pub mod path;
pub mod problem;
pub mod query;
pub mod request_id;
pub mod session;

pub use app::app;
