//! `GET /api/session`: who is signed in, what they may do, and how to sign in.

use axum::{Router, extract::State, routing::get};
use http::{HeaderMap, StatusCode};
use rollcall_api::session::{Reading, Session};

use crate::{
    access::{Access, Person},
    json::Json,
    problem::ApiError,
};

/// The route of the session.
pub fn routes(access: Access) -> Router {
    Router::new().route("/api/session", get(session)).with_state(access)
}

async fn session(State(access): State<Access>, headers: HeaderMap) -> Result<Json<Session>, ApiError> {
    let is_open = access.reading() == Reading::Open;
    let person = match access.person(&headers).await {
        // A page that was left open arrives with an expired token and has to learn here how to sign in again.
        Err(error) if error.status() == StatusCode::UNAUTHORIZED => None,
        // What everyone may read is shown without the issuer too.
        Err(error) if error.status() == StatusCode::SERVICE_UNAVAILABLE && is_open => None,
        other => other?,
    };
    let (sign_in, sign_in_unavailable) = match access.sign_in().await {
        Err(error) if error.status() == StatusCode::SERVICE_UNAVAILABLE && is_open => (None, true),
        other => (other?, false),
    };
    let user = person.as_ref().map(Person::user);
    Ok(Json(Session { user, reading: access.reading(), sign_in, sign_in_unavailable }))
}
