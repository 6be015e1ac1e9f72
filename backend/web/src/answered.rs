//! The line of the log that each answered request has, and the metrics in it.

use std::time::{Duration, Instant};

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use http::{Method, StatusCode};
use rollcall_api::audit::Actor;
use rollcall_audit::Caller;
use rollcall_aws::waits::Waits;
use serde::Serialize;
use tracing::{Instrument, Span};

use crate::{
    address::ClientAddress,
    asking,
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
    /// The visitor's, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    method: String,
    /// The route's template: a path may hold anything, and names people by their ids.
    route: String,
    /// What lines of the log call that which they belong to.
    name: &'static str,
}

/// How it went.
#[derive(Debug)]
struct Went {
    status: StatusCode,
    took: Duration,
    /// What of it was AWS's: calls at the same time may come to more than it took.
    waits: Waits,
}

/// Who was refused, by ids alone: whoever reads the log for a fault needs no names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Refused<'a> {
    issuer: Option<&'a str>,
    subject: Option<&'a str>,
    /// The id of an identity provider's token.
    scim_token: Option<&'a str>,
}

/// Has the rest of the request answered, and logs how it went.
pub(crate) async fn told(request: Request, next: Next) -> Response {
    let asked = Asked::of(&request);
    let (began, span) = (Instant::now(), asked.span());
    let waits = Waits::within(&span);
    let (asks, response) = asking::noticed(next.run(request)).instrument(span.clone()).await;
    let went = Went { status: response.status(), took: began.elapsed(), waits };
    span.in_scope(|| asked.tell(&went, asks.as_ref()));
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
            address: extensions.get::<ClientAddress>().map(|it| it.visitor.to_string()),
            method: method.get(..MAX_METHOD_BYTES).unwrap_or(method).to_owned(),
            route: extensions.get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned(),
            name: "request",
        }
    }

    /// Of the highest level, so that an error carries the request id however little is logged.
    fn span(&self) -> Span {
        let Self { request_id, trace_id, address, method, route, .. } = self;
        let (request_id, trace_id) = (request_id.as_deref(), trace_id.as_deref());
        tracing::error_span!("request", request_id, trace_id, address = address.as_deref(), method, route)
    }

    fn tell(&self, went: &Went, asks: Option<&Caller>) {
        let refused = Refused::of(went.status, asks);
        if metrics::are_read() {
            return self.measured(went, &refused).tell();
        }
        let Refused { issuer, subject, scim_token } = refused;
        tracing::info!(
            status = went.status.as_u16(),
            milliseconds = whole_milliseconds(went.took),
            aws_calls = went.waits.calls(),
            aws_milliseconds = went.waits.milliseconds(),
            issuer,
            subject,
            scim_token,
            "answered"
        );
    }

    /// The same line, with metrics by route and method. How many requests there were, the number of samples of how long they
    /// took tells; how many were refused or failed is told where there were any: what is not sent is not paid for.
    fn measured(&self, went: &Went, refused: &Refused<'_>) -> Measured {
        let Went { status, took, waits } = went;
        let microseconds = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        let line = Measured::new(module_path!(), "answered")
            .with("span", serde_json::to_value(self).unwrap_or_default())
            .with("status", status.as_u16())
            .with("milliseconds", whole_milliseconds(*took))
            .with("aws_calls", waits.calls())
            .with("aws_milliseconds", waits.milliseconds())
            .with("issuer", refused.issuer)
            .with("subject", refused.subject)
            .with("scim_token", refused.scim_token)
            .by("Route", &self.route)
            .by("Method", bounded(&self.method))
            .measures("Latency", Unit::Milliseconds, f64::from(microseconds) / 1_000.0);
        match status {
            status if status.is_client_error() => line.measures("Refused", Unit::Count, 1),
            status if status.is_server_error() => line.measures("Failed", Unit::Count, 1),
            _ => line,
        }
    }
}

