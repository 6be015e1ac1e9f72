//! Relaunches in the operations table.
//!
//! Beside the records stands one item that names the relaunch in progress. It is written with the record
//! and removed when the record ends, in one transaction each, so that there is never more than one.

use serde::{Deserialize, Serialize};

use super::{RelaunchId, record::Record};
use crate::{
    audit::{self, Entry},
    boot_log::StoredBootLog,
    table::{Expected, Key, Page, Table, TableError, Write},
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
    Key { kind: KIND, sort: id.to_string() }
}

fn in_progress_key() -> Key {
    Key { kind: "in-progress", sort: KIND.to_owned() }
}

fn boot_log_key(id: RelaunchId) -> Key {
    Key { kind: "boot-log", sort: id.to_string() }
}

fn invocation_key(request_id: &str) -> Key {
    Key { kind: "invocation", sort: request_id.to_owned() }
}

impl Table {
    pub(super) async fn relaunch(&self, id: RelaunchId) -> Result<Option<Record>, TableError> {
        self.get(&record_key(id)).await
    }

    pub(super) async fn relaunches(
        &self,
        limit: u32,
        before: Option<RelaunchId>,
    ) -> Result<Page<Record>, TableError> {
        self.newest(KIND, limit, before.map(|id| id.to_string())).await
    }

    pub(super) async fn relaunch_in_progress(&self) -> Result<Option<RelaunchId>, TableError> {
        Ok(self.get::<InProgress>(&in_progress_key()).await?.map(|it| it.relaunch))
    }

    pub(super) async fn relaunch_of_invocation(
        &self,
        request_id: &str,
    ) -> Result<Option<RelaunchId>, TableError> {
        Ok(self.get::<Invocation>(&invocation_key(request_id)).await?.map(|it| it.relaunch))
    }

    pub(super) async fn boot_log(&self, id: RelaunchId) -> Result<Option<StoredBootLog>, TableError> {
        self.get(&boot_log_key(id)).await
    }

    /// Keeps what a host left of its start, for a driver that has `record` in its hands. A driver that lost it, to a
    /// cancellation or to another driver, overwrites nothing that was kept since.
    pub(super) async fn keep_boot_log(&self, record: &Record, log: &StoredBootLog) -> Result<(), TableError> {
        self.write(vec![Write::put_unless_newer(boot_log_key(record.id), log, record.version)?]).await
    }

    /// Stores a new relaunch and who asked for it, unless one is in progress or this invocation has started one
    /// before.
    pub(super) async fn begin_relaunch(
        &self,
        record: &Record,
        asked: &Entry,
        request_id: Option<&str>,
    ) -> Result<(), TableError> {
        let relaunch = record.id;
        let mut writes = vec![
            Write::create(record_key(relaunch), record)?,
            Write::create(in_progress_key(), &InProgress { relaunch })?,
            audit::write(asked)?,
        ];
        if let Some(request_id) = request_id {
            writes.push(Write::create(invocation_key(request_id), &Invocation { relaunch })?);
        }
        self.write(writes).await
    }

    /// Stores a changed relaunch, if nobody else has changed it since it was `expected`. With `told` goes into the
    /// audit log what the change came from.
    pub(super) async fn save_relaunch(
        &self,
        record: &mut Record,
        expected: Expected,
        told: Option<&Entry>,
    ) -> Result<(), TableError> {
        record.version = expected.version.saturating_add(1);
        let mut writes = vec![Write::replace(record_key(record.id), record, expected)?];
        if record.outcome().is_some() {
            writes.push(Write::delete(in_progress_key()));
        }
        if let Some(entry) = told {
            writes.push(audit::write(entry)?);
        }
        self.write(writes).await
    }
}
