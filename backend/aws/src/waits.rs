//! How long something waited for AWS: each call counts for the span that it was made in, also from a task of its own that was
//! spawned in that span.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef},
    },
    error::BoxError,
};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use tracing::{Dispatch, Span, span::Id};
use tracing_subscriber::{Registry, registry::LookupSpan};

/// How often AWS was called, and how long that took. A clone counts the same.
#[derive(Debug, Clone, Default)]
pub struct Waits(Arc<Counted>);

#[derive(Debug, Default)]
struct Counted {
    calls: AtomicU64,
    microseconds: AtomicU64,
}

impl Waits {
    /// Counts what is called within this span from now on. Where nothing is logged there are no spans, and nothing counts.
    #[must_use]
    pub fn within(span: &Span) -> Self {
        let waits = Self::default();
        span.with_subscriber(|(id, dispatch)| {
            if let Some(span) = registered(id, dispatch) {
                span.extensions_mut().replace(waits.clone());
            }
        });
        waits
    }

    /// What counts the calls of whatever this is called in.
    fn current() -> Option<Self> {
        let found = Span::current().with_subscriber(|(id, dispatch)| {
            registered(id, dispatch)?.scope().find_map(|span| span.extensions().get::<Self>().cloned())
        });
        found.flatten()
    }

    fn add(&self, took: Duration) {
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.0.calls.fetch_add(1, Ordering::Relaxed);
        self.0.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// How many calls have ended, each with all its attempts.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// How long they took, all together: of calls at the same time each counts.
    #[must_use]
    pub fn milliseconds(&self) -> u64 {
        self.0.microseconds.load(Ordering::Relaxed) / 1_000
    }
}

fn registered<'a>(
    id: &Id,
    dispatch: &'a Dispatch,
) -> Option<tracing_subscriber::registry::SpanRef<'a, Registry>> {
    dispatch.downcast_ref::<Registry>()?.span(id)
}

/// Has a client's calls counted: to be given to its configuration. A body that is read after the call is not waited for here.
#[derive(Debug, Clone, Copy)]
pub struct Counting;

/// When a call began.
#[derive(Debug)]
struct Began(Instant);

impl Storable for Began {
    type Storer = StoreReplace<Self>;
}

impl Intercept for Counting {
    fn name(&self) -> &'static str {
        "Counting"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(Began(Instant::now()));
        Ok(())
    }

    fn read_after_execution(
        &self,
        _: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (Some(Began(began)), Some(waits)) = (config.load::<Began>(), Waits::current()) {
            waits.add(began.elapsed());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
    use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
    use tracing::{Instrument, instrument::WithSubscriber};

    use super::*;

    /// Calls where nobody answers.
    async fn call() {
        let credentials = SharedCredentialsProvider::new(Credentials::new("a", "b", None, None, "test"));
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .credentials_provider(credentials)
            .endpoint_url("http://127.0.0.1:1")
            .retry_config(RetryConfig::disabled())
            .build();
        crate::dynamodb::client(&config).list_tables().send().await.expect_err("nobody");
    }

    #[tokio::test]
    async fn each_call_counts_where_it_was_made_also_from_a_task_of_its_own() {
        let counting = async {
            let (one, other) = (tracing::error_span!("one"), tracing::error_span!("other"));
            let (of_one, of_other) = (Waits::within(&one), Waits::within(&other));
            let spawning = async {
                call().await;
                // What is spawned has the subscriber of the process, which a test has none of.
                let task = call().in_current_span().with_current_subscriber();
                tokio::spawn(task).await.expect("no panic");
                call().instrument(tracing::error_span!("a part of it")).await;
            };
            spawning.instrument(one).await;
            call().instrument(other).await;
            call().await;
            assert_eq!((of_one.calls(), of_other.calls()), (3, 1));
        };
        counting.with_subscriber(tracing_subscriber::registry()).await;
    }

    #[test]
    fn what_takes_less_than_a_millisecond_adds_up() {
        let waits = Waits::default();
        for _ in 0..3 {
            waits.add(Duration::from_micros(700));
        }
        assert_eq!((waits.calls(), waits.milliseconds()), (3, 2));
    }
}
