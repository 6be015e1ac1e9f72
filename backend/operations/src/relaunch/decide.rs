//! What to do next with a relaunch: a pure function of its record, of what can be seen, and of the time.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_api::{
    audit::Actor,
    host::InstanceState,
    relaunch::{BootReport, OldHost, StepName},
};

use super::{
    answers::Answers,
    record::{Approval, Launch, Record, Stage, Undo},
    timeouts::Timeouts,
};
use crate::{
    ec2::{Instance, StatusChecks},
    ids::{InstanceId, RevisionNumber},
    probe::Probe,
};

/// What can be seen, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observation {
    /// Every instance with this deployment's tag.
    pub instances: Vec<Instance>,
    /// The instance the Elastic IP points to.
    pub address_holder: Option<InstanceId>,
    /// The status checks of the new instance, while it boots.
    pub checks: StatusChecks,
    /// What the new host reports of its start, once it is awaited.
    pub report: Option<BootReport>,
    /// What came of asking the new host over HTTP, where that was done.
    pub probe: Option<Probe>,
    /// What came of asking the old host, once what was done is being undone.
    pub old_probe: Option<Probe>,
    /// Whether it has failed to answer for so long, while it bakes, that visitors must not be left with it.
    pub is_failing: bool,
    /// Why the preflight checks could not all be made when they were last tried; none before the first try.
    pub unresolved_checks: Option<String>,
    /// What AWS answered to the last call of this step, if that was not carried out.
    pub last_refusal: Option<String>,
}

impl Observation {
    fn instance(&self, id: &InstanceId) -> Option<&Instance> {
        self.instances.iter().find(|instance| &instance.id == id)
    }

    fn state_of(&self, id: &InstanceId) -> Option<InstanceState> {
        self.instance(id).map(|instance| instance.state)
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
    /// Nothing before a person has done something: whoever looks next may come much later.
    Leave,
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
    /// Keep the host's report of its start, with the log that came with it.
    KeepReport(InstanceId),
    /// Keep what a host left of its start, its console output included, before it is terminated.
    KeepBootLog(InstanceId),
    MoveAddress(InstanceId),
    Terminate(InstanceId),
}

/// Something that moves the record on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Every preflight check passed.
    Checked {
        /// What will be launched.
        launch: Launch,
        /// What it replaces.
        replaced: Replaced,
    },
    /// EC2 has no capacity where it was asked.
    NoCapacity {
        /// What EC2 said.
        reason: String,
    },
    /// The new instance is there.
    Launched(InstanceId),
    /// The new instance runs and passed both status checks.
    Booted,
    /// The new host reported how its start went, and the report is kept.
    Reported(BootReport),
    /// The new host answers from outside.
    Probed {
        /// Its own address.
        address: Option<String>,
        /// What was only wanted of it, and is not so.
        lacking: Vec<String>,
    },
    /// A person has looked at the new host and found it good.
    Approved { by: Actor },
    /// It is approved, and answers still.
    Accepted {
        /// What was only wanted of it, and is not so.
        lacking: Vec<String>,
    },
    /// The address points to the new instance.
    Switched,
    /// The new host has served long enough.
    Baked {
        /// What was only wanted of it, and is not so.
        lacking: Vec<String>,
    },
    /// The old instance is gone, or there was none.
    Retired,
    /// The old instance could not be terminated in time; the new one serves all the same.
    NotRetired {
        /// What was left behind.
        reason: String,
    },
    /// The step under way failed.
    Failed {
        reason: String,
        /// Whether an instance may still show up.
        instance_may_appear: bool,
    },
    /// Someone stopped it.
    Cancelled { by: Actor },
    /// EC2 was asked to give the old host its address back, and did.
    AddressAskedBack,
    /// What the new instance left of its start is kept, as far as it could be had.
    BootLogKept,
    /// For too long nobody could look at what is to be undone.
    GivenUp {
        /// Why nobody could.
        reason: String,
    },
    Undone {
        /// The instances that could not be terminated in time.
        left_behind: Vec<InstanceId>,
        /// What was seen of the old host; none where there was none.
        old_host: Option<OldHostSeen>,
    },
}

