//! The audit log: who asked for what, when, and what came of it.
//!
//! An entry is written in the transaction of what it tells wherever that is a write of the operations table, so that
//! neither is there without the other.

use jiff::Timestamp;
use rollcall_api::audit::{AuditAction, AuditEntry};
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Uuid};

use crate::{
    Operations,
    requester::Requester,
    table::{Key, Page, TableError, Write},
};

const KIND: &str = "audit";

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Sorts by time, and tells two of the same moment apart.
    id: Uuid,
    at: Timestamp,
    who: Requester,
    action: AuditAction,
    subject: String,
    outcome: String,
}

impl Entry {
    /// What `who` asked for at `at`, and what came of it.
    #[must_use]
    pub fn new(
        at: Timestamp,
        who: Requester,
        action: AuditAction,
        subject: impl ToString,
        outcome: impl Into<String>,
    ) -> Self {
        let seconds = u64::try_from(at.as_second()).unwrap_or(0);
        let nanoseconds = u32::try_from(at.subsec_nanosecond()).unwrap_or(0);
        Self {
            id: Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanoseconds)),
            at,
            who,
            action,
            subject: subject.to_string(),
            outcome: outcome.into(),
        }
    }

    fn key(id: Uuid) -> Key {
        Key { kind: KIND, sort: id.to_string() }
    }
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        Self {
            at: entry.at,
            who: entry.who.to_string(),
            action: entry.action,
            subject: entry.subject,
            outcome: entry.outcome,
        }
    }
}

/// The write that adds `entry` to the log.
///
/// # Errors
/// When the entry can't be stored as an item.
pub(crate) fn write(entry: &Entry) -> Result<Write, TableError> {
    Write::create(Entry::key(entry.id), entry)
}

impl Operations {
    /// Adds an entry by itself, for what is no write of the operations table. It is only logged when that fails:
    /// what it tells has happened.
    pub(crate) async fn audit(&self, entry: Entry) {
        let written = match write(&entry) {
            Ok(write) => self.table().write(vec![write]).await,
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            tracing::error!(%error, ?entry, "an entry of the audit log could not be written");
        }
    }

    /// Entries, newest first; `before` is the cursor of the page before.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn audit_log(&self, limit: u32, before: Option<Uuid>) -> Result<Page<Entry>, TableError> {
        self.table().newest(KIND, limit, before.map(|id| id.to_string())).await
    }
}
