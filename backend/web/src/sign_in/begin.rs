//! Beginning to sign in: `GET /auth/sign-in?return_to&again`.

use std::time::Duration;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use rollcall_api::session::SignInProblem;
use rollcall_error::Error;
use serde::Deserialize;

use super::problem::{own_page, told};
use crate::{
    access::{Access, Everyone},
    declared::Route,
    problem::ApiError,
    query::Query,
    sessions::{
        id::{SessionId, hash},
        transaction::Transaction,
    },
};

/// The longest address that is come back to, in bytes.
const MAX_RETURN_BYTES: usize = 2_000;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
struct SignInQuery {
    /// Where on this site to go on afterwards.
    #[serde(default)]
    return_to: String,
    /// Whether to prove once more who one is.
    #[serde(default)]
    again: bool,
}

pub(super) fn route(access: Access) -> Route {
    Route::get("/auth/sign-in", begin)
        .says(|it| {
            it.does("Sign a browser in")
                .note("Whoever asks too often (429) is shown a page in place of a problem where they would rather have HTML.")
                .answers_nothing(
                    StatusCode::SEE_OTHER,
                    "On to the issuer, or to a page that says what is wrong.",
                )
                .with_header(StatusCode::SEE_OTHER, "location", "Where to go on.")
                .with_header(StatusCode::SEE_OTHER, "set-cookie", "What binds this sign-in to this browser.")
                .refuses(StatusCode::NOT_FOUND)
        })
        .with_state(access)
}

/// What tells this browser from others is kept for all its tabs: each may sign in on its own.
async fn begin(
    _: Everyone,
    State(access): State<Access>,
    headers: HeaderMap,
    Query(SignInQuery { return_to, again }): Query<SignInQuery>,
) -> Result<Response, ApiError> {
    let (issuer, sessions) = access.set_up_for_sessions()?;
    let max_age = if again { Duration::ZERO } else { sessions.limits.lifetime };
    let question = match issuer.question(&sessions.callback(), max_age).await {
        Ok(question) => question,
        Err(error) if error.status() == StatusCode::SERVICE_UNAVAILABLE => {
            return Ok(told(SignInProblem::IssuerAway));
        }
        Err(error) => return Err(error),
    };
    let browser = match sessions.cookies.browser(&headers) {
        Some(browser) => browser,
        None => SessionId::random().map_err(Error::broken)?,
    };
    let return_to = own_page(&return_to);
    let return_to = if return_to.len() > MAX_RETURN_BYTES { "/" } else { return_to };
    let transaction = Transaction {
        browser: hash(browser.to_text().as_bytes()),
        verifier: question.verifier,
        nonce: question.nonce,
        return_to: return_to.to_owned(),
        expires_at: Transaction::expiry(Timestamp::now()),
    };
    sessions.remember(&question.state, &transaction).await?;
    let cookie = sessions.cookies.keep_browser(&browser);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&question.address)).into_response())
}
