//! An HTTP API's requests: from the event that it hands over to the request that the routes take, and back.
//!
//! The way there is written out here: lambda_http panics over addresses and bodies that anyone may send, and has the
//! path tidied as a browser would, so that `..`, `\` or a tab in an id would make it another person's address. The way
//! back is lambda_http's.

use std::{collections::BTreeMap, future::ready, net::IpAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header, uri::PathAndQuery};
use lambda_http::{
    Adapter, LambdaEvent,
    aws_lambda_events::apigw::ApiGatewayV2httpRequest,
    request::LambdaRequest,
    tower::{
        Service,
        util::{MapRequest, MapResponse},
    },
};
use lambda_runtime::Context;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rollcall_directory::scim_refusal;
use rollcall_web::{
    address::ClientAddress, problem::ApiError, request_id::RequestId, safe_headers, trace_id::TraceId,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Everything but what may stand in a path as it is
/// ([RFC 3986, section 3.3](https://www.rfc-editor.org/rfc/rfc3986#section-3.3)).
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/');

/// The same for a query that the client has percent-encoded already, as far as it did
/// ([section 3.4](https://www.rfc-editor.org/rfc/rfc3986#section-3.4)).
const QUERY: &AsciiSet = &PATH.remove(b'?').remove(b'%');

/// How long one request may take in all: an HTTP API gives up after
/// [30 s](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html), and says nothing that a
/// client could tell from another failure.
pub(crate) const REQUEST: Duration = Duration::from_secs(29);

/// The header by which the distribution says that each slash of a path is one between segments: it writes ids so that none
/// has a slash (infra/service.yaml).
const EXACT_PATH: &str = "x-exact-path";

/// The header in which the HTTP API and the distribution before it tell who connected to them, each behind what it was told.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// A request as an HTTP API tells it, in [payload version 2.0][format].
///
/// [format]: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpEvent {
    /// Not raw at all: percent-encoding is removed.
    raw_path: String,
    /// As the client sent it.
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: RequestContext,
}

#[derive(Debug, Deserialize)]
struct RequestContext {
    http: HttpDescription,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HttpDescription {
    method: String,
    /// Who connected to the HTTP API.
    #[serde(default)]
    source_ip: Option<IpAddr>,
}

/// What can't be made a request of.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Unreadable {
    #[error("{0:?} is no HTTP method.")]
    Method(String),
    #[error(
        "This address can't be told from others, since a % or bytes that are not UTF-8 were in it. \
         Write the id as ~ and the base64url of its UTF-8."
    )]
    Path,
    #[error(
        "This address can't be told from that of an employee whose id has a slash. Ask by the site's own address; or \
         write ids as ~ and the base64url of their UTF-8, and say so by the header {EXACT_PATH}: true."
    )]
    Slash,
    #[error("The address is too long: it may have {} bytes.", u16::MAX - 1)]
    TooLong,
    #[error("The header {0:?} has a name or a value that no header can have.")]
    Header(String),
    #[error("There are too many headers.")]
    TooManyHeaders,
    #[error("The body is said to be base64, and is not.")]
    Body,
}

impl From<Unreadable> for ApiError {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Path | Unreadable::Slash => Self::not_found(unreadable.to_string()),
            other => Self::bad_request(other.to_string()),
        }
    }
}

