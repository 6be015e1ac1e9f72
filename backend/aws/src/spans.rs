//! Each call of AWS as a part of the trace that it was made in, told to X-Ray by its daemon. What a call was about stands in
//! none: neither a key nor a value.

use std::{
    env, io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_sdk_dynamodb::{
    config::{ConfigBag, RuntimeComponents, interceptors::FinalizerInterceptorContextRef},
    operation::RequestId,
};
use aws_smithy_runtime_api::client::{
    orchestrator::Metadata,
    retries::{
        RequestAttempts,
        classifiers::{ClassifyRetry, RetryAction, RetryReason},
    },
};
use aws_smithy_types::retry::ErrorKind;
use serde::Serialize;
use tracing::Span;

use crate::carried::carry;

/// What the daemon wants before each document
/// ([sending data](https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon)).
const HEADER: &[u8] = b"{\"format\":\"json\",\"version\":1}\n";

/// The largest [document](https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html) that X-Ray takes.
const MAX_DOCUMENT_BYTES: usize = 64 * 1024;

/// How long the [id of a trace](https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids)
/// is, and that of a part of it, in characters.
const TRACE_CHARACTERS: usize = 35;
const PART_CHARACTERS: usize = 16;

/// X-Ray's daemon, which hands on what it is told.
#[derive(Debug, Clone)]
pub struct Daemon(Arc<UdpSocket>);

impl Daemon {
    /// The one that Lambda runs, by [`AWS_XRAY_DAEMON_ADDRESS`][variables]. Without one nothing is traced, and calls are made
    /// all the same.
    ///
    /// [variables]: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    #[must_use]
    pub fn from_env() -> Option<Self> {
        let address = env::var("AWS_XRAY_DAEMON_ADDRESS").ok().filter(|address| !address.is_empty())?;
        let found = address.parse().map_err(io::Error::other).and_then(Self::at);
        found.inspect_err(|error| tracing::warn!(%error, address, "nothing is traced")).ok()
    }

    /// The one at this address.
    ///
    /// # Errors
    /// When there is no socket to be had.
    pub fn at(address: SocketAddr) -> io::Result<Self> {
        let own = match address {
            SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        };
        let socket = UdpSocket::bind(own)?;
        socket.connect(address)?;
        socket.set_nonblocking(true)?;
        Ok(Self(Arc::new(socket)))
    }

    /// Has the calls within this span told as parts of the trace of a [header][header], where that says that it is sampled.
    ///
    /// [header]: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
    pub fn follow(&self, header: &str, span: &Span) {
        if let Some((trace, parent)) = sampled(header) {
            let place = Arc::new(Place { trace: trace.to_owned(), parent: parent.to_owned() });
            carry(span, Traced { daemon: self.clone(), place });
        }
    }
}

/// The trace and the part of it that a header names. None where it is not sampled: nobody asks for it then, or would be told.
fn sampled(header: &str) -> Option<(&str, &str)> {
    let of = |name| header.split(';').find_map(|part| part.trim().strip_prefix(name));
    let is_id = |text: &str, characters| {
        text.len() == characters && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    };
    let (trace, parent) = (of("Root=")?, of("Parent=")?);
    let fits = is_id(trace, TRACE_CHARACTERS) && is_id(parent, PART_CHARACTERS);
    (of("Sampled=")? == "1" && fits).then_some((trace, parent))
}

/// Where calls are told of. A clone tells of the same trace.
#[derive(Debug, Clone)]
pub(crate) struct Traced {
    daemon: Daemon,
    place: Arc<Place>,
}

/// What calls are a part of.
#[derive(Debug)]
struct Place {
    trace: String,
    parent: String,
}

/// A call that has ended, with all its attempts.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    service: &'a str,
    operation: &'a str,
    request_id: Option<&'a str>,
    attempts: u32,
    status: Option<u16>,
    failed: bool,
    throttled: bool,
    took: Duration,
}

