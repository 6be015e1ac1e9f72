//! How many requests anyone may make in a minute: who asks for more is answered 429, and told when to come again.
//!
//! Counted are what changes something, what looks through many people and what begins a session; for each person, each
//! identity provider, each visitor's address and each address that connects. See
//! [decision 36](../../../../docs/decisions/0036-whoever-asks-too-much-is-told-to-wait.md).

mod bucket;
mod kept;
mod page;
mod rules;

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use rollcall_aws::records::Records;

use self::{
    bucket::{Empty, WINDOW_SECONDS},
    kept::{Kept, Left, Name},
    rules::Whose,
};
use crate::{
    address::{ClientAddress, client_of},
    person::Person,
    problem::{ApiError, whole_seconds},
};

pub(crate) use rules::Kind;
pub(crate) use rules::NotRequests;
pub use rules::Rules;

/// What there is of requests for someone, and in how long
/// ([RateLimit header fields](https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10)).
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What is left of it.
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// What counts requests. A clone counts the same.
#[derive(Debug, Clone)]
pub(crate) struct Limits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    rules: Rules,
    kept: Kept,
}

/// What is known of the request that is being answered.
#[derive(Debug)]
struct Counted {
    kind: Kind,
    from: Option<ClientAddress>,
    /// What was decided for a person or a provider, which is asked for several times and counts once.
    decided: Mutex<Option<(Whose, Result<(), Empty>)>>,
    /// What the answer's headers say.
    told: Mutex<HeaderMap>,
}

tokio::task_local! {
    static COUNTED: Arc<Counted>;
}

impl Limits {
    /// By these rules; together with whoever has the same table, where they are to count together.
    pub(crate) fn new(rules: Rules, table: Option<&Records>) -> Self {
        let table = table.filter(|_| rules.together).cloned();
        Self(Arc::new(Inner { rules, kept: Kept::new(table) }))
    }

    /// Counts the request that is being answered as one of this person.
    ///
    /// # Errors
    /// 429 when they have made too many.
    pub(crate) async fn by_person(&self, person: &Person) -> Result<(), ApiError> {
        self.once(|| Whose::Person(format!("{}\n{}", person.issuer, person.subject))).await
    }

    /// Counts it as one of the provider with this token.
    ///
    /// # Errors
    /// 429 when they have made too many.
    pub(crate) async fn by_provider(&self, token: &str) -> Result<(), ApiError> {
        self.once(|| Whose::Provider(token.to_owned())).await
    }

    /// Counts it as one from where it comes from, where that is known.
    ///
    /// # Errors
    /// 429 when too many came from there.
    pub(crate) async fn by_address(&self) -> Result<(), ApiError> {
        let Ok(counted) = COUNTED.try_with(Arc::clone) else { return Ok(()) };
        let Some(from) = counted.from else { return Ok(()) };
        let text = |address: IpAddr| client_of(address).to_string();
        // Whoever is no proxy is counted once.
        let peer = (from.peer != from.visitor).then(|| Whose::Peer(text(from.peer)));
        for whose in [peer, Some(Whose::Address(text(from.visitor)))].into_iter().flatten() {
            self.take(&counted, whose).await.map_err(too_many)?;
        }
        Ok(())
    }

    async fn once(&self, whose: impl Fn() -> Whose) -> Result<(), ApiError> {
        let Ok(counted) = COUNTED.try_with(Arc::clone) else { return Ok(()) };
        let whose = whose();
        let before = counted.decided.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let decided = match before {
            Some((of, decided)) if of == whose => decided,
            _ => {
                let decided = self.take(&counted, whose.clone()).await;
                *counted.decided.lock().unwrap_or_else(PoisonError::into_inner) = Some((whose, decided));
                decided
            }
        };
        decided.map_err(too_many)
    }

    async fn take(&self, counted: &Counted, whose: Whose) -> Result<(), Empty> {
        let kind = counted.kind;
        let bucket = self.0.rules.bucket(kind, &whose);
        let now = Timestamp::now().as_microsecond();
        let taken = self.0.kept.take(Name { kind, whose }, bucket, now).await;
        let left = taken.unwrap_or_else(|Empty(wait)| Left { requests: 0, full_in: wait });
        let mut told = counted.told.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, value) in [
            (POLICY, format!("\"{}\";q={};w={WINDOW_SECONDS}", kind.word(), bucket.per_minute)),
            (LIMIT, format!("\"{}\";r={};t={}", kind.word(), left.requests, whole_seconds(left.full_in))),
        ] {
            // Whoever is counted last is the narrowest: a person, behind their address, behind who connects.
            HeaderValue::try_from(value).ok().map(|value| told.insert(name, value));
        }
        taken.map(drop)
    }
}

fn too_many(Empty(wait): Empty) -> ApiError {
    ApiError::too_many("These are more requests than one may make in a minute.", wait)
}

/// Has a request counted as what it is, and answered with what is left; a browser is shown a page where its sign-in is too
/// many. SCIM is asked for its provider's address where it asks for the provider: it has its own words for a refusal.
pub(crate) async fn counted(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let Some(kind) = Kind::of(request.method(), route) else { return next.run(request).await };
    let is_scim = route.starts_with("/scim/");
    let wants_page = kind == Kind::SignIn && page::is_wanted(request.headers());
    let from = request.extensions().get::<ClientAddress>().copied();
    let counted = Arc::new(Counted { kind, from, decided: Mutex::default(), told: Mutex::default() });
    let answering = async {
        if !is_scim && let Err(error) = limits.by_address().await {
            return error.into_response();
        }
        next.run(request).await
    };
    let mut response = COUNTED.scope(Arc::clone(&counted), answering).await;
    if wants_page && response.status() == StatusCode::TOO_MANY_REQUESTS {
        response = page::shown(&response);
    }
    let told = std::mem::take(&mut *counted.told.lock().unwrap_or_else(PoisonError::into_inner));
    response.headers_mut().extend(told);
    response
}