/// What a look and a probe made for it say of the old host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldHostSeen {
    pub is: OldHost,
    /// Why it does not serve, or why that is not known.
    pub why: Option<String>,
}

impl OldHostSeen {
    fn because(is: OldHost, why: impl Into<String>) -> Self {
        Self { is, why: Some(why.into()) }
    }

    /// What is seen of `old`.
    fn of(old: &InstanceId, seen: &Observation) -> Self {
        match seen.instance(old) {
            None => Self::because(OldHost::Away, format!("{old} is not to be seen")),
            Some(host) if host.state != InstanceState::Running => {
                Self::because(OldHost::Away, format!("{old} is {}", host.state.as_str()))
            }
            Some(_) if seen.address_holder.as_ref() != Some(old) => {
                Self::because(OldHost::Away, format!("the address does not point to {old}"))
            }
            Some(_) => match &seen.old_probe {
                Some(Probe::Answered { .. }) => Self { is: OldHost::Serves, why: None },
                Some(Probe::Failed { reason, .. }) => {
                    Self::because(OldHost::Silent, format!("{old} does not answer as it should: {reason}"))
                }
                None => Self::because(OldHost::Unknown, format!("{old} could not be asked")),
            },
        }
    }
}

/// The host that a relaunch replaces, as it is seen under the lease: another relaunch may have replaced the one that was
/// there when this one was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replaced {
    pub host: Option<InstanceId>,
    pub revision: Option<RevisionNumber>,
}

impl Replaced {
    /// The living instance with the address; where that points to none, the host that `record` names, if it is alive.
    #[must_use]
    pub fn seen(record: &Record, seen: &Observation) -> Self {
        let alive = |id: Option<&InstanceId>| {
            id.and_then(|id| seen.instance(id)).filter(|instance| !instance.state.is_gone())
        };
        let host = alive(seen.address_holder.as_ref()).or_else(|| alive(record.old_host.as_ref()));
        Self { host: host.map(|host| host.id.clone()), revision: host.and_then(|host| host.revision) }
    }
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
        Stage::Preflight => decide_preflight(seen, waited, timeouts),
        Stage::Launch(launch) => decide_launch(launch, seen, waited, timeouts),
        Stage::Boot(new) => decide_boot(new, seen, waited, timeouts),
        Stage::Report(new) => decide_report(new, seen, waited, timeouts),
        Stage::Probe(new) => decide_probe(new, seen, waited, timeouts),
        Stage::Approve(new) => decide_approve(new, record.approval.as_ref(), seen, waited, now, timeouts),
        Stage::Switch(new) => decide_switch(new, seen, waited, timeouts),
        Stage::Bake(new) => decide_bake(new, &record.answers, seen, waited, timeouts),
        Stage::Retire(new) => decide_retire(record.old_host.as_ref(), new, seen, waited, timeouts),
        Stage::Terminate => decide_terminate(record.old_host.as_ref(), seen, waited, timeouts),
        Stage::Undo(undo) => decide_undo(record, *undo, seen, waited, timeouts),
        Stage::Ended(_) => Decision::Finished,
    }
}

/// How many times the time to undo may pass in which nobody can look, before it is given up.
const BLIND_UNDOING: u32 = 3;

