//! Errors as [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem details.

use serde::{Deserialize, Serialize};

/// The media type of a problem document (RFC 9457, section 3).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The kind of problem of whoever is signed in, and proved who they are too long ago for what they ask.
pub const SIGN_IN_AGAIN: &str = "urn:rollcall:problem:sign-in-again";

/// What went wrong with a request, for people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A URI that names the kind of problem, such as `urn:rollcall:problem:invalid-input`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in a few words; the same text for each problem of its kind.
    pub title: String,
    /// The HTTP status code of the answer.
    pub status: u16,
    /// What happened this time, and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The id under which the server logged this request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Each input that is not valid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// What is wrong with a field in which something must be, and is not.
pub(crate) const EMPTY: &str = "is empty; enter at least one character";

/// One input that is not valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The path of the field: `full_name`, `badges[2]`, `variables.region`.
    pub field: String,
    /// What is wrong with it and what would be right.
    pub detail: String,
}

impl FieldError {
    /// An error about the field at `field`.
    pub fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: field.into(), detail: detail.into() }
    }
}
