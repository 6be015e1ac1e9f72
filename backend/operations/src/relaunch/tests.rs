//! What is decided about a relaunch, and what comes of it, without a cloud.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use rollcall_api::{
    host::InstanceState::{self, Pending, Running, ShuttingDown, Stopped, Terminated},
    relaunch::{RelaunchKind, RelaunchOutcome, StepName, StepOutcome},
};

use super::{
    Record, RelaunchId,
    apply::apply,
    decide::{Action, Decision, Event, Observation, decide},
    record::{Launch, Lease, Stage, Undo},
    timeouts::Timeouts,
};
use crate::{
    aws_id::{InstanceId, SubnetId},
    ec2::{Instance, LaunchRequest, StatusChecks},
    requester::Requester,
    revision::RevisionNumber,
};

fn id<T: TryFrom<String, Error: std::fmt::Debug>>(text: &str) -> T {
    T::try_from(text.to_owned()).expect("a valid id")
}

fn old() -> InstanceId {
    id("i-00000000000000001")
}

fn new() -> InstanceId {
    id("i-00000000000000002")
}

fn start() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a time")
}

fn after(seconds: u64) -> Timestamp {
    start() + Duration::from_secs(seconds)
}

/// Later than any step may take.
fn too_late() -> Timestamp {
    after(24 * 60 * 60)
}

fn relaunch_with(old_host: Option<InstanceId>) -> Record {
    Record {
        id: RelaunchId::new(start()),
        kind: RelaunchKind::Relaunch,
        from_revision: Some(RevisionNumber(1)),
        to_revision: RevisionNumber(2),
        old_host,
        requested_by: Requester::DirectInvocation,
        started_at: start(),
        stage: Stage::Preflight,
        stage_since: start(),
        steps: Record::steps_to_come(start()),
        lease: Lease::free(start()),
    }
}

fn relaunch() -> Record {
    relaunch_with(Some(old()))
}

fn launch_of(record: &Record) -> Launch {
    let request = LaunchRequest {
        launch_template: id("lt-00000000000000001"),
        launch_template_version: 1,
        subnet: id("subnet-0000000000000000a"),
        image: id("ami-00000000000000001"),
        instance_type: id("t2.micro"),
        revision: record.to_revision,
        relaunch: record.id,
    };
    Launch::first(request, vec![id("subnet-0000000000000000b")])
}

/// The record after each event in turn, all at the start.
fn after_events(record: Record, events: Vec<Event>) -> Record {
    events.into_iter().fold(record, |record, event| apply(record, event, start()))
}

fn launching() -> Record {
    let record = relaunch();
    let launch = launch_of(&record);
    after_events(record, vec![Event::Checked(launch)])
}

fn booting() -> Record {
    after_events(launching(), vec![Event::Launched(new())])
}

fn switching() -> Record {
    after_events(booting(), vec![Event::Booted])
}

fn retiring() -> Record {
    after_events(switching(), vec![Event::Switched])
}

/// What EC2 says, put together like a sentence.
#[derive(Default)]
struct Seen(Observation);

impl Seen {
    fn nothing() -> Self {
        Self::default()
    }

