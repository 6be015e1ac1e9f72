//! Who a request is from.

use std::{sync::Arc, time::Duration};

use headers::{Authorization, HeaderMapExt, authorization::Bearer};
use http::{HeaderMap, Method, header};
use jiff::Timestamp;
use rollcall_api::{audit::Means, session::Reading};
use rollcall_error::Error;

use super::session::{changes, counting, from_own_pages};
use crate::{
    asking,
    issuer::{AccessSettings, Issuer, Named, Refresh},
    limits::Limits,
    problem::ApiError,
    sessions::{Sessions, id::SessionId, record::Session},
};

/// The longest token looked at, in bytes; a Cognito token of a member of a hundred groups has about 6 KB.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Decides who a request is from and what they may do. A clone shares the issuer's keys.
#[derive(Debug, Clone)]
pub struct Access(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    reading: Reading,
    operator_sign_in: Duration,
    limits: Limits,
    issuer: Option<Issuer>,
    sessions: Option<Sessions>,
}

impl Access {
    /// Access as `settings` say, with the sessions of browsers; without those, for bearer tokens alone. The issuer is asked
    /// for its keys when they are first needed.
    #[must_use]
    pub fn new(settings: AccessSettings, sessions: Option<Sessions>) -> Self {
        Self::with_refresh(settings, sessions, Refresh::default())
    }

    fn with_refresh(settings: AccessSettings, sessions: Option<Sessions>, refresh: Refresh) -> Self {
        let limits = Limits::new(settings.limits, sessions.as_ref().map(|it| &it.records));
        let issuer = settings.oidc.map(|oidc| Issuer::new(oidc, refresh));
        Self(Arc::new(Inner {
            reading: settings.reading,
            operator_sign_in: settings.operator_sign_in,
            limits,
            issuer,
            sessions,
        }))
    }

