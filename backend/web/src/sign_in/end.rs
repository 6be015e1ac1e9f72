//! Signing out: `POST /auth/sign-out`.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, StatusCode, header};
use reqwest::Url;
use rollcall_api::session::{SignOut, SignedOut};
use serde_json::json;

use crate::{
    access::{Access, Everyone},
    declared::Route,
    issuer::Named,
    json::Json,
    problem::ApiError,
    sessions::{Sessions, id::SessionId},
};

pub(super) fn route(access: Access) -> Route {
    Route::post("/auth/sign-out", end)
        .says(|it| {
            it.does("End this browser's session, or all of one's own")
                .answers::<SignedOut>(StatusCode::OK, "Nobody is signed in here any more.")
                .with_header(StatusCode::OK, "set-cookie", "Has the browser forget the session.")
                .refuses(StatusCode::FORBIDDEN)
                .refuses(StatusCode::NOT_FOUND)
                .for_example(json!({"everywhere": true}))
        })
        .with_state(access)
}

/// Ends the session of this browser, or all of the person's, and answers where the issuer forgets them too.
async fn end(
    _: Everyone,
    State(access): State<Access>,
    headers: HeaderMap,
    Json(SignOut { everywhere }): Json<SignOut>,
) -> Result<Response, ApiError> {
    let Some((issuer, sessions)) = access.for_sessions() else {
        return Err(ApiError::not_found("Nobody is signed in where this runs."));
    };
    let named = match access.person(&Method::POST, &headers).await {
        // A session that is over already is what was asked for.
        Err(error) if error.status() == StatusCode::UNAUTHORIZED => None,
        other => other?,
    };
    if let Some(id) = sessions.cookies.session(&headers).and_then(SessionId::parse) {
        sessions.end(&id.hash()).await?;
    }
    if let Some(Named { person, .. }) = named {
        if everywhere {
            sessions.end_all(&person).await?;
        }
        tracing::info!(issuer = person.issuer, subject = person.subject, everywhere, "signed out");
    }
    // Without the issuer they are signed out here all the same.
    let endpoint = issuer.endpoints().await.ok().and_then(|endpoints| endpoints.end_session);
    let go_to = endpoint.and_then(|endpoint| forgetting(&endpoint, &issuer.settings.client_id, sessions));
    let cookie = sessions.cookies.drop_session();
    Ok(([(header::SET_COOKIE, cookie)], Json(SignedOut { go_to })).into_response())
}

/// The issuer's page to sign out at, which then sends the browser back here.
fn forgetting(endpoint: &str, client_id: &str, sessions: &Sessions) -> Option<String> {
    let mut address = Url::parse(endpoint).ok()?;
    let back = sessions.site.join("/").ok()?;
    // Cognito reads `logout_uri`, OpenID Connect's own RP-initiated logout `post_logout_redirect_uri`.
    address
        .query_pairs_mut()
        .append_pair("client_id", client_id)
        .append_pair("logout_uri", back.as_str())
        .append_pair("post_logout_redirect_uri", back.as_str());
    Some(address.to_string())
}
