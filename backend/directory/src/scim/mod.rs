//! SCIM 2.0 at `/scim/v2`: an identity provider keeps the directory
//! ([RFC 7644](https://www.rfc-editor.org/rfc/rfc7644), cursors by [RFC 9865](https://www.rfc-editor.org/rfc/rfc9865)).
//!
//! What the protocol means is in [`rollcall_scim`], without storage. Here is a file for each thing that providers do.

mod answer;
mod arrive;
mod change;
mod changing;
mod create;
mod discover;
mod find;
mod list;
mod manager;
mod person;
mod query;
mod remove;
mod request;
mod routes;
mod view;
mod walk;

use axum::response::{IntoResponse, Response};
use rollcall_web::problem::ApiError;

use self::answer::ScimError;
pub(crate) use routes::{beside, routes};

/// A refusal of a request that reached no route, as a provider is told one.
#[must_use]
pub fn scim_refusal(error: ApiError) -> Response {
    ScimError::from(error).into_response()
}
