//! Path parameters, parsed into a type.

use axum::extract::{FromRequestParts, rejection::PathRejection};

use crate::problem::ApiError;

/// The path's parameters as a `T`. What cannot be a `T` names nothing there is: a 404 problem.
#[derive(Debug, Clone, Copy, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ApiError))]
pub struct Path<T>(pub T);

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        if rejection.status().is_server_error() {
            Self::internal(rejection)
        } else {
            Self::not_found("Nothing has this address.").caused_by(rejection)
        }
    }
}
