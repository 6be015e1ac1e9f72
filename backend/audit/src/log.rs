//! The audit log in a table of records.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::TransactWriteItem;
use rollcall_api::audit::{Actor, HistoryEntry};
use rollcall_aws::records::{Page, Records, RecordsError};
use uuid::Uuid;

use crate::{
    entry::Entry,
    history::{self, Told},
    names,
};

/// The audit log in a table of records. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct AuditLog {
    pub(crate) records: Records,
    known: names::Known,
}

impl AuditLog {
    /// The log among these records.
    #[must_use]
    pub fn new(records: Records) -> Self {
        Self { records, known: names::Known::default() }
    }

    /// The log in the table of this name. Calls nothing yet.
    #[must_use]
    pub fn in_table(config: &SdkConfig, name: String) -> Self {
        Self::new(Records::new(config, name))
    }

    /// Adds an entry by itself, for what is no write to DynamoDB. It is only logged when that fails: what it tells has
    /// happened.
    pub async fn add(&self, entry: Entry) {
        let written = match entry.write() {
            Ok(write) => self.records.write(vec![write]).await,
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            tracing::error!(%error, ?entry, "an entry of the audit log could not be written");
        }
    }

    /// What adds an entry in the transaction of what it tells, whichever table that is a write to.
    ///
    /// # Errors
    /// When the entry can't be stored as an item.
    pub fn part(&self, entry: &Entry) -> Result<TransactWriteItem, RecordsError> {
        self.records.part_of(entry.write()?)
    }

    /// The same for one about an employee, with what became of their attributes.
    ///
    /// # Errors
    /// When either can't be stored as an item.
    pub fn parts(&self, told: &Told) -> Result<Vec<TransactWriteItem>, RecordsError> {
        told.writes()?.into_iter().map(|write| self.records.part_of(write)).collect()
    }

    /// Keeps what whoever did something is called, apart from what they did. It is only logged when that fails: who they are
    /// stands in the log.
    pub async fn know(&self, actor: &Actor) {
        if let Err(error) = names::keep(&self.records, &self.known, actor).await {
            tracing::error!(%error, "the name of someone who did something could not be kept");
        }
    }

    /// What was done to an employee, newest first, behind an entry.
    ///
    /// # Errors
    /// When the table can't be read.
    pub async fn history(
        &self,
        employee: &str,
        limit: u32,
        after: Option<Uuid>,
    ) -> Result<Page<HistoryEntry>, RecordsError> {
        history::of(&self.records, employee, limit, after).await
    }

    /// Erases for good what an employee's attributes were before and after what was done.
    ///
    /// # Errors
    /// When the table can't be read or written; it can be asked for once more then.
    pub async fn erase_history(&self, employee: &str) -> Result<(), RecordsError> {
        history::erase(&self.records, employee).await
    }
}
