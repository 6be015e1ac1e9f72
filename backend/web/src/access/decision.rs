//! Who a request is from.

use std::sync::Arc;

use headers::{Authorization, HeaderMapExt, authorization::Bearer};
use http::{HeaderMap, header};
use rollcall_api::session::{Reading, SignIn};

use super::{
    issuer::{Issuer, Refresh},
    person::Person,
    settings::AccessSettings,
    token,
};
use crate::problem::ApiError;

/// The longest token looked at, in bytes; a Cognito token of a member of a hundred groups has about 6 KB.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Decides who a request is from and what they may do. A clone shares the issuer's keys.
#[derive(Debug, Clone)]
pub struct Access(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    reading: Reading,
    issuer: Option<Issuer>,
}

impl Access {
    /// Access as `settings` say. The issuer is asked for its keys when the first token arrives.
    #[must_use]
    pub fn from_settings(settings: AccessSettings) -> Self {
        Self::with_refresh(settings, Refresh::default())
    }

    fn with_refresh(settings: AccessSettings, refresh: Refresh) -> Self {
        let issuer = settings.oidc.map(|oidc| Issuer::new(oidc, refresh));
        Self(Arc::new(Inner { reading: settings.reading, issuer }))
    }

    /// Who may read the directory.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.0.reading
    }

    /// How a browser signs in, as the issuer's discovery document says; none where sign-in is not set up.
    ///
    /// # Errors
    /// 503 while the issuer does not answer.
    pub async fn sign_in(&self) -> Result<Option<SignIn>, ApiError> {
        match &self.0.issuer {
            Some(issuer) => Ok(Some(issuer.sign_in().await?)),
            None => Ok(None),
        }
    }

    /// Whom the bearer token of a request names; none without a token.
    ///
    /// # Errors
    /// 401 for a token that does not count, 503 while the issuer does not answer.
    pub async fn person(&self, headers: &HeaderMap) -> Result<Option<Person>, ApiError> {
        match bearer(headers)? {
            Some(bearer) => self.named_by(bearer.token()).await.map(Some),
            None => Ok(None),
        }
    }

    async fn named_by(&self, token: &str) -> Result<Person, ApiError> {
        match &self.0.issuer {
            Some(issuer) => token::verify(token, issuer).await,
            None => Err(ApiError::unauthorized(NOT_SET_UP)),
        }
    }

    /// How a browser signs in, where that is known already; asks the issuer beside where it isn't, and never waits.
    pub fn sign_in_at_hand(&self) -> Option<SignIn> {
        self.0.issuer.as_ref()?.sign_in_at_hand()
    }

    /// Lets through whoever may read. Where everyone may, nothing that a request brings along is looked at: neither a
    /// header of another kind nor an issuer that is away takes from anyone what everyone may see.
    pub(super) async fn may_read(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        match self.reading() {
            Reading::Open => Ok(()),
            Reading::SignedIn => self.signed_in(headers).await.map(drop),
        }
    }

    pub(super) async fn signed_in(&self, headers: &HeaderMap) -> Result<Person, ApiError> {
        let no_token = if self.0.issuer.is_some() {
            "Sign in and send the access token as authorization: Bearer."
        } else {
            NOT_SET_UP
        };
        self.person(headers).await?.ok_or_else(|| ApiError::unauthorized(no_token))
    }
}

const NOT_SET_UP: &str =
    "Sign-in is not set up where this runs, so that it can only be read. Use the address of the dashboard.";

/// The token of the `authorization` header, when there is one.
fn bearer(headers: &HeaderMap) -> Result<Option<Authorization<Bearer>>, ApiError> {
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
