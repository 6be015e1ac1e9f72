//! What to do next with a relaunch: a pure function of its record, of what EC2 says, and of the time.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_api::{host::InstanceState, relaunch::StepName};

use super::{
    record::{Launch, Record, Stage, Undo},
    timeouts::Timeouts,
};
use crate::{
    aws_id::InstanceId,
    ec2::{Instance, StatusChecks},
};

/// What EC2 says, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observation {
    /// Every instance with this deployment's tag.
    pub instances: Vec<Instance>,
    /// The instance the Elastic IP points to.
    pub address_holder: Option<InstanceId>,
    /// The status checks of the new instance, while it boots.
    pub checks: StatusChecks,
}

impl Observation {
    fn state_of(&self, id: &InstanceId) -> Option<InstanceState> {
        self.instances.iter().find(|instance| &instance.id == id).map(|instance| instance.state)
    }

    fn is_alive(&self, id: &InstanceId) -> bool {
        self.state_of(id).is_some_and(|state| !state.is_gone())
    }
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Call AWS.
    Do(Action),
    /// EC2's state alone moves the record on.
    Record(Event),
    /// Nothing now; look again later.
    Wait,
    /// Nothing any more.
    Finished,
}

/// A call of AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Make the preflight checks; they change nothing.
    Check,
    /// Launch the new instance.
    Launch(Launch),
    /// Move the address to an instance.
    MoveAddress(InstanceId),
    /// Terminate an instance.
    Terminate(InstanceId),
}

/// Something that moves the record on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Every preflight check passed; this is what will be launched.
    Checked(Launch),
    /// EC2 has no capacity where it was asked.
    NoCapacity {
        /// What EC2 said.
        reason: String,
    },
    /// The new instance is there.
    Launched(InstanceId),
    /// The new instance runs and passed both status checks.
    Booted,
    /// The address points to the new instance.
    Switched,
    /// The old instance is gone, or there was none.
    Retired,
    /// The old instance could not be terminated in time; the new one serves all the same.
    NotRetired {
        /// What was left behind.
        reason: String,
    },
    /// The step under way failed.
    Failed {
        /// Why.
        reason: String,
        /// Whether an instance may still show up.
        instance_may_appear: bool,
    },
    /// What was done is undone.
    Undone {
        /// The instances that could not be terminated in time.
        left_behind: Vec<InstanceId>,
    },
}

impl Event {
    /// The step under way failed, and no instance can show up later.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self::Failed { reason: reason.into(), instance_may_appear: false }
    }
}

/// What to do next with `record`.
#[must_use]
pub fn decide(record: &Record, seen: &Observation, now: Timestamp, timeouts: &Timeouts) -> Decision {
    let waited = record.in_stage_for(now);
    match &record.stage {
        Stage::Preflight => decide_preflight(waited, timeouts),
        Stage::Launch(launch) => decide_launch(launch, seen, waited, timeouts),
        Stage::Boot(new) => decide_boot(new, seen, waited, timeouts),
        Stage::Switch(new) => decide_switch(new, seen, waited, timeouts),
        Stage::Retire(new) => decide_retire(record.old_host.as_ref(), new, seen, waited, timeouts),
        Stage::Undo(undo) => decide_undo(record, *undo, seen, waited, timeouts),
        Stage::Ended(_) => Decision::Finished,
    }
}

fn decide_preflight(waited: Duration, timeouts: &Timeouts) -> Decision {
    if waited > timeouts.preflight {
        return Decision::Record(Event::failed(timed_out("the checks gave no answer", waited)));
    }
    Decision::Do(Action::Check)
}

/// An instance that carries this relaunch's tag was launched by it, even if the reply was lost.
fn decide_launch(launch: &Launch, seen: &Observation, waited: Duration, timeouts: &Timeouts) -> Decision {
    let relaunch = launch.request.relaunch;
    let subnet = launch.request.subnet.as_str();
    let launched = seen.instances.iter().find(|instance| {
        instance.relaunch == Some(relaunch) && instance.subnet.as_deref().is_none_or(|found| found == subnet)
    });
    if let Some(instance) = launched {
        return Decision::Record(Event::Launched(instance.id.clone()));
    }
    if waited > timeouts.launch {
        let reason = timed_out("EC2 confirmed no instance", waited);
        return Decision::Record(Event::Failed { reason, instance_may_appear: true });
    }
    Decision::Do(Action::Launch(launch.clone()))
}

