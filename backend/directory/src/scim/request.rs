//! What is read of a request.

use std::borrow::Cow;

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::{HeaderMap, StatusCode, header, request::Parts};
use rollcall_json::JsonError;
use rollcall_scim::{Mistake, Refusal};
use rollcall_web::{
    access::{Access, Guarded, Provider},
    declared::{Guard, Input, Operation, Who},
    json,
    path::Path,
    query::Pairs,
};
use serde_json::Value;

use super::{
    answer::{SCIM_JSON, ScimError, any_resource},
    query::pair,
};
use crate::{directory::Directory, employee_id::EmployeeId};

/// The provider that asks: a handler that takes it is only reached with a token that was made for SCIM.
#[derive(Debug, Clone)]
pub(super) struct Caller(pub(super) Provider);

impl FromRequestParts<Guarded<Directory>> for Caller {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, state: &Guarded<Directory>) -> Result<Self, ScimError> {
        let access: Access = axum::extract::FromRef::from_ref(state);
        Ok(Self(access.provider(&parts.headers).await?))
    }
}

/// Someone, by their address. What no id can be is nobody's, which is told in words of SCIM.
pub(super) struct Someone(pub(super) EmployeeId);

impl<S: Send + Sync> FromRequestParts<S> for Someone {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ScimError> {
        let Path(id) = Path::from_request_parts(parts, state).await.map_err(|_| ScimError::nobody())?;
        Ok(Self(id))
    }
}

/// A question about all there are of something that has no filter: whoever sends one must not take the answer for what it finds
/// ([RFC 7644, section 4](https://www.rfc-editor.org/rfc/rfc7644#section-4)).
pub(super) struct Unfiltered;

impl<S: Send + Sync> FromRequestParts<S> for Unfiltered {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ScimError> {
        let Ok(Pairs(pairs)) = Pairs::from_request_parts(parts, state).await;
        match pair(&pairs, "filter") {
            None => Ok(Self),
            Some(_) => {
                Err(ScimError::new(StatusCode::FORBIDDEN, "There is no filter for what is asked for here."))
            }
        }
    }
}

/// A body of JSON, by either of its media types.
#[derive(Debug)]
pub(super) struct Body(pub(super) Value);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = ScimError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ScimError> {
        if !json::is_of(request.headers(), &[SCIM_JSON, "application/json"]) {
            return Err(ScimError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body must be JSON and say so with content-type: application/scim+json.",
            ));
        }
        let body = json::body(request, state).await?;
        let syntax = |error: JsonError| {
            Refusal::new(Mistake::InvalidSyntax, format!("The body is not JSON: {error}."))
        };
        Ok(Self(rollcall_json::from_slice(&body).map_err(syntax)?))
    }
}

impl Input for Caller {}

impl Guard for Caller {
    const WHO: Who = Who::Provider;
}

impl Input for Someone {
    fn describe(operation: Operation) -> Operation {
        Path::<EmployeeId>::describe(operation)
    }
}

impl Input for Unfiltered {
    fn describe(operation: Operation) -> Operation {
        operation.refuses(StatusCode::FORBIDDEN)
    }
}

impl Input for Body {
    fn describe(operation: Operation) -> Operation {
        operation.body((SCIM_JSON, any_resource()), true).body(("application/json", any_resource()), true)
    }
}

/// Whether a request wants to change what has this version: also where it says nothing of it
/// ([RFC 7644, section 3.14](https://www.rfc-editor.org/rfc/rfc7644#section-3.14)).
///
/// # Errors
/// 412 where it wants to change another version.
pub(super) fn may_change(headers: &HeaderMap, version: &str) -> Result<(), ScimError> {
    match tags(headers, &header::IF_MATCH) {
        Some(tags) if !knows(&tags, version) => Err(ScimError::changed_since()),
        _ => Ok(()),
    }
}

/// Whether whoever asks has this version already.
pub(super) fn has(headers: &HeaderMap, version: &str) -> bool {
    tags(headers, &header::IF_NONE_MATCH).is_some_and(|tags| knows(&tags, version))
}

/// The tags of a header. One that is no text is a tag, too, which nothing has.
fn tags(headers: &HeaderMap, name: &header::HeaderName) -> Option<Vec<String>> {
    let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let tags = |value: Cow<'_, str>| value.split(',').map(|tag| tag.trim().to_owned()).collect::<Vec<_>>();
    let tags: Vec<String> = values.flat_map(tags).collect();
    (!tags.is_empty()).then_some(tags)
}

/// Compared weakly: providers send a tag back with and without its `W/`.
fn knows(tags: &[String], version: &str) -> bool {
    let plain = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"').to_owned();
    tags.iter().any(|tag| tag == "*" || plain(tag) == plain(version))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_tag_is_the_same_however_it_is_written() {
        for (sent, expected) in [
            ("W/\"7a\"", true),
            ("\"7a\"", true),
            ("7a", true),
            ("*", true),
            ("\"x\", W/\"7a\"", true),
            ("W/\"7b\"", false),
            ("", false),
        ] {
            let headers: HeaderMap =
                [(header::IF_MATCH, sent.parse().expect("a value"))].into_iter().collect();
            assert_eq!(may_change(&headers, "W/\"7a\"").is_ok(), expected, "{sent}");
        }
        let odd = HeaderValue::from_bytes(b"W/\"7a\xff\"").expect("a value");
        let headers: HeaderMap = [(header::IF_MATCH, odd)].into_iter().collect();
        assert!(may_change(&headers, "W/\"7a\"").is_err());
        assert!(may_change(&HeaderMap::new(), "W/\"7a\"").is_ok());
        assert!(!has(&HeaderMap::new(), "W/\"7a\""));
    }
}
