//! Reading someone: `GET /scim/v2/Users/{id}`
//! ([RFC 7644, section 3.4.1](https://www.rfc-editor.org/rfc/rfc7644#section-3.4.1)).

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use rollcall_scim::Projection;
use rollcall_web::{access::Guarded, query::Pairs};
use serde_json::Value;

use super::{
    answer::{Scim, ScimError, headers_of},
    person::Person,
    query::projection,
    request::{Caller, Someone, has},
};
use crate::directory::Directory;

pub(super) async fn view(
    Caller(provider): Caller,
    State(directory): State<Guarded<Directory>>,
    Someone(id): Someone,
    Pairs(pairs): Pairs,
    headers: HeaderMap,
) -> Result<Response, ScimError> {
    let projection = projection(&pairs)?;
    let person = directory.person(&id).await?.ok_or_else(ScimError::nobody)?;
    let base = provider.base;
    if has(&headers, &person.version(&base)?) {
        let resource = Value::Object(person.resource(&base)?);
        return Ok((StatusCode::NOT_MODIFIED, headers_of(&resource)).into_response());
    }
    shown(&person, &base, &projection)
}

/// The answer that shows someone.
///
/// # Errors
/// None is known.
pub(super) fn shown(person: &Person, base: &str, projection: &Projection) -> Result<Response, ScimError> {
    let resource = person.resource(base)?;
    let headers = headers_of(&Value::Object(resource.clone()));
    Ok((headers, Scim(Value::Object(projection.of(resource)))).into_response())
}
