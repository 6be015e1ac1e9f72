//! Orders that the function gives a host: what an operator asked of the one, the other does.
//!
//! Nobody signs in at a host, since it serves plain HTTP: whoever listens would have the token. So operators ask the function,
//! which gives the host an order in their stead: a JWT for this one host, that is good for seconds and counts once. Both have
//! the host's key from a table that a host can only read.

use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use rollcall_api::stress::STRESS_MINUTES;
use rollcall_aws::records::{Key, Records};
use rollcall_error::Error;
use serde::{Deserialize, Serialize};

use crate::{access::bearer, problem::ApiError, sessions::id::SessionId};

/// Where operators ask the function for a stress test, and where the function then gives the host its order.
pub const STRESS_PATH: &str = "/api/host/stress";

/// For how long an order is good: longer than it takes to a host, and not much.
const GOOD_FOR: SignedDuration = SignedDuration::from_secs(20);

/// How far the clocks of a function and a host may differ; both are set by Amazon's.
const LEEWAY: u64 = 10;

/// What an order is for, so that no token that is signed for something else passes for one.
const ISSUER: &str = "rollcall-host-orders";

/// What a host can be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// To keep its processors busy for so many minutes, from now on.
    Stress { minutes: u8 },
    /// To keep them busy no longer.
    Rest,
}

impl Order {
    /// This order, where it is one that may be given and obeyed.
    ///
    /// # Errors
    /// When it would last for longer or shorter than there is to choose.
    pub fn checked(self) -> Result<Self, Error> {
        match self {
            Self::Stress { minutes } if !STRESS_MINUTES.contains(&minutes) => {
                Err(Error::invalid_field("minutes", "must be 1, 5 or 10"))
            }
            order => Ok(order),
        }
    }
}

/// An order as a host has it before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ordered {
    pub order: Order,
    /// When it was given. A host does nothing that was ordered before what it has done, so that an order that somebody
    /// overheard counts for nothing.
    pub at: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    /// The host's instance id.
    aud: String,
    /// In seconds of Unix time.
    exp: i64,
    /// When it was given, in milliseconds of Unix time.
    at: i64,
    order: Order,
}

/// The key of a host as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct StoredKey {
    key: String,
}

/// The key of a host's orders.
#[derive(Debug, Clone)]
struct HostKey {
    host: String,
    key: String,
}

/// Where the keys of orders are, in the table of the search index, which a host can read and nothing more. Each host has its
/// own, so that whoever had that of one can give no order to the next. A clone shares what was read last.
#[derive(Debug, Clone)]
pub struct HostOrders {
    records: Records,
    last: Arc<Mutex<Option<HostKey>>>,
}

impl HostOrders {
    /// The orders whose key is in this table. Calls nothing yet.
    #[must_use]
    pub fn new(config: &SdkConfig, search_index_table: String) -> Self {
        Self { records: Records::new(config, search_index_table), last: Arc::default() }
    }

    /// An order for a host, signed. The first one makes the host's key.
    ///
    /// # Errors
    /// When the table can't be asked.
    pub async fn sign(&self, order: Order, host: &str, now: Timestamp) -> Result<String, Error> {
        let key = match self.known(host) {
            Some(key) => key,
            None => self.remember(host, self.stored_or_new(host).await?),
        };
        signed(&key, order, host, now)
    }

    /// The order that a host is given by a token.
    ///
    /// # Errors
    /// 401 when it is none for this host, or too old.
    async fn read(&self, token: &str, host: &str, now: Timestamp) -> Result<Ordered, ApiError> {
        let key = match self.known(host) {
            Some(key) => key,
            None => self.remember(host, self.stored(host).await?.ok_or_else(nobody)?),
        };
        verified(&key, token, host, now)
    }

    fn known(&self, host: &str) -> Option<String> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|known| known.host == host).map(|known| known.key.clone())
    }

    fn remember(&self, host: &str, key: String) -> String {
        let known = HostKey { host: host.to_owned(), key: key.clone() };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        key
    }

    async fn stored(&self, host: &str) -> Result<Option<String>, Error> {
        let stored: Option<StoredKey> = self.records.get(&place(host)).await?;
        Ok(stored.map(|stored| stored.key))
    }

    async fn stored_or_new(&self, host: &str) -> Result<String, Error> {
        if let Some(key) = self.stored(host).await? {
            return Ok(key);
        }
        let key = SessionId::random().map_err(Error::broken)?.to_text();
        // Whoever was first has made the one that counts.
        if self.records.put_version(&place(host), &StoredKey { key: key.clone() }, 1).await? {
            return Ok(key);
        }
        self.stored(host)
            .await?
            .ok_or_else(|| Error::broken("the key of orders was taken away as it was made"))
    }
}