/// Not seeing the instance is no proof that it is gone: EC2 may need a while to tell of it.
fn decide_boot(new: &InstanceId, seen: &Observation, waited: Duration, timeouts: &Timeouts) -> Decision {
    match seen.state_of(new) {
        Some(InstanceState::Running) if seen.checks.passed() => Decision::Record(Event::Booted),
        Some(state) if has_died(state) => Decision::Record(Event::failed(died(new, state))),
        state if waited > timeouts.boot => {
            let state = state.map_or("not to be seen", InstanceState::as_str);
            let checks = if state == InstanceState::Running.as_str() {
                " and has not passed both status checks"
            } else {
                ""
            };
            Decision::Record(Event::failed(timed_out(&format!("{new} is {state}{checks}"), waited)))
        }
        _ => Decision::Wait,
    }
}

fn decide_switch(new: &InstanceId, seen: &Observation, waited: Duration, timeouts: &Timeouts) -> Decision {
    if let Some(state) = seen.state_of(new).filter(|state| has_died(*state)) {
        return Decision::Record(Event::failed(died(new, state)));
    }
    if seen.address_holder.as_ref() == Some(new) {
        return Decision::Record(Event::Switched);
    }
    if waited > timeouts.switch {
        return Decision::Record(Event::failed(timed_out("the address did not move", waited)));
    }
    Decision::Do(Action::MoveAddress(new.clone()))
}

/// The old instance goes only while the new one is seen to run with the address.
fn decide_retire(
    old: Option<&InstanceId>,
    new: &InstanceId,
    seen: &Observation,
    waited: Duration,
    timeouts: &Timeouts,
) -> Decision {
    let Some(old) = old.filter(|old| seen.is_alive(old)) else { return Decision::Record(Event::Retired) };
    let is_late = waited > timeouts.retire;
    match seen.state_of(new) {
        Some(InstanceState::Running) if is_late => {
            let reason = timed_out(&format!("{old} is still there"), waited);
            Decision::Record(Event::NotRetired { reason })
        }
        Some(InstanceState::Running) if seen.address_holder.as_ref() != Some(new) => {
            Decision::Do(Action::MoveAddress(new.clone()))
        }
        Some(InstanceState::Running) => Decision::Do(Action::Terminate(old.clone())),
        Some(state) if has_died(state) => Decision::Record(Event::failed(died(new, state))),
        _ if is_late => {
            Decision::Record(Event::failed(timed_out(&format!("{new} is not to be seen"), waited)))
        }
        _ => Decision::Wait,
    }
}

/// First the address goes back, then what this relaunch launched is terminated.
fn decide_undo(
    record: &Record,
    undo: Undo,
    seen: &Observation,
    waited: Duration,
    timeouts: &Timeouts,
) -> Decision {
    let mut launched =
        seen.instances.iter().filter(|it| it.relaunch == Some(record.id) && !it.state.is_gone()).peekable();
    if waited > timeouts.undo {
        let left_behind = launched.map(|instance| instance.id.clone()).collect();
        return Decision::Record(Event::Undone { left_behind });
    }
    let address_is_astray =
        undo.failed >= StepName::Switch && seen.address_holder.as_ref() != record.old_host.as_ref();
    match record.old_host.as_ref().filter(|old| seen.is_alive(old)) {
        Some(old) if address_is_astray => return Decision::Do(Action::MoveAddress(old.clone())),
        _ => {}
    }
    if let Some(instance) = launched.peek() {
        return Decision::Do(Action::Terminate(instance.id.clone()));
    }
    if undo.instance_may_appear && waited <= timeouts.settle {
        return Decision::Wait;
    }
    Decision::Record(Event::Undone { left_behind: Vec::new() })
}

/// A host that stops or is terminated while it boots will never serve.
const fn has_died(state: InstanceState) -> bool {
    matches!(
        state,
        InstanceState::ShuttingDown
            | InstanceState::Terminated
            | InstanceState::Stopping
            | InstanceState::Stopped
    )
}

fn died(instance: &InstanceId, state: InstanceState) -> String {
    format!("{instance} is {}; nothing in this relaunch asked for that", state.as_str())
}

fn timed_out(what: &str, waited: Duration) -> String {
    format!("{what} after {} s", waited.as_secs())
}
