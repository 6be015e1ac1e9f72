//! What every answer of a Rollcall server looks like, whatever its routes.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests say what they expect")]

use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::FromRef,
    http::{HeaderValue, Request, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use rollcall_api::{
    employee::EmployeeInput,
    problem::{FieldError, PROBLEM_JSON, Problem},
    session::Reading,
};
use rollcall_web::{
    access::{Access, AccessSettings, Editor, OPERATOR_SIGN_IN, Operator, Reader, Rules},
    app, app_with,
    json::Json,
    path::Path,
    problem::ApiError,
    query::Query,
    request_id::RequestId,
    session,
};
use serde::Deserialize;
use tower::ServiceExt;

/// How long an answer may take; longer than any that is meant to come.
const WITHIN: Duration = Duration::from_secs(10);

#[derive(Clone, FromRef)]
struct AppState {
    access: Access,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    limit: Option<u32>,
}

fn server(reading: Reading) -> Router {
    let access = Access::new(
        AccessSettings { reading, operator_sign_in: OPERATOR_SIGN_IN, limits: Rules::usual(), oidc: None },
        None,
    );
    let routes = Router::new()
        .route("/api/things/{number}", get(async |Path(number): Path<u32>| number.to_string()))
        .route("/api/page", get(async |Query(page): Query<PageQuery>| format!("{:?}", page.limit)))
        .route("/api/employees", post(async |Json(input): Json<EmployeeInput>| Json(input)))
        .route("/api/broken", get(async || ApiError::internal(std::io::Error::other("disk 7 is full"))))
        .route("/api/read", get(async |_: Reader| "read"))
        .route("/api/edit", put(async |_: Editor| "edited"))
        .route("/api/operate", put(async |_: Operator| "operated"))
        .with_state(AppState { access: access.clone() });
    app(routes.merge(session::routes(access.clone()).into_router(&access)), WITHIN)
}

async fn send(request: http::request::Builder, body: impl Into<Body>) -> Response {
    let request: Request<Body> = request.body(body.into()).expect("a request");
    server(Reading::Open).oneshot(request).await.expect("an answer")
}

async fn ask(method: &str, uri: &str) -> Response {
    send(Request::builder().method(method).uri(uri), ()).await
}

async fn post_json(body: &str) -> Response {
    let request = Request::builder().method("POST").uri("/api/employees");
    send(request.header("content-type", "application/json; charset=utf-8"), body.to_owned()).await
}

async fn problem(response: Response) -> Problem {
    assert_eq!(response.headers()["content-type"], PROBLEM_JSON);
    let id = response.headers()["x-request-id"].to_str().expect("text").to_owned();
    let status = response.status();
    let body = to_bytes(response.into_body(), 10_000).await.expect("a body");
    let problem: Problem = serde_json::from_slice(&body).expect("a problem");
    assert_eq!(problem.status, status.as_u16());
    assert_eq!(problem.request_id, Some(id));
    problem
}

async fn refused_field(response: Response) -> (String, String) {
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let errors = problem(response).await.errors;
    assert_eq!(errors.len(), 1, "{errors:?}");
    (errors[0].field.clone(), errors[0].detail.clone())
}

#[tokio::test]
async fn an_unknown_address_is_a_problem() {
    for uri in ["/api", "/api/", "/api/nothing", "/api/things/1/2", "/elsewhere"] {
        let response = ask("GET", uri).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{uri}");
        assert_eq!(problem(response).await.kind, "urn:rollcall:problem:not-found");
    }
}

#[tokio::test]
async fn a_method_a_route_does_not_take_is_a_problem_that_lists_those_it_takes() {
    let response = ask("DELETE", "/api/page").await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()["allow"], "GET,HEAD");
    assert_eq!(problem(response).await.kind, "urn:rollcall:problem:method-not-allowed");
}

