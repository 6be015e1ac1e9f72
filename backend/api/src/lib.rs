//! The wire types of Rollcall's HTTP API, shared by the server and the browser.
//!
//! Nothing here does I/O. What arrives from outside is a plain `…Input` type; parsing it gives a type that
//! can only hold what is valid, or the list of fields that are not, so that a form in the browser and the
//! API refuse the same input with the same words.

pub mod audit;
pub mod badge;
pub mod conformance;
pub mod employee;
pub mod employee_address;
pub mod host;
pub mod info;
pub mod plan;
pub mod problem;
pub mod relaunch;
pub mod revision;
pub mod schedule;
pub mod session;
pub mod word;

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field by reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}
