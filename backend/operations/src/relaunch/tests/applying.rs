//! What comes of an event.

use rollcall_api::relaunch::{BootOutcome, RelaunchOutcome, StepOutcome};

use super::*;
use crate::{
    ids::SubnetId,
    relaunch::{lease::Lease, record::Undo, timeouts::Timeouts},
};

fn undone(left_behind: Vec<InstanceId>, serves: bool) -> Event {
    Event::Undone { left_behind, old_host: old_host(serves) }
}

fn outcomes(record: &Record) -> Vec<Option<StepOutcome>> {
    record.steps.iter().map(|step| step.outcome).collect()
}

#[test]
fn each_good_event_leads_to_the_next_step_and_the_last_to_the_end() {
    let record = at(StepName::Preflight);
    for (step, event) in StepName::ALL.iter().copied().zip(good_events(&record)) {
        let here = at(step);
        assert_eq!(here.stage.step(), Some(step));
        let next = apply(here, event, after(1));
        let name = next.stage.step();
        assert_eq!(name, StepName::ALL.iter().copied().find(|it| *it > step), "after {step:?}");
        let done = next.steps.iter().find(|it| it.name == step).expect("the step");
        assert_eq!((done.outcome, done.ended_at), (Some(StepOutcome::Succeeded), Some(after(1))));
        assert_eq!(next.stage_since, after(1));
    }
    let record = after_events(at(StepName::Retire), vec![Event::Retired]);
    assert_eq!(record.outcome(), Some(RelaunchOutcome::Succeeded));
}

#[test]
fn an_event_of_another_step_changes_nothing() {
    for (of, event) in StepName::ALL.iter().copied().zip(good_events(&relaunch())) {
        for step in StepName::ALL.iter().copied().filter(|step| *step != of) {
            assert_eq!(apply(at(step), event.clone(), after(1)), at(step), "{event:?} at {step:?}");
        }
        assert_eq!(apply(undoing(of), event.clone(), after(1)), undoing(of), "{event:?} while undoing");
    }
}

#[test]
fn nothing_changes_what_has_ended() {
    let ended = after_events(at(StepName::Retire), vec![Event::Retired]);
    let mut events = good_events(&ended).to_vec();
    events.extend([Event::failed("late"), Event::Cancelled { by: operator() }, undone(vec![new()], true)]);
    for event in events {
        assert_eq!(apply(ended.clone(), event.clone(), after(1)), ended, "{event:?}");
    }
}

#[test]
fn without_capacity_the_next_subnet_is_tried_with_a_token_of_its_own() {
    let first = at(StepName::Launch);
    let second = after_events(first.clone(), vec![Event::NoCapacity { reason: "no room".to_owned() }]);
    let (Stage::Launch(before), Stage::Launch(next)) = (&first.stage, &second.stage) else {
        panic!("both are launching: {first:?} {second:?}")
    };
    assert_eq!(next.request.subnet, id::<SubnetId>("subnet-0000000000000000b"));
    assert_ne!(next.client_token, before.client_token);
}

#[test]
fn without_capacity_anywhere_the_relaunch_is_undone_at_once() {
    let no_capacity = || Event::NoCapacity { reason: "no room".to_owned() };
    let record = after_events(at(StepName::Launch), vec![no_capacity(), no_capacity()]);
    let undo = Undo {
        at: StepName::Launch,
        began_at: Some(start()),
        instance_may_appear: false,
        address_asked_back: false,
        boot_log_kept: false,
    };
    assert_eq!(record.stage, Stage::Undo(undo));
}

#[test]
fn an_instance_may_still_appear_when_a_launch_was_asked_for_and_none_was_seen() {
    for step in StepName::ALL.iter().copied() {
        let expected = matches!(step, StepName::Launch | StepName::Boot);
        let mut records = vec![undoing(step)];
        if at(step).stage.is_cancellable() {
            records.push(after_events(at(step), vec![Event::Cancelled { by: operator() }]));
        }
        for record in records {
            let Stage::Undo(undo) = record.stage else { panic!("{:?} is undone", record.stage) };
            assert_eq!((undo.at, undo.instance_may_appear), (step, expected));
        }
    }
}

