//! Errors a client sees, as [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem details.

use std::{collections::BTreeMap, error::Error, fmt, time::Duration};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use rollcall_api::problem::{FieldError, PROBLEM_JSON, Problem, SIGN_IN_AGAIN};
use rollcall_error::source_chain;
use serde::Serialize;

use crate::{etag::EntityTag, request_id::RequestId};

/// The most inputs that one answer lists: whoever sends thousands of them is not answered with megabytes.
const MAX_ERRORS: usize = 50;

/// After how long something may answer again that does not now.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// What every client reads when something inside failed.
const INTERNAL_DETAIL: &str =
    "Something failed on our side; the request id names the log entry. Trying again may help.";

/// An error on its way to a client.
///
/// The text of [`ApiError::internal`]'s cause is logged and never answered: the cause is kept apart from the
/// text a client reads, and nothing turns the one into the other.
#[derive(Debug)]
pub struct ApiError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    detail: String,
    errors: Vec<FieldError>,
    cause: Option<Box<dyn Error + Send + Sync>>,
    /// What is there, for whoever meant to change something else.
    current: Option<Current>,
    /// After how long it is worth asking again.
    retry_after: Option<Duration>,
}

#[derive(Debug)]
struct Current {
    tag: Option<EntityTag>,
    shown: serde_json::Value,
}

/// A problem with what is there beside it, as [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457#section-3.2) lets it have.
#[derive(Serialize)]
struct Answered {
    #[serde(flatten)]
    problem: Problem,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<serde_json::Value>,
}

/// The kinds of problem there are; each has one status, one name and one title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::VariantArray)]
enum Kind {
    BadRequest,
    Unauthorized,
    SignInAgain,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    Conflict,
    PreconditionFailed,
    PayloadTooLarge,
    UnsupportedMediaType,
    InvalidInput,
    TooManyRequests,
    HeadersTooLarge,
    Unavailable,
    Internal,
}

impl Kind {
    const fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Unauthorized | Self::SignInAgain => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::Conflict => StatusCode::CONFLICT,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InvalidInput => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn urn(self) -> &'static str {
        match self {
            Self::BadRequest => "urn:rollcall:problem:bad-request",
            Self::Unauthorized => "urn:rollcall:problem:unauthorized",
            Self::SignInAgain => SIGN_IN_AGAIN,
            Self::Forbidden => "urn:rollcall:problem:forbidden",
            Self::NotFound => "urn:rollcall:problem:not-found",
            Self::MethodNotAllowed => "urn:rollcall:problem:method-not-allowed",
            Self::NotAcceptable => "urn:rollcall:problem:not-acceptable",
            Self::Conflict => "urn:rollcall:problem:conflict",
            Self::PreconditionFailed => "urn:rollcall:problem:precondition-failed",
            Self::PayloadTooLarge => "urn:rollcall:problem:payload-too-large",
            Self::UnsupportedMediaType => "urn:rollcall:problem:unsupported-media-type",
            Self::InvalidInput => "urn:rollcall:problem:invalid-input",
            Self::TooManyRequests => "urn:rollcall:problem:too-many-requests",
            Self::HeadersTooLarge => "urn:rollcall:problem:headers-too-large",
            Self::Unavailable => "urn:rollcall:problem:unavailable",
            Self::Internal => "urn:rollcall:problem:internal",
        }
    }

    /// How a script may do better, by [RFC 6750](https://www.rfc-editor.org/rfc/rfc6750#section-3) and
    /// [RFC 9470](https://www.rfc-editor.org/rfc/rfc9470#section-3).
    const fn challenge(self) -> Option<&'static str> {
        match self {
            Self::Unauthorized => Some("Bearer"),
            Self::SignInAgain => Some("Bearer error=\"insufficient_user_authentication\""),
            _ => None,
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::BadRequest => "The request cannot be understood",
            Self::Unauthorized => "Sign-in is needed",
            Self::SignInAgain => "A fresh sign-in is needed",
            Self::Forbidden => "Not allowed",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::NotAcceptable => "Not what was asked for",
            Self::Conflict => "In conflict with the current state",
            Self::PreconditionFailed => "Changed meanwhile",
            Self::PayloadTooLarge => "The request is too large",
            Self::UnsupportedMediaType => "Unsupported media type",
            Self::InvalidInput => "Some input is not valid",
            Self::TooManyRequests => "Too many requests",
            Self::HeadersTooLarge => "The headers are too large",
            Self::Unavailable => "Not available at the moment",
            Self::Internal => "Internal error",
        }
    }
}

