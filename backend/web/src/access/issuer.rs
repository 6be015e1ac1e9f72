//! The issuer of tokens: its addresses and public keys, fetched when first needed and kept.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use reqwest::{Client, Url, redirect};
use rollcall_api::session::SignIn;
use rollcall_error::source_chain;
use serde::{Deserialize, de::DeserializeOwned};
use tokio::sync::{Mutex, RwLock};

use super::settings::{OidcSettings, is_safe};
use crate::problem::ApiError;

/// How long connecting to the issuer may take.
const CONNECT: Duration = Duration::from_secs(2);

/// How long one of the issuer's documents may take to arrive.
const FETCH: Duration = Duration::from_secs(5);

/// The largest document taken from the issuer, in bytes; Cognito's have under 4 KB.
const MAX_DOCUMENT_BYTES: usize = 256 * 1024;

/// `openid` alone: a Cognito access token carries user name and groups without further scopes.
const SCOPES: &str = "openid";

/// How often the issuer is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refresh {
    /// Keys older than this are fetched again, so that one the issuer withdrew stops counting.
    pub(super) after: Duration,
    /// After a success, an unknown key makes no further request for this long, so that a flood of tokens
    /// with invented keys is no flood of requests.
    pub(super) pause: Duration,
    /// The same after a failure; shorter, since nobody can sign in meanwhile.
    pub(super) pause_after_failure: Duration,
}

impl Default for Refresh {
    fn default() -> Self {
        Self {
            after: Duration::from_secs(60 * 60),
            pause: Duration::from_secs(60),
            pause_after_failure: Duration::from_secs(5),
        }
    }
}

/// An issuer and what is known about it.
#[derive(Debug)]
pub(super) struct Issuer {
    pub(super) settings: OidcSettings,
    refresh: Refresh,
    known: RwLock<Option<Arc<Known>>>,
    /// Held while fetching, so that many requests make one fetch.
    last_fetch: Mutex<Option<Fetch>>,
}

#[derive(Debug)]
struct Known {
    keys: HashMap<String, Key>,
    sign_in: SignIn,
    fetched: Instant,
}

/// A public key, and the one algorithm it may verify: the token's header does not get to choose.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

#[derive(Debug, Clone, Copy)]
struct Fetch {
    ended: Instant,
    succeeded: bool,
}

/// The part of a discovery document that is used
/// ([OpenID Connect Discovery](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata)).
#[derive(Debug, Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
    authorization_endpoint: String,
    token_endpoint: String,
    end_session_endpoint: Option<String>,
}

/// A set of keys in which one that is not understood does not hide the others.
#[derive(Debug, Deserialize)]
struct LenientKeys {
    keys: Vec<serde_json::Value>,
}

/// Why the issuer's documents could not be had.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("the HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
    #[error("{url} could not be fetched")]
    Http {
        url: Url,
        #[source]
        source: reqwest::Error,
    },
    #[error("{url} answered {status}")]
    Status { url: Url, status: http::StatusCode },
    #[error("{url} answered more than {MAX_DOCUMENT_BYTES} bytes")]
    TooLarge { url: Url },
    #[error("{url} answered something else than expected")]
    Document {
        url: Url,
        #[source]
        source: serde_json::Error,
    },
    #[error("the discovery document is of {found:?}, not of {expected:?}")]
    OtherIssuer { found: String, expected: String },
    #[error("the keys are at {0:?}, which is neither an https URL nor one on this machine")]
    UnsafeKeys(String),
}

impl Issuer {
    pub(super) fn new(settings: OidcSettings, refresh: Refresh) -> Self {
        Self { settings, refresh, known: RwLock::new(None), last_fetch: Mutex::new(None) }
    }

    /// The key with this id; none when the issuer has no such key that verifies RS256 or ES256.
    pub(super) async fn key(&self, id: &str) -> Result<Option<Key>, ApiError> {
        let known = self.known_with(|known| known.keys.contains_key(id)).await?;
        Ok(known.keys.get(id).cloned())
    }

    pub(super) async fn sign_in(&self) -> Result<SignIn, ApiError> {
        Ok(self.known_with(|_| true).await?.sign_in.clone())
    }

