//! How long something waited for AWS: each call counts for the span that it was made in, also from a task of its own that was
//! spawned in that span. Where a trace is sampled, it is told of in the same place.

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
use tracing::Span;

use crate::{
    carried::{carried, carry},
    spans::{Call, Traced},
};

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
        carry(span, waits.clone());
        waits
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

/// Has a client's calls counted, and told of where their trace is sampled: to be given to its configuration. A body that is
/// read after the call is not waited for here.
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
        context: &FinalizerInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Began(began)) = config.load::<Began>() else { return Ok(()) };
        let took = began.elapsed();
        if let Some(waits) = carried::<Waits>() {
            waits.add(took);
        }
        if let Some(traced) = carried::<Traced>()
            && let Some(call) = Call::of(context, components, config, took)
        {
            traced.tell(&call);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::ErrorKind,
        net::{Ipv4Addr, UdpSocket},
    };

    use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
    use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
    use tracing::{Instrument, instrument::WithSubscriber};

    use super::*;
    use crate::spans::Daemon;

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

    #[tokio::test]
    async fn each_call_of_a_sampled_trace_is_told_to_the_daemon_and_none_of_another() {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a bound");
        let daemon = Daemon::at(socket.local_addr().expect("an address")).expect("a daemon");
        let trace = |sampled: u8| {
            let header =
                format!("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled={sampled}");
            let span = tracing::error_span!("invocation");
            daemon.follow(&header, &span);
            span
        };
        let calling = async {
            call().instrument(trace(0)).await;
            let twice = async {
                call().await;
                call().instrument(tracing::error_span!("a part of it")).await;
            };
            twice.instrument(trace(1)).await;
            call().await;
        };
        calling.with_subscriber(tracing_subscriber::registry()).await;
        let mut told = [0; 2_000];
        for _ in 0..2 {
            let size = socket.recv(&mut told).expect("a document");
            let text = std::str::from_utf8(&told[..size]).expect("text");
            let (header, document) = text.split_once('\n').expect("two lines");
            assert_eq!(header, r#"{"format":"json","version":1}"#);
            let document: serde_json::Value = serde_json::from_str(document).expect("JSON");
            assert_eq!(document["trace_id"], "1-5bef4de7-ad49b0e87f6ef6c87fc2e700");
            assert_eq!(document["parent_id"], "9a9197af755a6419");
            assert_eq!((&document["name"], &document["fault"]), (&"DynamoDB".into(), &true.into()));
            assert_eq!(document["aws"]["operation"], "ListTables");
        }
        // On one machine what was sent is there: the calls have ended.
        socket.set_nonblocking(true).expect("a socket");
        assert_eq!(socket.recv(&mut told).expect_err("no more").kind(), ErrorKind::WouldBlock);
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
