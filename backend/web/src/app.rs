//! What every answer shares: a request id, a log line, problems instead of bare statuses, safe headers.

use std::time::Instant;

use axum::{
    Router,
    body::HttpBody,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::any,
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use tracing::Instrument;

use crate::{
    problem::ApiError,
    request_id::{REQUEST_ID, RequestId},
};

/// The largest body of a route that sets no limit of its own, in bytes: a form of a few hundred fields.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Wraps the routes of a whole server. To be called once, last.
///
/// Whatever is under `/api` and is no route answers 404 as a problem; a method a route does not have answers
/// 405 as a problem with `allow`; every answer has a request id and is logged in one line.
pub fn app(router: Router) -> Router {
    router
        .route("/api", any(nothing_here))
        .route("/api/", any(nothing_here))
        .route("/api/{*path}", any(nothing_here))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn(answer))
}

async fn nothing_here() -> ApiError {
    ApiError::not_found("Nothing has this address.")
}

async fn answer(request: Request, next: Next) -> Response {
    let id = RequestId::of(&request);
    let path = request.uri().path();
    let is_api = path == "/api" || path.starts_with("/api/");
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
    // Of the highest level, so that an error carries the request id however little is logged.
    let span = tracing::error_span!("request", request_id = %id, method = %request.method(), route);
    let began = Instant::now();
    let respond = async {
        let mut response = explained(next.run(request).await);
        add_headers(&mut response, is_api);
        let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(status = response.status().as_u16(), milliseconds, "answered");
        response
    };
    id.scope(respond.instrument(span)).await
}

/// Gives a bare refusal of the router itself, such as its 405, the body of a problem; its headers stay.
fn explained(response: Response) -> Response {
    let bare = response.body().size_hint().exact() == Some(0);
    let error = match response.status() {
        StatusCode::METHOD_NOT_ALLOWED if bare => ApiError::method_not_allowed(
            "This address does not take this method; the header allow lists those it takes.",
        ),
        StatusCode::NOT_FOUND if bare => ApiError::not_found("Nothing has this address."),
        _ => return response,
    };
    let (parts, body) = error.into_response().into_parts();
    let mut explained = Response::from_parts(response.into_parts().0, body);
    explained.headers_mut().remove(header::CONTENT_LENGTH);
    explained.headers_mut().extend(parts.headers);
    explained
}

fn add_headers(response: &mut Response, is_api: bool) {
    let headers = response.headers_mut();
    if let Some(id) = RequestId::current().and_then(|id| id.header_value()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CORP).or_insert(HeaderValue::from_static("same-origin"));
    if is_api {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
}