/// Has the routes answer a request, under Lambda's own request id and within the trace that it tells.
pub(crate) async fn answer(routes: Router, event: HttpEvent, context: Context) -> impl Serialize + use<> {
    let is_of_scim = event.raw_path.starts_with("/scim/");
    let (routes, mut request) = match request(event) {
        Ok(request) => (routes, request),
        Err(unreadable) => (refusing(unreadable, is_of_scim), Request::default()),
    };
    if let Some(id) = RequestId::parse(&context.request_id) {
        request.extensions_mut().insert(id);
    }
    if let Some(trace) = context.xray_trace_id.as_deref().and_then(TraceId::parse) {
        request.extensions_mut().insert(trace);
    }
    // lambda_http is given an empty event, and the request that it makes of it is left aside.
    let mut request = Some(request);
    let routes = MapResponse::new(routes, with_its_mark);
    let service = MapRequest::new(routes, move |_: lambda_http::Request| request.take().unwrap_or_default());
    let event = LambdaRequest::ApiGatewayV2(ApiGatewayV2httpRequest::default());
    match Adapter::<Response, _>::from(service).call(LambdaEvent::new(event, context)).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Has lambda_http hand on a CSV file as the bytes it is. From what begins with `text` it takes the byte order mark, by which
/// Excel knows a file for UTF-8, and leaves the length as it was. Media types mean the same in any case
/// ([RFC 9110, section 8.3.1](https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1)).
fn with_its_mark(mut response: Response) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let parameters = kind.and_then(|kind| kind.to_str().ok()?.strip_prefix("text/csv"));
    let kind = parameters.and_then(|parameters| HeaderValue::from_str(&format!("Text/csv{parameters}")).ok());
    if let Some(kind) = kind {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}

/// What answers a request that can't be read: a provider in words of SCIM.
fn refusing(unreadable: Unreadable, is_of_scim: bool) -> Router {
    let refused = move || {
        let error = ApiError::from(unreadable.clone());
        ready(if is_of_scim { scim_refusal(error) } else { error.into_response() })
    };
    let routes = Router::new().fallback(refused);
    rollcall_web::app_with(routes, REQUEST, safe_headers::add_over_tls)
}

/// The request that the client sent.
fn request(event: HttpEvent) -> Result<Request<Body>, Unreadable> {
    let HttpDescription { method, source_ip } = event.request_context.http;
    let mut request = Request::new(body(event.body.unwrap_or_default(), event.is_base64_encoded)?);
    *request.method_mut() =
        Method::from_bytes(method.as_bytes()).map_err(|_| Unreadable::Method(method.clone()))?;
    *request.headers_mut() = headers(event.headers, &event.cookies)?;
    if let Some(peer) = source_ip {
        let forwarded = request.headers().get(FORWARDED_FOR).and_then(|value| value.to_str().ok());
        let address = ClientAddress::forwarded(peer, forwarded);
        request.extensions_mut().insert(address);
    }
    *request.uri_mut() = uri(&event.raw_path, &event.raw_query_string)?;
    if may_be_an_id_with_a_slash(&event.raw_path) && !request.headers().contains_key(EXACT_PATH) {
        return Err(Unreadable::Slash);
    }
    Ok(request)
}

fn body(text: String, is_base64: bool) -> Result<Body, Unreadable> {
    if is_base64 {
        BASE64_STANDARD.decode(text).map(Body::from).map_err(|_| Unreadable::Body)
    } else {
        Ok(text.into())
    }
}

/// Whether an HTTP API would hand over the same path for an employee whose id has a slash: it takes `%2F` for one.
fn may_be_an_id_with_a_slash(path: &str) -> bool {
    path.strip_prefix("/api/employees/").is_some_and(|id| id.contains('/'))
}

/// The address, percent-encoded again.
///
/// A `%` in the path was percent-encoded and may be a part of what is left of `%2520`, and U+FFFD may stand for bytes
/// that were none of UTF-8: then it isn't known which address was meant.
fn uri(path: &str, query: &str) -> Result<Uri, Unreadable> {
    if !path.starts_with('/') || path.contains(['%', char::REPLACEMENT_CHARACTER]) {
        return Err(Unreadable::Path);
    }
    let mut target = utf8_percent_encode(path, PATH).to_string();
    if !query.is_empty() {
        target.push('?');
        target.extend(utf8_percent_encode(query, QUERY));
    }
    PathAndQuery::try_from(target).map(Uri::from).map_err(|_| Unreadable::TooLong)
}

fn headers(sent: BTreeMap<String, String>, cookies: &[String]) -> Result<HeaderMap, Unreadable> {
    let mut headers = HeaderMap::new();
    let cookies = (!cookies.is_empty()).then(|| (header::COOKIE.to_string(), cookies.join("; ")));
    for (name, value) in sent.into_iter().chain(cookies) {
        let parsed = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()));
        let (Ok(key), Ok(value)) = parsed else { return Err(Unreadable::Header(name)) };
        headers.try_append(key, value).map_err(|_| Unreadable::TooManyHeaders)?;
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use axum::{extract::Path, http::StatusCode, routing::get};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn event(changes: Value) -> HttpEvent {
        let mut event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": "/api/employees/emp7", "rawQueryString": "",
            "headers": { "host": "example.execute-api.us-east-1.amazonaws.com" },
            "requestContext": { "http": { "method": "GET", "path": "/" }, "stage": "$default" },
            "isBase64Encoded": false,
        });
        let fields = event.as_object_mut().expect("an object");
        fields.extend(changes.as_object().expect("an object").clone());
        serde_json::from_value(event).expect("an event")
    }

    fn read(changes: Value) -> Result<Request<Body>, Unreadable> {
        request(event(changes))
    }

    fn path_of(raw_path: &str) -> Result<String, Unreadable> {
        read(json!({ "rawPath": raw_path })).map(|request| request.uri().path().to_owned())
    }

    #[test]
    fn a_path_is_percent_encoded_again() {
        for (decoded, encoded) in [
            ("/api/employees/emp7?old", "/api/employees/emp7%3Fold"),
            ("/api/employees/emp7#old", "/api/employees/emp7%23old"),
            ("/api/employees/emp7\\old", "/api/employees/emp7%5Cold"),
            ("/api/employees/emp7\told", "/api/employees/emp7%09old"),
            ("/api/employees/emp7\n\0", "/api/employees/emp7%0A%00"),
            ("/api/employees/a b", "/api/employees/a%20b"),
            ("/api/employees/Zoë", "/api/employees/Zo%C3%AB"),
            ("/api/employees/\"<>^`{|}[]", "/api/employees/%22%3C%3E%5E%60%7B%7C%7D%5B%5D"),
            ("/api/employees/~YS9i", "/api/employees/~YS9i"),
            ("/api/employees/a!$&'()*+,;=:@-._~b", "/api/employees/a!$&'()*+,;=:@-._~b"),
            ("/api/employees/..", "/api/employees/.."),
            ("/api/./a/../b", "/api/./a/../b"),
            ("//elsewhere/", "//elsewhere/"),
        ] {
            assert_eq!(path_of(decoded).as_deref(), Ok(encoded), "{decoded:?}");
        }
    }

    #[test]
    fn a_path_that_may_have_been_another_one_is_refused() {
        for unclear in ["/api/employees/a%20b", "/api/employees/50%", "/api/employees/emp7\u{fffd}", "", "x"]
        {
            assert_eq!(path_of(unclear), Err(Unreadable::Path), "{unclear:?}");
        }
        assert_eq!(path_of(&format!("/{}", "a".repeat(70_000))), Err(Unreadable::TooLong));
    }

    #[test]
    fn what_belongs_to_an_employee_is_not_taken_for_one_whose_id_has_a_slash() {
        for part in ["/api/employees/emp7/photo", "/api/employees/~ZW1wNw/photo", "/api/employees//photo"] {
            assert_eq!(path_of(part), Err(Unreadable::Slash));
            let through = read(json!({ "rawPath": part, "headers": { "x-exact-path": "true" } }));
            assert_eq!(through.expect("a request").uri().path(), part);
        }
        for other in ["/api/employees", "/api/employees/emp7", "/api/operations/relaunches/r/cancel"] {
            assert_eq!(path_of(other).as_deref(), Ok(other));
        }
    }

    #[test]
    fn a_query_is_as_it_was_sent_but_for_what_no_address_may_hold() {
        for (sent, read_as) in [
            ("q=\"a\"", "q=%22a%22"),
            ("q=<b>&r=a b", "q=%3Cb%3E&r=a%20b"),
            ("q=a%20b+c", "q=a%20b+c"),
            ("q=é#x?y/z", "q=%C3%A9%23x?y/z"),
            ("q=%&r=%zz", "q=%&r=%zz"),
            ("q=\0\r\n\x7f", "q=%00%0D%0A%7F"),
        ] {
            let request = read(json!({ "rawQueryString": sent })).expect("a request");
            assert_eq!(request.uri().query(), Some(read_as), "{sent:?}");
            assert_eq!(request.uri().path(), "/api/employees/emp7");
        }
    }

    #[test]
    fn headers_and_cookies_are_those_that_were_sent() {
        let told = json!({ "headers": { "x-name": "Zoë", "accept": "*/*" }, "cookies": ["a=1", "b=\"2\""] });
        let request = read(told).expect("a request");
        assert_eq!(request.headers()["x-name"].as_bytes(), "Zoë".as_bytes());
        assert_eq!(request.headers()["cookie"], "a=1; b=\"2\"");
        assert_eq!(request.headers().len(), 3);
    }

    #[test]
    fn what_is_no_request_is_refused_by_saying_what_is_wrong_with_it() {
        let refused = |changes| read(changes).expect_err("refused");
        let method = |method: &str| json!({ "requestContext": { "http": { "method": method } } });
        assert_eq!(refused(method("GET /")), Unreadable::Method("GET /".to_owned()));
        assert_eq!(refused(method("")), Unreadable::Method(String::new()));
        let header = |name: &str, value: &str| json!({ "headers": { name: value } });
        assert_eq!(refused(header("x-a", "b\r\nx-c: d")), Unreadable::Header("x-a".to_owned()));
        assert_eq!(refused(header("x a", "b")), Unreadable::Header("x a".to_owned()));
        assert_eq!(refused(json!({ "cookies": ["a\0"] })), Unreadable::Header("cookie".to_owned()));
        assert_eq!(refused(json!({ "body": "%", "isBase64Encoded": true })), Unreadable::Body);
        let many: Value = (0..40_000).map(|n| (format!("x-{n}"), json!("a"))).collect();
        assert_eq!(refused(json!({ "headers": many })), Unreadable::TooManyHeaders);
    }

    /// Answers who is asked for.
    fn routes() -> Router {
        // Not the bare id: what turns an answer into text takes a byte order mark from its beginning.
        let who = get(async |Path(id): Path<String>| format!("id {id}"));
        rollcall_web::app(Router::new().route("/api/employees/{id}", who), REQUEST)
    }

    async fn answered(event: HttpEvent) -> (StatusCode, Option<String>) {
        let answer = serde_json::to_value(answer(routes(), event, Context::default()).await).expect("JSON");
        let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
        let status = StatusCode::from_u16(status.expect("a status")).expect("a status");
        (status, answer["body"].as_str().map(str::to_owned))
    }

    #[tokio::test]
    async fn a_refusal_is_a_problem_with_lambdas_request_id() {
        let mut context = Context::default();
        context.request_id = "8476a536".to_owned();
        let event = event(json!({ "rawPath": "/api/employees/50%" }));
        let answer = serde_json::to_value(answer(routes(), event, context).await).expect("JSON");
        assert_eq!(answer["statusCode"], 404);
        assert_eq!(answer["headers"]["content-type"], "application/problem+json");
        assert_eq!(answer["headers"]["x-request-id"], "8476a536");
    }

    #[tokio::test]
    async fn a_csv_file_keeps_the_mark_at_its_beginning() {
        let file = get(async || ([("content-type", "text/csv; charset=utf-8")], "\u{feff}id,Full name"));
        let routes = rollcall_web::app(Router::new().route("/api/employees/{id}", file), REQUEST);
        let answer =
            serde_json::to_value(answer(routes, event(json!({})), Context::default()).await).expect("JSON");
        assert_eq!(answer["isBase64Encoded"], true);
        let body = BASE64_STANDARD.decode(answer["body"].as_str().expect("a body")).expect("base64");
        assert_eq!(body, "\u{feff}id,Full name".as_bytes());
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(future)
    }

    proptest! {
        #[test]
        fn an_id_leads_to_that_employee_or_to_nobody(id in "\\PC{0,12}|[emp7old/.?#%\\\\\t\0~ ]{0,8}|.{0,8}") {
            let (status, body) = block_on(answered(event(json!({ "rawPath": format!("/api/employees/{id}") }))));
            if status == StatusCode::OK {
                prop_assert_eq!(body, Some(format!("id {id}")));
            } else {
                prop_assert!(status.is_client_error());
            }
        }

        #[test]
        fn whatever_a_client_sends_is_answered(
            path in ".{0,40}|/api/employees/.{0,20}", query in ".{0,40}", method in ".{0,8}|GET|PUT",
            name in ".{0,12}|host|x-forwarded-proto|cookie", value in ".{0,40}", cookie in ".{0,20}",
            body in proptest::option::of(".{0,40}"), is_base64 in any::<bool>(),
        ) {
            let event = event(json!({
                "rawPath": path, "rawQueryString": query, "headers": { name: value }, "cookies": [cookie],
                "body": body, "isBase64Encoded": is_base64, "requestContext": { "http": { "method": method } },
            }));
            let (status, _) = block_on(answered(event));
            prop_assert!(!status.is_server_error(), "{status}");
        }
    }
}