/// What becomes of `record` while EC2 can't be asked, and why it can't: each step has its time all the same, and undoing ends
/// some time.
#[must_use]
pub fn decide_blind(record: &Record, why: &str, now: Timestamp, timeouts: &Timeouts) -> Option<Event> {
    let reason = |waited: Duration| format!("EC2 can't be asked: {}", timed_out(why, waited));
    if let Stage::Undo(undo) = &record.stage {
        let waited = now.duration_since(undo.began_at.unwrap_or(record.stage_since)).unsigned_abs();
        let limit = timeouts.undo.saturating_mul(BLIND_UNDOING);
        return (waited > limit).then(|| Event::GivenUp { reason: reason(waited) });
    }
    if record.waits_for_a_person() {
        return is_not_approved_in_time(record.approval.as_ref(), now);
    }
    let waited = record.in_stage_for(now);
    let limit = match &record.stage {
        Stage::Preflight => timeouts.preflight,
        Stage::Launch(_) => timeouts.launch,
        Stage::Boot(_) => timeouts.boot,
        Stage::Report(_) => timeouts.report,
        Stage::Probe(_) | Stage::Approve(_) => timeouts.probe,
        Stage::Switch(_) => timeouts.switch,
        Stage::Bake(_) => timeouts.bake.saturating_add(timeouts.probe),
        Stage::Retire(_) | Stage::Terminate => timeouts.retire,
        Stage::Undo(_) | Stage::Ended(_) => return None,
    };
    (waited > limit).then(|| match &record.stage {
        Stage::Launch(_) => Event::Failed { reason: reason(waited), instance_may_appear: true },
        // The new host has the address, and has served all the while.
        Stage::Retire(_) => Event::NotRetired { reason: reason(waited) },
        _ => Event::failed(reason(waited)),
    })
}

fn decide_preflight(seen: &Observation, waited: Duration, timeouts: &Timeouts) -> Decision {
    if waited > timeouts.preflight {
        let what = seen.unresolved_checks.as_deref().unwrap_or("the checks gave no answer");
        return Decision::Record(Event::failed(timed_out(what, waited)));
    }
    Decision::Do(Action::Check)
}

/// An instance that carries this relaunch's tag was launched by it, even if the reply was lost.
fn decide_launch(launch: &Launch, seen: &Observation, waited: Duration, timeouts: &Timeouts) -> Decision {
    let relaunch = launch.request.relaunch;
    let launched = seen.instances.iter().find(|instance| instance.relaunch == Some(relaunch));
    if let Some(instance) = launched {
        return Decision::Record(Event::Launched(instance.id.clone()));
    }
    if waited > timeouts.launch {
        let reason = timed_out(&with_refusal("EC2 confirmed no instance", seen), waited);
        return Decision::Record(Event::Failed { reason, instance_may_appear: true });
    }
    Decision::Do(Action::Launch(launch.clone()))
}

