//! Relaunches in the operations table.
//!
//! Beside the records stands one item that names the relaunch in progress. It is written with the record
//! and removed when the record ends, in one transaction each, so that there is never more than one.

use rollcall_audit::{AuditLog, Entry};
use rollcall_aws::records::{Expected, Key, Readable, Records, RecordsError, Write};
use rollcall_error::source_chain;
use serde::{Deserialize, Serialize};

use super::record::Record;
use crate::{
    boot_report::StoredBootLog,
    host::recorded::RecordedHost,
    ids::{RelaunchId, RevisionNumber},
    revision::{self, StoredRevision},
};

const KIND: &str = "relaunch";

/// Names the relaunch in progress.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct InProgress {
    relaunch: RelaunchId,
}

/// Names the relaunch that came of an invocation, so that the invocation repeated starts no second one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Invocation {
    relaunch: RelaunchId,
}

fn record_key(id: RelaunchId) -> Key {
    Key::new(KIND, id.to_string())
}

fn in_progress_key() -> Key {
    Key::new("in-progress", KIND)
}

fn boot_log_key(id: RelaunchId) -> Key {
    Key::new("boot-log", id.to_string())
}

fn invocation_key(request_id: &str) -> Key {
    Key::new("invocation", request_id)
}

/// The records that a driver reads and writes. Tests put a stand-in in its place.
pub(crate) trait Journal {
    /// The relaunch in progress.
    async fn in_progress(&self) -> Result<Option<RelaunchId>, RecordsError>;

    /// Notes that this relaunch is not in progress, if it is named as the one that is: for one that is not recorded.
    async fn forget_in_progress(&self, id: RelaunchId) -> Result<(), RecordsError>;

    /// The relaunch with this id.
    async fn relaunch(&self, id: RelaunchId) -> Result<Option<Record>, RecordsError>;

    /// The revision with this number.
    async fn revision(&self, number: RevisionNumber) -> Result<Option<StoredRevision>, RecordsError>;

    /// Stores a changed relaunch, if nobody else has changed it since it was `expected`.
    async fn save(
        &self,
        record: &mut Record,
        expected: Expected,
        entry: Option<&Entry>,
    ) -> Result<(), RecordsError>;

    /// What is kept of the start of a relaunch's new host.
    async fn boot_log(&self, of: RelaunchId) -> Result<Option<StoredBootLog>, RecordsError>;

    /// Keeps what a host left of its start, unless `record` has been overtaken.
    async fn keep_boot_log(&self, record: &Record, log: &StoredBootLog) -> Result<(), RecordsError>;
}

/// Relaunches among the records of this deployment. A clone shares its connections.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    records: Records,
    audit: AuditLog,
}

impl Store {
    pub(crate) const fn new(records: Records, audit: AuditLog) -> Self {
        Self { records, audit }
    }

    /// Adds an entry to the audit log by itself, for what is no write of a relaunch.
    pub(super) async fn audit(&self, entry: Entry) {
        self.audit.add(entry).await;
    }

    pub(super) async fn relaunches(
        &self,
        limit: u32,
        before: Option<RelaunchId>,
    ) -> Result<Readable<Record>, RecordsError> {
        self.records.newest_readable(KIND, limit, before.map(|id| id.to_string())).await
    }

    /// What the newest relaunch that succeeded has left.
    pub(crate) async fn recorded_host(&self) -> Result<Option<RecordedHost>, RecordsError> {
        RecordedHost::read(&self.records).await
    }

    pub(super) async fn relaunch_of_invocation(
        &self,
        request_id: &str,
    ) -> Result<Option<RelaunchId>, RecordsError> {
        Ok(self.records.get::<Invocation>(&invocation_key(request_id)).await?.map(|it| it.relaunch))
    }

    /// Stores a new relaunch and who asked for it, unless one is in progress, this invocation has started one before, or
    /// another one than is recorded has left the host by now.
    pub(super) async fn begin(
        &self,
        record: &Record,
        recorded: Option<&RecordedHost>,
        asked: &Entry,
        request_id: Option<&str>,
    ) -> Result<(), RecordsError> {
        let relaunch = record.id;
        let mut writes = vec![
            Write::create(record_key(relaunch), record)?,
            Write::create(in_progress_key(), &InProgress { relaunch })?,
            asked.write()?,
        ];
        if let Some(host) = recorded {
            let relaunch = ("relaunch", host.relaunch.to_string());
            writes.push(Write::confirm(RecordedHost::key(), host, relaunch)?);
        }
        if let Some(request_id) = request_id {
            writes.push(Write::create(invocation_key(request_id), &Invocation { relaunch })?);
        }
        self.records.write(writes).await
    }
}

impl Journal for Store {
    async fn in_progress(&self) -> Result<Option<RelaunchId>, RecordsError> {
        Ok(self.records.get::<InProgress>(&in_progress_key()).await?.map(|it| it.relaunch))
    }

    async fn forget_in_progress(&self, id: RelaunchId) -> Result<(), RecordsError> {
        self.records.remove_if(&in_progress_key(), ("relaunch", id.to_string())).await
    }

    async fn relaunch(&self, id: RelaunchId) -> Result<Option<Record>, RecordsError> {
        self.records.get(&record_key(id)).await.inspect_err(|error| {
            if let RecordsError::Shape(error) = error {
                // An alarm counts this line: infra/monitoring.yaml.
                tracing::error!(kind = KIND, key = %id, error = source_chain(error), "record unreadable");
            }
        })
    }

    async fn revision(&self, number: RevisionNumber) -> Result<Option<StoredRevision>, RecordsError> {
        self.records.get(&revision::key(number)).await
    }

    async fn save(
        &self,
        record: &mut Record,
        expected: Expected,
        entry: Option<&Entry>,
    ) -> Result<(), RecordsError> {
        record.version = expected.version.saturating_add(1);
        let mut writes = vec![Write::replace(record_key(record.id), record, expected)?];
        if record.outcome().is_some() {
            writes.push(Write::delete(in_progress_key()));
        }
        if let Some(host) = record.leaves() {
            writes.push(Write::put(RecordedHost::key(), &host)?);
        }
        if let Some(entry) = entry {
            writes.push(entry.write()?);
        }
        self.records.write(writes).await
    }

    async fn boot_log(&self, id: RelaunchId) -> Result<Option<StoredBootLog>, RecordsError> {
        self.records.get(&boot_log_key(id)).await
    }

    async fn keep_boot_log(&self, record: &Record, log: &StoredBootLog) -> Result<(), RecordsError> {
        self.records.write(vec![Write::put_unless_newer(boot_log_key(record.id), log, record.version)?]).await
    }
}
