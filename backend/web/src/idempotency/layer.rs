//! The layer around every POST of the API.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, StatusCode, header};
use rollcall_api::problem::FieldError;
use rollcall_error::source_chain;
use tokio::time::timeout;

use super::{
    body::Reading,
    kept::{Answer, Begun, Held, begin},
    key::{IDEMPOTENCY_KEY, Key},
};
use crate::{access::Access, problem::ApiError, sessions::id::hash};

/// How long a request with a key may take from when it has it: shorter than the key is held.
const WITHIN: Duration = Duration::from_secs(29);

/// In how many seconds somebody may ask again for what is being done.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// Has a POST of the API with a key done once, whichever process it comes to.
///
/// SCIM is left out, where a provider sends no keys and repeats what it is not sure of: its POST finds who is there already by
/// `userName`. So is `/auth/`, whose answers set a cookie, which is kept for nobody; to end a session twice does no harm.
pub(crate) async fn once(
    State(access): State<Access>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if request.method() != Method::POST || !request.uri().path().starts_with("/api/") {
        return Ok(next.run(request).await);
    }
    let Some(key) = Key::of(request.headers())? else { return Ok(next.run(request).await) };
    let named = match access.person(request.method(), request.headers()).await {
        Ok(Some(named)) => named,
        Err(error) if error.status().is_server_error() => return Err(error),
        // Nothing is kept for whoever is nobody. Whether they may do this at all, the route says.
        Ok(None) | Err(_) => return Ok(next.run(request).await),
    };
    let sessions = access.sessions().ok_or_else(nowhere_to_keep)?;
    let begun = begin(sessions, key.secret(&named.person), &request_hash(&request)).await?;
    match begun {
        Begun::Go(held) => Ok(done(held, request, next).await),
        Begun::Wait => Ok(still_working()),
        Begun::Refuse => Err(for_another_request()),
        Begun::Answer(answer) if answer.read.is_the_same(request.into_body()).await => Ok(answer.replayed()),
        Begun::Answer(_) => Err(for_another_request()),
    }
}

/// Has a request done that holds its key, and keeps the answer.
async fn done(held: Held, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let (body, reading) = Reading::of(body);
    let Ok(response) = timeout(WITHIN, next.run(Request::from_parts(parts, body))).await else {
        // It is not known how far it came, so that its key is not let go of before its time.
        return ApiError::unavailable("This took too long and was given up. Try again.").into_response();
    };
    let (parts, body) = response.into_parts();
    if is_to_be_sent_again(parts.status) {
        noted(held.let_go().await);
        return Response::from_parts(parts, body);
    }
    // What a POST answers was made in memory, so that it is all there.
    let body = match to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => return ApiError::internal(error).into_response(),
    };
    noted(held.answered(&Answer::of(reading.so_far(), &parts, &body)).await);
    Response::from_parts(parts, Body::from(body))
}

/// Whether a request that was answered so may do better when it is sent again as it is: once what failed works, or whoever
/// sends it has signed in or was let in, or asks less.
fn is_to_be_sent_again(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS)
}

/// What was done stays done though nobody can note it: whoever repeats it may have it done twice.
fn noted(result: Result<(), rollcall_error::Error>) {
    if let Err(error) = result {
        tracing::error!(error = source_chain(&error), "what came of an idempotency key could not be kept");
    }
}

/// What tells a request from others, but for its body: the address, what it is sent as, and what it is meant for.
fn request_hash(request: &Request) -> String {
    let header = |name| request.headers().get(name).map(HeaderValue::as_bytes).unwrap_or_default();
    let address = request.uri().path_and_query().map(|it| it.as_str()).unwrap_or_default();
    let parts = [address.as_bytes(), header(header::CONTENT_TYPE), header(header::IF_MATCH)];
    hash(&parts.join(&b'\n'))
}

fn still_working() -> Response {
    let error = ApiError::conflict(
        "A request with this idempotency key is still being worked on. Ask again in a second.",
    );
    let mut response = error.into_response();
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    response
}

fn for_another_request() -> ApiError {
    let detail = "was sent with another request in the last 24 hours; make a new key for each request";
    ApiError::invalid(vec![FieldError::new(IDEMPOTENCY_KEY.as_str(), detail)])
}

fn nowhere_to_keep() -> ApiError {
    ApiError::bad_request(
        "No idempotency keys are kept where this runs. Leave the header out, or use the address of the dashboard.",
    )
}
