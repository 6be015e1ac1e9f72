//! Schedules: recurring relaunches, kept in EventBridge Scheduler.
//!
//! A schedule's purpose is a fresh host, so that its relaunch goes ahead even when nothing else would change.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod delete;
mod expression;
pub(crate) mod list;
pub(crate) mod show;
mod store;

use aws_config::SdkConfig;
use jiff::Timestamp;
use rollcall_api::{
    audit::AuditAction,
    problem::FieldError,
    schedule::{Schedule, ScheduleInput, ScheduleList},
};
use rollcall_audit::{AuditLog, Caller, Entry};
use rollcall_error::Error;

pub use self::store::SchedulingSettings;
use self::{
    expression::Expression,
    store::{Scheduler, StoreError, Stored},
};
use crate::{
    ids::{RevisionNumber, ScheduleName},
    revision::Revisions,
};

/// How many next runs are told.
const NEXT_RUNS: usize = 3;

/// A schedule, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Draft {
    expression: Expression,
    enabled: bool,
    revision: Option<RevisionNumber>,
}

impl Draft {
    fn parse(input: &ScheduleInput) -> Result<Self, Vec<FieldError>> {
        let expression = Expression::parse(&input.expression, input.time_zone.as_deref().unwrap_or("UTC"))?;
        let revision = input.revision.map(RevisionNumber);
        Ok(Self { expression, enabled: input.enabled.unwrap_or(true), revision })
    }
}

fn describe(stored: Stored, now: Timestamp) -> Schedule {
    let next_runs =
        if stored.enabled { stored.expression.next_runs(stored.since, now, NEXT_RUNS) } else { Vec::new() };
    Schedule {
        name: stored.name.into(),
        expression: stored.expression.as_str().to_owned(),
        time_zone: stored.expression.time_zone().to_owned(),
        enabled: stored.enabled,
        revision: stored.revision.map(|number| number.0),
        next_runs,
    }
}

/// The name in an address; what can't be a name names no schedule.
fn name_in_address(text: String) -> Result<ScheduleName, Error> {
    ScheduleName::try_from(text).map_err(|_| Error::not_found("There is no schedule of that name."))
}

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

    /// Every schedule, by name.
    ///
    /// # Errors
    /// When Scheduler can't be asked.
    pub async fn list(&self, now: Timestamp) -> Result<ScheduleList, Error> {
        let mut stored = self.scheduler.all().await?;
        stored.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(ScheduleList { schedules: stored.into_iter().map(|stored| describe(stored, now)).collect() })
    }

    /// The schedule with this name.
    ///
    /// # Errors
    /// When there is none, or Scheduler can't be asked.
    pub async fn get(&self, name: &ScheduleName, now: Timestamp) -> Result<Schedule, Error> {
        Ok(describe(self.scheduler.one(name).await?, now))
    }

    /// Makes a schedule.
    ///
    /// # Errors
    /// Each field that is not valid; when the name is taken; when Scheduler can't be asked.
    pub async fn create(
        &self,
        input: ScheduleInput,
        caller: Caller,
        now: Timestamp,
    ) -> Result<Schedule, Error> {
        let name = ScheduleName::try_from(input.name.clone().unwrap_or_default());
        let name = name.map_err(|detail| vec![FieldError::new("name", detail)]);
        let (name, draft) = match (name, self.checked(&input).await?) {
            (Ok(name), Ok(draft)) => (name, draft),
            (name, draft) => {
                let faults = [name.err(), draft.err()].into_iter().flatten().flatten().collect();
                return Err(Error::invalid(faults));
            }
        };
        self.scheduler.create(&name, &draft).await?;
        let outcome = draft.expression.to_string();
        self.audit.add(Entry::new(now, caller, AuditAction::CreateSchedule, name.as_str(), outcome)).await;
        self.get(&name, now).await
    }

    /// Changes a schedule.
    ///
    /// # Errors
    /// Each field that is not valid; when there is no such schedule; when Scheduler can't be asked.
    pub async fn change(
        &self,
        name: &ScheduleName,
        input: ScheduleInput,
        caller: Caller,
        now: Timestamp,
    ) -> Result<Schedule, Error> {
        if input.name.as_deref().is_some_and(|other| other != name.as_str()) {
            let detail = format!("is another one; a schedule keeps its name, which is {:?}", name.as_str());
            return Err(Error::invalid(vec![FieldError::new("name", detail)]));
        }
        let draft = self.checked(&input).await?.map_err(Error::invalid)?;
        self.scheduler.update(name, &draft).await?;
        let outcome = format!("{}{}", draft.expression, if draft.enabled { "" } else { ", not enabled" });
        self.audit.add(Entry::new(now, caller, AuditAction::ChangeSchedule, name.as_str(), outcome)).await;
        self.get(name, now).await
    }

    /// Removes a schedule.
    ///
    /// # Errors
    /// When there is no such schedule, or Scheduler can't be asked.
    pub async fn delete(&self, name: &ScheduleName, caller: Caller, now: Timestamp) -> Result<(), Error> {
        self.scheduler.delete(name).await?;
        self.audit.add(Entry::new(now, caller, AuditAction::DeleteSchedule, name.as_str(), "removed")).await;
        Ok(())
    }

    /// The input as a draft, or its faulty fields; a revision must exist now, since none is ever removed.
    async fn checked(&self, input: &ScheduleInput) -> Result<Result<Draft, Vec<FieldError>>, Error> {
        let draft = Draft::parse(input);
        let Some(number) = input.revision else { return Ok(draft) };
        if self.revisions.get(RevisionNumber(number)).await?.is_some() {
            return Ok(draft);
        }
        let missing = FieldError::new("revision", format!("is {number}, which does not exist"));
        Ok(Err(draft.err().unwrap_or_default().into_iter().chain([missing]).collect()))
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSuchSchedule(name) => {
                Self::not_found(format!("There is no schedule {:?}.", name.as_str()))
            }
            StoreError::NameTaken(name) => {
                let detail = format!("is {:?}, which another schedule has", name.as_str());
                Self::invalid(vec![FieldError::new("name", detail)])
            }
            StoreError::Refused { reason } => Self::invalid(vec![FieldError::new(
                "expression",
                format!("is refused by EventBridge Scheduler: {reason}"),
            )]),
            StoreError::Aws(error) => error.into(),
            other => Self::broken(other),
        }
    }
}