/// Not seeing the instance is no proof that it is gone: EC2 may need a while to tell of it.
fn decide_boot(new: &InstanceId, seen: &Observation, waited: Duration, timeouts: &Timeouts) -> Decision {
    if let Some(failed) = has_failed(new, seen) {
        return failed;
    }
    match seen.state_of(new) {
        Some(InstanceState::Running) if seen.checks.passed() => Decision::Record(Event::Booted),
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

/// Whatever the report says, it is kept first.
fn decide_report(new: &InstanceId, seen: &Observation, waited: Duration, timeouts: &Timeouts) -> Decision {
    if seen.report.is_some() {
        return Decision::Do(Action::KeepReport(new.clone()));
    }
    if let Some(failed) = has_failed(new, seen) {
        return failed;
    }
    if waited > timeouts.report {
        let what = format!("{new} sent no boot report");
        return Decision::Record(Event::failed(timed_out(&what, waited)));
    }
    Decision::Wait
}

fn decide_probe(new: &InstanceId, seen: &Observation, waited: Duration, timeouts: &Timeouts) -> Decision {
    if let Some(failed) = has_failed(new, seen) {
        return failed;
    }
    once_it_answers(new, seen, waited, timeouts, |lacking| Event::Probed {
        address: seen.instance(new).and_then(|instance| instance.public_ip.clone()),
        lacking,
    })
}

/// The event once the new host has answered as it should, with what is only wanted and not so.
fn once_it_answers(
    new: &InstanceId,
    seen: &Observation,
    waited: Duration,
    timeouts: &Timeouts,
    event: impl FnOnce(Vec<String>) -> Event,
) -> Decision {
    match &seen.probe {
        Some(Probe::Answered { lacking }) => Decision::Record(event(lacking.clone())),
        _ if waited > timeouts.probe => Decision::Record(Event::failed(no_answer(new, seen, waited))),
        _ => Decision::Wait,
    }
}

/// Somebody may look for hours. Once it is approved, the new host must answer still.
fn decide_approve(
    new: &InstanceId,
    approval: Option<&Approval>,
    seen: &Observation,
    waited: Duration,
    now: Timestamp,
    timeouts: &Timeouts,
) -> Decision {
    if let Some(failed) = has_failed(new, seen) {
        return failed;
    }
    if approval.is_some_and(Approval::is_given) {
        return once_it_answers(new, seen, waited, timeouts, |lacking| Event::Accepted { lacking });
    }
    is_not_approved_in_time(approval, now).map_or(Decision::Leave, Decision::Record)
}

fn is_not_approved_in_time(approval: Option<&Approval>, now: Timestamp) -> Option<Event> {
    match approval.map(|approval| (approval.hours, approval.until())) {
        Some((_, Some(until))) if now < until => None,
        Some((hours, _)) => Some(Event::failed(format!("nobody approved the new host within {hours} h"))),
        None => Some(Event::failed("an approval was awaited that nobody asked for")),
    }
}

fn decide_switch(new: &InstanceId, seen: &Observation, waited: Duration, timeouts: &Timeouts) -> Decision {
    if let Some(failed) = has_failed(new, seen) {
        return failed;
    }
    if seen.address_holder.as_ref() == Some(new) {
        return Decision::Record(Event::Switched);
    }
    if waited > timeouts.switch {
        let what = with_refusal("the address did not move", seen);
        return Decision::Record(Event::failed(timed_out(&what, waited)));
    }
    Decision::Do(Action::MoveAddress(new.clone()))
}

/// The old host goes only after the new one has answered all the while, and again at the end of the bake.
fn decide_bake(
    new: &InstanceId,
    answers: &Answers,
    seen: &Observation,
    waited: Duration,
    timeouts: &Timeouts,
) -> Decision {
    if let Some(failed) = has_failed(new, seen) {
        return failed;
    }
    let failed = || Decision::Record(Event::failed(format!("{}; {answers}", no_answer(new, seen, waited))));
    if seen.is_failing {
        return failed();
    }
    if waited < timeouts.bake {
        return Decision::Wait;
    }
    let holds_address = seen.address_holder.as_ref() == Some(new);
    match &seen.probe {
        Some(Probe::Answered { .. }) if holds_address && answers.are_poor() => {
            Decision::Record(Event::failed(format!("{new} answers now and then: {answers}")))
        }
        Some(Probe::Answered { lacking }) if holds_address => {
            Decision::Record(Event::Baked { lacking: lacking.clone() })
        }
        _ if waited > timeouts.bake.saturating_add(timeouts.probe) => failed(),
        _ if holds_address => Decision::Wait,
        _ => Decision::Do(Action::MoveAddress(new.clone())),
    }
}

/// The old instance goes only while the new one is seen to run with the address, and only then is it over: somebody may take
/// the address away meanwhile.
fn decide_retire(
    old: Option<&InstanceId>,
    new: &InstanceId,
    seen: &Observation,
    waited: Duration,
    timeouts: &Timeouts,
) -> Decision {
    if let Some(failed) = has_failed(new, seen) {
        return failed;
    }
    let is_late = waited > timeouts.retire;
    if seen.state_of(new) != Some(InstanceState::Running) {
        let reason = || timed_out(&format!("{new} is not to be seen"), waited);
        return if is_late { Decision::Record(Event::failed(reason())) } else { Decision::Wait };
    }
    if seen.address_holder.as_ref() != Some(new) {
        let reason =
            || timed_out(&with_refusal(&format!("the address does not point to {new}"), seen), waited);
        return if is_late {
            Decision::Record(Event::failed(reason()))
        } else {
            Decision::Do(Action::MoveAddress(new.clone()))
        };
    }
    match old.filter(|old| seen.is_alive(old)) {
        None => Decision::Record(Event::Retired),
        Some(old) if is_late => {
            let reason = timed_out(&format!("{old} is still there"), waited);
            Decision::Record(Event::NotRetired { reason })
        }
        Some(old) => Decision::Do(Action::Terminate(old.clone())),
    }
}

fn decide_terminate(
    old: Option<&InstanceId>,
    seen: &Observation,
    waited: Duration,
    timeouts: &Timeouts,
) -> Decision {
    let another = seen.address_holder.as_ref().filter(|holder| Some(*holder) != old && seen.is_alive(holder));
    if let Some(another) = another {
        let reason =
            format!("the host is {another} by now, and nothing was terminated; ask again if it is to go");
        return Decision::Record(Event::failed(reason));
    }
    match old.filter(|old| seen.is_alive(old)) {
        None => Decision::Record(Event::Retired),
        Some(old) if waited > timeouts.retire => {
            Decision::Record(Event::failed(timed_out(&format!("{old} is still there"), waited)))
        }
        Some(old) => Decision::Do(Action::Terminate(old.clone())),
    }
}

/// First the address goes back, whatever EC2 tells of it just after it was moved; then what the new instance left of
/// its start is kept, then it is terminated.
fn decide_undo(
    record: &Record,
    undo: Undo,
    seen: &Observation,
    waited: Duration,
    timeouts: &Timeouts,
) -> Decision {
    let of_this = || seen.instances.iter().filter(|it| it.relaunch == Some(record.id));
    let mut launched = of_this().filter(|it| !it.state.is_gone()).peekable();
    let old_host = record.old_host.as_ref().filter(|old| seen.is_alive(old));
    let may_have_moved = undo.at >= StepName::Switch;
    let address_is_astray = may_have_moved && seen.address_holder.as_ref() != record.old_host.as_ref();
    // Until EC2 has carried out another move, what it tells of the address may be late news.
    let may_be_astray = may_have_moved && !undo.address_asked_back && waited <= timeouts.settle;
    let seen_old = record.old_host.as_ref().map(|old| OldHostSeen::of(old, seen));
    let is_silent = seen_old.as_ref().is_some_and(|it| it.is == OldHost::Silent);
    let undone = |left_behind| Decision::Record(Event::Undone { left_behind, old_host: seen_old.clone() });
    if waited > timeouts.undo {
        return undone(launched.map(|instance| instance.id.clone()).collect());
    }
    match old_host {
        Some(old) if address_is_astray || may_be_astray => {
            return Decision::Do(Action::MoveAddress(old.clone()));
        }
        _ => {}
    }
    if let Some(instance) = launched.peek() {
        return Decision::Do(if undo.boot_log_kept {
            Action::Terminate(instance.id.clone())
        } else {
            Action::KeepBootLog(instance.id.clone())
        });
    }
    // A relaunch has one instance at most: once that was seen, none is to come.
    if undo.instance_may_appear && of_this().next().is_none() && waited <= timeouts.settle {
        return Decision::Wait;
    }
    // One bad answer is not the last word.
    if is_silent && waited <= timeouts.settle {
        return Decision::Wait;
    }
    undone(Vec::new())
}

/// A new host that died will never serve, whatever the step. EC2 may say why: that it could not start it, for instance.
fn has_failed(new: &InstanceId, seen: &Observation) -> Option<Decision> {
    let instance = seen.instance(new).filter(|instance| has_died(instance.state))?;
    let reason = format!("{new} is {}; nothing in this relaunch asked for that", instance.state.as_str());
    let reason = match &instance.state_reason {
        Some(why) => format!("{reason}; EC2 says: {why}"),
        None => reason,
    };
    Some(Decision::Record(Event::failed(reason)))
}

fn no_answer(new: &InstanceId, seen: &Observation, waited: Duration) -> String {
    match &seen.probe {
        Some(Probe::Failed { reason, .. }) => {
            timed_out(&format!("{new} does not answer as it should: {reason}"), waited)
        }
        _ => timed_out(&format!("{new} could not be asked"), waited),
    }
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

/// What was waited for, and what AWS said last when it was asked for that.
fn with_refusal(what: &str, seen: &Observation) -> String {
    match &seen.last_refusal {
        Some(refusal) => format!("{what} ({refusal})"),
        None => what.to_owned(),
    }
}

fn timed_out(what: &str, waited: Duration) -> String {
    format!("{what} after {} s", waited.as_secs())
}
