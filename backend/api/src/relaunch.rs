//! Relaunches: recorded attempts to replace the host.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a caller sends to start a relaunch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelaunchInput {
    /// The revision to launch; the newest when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
}

/// One recorded attempt to replace the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relaunch {
    /// The relaunch's id, a UUID of version 7 (RFC 9562), so that ids sort by time.
    pub id: String,
    /// What sort of replacement it is.
    pub kind: RelaunchKind,
    /// The revision of the host it replaces; none for a first launch.
    pub from_revision: Option<u32>,
    /// The revision it launches.
    pub to_revision: u32,
    /// What came of it; none while it is in progress.
    pub outcome: Option<RelaunchOutcome>,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Who asked for it.
    pub requested_by: String,
    /// The steps in the order they are taken, those to come included.
    pub steps: Vec<Step>,
}

/// What sort of replacement a relaunch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelaunchKind {
    /// There was no host to replace.
    Launch,
    /// To the same or a later revision.
    Relaunch,
    /// To an earlier revision.
    Rollback,
}

/// What came of a relaunch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelaunchOutcome {
    /// The new host serves.
    Succeeded,
    /// It could not be done, and there was no host to fall back on.
    Failed,
    /// It could not be done; the old host serves as before.
    RolledBack,
    /// Someone stopped it; the old host serves as before.
    Cancelled,
}

/// The steps of a relaunch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// Checks that change nothing: the user data's size, the image, a dry run of the launch.
    Preflight,
    /// The new instance is asked for.
    Launch,
    /// The new instance runs and passes both status checks.
    Boot,
    /// The Elastic IP moves to the new instance.
    Switch,
    /// The old instance is terminated.
    Retire,
}

impl StepName {
    /// Every step, in the order it is taken.
    pub const ALL: [Self; 5] = [Self::Preflight, Self::Launch, Self::Boot, Self::Switch, Self::Retire];

    /// The name over the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Launch => "launch",
            Self::Boot => "boot",
            Self::Switch => "switch",
            Self::Retire => "retire",
        }
    }
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// It did what it is for.
    Succeeded,
    /// It did not, and the relaunch was undone.
    Failed,
    /// There was nothing to do, or an earlier step failed.
    Skipped,
}

/// One step of a relaunch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which step.
    pub name: StepName,
    /// What came of it; none while it is to come or under way.
    pub outcome: Option<StepOutcome>,
    /// When it began; none while it is to come.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What happened, for people.
    pub message: Option<String>,
    /// The AWS ids it dealt with: `i-…`, `eipalloc-…`, `subnet-…`.
    pub resources: Vec<String>,
}

/// One page of `GET /api/operations/relaunches`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelaunchPage {
    /// The relaunches of this page.
    pub relaunches: Vec<Relaunch>,
    /// Pass this as `cursor` for the next page; none on the last one.
    pub next_cursor: Option<String>,
}