    /// Who may read the directory.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.0.reading
    }

    /// What counts how much anyone asks for.
    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Where sessions are kept, and tokens for SCIM; none where that is not set up.
    pub(crate) fn sessions(&self) -> Option<&Sessions> {
        self.0.sessions.as_ref()
    }

    /// Ends every session of whoever has this e-mail address. Without sessions there is nothing to end.
    ///
    /// # Errors
    /// When they can't be read or ended.
    pub async fn end_sessions_with(&self, email: &str) -> Result<(), Error> {
        match self.sessions() {
            Some(sessions) => sessions.end_all_with(email).await,
            None => Ok(()),
        }
    }

    /// What sessions are made with: none where that is not set up.
    pub(crate) fn for_sessions(&self) -> Option<(&Issuer, &Sessions)> {
        self.0.issuer.as_ref().zip(self.sessions())
    }

    /// The same, for who can do nothing without it.
    ///
    /// # Errors
    /// 404 where it is not set up.
    pub(crate) fn set_up_for_sessions(&self) -> Result<(&Issuer, &Sessions), ApiError> {
        self.for_sessions().ok_or_else(|| {
            ApiError::not_found("Nobody can sign in where this runs. Use the address of the dashboard.")
        })
    }

    /// Whom a request is from; none where it names nobody. A cookie counts before a token, so that no page can be made to act
    /// for someone else than who is signed in.
    ///
    /// # Errors
    /// 401 for a session that is over and a token that does not count, 403 for a change that does not come from the site's
    /// own pages, 429 where they ask for too much, 503 while the issuer does not answer.
    pub(crate) async fn person(
        &self,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Option<Named>, ApiError> {
        if let Some((issuer, sessions)) = self.for_sessions()
            && let Some(cookie) = sessions.cookies.session(headers)
        {
            if changes(method) {
                from_own_pages(sessions, headers)?;
            }
            let Some(id) = SessionId::parse(cookie) else { return Err(over()) };
            let session = counting(sessions, issuer, &id, changes(method)).await?.ok_or_else(over)?;
            let Session { person, signed_in_at, .. } = session;
            let named = Named { person, signed_in_at, issued_at: None, means: Means::Browser };
            return self.counted(named).await.map(Some);
        }
        match bearer(headers)? {
            Some(bearer) => {
                let named = self.named_by(bearer.token()).await?;
                if changes(method) {
                    self.was_not_ended(&named).await?;
                }
                self.counted(named).await.map(Some)
            }
            None => Ok(None),
        }
    }

    /// Lets a token through whose person has not signed out everywhere since it was given out. Where it isn't known when that
    /// was, it was before.
    async fn was_not_ended(&self, named: &Named) -> Result<(), ApiError> {
        let Some(sessions) = self.sessions() else { return Ok(()) };
        let Some(since) = sessions.tokens_count_since(&named.person).await? else { return Ok(()) };
        // Tokens tell whole seconds: one of the same second may be from before.
        if named.issued_at.is_some_and(|at| at.as_second() > since.as_second()) {
            return Ok(());
        }
        Err(ApiError::unauthorized(
            "Whose token this is has signed out everywhere since. Sign in for a new one.",
        ))
    }

    /// The same, once it is noted for the audit log who asks, and counted.
    async fn counted(&self, named: Named) -> Result<Named, ApiError> {
        asking::asks(named.person.caller(named.means));
        self.limits().by_person(&named.person).await?;
        Ok(named)
    }

    async fn named_by(&self, token: &str) -> Result<Named, ApiError> {
        match &self.0.issuer {
            Some(issuer) => issuer.named_by_access_token(token).await,
            None => Err(ApiError::unauthorized(NOT_SET_UP)),
        }
    }

    /// Lets through whoever may read. Where everyone may, nothing that a request brings along is looked at: neither a
    /// header of another kind nor an issuer that is away takes from anyone what everyone may see.
    pub(super) async fn may_read(&self, method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
        match self.reading() {
            Reading::Open => Ok(()),
            Reading::SignedIn => self.signed_in(method, headers).await.map(drop),
        }
    }

    pub(super) async fn signed_in(&self, method: &Method, headers: &HeaderMap) -> Result<Named, ApiError> {
        let nobody = || {
            ApiError::unauthorized(if self.0.issuer.is_some() {
                "Sign in; a script sends an access token as authorization: Bearer."
            } else {
                NOT_SET_UP
            })
        };
        self.person(method, headers).await?.ok_or_else(nobody)
    }

    /// Lets through who proved a moment ago who they are. Where it isn't known when that was, it is too long ago.
    ///
    /// # Errors
    /// 401, with a way to do better.
    pub(crate) fn is_fresh(&self, named: &Named, now: Timestamp) -> Result<(), ApiError> {
        let limit = self.0.operator_sign_in;
        let age = named.signed_in_at.map(|then| now.duration_since(then).unsigned_abs());
        if age.is_some_and(|age| age < limit) {
            return Ok(());
        }
        Err(ApiError::sign_in_again(format!(
            "This takes a sign-in that is not older than {} min. Sign in once more; a script gets itself a new token.",
            limit.as_secs() / 60
        )))
    }
}

fn over() -> ApiError {
    ApiError::unauthorized("The session is over. Sign in again.")
}

const NOT_SET_UP: &str =
    "Sign-in is not set up where this runs, so that it can only be read. Use the address of the dashboard.";

/// The token of the `authorization` header, when there is one.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<Authorization<Bearer>>, ApiError> {
    let several = headers.get_all(header::AUTHORIZATION).iter().nth(1).is_some();
    match headers.typed_try_get::<Authorization<Bearer>>() {
        Ok(None) => Ok(None),
        Ok(Some(bearer)) if !several && (1..=MAX_TOKEN_BYTES).contains(&bearer.token().len()) => {
            Ok(Some(bearer))
        }
        _ => Err(ApiError::unauthorized("The header authorization must be: Bearer, a space, one token.")),
    }
}

#[cfg(test)]
mod tests;
