//! Changes that are refused where what is there is not what whoever asks has seen, so that nobody's change is lost.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use headers::{HeaderMapExt, IfMatch};
use http::request::Parts;
use serde::Serialize;

use crate::{json::Json, problem::ApiError};

pub use crate::etag::EntityTag;

/// What is there has to have one of these tags, where a request says so by `If-Match`
/// ([RFC 9110, section 13.1.1](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1)).
#[derive(Debug, Clone, Default)]
pub struct Expected(Option<IfMatch>);

impl Expected {
    /// Whether what is there is what whoever asks has seen, or they don't mind. Its tag is made only where they do.
    #[must_use]
    pub fn is(&self, tag: impl FnOnce() -> Option<EntityTag>) -> bool {
        self.0.as_ref().is_none_or(|expected| tag().is_some_and(|tag| tag.is_among(expected)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Expected {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let header = parts.headers.typed_try_get().map_err(|error| {
            ApiError::bad_request(
                "The header if-match must be *, or entity tags in double quotes with commas between.",
            )
            .caused_by(error)
        });
        header.map(Self)
    }
}

/// An answer in JSON, with the tag of what it shows.
#[derive(Debug, Clone)]
pub struct Tagged<T>(pub Option<EntityTag>, pub T);

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.1).into_response();
        if let Some(tag) = self.0 {
            tag.mark(&mut response);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    async fn expected(header: &str) -> Result<Expected, ApiError> {
        let request = Request::builder().header("if-match", header).body(()).expect("a request");
        Expected::from_request_parts(&mut request.into_parts().0, &()).await
    }

    fn text(tag: &EntityTag) -> String {
        let response = Tagged(Some(tag.clone()), ()).into_response();
        response.headers()["etag"].to_str().expect("plain").to_owned()
    }

    #[tokio::test]
    async fn a_change_is_for_what_was_seen() {
        let (seen, other) = (EntityTag::of(&["a"]), EntityTag::of(&["b"]));
        let tag = text(seen.as_ref().expect("a tag"));
        for fitting in [tag.clone(), format!("\"x\", {tag}"), "*".to_owned()] {
            assert!(expected(&fitting).await.expect("read").is(|| seen.clone()), "{fitting}");
        }
        for other_one in [text(other.as_ref().expect("a tag")), format!("W/{tag}"), "\"bogus\"".to_owned()] {
            assert!(!expected(&other_one).await.expect("read").is(|| seen.clone()), "{other_one}");
        }
        assert!(Expected::default().is(|| other.clone()) && Expected::default().is(|| None));
    }
}
