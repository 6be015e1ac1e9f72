//! Schedules in EventBridge Scheduler: the one place that speaks to it.

use aws_config::SdkConfig;
use aws_sdk_scheduler::{
    Client,
    operation::get_schedule::GetScheduleOutput,
    types::{FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy, ScheduleState, Target},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use rollcall_aws::{AwsError, Meaning};
use thiserror::Error;

use super::{Draft, expression::Expression};
use crate::{
    ids::{RevisionNumber, ScheduleName},
    invocation::Invocation,
};

/// What our names begin with there. The function may touch no schedule of another name, the tick included.
const PREFIX: &str = "relaunch-";

/// The most schedules that are read: more than anyone looks through.
const MAX_SCHEDULES: usize = 100;

/// How many are asked for at the same time.
const AT_ONCE: usize = 8;

/// How long after its time a run is still worth it, in seconds: an hour late, a relaunch meets another working day.
const MAX_LATENESS: i32 = 60 * 60;

/// Where schedules are kept, and what they invoke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulingSettings {
    /// `SCHEDULE_GROUP`: the schedule group of this deployment.
    pub group: String,
    /// `SCHEDULER_ROLE_ARN`: the role with which EventBridge Scheduler invokes this function.
    pub role_arn: String,
    /// `FUNCTION_ARN`: this function.
    pub function_arn: String,
}

/// A schedule as Scheduler keeps it.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) name: ScheduleName,
    pub(super) expression: Expression,
    pub(super) enabled: bool,
    pub(super) revision: Option<RevisionNumber>,
    /// Since when a rate is counted.
    pub(super) since: Timestamp,
}

