//! What is decided about a relaunch, and what comes of it, without a cloud.
//!
//! Here are the records and sights that the tests speak of; [`deciding`] holds what is decided, [`applying`] what comes
//! of it, [`driving`] what a driver does over a stand-in for the cloud, [`durable`] the same under AWS's durable execution,
//! [`model`] tries every way a relaunch can go, and [`several`] what several of them leave to each other.

mod applying;
mod deciding;
mod driving;
mod durable;
mod model;
mod several;

use std::{sync::LazyLock, time::Duration};

use jiff::Timestamp;
use rollcall_api::{
    audit::Actor,
    host::InstanceState,
    relaunch::{BootOutcome, BootReport, HostAnswer, OldHost, RelaunchKind, StepName},
};

use super::{
    Record,
    apply::apply,
    decide::{Event, Observation, OldHostSeen, Replaced},
    lease::Lease,
    record::{Approval, Launch, Placement, Stage},
};
use crate::{
    ec2::{Instance, LaunchRequest, StatusChecks},
    ids::{InstanceId, RelaunchId, RevisionNumber},
    probe::Probe,
};

/// The relaunch that the tests speak of.
static RELAUNCH: LazyLock<RelaunchId> = LazyLock::new(|| RelaunchId::new(start()));

fn id<T: TryFrom<String, Error: std::fmt::Debug>>(text: &str) -> T {
    T::try_from(text.to_owned()).expect("a valid id")
}

fn old() -> InstanceId {
    id("i-00000000000000001")
}

fn new() -> InstanceId {
    id("i-00000000000000002")
}

/// A second new instance; there should never be one.
fn new_2() -> InstanceId {
    id("i-00000000000000003")
}

/// An instance with the deployment's tag that is none of this relaunch's business.
fn stranger() -> InstanceId {
    id("i-00000000000000009")
}

fn start() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a time")
}

fn after(seconds: u64) -> Timestamp {
    start() + Duration::from_secs(seconds)
}

fn operator() -> Actor {
    Actor::Person { name: "olivia".to_owned(), issuer: None, subject: None }
}

fn relaunch_with(old_host: Option<InstanceId>) -> Record {
    let asked = (Actor::DirectInvocation, None);
    Record {
        id: *RELAUNCH,
        from_revision: Some(RevisionNumber(1)),
        to_revision: Some(RevisionNumber(2)),
        old_host,
        ..Record::asked_for(RelaunchKind::Relaunch, Stage::Preflight, None, asked, start())
    }
}

/// A relaunch with every step, a person's approval among them.
pub(super) fn relaunch() -> Record {
    let approval = Some(Approval::within(4));
    let steps = Record::steps_from(StepName::Preflight, approval.as_ref(), start());
    Record { approval, steps, ..relaunch_by_itself() }
}

/// A relaunch that waits for nobody.
fn relaunch_by_itself() -> Record {
    relaunch_with(Some(old()))
}

/// The host is to go, with no other to take its place.
fn terminating() -> Record {
    Record {
        kind: RelaunchKind::Terminate,
        to_revision: None,
        stage: Stage::Terminate,
        steps: Record::steps_from(StepName::Retire, None, start()),
        ..relaunch_by_itself()
    }
}

fn launch_of(record: &Record) -> Launch {
    let request = LaunchRequest {
        launch_template: id("lt-00000000000000001"),
        launch_template_version: 1,
        subnet: id("subnet-0000000000000000a"),
        image: id("ami-00000000000000001"),
        instance_type: id("t2.micro"),
        revision: RevisionNumber(2),
        relaunch: record.id,
    };
    let elsewhere = Placement { subnet: id("subnet-0000000000000000b"), instance_type: id("t2.micro") };
    Launch::first(request, vec![elsewhere])
}

/// A host that answers otherwise than it should.
fn failed_probe(asked_at: Timestamp) -> Probe {
    let said = "status 502".to_owned();
    let answer = HostAnswer { asked_at, url: "http://203.0.113.7/info".to_owned(), said: said.clone() };
    Probe::Failed { reason: said, answers: vec![answer] }
}

