//! `GET /api/session`: who is signed in, what they may do, and how to sign in.

use axum::{Router, extract::State, routing::get};
use http::HeaderMap;
use rollcall_api::session::Session;

use crate::{access::Access, json::Json, problem::ApiError};

/// The route of the session.
pub fn routes(access: Access) -> Router {
    Router::new().route("/api/session", get(session)).with_state(access)
}

async fn session(State(access): State<Access>, headers: HeaderMap) -> Result<Json<Session>, ApiError> {
    // A page that was left open arrives with an expired token and has to learn here how to sign in again.
    let person = match access.person(&headers).await {
        Err(error) if error.status() == http::StatusCode::UNAUTHORIZED => None,
        other => other?,
    };
    Ok(Json(Session {
        user: person.as_ref().map(crate::access::Person::user),
        reading: access.reading(),
        sign_in: access.sign_in().await?,
    }))
}
