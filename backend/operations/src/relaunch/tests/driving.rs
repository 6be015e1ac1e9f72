//! What a driver does, over a stand-in for EC2, the hosts, the operations table and the clock.

use std::cell::RefCell;

use rollcall_api::{
    plan::Check,
    relaunch::{RelaunchOutcome, StepOutcome},
    revision::RecipeName,
};
use rollcall_audit::Entry;
use rollcall_aws::{
    AwsError, Meaning,
    records::{Expected, RecordsError},
};

use super::*;
use crate::{
    boot_report::{ReportError, StoredBootLog},
    ec2::Which,
    relaunch::{
        approve::approved,
        cloud::Cloud,
        drive::{self, Drive, StoodBy},
        preflight::{Preflight, Verdict},
        store::Journal,
        timeouts::Timeouts,
    },
    revision::StoredRevision,
};

/// What a call of the stand-in does otherwise than it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It is carried out, and the reply gets lost.
    ReplyLost,
    /// It is not carried out, and there is no reply.
    Away,
    /// A check can't be made.
    Unknown,
    /// What it names is not there.
    NotFound,
}

/// EC2 with a host that serves, the relaunch of it, and everything that was done.
#[derive(Debug)]
pub(super) struct World(RefCell<State>);

#[derive(Debug)]
struct State {
    now: Timestamp,
    record: Record,
    in_progress: bool,
    /// Whether the record is not to be found.
    is_lost: bool,
    instances: Vec<Instance>,
    /// Those whose tag was taken away: nobody here may terminate them.
    untagged: Vec<Instance>,
    address: Option<InstanceId>,
    boot_log: Option<StoredBootLog>,
    /// Whether the app of the new host answers.
    answers: bool,
    /// Whether those of other hosts do.
    old_answers: bool,
    /// When it does not, in seconds after the address moved.
    down: std::ops::Range<u64>,
    moved_at: Option<Timestamp>,
    /// Each call that changes something, in order.
    calls: Vec<String>,
    /// The next calls of this name go wrong in this way, so many of them.
    fault: Option<(&'static str, Fault, usize)>,
    /// The most instances that one answer told of.
    most_told: usize,
    /// For how many renewals of a lease a look takes.
    slowness: usize,
    /// The epochs of the drivers that someone was asked to stand by.
    stood_by: Vec<u64>,
    /// The write before which the driver dies, counted from one.
    dies_at_write: Option<usize>,
    writes: usize,
}

fn instance(id: InstanceId, relaunch: Option<RelaunchId>) -> Instance {
    let mut seen = Seen::nothing().instance(id, InstanceState::Running, relaunch).0;
    let mut instance = seen.instances.remove(0);
    instance.public_ip = Some("203.0.113.7".to_owned());
    instance.revision = Some(RevisionNumber(1));
    instance
}

impl World {
    pub(super) fn new() -> Self {
        Self(RefCell::new(State {
            now: start(),
            record: relaunch_by_itself(),
            in_progress: true,
            is_lost: false,
            instances: vec![instance(old(), None), instance(stranger(), None)],
            untagged: Vec::new(),
            address: Some(old()),
            boot_log: None,
            answers: true,
            old_answers: true,
            down: 0..0,
            moved_at: None,
            calls: Vec::new(),
            fault: None,
            most_told: 0,
            slowness: 0,
            stood_by: Vec::new(),
            dies_at_write: None,
            writes: 0,
        }))
    }

    fn with(self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.0.borrow_mut());
        self
    }

    fn failing(self, call: &'static str, fault: Fault, times: usize) -> Self {
        self.with(|state| state.fault = Some((call, fault, times)))
    }

    /// Lets the app of the new host never answer.
    pub(super) fn silent(self) -> Self {
        self.with(|state| state.answers = false)
    }

    /// Lets time pass.
    pub(super) fn wait(&self, duration: Duration) {
        self.0.borrow_mut().now += duration;
    }

    /// Drives for an hour at most, as one driver.
    async fn driven(&self) -> Result<Drive, RecordsError> {
        let until = self.now() + Duration::from_secs(3_600);
        drive::drive(self, self, &Timeouts::default(), "driver", until).await
    }

    /// Drives until the relaunch has ended; a driver that dies is followed by another when its lease is over.
    async fn ended(&self) -> Record {
        self.ended_with_pauses(Lease::TERM).await
    }

