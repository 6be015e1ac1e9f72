//! What is left of a request's body when the request has been answered, such as with a refusal.
//!
//! hyper closes a connection on which some of it is still under way, and the client's next request with it. A little is
//! read; where there is more, the answer says that the connection ends
//! ([RFC 9112, section 9.6](https://www.rfc-editor.org/rfc/rfc9112#section-9.6)).

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    middleware::Next,
    response::Response,
};
use http::{HeaderValue, header};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::timeout;

/// How much is read of what nobody asked for, in bytes, and how long that may take.
const READ: usize = 64 * 1024;
const WITHIN: Duration = Duration::from_secs(1);

/// Answers a request, and has the connection go on if that is possible.
pub(crate) async fn answered(request: Request, next: Next) -> Response {
    // Such a client has sent nothing yet, and waits to be asked for it.
    let waits = request.headers().contains_key(header::EXPECT);
    let left = Arc::new(Mutex::new(None));
    let request = request.map(|body| Body::new(Handed { body: Some(body), left: Arc::clone(&left) }));
    let mut response = next.run(request).await;
    let unread = left.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(body) = unread
        && (waits || !is_read(body).await)
    {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Whether the rest of a body is read, since it is small and there.
async fn is_read(body: Body) -> bool {
    matches!(timeout(WITHIN, axum::body::to_bytes(body, READ)).await, Ok(Ok(_)))
}

/// A body that a handler has, and that comes back when it is not read to its end.
struct Handed {
    body: Option<Body>,
    left: Arc<Mutex<Option<Body>>>,
}

impl HttpBody for Handed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = self.body.as_mut() else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(HttpBody::size_hint).unwrap_or_else(|| SizeHint::with_exact(0))
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        let unread = self.body.take().filter(|body| !body.is_end_stream());
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = unread;
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, middleware::from_fn, routing::post};
    use tower::ServiceExt;

    use super::*;

    /// Whether the connection goes on after a refusal of this body.
    async fn goes_on(body: Body) -> bool {
        let routes = Router::new().route("/", post(async || "refused")).layer(from_fn(answered));
        let request = Request::post("/").body(body).expect("a request");
        let response = routes.oneshot(request).await.expect("an answer");
        !response.headers().contains_key("connection")
    }

    #[tokio::test]
    async fn a_little_is_read_and_of_more_the_connection_ends() {
        assert!(goes_on(Body::empty()).await);
        assert!(goes_on(Body::from(vec![0; READ])).await);
        assert!(!goes_on(Body::from(vec![0; READ + 1])).await);
    }
}
