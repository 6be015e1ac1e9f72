//! Schedules: recurring relaunches.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{audit::Actor, time};

/// What a caller sends to make or change a schedule; not checked yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ScheduleInput {
    /// Its name: letters, digits, `-` and `_`. A changed schedule keeps its own when this is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "schedule-name"))]
    pub name: Option<String>,
    /// When it is due: `cron(0 3 ? * SUN *)` or `rate(7 days)`.
    #[cfg_attr(feature = "openapi", schema(format = "schedule-expression"))]
    pub expression: String,
    /// The time zone that a cron expression is meant in, such as `Europe/Oslo`; UTC when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "time-zone"))]
    pub time_zone: Option<String>,
    /// Whether it runs; it does when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The revision to launch; the newest at that time when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub revision: Option<u32>,
}

/// A recurring relaunch, kept in EventBridge Scheduler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Schedule {
    pub name: String,
    pub expression: String,
    /// The time zone that a cron expression is meant in.
    pub time_zone: String,
    pub enabled: bool,
    /// The revision it launches; the newest when none.
    pub revision: Option<u32>,
    /// Why its runs are skipped: a person has rolled back since it was taken up; none where they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Hold>,
    /// When it runs next, three times at most; none while it is not enabled.
    #[serde(deserialize_with = "time::read_list")]
    pub next_runs: Vec<Timestamp>,
    /// Why it isn't known when it runs, if it was changed outside of Rollcall into something Rollcall can't read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_runs_unknown: Option<String>,
    /// What tells this state of it from all others: what a change that is meant for it says as `If-Match`. It is the `ETag` of
    /// the schedule alone, and stands here so that whoever has read the list can say it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// A rollback that the runs of a schedule would undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hold {
    /// The id of the relaunch that rolled back.
    pub rollback: String,
    pub to_revision: u32,
    /// Who rolled back.
    pub by: Actor,
}

/// The answer of `GET /api/operations/schedules`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleList {
    /// The schedules, by name.
    pub schedules: Vec<Schedule>,
    /// Whether there are more than these: at most 1,000 are read.
    #[serde(default)]
    pub more: bool,
}