    /// The same, with the next driver so much later.
    async fn ended_with_pauses(&self, pause: Duration) -> Record {
        for _ in 0..10 {
            match self.driven().await {
                Ok(Drive::Ended(record)) => return *record,
                _ => self.0.borrow_mut().now += pause,
            }
        }
        panic!("ten drivers did not bring it to an end: {:?}", self.0.borrow());
    }

    pub(super) fn calls(&self) -> Vec<String> {
        self.0.borrow().calls.clone()
    }

    pub(super) fn alive(&self) -> Vec<InstanceId> {
        let state = self.0.borrow();
        let alive = state.instances.iter().filter(|instance| !instance.state.is_gone());
        alive.map(|instance| instance.id.clone()).filter(|id| *id != stranger()).collect()
    }

    pub(super) fn address(&self) -> Option<InstanceId> {
        self.0.borrow().address.clone()
    }

    /// Carries out a call that changes something, unless it is to go wrong.
    fn call<T>(
        &self,
        name: &'static str,
        what: String,
        does: impl FnOnce(&mut State) -> T,
    ) -> Result<T, AwsError> {
        let mut state = self.0.borrow_mut();
        let fault = match &mut state.fault {
            Some((of, fault, times)) if *of == name && *times > 0 => {
                *times -= 1;
                Some(*fault)
            }
            _ => None,
        };
        state.calls.push(what);
        match fault {
            Some(Fault::Away) => return Err(AwsError::incomplete(name, "broke off")),
            Some(Fault::NotFound) => {
                let mut error = AwsError::incomplete(name, "InvalidAMIID.NotFound: there is no such image");
                error.meaning = Meaning::NotFound;
                return Err(error);
            }
            _ => {}
        }
        let done = does(&mut state);
        if fault == Some(Fault::ReplyLost) { Err(AwsError::incomplete(name, "broke off")) } else { Ok(done) }
    }
}

impl Cloud for World {
    fn now(&self) -> Timestamp {
        self.0.borrow().now
    }

    async fn wait_until(&self, moment: Timestamp) {
        let mut state = self.0.borrow_mut();
        assert!(moment <= state.record.lease.expires_at, "whoever waits keeps the lease: {state:?}");
        state.now = moment;
    }

    async fn instances(&self, which: &Which) -> Result<Vec<Instance>, AwsError> {
        let slowness = self.0.borrow().slowness;
        for _ in 0..slowness {
            tokio::task::yield_now().await;
        }
        let mut state = self.0.borrow_mut();
        if let Some(("instances", _, times @ 1..)) = &mut state.fault {
            *times -= 1;
            return Err(AwsError::incomplete("DescribeInstances", "broke off"));
        }
        let is_wanted = |instance: &&Instance| match which {
            Which::NotTerminated => instance.state != InstanceState::Terminated,
            Which::LaunchedBy(relaunch) => instance.relaunch == Some(*relaunch),
            Which::Named(ids) => ids.contains(&instance.id),
        };
        let wanted: Vec<_> = state.instances.iter().filter(is_wanted).cloned().collect();
        state.most_told = state.most_told.max(wanted.len());
        Ok(wanted)
    }

    async fn instance(&self, id: &InstanceId) -> Result<Option<Instance>, AwsError> {
        let state = self.0.borrow();
        Ok(state.instances.iter().chain(&state.untagged).find(|instance| instance.id == *id).cloned())
    }

    async fn address_holder(&self) -> Result<Option<InstanceId>, AwsError> {
        Ok(self.address())
    }

    async fn status_checks(&self, _: &InstanceId) -> Result<StatusChecks, AwsError> {
        Ok(StatusChecks { instance_passed: true, system_passed: true })
    }

    async fn boot_report(&self, _: RelaunchId, _: &InstanceId) -> Result<Option<BootReport>, ReportError> {
        Ok(Some(report(BootOutcome::Answering)))
    }

    async fn cloud_init_log(&self, _: RelaunchId, _: &InstanceId) -> Result<Option<String>, AwsError> {
        Ok(Some("cloud-init finished".to_owned()))
    }

    async fn console_output(&self, _: &InstanceId) -> Result<Option<Vec<u8>>, AwsError> {
        Ok(Some(b"login:".to_vec()))
    }

