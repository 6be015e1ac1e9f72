//! Recipes and revisions: what a host is launched from.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    audit::Actor,
    time,
    word::{Exact, Words},
};

/// A recipe: a user-data template. In the order the panel shows them.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum RecipeName {
    /// Rollcall's own host binary on Amazon Linux 2023.
    Al2023Rollcall,
    /// The original app on Amazon Linux 2023.
    Al2023Flask,
    /// The same with the work-around for the rpm lock.
    Al2023FlaskRpmLock,
    /// The original app on Amazon Linux 2.
    Al2Flask,
}

impl RecipeName {
    /// Every recipe, in the order the panel shows them.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// The name over the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The answer of `GET /api/operations/recipes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RecipeList, bound = ""))]
#[serde(bound = "")]
pub struct RecipeList<W: Words = Exact> {
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Recipe>))]
    pub recipes: Vec<Recipe<W>>,
}

/// A recipe as the panel offers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Recipe, bound = ""))]
#[serde(bound = "")]
pub struct Recipe<W: Words = Exact> {
    #[cfg_attr(feature = "openapi", schema(value_type = RecipeName))]
    pub name: W::Word<RecipeName>,
    /// What people read.
    pub title: String,
    pub description: String,
    /// The variables it needs, each of them required.
    pub variables: Vec<RecipeVariable>,
    /// The image used when a revision names none: the path of a public SSM parameter.
    pub default_image: String,
    /// The instance type used when a revision names none.
    pub default_instance_type: String,
    /// What a new host must answer beside its own instance id.
    #[serde(default)]
    pub health: Vec<HealthCheck>,
    /// When its operating system stopped, or stops, receiving updates.
    #[serde(default, deserialize_with = "time::read_option")]
    pub end_of_life: Option<Date>,
}

/// A question that a new host is asked over HTTP, in the steps probe and bake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HealthCheck {
    pub path: String,
    /// The status that it must answer with.
    pub status: u16,
    /// What must stand in the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Whether the step fails without it; where it is only wanted, the step's message tells.
    pub required: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipeVariable {
    /// The key in `variables`.
    pub name: String,
    /// What people read.
    pub label: String,
    pub description: String,
    /// What a form starts with: this deployment's own value where there is one.
    pub default: Option<String>,
}

/// What a caller sends to create a revision; not checked yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RevisionInput {
    /// A recipe's name.
    #[cfg_attr(feature = "openapi", schema(value_type = RecipeName))]
    pub recipe: String,
    /// A value for each of the recipe's variables.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// An image id `ami-…` or the path of a public SSM parameter that names one; the recipe's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "image-id"))]
    pub image: Option<String>,
    /// An instance type; the recipe's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "instance-type"))]
    pub instance_type: Option<String>,
    /// The instance types to try next, in this order, when no zone has capacity for the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 5))]
    pub fallback_instance_types: Vec<String>,
    /// How many hours a relaunch to it waits, after the probe, for a person to look at the new host; none when it goes on
    /// by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 96))]
    pub approval_hours: Option<u32>,
    /// Why this revision was made, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "note", max_length = 500))]
    pub note: Option<String>,
}

/// An immutable, numbered set of recipe, variables, image and instance type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Revision, bound = ""))]
#[serde(bound = "")]
pub struct Revision<W: Words = Exact> {
    /// 1 for the first revision, then one more each.
    pub number: u32,
    #[cfg_attr(feature = "openapi", schema(value_type = RecipeName))]
    pub recipe: W::Word<RecipeName>,
    /// The value of each variable.
    pub variables: BTreeMap<String, String>,
    /// The image id, `ami-…`, resolved when the revision was made.
    pub image: String,
    pub instance_type: String,
    /// The instance types to try next when no zone has capacity for it.
    #[serde(default)]
    pub fallback_instance_types: Vec<String>,
    /// The rendered user data, before base64.
    pub user_data: String,
    /// The sha256 of the rendered user data, in hex.
    pub user_data_sha256: String,
    #[serde(deserialize_with = "time::read")]
    pub created_at: Timestamp,
    /// Who made it.
    #[cfg_attr(feature = "openapi", schema(value_type = Actor))]
    pub created_by: W::Word<Actor>,
    /// How many hours a relaunch to it waits for a person to look at the new host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_hours: Option<u32>,
    /// Why it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One page of `GET /api/operations/revisions`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RevisionPage, bound = ""))]
#[serde(bound = "")]
pub struct RevisionPage<W: Words = Exact> {
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Revision>))]
    pub revisions: Vec<Revision<W>>,
    /// Pass this as `cursor` for the next page; none on the last one.
    pub next_cursor: Option<String>,
}
