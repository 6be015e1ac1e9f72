//! The record of a relaunch: all that is known of it, and all that a later driver needs to go on.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_api::{
    audit::Actor,
    relaunch::{self, OldHost, Relaunch, RelaunchKind, RelaunchOutcome, Step, StepName, StepOutcome},
};
use serde::{Deserialize, Serialize};

use super::{
    answers::Answers,
    lease::{Lease, after},
};
use crate::{
    ec2::LaunchRequest,
    host::recorded::{Launched, RecordedHost, Rollback},
    ids::{ClientToken, InstanceId, InstanceType, RelaunchId, RevisionNumber, SubnetId},
};

/// One recorded attempt to replace the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub id: RelaunchId,
    /// What sort of replacement it is.
    pub kind: RelaunchKind,
    /// The revision of the host it replaces.
    pub from_revision: Option<RevisionNumber>,
    /// The revision it launches; none when the host is to go without a successor.
    pub to_revision: Option<RevisionNumber>,
    pub old_host: Option<InstanceId>,
    /// Who asked for it.
    pub requested_by: Actor,
    /// Why they did.
    #[serde(default)]
    pub reason: Option<String>,
    /// The approval that the revision asks for.
    #[serde(default)]
    pub approval: Option<Approval>,
    /// What was seen of the old host once all was undone.
    #[serde(default)]
    pub old_host_seen: Option<OldHost>,
    /// What was launched, once it is known.
    #[serde(default)]
    pub launched: Option<Launched>,
    /// A person's rollback that stood when it was asked for.
    #[serde(default)]
    pub rollback_before: Option<Rollback>,
    /// Who stopped it.
    pub cancelled_by: Option<Actor>,
    pub started_at: Timestamp,
    /// Where it stands.
    pub stage: Stage,
    /// Since when it stands there.
    pub stage_since: Timestamp,
    /// What the new host has answered since the address points to it.
    #[serde(default)]
    pub answers: Answers,
    /// What people read of it; the steps to come included.
    pub steps: Vec<Step>,
    /// Who drives it.
    pub lease: Lease,
    /// One more with each write: whoever writes must have seen the write before.
    pub version: u64,
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
    /// The new instance passed its status checks.
    Report(InstanceId),
    /// The new host says that its app answers.
    Probe(InstanceId),
    /// The new host answers, and a person is to look at it.
    Approve(InstanceId),
    /// The new host passed every gate.
    Switch(InstanceId),
    /// The address points to the new host.
    Bake(InstanceId),
    /// The new host has served long enough.
    Retire(InstanceId),
    /// There is to be no new host: the old one goes.
    Terminate,
    /// A step failed or someone stopped it; what was done is being undone.
    Undo(Undo),
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
            Self::Report(_) => Some(StepName::Report),
            Self::Probe(_) => Some(StepName::Probe),
            Self::Approve(_) => Some(StepName::Approve),
            Self::Switch(_) => Some(StepName::Switch),
            Self::Bake(_) => Some(StepName::Bake),
            Self::Retire(_) | Self::Terminate => Some(StepName::Retire),
            Self::Undo(_) | Self::Ended(_) => None,
        }
    }

    /// The new instance, once its id is known and until the relaunch is undone.
    #[must_use]
    pub const fn new_instance(&self) -> Option<&InstanceId> {
        match self {
            Self::Boot(new)
            | Self::Report(new)
            | Self::Probe(new)
            | Self::Approve(new)
            | Self::Switch(new)
            | Self::Bake(new)
            | Self::Retire(new) => Some(new),
            _ => None,
        }
    }

    /// Whether nothing was done yet that visitors notice, so that it may still be stopped.
    #[must_use]
    pub const fn is_cancellable(&self) -> bool {
        matches!(
            self,
            Self::Preflight
                | Self::Launch(_)
                | Self::Boot(_)
                | Self::Report(_)
                | Self::Probe(_)
                | Self::Approve(_)
        )
    }
}

/// A person's look at the new host before the address moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// How many hours it is waited for.
    pub hours: u32,
    /// Since when; none before. This time goes on while nobody drives: it is a person's.
    pub since: Option<Timestamp>,
    /// The new host's own address, where it can be looked at.
    pub address: Option<String>,
    /// Who gave it.
    pub given_by: Option<Actor>,
}

