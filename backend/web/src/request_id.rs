//! The id under which one request is logged, answered in `x-request-id`.

use std::fmt;

use axum::{body::Body, middleware::Next, response::Response};
use http::{HeaderName, HeaderValue, Request};

/// The header that answers the request id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The most characters taken over from outside; AWS's ids have 36.
const MAX_CHARACTERS: usize = 64;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of one request: up to 64 letters, digits, `-`, `_`, `=`, `.` and `:`, so that it can stand in a
/// header and in a log line as it is.
///
/// What receives requests may put one among a request's extensions; [`crate::app`] then uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The id with this text, when it is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= MAX_CHARACTERS;
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=.:".contains(&byte));
        (fits && plain).then(|| Self(text.to_owned()))
    }

    /// A new, random id.
    #[must_use]
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().to_string())
    }

    /// The id of the request this task answers; none outside of [`crate::app`].
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a client calls its request is none: it could call another one the same.
    fn of<B>(request: &Request<B>) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_else(Self::random)
    }
}

/// Has the rest of the request answered under its id.
pub(crate) async fn scoped(request: Request<Body>, next: Next) -> Response {
    let id = RequestId::of(&request);
    CURRENT.scope(id, next.run(request)).await
}

/// The id for the answer to the request that this task answers.
pub(crate) fn answered<T>(_: &T) -> Option<HeaderValue> {
    HeaderValue::from_str(RequestId::current()?.as_str()).ok()
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> http::request::Builder {
        Request::builder()
    }

    #[test]
    fn the_id_set_by_the_receiver_comes_first() {
        let id = RequestId::parse("from-lambda").expect("an id");
        let request = request().extension(id.clone()).body(()).expect("ok");
        assert_eq!(RequestId::of(&request), id);
    }

    #[test]
    fn a_client_names_no_request() {
        for header in ["x-request-id", "x-amzn-requestid"] {
            let request = request().header(header, "chosen").body(()).expect("ok");
            assert_eq!(RequestId::of(&request).as_str().len(), 36);
        }
    }

    #[test]
    fn an_id_that_could_forge_a_log_line_is_replaced() {
        for bad in ["", "a b", "a\tb", "{\"x\"}", &"a".repeat(65)] {
            assert_eq!(RequestId::parse(bad), None, "{bad:?}");
        }
    }
}