#[tokio::test]
async fn headers_that_are_too_large_are_a_problem_and_reach_no_handler() {
    let server = app(Router::new().route("/api/page", get(async || "a page")), WITHIN);
    let asked = async |bytes: usize| {
        let request = Request::builder().uri("/api/page").header("cookie", "a".repeat(bytes));
        server.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer")
    };
    assert_eq!(asked(32 * 1024 - 6).await.status(), StatusCode::OK);
    let refused = asked(32 * 1024 - 5).await;
    assert_eq!(refused.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(problem(refused).await.kind, "urn:rollcall:problem:headers-too-large");
}

#[tokio::test]
async fn what_failed_inside_stays_inside() {
    let response = ask("GET", "/api/broken").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let problem = problem(response).await;
    assert!(!format!("{problem:?}").contains("disk"), "{problem:?}");
}

#[tokio::test]
async fn a_handler_that_panics_is_a_failure_inside_and_no_end_of_the_server() {
    let panics = get(async || -> &'static str { panic!("disk 7 is full") });
    let server = app(Router::new().route("/api/panics", panics), WITHIN);
    for _ in 0..2 {
        let request = Request::builder().uri("/api/panics").body(Body::empty()).expect("a request");
        let response = server.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let problem = problem(response).await;
        assert!(!format!("{problem:?}").contains("disk"), "{problem:?}");
    }
}

#[tokio::test]
async fn what_takes_too_long_is_given_up() {
    let never = get(async || std::future::pending::<()>().await);
    let server = app(Router::new().route("/api/never", never), Duration::from_millis(20));
    let request = Request::builder().uri("/api/never").body(Body::empty()).expect("a request");
    let response = server.oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let problem = problem(response).await;
    assert_eq!(problem.detail.as_deref(), Some("This took too long and was given up. Try again."));
}

/// What a server answers that adds a header of its own, and panics where there is no answer of the kind `text/html`.
async fn answer_with_a_header(path: &str) -> Response {
    let panics = get(async || -> &'static str { panic!("disk 7 is full") });
    let routes = Router::new()
        .route("/api/never", get(std::future::pending::<()>))
        .route("/api/panics", panics)
        .route("/page", get(async || ([("content-type", "text/html")], "a page")));
    let server = app_with(routes, Duration::from_millis(20), |headers| {
        assert!(headers["content-type"] != "text/html", "a page is too much");
        headers.insert("x-frame-options", HeaderValue::from_static("DENY"));
    });
    let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
    server.oneshot(request).await.expect("an answer")
}

#[tokio::test]
async fn a_server_s_own_headers_are_on_every_answer() {
    for (path, status) in [("/api/never", 503), ("/api/panics", 500), ("/api/nothing", 404), ("/gone", 404)] {
        let response = answer_with_a_header(path).await;
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()["x-frame-options"], "DENY", "{path}");
        problem(response).await;
    }
}

#[tokio::test]
async fn what_adds_headers_may_panic_too() {
    let response = answer_with_a_header("/page").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    problem(response).await;
}

#[tokio::test]
async fn an_answer_of_the_api_is_neither_sniffed_nor_stored() {
    let response = ask("GET", "/api/page").await;
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["cross-origin-resource-policy"], "same-origin");
}

#[tokio::test]
async fn the_request_id_of_what_receives_requests_is_answered() {
    let request = Request::builder().uri("/api/page").extension(RequestId::parse("abc-1").expect("an id"));
    assert_eq!(send(request, ()).await.headers()["x-request-id"], "abc-1");
}

#[tokio::test]
async fn of_thousands_of_faults_the_first_fifty_are_listed() {
    let errors = (0..3_000).map(|number| FieldError::new(format!("values[{number}]"), "is none")).collect();
    let response = ApiError::invalid(errors).into_response();
    let body = to_bytes(response.into_body(), 10_000).await.expect("a body");
    let problem: Problem = serde_json::from_slice(&body).expect("a problem");
    assert_eq!(problem.errors.len(), 50);
    let detail = problem.detail.expect("a detail");
    assert_eq!(detail, "3000 fields are not valid. The first 50 are listed.");
}

#[tokio::test]
async fn what_is_away_says_when_to_ask_again() {
    let response = ApiError::unavailable("Not now.").into_response();
    assert_eq!(response.headers()["retry-after"], "5");
}

#[tokio::test]
async fn a_path_that_names_nothing_is_not_found() {
    for uri in ["/api/things/x", "/api/things/-1", "/api/things/99999999999"] {
        assert_eq!(ask("GET", uri).await.status(), StatusCode::NOT_FOUND, "{uri}");
    }
}

#[tokio::test]
async fn a_wrong_query_parameter_is_named() {
    let (field, detail) = refused_field(ask("GET", "/api/page?limit=many").await).await;
    assert_eq!(field, "limit");
    assert!(detail.contains("invalid digit"), "{detail}");
    assert_eq!(refused_field(ask("GET", "/api/page?limits=1").await).await.0, "limits");
    assert_eq!(ask("GET", "/api/page?limit=7").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_type_in_a_body_names_its_path() {
    let (field, detail) = refused_field(post_json(r#"{"badges": ["bug", 7]}"#).await).await;
    assert_eq!(field, "badges[1]");
    assert_eq!(detail, "is not accepted: invalid type: integer `7`, expected a string");
    assert_eq!(refused_field(post_json(r#"{"full_name": 7}"#).await).await.0, "full_name");
    assert_eq!(refused_field(post_json(r#"{"nickname": "A"}"#).await).await.0, "nickname");
    assert_eq!(refused_field(post_json("7").await).await.0, "body");
}

#[tokio::test]
async fn a_list_is_no_object() {
    for body in [r#"["A", "Oslo", "Eng", ["bug"]]"#, "[]"] {
        let (field, detail) = refused_field(post_json(body).await).await;
        assert_eq!((field.as_str(), detail.as_str()), ("body", "must be an object, and is a list"), "{body}");
    }
}

#[tokio::test]
async fn a_key_that_stands_twice_is_refused() {
    let body = r#"{"full_name": "A", "location": "B", "full_name": "C"}"#;
    assert_eq!(refused_field(post_json(body).await).await.0, "full_name");
}

#[tokio::test]
async fn a_byte_order_mark_does_no_harm() {
    assert_eq!(post_json("\u{feff}{\"full_name\": \"A\"}").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_body_that_is_no_text_is_refused() {
    let request = Request::builder().method("POST").uri("/api/employees");
    let body = b"{\"full_name\": \"Zo\xeb\"}".to_vec();
    let response = send(request.header("content-type", "application/json"), body).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let detail = problem(response).await.detail.expect("a detail");
    assert_eq!(detail, "The body is not JSON: byte 17 is not UTF-8.");
}

#[tokio::test]
async fn a_body_that_is_nested_without_end_is_refused() {
    for body in ["[".repeat(60_000), r#"{"full_name":"#.repeat(4_000)] {
        assert_eq!(post_json(&body).await.status(), StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused() {
    for body in ["", "{", "{} {}", "full_name=Ada", r#"{"full_name": "\ud800"}"#] {
        let response = post_json(body).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{body}");
        problem(response).await;
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_refused() {
    let request = Request::builder().method("POST").uri("/api/employees");
    let response = send(request.header("content-type", "text/plain"), "{}").await;
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(problem(response).await.kind, "urn:rollcall:problem:unsupported-media-type");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let body = format!(r#"{{"full_name": "{}"}}"#, "a".repeat(70_000));
    let response = post_json(&body).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    problem(response).await;
}

#[tokio::test]
async fn where_nobody_signs_in_everyone_reads_and_nobody_writes() {
    assert_eq!(ask("GET", "/api/read").await.status(), StatusCode::OK);
    for uri in ["/api/edit", "/api/operate"] {
        let response = ask("PUT", uri).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        let detail = problem(response).await.detail.expect("a detail");
        assert!(detail.starts_with("Sign-in is not set up where this runs"), "{detail}");
    }
}

#[tokio::test]
async fn reading_takes_a_token_where_the_setting_says_so() {
    let request = Request::builder().uri("/api/read").body(Body::empty()).expect("a request");
    let response = server(Reading::SignedIn).oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_header_that_carries_no_bearer_token_is_as_none_where_everyone_reads_and_refused_elsewhere() {
    for value in ["", "Basic YTpi", "Bearer", "Bearer ", &format!("Bearer {}", "a".repeat(20_000))] {
        let request = |method, uri| Request::builder().method(method).uri(uri).header("authorization", value);
        for public in ["/api/read", "/api/session"] {
            assert_eq!(send(request("GET", public), ()).await.status(), StatusCode::OK, "{value:.20}");
        }
        let edit = send(request("PUT", "/api/edit"), ()).await;
        assert_eq!(edit.status(), StatusCode::UNAUTHORIZED, "{value:.20}");
        let closed = request("GET", "/api/read").body(Body::empty()).expect("a request");
        let closed = server(Reading::SignedIn).oneshot(closed).await.expect("an answer");
        assert_eq!(closed.status(), StatusCode::UNAUTHORIZED, "{value:.20}");
    }
}

#[tokio::test]
async fn the_session_says_that_nobody_can_sign_in() {
    let response = ask("GET", "/api/session").await;
    let body = to_bytes(response.into_body(), 10_000).await.expect("a body");
    assert_eq!(body, r#"{"user":null,"reading":"open","can_sign_in":false}"#);
}
