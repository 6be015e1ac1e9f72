//! Telling the audit log of every change that was refused, and what whoever asked is called.
//!
//! A change that was made is told of in the transaction that makes it, by whoever makes it. This is for the rest: nothing is
//! left of a refusal but its answer.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::audit::{Actor, AuditAction};
use rollcall_audit::{AuditLog, Caller, Entry};
use tokio::time::timeout;

use crate::{access::changes, asking, request_id::REQUEST_ID};

/// The most characters that are told of an address.
const MAX_PATH: usize = 200;

/// How long the log may take to be told of one refusal: whoever is refused waits for it, and an entry takes milliseconds where
/// DynamoDB answers.
const WITHIN: Duration = Duration::from_millis(500);

/// Of how many refusals of nobody known the log is told at once, and how often of one more: whoever is nobody must not fill
/// it. The others are counted.
const ANONYMOUS_BURST: u32 = 20;
const ANONYMOUS_EVERY: Duration = Duration::from_secs(5);

/// Has the log told of each refusal of a change. To be called last, around [`crate::app`].
pub fn audited(router: Router, log: AuditLog) -> Router {
    router.layer(from_fn_with_state(Refusals { log, anonymous: Arc::default() }, tell))
}

#[derive(Debug, Clone)]
struct Refusals {
    log: AuditLog,
    anonymous: Arc<Mutex<Allowance>>,
}

async fn tell(State(refusals): State<Refusals>, request: Request, next: Next) -> Response {
    if !changes(request.method()) {
        return next.run(request).await;
    }
    let path = request.uri().path();
    let path = path.char_indices().nth(MAX_PATH).map_or(path, |(end, _)| path.get(..end).unwrap_or_default());
    let thing = format!("{} {path}", request.method());
    let (asked_by, response) = asking::noticed(next.run(request)).await;
    let status = response.status();
    let is_refused = status.is_client_error() || status.is_server_error();
    let id = response.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
    let telling = async {
        match asked_by {
            Some(caller) => {
                refusals.log.know(&caller.actor).await;
                if is_refused {
                    refusals.add(caller, thing.clone(), told(status)).await;
                }
            }
            None if is_refused => refusals.add_anonymous(id.clone(), thing.clone(), told(status)).await,
            None => {}
        }
    };
    if timeout(WITHIN, telling).await.is_err() {
        tracing::error!(
            request_id = id,
            thing,
            status = status.as_u16(),
            "the audit log could not be told of a refusal"
        );
    }
    response
}

impl Refusals {
    async fn add(&self, caller: Caller, thing: String, outcome: String) {
        self.log.add(Entry::new(Timestamp::now(), caller, AuditAction::Refuse, thing, outcome)).await;
    }

    async fn add_anonymous(&self, request_id: Option<String>, thing: String, mut outcome: String) {
        let allowed = {
            let mut anonymous = self.anonymous.lock().unwrap_or_else(PoisonError::into_inner);
            anonymous.take(Instant::now())
        };
        let Some(left_out) = allowed else { return };
        let caller = Caller { actor: Actor::Anonymous, means: None, request_id };
        if left_out > 0 {
            outcome.push_str(&format!(
                "; {left_out} more of nobody known since the one before stand in the function's log alone"
            ));
        }
        self.add(caller, thing, outcome).await;
    }
}

fn told(status: StatusCode) -> String {
    format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default())
}

/// How many entries of nobody known may be added yet.
#[derive(Debug, Default)]
struct Allowance {
    used: u32,
    since: Option<Instant>,
    left_out: u32,
}

impl Allowance {
    /// Takes one: answers how many were left out before it; none where this one is to be left out as well.
    fn take(&mut self, now: Instant) -> Option<u32> {
        let since = *self.since.get_or_insert(now);
        let back = now.saturating_duration_since(since).as_secs() / ANONYMOUS_EVERY.as_secs();
        let back = u32::try_from(back).unwrap_or(u32::MAX);
        if back > 0 {
            self.used = self.used.saturating_sub(back);
            self.since = Some(now);
        }
        if self.used >= ANONYMOUS_BURST {
            self.left_out = self.left_out.saturating_add(1);
            return None;
        }
        self.used += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_known_fills_the_log_and_how_many_were_left_out_is_told() {
        let (mut allowance, begin) = (Allowance::default(), Instant::now());
        assert_eq!((0..1_000).filter(|_| allowance.take(begin).is_some()).count(), 20);
        assert_eq!(allowance.take(begin + ANONYMOUS_EVERY), Some(980));
        assert_eq!(allowance.take(begin + ANONYMOUS_EVERY), None);
        assert_eq!(allowance.take(begin + ANONYMOUS_EVERY * 100), Some(1));
    }
}