#[test]
fn a_first_launch_has_nothing_to_retire() {
    let record = after_events(up_to(relaunch_with(None), StepName::Retire), vec![Event::Retired]);
    let retire = record.steps.last().expect("a last step");
    assert_eq!((retire.name, retire.outcome), (StepName::Retire, Some(StepOutcome::Skipped)));
    assert_eq!(record.outcome(), Some(RelaunchOutcome::Succeeded));
}

#[test]
fn an_old_host_that_stays_makes_no_failure_of_a_new_one_that_serves() {
    let left = Event::NotRetired { reason: "still there".to_owned() };
    let record = after_events(at(StepName::Retire), vec![left]);
    assert_eq!(record.outcome(), Some(RelaunchOutcome::Succeeded));
    assert_eq!(outcomes(&record).last(), Some(&Some(StepOutcome::Failed)));
}

#[test]
fn a_termination_that_fails_has_failed_and_one_that_is_done_succeeded() {
    let failed = after_events(terminating(), vec![Event::failed("still there")]);
    assert_eq!(failed.outcome(), Some(RelaunchOutcome::Failed));
    let done = after_events(terminating(), vec![Event::Retired]);
    assert_eq!(done.outcome(), Some(RelaunchOutcome::Succeeded));
}

#[test]
fn a_relaunch_is_rolled_back_when_the_old_host_serves_and_has_failed_when_none_does() {
    for step in StepName::ALL.iter().copied() {
        let ended = |serves| after_events(undoing(step), vec![undone(vec![], serves)]).outcome();
        assert_eq!(ended(true), Some(RelaunchOutcome::RolledBack), "{step:?}");
        assert_eq!(ended(false), Some(RelaunchOutcome::Failed), "{step:?}");
    }
}

#[test]
fn whoever_stops_a_relaunch_is_named_and_it_is_undone() {
    for step in StepName::ALL.iter().copied() {
        let record = apply(at(step), Event::Cancelled { by: operator() }, start());
        if step >= StepName::Switch {
            assert_eq!(record, at(step), "visitors may notice it at {step:?} already");
            continue;
        }
        assert_eq!(record.cancelled_by, Some(operator()));
        let record = after_events(record, vec![undone(vec![], true)]);
        assert_eq!(record.outcome(), Some(RelaunchOutcome::Cancelled));
        assert!(outcomes(&record).iter().all(|outcome| *outcome != Some(StepOutcome::Failed)));
    }
}

#[test]
fn a_failed_step_says_why_and_the_later_ones_were_skipped() {
    for (place, step) in StepName::ALL.iter().copied().enumerate() {
        let record = after_events(at(step), vec![Event::failed("it is stopped")]);
        let expected: Vec<_> = (0..StepName::ALL.len())
            .map(|it| match it.cmp(&place) {
                std::cmp::Ordering::Less => Some(StepOutcome::Succeeded),
                std::cmp::Ordering::Equal => Some(StepOutcome::Failed),
                std::cmp::Ordering::Greater => Some(StepOutcome::Skipped),
            })
            .collect();
        assert_eq!(outcomes(&record), expected);
        assert_eq!(record.failed_step().and_then(|step| step.message.as_deref()), Some("it is stopped"));
    }
}