    async fn probe(&self, _: &str, _: RecipeName, asked: &InstanceId) -> Probe {
        let state = self.0.borrow();
        if *asked != new() {
            return if state.old_answers {
                Probe::Answered { lacking: Vec::new() }
            } else {
                failed_probe(state.now)
            };
        }
        let since_moved = state.moved_at.map(|at| state.now.duration_since(at).unsigned_abs().as_secs());
        if state.answers && !since_moved.is_some_and(|seconds| state.down.contains(&seconds)) {
            Probe::Answered { lacking: Vec::new() }
        } else {
            failed_probe(state.now)
        }
    }

    async fn preflight(&self, _: &StoredRevision, _: RelaunchId) -> Result<Preflight, AwsError> {
        let launch = launch_of(&self.0.borrow().record);
        let is_unknown = matches!(&self.0.borrow().fault, Some(("check", Fault::Unknown, 1..)));
        let verdict = self.call("check", "check".to_owned(), |_| Verdict::Launch(launch))?;
        let verdict =
            if is_unknown { Verdict::Unknown("the bucket could not be seen".to_owned()) } else { verdict };
        Ok(Preflight { checks: Vec::<Check>::new(), verdict })
    }

    async fn run_instance(&self, launch: &Launch, _: &str) -> Result<InstanceId, AwsError> {
        let of = launch.request.relaunch;
        self.call("run", format!("run {}", launch.attempt), |state| {
            // The same token launches no second instance.
            if !state.instances.iter().any(|instance| instance.id == new()) {
                state.instances.push(instance(new(), Some(of)));
            }
            new()
        })
    }

    async fn move_address(&self, to: &InstanceId) -> Result<(), AwsError> {
        self.call("move", format!("move the address to {to}"), |state| {
            state.address = Some(to.clone());
            state.moved_at.get_or_insert(state.now);
        })
    }

    async fn terminate(&self, id: &InstanceId) -> Result<(), AwsError> {
        if self.0.borrow().untagged.iter().any(|instance| instance.id == *id) {
            let mut error = AwsError::incomplete("TerminateInstances", "not authorized");
            error.meaning = Meaning::Denied;
            return Err(error);
        }
        self.call("terminate", format!("terminate {id}"), |state| {
            for instance in state.instances.iter_mut().filter(|instance| instance.id == *id) {
                instance.state = InstanceState::ShuttingDown;
            }
        })
    }

    async fn have_someone_stand_by(&self, _: RelaunchId, epoch: u64) {
        self.0.borrow_mut().stood_by.push(epoch);
    }
}

impl Journal for World {
    async fn in_progress(&self) -> Result<Option<RelaunchId>, RecordsError> {
        let state = self.0.borrow();
        Ok(state.in_progress.then_some(state.record.id))
    }

    async fn forget_in_progress(&self, id: RelaunchId) -> Result<(), RecordsError> {
        let mut state = self.0.borrow_mut();
        state.in_progress &= state.record.id != id;
        Ok(())
    }

    async fn relaunch(&self, id: RelaunchId) -> Result<Option<Record>, RecordsError> {
        let state = self.0.borrow();
        Ok(Some(state.record.clone()).filter(|record| record.id == id && !state.is_lost))
    }

    async fn revision(&self, number: RevisionNumber) -> Result<Option<StoredRevision>, RecordsError> {
        Ok(Some(StoredRevision {
            number,
            recipe: RecipeName::Al2023Rollcall,
            variables: std::collections::BTreeMap::new(),
            image: id("ami-00000000000000001"),
            instance_type: id("t2.micro"),
            fallback_instance_types: Vec::new(),
            approval_hours: None,
            user_data: "#!/bin/bash".to_owned(),
            user_data_sha256: String::new(),
            created_at: start(),
            created_by: operator(),
            note: None,
        }))
    }

    async fn save(
        &self,
        record: &mut Record,
        expected: Expected,
        _: Option<&Entry>,
    ) -> Result<(), RecordsError> {
        let mut state = self.0.borrow_mut();
        state.writes += 1;
        if state.dies_at_write == Some(state.writes) {
            return Err(RecordsError::Aws(AwsError::incomplete("TransactWriteItems", "broke off")));
        }
        if (state.record.lease.epoch, state.record.version) != (expected.epoch, expected.version) {
            return Err(RecordsError::Conflict);
        }
        record.version = expected.version + 1;
        state.in_progress = record.outcome().is_none();
        state.record = record.clone();
        Ok(())
    }

