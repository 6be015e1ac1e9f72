//! The issuer of tokens: its addresses and public keys, fetched when first needed and kept.
//!
//! A request whose answer is known never waits for the issuer: what is old is fetched again beside it. Others wait for
//! one fetch that they share; once that has failed, only the request that tries again waits, and briefly.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use reqwest::{Client, Url};
use rollcall_error::source_chain;
use rollcall_json::JsonError;
use serde::{Deserialize, de::DeserializeOwned};
use tokio::{sync::watch, time::timeout};

use super::{
    http::{IssuerClient, MAX_ANSWER_BYTES, Unread, body},
    settings::{OidcSettings, is_safe},
};
use crate::problem::ApiError;

/// How often the issuer is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refresh {
    /// Keys older than this are fetched again, so that one the issuer withdrew stops counting.
    pub(crate) after: Duration,
    /// After a success, an unknown key makes no further request for this long, so that a flood of tokens
    /// with invented keys is no flood of requests.
    pub(crate) pause: Duration,
    /// The same after a failure; shorter, since nobody can sign in meanwhile.
    pub(crate) pause_after_failure: Duration,
    /// How long the issuer's documents may take to arrive, all together.
    pub(crate) within: Duration,
    /// How long a request waits that asks again after a failure. It has to wait a little: in Lambda nothing runs between
    /// two requests, and the answer of an issuer that is back would never be read.
    pub(crate) retry: Duration,
}

impl Default for Refresh {
    fn default() -> Self {
        Self {
            after: Duration::from_secs(60 * 60),
            pause: Duration::from_secs(60),
            pause_after_failure: Duration::from_secs(5),
            within: Duration::from_secs(3),
            retry: Duration::from_millis(500),
        }
    }
}

/// An issuer and what is known about it.
#[derive(Debug)]
pub(crate) struct Issuer {
    pub(crate) settings: OidcSettings,
    refresh: Refresh,
    pub(super) client: IssuerClient,
    state: Arc<watch::Sender<State>>,
}

#[derive(Debug, Clone, Default)]
struct State {
    known: Option<Arc<Known>>,
    /// How the last fetch ended; none before the first has.
    last: Option<Fetch>,
    /// Whether a fetch is under way, so that many requests make one.
    under_way: bool,
}

/// Where the issuer's pages and services are, as its discovery document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoints {
    /// Where a browser is sent to sign in.
    pub(crate) authorization: String,
    /// Where a code is exchanged for tokens.
    pub(crate) token: String,
    /// Where a browser is sent to sign out; none where there is no such page.
    pub(crate) end_session: Option<String>,
}

/// What a request does before it answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Step {
    /// Whether it begins a fetch.
    asks: bool,
    /// How long it waits at most for the fetch that is under way.
    waits: Duration,
}

#[derive(Debug)]
struct Known {
    keys: HashMap<String, Key>,
    endpoints: Endpoints,
    fetched: Instant,
}

/// A public key, and the one algorithm it may verify: the token's header does not get to choose.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    #[error("{url} answered more than {MAX_ANSWER_BYTES} bytes")]
    TooLarge { url: Url },
    #[error("{url} answered something else than expected")]
    Document {
        url: Url,
        #[source]
        source: JsonError,
    },
    #[error("{url} did not answer within {within:?}")]
    TimedOut { url: Url, within: Duration },
    #[error("the discovery document is of {found:?}, not of {expected:?}")]
    OtherIssuer { found: String, expected: String },
    #[error("the keys are at {0:?}, which is neither an https URL nor one on this machine")]
    UnsafeKeys(String),
}

impl State {
    fn has(&self, enough: impl Fn(&Known) -> bool) -> bool {
        self.known.as_deref().is_some_and(enough)
    }

    /// What a request does that finds this; `enough` is whether what is known answers it.
    fn step(&self, enough: bool, refresh: &Refresh, now: Instant) -> Step {
        let pause = |last: Fetch| if last.succeeded { refresh.pause } else { refresh.pause_after_failure };
        let may_ask = !self.under_way
            && self.last.is_none_or(|last| now.saturating_duration_since(last.ended) >= pause(last));
        if enough {
            let is_old = |known: &Known| now.saturating_duration_since(known.fetched) >= refresh.after;
            return Step { asks: may_ask && self.has(is_old), waits: Duration::ZERO };
        }
        let waits = match self.last {
            Some(Fetch { succeeded: false, .. }) if may_ask => refresh.retry,
            // Someone waits for that already.
            Some(Fetch { succeeded: false, .. }) => Duration::ZERO,
            _ if may_ask || self.under_way => refresh.within,
            _ => Duration::ZERO,
        };
        Step { asks: may_ask, waits }
    }

