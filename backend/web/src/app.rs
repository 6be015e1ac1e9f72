//! What every answer shares: a request id, a log line, a time within which it comes, problems instead of bare statuses
//! and panics, safe headers.

use std::{
    any::Any,
    future::ready,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    extract::{DefaultBodyLimit, Request},
    middleware::{Next, from_fn, map_response},
    response::{IntoResponse, Response},
    routing::any,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer, timeout::TimeoutLayer};

use crate::{
    answered,
    problem::ApiError,
    request_id::{self, REQUEST_ID},
};

/// The largest body of a route that sets no limit of its own, in bytes: a form of a few hundred fields.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// The most that a request's headers may have in all, in bytes: the longest token, and as much again. An HTTP API takes
/// [10 KB](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html) and answers by itself above.
const MAX_HEADER_BYTES: usize = 32 * 1024;

const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Wraps the routes of a whole server. To be called once, last.
///
/// Whatever is under `/api` and is no route answers 404 as a problem; a method a route does not have answers
/// 405 as a problem with `allow`; what takes longer than `within` answers 503 as one, and what panics 500. Every answer
/// has a request id and is logged in one line.
pub fn app(router: Router, within: Duration) -> Router {
    app_with(router, within, |_| {})
}

/// The same, with what `add` adds to the headers of every answer, those of this function itself included. It is asked
/// within the log line and the request id of the answer; where it panics, the answer is a 500.
pub fn app_with(
    router: Router,
    within: Duration,
    add: impl Fn(&mut HeaderMap) + Clone + Send + Sync + 'static,
) -> Router {
    let add = move |mut response: Response| {
        // The layer that catches panics is further in, so that its answers get these headers as well.
        let added = catch_unwind(AssertUnwindSafe(|| add(response.headers_mut())));
        ready(added.map_or_else(panicked, |()| response))
    };
    let set = SetResponseHeaderLayer::<HeaderValue>::overriding;
    let default = SetResponseHeaderLayer::<HeaderValue>::if_not_present;
    let stack = ServiceBuilder::new()
        .layer(from_fn(request_id::scoped))
        .layer(from_fn(answered::told))
        .layer(SetResponseHeaderLayer::overriding(REQUEST_ID, request_id::answered::<Response>))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        .layer(default(CORP, HeaderValue::from_static("same-origin")))
        .layer(default(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(map_response(add))
        .layer(map_response(explained))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, within))
        .layer(from_fn(with_headers_that_fit));
    router
        .route("/api", any(nothing_here))
        .route("/api/", any(nothing_here))
        .route("/api/{*path}", any(nothing_here))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(stack)
}

/// Refuses headers that are too large before anything looks at them.
async fn with_headers_that_fit(request: Request, next: Next) -> Response {
    let sizes = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    let size: usize = sizes.sum();
    if size <= MAX_HEADER_BYTES {
        return next.run(request).await;
    }
    let detail = format!(
        "The headers have {size} bytes; {MAX_HEADER_BYTES} are taken. Delete this site's cookies, or send less."
    );
    ApiError::headers_too_large(detail).into_response()
}

async fn nothing_here() -> ApiError {
    ApiError::not_found("Nothing has this address.")
}

/// Gives a bare refusal of the router itself or of a layer, such as its 405, the body of a problem; its headers stay.
async fn explained<B>(response: http::Response<B>) -> Response
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let response = response.map(Body::new);
    let bare = response.body().size_hint().exact() == Some(0);
    let error = match response.status() {
        StatusCode::METHOD_NOT_ALLOWED if bare => ApiError::method_not_allowed(
            "This address does not take this method; the header allow lists those it takes.",
        ),
        StatusCode::NOT_FOUND if bare => ApiError::not_found("Nothing has this address."),
        StatusCode::SERVICE_UNAVAILABLE if bare => {
            ApiError::unavailable("This took too long and was given up. Try again.")
        }
        _ => return response,
    };
    let (parts, body) = error.into_response().into_parts();
    let mut explained = Response::from_parts(response.into_parts().0, body);
    explained.headers_mut().remove(header::CONTENT_LENGTH);
    explained.headers_mut().extend(parts.headers);
    explained
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    ApiError::internal(format!("a handler panicked: {text}")).into_response()
}