    async fn boot_log(&self, _: RelaunchId) -> Result<Option<StoredBootLog>, RecordsError> {
        Ok(self.0.borrow().boot_log.clone())
    }

    async fn keep_boot_log(&self, _: &Record, log: &StoredBootLog) -> Result<(), RecordsError> {
        self.0.borrow_mut().boot_log = Some(log.clone());
        Ok(())
    }
}

pub(super) fn all_that_a_relaunch_does() -> Vec<String> {
    vec![
        "check".to_owned(),
        "run 1".to_owned(),
        format!("move the address to {}", new()),
        format!("terminate {}", old()),
    ]
}

#[tokio::test]
async fn a_relaunch_is_checked_launched_switched_and_the_old_host_retired_in_this_order() {
    let world = World::new();
    let record = world.ended().await;
    assert_eq!(record.outcome(), Some(RelaunchOutcome::Succeeded));
    assert_eq!(world.calls(), all_that_a_relaunch_does());
    assert_eq!((world.alive(), world.address()), (vec![new()], Some(new())));
}

#[tokio::test]
async fn the_new_host_serves_for_the_whole_bake_before_the_old_one_goes() {
    let record = World::new().ended().await;
    let bake = record.steps.iter().find(|step| step.name == StepName::Bake).expect("a bake");
    let (began, ended) = (bake.started_at.expect("it began"), bake.ended_at.expect("it ended"));
    assert!(ended.duration_since(began).unsigned_abs() >= Timeouts::default().bake, "{bake:?}");
}

fn bake_of(record: &Record) -> (StepOutcome, u64, String) {
    let bake = record.steps.iter().find(|step| step.name == StepName::Bake).expect("a bake");
    let (began, ended) = (bake.started_at.expect("it began"), bake.ended_at.expect("it ended"));
    let took = ended.duration_since(began).unsigned_abs().as_secs();
    (bake.outcome.expect("an outcome"), took, bake.message.clone().unwrap_or_default())
}

#[tokio::test]
async fn a_host_that_fails_while_it_bakes_is_undone_within_ten_seconds() {
    for down in [3..9_999, 40..49, 100..110] {
        let world = World::new().with(|state| state.down = down.clone());
        let record = world.ended().await;
        let (outcome, took, message) = bake_of(&record);
        assert_eq!(outcome, StepOutcome::Failed, "{down:?}");
        assert!(took <= down.start + 10, "{down:?}: {took} s");
        assert!(message.contains("status 502") && message.contains("answers were good"), "{message}");
        assert_eq!(record.outcome(), Some(RelaunchOutcome::RolledBack));
        assert_eq!((world.alive(), world.address()), (vec![old()], Some(old())));
    }
}

#[tokio::test]
async fn the_share_of_good_answers_is_told_and_one_bad_one_is_no_failure() {
    let world = World::new().with(|state| state.down = 40..41);
    let (outcome, _, message) = bake_of(&world.ended().await);
    assert_eq!(outcome, StepOutcome::Succeeded);
    assert!(message.contains("119 of 120") || message.contains("120 of 121"), "{message}");
}

#[tokio::test]
async fn wherever_a_driver_dies_the_next_one_ends_the_relaunch_with_one_new_instance() {
    let whole = World::new();
    whole.ended().await;
    let writes = whole.0.borrow().writes;
    // However long it takes until the next one comes.
    for (write, pause) in (1..=writes).flat_map(|write| [30, 90, 10_000].map(|pause| (write, pause))) {
        let world = World::new().with(|state| state.dies_at_write = Some(write));
        let record = world.ended_with_pauses(Duration::from_secs(pause)).await;
        assert_eq!(record.outcome(), Some(RelaunchOutcome::Succeeded), "died at write {write}");
        assert_eq!((world.alive(), world.address()), (vec![new()], Some(new())), "died at write {write}");
    }
}

#[tokio::test]
async fn a_reply_that_got_lost_changes_nothing_of_what_comes_of_it() {
    for call in ["check", "run", "move", "terminate"] {
        let world = World::new().failing(call, Fault::ReplyLost, 1);
        let record = world.ended().await;
        assert_eq!(record.outcome(), Some(RelaunchOutcome::Succeeded), "{call}");
        assert_eq!((world.alive(), world.address()), (vec![new()], Some(new())), "{call}");
    }
}

