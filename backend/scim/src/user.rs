//! The schemas of a user: the standard ones ([RFC 7643, section 4](https://www.rfc-editor.org/rfc/rfc7643#section-4)), and
//! Rollcall's own extension, which has a place for each field that they have none for.

use std::sync::LazyLock;

use rollcall_api::field::{FIELDS, Field};

use crate::{
    attribute_path::AttributePath,
    schema::{Attribute, Schema, complex, flag, lines, named, reference, text, time},
};

/// The schema that every user has.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// What companies add to it.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// What Rollcall adds to it.
pub const OWN: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

/// The names that are dealt with by themselves.
pub const ID: &str = "id";
pub const USER_NAME: &str = "userName";
pub const EXTERNAL_ID: &str = "externalId";
pub const ACTIVE: &str = "active";
pub const SCHEMAS: &str = "schemas";
pub const META: &str = "meta";
pub const EMAILS: &str = "emails";
pub const MANAGER: &str = "manager";

/// The most bytes of a name by which a provider knows someone.
const MAX_NAME: usize = 1_024;

/// The schemas of users, of which the first one is no extension.
pub static SCHEMAS_OF_USERS: LazyLock<[Schema; 3]> = LazyLock::new(|| [core(), enterprise(), own(FIELDS)]);

/// What every resource has, which no schema lists.
static COMMON: LazyLock<Vec<Attribute>> = LazyLock::new(|| {
    let meta = vec![
        text("resourceType", "").exact(),
        time("created", ""),
        reference("location", "", &["uri"]),
        text("version", "").exact(),
    ];
    vec![
        text(ID, "The id that Rollcall has given").exact().read_only(),
        text(EXTERNAL_ID, "The id that the provider has").exact().at_most(MAX_NAME),
        text(SCHEMAS, "The schemas of the resource").exact().many().read_only(),
        complex(META, "What the server says of the resource", meta).read_only(),
    ]
});

/// The extensions.
pub(crate) fn extensions() -> &'static [Schema] {
    SCHEMAS_OF_USERS.get(1..).unwrap_or_default()
}

/// Where an attribute stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The extension that it is in; none for the core.
    pub(crate) extension: Option<&'static str>,
    pub(crate) attribute: &'static Attribute,
}

/// The attribute that a path names, without regard to its part; none where there is none.
pub(crate) fn place(path: &AttributePath) -> Option<Place> {
    let core = SCHEMAS_OF_USERS.first()?;
    let of_core = || named(&COMMON, &path.name).or_else(|| named(&core.attributes, &path.name));
    let (extension, attribute) = match &path.schema {
        None => (None, of_core()?),
        Some(schema) if schema.eq_ignore_ascii_case(USER) => (None, of_core()?),
        Some(schema) => {
            let extension = extension(schema)?;
            (Some(extension.id), named(&extension.attributes, &path.name)?)
        }
    };
    Some(Place { extension, attribute })
}

/// The extension with this address, in any case.
pub(crate) fn extension(address: &str) -> Option<&'static Schema> {
    extensions().iter().find(|schema| schema.id.eq_ignore_ascii_case(address))
}

/// What a field is called in Rollcall's own extension: `startDate` for `start_date`.
#[must_use]
pub fn own_name(field: &Field) -> String {
    let mut words = field.name.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|it| it.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

fn core() -> Schema {
    let attributes = vec![
        text(USER_NAME, "By what the provider knows the person; compared without case")
            .required()
            .unique()
            .at_most(MAX_NAME),
        complex("name", "The parts of the name", name_parts()),
        text("displayName", "The name that colleagues read"),
        text("nickName", "How they are called by friends"),
        reference("profileUrl", "A page about them", &["external"]),
        text("title", "What they do"),
        text("userType", "How they belong to the company"),
        text("preferredLanguage", "The language that they read best"),
        text("locale", "How they write numbers and dates"),
        text("timezone", "Their time zone, such as Europe/Oslo"),
        flag(ACTIVE, "Whether they are in the directory; who is not is kept and can come back"),
        several(
            EMAILS,
            "Addresses; the one of type work is shown and is theirs alone",
            text("value", "The address"),
            USUAL,
        ),
        several(
            "phoneNumbers",
            "Numbers; the one of type work is shown, where it has its country code",
            text("value", "The number"),
            &["work", "home", "mobile", "fax", "pager", "other"],
        ),
        several("ims", "Where they chat", text("value", "The address"), &[]),
        several(
            "photos",
            "Addresses of pictures, which are kept and not shown",
            reference("value", "The address", &["external"]),
            &["photo", "thumbnail"],
        ),
        complex(
            "addresses",
            "Addresses; the locality of the one of type work is the location",
            address_parts(),
        )
        .many(),
        several("entitlements", "What they may do elsewhere", text("value", "The right"), &[]),
        several("roles", "What they are elsewhere", text("value", "The role"), &[]),
    ];
    Schema { id: USER, name: "User", description: "Someone who is in the directory", attributes }
}

const USUAL: &[&str] = &["work", "home", "other"];

/// An attribute with several values, each of its own type
/// ([RFC 7643, section 2.4](https://www.rfc-editor.org/rfc/rfc7643#section-2.4)).
fn several(
    name: &'static str,
    description: &'static str,
    value: Attribute,
    usual: &'static [&'static str],
) -> Attribute {
    let parts = vec![
        value,
        text("display", "The value as people read it"),
        text("type", "What it is for").usually(usual),
        flag("primary", "Whether it is the one to use first; one at most is"),
    ];
    complex(name, description, parts).many()
}