impl Approval {
    /// One that is to come.
    #[must_use]
    pub const fn within(hours: u32) -> Self {
        Self { hours, since: None, address: None, given_by: None }
    }

    /// Whether somebody has given it.
    #[must_use]
    pub const fn is_given(&self) -> bool {
        self.given_by.is_some()
    }

    /// For how long it is waited for.
    #[must_use]
    pub fn time(&self) -> Duration {
        Duration::from_secs(u64::from(self.hours) * 3_600)
    }

    /// Until when it can be given; none before it is waited for.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        self.since.map(|since| after(since, self.time()))
    }
}

impl From<Approval> for relaunch::Approval {
    fn from(approval: Approval) -> Self {
        Self {
            hours: approval.hours,
            until: approval.until(),
            look_at: approval.address.map(|address| format!("http://{address}/")),
            given_by: approval.given_by,
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
    pub client_token: ClientToken,
    /// Where to try next when there is no capacity here.
    pub alternatives: Vec<Placement>,
}

/// Where an instance could run, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// The subnet, and with it the zone.
    pub subnet: SubnetId,
    pub instance_type: InstanceType,
}

impl Placement {
    /// All that may be tried, in this order: the first type in each zone, then the next type in each.
    #[must_use]
    pub fn all(subnets: &[SubnetId], instance_types: &[InstanceType]) -> Vec<Self> {
        let of_type = |instance_type: &InstanceType| {
            let instance_type = instance_type.clone();
            subnets
                .iter()
                .map(move |subnet| Self { subnet: subnet.clone(), instance_type: instance_type.clone() })
                .collect::<Vec<_>>()
        };
        instance_types.iter().flat_map(of_type).collect()
    }
}

impl Launch {
    /// The first attempt to carry out `request`.
    #[must_use]
    pub fn first(request: LaunchRequest, alternatives: Vec<Placement>) -> Self {
        let client_token = ClientToken::derive(request.relaunch, 1);
        Self { attempt: 1, request, client_token, alternatives }
    }

    /// The next attempt, at the next place; none when all were tried.
    #[must_use]
    pub fn elsewhere(mut self) -> Option<Self> {
        if self.alternatives.is_empty() {
            return None;
        }
        let Placement { subnet, instance_type } = self.alternatives.remove(0);
        let attempt = self.attempt.saturating_add(1);
        Some(Self {
            attempt,
            client_token: ClientToken::derive(self.request.relaunch, attempt),
            request: LaunchRequest { subnet, instance_type, ..self.request },
            alternatives: self.alternatives,
        })
    }
}

/// What is being undone, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// The step that failed, or during which it was stopped.
    pub at: StepName,
    /// When it began; none in a record of an earlier Rollcall. This time goes on while nobody can look.
    #[serde(default)]
    pub began_at: Option<Timestamp>,
    /// Whether an instance may still show up, since nobody knows what came of its launch.
    pub instance_may_appear: bool,
    /// Whether EC2 was asked to give the address back, and did. What it tells of the address may lag behind until then
    /// ([eventual consistency](https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html)).
    #[serde(default)]
    pub address_asked_back: bool,
    /// Whether what the new instance left of its start is kept already.
    pub boot_log_kept: bool,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub outcome: RelaunchOutcome,
    pub at: Timestamp,
}

impl Record {
    /// One that has just been asked for and stands at its first stage. What it replaces, and with what, its caller knows.
    #[must_use]
    pub fn asked_for(
        kind: RelaunchKind,
        stage: Stage,
        approval: Option<Approval>,
        (requested_by, reason): (Actor, Option<String>),
        now: Timestamp,
    ) -> Self {
        let first = stage.step().unwrap_or(StepName::Preflight);
        Self {
            id: RelaunchId::new(now),
            kind,
            from_revision: None,
            to_revision: None,
            old_host: None,
            requested_by,
            reason,
            steps: Self::steps_from(first, approval.as_ref(), now),
            approval,
            old_host_seen: None,
            launched: None,
            rollback_before: None,
            cancelled_by: None,
            started_at: now,
            stage,
            stage_since: now,
            answers: Answers::default(),
            lease: Lease::free(now),
            version: 0,
        }
    }

    /// The record as `driver` takes it over. The time in which nobody drove counts against no step: a driver that died must
    /// not cost a relaunch that goes well.
    #[must_use]
    pub fn taken_by(mut self, driver: String, now: Timestamp) -> Self {
        self.leave_out(self.lease.idle_since(), now);
        self.lease = self.lease.taken_by(driver, now);
        self
    }