/// What was seen of the old host: that it serves, or that it is away.
fn old_host(serves: bool) -> Option<OldHostSeen> {
    let (is, why) =
        if serves { (OldHost::Serves, None) } else { (OldHost::Away, Some("it is gone".to_owned())) };
    Some(OldHostSeen { is, why })
}

/// The record after each event in turn, all at the start.
fn after_events(record: Record, events: Vec<Event>) -> Record {
    events.into_iter().fold(record, |record, event| apply(record, event, start()))
}

fn report(outcome: BootOutcome) -> BootReport {
    BootReport { outcome, exit_code: Some(1), seconds: 42 }
}

/// What happens, in this order, when all goes well.
fn good_events(record: &Record) -> [Event; 9] {
    [
        Event::Checked {
            launch: launch_of(record),
            replaced: Replaced { host: record.old_host.clone(), revision: record.from_revision },
        },
        Event::Launched(new()),
        Event::Booted,
        Event::Reported(report(BootOutcome::Answering)),
        Event::Probed { address: None, lacking: Vec::new() },
        Event::Accepted { lacking: Vec::new() },
        Event::Switched,
        Event::Baked { lacking: Vec::new() },
        Event::Retired,
    ]
}

/// `record` once it has come to this step.
fn up_to(record: Record, step: StepName) -> Record {
    let events = good_events(&record);
    let count = StepName::ALL.iter().position(|it| *it == step).expect("a step");
    after_events(record, events[..count].to_vec())
}

/// A relaunch that has come to this step.
fn at(step: StepName) -> Record {
    up_to(relaunch(), step)
}

/// A relaunch that failed in this step and is being undone.
fn undoing(step: StepName) -> Record {
    after_events(at(step), vec![Event::failed("it went wrong")])
}

/// What EC2 says, put together like a sentence.
#[derive(Debug, Clone, Default)]
struct Seen(Observation);

impl Seen {
    fn nothing() -> Self {
        Self::default()
    }

    fn instance(mut self, id: InstanceId, state: InstanceState, relaunch: Option<RelaunchId>) -> Self {
        self.0.instances.push(Instance {
            id,
            state,
            state_reason: None,
            availability_zone: None,
            subnet: Some("subnet-0000000000000000a".to_owned()),
            private_ip: None,
            public_ip: None,
            image: None,
            instance_type: None,
            profile: None,
            tokens_required: true,
            groups: Vec::new(),
            launched_at: None,
            revision: None,
            relaunch,
        });
        self
    }

    fn old(self, state: InstanceState) -> Self {
        self.instance(old(), state, None)
    }

    #[expect(clippy::wrong_self_convention, reason = "it is the new host, beside the old one")]
    fn new(self, state: InstanceState) -> Self {
        self.instance(new(), state, Some(*RELAUNCH))
    }

    /// EC2 says why the instance that was named last is in its state.
    fn because(mut self, reason: &str) -> Self {
        if let Some(instance) = self.0.instances.last_mut() {
            instance.state_reason = Some(reason.to_owned());
        }
        self
    }

    fn address_at(mut self, holder: InstanceId) -> Self {
        self.0.address_holder = Some(holder);
        self
    }

    fn checks(mut self, instance_passed: bool, system_passed: bool) -> Self {
        self.0.checks = StatusChecks { instance_passed, system_passed };
        self
    }

    fn checks_passed(self) -> Self {
        self.checks(true, true)
    }

    fn reported(mut self, outcome: BootOutcome) -> Self {
        self.0.report = Some(report(outcome));
        self
    }

    fn answered(mut self) -> Self {
        self.0.probe = Some(Probe::Answered { lacking: Vec::new() });
        self
    }

    /// The old host answers under its address.
    fn old_answers(mut self) -> Self {
        self.0.old_probe = Some(Probe::Answered { lacking: Vec::new() });
        self
    }

    /// The old host is asked under its address, and does not answer as it should.
    fn old_is_silent(mut self) -> Self {
        self.0.old_probe = Some(failed_probe(start()));
        self
    }

    fn not_answered(mut self) -> Self {
        self.0.probe = Some(failed_probe(start()));
        self
    }
}