fn name_parts() -> Vec<Attribute> {
    vec![
        text("formatted", "The whole name"),
        text("familyName", "The name of the family"),
        text("givenName", "The first name"),
        text("middleName", "The names between"),
        text("honorificPrefix", "What stands before it, such as Dr."),
        text("honorificSuffix", "What stands behind it, such as III"),
    ]
}

fn address_parts() -> Vec<Attribute> {
    vec![
        text("formatted", "The whole address"),
        text("streetAddress", "Street and house"),
        text("locality", "The town"),
        text("region", "The region"),
        text("postalCode", "The postal code"),
        text("country", "The country"),
        text("type", "What it is for").usually(USUAL),
        flag("primary", "Whether it is the one to use first; one at most is"),
    ]
}

fn enterprise() -> Schema {
    let manager = vec![
        text(
            "value",
            "The id of the manager; an externalId or a userName is taken, too, and one that comes later",
        )
        .exact(),
        reference("$ref", "Where the manager is", &["User"]),
        text("displayName", "The manager's name").read_only(),
    ];
    let attributes = vec![
        text("employeeNumber", "The number that the company has for them"),
        text("costCenter", "Who pays"),
        text("organization", "The organization"),
        text("division", "The division"),
        text("department", "The department"),
        complex(MANAGER, "Whom they report to", manager),
    ];
    Schema { id: ENTERPRISE, name: "EnterpriseUser", description: "What companies know", attributes }
}

/// The extension with a place for each of these fields that has none in the standard.
fn own(fields: &[Field]) -> Schema {
    let fields = fields.iter().filter(|field| field.scim.is_empty());
    let attributes = fields.map(|field| {
        if field.kind.is_list() {
            lines(own_name(field), format!("{}, each on a line of its own", field.label))
        } else {
            text(own_name(field), field.label)
        }
    });
    let description = "What the directory knows beside";
    Schema { id: OWN, name: "RollcallUser", description, attributes: attributes.collect() }
}

#[cfg(test)]
mod tests {
    use rollcall_api::field::{Kind, OPTIONAL};

    use super::*;

    #[test]
    fn a_field_without_a_place_in_the_standard_gets_one_without_further_code() {
        let desk = Field { name: "desk_number", label: "Desk", kind: Kind::Lines(9), ..OPTIONAL };
        let schema = own(&[desk]);
        assert_eq!(schema.attributes.len(), 1);
        assert_eq!(schema.attributes[0].name, "deskNumber");
        assert_eq!(schema.attributes[0].kind, crate::schema::Kind::Lines);
    }

    #[test]
    fn attributes_are_found_in_any_case_in_their_own_schema_alone() {
        let found = |text: &str| place(&text.parse().expect(text)).map(|it| it.attribute.name.to_string());
        assert_eq!(found("USERNAME").as_deref(), Some("userName"));
        assert_eq!(
            found(&format!("{}:department", ENTERPRISE.to_uppercase())).as_deref(),
            Some("department")
        );
        assert_eq!(found(&format!("{USER}:userName")).as_deref(), Some("userName"));
        assert_eq!(found("department"), None);
        assert_eq!(found("urn:stranger:department"), None);
    }
}