impl<'a> Call<'a> {
    /// What an interceptor sees of one.
    pub(crate) fn of(
        context: &'a FinalizerInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        config: &'a ConfigBag,
        took: Duration,
    ) -> Option<Self> {
        let metadata = config.load::<Metadata>()?;
        let response = context.response();
        let failed = matches!(context.output_or_error(), Some(Err(_)) | None);
        let is_throttled = |action| {
            let RetryAction::RetryIndicated(RetryReason::RetryableError { kind, .. }) = action else {
                return false;
            };
            kind == ErrorKind::ThrottlingError
        };
        let mut classifiers = components.retry_classifiers();
        Some(Self {
            service: metadata.service(),
            operation: metadata.name(),
            request_id: response.and_then(RequestId::request_id),
            attempts: config.load::<RequestAttempts>().map_or(1, RequestAttempts::attempts),
            status: response.map(|response| response.status().as_u16()),
            failed,
            throttled: failed && classifiers.any(|it| is_throttled(it.classify_retry(context.inner()))),
            took,
        })
    }
}

/// A [subsegment](https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-subsegments).
#[derive(Debug, Serialize)]
struct Subsegment<'a> {
    name: &'a str,
    id: String,
    trace_id: &'a str,
    parent_id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    namespace: &'static str,
    /// In seconds of Unix time, as is the next.
    start_time: f64,
    end_time: f64,
    aws: Aws<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<Http>,
    /// Whether the call was refused.
    error: bool,
    throttle: bool,
    /// Whether there was no answer, or AWS failed.
    fault: bool,
}

#[derive(Debug, Serialize)]
struct Aws<'a> {
    operation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    retries: u32,
}

#[derive(Debug, Serialize)]
struct Http {
    response: Answer,
}

#[derive(Debug, Serialize)]
struct Answer {
    status: u16,
}

impl<'a> Subsegment<'a> {
    fn of(place: &'a Place, call: &Call<'a>, id: u64, ended: Duration) -> Self {
        let refused = call.throttled || call.status.is_some_and(|status| (400..500).contains(&status));
        Self {
            name: call.service,
            id: format!("{id:016x}"),
            trace_id: &place.trace,
            parent_id: &place.parent,
            kind: "subsegment",
            namespace: "aws",
            start_time: ended.saturating_sub(call.took).as_secs_f64(),
            end_time: ended.as_secs_f64(),
            aws: Aws {
                operation: call.operation,
                request_id: call.request_id,
                retries: call.attempts.saturating_sub(1),
            },
            http: call.status.map(|status| Http { response: Answer { status } }),
            error: refused,
            throttle: call.throttled,
            fault: call.failed && !refused,
        }
    }

    /// What the daemon is sent; nothing where X-Ray would not take it.
    fn written(&self) -> Option<Vec<u8>> {
        let mut written = HEADER.to_vec();
        serde_json::to_writer(&mut written, self).ok()?;
        (written.len() - HEADER.len() <= MAX_DOCUMENT_BYTES).then_some(written)
    }
}

