//! What an event makes of a record: pure, like the decision that led to it.

use jiff::Timestamp;
use rollcall_api::{
    audit::Actor,
    relaunch::{BootOutcome, BootReport, OldHost, RelaunchOutcome, Step, StepName, StepOutcome},
};

use super::{
    answers::Answers,
    decide::{Event, OldHostSeen},
    record::{Ended, Launch, Record, Stage, Undo, kind},
};
use crate::{host::recorded::Launched, ids::InstanceId};

/// The longest reason that a step keeps, in characters: what conformance finds can be many times that, and the page of
/// conformance tells it in full. A record stays below 16 KB.
const MAX_REASON: usize = 2_000;

/// The record after `event`. An event that does not belong to the record's stage changes nothing.
#[must_use]
pub fn apply(mut record: Record, event: Event, now: Timestamp) -> Record {
    match (record.stage.clone(), event) {
        (stage, Event::Failed { reason, instance_may_appear }) => {
            fail(&mut record, reason, instance_may_appear || is_unseen(&stage), now)
        }
        (Stage::Preflight, Event::Checked { launch, replaced }) => {
            if let Some(to) = record.to_revision {
                record.kind = kind(replaced.host.is_some(), replaced.revision, to);
            }
            (record.old_host, record.from_revision) = (replaced.host, replaced.revision);
            let message = format!("EC2 would launch {}", describe(&launch));
            let resources =
                vec![launch.request.launch_template.to_string(), launch.request.image.to_string()];
            advance(&mut record, Stage::Launch(launch), Some(message), resources, now);
        }
        (Stage::Launch(launch), Event::NoCapacity { reason }) => {
            try_elsewhere(&mut record, launch, reason, now)
        }
        (Stage::Launch(launch), Event::Launched(new)) => {
            let message = format!("{new} in {}", launch.request.subnet);
            let resources = vec![new.to_string(), launch.request.subnet.to_string()];
            record.launched = Some(Launched { instance: new.clone(), request: launch.request });
            advance(&mut record, Stage::Boot(new), Some(message), resources, now);
        }
        (Stage::Boot(new), Event::Booted) => {
            let message = "running, both status checks passed".to_owned();
            let resources = vec![new.to_string()];
            advance(&mut record, Stage::Report(new), Some(message), resources, now);
        }
        (Stage::Report(new), Event::Reported(report)) => reported(&mut record, new, &report, now),
        (Stage::Probe(new), Event::Probed { address, lacking }) => {
            probed(&mut record, new, address, &lacking, now);
        }
        (Stage::Approve(_), Event::Approved { by }) => {
            if let Some(approval) = &mut record.approval {
                approval.given_by = Some(by);
                record.stage_since = now;
            }
        }
        (Stage::Approve(new), Event::Accepted { lacking }) => {
            let by = record.approval.as_ref().and_then(|it| it.given_by.as_ref());
            let by = by.map_or_else(|| "nobody".to_owned(), Actor::to_string);
            let message = with_lacking(format!("approved by {by}, and it answers still"), &lacking);
            let resources = vec![new.to_string()];
            advance(&mut record, Stage::Switch(new), Some(message), resources, now);
        }
        (Stage::Switch(new), Event::Switched) => {
            let message = format!("the address points to {new}");
            let resources = vec![new.to_string()];
            advance(&mut record, Stage::Bake(new), Some(message), resources, now);
        }
        (Stage::Bake(new), Event::Baked { lacking }) => {
            let message = format!("still answers, now under the address; {}", record.answers);
            let message = with_lacking(message, &lacking);
            let resources = vec![new.to_string()];
            advance(&mut record, Stage::Retire(new), Some(message), resources, now);
        }
        (Stage::Retire(_) | Stage::Terminate, Event::Retired) => retired(&mut record, now),
        (Stage::Retire(_), Event::NotRetired { reason }) => {
            let old: Vec<String> = record.old_host.iter().map(InstanceId::to_string).collect();
            let reason = shortened(reason);
            let reason = format!("{reason}; left behind, terminate by hand: {}", old.join(", "));
            end_step(&mut record, StepName::Retire, StepOutcome::Failed, Some(reason), old, now);
            end(&mut record, RelaunchOutcome::Succeeded, now);
        }
        (_, Event::Cancelled { by }) => cancel(&mut record, by, now),
        // The time to undo goes on counting.
        (Stage::Undo(undo), Event::AddressAskedBack) => {
            record.stage = Stage::Undo(Undo { address_asked_back: true, ..undo });
        }
        (Stage::Undo(undo), Event::BootLogKept) => {
            record.stage = Stage::Undo(Undo { boot_log_kept: true, ..undo });
            record.answers.forget_failed();
        }
        (Stage::Undo(undo), Event::Undone { left_behind, old_host }) => {
            undone(&mut record, undo, &left_behind, old_host, now);
        }
        (Stage::Undo(undo), Event::GivenUp { reason }) => {
            let left = format!("what is left of it is not known, since {reason}; look for it by hand");
            add_to_message(&mut record, undo.at, &left);
            record.old_host_seen = record.old_host.as_ref().map(|_| OldHost::Unknown);
            end_undone(&mut record, false, now);
        }
        (_, _) => {}
    }
    record
}

