//! Answers as SCIM has them: `application/scim+json`, and errors with `schemas` and `scimType`
//! ([RFC 7644, section 3.12](https://www.rfc-editor.org/rfc/rfc7644#section-3.12)).

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rollcall_error::{Error, Kind};
use rollcall_scim::{Mistake, Refusal};
use rollcall_web::problem::ApiError;
use serde_json::{Value, json};
use utoipa::openapi::{
    RefOr, Schema,
    schema::{ObjectBuilder, Type},
};

use crate::unique::UNIQUE;

/// The media type ([RFC 7644, section 3.1](https://www.rfc-editor.org/rfc/rfc7644#section-3.1)).
pub(super) const SCIM_JSON: &str = "application/scim+json";

/// Why something is not done.
#[derive(Debug)]
pub(super) struct ScimError {
    status: StatusCode,
    mistake: Option<Mistake>,
    detail: String,
    /// What is told to the log, and to whoever has no token.
    cause: Option<ApiError>,
}

impl ScimError {
    /// An error of this status, for which SCIM has no word of its own.
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, mistake: None, detail: detail.into(), cause: None }
    }

    /// 404: there is no such resource.
    pub(super) fn nobody() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is nobody with this id; perhaps they were deleted.")
    }

    /// Whether it is that there is nobody.
    pub(super) fn is_of_nobody(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// Whether it may succeed later, as it is.
    pub(super) fn is_away(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE
    }

    /// 412: the resource is not as the one who asks has seen it.
    pub(super) fn changed_since() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "The resource was changed since. Read it again, with its version, and then change it.",
        )
    }
}

impl From<Refusal> for ScimError {
    fn from(Refusal { mistake, detail }: Refusal) -> Self {
        let status = match mistake {
            Mistake::Uniqueness => StatusCode::CONFLICT,
            _ => StatusCode::BAD_REQUEST,
        };
        Self { status, mistake: Some(mistake), detail, cause: None }
    }
}

impl From<Error> for ScimError {
    fn from(error: Error) -> Self {
        let is_unique = |field: &str| UNIQUE.iter().any(|unique| unique.attribute == field);
        match error.kind() {
            Kind::Invalid => {
                let taken = error.fields().iter().any(|error| is_unique(&error.field));
                let mistake = if taken { Mistake::Uniqueness } else { Mistake::InvalidValue };
                Refusal::new(mistake, error.to_string()).into()
            }
            _ => ApiError::from(error).into(),
        }
    }
}

impl From<ApiError> for ScimError {
    fn from(error: ApiError) -> Self {
        let detail = error.problem().detail.unwrap_or_default();
        Self { status: error.status(), mistake: None, detail, cause: Some(error) }
    }
}

impl IntoResponse for ScimError {
    fn into_response(self) -> Response {
        // It is logged by being answered, and has the headers that its status needs.
        let logged = self.cause.map(IntoResponse::into_response);
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.as_u16().to_string(),
            "detail": self.detail,
        });
        if let (Some(mistake), Some(body)) = (self.mistake, body.as_object_mut()) {
            body.insert("scimType".to_owned(), mistake.keyword().into());
        }
        let mut response = (self.status, Scim(body)).into_response();
        for name in [header::WWW_AUTHENTICATE, header::RETRY_AFTER] {
            let needed = logged.as_ref().and_then(|logged| logged.headers().get(&name).cloned());
            response.headers_mut().extend(needed.map(|needed| (name, needed)));
        }
        response
    }
}

/// A body of SCIM.
#[derive(Debug)]
pub(super) struct Scim(pub(super) Value);

impl IntoResponse for Scim {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, SCIM_JSON)];
        (kind, self.0.to_string()).into_response()
    }
}

/// What a resource is in the API's document: SCIM's own schemas say what is in it (`GET /scim/v2/Schemas`).
pub(super) fn any_resource() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Object).into()
}

/// A list of resources ([RFC 7644, section 3.4.2](https://www.rfc-editor.org/rfc/rfc7644#section-3.4.2)).
pub(super) fn list(resources: Vec<Value>, total: Option<usize>) -> Value {
    let mut list = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "itemsPerPage": resources.len(),
        "Resources": resources,
    });
    if let (Some(total), Some(list)) = (total, list.as_object_mut()) {
        list.insert("totalResults".to_owned(), total.into());
    }
    list
}

/// The headers of a resource: its version, and where it is.
pub(super) fn headers_of(resource: &Value) -> HeaderMap {
    let meta = |name: &str| resource.get("meta")?.get(name)?.as_str();
    let named = [(header::ETAG, meta("version")), (header::LOCATION, meta("location"))];
    let headers =
        named.into_iter().filter_map(|(name, text)| Some((name, HeaderValue::from_str(text?).ok()?)));
    headers.collect()
}