#[tokio::test]
async fn while_ec2_cannot_be_asked_nothing_is_done_and_afterwards_it_goes_on() {
    let world = World::new().failing("instances", Fault::Away, 50);
    assert_eq!(world.ended().await.outcome(), Some(RelaunchOutcome::Succeeded));
}

#[tokio::test]
async fn when_ec2_can_never_be_asked_again_each_step_ends_in_its_time_and_so_does_undoing() {
    for step in StepName::ALL.iter().copied() {
        let world = World::new().failing("instances", Fault::Away, usize::MAX).with(|state| {
            state.record = at(step);
            state.instances.push(instance(new(), Some(*RELAUNCH)));
        });
        let record = world.ended().await;
        let took = world.now().duration_since(start()).unsigned_abs();
        assert!(took < Timeouts::default().longest() + record.approval_time(), "{step:?}: {took:?}");
        assert_eq!(world.calls(), Vec::<String>::new(), "{step:?}");
        let message = record.failed_step().and_then(|step| step.message.clone()).unwrap_or_default();
        assert!(message.contains("EC2 can't be asked"), "{step:?}: {message}");
        if step == StepName::Retire {
            assert_eq!(record.outcome(), Some(RelaunchOutcome::Succeeded));
        } else {
            assert_eq!(record.outcome(), Some(RelaunchOutcome::Failed), "{step:?}");
            assert!(message.contains("what is left of it is not known"), "{step:?}: {message}");
        }
    }
}

#[tokio::test]
async fn a_relaunch_that_is_in_progress_by_name_alone_is_in_progress_no_more() {
    let world = World::new().with(|state| state.is_lost = true);
    assert!(matches!(world.driven().await, Ok(Drive::Idle)));
    assert!(!world.0.borrow().in_progress);
}

#[tokio::test]
async fn a_host_that_does_not_answer_goes_and_what_it_left_is_kept_first() {
    let world = World::new().with(|state| state.answers = false);
    let record = world.ended().await;
    assert_eq!(record.outcome(), Some(RelaunchOutcome::RolledBack));
    assert_eq!((world.alive(), world.address()), (vec![old()], Some(old())));
    let kept = world.0.borrow().boot_log.clone().expect("a boot log");
    assert_eq!(kept.console_output.as_deref(), Some("login:"));
    assert!(!kept.answers.is_empty() && kept.answers.iter().all(|it| it.said == "status 502"), "{kept:?}");
    assert!(record.answers.failed().is_empty(), "they are kept once");
}

/// A host that another relaunch has put in the place of the one that was there when this one was asked for.
fn with_a_host_in_between(state: &mut State) {
    state.instances.retain(|instance| instance.id != old());
    state.instances.push(instance(new_2(), Some(RelaunchId::new(after(1)))));
    state.address = Some(new_2());
}

#[tokio::test]
async fn what_is_replaced_is_the_host_that_is_there_under_the_lease() {
    let world = World::new().with(with_a_host_in_between);
    let record = world.ended().await;
    assert_eq!((record.outcome(), record.old_host), (Some(RelaunchOutcome::Succeeded), Some(new_2())));
    assert_eq!((world.alive(), world.address()), (vec![new()], Some(new())));

    // Where it fails after the switch, that one gets its address back.
    let world = World::new().with(with_a_host_in_between).with(|state| state.down = 3..9_999);
    assert_eq!(world.ended().await.outcome(), Some(RelaunchOutcome::RolledBack));
    assert_eq!((world.alive(), world.address()), (vec![new_2()], Some(new_2())));
}

#[tokio::test]
async fn a_host_that_nobody_asked_to_terminate_is_not_terminated() {
    let world = World::new().with(with_a_host_in_between).with(|state| state.record = terminating());
    let record = world.ended().await;
    assert_eq!(record.outcome(), Some(RelaunchOutcome::Failed));
    assert!(reason_of(&record).contains(new_2().as_str()), "{record:?}");
    assert_eq!((world.alive(), world.calls()), (vec![new_2()], Vec::new()));
}

