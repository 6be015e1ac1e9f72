//! The line of the log that each answered request has, and the metrics in it.

use std::time::{Duration, Instant};

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use http::{Method, StatusCode};
use serde::Serialize;
use tracing::{Instrument, Span};

use crate::{
    metrics::{self, Measured, Unit},
    request_id::RequestId,
    trace_id::TraceId,
};

/// How much of a method is logged, in bytes; the longest that is in use, UPDATEREDIRECTREF, has 17.
const MAX_METHOD_BYTES: usize = 20;

/// What each line of a request tells of it.
#[derive(Debug, Serialize)]
struct Asked {
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    method: String,
    /// The route's template: a path may hold anything, and names people by their ids.
    route: String,
    /// What lines of the log call that which they belong to.
    name: &'static str,
}

/// Has the rest of the request answered, and logs how it went.
pub(crate) async fn told(request: Request, next: Next) -> Response {
    let asked = Asked::of(&request);
    let (began, span) = (Instant::now(), asked.span());
    let response = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| asked.tell(response.status(), began.elapsed()));
    response
}

impl Asked {
    fn of(request: &Request) -> Self {
        let extensions = request.extensions();
        // Anything may be sent as a method, however long.
        let method = request.method().as_str();
        Self {
            request_id: RequestId::current().map(|id| id.to_string()),
            trace_id: extensions.get::<TraceId>().map(TraceId::to_string),
            method: method.get(..MAX_METHOD_BYTES).unwrap_or(method).to_owned(),
            route: extensions.get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned(),
            name: "request",
        }
    }

    /// Of the highest level, so that an error carries the request id however little is logged.
    fn span(&self) -> Span {
        let Self { request_id, trace_id, method, route, .. } = self;
        let (request_id, trace_id) = (request_id.as_deref(), trace_id.as_deref());
        tracing::error_span!("request", request_id, trace_id, method, route)
    }

    fn tell(&self, status: StatusCode, took: Duration) {
        if metrics::are_read() {
            self.measured(status, took).tell();
        } else {
            tracing::info!(
                status = status.as_u16(),
                milliseconds = whole_milliseconds(took),
                "answered"
            );
        }
    }

    /// The same line, with metrics by route and method. How many were refused or failed is told where there were any: what is
    /// not sent is not paid for.
    fn measured(&self, status: StatusCode, took: Duration) -> Measured {
        let microseconds = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        let line = Measured::new(module_path!(), "answered")
            .with("span", serde_json::to_value(self).unwrap_or_default())
            .with("status", status.as_u16())
            .with("milliseconds", whole_milliseconds(took))
            .by("Route", &self.route)
            .by("Method", bounded(&self.method))
            .measures("Requests", Unit::Count, 1)
            .measures("Latency", Unit::Milliseconds, f64::from(microseconds) / 1_000.0);
        match status {
            status if status.is_client_error() => line.measures("Refused", Unit::Count, 1),
            status if status.is_server_error() => line.measures("Failed", Unit::Count, 1),
            _ => line,
        }
    }
}

/// The method, where it is one of those that routes take. Others are one, since anyone may make up as many as they like.
fn bounded(method: &str) -> &str {
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    if known.iter().any(|known| known.as_str() == method) { method } else { "other" }
}

fn whole_milliseconds(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::metrics::tests::read;

    fn line(method: &str, status: StatusCode) -> Value {
        let asked = Asked {
            request_id: Some("r-7".to_owned()),
            trace_id: Some("1-5bef4de7".to_owned()),
            method: method.to_owned(),
            route: "/api/employees/{id}".to_owned(),
            name: "request",
        };
        read(asked.measured(status, Duration::from_micros(12_500)))
    }

    #[test]
    fn an_answer_is_counted_by_its_route_and_how_long_it_took() {
        let line = line("GET", StatusCode::OK);
        let span = json!({
            "name": "request", "request_id": "r-7", "trace_id": "1-5bef4de7", "method": "GET", "route": "/api/employees/{id}",
        });
        assert_eq!(line["span"], span);
        assert_eq!((&line["status"], &line["milliseconds"]), (&json!(200), &json!(12)));
        assert_eq!((&line["Requests"], &line["Latency"]), (&json!(1), &json!(12.5)));
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Dimensions"], json!([["Route", "Method"]]));
        assert_eq!((&line["Route"], &line["Method"]), (&json!("/api/employees/{id}"), &json!("GET")));
        assert_eq!((&line["Refused"], &line["Failed"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn what_was_refused_and_what_failed_is_counted_apart() {
        for (status, counted, other) in [(404, "Refused", "Failed"), (503, "Failed", "Refused")] {
            let line = line("PUT", StatusCode::from_u16(status).expect("a status"));
            assert_eq!((&line[counted], &line[other]), (&json!(1), &Value::Null), "{status}");
        }
    }

    #[test]
    fn whoever_makes_up_methods_makes_one_metric_of_them() {
        for method in ["FOO", "get", "CONNECT", "UPDATEREDIRECTREF"] {
            let line = line(method, StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!((&line["Method"], &line["span"]["method"]), (&json!("other"), &json!(method)));
        }
    }
}
