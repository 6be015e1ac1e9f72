//! The record of a relaunch: all that is known of it, and all that a later driver needs to go on.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_api::relaunch::{Relaunch, RelaunchKind, RelaunchOutcome, Step, StepName, StepOutcome};
use serde::{Deserialize, Serialize};

use super::{ClientToken, RelaunchId};
use crate::{
    aws_id::{InstanceId, SubnetId},
    ec2::LaunchRequest,
    requester::Requester,
    revision::RevisionNumber,
};

/// One recorded attempt to replace the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its id.
    pub id: RelaunchId,
    /// What sort of replacement it is.
    pub kind: RelaunchKind,
    /// The revision of the host it replaces.
    pub from_revision: Option<RevisionNumber>,
    /// The revision it launches.
    pub to_revision: RevisionNumber,
    /// The host it replaces.
    pub old_host: Option<InstanceId>,
    /// Who asked for it.
    pub requested_by: Requester,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// Where it stands.
    pub stage: Stage,
    /// Since when it stands there.
    pub stage_since: Timestamp,
    /// What people read of it; the steps to come included.
    pub steps: Vec<Step>,
    /// Who drives it.
    pub lease: Lease,
}

/// Where a relaunch stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nothing was started yet.
    Preflight,
    /// The request is frozen; EC2 may or may not have been asked.
    Launch(Launch),
    /// The new instance is there.
    Boot(InstanceId),
    /// The new instance passed its checks.
    Switch(InstanceId),
    /// The address points to the new instance.
    Retire(InstanceId),
    /// A step failed; what was done is being undone.
    Undo(Undo),
    /// It is over.
    Ended(Ended),
}

impl Stage {
    /// The step that people see under way; none while undoing and at the end.
    #[must_use]
    pub const fn step(&self) -> Option<StepName> {
        match self {
            Self::Preflight => Some(StepName::Preflight),
            Self::Launch(_) => Some(StepName::Launch),
            Self::Boot(_) => Some(StepName::Boot),
            Self::Switch(_) => Some(StepName::Switch),
            Self::Retire(_) => Some(StepName::Retire),
            Self::Undo(_) | Self::Ended(_) => None,
        }
    }
}

/// A launch that is asked for, stored before EC2 is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// 1 for the first attempt.
    pub attempt: u32,
    /// What EC2 is asked for.
    pub request: LaunchRequest,
    /// The token it is asked with.
    pub client_token: ClientToken,
    /// The subnets to try next when this one has no capacity.
    pub other_subnets: Vec<SubnetId>,
}

impl Launch {
    /// The first attempt to carry out `request`.
    #[must_use]
    pub fn first(request: LaunchRequest, other_subnets: Vec<SubnetId>) -> Self {
        let client_token = ClientToken::derive(request.relaunch, 1);
        Self { attempt: 1, request, client_token, other_subnets }
    }

    /// The next attempt, in the next subnet; none when all were tried.
    #[must_use]
    pub fn in_next_subnet(mut self) -> Option<Self> {
        if self.other_subnets.is_empty() {
            return None;
        }
        let subnet = self.other_subnets.remove(0);
        let attempt = self.attempt.saturating_add(1);
        Some(Self {
            attempt,
            client_token: ClientToken::derive(self.request.relaunch, attempt),
            request: LaunchRequest { subnet, ..self.request },
            other_subnets: self.other_subnets,
        })
    }
}

/// What is being undone, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// The step that failed.
    pub failed: StepName,
    /// Whether an instance may still show up, since nobody knows what came of its launch.
    pub instance_may_appear: bool,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// What came of it.
    pub outcome: RelaunchOutcome,
    /// When.
    pub at: Timestamp,
}

/// Who drives a relaunch: only the owner of the newest epoch may change the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The driver.
    pub owner: String,
    /// One more with each new driver.
    pub epoch: u64,
    /// Until when no other driver may take over.
    pub expires_at: Timestamp,
}

impl Lease {
    /// How long a driver owns a record after its last write.
    pub const TERM: Duration = Duration::from_secs(30);

    /// How much of the term must be left when a driver makes a call that changes something: more than the
    /// longest call takes, all retries included, so that it is over when another driver takes over.
    pub const MARGIN: Duration = Duration::from_secs(20);

    /// A lease nobody holds.
    #[must_use]
    pub const fn free(now: Timestamp) -> Self {
        Self { owner: String::new(), epoch: 0, expires_at: now }
    }

    /// Whether someone holds it.
    #[must_use]
    pub fn is_held(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// The next epoch, owned by `owner`.
    #[must_use]
    pub fn taken_by(&self, owner: String, now: Timestamp) -> Self {
        Self { owner, epoch: self.epoch.saturating_add(1), expires_at: after(now, Self::TERM) }
    }

    /// Whether it must be renewed before anything is changed.
    #[must_use]
    pub fn is_short(&self, now: Timestamp) -> bool {
        after(now, Self::MARGIN) >= self.expires_at
    }

    /// Renews it.
    pub fn renew(&mut self, now: Timestamp) {
        self.expires_at = after(now, Self::TERM);
    }

    /// Gives it up, so that the next driver need not wait.
    pub const fn release(&mut self, now: Timestamp) {
        self.expires_at = now;
    }
}

/// `now` and then some; the end of time when that is beyond it.
fn after(now: Timestamp, duration: Duration) -> Timestamp {
    now.checked_add(duration).unwrap_or(Timestamp::MAX)
}

impl Record {
    /// How long it has stood where it stands.
    #[must_use]
    pub fn in_stage_for(&self, now: Timestamp) -> Duration {
        Duration::try_from(now.duration_since(self.stage_since)).unwrap_or_default()
    }

    /// The steps of a relaunch that has just been asked for.
    #[must_use]
    pub fn steps_to_come(now: Timestamp) -> Vec<Step> {
        StepName::ALL
            .into_iter()
            .map(|name| Step {
                name,
                outcome: None,
                started_at: (name == StepName::Preflight).then_some(now),
                ended_at: None,
                message: None,
                resources: Vec::new(),
            })
            .collect()
    }

    pub(super) fn step_mut(&mut self, name: StepName) -> Option<&mut Step> {
        self.steps.iter_mut().find(|step| step.name == name)
    }

    /// The first step that failed.
    #[must_use]
    pub fn failed_step(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.outcome == Some(StepOutcome::Failed))
    }

    /// What came of it; none while it is in progress.
    #[must_use]
    pub const fn outcome(&self) -> Option<RelaunchOutcome> {
        match self.stage {
            Stage::Ended(ended) => Some(ended.outcome),
            _ => None,
        }
    }
}

impl From<Record> for Relaunch {
    fn from(record: Record) -> Self {
        let ended_at = match record.stage {
            Stage::Ended(ended) => Some(ended.at),
            _ => None,
        };
        Self {
            outcome: record.outcome(),
            ended_at,
            id: record.id.to_string(),
            kind: record.kind,
            from_revision: record.from_revision.map(|number| number.0),
            to_revision: record.to_revision.0,
            started_at: record.started_at,
            requested_by: record.requested_by.to_string(),
            steps: record.steps,
        }
    }
}
