//! What the routes answer before storage is asked.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use axum::{
    Router,
    body::{Body, to_bytes},
    response::Response,
};
use http::{Request, StatusCode};
use rollcall_api::{badge::Badge, info::RunsOn, problem::Problem, session::Reading};
use rollcall_web::access::{Access, AccessSettings, OPERATOR_SIGN_IN, Rules};
use tower::ServiceExt;

use super::{Directory, DirectorySettings, routes};

/// A directory everyone may read and nobody may change, whose storage is not to be reached.
fn server() -> Router {
    let config = SdkConfig::builder().behavior_version(BehaviorVersion::v2026_01_12()).build();
    let settings = DirectorySettings {
        employees_table: "Employees".to_owned(),
        photos_bucket: "photos".to_owned(),
        people_table: None,
        audit_table: None,
        search: None,
    };
    let access = Access::new(
        AccessSettings {
            reading: Reading::Open,
            operator_sign_in: OPERATOR_SIGN_IN,
            limits: Rules::usual(),
            oidc: None,
        },
        None,
    );
    let routes = routes(&Directory::from_settings(&config, settings), &access, RunsOn::Lambda);
    rollcall_web::app(routes.into_router(&access), Duration::from_secs(30))
}

async fn ask(method: &str, uri: &str) -> Response {
    let request =
        Request::builder().method(method).uri(uri).header("if-none-match", "W/\"0123456789abcdef\"");
    server().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer")
}

async fn text(response: Response) -> String {
    let body = to_bytes(response.into_body(), 10_000).await.expect("a body");
    String::from_utf8(body.to_vec()).expect("text")
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused_with_every_reason() {
    let response = ask("GET", "/api/employees?limit=0&sort=age").await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Problem = serde_json::from_str(&text(response).await).expect("a problem");
    let fields: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["sort", "limit"]);
}

#[tokio::test]
async fn whoever_has_not_signed_in_changes_nothing() {
    for (method, uri) in [
        ("POST", "/api/employees"),
        ("PUT", "/api/employees/e-1"),
        ("DELETE", "/api/employees/e-1"),
        ("PUT", "/api/employees/e-1/photo"),
        ("DELETE", "/api/employees/e-1/photo"),
    ] {
        assert_eq!(ask(method, uri).await.status(), StatusCode::UNAUTHORIZED, "{method} {uri}");
    }
}

#[tokio::test]
async fn what_is_no_photos_key_is_not_found() {
    for key in ["x", "0123456789ABCDEF.png", "..%2Fsecret.png", "%ff.png", "0123456789abcdef.png%00"] {
        let response = ask("GET", &format!("/photos/{key}")).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{key}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
}

#[tokio::test]
async fn every_badge_is_listed() {
    let badges = text(ask("GET", "/api/badges").await).await;
    assert!(badges.starts_with(r#"{"badges":[{"id":"apple","label":"Mac User"},"#), "{badges}");
    assert_eq!(badges.matches("\"id\"").count(), Badge::ALL.len());
}

#[tokio::test]
async fn the_answer_says_where_it_comes_from() {
    let version = env!("CARGO_PKG_VERSION");
    let info = text(ask("GET", "/api/info").await).await;
    assert_eq!(info, format!(r#"{{"version":"{version}","runs_on":"lambda"}}"#));
}

#[tokio::test]
async fn scim_is_closed_where_there_is_no_table_of_tokens_and_says_so_in_its_own_words() {
    for (method, uri) in [
        ("GET", "/scim/v2"),
        ("GET", "/scim/v2/"),
        ("GET", "/scim/v2/Users"),
        ("POST", "/scim/v2/Users"),
        ("DELETE", "/scim/v2/Users/e-1"),
        ("GET", "/scim/v2/ServiceProviderConfig"),
        ("PUT", "/scim/v2/Schemas"),
        ("GET", "/scim/v2/nowhere"),
    ] {
        let response = ask(method, uri).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{method} {uri}");
        assert_eq!(response.headers()["content-type"], "application/scim+json", "{method} {uri}");
        assert!(text(response).await.contains("SCIM is closed where this runs"), "{method} {uri}");
    }
}