#[tokio::test]
async fn an_old_host_whose_tag_was_taken_away_is_named_as_left_behind_and_not_taken_for_gone() {
    let world = World::new().with(|state| {
        state.instances.retain(|instance| instance.id != old());
        state.untagged = vec![instance(old(), None)];
    });
    let record = world.ended().await;
    assert_eq!(record.outcome(), Some(RelaunchOutcome::Succeeded));
    let retire = record.steps.last().expect("a last step");
    assert_eq!(retire.outcome, Some(StepOutcome::Failed));
    let message = retire.message.clone().unwrap_or_default();
    assert!(message.contains("not authorized"), "{message}");
    assert!(message.ends_with(&format!("left behind, terminate by hand: {}", old())), "{message}");
    assert_eq!(retire.resources, [old().to_string()]);
}

#[tokio::test]
async fn what_a_driver_is_told_does_not_grow_with_each_relaunch() {
    let earlier = |number: u32| Instance {
        state: InstanceState::Terminated,
        ..instance(id(&format!("i-{:017x}", 0x100 + number)), Some(RelaunchId::new(Timestamp::UNIX_EPOCH)))
    };
    for answers in [true, false] {
        let world = World::new().with(|state| {
            state.instances.extend((0..80).map(earlier));
            state.answers = answers;
        });
        let outcome = if answers { RelaunchOutcome::Succeeded } else { RelaunchOutcome::RolledBack };
        assert_eq!(world.ended().await.outcome(), Some(outcome));
        assert!(world.0.borrow().most_told <= 3, "{} instances", world.0.borrow().most_told);
    }
}

fn reason_of(record: &Record) -> String {
    record.failed_step().and_then(|step| step.message.clone()).unwrap_or_default()
}

#[tokio::test]
async fn what_is_gone_for_good_ends_the_launch_in_half_a_minute_with_what_ec2_said() {
    let world = World::new().failing("run", Fault::NotFound, usize::MAX);
    let record = world.ended().await;
    assert!(reason_of(&record).contains("InvalidAMIID.NotFound"), "{record:?}");
    let launch = record.steps.iter().find(|step| step.name == StepName::Launch).expect("a launch");
    let took = launch.ended_at.expect("ended").duration_since(launch.started_at.expect("begun"));
    assert!(took.unsigned_abs() <= Duration::from_secs(30), "{took:?}");
}

#[tokio::test]
async fn what_is_not_there_yet_is_asked_for_again() {
    let world = World::new().failing("run", Fault::NotFound, 3);
    assert_eq!(world.ended().await.outcome(), Some(RelaunchOutcome::Succeeded));
}

#[tokio::test]
async fn a_step_whose_time_is_over_tells_what_aws_said_last() {
    for (call, reason) in [("run", "EC2 confirmed no instance"), ("move", "the address did not move")] {
        let world = World::new().failing(call, Fault::Away, 300);
        let told = reason_of(&world.ended().await);
        assert!(told.starts_with(reason) && told.contains("broke off"), "{told}");
    }
}

#[tokio::test]
async fn a_check_that_cannot_be_made_is_made_again() {
    let world = World::new().failing("check", Fault::Unknown, 3);
    assert_eq!(world.ended().await.outcome(), Some(RelaunchOutcome::Succeeded));
    assert_eq!(world.calls().iter().filter(|call| *call == "check").count(), 4);
}

#[tokio::test]
async fn what_the_checks_can_never_find_out_ends_the_relaunch_with_that_reason_and_launches_nothing() {
    let world = World::new().failing("check", Fault::Unknown, usize::MAX);
    let record = world.ended().await;
    let failed = record.failed_step().expect("a failed step");
    assert_eq!((failed.name, failed.outcome), (StepName::Preflight, Some(StepOutcome::Failed)));
    let message = failed.message.as_deref().unwrap_or_default();
    assert!(message.starts_with("the bucket could not be seen"), "{message}");
    assert!(world.calls().iter().all(|call| call == "check"), "{:?}", world.calls());
}

#[tokio::test]
async fn a_driver_whose_time_is_up_leaves_the_rest_to_the_next_at_once() {
    let world = World::new();
    let soon = world.now() + Duration::from_secs(5);
    let driven = drive::drive(&world, &world, &Timeouts::default(), "first", soon).await;
    assert!(matches!(driven, Ok(Drive::Unfinished(_))), "{driven:?}");
    assert!(matches!(world.driven().await, Ok(Drive::Ended(_))));
}