/// Where the key of a host stands.
fn place(host: &str) -> Key {
    Key::new("host-orders", host)
}

fn signed(key: &str, order: Order, host: &str, now: Timestamp) -> Result<String, Error> {
    let until = now.checked_add(GOOD_FOR).map_err(Error::broken)?;
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: host.to_owned(),
        exp: until.as_second(),
        at: now.as_millisecond(),
        order,
    };
    let key = EncodingKey::from_secret(key.as_bytes());
    encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(Error::broken)
}

fn verified(key: &str, token: &str, host: &str, now: Timestamp) -> Result<Ordered, ApiError> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = LEEWAY;
    validation.set_audience(&[host]);
    validation.set_issuer(&[ISSUER]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    let key = DecodingKey::from_secret(key.as_bytes());
    // Why it does not count is told to nobody: the only one who may ask has made it itself.
    let claims = decode::<Claims>(token, &key, &validation).map_err(|_| nobody())?.claims;
    let at = Timestamp::from_millisecond(claims.at).map_err(|_| nobody())?;
    // Nothing that is ordered now would be newer than an order of the future.
    let too_soon = at.duration_since(now) > SignedDuration::from_secs(LEEWAY.cast_signed());
    if too_soon {
        return Err(nobody());
    }
    Ok(Ordered { order: claims.order, at })
}

fn nobody() -> ApiError {
    ApiError::unauthorized(
        "A host takes orders of Rollcall's function alone. Use the address of the dashboard.",
    )
}

/// Which host is given orders, and by what it knows them.
#[derive(Debug, Clone)]
pub struct OrdersHere {
    pub orders: HostOrders,
    /// The host's instance id.
    pub host: String,
}

impl<S> FromRequestParts<S> for Ordered
where
    OrdersHere: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let bearer = bearer(&parts.headers)?.ok_or_else(nobody)?;
        let OrdersHere { orders, host } = OrdersHere::from_ref(state);
        orders.read(bearer.token(), &host, Timestamp::now()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "a key";
    const HOST: &str = "i-0123456789abcdef0";
    const ORDER: Order = Order::Stress { minutes: 5 };

    fn ordered(token: &str, host: &str) -> Option<Order> {
        verified(KEY, token, host, Timestamp::now()).ok().map(|ordered| ordered.order)
    }

    fn long_ago(seconds: i64) -> Timestamp {
        Timestamp::now() - SignedDuration::from_secs(seconds)
    }

    #[test]
    fn an_order_reads_back_with_its_time() {
        for order in [ORDER, Order::Rest] {
            let now = Timestamp::now();
            let token = signed(KEY, order, HOST, now).expect("a token");
            let read = verified(KEY, &token, HOST, now).expect("an order");
            assert_eq!((read.order, read.at.as_millisecond()), (order, now.as_millisecond()));
        }
    }

    #[test]
    fn an_order_is_good_at_its_host_alone_and_for_seconds() {
        let token = signed(KEY, ORDER, HOST, Timestamp::now()).expect("a token");
        assert_eq!(ordered(&token, "i-0fedcba9876543210"), None);
        let fresh_enough = signed(KEY, ORDER, HOST, long_ago(15)).expect("a token");
        assert_eq!(ordered(&fresh_enough, HOST), Some(ORDER));
        let of_the_future = signed(KEY, ORDER, HOST, long_ago(-60)).expect("a token");
        assert_eq!(ordered(&of_the_future, HOST), None);
        let too_old = signed(KEY, ORDER, HOST, long_ago(60)).expect("a token");
        assert_eq!(ordered(&too_old, HOST), None);
    }

    #[test]
    fn what_another_key_signed_or_nobody_did_is_no_order() {
        let other = signed("another", ORDER, HOST, Timestamp::now()).expect("a token");
        let unsigned = ["eyJhbGciOiJub25lIn0", "eyJvcmRlciI6InJlc3QifQ", ""].join(".");
        let token = signed(KEY, ORDER, HOST, Timestamp::now()).expect("a token");
        for token in [other.as_str(), &unsigned, "", "a.b.c", &token[..token.len() - 2]] {
            assert_eq!(ordered(token, HOST), None, "{token}");
        }
    }

    #[test]
    fn a_token_that_the_same_key_signed_for_something_else_is_no_order() {
        let exp = (Timestamp::now() + GOOD_FOR).as_second();
        let claims = Claims { iss: "another".to_owned(), aud: HOST.to_owned(), exp, at: 0, order: ORDER };
        let key = EncodingKey::from_secret(KEY.as_bytes());
        let token = encode(&Header::new(Algorithm::HS256), &claims, &key).expect("a token");
        assert_eq!(ordered(&token, HOST), None);
    }
}
