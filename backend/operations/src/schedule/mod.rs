//! Schedules: recurring relaunches, kept in EventBridge Scheduler.
//!
//! A schedule's purpose is a fresh host, so that its relaunch goes ahead even when nothing else would change.

pub(crate) mod change;
pub(crate) mod create;
mod cron;
pub(crate) mod delete;
mod draft;
mod expression;
pub(crate) mod list;
pub(crate) mod show;
mod store;
pub(crate) mod take_up;

use aws_config::SdkConfig;
use rollcall_api::{problem::FieldError, relaunch::RelaunchKind, schedule::Hold};
use rollcall_audit::AuditLog;
use rollcall_error::Error;

pub use self::store::SchedulingSettings;
use self::{draft::StoredSchedule, store::Scheduler};
use crate::{
    ids::{RevisionNumber, ScheduleName},
    relaunch::{Record, Store},
    revision::Revisions,
};

/// The schedules of this deployment. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Schedules {
    scheduler: Scheduler,
    revisions: Revisions,
    relaunches: Store,
    audit: AuditLog,
}

impl Schedules {
    pub(crate) fn new(
        config: &SdkConfig,
        settings: SchedulingSettings,
        revisions: Revisions,
        relaunches: Store,
        audit: AuditLog,
    ) -> Self {
        Self { scheduler: Scheduler::new(config, settings), revisions, relaunches, audit }
    }

    /// What keeps the runs of a schedule from being made.
    async fn hold(&self, stored: &StoredSchedule) -> Result<Option<Hold>, Error> {
        Ok(self.rollback().await?.and_then(|rollback| rollback.holds(stored)))
    }

    /// The newest relaunch, where it succeeded in rolling back.
    async fn rollback(&self) -> Result<Option<Rollback>, Error> {
        let Some(record) = self.relaunches.newest_success().await? else { return Ok(None) };
        // Only where there is something to undo does it count which revision would.
        if record.kind != RelaunchKind::Rollback {
            return Ok(None);
        }
        let newest = self.revisions.wanted(None).await?.number;
        Ok(Some(Rollback { record, newest }))
    }

    /// What is wrong with a revision that does not exist; one that exists now is never removed.
    async fn missing_revision(&self, number: Option<u32>) -> Result<Option<FieldError>, Error> {
        let Some(number) = number else { return Ok(None) };
        let found = self.revisions.get(RevisionNumber(number)).await?;
        let detail = format!("is {number}, which does not exist; name one that does, or none for the newest");
        Ok(found.is_none().then(|| FieldError::new("revision", detail)))
    }
}

/// A rollback that schedules may not undo.
struct Rollback {
    record: Record,
    /// What a schedule launches that names no revision.
    newest: RevisionNumber,
}

impl Rollback {
    /// Whether it keeps the runs of a schedule from being made.
    fn holds(&self, stored: &StoredSchedule) -> Option<Hold> {
        let to = stored.draft.revision.unwrap_or(self.newest);
        let holds = self.record.is_undone_by(to) && !self.record.is_left_behind_by(stored.taken_up_after);
        let to_revision = self.record.to_revision.filter(|_| holds)?.0;
        Some(Hold { rollback: self.record.id.to_string(), to_revision, by: self.record.requested_by.clone() })
    }
}

/// The name in an address; what can't be a name names no schedule.
fn name_in_address(text: String) -> Result<ScheduleName, Error> {
    ScheduleName::try_from(text).map_err(|_| Error::not_found("There is no schedule of that name."))
}

/// What is wrong with each field.
fn invalid(name: Option<FieldError>, draft: Option<Vec<FieldError>>, revision: Option<FieldError>) -> Error {
    Error::invalid(name.into_iter().chain(draft.into_iter().flatten()).chain(revision).collect())
}