    /// What is known, fetched again when it is old or not `enough`, and it is not too soon for that.
    async fn known_with(&self, enough: impl Fn(&Known) -> bool) -> Result<Arc<Known>, ApiError> {
        let serves = |known: &Arc<Known>| known.fetched.elapsed() < self.refresh.after && enough(known);
        let known = self.known.read().await.clone();
        if let Some(known) = known.filter(serves) {
            return Ok(known);
        }
        let mut last_fetch = self.last_fetch.lock().await;
        let known = self.known.read().await.clone();
        if known.as_ref().is_some_and(serves) || last_fetch.is_some_and(|last| self.is_too_soon(last)) {
            return known.ok_or_else(unavailable);
        }
        let fetched = fetch(&self.settings).await;
        *last_fetch = Some(Fetch { ended: Instant::now(), succeeded: fetched.is_ok() });
        match fetched {
            Ok(new) => {
                let new = Arc::new(new);
                *self.known.write().await = Some(Arc::clone(&new));
                Ok(new)
            }
            // Keys that were good an hour ago are better than a directory nobody can use.
            Err(error) => {
                tracing::error!(error = source_chain(&error), "the issuer of tokens does not answer");
                known.ok_or_else(unavailable)
            }
        }
    }

    fn is_too_soon(&self, last: Fetch) -> bool {
        let pause = if last.succeeded { self.refresh.pause } else { self.refresh.pause_after_failure };
        last.ended.elapsed() < pause
    }
}

fn unavailable() -> ApiError {
    ApiError::unavailable(
        "Sign-in cannot be checked at the moment, since the issuer of tokens does not answer. Try again in some seconds.",
    )
}

async fn fetch(settings: &OidcSettings) -> Result<Known, FetchError> {
    let client = Client::builder()
        .connect_timeout(CONNECT)
        .timeout(FETCH)
        .redirect(redirect::Policy::none())
        .build()
        .map_err(FetchError::Client)?;
    let discovery: Discovery = document(&client, &settings.discovery_url).await?;
    if discovery.issuer != settings.issuer {
        return Err(FetchError::OtherIssuer { found: discovery.issuer, expected: settings.issuer.clone() });
    }
    let Some(keys_url) = Url::parse(&discovery.jwks_uri).ok().filter(is_safe) else {
        return Err(FetchError::UnsafeKeys(discovery.jwks_uri));
    };
    let keys: LenientKeys = document(&client, &keys_url).await?;
    Ok(Known {
        keys: keys.keys.into_iter().filter_map(usable_key).collect(),
        sign_in: SignIn {
            client_id: settings.client_id.clone(),
            authorization_endpoint: discovery.authorization_endpoint,
            token_endpoint: discovery.token_endpoint,
            end_session_endpoint: discovery.end_session_endpoint,
            scopes: SCOPES.to_owned(),
        },
        fetched: Instant::now(),
    })
}

async fn document<T: DeserializeOwned>(client: &Client, url: &Url) -> Result<T, FetchError> {
    let http = |source| FetchError::Http { url: url.clone(), source };
    let mut response = client.get(url.clone()).send().await.map_err(http)?;
    if response.status() != http::StatusCode::OK {
        return Err(FetchError::Status { url: url.clone(), status: response.status() });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(http)? {
        if body.len() + chunk.len() > MAX_DOCUMENT_BYTES {
            return Err(FetchError::TooLarge { url: url.clone() });
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|source| FetchError::Document { url: url.clone(), source })
}

/// The key and its id, when it is for verifying RS256 or ES256.
fn usable_key(value: serde_json::Value) -> Option<(String, Key)> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        _ => return None,
    };
    let meant_for = match algorithm {
        Algorithm::RS256 => KeyAlgorithm::RS256,
        _ => KeyAlgorithm::ES256,
    };
    let common = &jwk.common;
    let for_this = common.key_algorithm.is_none_or(|algorithm| algorithm == meant_for);
    let for_signatures = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    (for_this && for_signatures).then_some((jwk.common.key_id?, Key { algorithm, key }))
}