impl ApiError {
    /// 422: each input in `errors` is not valid.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [only] => format!("{} {}.", only.field, only.detail),
            several => format!("{} fields are not valid.", several.len()),
        };
        let mut error = Self::plain(Kind::InvalidInput, detail);
        error.0.errors = errors;
        error
    }

    /// 400: the request is malformed as a whole.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::plain(Kind::BadRequest, detail)
    }

    /// 401: no token, or one that does not count.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::plain(Kind::Unauthorized, detail)
    }

    /// 401: who they are was proved too long ago for this.
    pub fn sign_in_again(detail: impl Into<String>) -> Self {
        Self::plain(Kind::SignInAgain, detail)
    }

    /// 403: signed in, and not allowed.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::plain(Kind::Forbidden, detail)
    }

    /// 404: there is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::plain(Kind::NotFound, detail)
    }

    /// 405: the path is there, the method is not.
    pub fn method_not_allowed(detail: impl Into<String>) -> Self {
        Self::plain(Kind::MethodNotAllowed, detail)
    }

    /// 406: what is there is of no kind that whoever asks takes.
    pub fn not_acceptable(detail: impl Into<String>) -> Self {
        Self::plain(Kind::NotAcceptable, detail)
    }

    /// 431: the headers are larger than what is taken.
    pub fn headers_too_large(detail: impl Into<String>) -> Self {
        Self::plain(Kind::HeadersTooLarge, detail)
    }

    /// 409: the current state does not permit it.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::plain(Kind::Conflict, detail)
    }

    /// 413: the body is larger than what the route takes.
    pub fn payload_too_large(detail: impl Into<String>) -> Self {
        Self::plain(Kind::PayloadTooLarge, detail)
    }

    /// 415: the body is of a kind the route does not take.
    pub fn unsupported_media_type(detail: impl Into<String>) -> Self {
        Self::plain(Kind::UnsupportedMediaType, detail)
    }

    /// 412: what is there is not what whoever asks has seen. It is answered as it is now.
    pub fn changed_meanwhile(
        detail: impl Into<String>,
        tag: Option<EntityTag>,
        shown: &impl Serialize,
    ) -> Self {
        let mut error = Self::plain(Kind::PreconditionFailed, detail);
        error.0.current = serde_json::to_value(shown).ok().map(|shown| Current { tag, shown });
        error
    }

    /// 429: whoever asks has asked for too much, and may ask again after so long. It is told in whole seconds, none of which is
    /// too early.
    pub fn too_many(detail: &str, wait: Duration) -> Self {
        let wait = in_whole_seconds(wait);
        let detail = format!("{detail} Try again in {} s.", wait.as_secs());
        let mut error = Self::plain(Kind::TooManyRequests, detail);
        error.0.retry_after = Some(wait);
        error
    }

    /// 503: something this needs does not answer now.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::plain(Kind::Unavailable, detail)
    }

    /// 500: `cause` is logged with all its sources; the client reads a constant text and the request id.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::plain(Kind::Internal, INTERNAL_DETAIL).caused_by(cause)
    }

    fn plain(kind: Kind, detail: impl Into<String>) -> Self {
        let retry_after = (kind == Kind::Unavailable).then_some(RETRY_AFTER);
        Self(Box::new(Inner {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            cause: None,
            current: None,
            retry_after,
        }))
    }

    /// Adds why, for the log alone: the client still reads only the detail.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.kind.status()
    }

    /// The document a client reads.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem {
            kind: self.0.kind.urn().to_owned(),
            title: self.0.kind.title().to_owned(),
            status: self.status().as_u16(),
            detail: Some(self.detail()),
            request_id: RequestId::current().map(|id| id.to_string()),
            errors: self.0.errors.iter().take(MAX_ERRORS).cloned().collect(),
        }
    }

    fn detail(&self) -> String {
        let Inner { detail, errors, .. } = &*self.0;
        if errors.len() > MAX_ERRORS {
            format!("{detail} The first {MAX_ERRORS} are listed.")
        } else {
            detail.clone()
        }
    }

    fn log(&self) {
        let Some(cause) = &self.0.cause else { return };
        let chain = source_chain(cause.as_ref());
        if self.status().is_server_error() {
            tracing::error!(error = chain, "{}", self.0.kind.title());
        } else {
            tracing::info!(error = chain, "{}", self.0.kind.title());
        }
    }
}

/// Of each status by which something is refused, a problem of each kind.
pub(crate) fn examples() -> BTreeMap<StatusCode, Vec<Problem>> {
    let mut examples: BTreeMap<StatusCode, Vec<Problem>> = BTreeMap::new();
    for kind in <Kind as strum::VariantArray>::VARIANTS {
        let mut problem = ApiError::plain(*kind, "What is wrong, and what to do about it.").problem();
        if *kind == Kind::InvalidInput {
            problem.errors = vec![FieldError::new("full_name", "is empty; enter at least one character")];
        }
        examples.entry(kind.status()).or_default().push(problem);
    }
    examples
}