    /// Takes in what a fetch brought; none where it failed. What was known stays then: as long as the issuer is away,
    /// its keys of an hour ago let everyone in whom they let in then, and without them nobody could do anything.
    fn end(&mut self, fetched: Option<Known>, now: Instant) {
        self.under_way = false;
        self.last = Some(Fetch { ended: now, succeeded: fetched.is_some() });
        if let Some(known) = fetched {
            self.known = Some(Arc::new(known));
        }
    }

    /// What is known; an error where it is not `enough` and the issuer, when last asked, did not say that this is all.
    fn answer(self, enough: impl Fn(&Known) -> bool) -> Result<Arc<Known>, ApiError> {
        let is_all = !self.under_way && self.last.is_some_and(|last| last.succeeded);
        self.known.filter(|known| is_all || enough(known)).ok_or_else(unavailable)
    }
}

impl Issuer {
    pub(crate) fn new(settings: OidcSettings, refresh: Refresh) -> Self {
        Self {
            settings,
            refresh,
            client: IssuerClient::default(),
            state: Arc::new(watch::Sender::new(State::default())),
        }
    }

    /// The key with this id; none when the issuer has no such key that verifies RS256 or ES256.
    pub(crate) async fn key(&self, id: &str) -> Result<Option<Key>, ApiError> {
        let known = self.known_with(|known| known.keys.contains_key(id)).await?;
        Ok(known.keys.get(id).cloned())
    }

    /// Where its pages and services are.
    ///
    /// # Errors
    /// 503 while it does not answer.
    pub(crate) async fn endpoints(&self) -> Result<Endpoints, ApiError> {
        Ok(self.known_with(|_| true).await?.endpoints.clone())
    }

    /// What is known. Where it is not `enough`, it is asked for and waited for, if it is not too soon for that.
    async fn known_with(&self, enough: impl Fn(&Known) -> bool) -> Result<Arc<Known>, ApiError> {
        let step = self.begin(&enough);
        if step.waits > Duration::ZERO {
            let mut state = self.state.subscribe();
            // Whether it ended in time is seen from what is known then.
            let _ = timeout(step.waits, state.wait_for(|state| !state.under_way)).await;
        }
        let state = self.state.borrow().clone();
        state.answer(enough)
    }

    #[cfg(test)]
    pub(crate) async fn no_fetch_under_way(&self) {
        let ended = self.state.subscribe().wait_for(|state| !state.under_way).await.map(drop);
        ended.expect("the sender is its own");
    }

    /// Decides what a request does, and begins a fetch if that is part of it.
    fn begin(&self, enough: impl Fn(&Known) -> bool) -> Step {
        let mut step = Step::default();
        self.state.send_if_modified(|state| {
            step = state.step(state.has(&enough), &self.refresh, Instant::now());
            state.under_way |= step.asks;
            step.asks
        });
        if step.asks {
            let (settings, within, client) =
                (self.settings.clone(), self.refresh.within, self.client.clone());
            let state = Arc::clone(&self.state);
            tokio::spawn(async move {
                let fetched = match timeout(within, fetch(&client, &settings)).await {
                    Ok(fetched) => fetched,
                    Err(_) => Err(FetchError::TimedOut { url: settings.discovery_url, within }),
                };
                if let Err(error) = &fetched {
                    tracing::error!(error = source_chain(error), "the issuer of tokens does not answer");
                }
                state.send_modify(|state| state.end(fetched.ok(), Instant::now()));
            });
        }
        step
    }
}

fn unavailable() -> ApiError {
    ApiError::unavailable(
        "Sign-in cannot be checked at the moment, since the issuer of tokens does not answer. Try again in some seconds.",
    )
}

async fn fetch(client: &IssuerClient, settings: &OidcSettings) -> Result<Known, FetchError> {
    let client = client.get().map_err(FetchError::Client)?;
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
        endpoints: Endpoints {
            authorization: discovery.authorization_endpoint,
            token: discovery.token_endpoint,
            end_session: discovery.end_session_endpoint,
        },
        fetched: Instant::now(),
    })
}

async fn document<T: DeserializeOwned>(client: &Client, url: &Url) -> Result<T, FetchError> {
    let http = |source| FetchError::Http { url: url.clone(), source };
    let response = client.get(url.clone()).send().await.map_err(http)?;
    if response.status() != http::StatusCode::OK {
        return Err(FetchError::Status { url: url.clone(), status: response.status() });
    }
    let body = body(response).await.map_err(|unread| match unread {
        Unread::Http(source) => http(source),
        Unread::TooLarge => FetchError::TooLarge { url: url.clone() },
    })?;
    rollcall_json::from_slice(&body).map_err(|source| FetchError::Document { url: url.clone(), source })
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