#[test]
fn a_boot_report_passes_the_gate_only_when_the_app_answers() {
    for (outcome, words) in [
        (BootOutcome::ScriptFailed, "the recipe failed after 42 s, with exit code 1"),
        (BootOutcome::NotListening, "no app listens"),
        (BootOutcome::Hung, "the recipe hangs"),
    ] {
        let record = after_events(at(StepName::Report), vec![Event::Reported(report(outcome))]);
        assert!(matches!(record.stage, Stage::Undo(Undo { at: StepName::Report, .. })), "{:?}", record.stage);
        let message = record.failed_step().and_then(|step| step.message.clone()).unwrap_or_default();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_kept_boot_log_lets_the_time_to_undo_go_on() {
    let record = apply(undoing(StepName::Report), Event::BootLogKept, after(9));
    assert_eq!(record.stage_since, start());
    let undo = Undo {
        at: StepName::Report,
        began_at: Some(start()),
        instance_may_appear: false,
        address_asked_back: false,
        boot_log_kept: true,
    };
    assert_eq!(record.stage, Stage::Undo(undo));
}

#[test]
fn the_time_of_a_step_counts_only_while_someone_drives() {
    let seconds_left = |record: Record, at: u64| {
        let undo = Timeouts::default().undo;
        undo.saturating_sub(record.taken_by("next".to_owned(), after(at)).in_stage_for(after(at))).as_secs()
    };
    let driven = || after_events(at(StepName::Probe).taken_by("first".to_owned(), start()), vec![]);
    let undoing = |at| apply(driven(), Event::failed("it went wrong"), after(at));
    // The first driver was last seen before it failed.
    assert_eq!(seconds_left(undoing(10), 30), 300);
    assert_eq!(seconds_left(undoing(10), 10_000), 300);
    let mut seen_later = undoing(10);
    seen_later.lease.renew(after(40));
    assert_eq!(seconds_left(seen_later, 10_000), 270);
    // It is stopped when nobody drives any more.
    let stopped = apply(driven(), Event::Cancelled { by: operator() }, after(100));
    assert_eq!(seconds_left(stopped, 10_000), 300);
    // While EC2 can't be asked, nobody can do anything either.
    let mut blind = undoing(10);
    blind.nothing_done_since(after(12), after(212));
    assert_eq!(blind.in_stage_for(after(212)).as_secs(), 2);
    // The same holds for a step that is not undone yet, and that counts on while EC2 can't be asked.
    let mut probing = driven().taken_by("next".to_owned(), after(10_000));
    assert_eq!(probing.in_stage_for(after(10_000)), Duration::ZERO);
    probing.nothing_done_since(after(10_000), after(10_050));
    assert_eq!(probing.in_stage_for(after(10_050)), Duration::from_secs(50));
}

#[test]
fn what_could_not_be_terminated_is_named_in_the_record() {
    let record = after_events(undoing(StepName::Boot), vec![undone(vec![new()], true)]);
    let message = record.failed_step().and_then(|step| step.message.clone()).unwrap_or_default();
    assert!(message.contains(new().as_str()) && message.contains("it went wrong"), "{message}");
}

#[test]
fn a_lease_is_renewed_before_the_longest_call_could_outlast_it() {
    let lease = Lease::free(start()).taken_by("driver".to_owned(), start());
    assert!(lease.is_held(after(14)) && !lease.is_held(after(15)));
    assert!(!lease.is_short(after(4)) && lease.is_short(after(5)));
}

#[test]
fn however_much_goes_wrong_a_record_stays_below_sixteen_kilobytes() {
    let long = || "ü".repeat(100_000);
    let mut record = Record { reason: Some("ü".repeat(500)), ..at(StepName::Launch) };
    for _ in 0..8 {
        record.answers.note(&failed_probe(start()), start());
    }
    let no_capacity = Event::NoCapacity { reason: long() };
    let events = vec![
        no_capacity,
        Event::Launched(new()),
        Event::failed(long()),
        Event::Undone { left_behind: vec![new(), new_2()], old_host: old_host(false) },
    ];
    for event in events {
        record = apply(record, event, after(1));
        let size = serde_json::to_string(&record).expect("JSON").len();
        assert!(size < 16 * 1024, "{size} bytes");
    }
    let message = record.failed_step().and_then(|step| step.message.clone()).unwrap_or_default();
    assert!(message.contains("left behind, terminate by hand"), "what is to be done is not cut off");
}