    /// Renews the lease. Where it had run out, whoever held it did nothing since: that time counts against no step.
    pub fn keep(&mut self, now: Timestamp) {
        if !self.lease.is_held(now) {
            self.leave_out(self.lease.idle_since(), now);
        }
        self.lease.renew(now);
    }

    /// Gives the lease up, so that the next driver need not wait.
    pub fn release(&mut self, now: Timestamp) {
        self.keep(now);
        self.lease.release(now);
    }

    /// Leaves out of the time to undo what has passed since a moment, because EC2 could not be asked: nobody gives up what
    /// nobody could try. Any other step that takes too long fails, and is undone.
    pub fn nothing_done_since(&mut self, moment: Timestamp, now: Timestamp) {
        if matches!(self.stage, Stage::Undo(_)) {
            self.leave_out(moment, now);
        }
    }

    fn leave_out(&mut self, moment: Timestamp, now: Timestamp) {
        let idle = now.duration_since(moment.max(self.stage_since));
        self.stage_since = after(self.stage_since, Duration::try_from(idle).unwrap_or_default());
    }

    /// The rollback that stands once it has succeeded: it is one by a person, or leaves an earlier one as it is.
    fn rollback_after(&self) -> Option<Rollback> {
        let by_people = !matches!(self.requested_by, Actor::Schedule { .. } | Actor::Rollcall);
        match self.to_revision.filter(|_| by_people && self.kind == RelaunchKind::Rollback) {
            Some(to) => Some(Rollback { relaunch: self.id, to, by: self.requested_by.clone() }),
            None => self.rollback_before.clone().filter(|it| it.outlasts(self.to_revision)),
        }
    }

    /// Whether nothing is to be done before a person has looked at the new host.
    #[must_use]
    pub fn waits_for_a_person(&self) -> bool {
        matches!(self.stage, Stage::Approve(_)) && !self.approval.as_ref().is_some_and(Approval::is_given)
    }

    /// For how long it may wait for one.
    #[must_use]
    pub fn approval_time(&self) -> Duration {
        self.approval.as_ref().map(Approval::time).unwrap_or_default()
    }

    /// How long it has stood where it stands.
    #[must_use]
    pub fn in_stage_for(&self, now: Timestamp) -> Duration {
        Duration::try_from(now.duration_since(self.stage_since)).unwrap_or_default()
    }

    /// The steps of a relaunch that has just been asked for and begins with `first`; those before it are skipped. There is
    /// none of approval where none is asked for.
    #[must_use]
    pub fn steps_from(first: StepName, approval: Option<&Approval>, now: Timestamp) -> Vec<Step> {
        StepName::ALL
            .iter()
            .copied()
            .filter(|name| *name != StepName::Approve || approval.is_some())
            .map(|name| Step {
                name,
                outcome: (name < first).then_some(StepOutcome::Skipped),
                started_at: (name == first).then_some(now),
                ended_at: None,
                message: None,
                resources: Vec::new(),
            })
            .collect()
    }

    pub(super) fn step_mut(&mut self, name: StepName) -> Option<&mut Step> {
        self.steps.iter_mut().find(|step| step.name == name)
    }

