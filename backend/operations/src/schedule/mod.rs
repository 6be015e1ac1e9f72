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
mod turn;

use aws_config::SdkConfig;
use jiff::Timestamp;
use rollcall_api::{
    problem::FieldError,
    schedule::{Hold, Schedule},
};
use rollcall_audit::AuditLog;
use rollcall_aws::records::Records;
use rollcall_error::Error;
use rollcall_web::{
    precondition::{Expected, Tagged},
    problem::ApiError,
};

pub use self::store::SchedulingSettings;
use self::{draft::StoredSchedule, store::Scheduler, turn::Turns};
use crate::{
    host::recorded::Rollback,
    ids::{RevisionNumber, ScheduleName},
    relaunch::Store,
    revision::Revisions,
};

/// The schedules of this deployment. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Schedules {
    scheduler: Scheduler,
    turns: Turns,
    revisions: Revisions,
    relaunches: Store,
    audit: AuditLog,
}

impl Schedules {
    pub(crate) fn new(
        config: &SdkConfig,
        settings: SchedulingSettings,
        records: Records,
        revisions: Revisions,
        relaunches: Store,
        audit: AuditLog,
    ) -> Self {
        let (scheduler, turns) = (Scheduler::new(config, settings), Turns::new(records));
        Self { scheduler, turns, revisions, relaunches, audit }
    }

    /// Does something with a schedule while nobody else changes it, provided that it is as it is expected to be.
    ///
    /// # Errors
    /// When there is no such schedule, when others change it all the time, and what `change` fails with.
    async fn in_turn<T, F: Future<Output = Result<T, Error>>>(
        &self,
        name: &ScheduleName,
        expected: &Expected,
        change: impl FnOnce(StoredSchedule) -> F,
    ) -> Result<Seen<T>, Error> {
        // Whoever asks for what there is not, or is otherwise already, takes nobody's turn.
        let seen = self.scheduler.one(name).await?;
        if !expected.is(|| seen.tag()) {
            return Ok(Seen::Otherwise(Box::new(seen)));
        }
        let turn = self.turns.take(name).await?;
        let done = async {
            let seen = self.scheduler.one(name).await?;
            if expected.is(|| seen.tag()) {
                change(seen).await.map(Seen::As)
            } else {
                Ok(Seen::Otherwise(Box::new(seen)))
            }
        };
        let done = done.await;
        self.turns.end(name, turn).await;
        done
    }

    /// A schedule as one is shown alone, with its tag.
    async fn shown(&self, stored: StoredSchedule, now: Timestamp) -> Result<Tagged<Schedule>, Error> {
        let hold = self.hold(&stored).await?;
        Ok(Tagged(stored.tag(), stored.describe(hold, now)))
    }

    /// What came of a change, or the refusal of one that was meant for something else.
    async fn answered<T>(&self, seen: Seen<T>) -> Result<T, ApiError> {
        let current = match seen {
            Seen::As(done) => return Ok(done),
            Seen::Otherwise(current) => current,
        };
        let Tagged(tag, schedule) = self.shown(*current, Timestamp::now()).await?;
        Err(ApiError::changed_meanwhile(
            "Someone else has changed this schedule meanwhile. Look at what is there now, then change that.",
            tag,
            &schedule,
        ))
    }

    /// What keeps the runs of a schedule from being made.
    async fn hold(&self, stored: &StoredSchedule) -> Result<Option<Hold>, Error> {
        Ok(self.standing().await?.and_then(|standing| standing.holds(stored)))
    }

    /// The rollback by a person that stands.
    async fn standing(&self) -> Result<Option<Standing>, Error> {
        let recorded = self.relaunches.recorded_host().await?;
        let Some(rollback) = recorded.and_then(|recorded| recorded.rollback) else { return Ok(None) };
        // Only where there is something to undo does it count which revision would.
        let newest = self.revisions.wanted(None).await?.number;
        Ok(Some(Standing { rollback, newest }))
    }

    /// What is wrong with a revision that does not exist; one that exists now is never removed.
    async fn missing_revision(&self, number: Option<u32>) -> Result<Option<FieldError>, Error> {
        let Some(number) = number else { return Ok(None) };
        let found = self.revisions.get(RevisionNumber(number)).await?;
        let detail = format!("is {number}, which does not exist; name one that does, or none for the newest");
        Ok(found.is_none().then(|| FieldError::new("revision", detail)))
    }
}

/// What came of a change to a schedule that whoever asks has seen.
enum Seen<T> {
    /// It was as it was seen.
    As(T),
    /// It was otherwise, and nothing was changed.
    Otherwise(Box<StoredSchedule>),
}

/// A rollback that schedules may not undo.
struct Standing {
    rollback: Rollback,
    /// What a schedule launches that names no revision.
    newest: RevisionNumber,
}

impl Standing {
    /// Whether it keeps the runs of a schedule from being made.
    fn holds(&self, stored: &StoredSchedule) -> Option<Hold> {
        let Self { rollback, newest } = self;
        let to = stored.draft.revision.unwrap_or(*newest);
        rollback.holds(to, stored.taken_up_after).then(|| Hold {
            rollback: rollback.relaunch.to_string(),
            to_revision: rollback.to.0,
            by: rollback.by.clone(),
        })
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