impl<'a> Refused<'a> {
    /// Who was refused for want of sign-in or rights, where it is known who that was.
    fn of(status: StatusCode, asks: Option<&'a Caller>) -> Self {
        let is_refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        match asks.filter(|_| is_refused).map(|caller| &caller.actor) {
            Some(Actor::Person { issuer, subject, .. }) => {
                Self { issuer: issuer.as_deref(), subject: subject.as_deref(), scim_token: None }
            }
            Some(Actor::Provider { token, .. }) => Self { scim_token: Some(token), ..Self::default() },
            _ => Self::default(),
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
    use rollcall_api::audit::Means;
    use serde_json::{Value, json};

    use super::*;
    use crate::metrics::tests::read;

    fn line(method: &str, status: StatusCode, asks: Option<&Caller>) -> Value {
        let asked = Asked {
            request_id: Some("r-7".to_owned()),
            trace_id: Some("1-5bef4de7".to_owned()),
            address: Some("198.51.100.7".to_owned()),
            method: method.to_owned(),
            route: "/api/employees/{id}".to_owned(),
            name: "request",
        };
        let went = Went { status, took: Duration::from_micros(12_500), waits: Waits::default() };
        read(asked.measured(&went, &Refused::of(status, asks)))
    }

    fn person() -> Caller {
        let actor = Actor::Person {
            name: "Edith".to_owned(),
            issuer: Some("https://issuer.example".to_owned()),
            subject: Some("7-e".to_owned()),
        };
        Caller { actor, means: Some(Means::Browser), request_id: None }
    }

    #[test]
    fn an_answer_is_counted_by_its_route_and_how_long_it_took() {
        let line = line("GET", StatusCode::OK, Some(&person()));
        let span = json!({
            "name": "request", "request_id": "r-7", "trace_id": "1-5bef4de7", "address": "198.51.100.7", "method": "GET", "route": "/api/employees/{id}",
        });
        assert_eq!(line["span"], span);
        assert_eq!((&line["status"], &line["milliseconds"]), (&json!(200), &json!(12)));
        assert_eq!(line["Latency"], json!(12.5));
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Dimensions"], json!([["Route", "Method"]]));
        assert_eq!((&line["Route"], &line["Method"]), (&json!("/api/employees/{id}"), &json!("GET")));
        // Who reads what stands nowhere.
        for absent in ["Refused", "Failed", "subject", "issuer"] {
            assert_eq!(line[absent], Value::Null, "{absent}");
        }
    }

    #[test]
    fn what_was_refused_and_what_failed_is_counted_apart() {
        for (status, counted, other) in [(404, "Refused", "Failed"), (503, "Failed", "Refused")] {
            let line = line("PUT", StatusCode::from_u16(status).expect("a status"), None);
            assert_eq!((&line[counted], &line[other]), (&json!(1), &Value::Null), "{status}");
        }
    }

    #[test]
    fn whoever_makes_up_methods_makes_one_metric_of_them() {
        for method in ["FOO", "get", "CONNECT", "UPDATEREDIRECTREF"] {
            let line = line(method, StatusCode::METHOD_NOT_ALLOWED, None);
            assert_eq!((&line["Method"], &line["span"]["method"]), (&json!("other"), &json!(method)));
        }
    }
    #[test]
    fn who_was_refused_is_told_by_their_ids_and_never_by_their_name() {
        let line = line("PUT", StatusCode::FORBIDDEN, Some(&person()));
        assert_eq!((&line["issuer"], &line["subject"]), (&json!("https://issuer.example"), &json!("7-e")));
        assert!(!line.to_string().contains("Edith"), "{line}");
        let provider = Actor::Provider { name: "Entra".to_owned(), token: "t-1".to_owned() };
        let provider = Caller { actor: provider, means: Some(Means::Scim), request_id: None };
        let refused = Refused::of(StatusCode::FORBIDDEN, Some(&provider));
        assert_eq!(refused, Refused { scim_token: Some("t-1"), ..Refused::default() });
        assert_eq!(Refused::of(StatusCode::NOT_FOUND, Some(&provider)), Refused::default());
    }
}