    /// What it leaves as the host, once it has succeeded.
    #[must_use]
    pub fn leaves(&self) -> Option<RecordedHost> {
        match self.stage {
            Stage::Ended(Ended { outcome: RelaunchOutcome::Succeeded, at }) => {
                let (launched, rollback) = (self.launched.clone(), self.rollback_after());
                Some(RecordedHost { relaunch: self.id, launched, since: at, rollback })
            }
            _ => None,
        }
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

impl Record {
    /// How it ended, for people; none while it is in progress.
    #[must_use]
    pub fn ending(&self) -> Option<String> {
        let outcome = match self.outcome()? {
            RelaunchOutcome::Succeeded => "succeeded",
            RelaunchOutcome::Failed => "failed",
            RelaunchOutcome::RolledBack => "rolled back",
            RelaunchOutcome::Cancelled => "cancelled",
        };
        let why = match (&self.cancelled_by, self.failed_step()) {
            (Some(who), _) => format!(" by {who}"),
            (None, Some(step)) => {
                format!("; {}: {}", step.name.as_str(), step.message.as_deref().unwrap_or("no message"))
            }
            (None, None) => String::new(),
        };
        Some(format!("{outcome}{why}"))
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
            cancellable: record.stage.is_cancellable(),
            undoing: matches!(record.stage, Stage::Undo(_)),
            id: record.id.to_string(),
            kind: record.kind,
            from_revision: record.from_revision.map(|number| number.0),
            to_revision: record.to_revision.map(|number| number.0),
            started_at: record.started_at,
            requested_by: record.requested_by,
            reason: record.reason,
            old_host: record.old_host_seen,
            approval: record.approval.map(relaunch::Approval::from),
            cancelled_by: record.cancelled_by,
            steps: record.steps,
        }
    }
}

/// What sort of replacement it is.
pub(crate) fn kind(has_host: bool, from: Option<RevisionNumber>, to: RevisionNumber) -> RelaunchKind {
    match (has_host, from) {
        (false, _) => RelaunchKind::Launch,
        (true, Some(from)) if to < from => RelaunchKind::Rollback,
        (true, _) => RelaunchKind::Relaunch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_host_it_is_a_launch() {
        assert_eq!(kind(false, None, RevisionNumber(3)), RelaunchKind::Launch);
    }

    fn person() -> Actor {
        Actor::Person { name: "olivia".to_owned(), issuer: None, subject: None }
    }

    /// What stands once a relaunch to a revision has succeeded.
    fn stands(
        kind: RelaunchKind,
        to: Option<u32>,
        by: Actor,
        rollback_before: Option<Rollback>,
    ) -> Option<Rollback> {
        let ended = Ended { outcome: RelaunchOutcome::Succeeded, at: Timestamp::UNIX_EPOCH };
        let relaunch = Record {
            kind,
            to_revision: to.map(RevisionNumber),
            requested_by: by,
            rollback_before,
            stage: Stage::Ended(ended),
            ..super::super::tests::relaunch()
        };
        relaunch.leaves().expect("it succeeded").rollback
    }

    #[test]
    fn a_rollback_by_people_holds_schedules_to_a_later_revision_until_one_is_taken_up_again() {
        let rollback = stands(RelaunchKind::Rollback, Some(3), person(), None).expect("it stands");
        assert!(stands(RelaunchKind::Rollback, Some(3), Actor::DirectInvocation, None).is_some());
        assert!(rollback.holds(RevisionNumber(4), None));
        assert!(!rollback.holds(RevisionNumber(3), None));
        assert!(!rollback.holds(RevisionNumber(4), Some(rollback.relaunch)));
        assert!(rollback.holds(RevisionNumber(4), Some(RelaunchId::new(Timestamp::UNIX_EPOCH))));
        let nightly = Actor::Schedule { name: "nightly".into() };
        assert_eq!(stands(RelaunchKind::Rollback, Some(3), nightly, None), None);
        assert_eq!(stands(RelaunchKind::Relaunch, Some(3), person(), None), None);
    }

    #[test]
    fn a_rollback_stands_until_somebody_goes_on_to_a_later_revision() {
        let rollback = stands(RelaunchKind::Rollback, Some(3), person(), None);
        let after = |kind, to, by| stands(kind, to, by, rollback.clone());
        let nightly = || Actor::Schedule { name: "nightly".into() };
        assert_eq!(after(RelaunchKind::Relaunch, Some(3), nightly()), rollback);
        assert_eq!(after(RelaunchKind::Relaunch, Some(3), person()), rollback);
        assert_eq!(after(RelaunchKind::Rollback, Some(2), nightly()), rollback);
        assert_eq!(after(RelaunchKind::Terminate, None, person()), rollback);
        assert_eq!(after(RelaunchKind::Relaunch, Some(4), person()), None);
        let lower = after(RelaunchKind::Rollback, Some(2), person()).expect("another one stands");
        assert_eq!(lower.to, RevisionNumber(2));
    }

    #[test]
    fn to_an_earlier_revision_it_is_a_rollback() {
        assert_eq!(kind(true, Some(RevisionNumber(3)), RevisionNumber(2)), RelaunchKind::Rollback);
        assert_eq!(kind(true, Some(RevisionNumber(3)), RevisionNumber(3)), RelaunchKind::Relaunch);
        assert_eq!(kind(true, None, RevisionNumber(1)), RelaunchKind::Relaunch);
    }
}