#[tokio::test]
async fn while_one_driver_holds_the_lease_another_does_nothing() {
    let world = World::new().with(|state| {
        state.record.lease = state.record.lease.taken_by("another".to_owned(), start());
    });
    assert!(matches!(world.driven().await, Ok(Drive::Elsewhere)));
    assert_eq!(world.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn without_a_relaunch_in_progress_there_is_nothing_to_do() {
    let world = World::new().with(|state| state.in_progress = false);
    assert!(matches!(world.driven().await, Ok(Drive::Idle)));
}

#[tokio::test]
async fn a_driver_that_waits_long_for_an_answer_keeps_its_lease() {
    let world = World::new().with(|state| state.slowness = 8);
    let record = world.ended().await;
    assert_eq!((record.outcome(), record.lease.epoch), (Some(RelaunchOutcome::Succeeded), 1));
}

#[tokio::test]
async fn whoever_drives_has_someone_stand_by_before_anything_is_done() {
    let world = World::new();
    let soon = world.now() + Duration::from_secs(5);
    let driven = drive::drive(&world, &world, &Timeouts::default(), "first", soon).await;
    assert!(matches!(driven, Ok(Drive::Unfinished(_))), "{driven:?}");
    world.ended().await;
    assert_eq!(world.0.borrow().stood_by, [1, 2]);

    let world = World::new().with(|state| state.in_progress = false);
    assert!(matches!(world.driven().await, Ok(Drive::Idle)));
    assert_eq!(world.0.borrow().stood_by, Vec::<u64>::new());
}

/// A relaunch whose driver took the lease with this epoch, and did nothing since.
fn with_a_driver(world: World, epochs: u64) -> World {
    world.with(|state| {
        for _ in 0..epochs {
            state.record.lease = state.record.lease.taken_by("driver".to_owned(), start());
        }
    })
}

async fn stood_by(world: &World, epoch: u64, seconds: u64) -> StoodBy {
    let until = world.now() + Duration::from_secs(seconds);
    drive::stand_by(world, world, *RELAUNCH, epoch, until).await.expect("the table answers")
}

#[tokio::test]
async fn who_stands_by_goes_on_within_twenty_seconds_of_the_driver_s_death() {
    let world = with_a_driver(World::new(), 1);
    assert_eq!(stood_by(&world, 1, 300).await, StoodBy::DriverGone);
    assert!(world.now().duration_since(start()).unsigned_abs() < Duration::from_secs(20));
}

#[tokio::test]
async fn who_stands_by_is_relieved_once_there_is_another_driver_or_nothing_to_drive() {
    assert_eq!(stood_by(&with_a_driver(World::new(), 2), 1, 300).await, StoodBy::Relieved);
    let over = with_a_driver(World::new(), 1).with(|state| {
        state.record = Record {
            lease: state.record.lease.clone(),
            ..after_events(at(StepName::Retire), vec![Event::Retired])
        };
    });
    assert_eq!(stood_by(&over, 1, 300).await, StoodBy::Relieved);
    let gone = with_a_driver(World::new(), 1).with(|state| state.is_lost = true);
    assert_eq!(stood_by(&gone, 1, 300).await, StoodBy::Relieved);
}

#[tokio::test]
async fn who_stands_by_says_so_when_the_time_is_up_and_the_driver_there() {
    assert_eq!(stood_by(&with_a_driver(World::new(), 1), 1, 5).await, StoodBy::TimeUp);
}

/// A world in which the relaunch waits for a person.
async fn awaiting_approval() -> World {
    let world = World::new().with(|state| state.record = relaunch());
    assert!(matches!(world.driven().await, Ok(Drive::Waiting(_))));
    world
}

fn approve(world: &World) {
    let now = world.now();
    let mut state = world.0.borrow_mut();
    state.record = approved(state.record.clone(), &operator(), now).expect("it waits for that");
}

#[tokio::test]
async fn a_relaunch_that_asks_for_approval_leaves_the_old_host_serving_until_it_is_given() {
    let world = awaiting_approval().await;
    for _ in 0..3 {
        world.0.borrow_mut().now += Duration::from_secs(3_600);
        assert!(matches!(world.driven().await, Ok(Drive::Waiting(_))));
    }
    assert_eq!((world.alive(), world.address()), (vec![old(), new()], Some(old())));
    let approval = world.0.borrow().record.approval.clone().expect("an approval");
    assert_eq!(approval.address.as_deref(), Some("203.0.113.7"));

    approve(&world);
    let record = world.ended().await;
    assert_eq!(record.outcome(), Some(RelaunchOutcome::Succeeded));
    assert_eq!((world.alive(), world.address()), (vec![new()], Some(new())));
    let step = record.steps.iter().find(|step| step.name == StepName::Approve).expect("a step");
    let message = step.message.clone().unwrap_or_default();
    assert!(message.starts_with("approved by \"olivia\""), "{message}");
}

#[tokio::test]
async fn nobody_stands_by_while_a_person_is_waited_for() {
    let world = awaiting_approval().await;
    assert_eq!(stood_by(&world, 1, 300).await, StoodBy::Relieved);
    let before = world.0.borrow().stood_by.len();
    assert!(matches!(world.driven().await, Ok(Drive::Waiting(_))));
    assert_eq!(world.0.borrow().stood_by.len(), before);
}

#[tokio::test]
async fn a_new_host_that_nobody_approves_in_time_is_undone() {
    let world = awaiting_approval().await;
    world.0.borrow_mut().now += Duration::from_secs(4 * 3_600);
    let record = world.ended().await;
    assert_eq!(record.outcome(), Some(RelaunchOutcome::RolledBack));
    assert!(reason_of(&record).starts_with("nobody approved the new host within 4 h"), "{record:?}");
    assert_eq!((world.alive(), world.address()), (vec![old()], Some(old())));
}

#[tokio::test]
async fn a_new_host_that_is_bad_by_the_time_it_is_approved_is_undone() {
    let world = awaiting_approval().await.with(|state| state.answers = false);
    approve(&world);
    let record = world.ended().await;
    assert_eq!(record.outcome(), Some(RelaunchOutcome::RolledBack));
    assert_eq!(record.failed_step().map(|step| step.name), Some(StepName::Approve));
    assert_eq!((world.alive(), world.address()), (vec![old()], Some(old())));
}

#[tokio::test]
async fn only_what_waits_for_approval_can_be_approved() {
    let refusal = |record| {
        approved(record, &operator(), after(1)).map(drop).expect_err("it waits for nobody").to_string()
    };
    assert!(refusal(relaunch_by_itself()).contains("asks for no approval"));
    assert!(refusal(at(StepName::Boot)).contains("can't be looked at yet"));
    let given = after_events(at(StepName::Approve), vec![Event::Approved { by: operator() }]);
    assert!(refusal(given).contains("approved already"));
    assert!(refusal(undoing(StepName::Approve)).contains("being undone"));
    let late = approved(at(StepName::Approve), &operator(), after(4 * 3_600)).map(drop);
    assert!(late.expect_err("too late").to_string().contains("time to approve"));
}

#[tokio::test]
async fn that_the_old_host_serves_as_before_is_said_only_where_it_answered() {
    let ended = |change: fn(&mut State)| async move {
        let world = World::new().with(|state| state.answers = false).with(change);
        world.ended().await
    };
    let serves = ended(|_| {}).await;
    assert_eq!(
        (serves.outcome(), serves.old_host_seen),
        (Some(RelaunchOutcome::RolledBack), Some(OldHost::Serves))
    );

    let silent = ended(|state| state.old_answers = false).await;
    assert_eq!(
        (silent.outcome(), silent.old_host_seen),
        (Some(RelaunchOutcome::Failed), Some(OldHost::Silent))
    );
    assert!(
        reason_of(&silent).contains("the old host does not serve: i-00000000000000001 does not answer"),
        "{silent:?}"
    );

    let stopped = ended(|state| state.instances[0].state = InstanceState::Stopped).await;
    assert_eq!(
        (stopped.outcome(), stopped.old_host_seen),
        (Some(RelaunchOutcome::Failed), Some(OldHost::Away))
    );
    assert!(
        reason_of(&stopped).ends_with("the old host does not serve: i-00000000000000001 is stopped"),
        "{stopped:?}"
    );

    let unknown = ended(|state| state.instances[0].public_ip = None).await;
    assert_eq!(unknown.old_host_seen, Some(OldHost::Unknown));
    assert!(reason_of(&unknown).contains("whether the old host serves is not known"), "{unknown:?}");
}
