//! Schedules in EventBridge Scheduler: the one place that speaks to it.

use aws_config::SdkConfig;
use aws_sdk_scheduler::{
    Client,
    config::Builder,
    operation::get_schedule::GetScheduleOutput,
    primitives::DateTime,
    types::{FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy, ScheduleState, Target},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use rollcall_aws::{AwsError, Meaning, waits::Counting};
use rollcall_error::Error;

use super::{
    draft::{Draft, StoredSchedule},
    expression::Expression,
};
use crate::{ids::ScheduleName, invocation::Invocation};

/// What our names begin with there. The function may touch no schedule of another name, the tick included.
const PREFIX: &str = "relaunch-";

/// How many schedules ListSchedules tells at once, and how often it is asked: 1,000 are more than anyone looks through.
/// A page has [at most 100](https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html).
const PAGE: i32 = 100;
const MAX_PAGES: usize = 10;

/// How many schedules are asked for at the same time.
const AT_ONCE: usize = 16;

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
    pub account: String,
}

/// Whether a schedule is added or takes another's place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Save {
    New,
    Change,
}

/// Why a schedule could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    #[error("there is no schedule {0:?}")]
    NoSuchSchedule(ScheduleName),
    #[error("the name {0:?} is taken")]
    NameTaken(ScheduleName),
    #[error("there is no schedule group {0:?}")]
    NoGroup(String),
    #[error("the schedule {0:?} is being changed")]
    Busy(ScheduleName),
    #[error("EventBridge Scheduler refuses it: {reason}")]
    Refused { reason: String },
    #[error("a call to EventBridge Scheduler lacks what it needs")]
    Incomplete(#[from] aws_sdk_scheduler::error::BuildError),
    #[error(transparent)]
    Aws(AwsError),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSuchSchedule(name) => {
                Self::not_found(format!("There is no schedule {:?}.", name.as_str()))
            }
            StoreError::NameTaken(name) => {
                let detail =
                    format!("is {:?}, which another schedule has; choose another one", name.as_str());
                Self::invalid_field("name", detail)
            }
            StoreError::NoGroup(group) => Self::conflict(format!(
                "The schedule group {group:?} of this deployment is gone, and its schedules with it. Deploy \
                 infra/service.yaml again."
            )),
            StoreError::Busy(name) => Self::conflict(format!(
                "The schedule {:?} is being changed by someone else. Look at it again, then repeat this.",
                name.as_str()
            )),
            StoreError::Refused { reason } => refused(&reason),
            StoreError::Aws(error) => error.into(),
            error @ StoreError::Incomplete(_) => Self::broken(error),
        }
    }
}

/// What Scheduler refuses, in its own words, at the field they speak of.
fn refused(reason: &str) -> Error {
    let words = reason.to_lowercase();
    let field = if words.contains("timezone") || words.contains("time zone") {
        "time_zone"
    } else if words.contains("expression") {
        "expression"
    } else {
        return Error::conflict(format!("EventBridge Scheduler refuses the schedule: {reason}"));
    };
    let detail = format!("is refused by EventBridge Scheduler, which says: {reason}");
    Error::invalid_field(field, detail.trim_end_matches('.'))
}

/// EventBridge Scheduler, as far as this deployment's schedules go.
#[derive(Debug, Clone)]
pub(super) struct Scheduler {
    client: Client,
    settings: SchedulingSettings,
}

impl Scheduler {
    pub(super) fn new(config: &SdkConfig, settings: SchedulingSettings) -> Self {
        Self { client: Client::from_conf(Builder::from(config).interceptor(Counting).build()), settings }
    }