/// Why a schedule could not be read or written.
#[derive(Debug, Error)]
pub(super) enum StoreError {
    #[error("there is no schedule {0:?}")]
    NoSuchSchedule(ScheduleName),
    #[error("the name {0:?} is taken")]
    NameTaken(ScheduleName),
    #[error("EventBridge Scheduler refuses it: {reason}")]
    Refused { reason: String },
    #[error("a schedule holds something else than Rollcall writes: {0}")]
    Foreign(&'static str),
    #[error("a call to EventBridge Scheduler lacks what it needs")]
    Incomplete(#[from] aws_sdk_scheduler::error::BuildError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Aws(AwsError),
}

/// EventBridge Scheduler, as far as this deployment's schedules go.
#[derive(Debug, Clone)]
pub(super) struct Scheduler {
    client: Client,
    settings: SchedulingSettings,
}

impl Scheduler {
    pub(super) fn new(config: &SdkConfig, settings: SchedulingSettings) -> Self {
        Self { client: Client::new(config), settings }
    }

    /// Every schedule. The list tells names only, so that each is asked for.
    pub(super) async fn all(&self) -> Result<Vec<Stored>, StoreError> {
        let page = i32::try_from(MAX_SCHEDULES).unwrap_or(i32::MAX);
        let reply = self
            .client
            .list_schedules()
            .group_name(&self.settings.group)
            .name_prefix(PREFIX)
            .max_results(page)
            .send()
            .await
            .map_err(|error| StoreError::Aws(AwsError::read("ListSchedules", error)))?;
        let names: Vec<_> =
            reply.schedules.into_iter().filter_map(|summary| own_name(summary.name()?)).collect();
        let found: Vec<Option<Stored>> = stream::iter(names)
            .map(|name| async move {
                match self.one(&name).await {
                    Ok(stored) => Ok(Some(stored)),
                    // Removed meanwhile, or made by other hands in a form that is not ours.
                    Err(StoreError::NoSuchSchedule(_) | StoreError::Foreign(_) | StoreError::Json(_)) => {
                        Ok(None)
                    }
                    Err(error) => Err(error),
                }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// One schedule.
    pub(super) async fn one(&self, name: &ScheduleName) -> Result<Stored, StoreError> {
        let reply = self
            .client
            .get_schedule()
            .group_name(&self.settings.group)
            .name(full_name(name))
            .send()
            .await
            .map_err(|error| read(name, AwsError::read("GetSchedule", error)))?;
        read_schedule(name, &reply)
    }

    /// Adds one.
    pub(super) async fn create(&self, name: &ScheduleName, draft: &Draft) -> Result<(), StoreError> {
        self.client
            .create_schedule()
            .group_name(&self.settings.group)
            .name(full_name(name))
            .schedule_expression(draft.expression.as_str())
            .schedule_expression_timezone(draft.expression.time_zone())
            .state(state(draft))
            .flexible_time_window(at_the_time()?)
            .target(self.target(name, draft)?)
            .send()
            .await
            .map(drop)
            .map_err(|error| read(name, AwsError::read("CreateSchedule", error)))
    }

    /// Puts another in its place.
    pub(super) async fn update(&self, name: &ScheduleName, draft: &Draft) -> Result<(), StoreError> {
        self.client
            .update_schedule()
            .group_name(&self.settings.group)
            .name(full_name(name))
            .schedule_expression(draft.expression.as_str())
            .schedule_expression_timezone(draft.expression.time_zone())
            .state(state(draft))
            .flexible_time_window(at_the_time()?)
            .target(self.target(name, draft)?)
            .send()
            .await
            .map(drop)
            .map_err(|error| read(name, AwsError::read("UpdateSchedule", error)))
    }

    /// Removes one.
    pub(super) async fn delete(&self, name: &ScheduleName) -> Result<(), StoreError> {
        self.client
            .delete_schedule()
            .group_name(&self.settings.group)
            .name(full_name(name))
            .send()
            .await
            .map(drop)
            .map_err(|error| read(name, AwsError::read("DeleteSchedule", error)))
    }

    fn target(&self, name: &ScheduleName, draft: &Draft) -> Result<Target, StoreError> {
        let input =
            Invocation::Relaunch { revision: draft.revision, force: true, schedule: Some(name.clone()) };
        // Handing the event over is repeated; what the function makes of it is in its own record.
        let retry = RetryPolicy::builder().maximum_event_age_in_seconds(MAX_LATENESS).build();
        Ok(Target::builder()
            .arn(&self.settings.function_arn)
            .role_arn(&self.settings.role_arn)
            .input(input.to_json())
            .retry_policy(retry)
            .build()?)
    }
}

fn full_name(name: &ScheduleName) -> String {
    format!("{PREFIX}{}", name.as_str())
}

fn own_name(full: &str) -> Option<ScheduleName> {
    ScheduleName::try_from(full.strip_prefix(PREFIX)?.to_owned()).ok()
}

const fn state(draft: &Draft) -> ScheduleState {
    if draft.enabled { ScheduleState::Enabled } else { ScheduleState::Disabled }
}

fn at_the_time() -> Result<FlexibleTimeWindow, StoreError> {
    Ok(FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build()?)
}

fn read(name: &ScheduleName, error: AwsError) -> StoreError {
    match error.meaning {
        Meaning::NotFound => StoreError::NoSuchSchedule(name.clone()),
        Meaning::Taken => StoreError::NameTaken(name.clone()),
        Meaning::Invalid => StoreError::Refused { reason: error.message },
        _ => StoreError::Aws(error),
    }
}

fn read_schedule(name: &ScheduleName, reply: &GetScheduleOutput) -> Result<Stored, StoreError> {
    let text = reply.schedule_expression().ok_or(StoreError::Foreign("no expression"))?;
    let zone = reply.schedule_expression_timezone().unwrap_or("UTC");
    let expression = Expression::parse(text, zone)
        .map_err(|_| StoreError::Foreign("an expression that is not understood"))?;
    let input = reply.target().and_then(Target::input).ok_or(StoreError::Foreign("no input"))?;
    let Invocation::Relaunch { revision, .. } = serde_json::from_str(input)? else {
        return Err(StoreError::Foreign("an input that asks for no relaunch"));
    };
    let since = reply.last_modification_date().or(reply.creation_date());
    Ok(Stored {
        name: name.clone(),
        expression,
        enabled: reply.state() != Some(&ScheduleState::Disabled),
        revision,
        since: since
            .and_then(|time| Timestamp::from_second(time.secs()).ok())
            .unwrap_or(Timestamp::UNIX_EPOCH),
    })
}
