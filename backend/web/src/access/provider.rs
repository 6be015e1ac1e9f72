//! Which identity provider a request is from.

use http::HeaderMap;
use jiff::Timestamp;
use rollcall_api::audit::{Actor, Means};
use rollcall_audit::Caller;

use super::decision::{Access, bearer};
use crate::{asking, problem::ApiError, request_id::RequestId, sessions::token::Token};

/// An identity provider, by the token that it shows.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The id of its token, by which an operator can revoke it.
    pub token: String,
    /// What the token is called.
    pub name: String,
    /// The address of SCIM, without a slash at its end.
    pub base: String,
}

impl Provider {
    /// Who asks, for the audit log.
    #[must_use]
    pub fn caller(&self) -> Caller {
        let actor = Actor::Provider { name: self.name.clone(), token: self.token.clone() };
        let request_id = RequestId::current().map(|id| id.to_string());
        Caller { actor, means: Some(Means::Scim), request_id }
    }
}

impl Access {
    /// The provider that a request is from. Nothing else than a token that was made for SCIM counts: neither a cookie nor an
    /// access token.
    ///
    /// # Errors
    /// 401 for anyone else, 429 where too much is asked for, 503 where it can't be told.
    pub async fn provider(&self, headers: &HeaderMap) -> Result<Provider, ApiError> {
        let sessions = self.sessions().ok_or_else(|| {
            ApiError::unauthorized("SCIM is closed where this runs. Use the address of the dashboard.")
        })?;
        let nobody = || {
            ApiError::unauthorized(
                "SCIM takes a token that an operator has made for it, as authorization: Bearer.",
            )
        };
        self.limits().by_address().await?;
        let bearer = bearer(headers)?.ok_or_else(nobody)?;
        let token = Token::parse(bearer.token()).ok_or_else(nobody)?;
        let stored = sessions.token_in_use(&token, Timestamp::now()).await?.ok_or_else(nobody)?;
        let provider = Provider {
            token: stored.place.to_string(),
            name: stored.name,
            base: sessions.scim().to_string(),
        };
        asking::asks(provider.caller());
        self.limits().by_provider(&provider.token).await?;
        Ok(provider)
    }
}
