//! Possible duplicates: people who may be one, and what may be done about them.

use serde::{Deserialize, Serialize};

use crate::employee::Employee;

/// What people share who may be one.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString, strum::IntoStaticStr,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Same {
    /// The e-mail address, without regard to case.
    Email,
    /// The name and the place, as they are searched: without regard to case and accents.
    NameAndPlace,
}

/// The most people of one group that are told and told apart.
pub const MAX_ALIKE: usize = 10;

/// The most groups that one page may hold.
pub const MAX_PAGE_DUPLICATES: u32 = 50;

/// How many groups a page holds when the request does not say.
pub const DEFAULT_PAGE_DUPLICATES: u32 = 20;

/// One page of `GET /api/duplicates?same=…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DuplicatePage {
    /// In the order of lists, by the first of each. A page may be empty though there is a next one.
    pub groups: Vec<DuplicateGroup>,
    /// Pass this as `cursor` for the next page; none on the last one.
    pub next_cursor: Option<String>,
}

/// People who may be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DuplicateGroup {
    /// Two to [`MAX_ALIKE`], in the order of lists. Whoever was told apart from all others is not among them.
    pub employees: Vec<Employee>,
}

/// What is sent to tell people apart who only share something, for good: `PUT /api/duplicates/different`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Different {
    /// Each is another person than each other one. Two to [`MAX_ALIKE`].
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required, schema_with = alike))]
    pub ids: Vec<String>,
    /// Whether they are; `false` takes it back.
    #[serde(default)]
    pub different: bool,
}

/// What is sent to merge someone into the employee of the address: `POST /api/employees/{id}/merge`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Merge {
    /// The id of who is merged, and is a former employee then.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required, format = "employee-id"))]
    pub other: String,
    /// The fields, `badges` and `photo` that are taken from the other one; all others stay as they are.
    #[serde(default)]
    pub take: Vec<String>,
    /// The fields that hold several, and `badges`, of which what the other one has is added.
    #[serde(default)]
    pub join: Vec<String>,
}

/// The ids of those who may be one, in the API's document.
#[cfg(feature = "openapi")]
fn alike() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaFormat, Type};

    use crate::employee_address::MAX_ID_BYTES;

    let id = ObjectBuilder::new().schema_type(Type::String);
    let id = id.format(Some(SchemaFormat::Custom("employee-id".to_owned())));
    let id = id.min_length(Some(1)).max_length(Some(MAX_ID_BYTES)).build();
    let ids = ArrayBuilder::new().items(id).min_items(Some(2)).max_items(Some(MAX_ALIKE));
    ids.unique_items(true).into()
}
