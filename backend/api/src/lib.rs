//! The wire types of Rollcall's HTTP API, shared by the server and the browser.
//!
//! Nothing here does I/O. What arrives from outside is a plain `…Input` type; parsing it gives a type that
//! can only hold what is valid, or the list of fields that are not.
//!
//! The feature `rules` holds what only the side that stores needs: the rules of text, whose tables of Unicode
//! would make the site too large. A browser asks for what must not be empty, and leaves the rest to the answer.

pub mod audit;
pub mod badge;
pub mod conformance;
pub mod duplicate;
pub mod employee;
pub mod employee_address;
#[cfg(feature = "rules")]
pub mod employee_details;
pub mod export;
pub mod field;
#[cfg(feature = "rules")]
pub mod field_rules;
pub mod former;
pub mod host;
pub mod import;
pub mod info;
#[cfg(feature = "openapi")]
mod openapi;
pub mod plan;
pub mod problem;
pub mod relaunch;
pub mod reporting;
pub mod revision;
pub mod schedule;
pub mod scim_token;
pub mod search_index;
pub mod session;
pub mod stress;
#[cfg(feature = "rules")]
pub mod text;
pub mod time;
#[cfg(feature = "rules")]
pub mod time_zone;
pub mod values;
pub mod word;

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field by reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}
