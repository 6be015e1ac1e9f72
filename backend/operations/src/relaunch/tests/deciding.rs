//! What is decided, for every stage and everything that may be seen there.

use proptest::prelude::*;
use rollcall_api::{
    host::InstanceState::{self, Pending, Running, ShuttingDown, Stopped, Stopping, Terminated},
    relaunch::{
        BootOutcome::{Answering, ScriptFailed},
        StepName,
    },
};

use super::*;
use crate::relaunch::{
    decide::{
        Action::{self, Check, KeepBootLog, KeepReport, MoveAddress},
        Decision, decide,
    },
    timeouts::Timeouts,
};

fn decided(record: &Record, seen: Seen, seconds: u64) -> Decision {
    decide(record, &seen.0, after(seconds), &Timeouts::default())
}

/// What a row of a table expects.
#[derive(Debug, Clone)]
enum Then {
    Does(Action),
    Records(Event),
    /// What is left behind is this, and the old host is so.
    Undone {
        left_behind: Vec<InstanceId>,
        old_host: OldHost,
    },
    /// Fails for a reason that holds these words.
    FailsWith(&'static str),
    NotRetired,
    Waits,
    Leaves,
    Finished,
}

use Then::{Does, FailsWith, Finished, Leaves, NotRetired, Records, Undone, Waits};

impl Then {
    fn is(&self, decision: &Decision) -> bool {
        match (self, decision) {
            (Does(action), Decision::Do(found)) => action == found,
            (FailsWith(words), Decision::Record(Event::Failed { reason, .. })) => reason.contains(words),
            (Records(event), Decision::Record(found)) => event == found,
            (
                Undone { left_behind, old_host },
                Decision::Record(Event::Undone { left_behind: left, old_host: Some(seen) }),
            ) => left_behind == left && *old_host == seen.is,
            (NotRetired, Decision::Record(Event::NotRetired { .. }))
            | (Waits, Decision::Wait)
            | (Leaves, Decision::Leave)
            | (Finished, Decision::Finished) => true,
            _ => false,
        }
    }
}

/// Which stage a record is in. Without a wildcard: a new stage needs a table of its own.
const fn stage_number(stage: &Stage) -> usize {
    match stage {
        Stage::Preflight => 0,
        Stage::Launch(_) => 1,
        Stage::Boot(_) => 2,
        Stage::Report(_) => 3,
        Stage::Probe(_) => 4,
        Stage::Approve(_) => 5,
        Stage::Switch(_) => 6,
        Stage::Bake(_) => 7,
        Stage::Retire(_) => 8,
        Stage::Terminate => 9,
        Stage::Undo(_) => 10,
        Stage::Ended(_) => 11,
    }
}

const STAGES: usize = 12;

/// A record, what is seen, how many seconds after its stage began, and what is decided.
type Row = (Record, Seen, u64, Then);

const SOON: u64 = 1;
const LATE: u64 = 24 * 60 * 60;

fn nothing() -> Seen {
    Seen::nothing()
}

/// The old host runs, holds the address and answers there.
fn before() -> Seen {
    nothing().old(Running).address_at(old()).old_answers()
}

/// The old host runs, and so does the new one with the address.
fn moved() -> Seen {
    nothing().old(Running).new(Running).address_at(new())
}

fn terminate(id: InstanceId) -> Then {
    Does(Action::Terminate(id))
}

fn undone(left_behind: Vec<InstanceId>, serves: bool) -> Then {
    Undone { left_behind, old_host: if serves { OldHost::Serves } else { OldHost::Away } }
}

/// Nothing is left behind, and the old host is so.
fn is_left(old_host: OldHost) -> Then {
    Undone { left_behind: vec![], old_host }
}

/// In each of these states a new host will never serve, whatever the stage; where EC2 says why, that is told.
fn dead_in(record: &Record) -> Vec<Row> {
    let why = "Server.InternalError: no room";
    [ShuttingDown, Terminated, Stopping, Stopped]
        .into_iter()
        .flat_map(|state| {
            [
                (before().new(state), "nothing in this relaunch asked for that"),
                (before().new(state).because(why), "asked for that; EC2 says: Server.InternalError: no room"),
            ]
        })
        .map(|(seen, words)| (record.clone(), seen, SOON, FailsWith(words)))
        .collect()
}

fn preflight() -> Vec<Row> {
    let record = || at(StepName::Preflight);
    vec![
        (record(), nothing(), SOON, Does(Check)),
        (record(), before(), 60, Does(Check)),
        (record(), before(), 61, FailsWith("the checks gave no answer after 61 s")),
    ]
}

fn launch() -> Vec<Row> {
    let record = || at(StepName::Launch);
    let launch = || Does(Action::Launch(launch_of(&record())));
    let other = || RelaunchId::new(after(9));
    vec![
        (record(), before(), SOON, launch()),
        (record(), before(), 120, launch()),
        // The reply was lost: the instance is adopted and none launched, late as it may be.
        (record(), before().new(Pending), SOON, Records(Event::Launched(new()))),
        (record(), before().new(Running), LATE, Records(Event::Launched(new()))),
        // Whatever became of it since, it is found out where it belongs.
        (record(), before().new(Terminated), SOON, Records(Event::Launched(new()))),
        (record(), before().instance(stranger(), Running, Some(other())), SOON, launch()),
        (record(), before().instance(stranger(), Running, None), SOON, launch()),
        (record(), before(), 121, FailsWith("EC2 confirmed no instance")),
    ]
}

fn boot() -> Vec<Row> {
    let record = || at(StepName::Boot);
    let mut rows = vec![
        // Not seeing it is no proof that it is gone.
        (record(), before(), SOON, Waits),
        (record(), before().new(Pending), SOON, Waits),
        (record(), before().new(Pending).checks_passed(), SOON, Waits),
        (record(), before().new(Running), SOON, Waits),
        (record(), before().new(Running).checks(true, false), SOON, Waits),
        (record(), before().new(Running).checks(false, true), SOON, Waits),
        (record(), before().new(Running).checks_passed(), SOON, Records(Event::Booted)),
        (record(), before().new(Running).checks_passed(), LATE, Records(Event::Booted)),
        (record(), before().new(Running), 600, Waits),
        (record(), before().new(Running), 601, FailsWith("has not passed both status checks")),
        (record(), before().new(Pending), 601, FailsWith("is pending after")),
        (record(), before(), 601, FailsWith("is not to be seen after")),
    ];
    rows.extend(dead_in(&record()));
    rows
}

fn report_table() -> Vec<Row> {
    let record = || at(StepName::Report);
    let running = || before().new(Running);
    let mut rows = vec![
        (record(), running(), SOON, Waits),
        (record(), before(), SOON, Waits),
        (record(), running(), 600, Waits),
        (record(), running(), 601, FailsWith("sent no boot report")),
        // Whatever it says, however late, and even from a host that died since: it is kept first.
        (record(), running().reported(Answering), SOON, Does(KeepReport(new()))),
        (record(), running().reported(ScriptFailed), SOON, Does(KeepReport(new()))),
        (record(), running().reported(Answering), LATE, Does(KeepReport(new()))),
        (record(), before().new(Terminated).reported(ScriptFailed), SOON, Does(KeepReport(new()))),
    ];
    rows.extend(dead_in(&record()));
    rows
}

fn probe() -> Vec<Row> {
    let record = || at(StepName::Probe);
    let running = || before().new(Running);
    let mut rows = vec![
        (record(), running(), SOON, Waits),
        (record(), running().not_answered(), SOON, Waits),
        (record(), running().answered(), SOON, Records(probed())),
        (record(), running().answered(), LATE, Records(probed())),
        (record(), running().not_answered(), 60, Waits),
        (record(), running().not_answered(), 61, FailsWith("status 502")),
        (record(), running(), 61, FailsWith("could not be asked")),
        (record(), before().new(Terminated).answered(), SOON, FailsWith("terminated")),
    ];
    rows.extend(dead_in(&record()));
    rows
}

fn probed() -> Event {
    Event::Probed { address: None, lacking: Vec::new() }
}

fn baked() -> Event {
    Event::Baked { lacking: Vec::new() }
}

/// Four hours, in seconds: what the approval may take.
const APPROVED_WITHIN: u64 = 4 * 60 * 60;

fn approve() -> Vec<Row> {
    let record = || at(StepName::Approve);
    let approved = || after_events(record(), vec![Event::Approved { by: operator() }]);
    let running = || before().new(Running);
    let accepted = || Records(Event::Accepted { lacking: Vec::new() });
    let mut rows = vec![
        (record(), running(), SOON, Leaves),
        (record(), running().answered(), SOON, Leaves),
        (record(), running().answered(), APPROVED_WITHIN - 1, Leaves),
        (
            record(),
            running().answered(),
            APPROVED_WITHIN,
            FailsWith("nobody approved the new host within 4 h"),
        ),
        // What was good when it was looked at must be good still.
        (approved(), running(), SOON, Waits),
        (approved(), running().not_answered(), 60, Waits),
        (approved(), running().not_answered(), 61, FailsWith("status 502")),
        (approved(), running().answered(), SOON, accepted()),
        (approved(), running().answered(), LATE, accepted()),
    ];
    rows.extend(dead_in(&record()));
    rows.extend(dead_in(&approved()));
    rows
}

fn switch() -> Vec<Row> {
    let record = || at(StepName::Switch);
    let mut rows = vec![
        (record(), before().new(Running), SOON, Does(MoveAddress(new()))),
        (record(), nothing().old(Running).new(Running), SOON, Does(MoveAddress(new()))),
        (record(), moved(), SOON, Records(Event::Switched)),
        (record(), moved(), LATE, Records(Event::Switched)),
        (record(), before().new(Running), 60, Does(MoveAddress(new()))),
        (record(), before().new(Running), 61, FailsWith("the address did not move")),
        (record(), nothing().new(Terminated).address_at(new()), SOON, FailsWith("terminated")),
    ];
    rows.extend(dead_in(&record()));
    rows
}

fn bake() -> Vec<Row> {
    let record = || at(StepName::Bake);
    let astray = || before().new(Running);
    let mut rows = vec![
        // However well it answers, it serves for a while first.
        (record(), moved().answered(), SOON, Waits),
        (record(), moved().answered(), 119, Waits),
        (record(), moved().answered(), 120, Records(baked())),
        (record(), moved().answered(), LATE, Records(baked())),
        (record(), moved().not_answered(), 120, Waits),
        (record(), moved(), 120, Waits),
        (record(), astray().answered(), 120, Does(MoveAddress(new()))),
        (record(), moved().not_answered(), 180, Waits),
        (record(), moved().not_answered(), 181, FailsWith("status 502")),
        (record(), moved(), 181, FailsWith("could not be asked")),
        (record(), astray().answered(), 181, FailsWith("could not be asked")),
    ];
    rows.extend(dead_in(&record()));
    rows
}

fn retire() -> Vec<Row> {
    let record = || at(StepName::Retire);
    let first = || up_to(relaunch_with(None), StepName::Retire);
    let mut rows = vec![
        (record(), moved(), SOON, terminate(old())),
        (record(), moved(), 120, terminate(old())),
        (record(), moved(), 121, NotRetired),
        (record(), before().new(Running), SOON, Does(MoveAddress(new()))),
        (record(), nothing().old(Running).new(Running), SOON, Does(MoveAddress(new()))),
        (record(), nothing().old(Stopped).new(Running).address_at(new()), SOON, terminate(old())),
        (record(), nothing().old(ShuttingDown).new(Running).address_at(new()), SOON, Records(Event::Retired)),
        (record(), nothing().old(Terminated).new(Running).address_at(new()), SOON, Records(Event::Retired)),
        (record(), nothing().new(Running).address_at(new()), SOON, Records(Event::Retired)),
        (first(), nothing().new(Running).address_at(new()), SOON, Records(Event::Retired)),
        // The old host stays while the new one is not seen to run.
        (record(), nothing().old(Running).address_at(new()), SOON, Waits),
        (record(), nothing().old(Running).new(Pending).address_at(new()), SOON, Waits),
        (record(), nothing().old(Running).address_at(new()), 121, FailsWith("is not to be seen")),
        // Whatever became of the old one, it is over only once the new one is seen to serve.
        (record(), nothing().old(Terminated).new(Running), SOON, Does(MoveAddress(new()))),
        (record(), nothing().old(Terminated).new(Running), 121, FailsWith("the address does not point to")),
        (record(), before().new(Running), 121, FailsWith("the address does not point to")),
        (record(), nothing().old(Terminated).new(Terminated), SOON, FailsWith("is terminated")),
        (first(), nothing().new(Stopped), SOON, FailsWith("is stopped")),
    ];
    rows.extend(dead_in(&record()));
    rows
}

fn terminate_table() -> Vec<Row> {
    vec![
        (terminating(), before(), SOON, terminate(old())),
        (terminating(), nothing().old(Stopped), SOON, terminate(old())),
        (terminating(), before(), 120, terminate(old())),
        (terminating(), before(), 121, FailsWith("is still there")),
        (terminating(), nothing().old(ShuttingDown), SOON, Records(Event::Retired)),
        (terminating(), nothing().old(Terminated), LATE, Records(Event::Retired)),
        (terminating(), nothing(), SOON, Records(Event::Retired)),
    ]
}

fn undo() -> Vec<Row> {
    let asked = |step| after_events(undoing(step), vec![Event::AddressAskedBack]);
    let kept = |step| after_events(asked(step), vec![Event::BootLogKept]);
    let mut rows = vec![
        // First the address, then the boot log, then the instance.
        (undoing(StepName::Bake), moved(), SOON, Does(MoveAddress(old()))),
        (asked(StepName::Bake), moved(), SOON, Does(MoveAddress(old()))),
        // What EC2 told just before may be late news.
        (undoing(StepName::Bake), before().new(Running), SOON, Does(MoveAddress(old()))),
        (undoing(StepName::Switch), before().new(Terminated), SOON, Does(MoveAddress(old()))),
        // Where EC2 refuses to move it, it is believed in the end.
        (undoing(StepName::Switch), before().new(Terminated), 60, Does(MoveAddress(old()))),
        (undoing(StepName::Switch), before().new(Terminated), 61, undone(vec![], true)),
        (undoing(StepName::Bake), nothing().old(Running).new(Running), SOON, Does(MoveAddress(old()))),
        (asked(StepName::Bake), before().new(Running), SOON, Does(KeepBootLog(new()))),
        (kept(StepName::Bake), before().new(Running), SOON, terminate(new())),
        (kept(StepName::Bake), before().new(ShuttingDown), SOON, undone(vec![], true)),
        // A host that is stopped serves nobody, whatever points to it.
        (undoing(StepName::Report), nothing().old(Stopped).address_at(old()), SOON, undone(vec![], false)),
        // The old host is gone: there is nowhere to move the address to.
        (undoing(StepName::Bake), nothing().old(Terminated).address_at(new()), SOON, undone(vec![], false)),
        // Its time is over: what is left is named, and nobody says that the old host serves if it does not.
        (undoing(StepName::Boot), before().new(Running), LATE, undone(vec![new()], true)),
        (undoing(StepName::Bake), moved(), LATE, undone(vec![new()], false)),
        // Only what this relaunch launched is touched.
        (undoing(StepName::Report), before().instance(stranger(), Running, None), SOON, undone(vec![], true)),
        // An instance may still appear, and once it did, it is the only one.
        (undoing(StepName::Launch), before(), 60, Waits),
        (undoing(StepName::Launch), before(), 61, undone(vec![], true)),
        (undoing(StepName::Boot), before(), 60, Waits),
        (undoing(StepName::Launch), before().new(Pending), SOON, Does(KeepBootLog(new()))),
        (kept(StepName::Launch), before().new(Pending), SOON, terminate(new())),
        (kept(StepName::Launch), before().new(Terminated), SOON, undone(vec![], true)),
        (undoing(StepName::Preflight), before(), SOON, undone(vec![], true)),
        // An old host that does not answer is asked again for a while; then that is told.
        (undoing(StepName::Preflight), before().old_is_silent(), SOON, Waits),
        (undoing(StepName::Preflight), before().old_is_silent(), 60, Waits),
        (undoing(StepName::Preflight), before().old_is_silent(), 61, is_left(OldHost::Silent)),
        (
            undoing(StepName::Preflight),
            nothing().old(Running).address_at(old()),
            SOON,
            is_left(OldHost::Unknown),
        ),
    ];
    for step in StepName::ALL.iter().copied() {
        // Before the switch the address is nobody's concern; from then on it goes back first.
        let moves_back = step >= StepName::Switch;
        let then = if moves_back { Does(MoveAddress(old())) } else { Does(KeepBootLog(new())) };
        rows.push((undoing(step), nothing().old(Running).new(Running), SOON, then));
        rows.push((kept(step), before().new(Running), SOON, terminate(new())));
        rows.push((undoing(step), before(), LATE, undone(vec![], true)));
        rows.push((undoing(step), nothing(), LATE, undone(vec![], false)));
    }
    rows
}

fn ended() -> Vec<Row> {
    let undone = Event::Undone { left_behind: vec![], old_host: old_host(true) };
    vec![
        (after_events(at(StepName::Retire), vec![Event::Retired]), moved(), SOON, Finished),
        (after_events(undoing(StepName::Boot), vec![undone]), before().new(Running), LATE, Finished),
    ]
}

#[test]
fn in_every_stage_what_is_seen_decides_what_is_next() {
    let tables: [Vec<Row>; STAGES] = [
        preflight(),
        launch(),
        boot(),
        report_table(),
        probe(),
        approve(),
        switch(),
        bake(),
        retire(),
        terminate_table(),
        undo(),
        ended(),
    ];
    for (number, table) in tables.into_iter().enumerate() {
        assert!(!table.is_empty(), "stage {number} has no row");
        for (record, seen, seconds, then) in table {
            assert_eq!(stage_number(&record.stage), number, "{:?} is in another stage's table", record.stage);
            let decision = decided(&record, seen.clone(), seconds);
            assert!(
                then.is(&decision),
                "{:?}, {seen:?}, after {seconds} s: {decision:?} instead of {then:?}",
                record.stage
            );
        }
    }
}

#[test]
fn no_stage_lasts_for_ever_when_nothing_that_is_awaited_comes() {
    for record in every_stage() {
        // A launch adopts what it sees; without it, it is the launch that gave no instance.
        let seen = if matches!(record.stage, Stage::Launch(_)) { before() } else { before().new(Running) };
        let decision = decided(&record, seen, LATE);
        assert!(
            matches!(decision, Decision::Record(_) | Decision::Finished),
            "{:?} went on: {decision:?}",
            record.stage
        );
    }
}

/// A record in every stage, undone from every step included.
fn every_stage() -> Vec<Record> {
    let asked = |step| after_events(undoing(step), vec![Event::AddressAskedBack]);
    let with_log = |step| after_events(asked(step), vec![Event::BootLogKept]);
    let ended = after_events(at(StepName::Retire), vec![Event::Retired]);
    let mut records = vec![terminating(), ended];
    records.extend(StepName::ALL.iter().copied().map(at));
    records.extend(StepName::ALL.iter().copied().map(undoing));
    records.extend(StepName::ALL.iter().copied().map(asked));
    records.extend(StepName::ALL.iter().copied().map(with_log));
    records
}

#[test]
fn the_records_that_anything_may_happen_to_are_in_every_stage() {
    let found: std::collections::BTreeSet<_> =
        every_stage().iter().map(|record| stage_number(&record.stage)).collect();
    assert_eq!(found.len(), STAGES);
}

fn any_state() -> impl Strategy<Value = Option<InstanceState>> {
    prop_oneof![
        Just(None),
        Just(Some(Pending)),
        Just(Some(Running)),
        Just(Some(ShuttingDown)),
        Just(Some(Terminated)),
        Just(Some(Stopping)),
        Just(Some(Stopped)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn whatever_ec2_says_only_the_right_host_goes_at_the_right_time(
        record in proptest::sample::select(every_stage()),
        old_state in any_state(),
        new_state in any_state(),
        stranger_is_tagged in any::<bool>(),
        holder in prop_oneof![Just(None), Just(Some(old())), Just(Some(new())), Just(Some(stranger()))],
        checks in any::<bool>(),
        reports in any::<bool>(),
        answers in any::<bool>(),
        seconds in prop_oneof![0u64..2_000, Just(LATE)],
    ) {
        let other = RelaunchId::new(after(9));
        let mut seen = nothing().instance(stranger(), Running, stranger_is_tagged.then_some(other));
        if let Some(state) = old_state { seen = seen.old(state); }
        if let Some(state) = new_state { seen = seen.new(state); }
        if let Some(holder) = holder.clone() { seen = seen.address_at(holder); }
        if checks { seen = seen.checks_passed(); }
        if reports { seen = seen.reported(Answering); }
        seen = if answers { seen.answered() } else { seen.not_answered() };
        match decided(&record, seen, seconds) {
            Decision::Do(Action::Terminate(which)) if which == old() => {
                let is_repeated = record.stage == Stage::Terminate;
                prop_assert!(is_repeated || matches!(record.stage, Stage::Retire(_)));
                prop_assert!(is_repeated || holder == Some(new()));
                prop_assert!(is_repeated || new_state == Some(Running));
            }
            Decision::Do(Action::Terminate(which)) => {
                prop_assert_eq!(which, new(), "neither the old host nor launched by this relaunch");
                prop_assert!(matches!(record.stage, Stage::Undo(_)));
            }
            Decision::Do(Action::MoveAddress(to)) => {
                let is_undone = matches!(record.stage, Stage::Undo(_));
                prop_assert_eq!(to, if is_undone { old() } else { new() });
            }
            _ => {}
        }
    }
}
