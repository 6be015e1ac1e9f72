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

use aws_config::SdkConfig;
use rollcall_api::problem::FieldError;
use rollcall_audit::AuditLog;
use rollcall_error::Error;

use self::store::Scheduler;
pub use self::store::SchedulingSettings;
use crate::{
    ids::{RevisionNumber, ScheduleName},
    revision::Revisions,
};

/// The schedules of this deployment. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Schedules {
    scheduler: Scheduler,
    revisions: Revisions,
    audit: AuditLog,
}

impl Schedules {
    pub(crate) fn new(
        config: &SdkConfig,
        settings: SchedulingSettings,
        revisions: Revisions,
        audit: AuditLog,
    ) -> Self {
        Self { scheduler: Scheduler::new(config, settings), revisions, audit }
    }

    /// What is wrong with a revision that does not exist; one that exists now is never removed.
    async fn missing_revision(&self, number: Option<u32>) -> Result<Option<FieldError>, Error> {
        let Some(number) = number else { return Ok(None) };
        let found = self.revisions.get(RevisionNumber(number)).await?;
        let detail = format!("is {number}, which does not exist; name one that does, or none for the newest");
        Ok(found.is_none().then(|| FieldError::new("revision", detail)))
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