    fn instance(mut self, id: InstanceId, state: InstanceState, relaunch: Option<RelaunchId>) -> Self {
        self.0.instances.push(Instance {
            id,
            state,
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

    fn new(self, state: InstanceState, of: &Record) -> Self {
        self.instance(new(), state, Some(of.id))
    }

    fn address_at(mut self, holder: InstanceId) -> Self {
        self.0.address_holder = Some(holder);
        self
    }

    fn checks_passed(mut self) -> Self {
        self.0.checks = StatusChecks { instance_passed: true, system_passed: true };
        self
    }
}

fn decided(record: &Record, seen: Seen, now: Timestamp) -> Decision {
    decide(record, &seen.0, now, &Timeouts::default())
}

fn is_failure(decision: &Decision) -> bool {
    matches!(decision, Decision::Record(Event::Failed { .. }))
}

#[test]
fn a_new_relaunch_is_checked_first() {
    assert_eq!(decided(&relaunch(), Seen::nothing(), start()), Decision::Do(Action::Check));
}

#[test]
fn what_was_checked_is_launched() {
    let record = launching();
    let launch = launch_of(&record);
    assert_eq!(decided(&record, Seen::nothing().old(Running), start()), Decision::Do(Action::Launch(launch)));
}

#[test]
fn an_instance_whose_launch_reply_was_lost_is_adopted_and_none_launched() {
    let record = launching();
    let seen = Seen::nothing().old(Running).new(Pending, &record);
    assert_eq!(decided(&record, seen, start()), Decision::Record(Event::Launched(new())));
}

#[test]
fn an_instance_of_another_relaunch_is_not_adopted() {
    let record = launching();
    let other = RelaunchId::new(after(9));
    let seen = Seen::nothing().instance(new(), Running, Some(other));
    assert!(matches!(decided(&record, seen, start()), Decision::Do(Action::Launch(_))));
}

#[test]
fn without_capacity_the_next_subnet_is_tried_with_a_token_of_its_own() {
    let first = launching();
    let second = after_events(first.clone(), vec![Event::NoCapacity { reason: "no room".to_owned() }]);
    let (Stage::Launch(before), Stage::Launch(next)) = (&first.stage, &second.stage) else {
        panic!("both are launching: {first:?} {second:?}")
    };
    assert_eq!(next.request.subnet, id::<SubnetId>("subnet-0000000000000000b"));
    assert_ne!(next.client_token, before.client_token);
}

#[test]
fn without_capacity_anywhere_the_relaunch_is_undone() {
    let no_capacity = || Event::NoCapacity { reason: "no room".to_owned() };
    let record = after_events(launching(), vec![no_capacity(), no_capacity()]);
    assert!(matches!(record.stage, Stage::Undo(Undo { failed: StepName::Launch, .. })), "{:?}", record.stage);
}

#[test]
fn a_new_instance_that_is_not_to_be_seen_yet_is_waited_for() {
    assert_eq!(decided(&booting(), Seen::nothing().old(Running), after(5)), Decision::Wait);
}

#[test]
fn a_running_instance_is_waited_for_until_both_checks_pass() {
    let record = booting();
    let running = || Seen::nothing().old(Running).new(Running, &record);
    assert_eq!(decided(&record, running(), after(5)), Decision::Wait);
    assert_eq!(decided(&record, running().checks_passed(), after(5)), Decision::Record(Event::Booted));
}

#[test]
fn an_instance_that_dies_while_it_boots_fails_the_relaunch() {
    for state in [ShuttingDown, Terminated, Stopped] {
        let record = booting();
        let decision = decided(&record, Seen::nothing().old(Running).new(state, &record), after(5));
        assert!(is_failure(&decision), "{state:?}: {decision:?}");
    }
}

#[test]
fn the_address_moves_once_the_new_instance_booted() {
    let record = switching();
    let seen = Seen::nothing().old(Running).new(Running, &record).address_at(old());
    assert_eq!(decided(&record, seen, start()), Decision::Do(Action::MoveAddress(new())));
}

#[test]
fn the_old_host_is_terminated_only_once_the_address_points_to_the_new_one() {
    let record = retiring();
    let both = || Seen::nothing().old(Running).new(Running, &record);
    let early = decided(&record, both().address_at(old()), start());
    assert_eq!(early, Decision::Do(Action::MoveAddress(new())));
    let moved = decided(&record, both().address_at(new()), start());
    assert_eq!(moved, Decision::Do(Action::Terminate(old())));
}

#[test]
fn the_old_host_stays_when_the_new_one_died_after_the_switch() {
    let record = retiring();
    let seen = Seen::nothing().old(Running).new(Terminated, &record).address_at(new());
    assert!(is_failure(&decided(&record, seen, start())));
}

#[test]
fn a_relaunch_succeeds_when_the_old_host_is_on_its_way_out() {
    let record = retiring();
    let seen = Seen::nothing().old(ShuttingDown).new(Running, &record).address_at(new());
    assert_eq!(decided(&record, seen, start()), Decision::Record(Event::Retired));
    let record = after_events(record, vec![Event::Retired]);
    assert_eq!(record.outcome(), Some(RelaunchOutcome::Succeeded));
    assert!(
        record.steps.iter().all(|step| step.outcome == Some(StepOutcome::Succeeded)),
        "{:?}",
        record.steps
    );
}

#[test]
fn a_first_launch_has_nothing_to_retire() {
    let record = relaunch_with(None);
    let launch = launch_of(&record);
    let events = vec![Event::Checked(launch), Event::Launched(new()), Event::Booted, Event::Switched];
    let record = after_events(record, events);
    let seen = Seen::nothing().new(Running, &record).address_at(new());
    assert_eq!(decided(&record, seen, start()), Decision::Record(Event::Retired));
    let record = after_events(record, vec![Event::Retired]);
    let retire = record.steps.last().expect("a last step");
    assert_eq!((retire.name, retire.outcome), (StepName::Retire, Some(StepOutcome::Skipped)));
}

#[test]
fn undoing_moves_the_address_back_before_it_terminates_the_new_instance() {
    let record = after_events(retiring(), vec![Event::failed("the new host died")]);
    let both = || Seen::nothing().old(Running).new(Running, &record);
    let astray = decided(&record, both().address_at(new()), start());
    assert_eq!(astray, Decision::Do(Action::MoveAddress(old())));
    let back = decided(&record, both().address_at(old()), start());
    assert_eq!(back, Decision::Do(Action::Terminate(new())));
}

#[test]
fn undoing_touches_only_what_this_relaunch_launched() {
    let record = after_events(booting(), vec![Event::failed("timed out")]);
    let stranger = id::<InstanceId>("i-00000000000000009");
    let seen = Seen::nothing().old(Running).instance(stranger, Running, None).new(Terminated, &record);
    assert_eq!(
        decided(&record, seen.address_at(old()), start()),
        Decision::Record(Event::Undone { left_behind: vec![] })
    );
}

#[test]
fn an_instance_that_may_still_appear_is_waited_for_before_the_undoing_ends() {
    let failed = Event::Failed { reason: "no answer".to_owned(), instance_may_appear: true };
    let record = after_events(launching(), vec![failed]);
    assert_eq!(decided(&record, Seen::nothing().old(Running), after(1)), Decision::Wait);
    let late = Seen::nothing().old(Running).new(Pending, &record);
    assert_eq!(decided(&record, late, after(2)), Decision::Do(Action::Terminate(new())));
}

#[test]
fn a_failed_relaunch_keeps_the_old_host_and_a_failed_first_launch_has_none() {
    let undone = || vec![Event::failed("refused"), Event::Undone { left_behind: vec![] }];
    assert_eq!(after_events(relaunch(), undone()).outcome(), Some(RelaunchOutcome::RolledBack));
    assert_eq!(after_events(relaunch_with(None), undone()).outcome(), Some(RelaunchOutcome::Failed));
}

#[test]
fn a_failed_step_says_why_and_the_later_ones_were_skipped() {
    let record = after_events(booting(), vec![Event::failed("it is stopped")]);
    let outcomes: Vec<_> = record.steps.iter().map(|step| step.outcome).collect();
    let (succeeded, failed, skipped) =
        (Some(StepOutcome::Succeeded), Some(StepOutcome::Failed), Some(StepOutcome::Skipped));
    assert_eq!(outcomes, [succeeded, succeeded, failed, skipped, skipped]);
    assert_eq!(record.failed_step().and_then(|step| step.message.as_deref()), Some("it is stopped"));
}

#[test]
fn what_could_not_be_terminated_is_named_in_the_record() {
    let events = vec![Event::failed("timed out"), Event::Undone { left_behind: vec![new()] }];
    let record = after_events(booting(), events);
    let message = record.failed_step().and_then(|step| step.message.clone()).unwrap_or_default();
    assert!(message.contains(new().as_str()), "{message}");
}

#[test]
fn no_step_lasts_for_ever() {
    for record in [relaunch(), launching(), booting(), switching(), retiring()] {
        let seen = Seen::nothing().old(Running).new(Running, &record).address_at(old());
        // The launch adopts what it sees; without it, it is the launch that gave no instance.
        let seen = if matches!(record.stage, Stage::Launch(_)) { Seen::nothing() } else { seen };
        let decision = decided(&record, seen, too_late());
        assert!(matches!(decision, Decision::Record(_)), "{:?} went on: {decision:?}", record.stage);
    }
}

#[test]
fn an_event_of_another_stage_changes_nothing() {
    let record = booting();
    assert_eq!(apply(record.clone(), Event::Switched, after(1)), record);
}

#[test]
fn a_lease_is_renewed_before_the_longest_call_could_outlast_it() {
    let lease = Lease::free(start()).taken_by("driver".to_owned(), start());
    assert!(lease.is_held(after(29)) && !lease.is_held(after(30)));
    assert!(!lease.is_short(after(9)) && lease.is_short(after(10)));
}

fn any_state() -> impl Strategy<Value = Option<InstanceState>> {
    prop_oneof![
        Just(None),
        Just(Some(Pending)),
        Just(Some(Running)),
        Just(Some(ShuttingDown)),
        Just(Some(Terminated)),
        Just(Some(InstanceState::Stopping)),
        Just(Some(Stopped)),
    ]
}

proptest! {
    #[test]
    fn whatever_ec2_says_the_old_host_goes_only_while_the_new_one_runs_with_the_address(
        stage in 0usize..6,
        old_state in any_state(),
        new_state in any_state(),
        holder in prop_oneof![Just(None), Just(Some(old())), Just(Some(new()))],
        checks in any::<bool>(),
        seconds in 0u64..2_000,
    ) {
        let undoing = after_events(retiring(), vec![Event::failed("died")]);
        let records = [relaunch(), launching(), booting(), switching(), retiring(), undoing];
        let record = &records[stage];
        let mut seen = Seen::nothing();
        if let Some(state) = old_state { seen = seen.old(state); }
        if let Some(state) = new_state { seen = seen.new(state, record); }
        if let Some(holder) = holder.clone() { seen = seen.address_at(holder); }
        if checks { seen = seen.checks_passed(); }
        if decided(record, seen, after(seconds)) == Decision::Do(Action::Terminate(old())) {
            prop_assert!(matches!(record.stage, Stage::Retire(_)));
            prop_assert_eq!(holder, Some(new()));
            prop_assert_eq!(new_state, Some(Running));
        }
    }
}