/// On to the switch, or to the person who is to look at the new host first.
fn probed(record: &mut Record, new: InstanceId, address: Option<String>, lacking: &[String], now: Timestamp) {
    let message = "answers over HTTP from outside, with its own instance id".to_owned();
    let message = with_lacking(message, lacking);
    let resources = vec![new.to_string()];
    let next = match &mut record.approval {
        Some(approval) => {
            (approval.since, approval.address) = (Some(now), address);
            Stage::Approve(new)
        }
        None => Stage::Switch(new),
    };
    advance(record, next, Some(message), resources, now);
}

/// What was only wanted of the new host, and is not so, is told where the step succeeds.
fn with_lacking(message: String, lacking: &[String]) -> String {
    if lacking.is_empty() {
        message
    } else {
        format!("{message}; wanted, and not so: {}", lacking.join("; "))
    }
}

fn describe(launch: &Launch) -> String {
    let request = &launch.request;
    format!("{} from {} in {}", request.instance_type.as_str(), request.image, request.subnet)
}

/// Ends the step under way and begins the next.
fn advance(record: &mut Record, to: Stage, message: Option<String>, resources: Vec<String>, now: Timestamp) {
    if let Some(step) = record.stage.step() {
        end_step(record, step, StepOutcome::Succeeded, message, resources, now);
    }
    if let Some(next) = to.step().and_then(|step| record.step_mut(step)) {
        next.started_at = Some(now);
    }
    enter(record, to, now);
}

fn enter(record: &mut Record, stage: Stage, now: Timestamp) {
    if matches!(stage, Stage::Bake(_)) {
        record.answers.restart();
    }
    if matches!(stage, Stage::Ended(_)) {
        record.answers = Answers::default();
    }
    record.stage = stage;
    record.stage_since = now;
}

fn end_step(
    record: &mut Record,
    name: StepName,
    outcome: StepOutcome,
    message: Option<String>,
    resources: Vec<String>,
    now: Timestamp,
) {
    if let Some(step) = record.step_mut(name) {
        step.outcome = Some(outcome);
        step.started_at.get_or_insert(now);
        step.ended_at = Some(now);
        step.message = message;
        step.resources = resources;
    }
}

fn try_elsewhere(record: &mut Record, launch: Launch, reason: String, now: Timestamp) {
    match launch.elsewhere() {
        Some(next) => {
            let reason = shortened(reason);
            if let Some(step) = record.step_mut(StepName::Launch) {
                let (kind, subnet) = (next.request.instance_type.as_str(), &next.request.subnet);
                step.message = Some(format!("{reason}; trying {kind} in {subnet}"));
            }
            enter(record, Stage::Launch(next), now);
        }
        None => fail(record, reason, false, now),
    }
}

fn reported(record: &mut Record, new: InstanceId, report: &BootReport, now: Timestamp) {
    let after = format!("after {} s", report.seconds);
    let code = report.exit_code.map_or_else(|| "unknown".to_owned(), |code| code.to_string());
    let reason = match report.outcome {
        BootOutcome::Answering => {
            let message = format!("the host reports that its app answers {after}");
            let resources = vec![new.to_string()];
            return advance(record, Stage::Probe(new), Some(message), resources, now);
        }
        BootOutcome::ScriptFailed => format!("the recipe failed {after}, with exit code {code}"),
        BootOutcome::NotListening => format!("the recipe ended, and no app listens {after}"),
        BootOutcome::Hung => format!("the recipe hangs: it still runs, and no app listens {after}"),
    };
    fail(record, reason, false, now);
}

