//! Whether whoever asks takes what is answered: [`Accept`](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1).

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use headers::HeaderMapExt;
use headers_accept::Accept;
use http::{Method, header};
use mediatype::MediaType;

use crate::problem::ApiError;

/// Whether an answer of this route is held against what is accepted: what shows something, and has one media type. SCIM has rules
/// of its own, and the pages of signing in are for browsers.
pub(crate) fn is_checked(method: &Method, route: &str) -> bool {
    method == Method::GET && (route.starts_with("/api/") || route.starts_with("/photos/"))
}

/// Has whoever does not take what they asked for told so. What changes something is answered all the same: it is done by then.
/// A header that can't be read asks for nothing.
pub(crate) async fn checked(request: Request, next: Next) -> Response {
    let is_checked = is_checked(request.method(), request.uri().path());
    let accept = is_checked.then(|| request.headers().typed_get::<Accept>()).flatten();
    let response = next.run(request).await;
    match accept {
        Some(accept) if response.status().is_success() => refused(&accept, &response).unwrap_or(response),
        _ => response,
    }
}

fn refused(accept: &Accept, response: &Response) -> Option<Response> {
    let answered = response.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let answered = MediaType::parse(answered).ok()?;
    let answered = answered.essence();
    if accept.negotiate([&answered]).is_some() {
        return None;
    }
    let detail = format!("This is answered as {answered}, which the header accept does not take.");
    Some(ApiError::not_acceptable(detail).into_response())
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware::from_fn, routing::get};
    use http::StatusCode;
    use tower::ServiceExt;

    use super::*;

    async fn status(method: Method, accept: &str) -> StatusCode {
        let csv = || async { ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], "a") };
        let router = Router::new().route("/api/file", get(csv).post(csv)).layer(from_fn(checked));
        let request = Request::builder().method(method).uri("/api/file").header("accept", accept);
        let request = request.body(Body::empty()).expect("a request");
        router.oneshot(request).await.expect("an answer").status()
    }

    #[tokio::test]
    async fn whoever_takes_nothing_of_the_kind_is_told_so() {
        for accept in
            ["application/json", "text/html, image/*;q=0.9", "text/csv;q=0, application/json", "*/*;q=0"]
        {
            assert_eq!(status(Method::GET, accept).await, StatusCode::NOT_ACCEPTABLE, "{accept}");
        }
    }

    #[tokio::test]
    async fn whoever_takes_it_is_answered_however_they_say_so() {
        for accept in
            ["text/csv", "TEXT/*", "*/*", "text/html, */*;q=0.1", "application/json;q=0.9, text/csv;q=0.1"]
        {
            assert_eq!(status(Method::GET, accept).await, StatusCode::OK, "{accept}");
        }
    }

    #[tokio::test]
    async fn what_is_no_list_of_media_types_asks_for_nothing() {
        for accept in ["json", ";;;", "a/b/c"] {
            assert_eq!(status(Method::GET, accept).await, StatusCode::OK, "{accept}");
        }
    }

    #[tokio::test]
    async fn what_was_done_is_told_whether_or_not_its_answer_is_taken() {
        assert_eq!(status(Method::POST, "image/png").await, StatusCode::OK);
    }
}
