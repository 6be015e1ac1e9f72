//! `GET /api/session`: who is signed in, and what they may do.

use axum::{
    extract::State,
    response::{AppendHeaders, IntoResponse},
};
use http::{HeaderMap, Method, StatusCode, header};
use rollcall_api::session::{Reading, Session};

use crate::{
    Routes,
    access::{Access, Everyone},
    declared::Route,
    json::Json,
    problem::ApiError,
};

/// The route of the session.
pub fn routes(access: Access) -> Routes {
    let route = Route::get("/api/session", session).says(|it| {
        it.does("Who is signed in, and what they may do").answers::<Session>(StatusCode::OK, "The session.")
    });
    Routes::default().without_query([route.with_state(access)])
}

async fn session(
    _: Everyone,
    State(access): State<Access>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    let is_open = access.reading() == Reading::Open;
    let (mut is_over, mut user_not_known) = (false, false);
    let named = match access.person(&Method::GET, &headers).await {
        // A page that was left open learns here that its session is over.
        Err(error) if error.status() == StatusCode::UNAUTHORIZED => {
            is_over = true;
            None
        }
        // What everyone may read is shown without the issuer too.
        Err(error) if error.status() == StatusCode::SERVICE_UNAVAILABLE && is_open => {
            user_not_known = true;
            None
        }
        other => other?,
    };
    let sessions = access.for_sessions().map(|(_, sessions)| sessions);
    let can_sign_in = sessions.is_some();
    let dropped =
        sessions.filter(|_| is_over).map(|sessions| (header::SET_COOKIE, sessions.cookies.drop_session()));
    let user = named.as_ref().map(|named| named.person.user());
    let session: Session = Session { user, reading: access.reading(), can_sign_in, user_not_known };
    Ok((AppendHeaders(dropped), Json(session)))
}