/// Once the address has moved, a failure is undone like any other; during the undoing it changes nothing.
fn fail(record: &mut Record, reason: String, instance_may_appear: bool, now: Timestamp) {
    let reason = shortened(reason);
    if record.stage == Stage::Terminate {
        end_step(record, StepName::Retire, StepOutcome::Failed, Some(reason), Vec::new(), now);
        return end(record, RelaunchOutcome::Failed, now);
    }
    turn_back(record, StepOutcome::Failed, reason, instance_may_appear, now);
}

/// The beginning of a reason that is too long to keep.
fn shortened(reason: String) -> String {
    match reason.char_indices().nth(MAX_REASON) {
        Some((end, _)) => format!("{}…", &reason[..end]),
        None => reason,
    }
}

/// Whether there may be an instance that EC2 does not show yet: a launch whose reply was lost may have gone through
/// even if the next one is refused, and a launch that is known to have gone through may not show for a while.
const fn is_unseen(stage: &Stage) -> bool {
    matches!(stage, Stage::Launch(_) | Stage::Boot(_))
}

/// Whoever was driving may be in the middle of a launch, so that its instance may still show up.
fn cancel(record: &mut Record, by: Actor, now: Timestamp) {
    if !record.stage.is_cancellable() {
        return;
    }
    let instance_may_appear = is_unseen(&record.stage);
    turn_back(record, StepOutcome::Skipped, format!("stopped by {by}"), instance_may_appear, now);
    record.cancelled_by = Some(by);
}

fn turn_back(
    record: &mut Record,
    outcome: StepOutcome,
    message: String,
    instance_may_appear: bool,
    now: Timestamp,
) {
    let Some(at) = record.stage.step() else { return };
    let resources = record.stage.new_instance().map(|id| vec![id.to_string()]).unwrap_or_default();
    end_step(record, at, outcome, Some(message), resources, now);
    for step in record.steps.iter_mut().filter(|step| step.name > at) {
        skip(step);
    }
    let undo = Undo {
        at,
        began_at: Some(now),
        instance_may_appear,
        address_asked_back: false,
        boot_log_kept: false,
    };
    enter(record, Stage::Undo(undo), now);
}

fn skip(step: &mut Step) {
    step.outcome = Some(StepOutcome::Skipped);
}

fn retired(record: &mut Record, now: Timestamp) {
    let (outcome, message, resources) = match &record.old_host {
        Some(old) => (
            StepOutcome::Succeeded,
            format!("{old} is terminated, or being terminated"),
            vec![old.to_string()],
        ),
        None => (StepOutcome::Skipped, "there was no host before".to_owned(), Vec::new()),
    };
    end_step(record, StepName::Retire, outcome, Some(message), resources, now);
    end(record, RelaunchOutcome::Succeeded, now);
}

fn undone(
    record: &mut Record,
    undo: Undo,
    left_behind: &[InstanceId],
    old_host: Option<OldHostSeen>,
    now: Timestamp,
) {
    if !left_behind.is_empty() {
        let ids: Vec<_> = left_behind.iter().map(InstanceId::as_str).collect();
        add_to_message(record, undo.at, &format!("left behind, terminate by hand: {}", ids.join(", ")));
    }
    let seen = old_host.as_ref().map(|old| old.is);
    if let Some(why) = old_host.and_then(|old| old.why) {
        let of = if seen == Some(OldHost::Unknown) {
            "whether the old host serves is not known"
        } else {
            "the old host does not serve"
        };
        add_to_message(record, undo.at, &format!("{of}: {why}"));
    }
    record.old_host_seen = seen;
    end_undone(record, matches!(seen, Some(OldHost::Serves | OldHost::Unknown)), now);
}

fn add_to_message(record: &mut Record, step: StepName, more: &str) {
    if let Some(step) = record.step_mut(step) {
        let message = step.message.take().unwrap_or_default();
        step.message = Some(format!("{message}; {more}"));
    }
}

fn end_undone(record: &mut Record, may_serve: bool, now: Timestamp) {
    let outcome = match (&record.cancelled_by, may_serve) {
        (Some(_), _) => RelaunchOutcome::Cancelled,
        (None, true) => RelaunchOutcome::RolledBack,
        (None, false) => RelaunchOutcome::Failed,
    };
    end(record, outcome, now);
}

fn end(record: &mut Record, outcome: RelaunchOutcome, now: Timestamp) {
    enter(record, Stage::Ended(Ended { outcome, at: now }), now);
}
