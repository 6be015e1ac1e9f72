//! What this service is: `/scim/v2/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas`
//! ([RFC 7644, section 4](https://www.rfc-editor.org/rfc/rfc7644#section-4)).

use http::StatusCode;
use rollcall_scim::{discovery, user::SCHEMAS_OF_USERS};
use rollcall_web::path::Path;
use serde_json::Value;

use super::{
    answer::{Scim, ScimError, list},
    request::{Caller, Unfiltered},
};

pub(super) async fn service_provider_config(Caller(provider): Caller, _: Unfiltered) -> Scim {
    Scim(discovery::service_provider_config(&format!("{}/ServiceProviderConfig", provider.base)))
}

pub(super) async fn resource_types(Caller(provider): Caller, _: Unfiltered) -> Scim {
    whole(vec![user(&provider.base)])
}

pub(super) async fn resource_type(
    Caller(provider): Caller,
    Path(id): Path<String>,
) -> Result<Scim, ScimError> {
    if id.eq_ignore_ascii_case("User") { Ok(Scim(user(&provider.base))) } else { Err(nothing()) }
}

pub(super) async fn schemas(Caller(provider): Caller, _: Unfiltered) -> Scim {
    let schemas = SCHEMAS_OF_USERS.iter();
    whole(schemas.map(|schema| schema.json(&format!("{}/Schemas/{}", provider.base, schema.id))).collect())
}

pub(super) async fn schema(Caller(provider): Caller, Path(id): Path<String>) -> Result<Scim, ScimError> {
    let schema = SCHEMAS_OF_USERS.iter().find(|schema| schema.id.eq_ignore_ascii_case(&id));
    let schema = schema.ok_or_else(nothing)?;
    Ok(Scim(schema.json(&format!("{}/Schemas/{}", provider.base, schema.id))))
}

fn user(base: &str) -> Value {
    discovery::resource_type(&format!("{base}/ResourceTypes/User"))
}

/// All there are, on one page.
fn whole(resources: Vec<Value>) -> Scim {
    let total = resources.len();
    let mut answer = list(resources, Some(total));
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("startIndex".to_owned(), 1.into());
    }
    Scim(answer)
}

fn nothing() -> ScimError {
    ScimError::new(StatusCode::NOT_FOUND, "There is nothing with this id.")
}
