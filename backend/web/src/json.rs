//! JSON bodies, in and out.

use axum::{
    body::Bytes,
    extract::{FromRequest, OptionalFromRequest, Request},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use rollcall_json::JsonError;
use serde::{Serialize, de::DeserializeOwned};

use crate::problem::ApiError;

/// A JSON body.
///
/// As an extractor it refuses with a problem that names the field: 415 for another content type, 413 above
/// the route's body limit, 400 for what is no JSON, 422 for a value that its place does not take.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

impl<T, S> FromRequest<S> for Json<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(not_json());
        }
        let body = body(request, state).await?;
        parse(&body).map(Self)
    }
}

/// A body that may be left out: `Option<Json<T>>` is none for an empty body, whatever its content type.
impl<T, S> OptionalFromRequest<S> for Json<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, ApiError> {
        let is_json = is_json(request.headers());
        let body = body(request, state).await?;
        match (body.is_empty(), is_json) {
            (true, _) => Ok(None),
            (false, true) => parse(&body).map(Self).map(Some),
            (false, false) => Err(not_json()),
        }
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// The whole body, within the route's limit.
///
/// # Errors
/// 413 above the limit, 400 when the body breaks off.
pub async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
            ApiError::payload_too_large("The body is larger than this route takes.")
        } else {
            ApiError::bad_request("The body broke off before its end.").caused_by(rejection)
        }
    })
}

fn not_json() -> ApiError {
    ApiError::unsupported_media_type("The body must be JSON and say so with content-type: application/json.")
}

fn is_json(headers: &HeaderMap) -> bool {
    is_of(headers, &["application/json"])
}

/// Whether a body says that it is of one of these media types, whatever their parameters.
#[must_use]
pub fn is_of(headers: &HeaderMap, kinds: &[&str]) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).map(str::trim).unwrap_or_default();
    kinds.iter().any(|kind| essence.eq_ignore_ascii_case(kind))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    rollcall_json::from_slice(body).map_err(|error| match error {
        JsonError::Field(error) => ApiError::invalid(vec![error]),
        error => ApiError::bad_request(format!("The body is not JSON: {error}.")),
    })
}