impl Traced {
    /// Tells of a call. Whether the daemon has got it is nobody's concern: a span that is lost is worth neither a wait nor a
    /// failure of what it tells of, and to log each would be dearer than the span.
    pub(crate) fn tell(&self, call: &Call<'_>) {
        let Ok(id) = getrandom::u64() else { return };
        let Ok(ended) = SystemTime::UNIX_EPOCH.elapsed() else { return };
        if let Some(written) = Subsegment::of(&self.place, call, id, ended).written() {
            let _ = self.daemon.0.send(&written);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use serde_json::{Value, json};

    use super::*;

    const TRACE: &str = "1-5bef4de7-ad49b0e87f6ef6c87fc2e700";

    fn place() -> Place {
        Place { trace: TRACE.to_owned(), parent: "9a9197af755a6419".to_owned() }
    }

    fn call() -> Call<'static> {
        Call {
            service: "DynamoDB",
            operation: "GetItem",
            request_id: Some("R7"),
            attempts: 1,
            status: Some(200),
            failed: false,
            throttled: false,
            took: Duration::from_millis(250),
        }
    }

    fn read(call: &Call<'_>) -> Value {
        let written = Subsegment::of(&place(), call, 7, Duration::from_secs(1_480_000_000)).written();
        let written = written.expect("it is small");
        serde_json::from_slice(written.strip_prefix(HEADER).expect("the header")).expect("JSON")
    }

    #[test]
    fn a_call_is_told_by_service_operation_and_outcome() {
        let expected = json!({
            "name": "DynamoDB", "id": "0000000000000007", "trace_id": TRACE, "parent_id": "9a9197af755a6419",
            "type": "subsegment", "namespace": "aws", "start_time": 1_479_999_999.75, "end_time": 1_480_000_000.0,
            "aws": { "operation": "GetItem", "request_id": "R7", "retries": 0 },
            "http": { "response": { "status": 200 } }, "error": false, "throttle": false, "fault": false,
        });
        assert_eq!(read(&call()), expected);
    }

    #[test]
    fn what_was_refused_is_told_from_what_failed() {
        for (status, throttled, told) in [
            (Some(400), false, (true, false, false)),
            (Some(400), true, (true, true, false)),
            (Some(503), true, (true, true, false)),
            (Some(500), false, (false, false, true)),
            (None, false, (false, false, true)),
        ] {
            let read = read(&Call { status, throttled, failed: true, attempts: 3, ..call() });
            let found = |name: &str| read[name] == true;
            assert_eq!((found("error"), found("throttle"), found("fault")), told, "{status:?}");
            assert_eq!((&read["aws"]["retries"], read.get("http").is_some()), (&json!(2), status.is_some()));
        }
    }

    #[test]
    fn a_document_that_x_ray_would_not_take_is_none() {
        let long = "a".repeat(MAX_DOCUMENT_BYTES);
        let call = Call { request_id: Some(&long), ..call() };
        assert!(Subsegment::of(&place(), &call, 7, Duration::ZERO).written().is_none());
    }

    #[test]
    fn only_of_a_header_that_says_sampled_trace_and_part_are_taken() {
        let header = |sampled: &str| format!("Root={TRACE};Parent=9a9197af755a6419;Sampled={sampled}");
        assert_eq!(sampled(&header("1")), Some((TRACE, "9a9197af755a6419")));
        assert_eq!(sampled(&header("1;Lineage=a:1|b:0")), Some((TRACE, "9a9197af755a6419")));
        for other in ["0", "?", "", "11"] {
            assert_eq!(sampled(&header(other)), None, "{other}");
        }
        for other in
            ["", "Sampled=1", "Root=1;Parent=9a9197af755a6419;Sampled=1", &format!("Root={TRACE};Sampled=1")]
        {
            assert_eq!(sampled(other), None, "{other}");
        }
    }

    #[test]
    fn a_daemon_that_is_gone_is_no_failure() {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        let daemon = Daemon::at(socket.local_addr().expect("an address")).expect("a daemon");
        drop(socket);
        let traced = Traced { daemon, place: Arc::new(place()) };
        (0..3).for_each(|_| traced.tell(&call()));
    }

    /// Prints what one costs: `cargo test --lib one_costs -- --ignored --nocapture`.
    #[test]
    #[ignore = "it measures"]
    fn one_costs() {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        let daemon = Daemon::at(socket.local_addr().expect("an address")).expect("a daemon");
        let traced = Traced { daemon, place: Arc::new(place()) };
        let mut told = [0; 2_000];
        let mut took: Vec<_> = (0..20_000)
            .map(|_| {
                let began = Instant::now();
                traced.tell(&call());
                let took = began.elapsed();
                assert!(socket.recv(&mut told).expect("it is there") > HEADER.len());
                took
            })
            .collect();
        took.sort_unstable();
        println!("median {:?}, 99 of 100 within {:?}", took[10_000], took[19_800]);
    }
}
