//! Ending to sign in: `GET /auth/callback`, where the issuer sends the browser back to.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use rollcall_api::session::SignInProblem;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::problem::{own_page, told};
use crate::{
    access::{Access, Everyone},
    declared::Route,
    issuer::{Granted, Issuer, Named, NotGranted},
    person::Person,
    problem::ApiError,
    query::Pairs,
    sessions::{Sessions, id::hash, store::Arrival, transaction::Transaction},
    signed_in::noted,
};

/// The longest error of an issuer that is logged, in bytes.
const MAX_ERROR_BYTES: usize = 64;

pub(super) fn route(access: Access) -> Route {
    Route::get("/auth/callback", end)
        .says(|it| {
            let text = || ObjectBuilder::new().schema_type(Type::String).build();
            it.does("End to sign in, where the issuer sends the browser back to")
                .note("Whoever asks too often (429) is shown a page in place of a problem where they would rather have HTML.")
                .query("state", "What the issuer was given.", text())
                .query("code", "What the issuer gives for a token.", text())
                .query("error", "Why the issuer gives none.", text())
                .answers_nothing(
                    StatusCode::SEE_OTHER,
                    "On to where the browser came from, or to a page that says why not.",
                )
                .with_header(StatusCode::SEE_OTHER, "location", "Where to go on.")
                .with_header(StatusCode::SEE_OTHER, "set-cookie", "The session.")
                .refuses(StatusCode::NOT_FOUND)
        })
        .with_state(access)
}

/// What the issuer sent the browser back with. It may add what it likes.
#[derive(Debug, Default)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

impl Answer {
    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut answer = Self::default();
        for (name, value) in pairs {
            let place = match name.as_str() {
                "state" => &mut answer.state,
                "code" => &mut answer.code,
                "error" => &mut answer.error,
                _ => continue,
            };
            *place = Some(value);
        }
        answer
    }
}

async fn end(
    _: Everyone,
    State(access): State<Access>,
    headers: HeaderMap,
    Pairs(pairs): Pairs,
) -> Result<Response, ApiError> {
    let (issuer, sessions) = access.set_up_for_sessions()?;
    let now = Timestamp::now();
    let arrived = match arrive(issuer, sessions, &headers, Answer::of(pairs), now).await? {
        Ok(arrived) => arrived,
        // Whoever opens the address once more, and is signed in, is not told that it counts once.
        Err(SignInProblem::Over) if is_signed_in(&access, &headers).await => {
            noted(SignInProblem::Over);
            return Ok(Redirect::to("/").into_response());
        }
        Err(problem) => return Ok(told(problem)),
    };
    let (arrival, return_to) = arrived;
    // A session that this browser had is over with the new one, so that no old id is good for anything.
    if let Some(old) = sessions.cookies.session(&headers).and_then(crate::sessions::id::SessionId::parse) {
        sessions.end(&old.hash()).await?;
    }
    let Person { issuer, subject, .. } = arrival.person.clone();
    let id = sessions.begin(arrival, now).await?;
    tracing::info!(issuer, subject, "signed in");
    let cookie = sessions.cookies.keep_session(&id);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(own_page(&return_to))).into_response())
}

/// Whether this is an error as issuers have them, such as `access_denied`
/// ([RFC 6749, section 4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)). Anyone may come back with another.
fn is_word(error: &str) -> bool {
    error.len() <= MAX_ERROR_BYTES
        && error.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

async fn is_signed_in(access: &Access, headers: &HeaderMap) -> bool {
    access.person(&http::Method::GET, headers).await.is_ok_and(|named| named.is_some())
}

/// Who has arrived, and where to go on.
async fn arrive(
    issuer: &Issuer,
    sessions: &Sessions,
    headers: &HeaderMap,
    answer: Answer,
    now: Timestamp,
) -> Result<Result<(Arrival, String), SignInProblem>, ApiError> {
    let Some(state) = answer.state else { return Ok(Err(SignInProblem::Over)) };
    let Some(browser) = sessions.cookies.browser(headers) else {
        return Ok(Err(SignInProblem::NoCookie));
    };
    let Some(transaction) = sessions.recall(&state, now).await? else {
        return Ok(Err(SignInProblem::Over));
    };
    if transaction.browser != hash(browser.to_text().as_bytes()) {
        return Ok(Err(SignInProblem::OtherBrowser));
    }
    let Some(code) = answer.code.filter(|_| answer.error.is_none()) else {
        let error = answer.error.filter(|error| is_word(error));
        tracing::info!(error, "the issuer of tokens let nobody in");
        return Ok(Err(SignInProblem::Refused));
    };
    let Transaction { verifier, nonce, return_to, .. } = transaction;
    let Granted { id_token, refresh } = match issuer.redeem(&sessions.callback(), code, verifier).await {
        Ok(granted) => granted,
        Err(NotGranted::Refused) => return Ok(Err(SignInProblem::Refused)),
        Err(NotGranted::Away) => return Ok(Err(SignInProblem::IssuerAway)),
    };
    let Some(token) = id_token else { return Ok(Err(SignInProblem::NotUnderstood)) };
    let Named { person, signed_in_at, .. } = match issuer.named_by_id_token(&token, Some(&nonce)).await {
        Ok(named) => named,
        Err(error) if error.status() == StatusCode::UNAUTHORIZED => {
            tracing::error!(error = error.problem().detail, "an ID token does not count");
            return Ok(Err(SignInProblem::NotUnderstood));
        }
        Err(error) => return Err(error),
    };
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    // An issuer that does not tell may have let someone in who proved long ago who they are.
    let signed_in_at = signed_in_at.map(|then| then.min(now));
    Ok(Ok((Arrival { person, signed_in_at, refresh, browser: agent.to_owned() }, return_to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_issuer_says_is_not_logged() {
        for word in ["access_denied", "interaction_required", "temporarily_unavailable"] {
            assert!(is_word(word), "{word}");
        }
        for other in ["a b", "a\nb", "eyJ\u{e9}", &"a".repeat(65)] {
            assert!(!is_word(other), "{other}");
        }
    }
}
