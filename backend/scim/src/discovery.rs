//! What a provider is told of this service ([RFC 7643, sections 5 and 6](https://www.rfc-editor.org/rfc/rfc7643#section-5);
//! the pages are of [RFC 9865, section 4](https://www.rfc-editor.org/rfc/rfc9865#section-4)).

use serde_json::{Value, json};

use crate::user::{USER, extensions};

/// How many resources a page has where nobody says.
pub const DEFAULT_PAGE: usize = 1_000;

/// The most that a page has.
pub const MAX_PAGE: usize = 1_000;

/// What this service can do, at this address.
#[must_use]
pub fn service_provider_config(location: &str) -> Value {
    let supported = |is_so: bool| json!({"supported": is_so});
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": supported(true),
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": MAX_PAGE},
        "changePassword": supported(false),
        "sort": supported(true),
        "etag": supported(true),
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_PAGE,
            "maxPageSize": MAX_PAGE,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "SCIM token",
            "description": "A token that an operator of Rollcall makes, sent as a bearer token",
            "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
            "primary": true,
        }],
        "meta": {"resourceType": "ServiceProviderConfig", "location": location},
    })
}

/// The one kind of resource that there is, at this address.
#[must_use]
pub fn resource_type(location: &str) -> Value {
    let extensions = extensions().iter().map(|schema| json!({"schema": schema.id, "required": false}));
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": "User",
        "name": "User",
        "endpoint": "/Users",
        "description": "People in the directory, and those whom the provider made inactive",
        "schema": USER,
        "schemaExtensions": extensions.collect::<Vec<_>>(),
        "meta": {"resourceType": "ResourceType", "location": location},
    })
}
