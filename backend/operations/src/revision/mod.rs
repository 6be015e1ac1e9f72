//! Revisions: immutable, numbered sets of recipe, variables, image and instance type.

pub(crate) mod create;
mod draft;
pub(crate) mod list;
pub(crate) mod show;
mod types;

use std::collections::BTreeMap;

use jiff::Timestamp;
use rollcall_api::{
    audit::Actor,
    revision::{RecipeName, Revision},
};
use rollcall_aws::records::{Key, Page, Records, RecordsError};
use rollcall_error::Error;
use rollcall_web::precondition::{EntityTag, Tagged};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ImageId, InstanceType, RevisionNumber},
    image::Images,
    recipe::Reporting,
};

pub use types::InstanceTypes;

const KIND: &str = "revision";

/// A revision as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRevision {
    pub number: RevisionNumber,
    pub recipe: RecipeName,
    /// The value of each variable.
    pub variables: BTreeMap<String, String>,
    pub image: ImageId,
    pub instance_type: InstanceType,
    /// The instance types to try next.
    #[serde(default)]
    pub fallback_instance_types: Vec<InstanceType>,
    pub user_data: String,
    /// Its sha256 in hex.
    pub user_data_sha256: String,
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: Actor,
    /// How many hours a relaunch to it waits for a person to look at the new host.
    #[serde(default)]
    pub approval_hours: Option<u32>,
    /// Why it was made.
    pub note: Option<String>,
}

impl From<StoredRevision> for Revision {
    fn from(stored: StoredRevision) -> Self {
        Self {
            number: stored.number.0,
            recipe: stored.recipe,
            variables: stored.variables,
            image: stored.image.into(),
            instance_type: stored.instance_type.into(),
            fallback_instance_types: stored.fallback_instance_types.into_iter().map(String::from).collect(),
            user_data: stored.user_data,
            user_data_sha256: stored.user_data_sha256,
            created_at: stored.created_at,
            created_by: stored.created_by,
            approval_hours: stored.approval_hours,
            note: stored.note,
        }
    }
}

impl StoredRevision {
    /// As one is shown alone, with its tag. It never changes, and nor does that.
    fn tagged(self) -> Tagged<Revision> {
        let shown = Revision::from(self);
        Tagged(EntityTag::of(&shown), shown)
    }

    /// The instance types in the order they are tried.
    #[must_use]
    pub fn instance_types(&self) -> Vec<InstanceType> {
        std::iter::once(&self.instance_type).chain(&self.fallback_instance_types).cloned().collect()
    }
}

/// The revisions of this deployment. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Revisions {
    records: Records,
    images: Images,
    reporting: Reporting,
    types: InstanceTypes,
}

impl Revisions {
    pub(crate) const fn new(
        records: Records,
        images: Images,
        reporting: Reporting,
        types: InstanceTypes,
    ) -> Self {
        Self { records, images, reporting, types }
    }

    /// The revision with this number.
    ///
    /// # Errors
    /// When the table can't be read.
    pub async fn get(&self, number: RevisionNumber) -> Result<Option<StoredRevision>, RecordsError> {
        self.records.get(&key(number)).await
    }

    /// The newest revision.
    ///
    /// # Errors
    /// When the table can't be read.
    pub async fn newest(&self) -> Result<Option<StoredRevision>, RecordsError> {
        Ok(self.list(1, None).await?.records.into_iter().next())
    }

    /// The revision with this number, or the newest.
    ///
    /// # Errors
    /// When there is none, or the table can't be read.
    pub async fn wanted(&self, number: Option<RevisionNumber>) -> Result<StoredRevision, Error> {
        match number {
            Some(number) => self.get(number).await?.ok_or_else(|| {
                Error::invalid_field("revision", format!("is {number}, and there is no such revision"))
            }),
            None => self
                .newest()
                .await?
                .ok_or_else(|| Error::conflict("There is no revision yet. Make a revision first.")),
        }
    }

    /// Revisions, newest first.
    ///
    /// # Errors
    /// When the table can't be read.
    pub async fn list(
        &self,
        limit: u32,
        before: Option<RevisionNumber>,
    ) -> Result<Page<StoredRevision>, RecordsError> {
        self.records.newest(KIND, limit, before.map(RevisionNumber::sort_key)).await
    }
}

/// Where a revision stands among the records.
pub(crate) fn key(number: RevisionNumber) -> Key {
    Key::new(KIND, number.sort_key())
}
