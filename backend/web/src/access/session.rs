//! From the session of a browser to the person whose it is.

use std::time::Duration;

use http::{HeaderMap, Method, header};
use jiff::Timestamp;
use rollcall_error::Error;
use tokio::time::sleep;

use crate::{
    issuer::{Issuer, NotGranted},
    problem::ApiError,
    sessions::{
        Sessions,
        id::SessionId,
        record::{Session, Step},
    },
};

/// How long a request waits for another one that asks the issuer at the same time, and how often it looks.
const WAITS: u32 = 50;
const LOOKS_EVERY: Duration = Duration::from_millis(100);

/// The header by which a browser says from where a request comes
/// ([Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)).
const FROM: &str = "sec-fetch-site";

/// Whether a request changes something.
pub(crate) fn changes(method: &Method) -> bool {
    !method.is_safe()
}

/// Lets a request through that changes something only if it comes from the site's own pages: a cookie goes along with
/// requests that others make.
///
/// # Errors
/// 403 for all others.
pub(super) fn from_own_pages(sessions: &Sessions, headers: &HeaderMap) -> Result<(), ApiError> {
    let is_own = match headers.get(FROM) {
        Some(from) => from == "same-origin",
        None => headers
            .get(header::ORIGIN)
            .and_then(|origin| origin.to_str().ok())
            .is_some_and(|origin| origin == sessions.site.origin().ascii_serialization()),
    };
    if is_own {
        return Ok(());
    }
    Err(ApiError::forbidden(
        "A signed-in browser may change something only from this site's own pages. Scripts send a bearer token, and no \
         cookie.",
    ))
}

/// The session with this id, if it counts.
///
/// # Errors
/// 503 where it isn't known whether it does.
pub(super) async fn counting(
    sessions: &Sessions,
    issuer: &Issuer,
    id: &SessionId,
    changes: bool,
) -> Result<Option<Session>, ApiError> {
    let hash = id.hash();
    for _ in 0..WAITS {
        let Some(session) = sessions.get(&hash).await? else { return Ok(None) };
        let now = Timestamp::now();
        match session.step(sessions.limits, changes, now) {
            Step::End => {
                sessions.end(&hash).await?;
                return Ok(None);
            }
            Step::Count { note } => {
                if note {
                    sessions.note(&hash, &session, now).await?;
                }
                return Ok(Some(session));
            }
            Step::Ask => {
                if let Some(asking) = sessions.take_asking(&hash, &session, now).await? {
                    return ask(sessions, issuer, id, &asking).await;
                }
            }
            Step::Wait => sleep(LOOKS_EVERY).await,
        }
    }
    Err(not_known())
}

/// Asks the issuer whether someone still is who they are, and in which groups.
async fn ask(
    sessions: &Sessions,
    issuer: &Issuer,
    id: &SessionId,
    asking: &Session,
) -> Result<Option<Session>, ApiError> {
    let Some(refresh) = asking.refresh.as_deref().and_then(|sealed| id.open(sealed)) else {
        sessions.end(&id.hash()).await?;
        return Ok(None);
    };
    let answer = issuer.ask_again(&sessions.callback(), refresh).await;
    let now = Timestamp::now();
    match answer {
        Ok(granted) => {
            let person = match granted.id_token {
                Some(token) => Some(issuer.named_by_id_token(&token, None).await?.person),
                None => None,
            };
            // A word about someone else is none about them.
            if person.as_ref().is_some_and(|person| person.subject != asking.person.subject) {
                sessions.end(&id.hash()).await?;
                return Ok(None);
            }
            Ok(sessions.answered(id, asking, Some((person, granted.refresh)), now).await?)
        }
        Err(NotGranted::Refused) => {
            sessions.end(&id.hash()).await?;
            Ok(None)
        }
        Err(NotGranted::Away) => {
            let session = sessions.answered(id, asking, None, now).await?;
            match session {
                Some(session) if !session.bears_silence(now) => Err(not_known()),
                session => Ok(session),
            }
        }
    }
}

fn not_known() -> ApiError {
    Error::away("It can't be told at the moment whether you are still signed in, since the sign-in service does not answer.")
        .into()
}
