//! The tokens of whoever is signed in, and what the issuer answers when asked for them.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::pkce::PendingSignIn;

/// A token is renewed this long before it expires, so that none expires on its way.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// How long a token counts when the issuer does not say: RFC 6749, section 5.1, only recommends that it does.
const ASSUMED_SECONDS: i64 = 300;

/// What the issuer's token endpoint answers (RFC 6749, section 5.1).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct TokenAnswer {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<i64>,
}

/// What is kept while someone is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tokens {
    /// Sent with every call to the API.
    pub(super) access_token: String,
    /// Buys the next access token; none when the issuer gives none.
    pub(super) refresh_token: Option<String>,
    /// When the access token stops counting.
    #[serde(deserialize_with = "rollcall_api::time::read")]
    pub(super) expires_at: Timestamp,
    /// Where to renew it.
    pub(super) token_endpoint: String,
    /// Whom the issuer gave it to.
    pub(super) client_id: String,
}

impl Tokens {
    /// The tokens of an answer that came at `now` to the sign-in that was `pending`.
    pub(super) fn new(answer: TokenAnswer, pending: &PendingSignIn, now: Timestamp) -> Self {
        Self {
            access_token: answer.access_token,
            refresh_token: answer.refresh_token,
            expires_at: expiry(answer.expires_in, now),
            token_endpoint: pending.token_endpoint.clone(),
            client_id: pending.client_id.clone(),
        }
    }

    /// The tokens after a renewal at `now`. An issuer that doesn't rotate refresh tokens sends none along.
    pub(super) fn renewed(self, answer: TokenAnswer, now: Timestamp) -> Self {
        Self {
            access_token: answer.access_token,
            refresh_token: answer.refresh_token.or(self.refresh_token),
            expires_at: expiry(answer.expires_in, now),
            ..self
        }
    }

    /// Whether the access token should be renewed before it is used again.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.expires_at.duration_since(now) <= MARGIN
    }

    /// How long until [`Self::is_due`].
    pub(super) fn due_in(&self, now: Timestamp) -> SignedDuration {
        (self.expires_at.duration_since(now) - MARGIN).max(SignedDuration::ZERO)
    }
}

fn expiry(expires_in: Option<i64>, now: Timestamp) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(expires_in.unwrap_or(ASSUMED_SECONDS))).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(refresh_token: Option<&str>) -> TokenAnswer {
        TokenAnswer {
            access_token: "a2".to_owned(),
            refresh_token: refresh_token.map(str::to_owned),
            expires_in: Some(3600),
        }
    }

    fn tokens() -> Tokens {
        let pending = PendingSignIn {
            state: "s".to_owned(),
            verifier: "v".to_owned(),
            return_to: "/".to_owned(),
            client_id: "c".to_owned(),
            token_endpoint: "https://issuer/token".to_owned(),
        };
        Tokens::new(answer(Some("r1")), &pending, Timestamp::UNIX_EPOCH)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn a_token_is_due_a_minute_before_it_expires() {
        assert!(!tokens().is_due(at(3600 - 61)));
        assert!(tokens().is_due(at(3600 - 60)));
        assert_eq!(tokens().due_in(at(3600 - 61)), SignedDuration::from_secs(1));
        assert_eq!(tokens().due_in(at(9000)), SignedDuration::ZERO);
    }

    #[test]
    fn a_refresh_token_is_kept_until_the_issuer_sends_another() {
        assert_eq!(tokens().renewed(answer(None), at(10)).refresh_token.as_deref(), Some("r1"));
        assert_eq!(tokens().renewed(answer(Some("r2")), at(10)).refresh_token.as_deref(), Some("r2"));
    }
}