    /// Every schedule, and whether there are more than are read. The list tells names only, so that each is asked for.
    pub(super) async fn all(&self) -> Result<(Vec<StoredSchedule>, bool), StoreError> {
        let (names, more) = self.list_names().await?;
        let found: Vec<Option<StoredSchedule>> = stream::iter(names)
            .map(|name| async move {
                match self.one(&name).await {
                    // Removed meanwhile.
                    Err(StoreError::NoSuchSchedule(_)) => Ok(None),
                    found => found.map(Some),
                }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok((found.into_iter().flatten().collect(), more))
    }

    async fn list_names(&self) -> Result<(Vec<ScheduleName>, bool), StoreError> {
        let (mut names, mut next) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let request = self.client.list_schedules().group_name(&self.settings.group).name_prefix(PREFIX);
            let reply = request.max_results(PAGE).set_next_token(next).send().await.map_err(|error| {
                match AwsError::read("ListSchedules", error) {
                    error if error.meaning == Meaning::NotFound => self.no_group(),
                    error => StoreError::Aws(error),
                }
            })?;
            names.extend(reply.schedules.iter().filter_map(|summary| own_name(summary.name()?)));
            next = reply.next_token;
            if next.is_none() {
                return Ok((names, false));
            }
        }
        tracing::warn!(read = names.len(), "there are more schedules than are read");
        Ok((names, true))
    }

    /// One schedule.
    pub(super) async fn one(&self, name: &ScheduleName) -> Result<StoredSchedule, StoreError> {
        let reply = self
            .client
            .get_schedule()
            .group_name(&self.settings.group)
            .name(full_name(name))
            .send()
            .await
            .map_err(|error| read(name, AwsError::read("GetSchedule", error)))?;
        Ok(read_schedule(name, &reply))
    }

    /// Writes one, whole: what [UpdateSchedule](https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html)
    /// isn't told falls back to Scheduler's own default.
    pub(super) async fn save(&self, save: Save, stored: &StoredSchedule) -> Result<(), StoreError> {
        // The two requests have the same parts, and no type in common.
        macro_rules! send {
            ($request:ident, $operation:literal) => {
                self.client
                    .$request()
                    .group_name(&self.settings.group)
                    .name(full_name(&stored.name))
                    .schedule_expression(stored.draft.expression.as_str())
                    .schedule_expression_timezone(stored.draft.expression.time_zone())
                    .set_start_date(stored.start.map(|start| DateTime::from_secs(start.as_second())))
                    .state(state(&stored.draft))
                    .flexible_time_window(at_the_time()?)
                    .target(self.target(stored)?)
                    .send()
                    .await
                    .map(drop)
                    .map_err(|error| AwsError::read($operation, error))
            };
        }
        let sent = match save {
            Save::New => send!(create_schedule, "CreateSchedule"),
            Save::Change => send!(update_schedule, "UpdateSchedule"),
        };
        sent.map_err(|error| match (error.meaning, save) {
            (Meaning::Taken, Save::New) => StoreError::NameTaken(stored.name.clone()),
            (Meaning::NotFound, Save::New) => self.no_group(),
            _ => read(&stored.name, error),
        })
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

    /// What is not found where no schedule is named.
    fn no_group(&self) -> StoreError {
        StoreError::NoGroup(self.settings.group.clone())
    }

    fn target(&self, stored: &StoredSchedule) -> Result<Target, StoreError> {
        let input = Invocation::Relaunch {
            revision: stored.draft.revision,
            force: true,
            schedule: Some(stored.name.clone()),
            reason: None,
            taken_up_after: stored.taken_up_after,
        };
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
        Meaning::Taken => StoreError::Busy(name.clone()),
        // What is wrong with the schedule is whoever wrote it to mend, and the code says nothing to them.
        Meaning::Invalid | Meaning::QuotaReached => StoreError::Refused { reason: error.text().to_owned() },
        _ => StoreError::Aws(error),
    }
}

/// Reads a schedule, which may have been changed outside of Rollcall.
fn read_schedule(name: &ScheduleName, reply: &GetScheduleOutput) -> StoredSchedule {
    let text = reply.schedule_expression().unwrap_or_default();
    let zone = reply.schedule_expression_timezone().unwrap_or("UTC");
    let input = reply.target().and_then(Target::input).unwrap_or_default();
    let (expression, revision, taken_up_after) = match Invocation::from_json(input.as_bytes()) {
        Ok(Invocation::Relaunch { revision, taken_up_after, .. }) => {
            (Expression::stored(text, zone), revision, taken_up_after)
        }
        _ => (Expression::unknown_for(text, zone, "its input asks for no relaunch"), None, None),
    };
    let enabled = reply.state() != Some(&ScheduleState::Disabled);
    // Without a start, as older releases saved it, a rate began when it was saved.
    let start = reply.start_date().or(reply.last_modification_date()).or(reply.creation_date());
    StoredSchedule {
        name: name.clone(),
        draft: Draft { expression, enabled, revision },
        start: start.and_then(|time| Timestamp::from_second(time.secs()).ok()),
        taken_up_after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_back(expression: &str, input: &str) -> StoredSchedule {
        let target = Target::builder().arn("arn").role_arn("arn").input(input).build().expect("complete");
        let reply = GetScheduleOutput::builder()
            .schedule_expression(expression)
            .target(target)
            .last_modification_date(DateTime::from_secs(1_800_000_000))
            .build();
        read_schedule(&ScheduleName::try_from("nightly".to_owned()).expect("a name"), &reply)
    }

    #[test]
    fn a_rate_that_an_older_release_saved_runs_from_when_it_was_saved() {
        let input = r#"{"action":"relaunch","schedule":"nightly","revision":3,"force":true}"#;
        let stored = read_back("rate(7 days)", input);
        let saved = Timestamp::from_second(1_800_000_000).expect("in range");
        assert_eq!(stored.start, Some(saved));
        assert_eq!(stored.draft.revision.map(|number| number.0), Some(3));
        assert_eq!(stored.describe(None, saved).next_runs_unknown, None);
    }

    #[test]
    fn what_others_made_of_a_schedule_is_told_as_not_known() {
        let relaunch = r#"{"action":"relaunch","schedule":"nightly","force":true}"#;
        for (expression, input, reason) in [
            ("at(2026-11-24T00:00:00)", relaunch, "its expression is \"at(2026-11-24T00:00:00)\""),
            ("rate(7 days)", "{}", "its input asks for no relaunch"),
            ("rate(7 days)", r#"{"action":"status"}"#, "its input asks for no relaunch"),
            ("rate(7 days)", r#"["relaunch",3]"#, "its input asks for no relaunch"),
        ] {
            let told = read_back(expression, input).describe(None, Timestamp::UNIX_EPOCH);
            assert!(told.enabled && told.next_runs.is_empty(), "{expression} {input}");
            assert_eq!(told.expression, expression);
            let unknown = told.next_runs_unknown.expect(expression);
            assert!(unknown.contains(reason), "{unknown}");
        }
    }

    #[test]
    fn what_scheduler_refuses_is_told_in_its_words_where_it_belongs() {
        for (reason, field) in [
            ("Invalid Schedule Expression cron(0 3 LW * ? *).", Some("expression")),
            (
                "1 validation error detected: Value 'X' at 'scheduleExpressionTimezone' failed",
                Some("time_zone"),
            ),
            ("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.", None),
        ] {
            let error = refused(reason);
            assert_eq!(error.fields().first().map(|error| error.field.as_str()), field, "{reason}");
            let detail = error.detail();
            assert!(detail.contains(reason.trim_end_matches('.')), "{detail}");
            assert!(!detail.ends_with(".."), "{detail}");
        }
    }
}