impl From<rollcall_error::Error> for ApiError {
    /// What an error of the domain means in HTTP.
    fn from(error: rollcall_error::Error) -> Self {
        let retry_after = error.retry_after();
        let (kind, detail, errors, cause) = error.into_parts();
        let kind = match kind {
            rollcall_error::Kind::NotFound => Kind::NotFound,
            rollcall_error::Kind::Conflict => Kind::Conflict,
            rollcall_error::Kind::Invalid => Kind::InvalidInput,
            rollcall_error::Kind::TooLarge => Kind::PayloadTooLarge,
            rollcall_error::Kind::Unsupported => Kind::UnsupportedMediaType,
            rollcall_error::Kind::TooMany => Kind::TooManyRequests,
            rollcall_error::Kind::Away => Kind::Unavailable,
            rollcall_error::Kind::Broken => Kind::Internal,
        };
        let detail = if kind == Kind::Internal { INTERNAL_DETAIL.to_owned() } else { detail };
        let mut error = Self::plain(kind, detail);
        error.0.errors = errors;
        error.0.cause = cause;
        error.0.retry_after = retry_after.map(in_whole_seconds).or(error.0.retry_after);
        error
    }
}

impl fmt::Display for ApiError {
    /// What a client reads, on one line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.0.kind.title(), self.0.detail)?;
        if self.0.errors.len() > 1 {
            for error in &self.0.errors {
                write!(formatter, " {}: {}.", error.field, error.detail)?;
            }
        }
        Ok(())
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.cause.as_ref().map(|cause| cause.as_ref() as _)
    }
}

impl IntoResponse for ApiError {
    fn into_response(mut self) -> Response {
        self.log();
        let (tag, current) = self.0.current.take().map(|it| (it.tag, it.shown)).unzip();
        // Texts and numbers only: this always serialises.
        let body = serde_json::to_vec(&Answered { problem: self.problem(), current }).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status();
        if let Some(tag) = tag.flatten() {
            tag.mark(&mut response);
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(wait) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, wait.as_secs().into());
        }
        if let Some(challenge) = self.0.kind.challenge() {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

/// So long in whole seconds, none of which is too early, and at least one.
fn in_whole_seconds(wait: Duration) -> Duration {
    Duration::from_secs(whole_seconds(wait).max(1))
}

/// How many whole seconds that takes.
pub(crate) fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("service error")]
    struct Outer(#[source] std::io::Error);

    fn failing() -> Outer {
        Outer(std::io::Error::other("table arn:secret is on fire"))
    }

    #[test]
    fn a_client_never_reads_what_failed_inside() {
        let error = ApiError::internal(failing());
        let body = serde_json::to_string(&error.problem()).expect("serialises");
        assert!(!body.contains("secret") && !error.to_string().contains("secret"), "{body}");
        assert_eq!(error.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn an_error_of_the_domain_is_answered_with_its_status_and_its_words() {
        use rollcall_error::Error;
        for (error, status) in [
            (Error::not_found("a"), 404),
            (Error::conflict("a"), 409),
            (Error::invalid_field("a", "is b"), 422),
            (Error::too_large("a"), 413),
            (Error::unsupported("a"), 415),
            (Error::too_many("a", Duration::from_secs(1)), 429),
            (Error::away("a"), 503),
            (Error::broken("a"), 500),
        ] {
            let words = error.detail().to_owned();
            let problem = ApiError::from(error).problem();
            assert_eq!(problem.status, status);
            assert_eq!(problem.detail == Some(words), status != 500, "{problem:?}");
        }
    }

    #[test]
    fn whoever_asks_too_much_is_told_when_to_come_again_and_never_too_early() {
        let wait = Duration::from_millis(1_200);
        for error in
            [ApiError::too_many("Too many.", wait), rollcall_error::Error::too_many("Too many.", wait).into()]
        {
            assert_eq!(error.into_response().headers()[header::RETRY_AFTER], "2");
        }
    }

    #[test]
    fn a_401_says_that_a_bearer_token_is_expected() {
        let response = ApiError::unauthorized("sign in").into_response();
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
        assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
    }

    #[test]
    fn one_invalid_field_is_told_in_the_detail() {
        let problem = ApiError::invalid(vec![FieldError::new("limit", "is 0")]).problem();
        assert_eq!(problem.detail.as_deref(), Some("limit is 0."));
        assert_eq!(problem.kind, "urn:rollcall:problem:invalid-input");
        assert_eq!(problem.status, 422);
    }
}
