//! Every way a relaunch can go, tried exhaustively: the real decision and the real record against a small world.
//!
//! The world is DynamoDB with its conditional writes, EC2 with lost replies and late news, two drivers that crash
//! and come back, an operator who may cancel, and time. Three things keep it finite without making it weaker:
//!
//! - Clocks stand still. That a step's time is over, or that a lease ran out, are things that may happen at any
//!   moment (`Act::Time`, `Act::Shorten`, `Act::Expire`); timestamps only take the few values that tell those apart.
//! - Epochs and versions only grow and are only compared for equality with what is stored, so of each copy of the
//!   record only this counts: it is current, another version of the same epoch, or of an older epoch.
//! - Messages are for people, so they are looked at when they are written and then left out.
//!
//! What the code promises about time, and so what the world keeps to:
//!
//! - A driver begins a call only with more than `Lease::MARGIN` left of its lease *as it knows it*, and no call takes
//!   longer than that. So a lease never runs out while a call of its owner is under way, crashed or not. A driver whose
//!   record was taken from it by a cancellation does not know that, and may still begin calls until its lease is short.
//! - A driver looks before the time to undo is over, in which the time does not count while EC2 can't be asked; and the
//!   leases that are wasted by drivers which end before they have looked are shorter than that time.
//! - What EC2 tells of the address may lag behind a call that moves it, but not behind the next one that it carries
//!   out, and not for longer than `Timeouts::settle`.
//! - `Timeouts::settle` is longer than all that, and than EC2 takes to show a new instance; `Timeouts::boot` is, too.

use std::{
    collections::{HashMap, VecDeque, hash_map::DefaultHasher},
    fmt::Debug,
    hash::{Hash, Hasher},
    io::Write,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use rollcall_api::{
    audit::Actor,
    host::InstanceState,
    relaunch::{BootOutcome, BootReport, RelaunchKind, RelaunchOutcome, StepName, StepOutcome},
};
use rollcall_aws::{AwsError, Meaning, records::Expected};
use stateright::{Checker, Expectation, HasDiscoveries, Model, Property};

use super::{Seen, launch_of, new, new_2, old, old_host, relaunch_with, start, stranger};
use crate::{
    ec2::StatusChecks,
    ids::InstanceId,
    probe::Probe,
    relaunch::{
        Record,
        apply::apply,
        approve::approved,
        cancel::stop,
        decide::{Action, Decision, Event, Observation, Replaced, decide, decide_blind},
        lease::Lease,
        perform::{failure, moved},
        record::{Approval, Stage, Undo},
        timeouts::Timeouts,
    },
};

/// A mistake made on purpose, to see that it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    None,
    /// A driver takes a record over although another one's lease still runs.
    DropLeaseCheck,
    /// A write only compares the epoch.
    DropVersionCheck,
    /// Each call of RunInstances has a token of its own.
    RandomClientToken,
    /// The old host goes before the address moves.
    TerminateOldBeforeSwitch,
    /// The request is not stored before EC2 is asked.
    ForgetFrozenRequest,
    /// The undoing does not wait for an instance that may still appear.
    DoNotSettle,
    /// What EC2 tells of the address is believed at once when there is something to undo.
    BelieveLateNews,
    /// The time to undo goes on counting while nobody drives.
    CountIdleTime,
    /// An undoing whose time is over says that the old host serves, wherever the address points.
    ForgetAddress,
    /// While EC2 can't be asked, no time is ever over.
    WaitForEc2,
    /// What is replaced is the host that was there when the relaunch was asked for.
    ForgetReplaced,
    /// A host that fails while it bakes is given the whole bake.
    IgnoreFailing,
    /// The time of a step goes on counting while its driver is stopped.
    CountStoppedTime,
    /// Whoever carries the relaunch's tags is taken for its instance.
    TrustTags,
    /// The address moves without the approval that is asked for.
    SwitchUnapproved,
    /// That the old host serves is said without a look at it.
    SayItServes,
}

/// What must never happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Broken {
    /// Invariant 1: a driver with an older epoch changed something.
    OldEpochActed,
    /// Invariant 2: the old host went before its time.
    OldHostWentEarly,
    /// Invariant 3: EC2 was asked before the request was stored.
    LaunchedUnrecorded,
    /// Invariants 2 and 5: an instance was touched that is none of this relaunch's business.
    TouchedAStranger,
    /// Invariant 2: the new host was terminated though nothing is being undone.
    NewHostWentEarly,
    /// Invariant 6: something that was told was told otherwise later.
    HistoryChanged,
    /// Invariant 7: a step failed for its time before anybody had tried it.
    FailedUntried,
    /// A host was seen to fail while it baked, and was left with the visitors.
    LeftFailing,
    /// The address moved to a host that a person was to approve first.
    MovedUnapproved,
}

/// Something shared and immutable, told apart by what it says.
#[derive(Debug)]
pub(super) struct Keyed<T>(Arc<(u64, T)>);

impl<T: Debug> Keyed<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Arc::new((fingerprint(&format!("{value:?}")), value)))
    }
}

impl<T> Clone for Keyed<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> std::ops::Deref for Keyed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.1
    }
}

impl<T> PartialEq for Keyed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.0 == other.0.0
    }
}

impl<T> Eq for Keyed<T> {}

impl<T> Hash for Keyed<T> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.0.hash(hasher);
    }
}

fn fingerprint<T: Hash>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Target {
    Old,
    New(usize),
    Stranger,
}

static NEW: LazyLock<[InstanceId; 2]> = LazyLock::new(|| [new(), new_2()]);

impl Target {
    fn of(id: &InstanceId) -> Self {
        match NEW.iter().position(|new| new == id) {
            Some(number) => Self::New(number),
            None if *id == old() => Self::Old,
            None => Self::Stranger,
        }
    }

    fn id(self) -> InstanceId {
        match self {
            Self::Old => old(),
            Self::New(number) => NEW[number].clone(),
            Self::Stranger => stranger(),
        }
    }
}

/// A call of AWS under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Call {
    Check,
    /// With the number of the attempt, which its token is derived from.
    Launch(u32),
    KeepReport,
    KeepBootLog,
    Move(Target),
    Terminate(Target),
}

impl Call {
    fn of(action: &Action) -> Self {
        match action {
            Action::Check => Self::Check,
            Action::Launch(launch) => Self::Launch(launch.attempt),
            Action::KeepReport(_) => Self::KeepReport,
            Action::KeepBootLog(_) => Self::KeepBootLog,
            Action::MoveAddress(to) => Self::Move(Target::of(to)),
            Action::Terminate(which) => Self::Terminate(Target::of(which)),
        }
    }

    /// The action, as far as a failure is judged by it.
    fn action(self) -> Action {
        match self {
            Self::Move(to) => Action::MoveAddress(to.id()),
            Self::Terminate(which) => Action::Terminate(which.id()),
            _ => Action::Check,
        }
    }
}

/// The host that was there when the relaunch was asked for, and is gone.
fn gone() -> InstanceId {
    super::id("i-00000000000000008")
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Reply {
    /// It was carried out, and the reply says so.
    Done,
    /// It was carried out, and the reply was lost.
    Lost,
    /// It was not carried out, and the reply was lost.
    NotDone,
    NoCapacity,
    Refused,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Driver {
    /// Not there: never woken, crashed, or gone.
    Away,
    /// Has read the record and seen that nobody holds the lease.
    Taking(Keyed<Record>),
    /// Owns the record, as far as it knows.
    Looking(Keyed<Record>),
    /// Has something to record.
    Recording(Keyed<Record>, Keyed<Event>),
    /// Waits for a reply.
    Calling(Keyed<Record>, Call),
}

impl Driver {
    /// Whether it may write the record as it is stored.
    fn owns(&self, stored: &Record) -> bool {
        !matches!(self, Self::Taking(_)) && self.record().is_some_and(|it| expected(it) == expected(stored))
    }

    fn record_mut(&mut self) -> Option<&mut Keyed<Record>> {
        match self {
            Self::Away => None,
            Self::Taking(record)
            | Self::Looking(record)
            | Self::Recording(record, _)
            | Self::Calling(record, _) => Some(record),
        }
    }

    fn record(&self) -> Option<&Keyed<Record>> {
        match self {
            Self::Away => None,
            Self::Taking(record)
            | Self::Looking(record)
            | Self::Recording(record, _)
            | Self::Calling(record, _) => Some(record),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum OldHost {
    Running,
    /// Terminated by a driver.
    Retired,
    /// Ended from outside.
    Killed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum NewHost {
    /// Launched, and not to be seen in DescribeInstances yet.
    Hidden,
    Pending,
    Running,
    /// Terminated by a driver.
    Terminated,
    /// Ended from outside.
    Killed,
}

impl NewHost {
    const fn is_gone(self) -> bool {
        matches!(self, Self::Terminated | Self::Killed)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    stored: Keyed<Record>,
    /// How much of the stored stage's time is over: 0 none, 1 its time, 2 that and more.
    late: u8,
    drivers: [Driver; 2],
    /// Calls whose driver crashed, with the epoch it had.
    orphans: Vec<(u64, Call)>,
    /// What an operator who is about to cancel has read.
    operator: Option<Keyed<Record>>,
    old: Option<OldHost>,
    /// Each new instance, with the attempt that launched it.
    new: Vec<(u32, NewHost)>,
    holder: Option<Target>,
    /// The new instances that the record names for people to terminate.
    named: [bool; 2],
    /// How much of it was over when nobody held the lease any more.
    free_at: u8,
    /// Whether a driver has looked at the stage before the time for it was over.
    tried: bool,
    /// Whether undoing has lasted for longer than anybody waits for an EC2 that can't be asked.
    blind_over: bool,
    /// Whether the record says that it is not known what is left.
    unknown: bool,
    /// Whether the old host served when somebody last looked at what is to be undone.
    served: bool,
    /// Whether the record names the old host for people to terminate.
    named_old: bool,
    /// Whether undoing ended because its time was over.
    gave_up: bool,
    broken: Option<Broken>,
}

/// How what a look is told may differ from the world after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum News {
    True,
    /// The new instance ends between the two questions that a look consists of.
    Dying,
    /// It is told of the address that the old host has it still.
    Late,
    /// EC2 can't be asked.
    Blind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Act {
    /// A driver wakes and reads the record.
    Wake(usize),
    /// It takes the lease.
    Take(usize),
    /// It looks, decides and, if a call follows, begins it. `good`: checks passed, report there, probe answered.
    Look {
        driver: usize,
        good: bool,
        news: News,
    },
    /// It records what happened.
    Save(usize),
    /// Its call reaches AWS, and it learns what came of it.
    Land(usize, Reply),
    Crash(usize),
    /// Its time is up, and it gives the lease up.
    Release(usize),
    /// The call of a crashed driver reaches AWS after all, or never.
    LandOrphan(usize, bool),
    CancelRead,
    CancelWrite,
    /// An operator finds the new host good.
    Approve,
    /// A new instance goes on: it shows, it runs.
    Advance(usize),
    /// A new instance ends from outside.
    Kill(usize),
    KillOld,
    /// The stage's time is over.
    Time,
    /// So is the time for which an EC2 that can't be asked is waited for while it is undone.
    BlindTime,
    /// The stored lease, and its owner's copy of it, is short.
    Shorten,
    /// The lease as a driver knows it that lost the record is short.
    ShortenLost(usize),
    /// The stored lease has run out.
    Expire,
}

const STORED: u64 = 10;

fn timeouts(bug: Bug) -> Timeouts {
    let seconds = Duration::from_secs;
    Timeouts {
        preflight: seconds(10),
        launch: seconds(10),
        boot: seconds(10),
        report: seconds(10),
        probe: seconds(10),
        switch: seconds(10),
        bake: seconds(10),
        retire: seconds(10),
        undo: seconds(20),
        settle: if bug == Bug::DoNotSettle { Duration::ZERO } else { seconds(10) },
    }
}

fn at(late: u8) -> Timestamp {
    // With no settling, an undoing is never early.
    start() + Duration::from_secs([1, 15, 25][usize::from(late)])
}

fn short() -> Timestamp {
    start() + Lease::MARGIN
}

fn is_fresh(record: &Record) -> bool {
    !record.lease.is_short(start())
}

fn expected(record: &Record) -> Expected {
    Expected { epoch: record.lease.epoch, version: record.version }
}

/// The event without what only people read.
fn plain(event: Event) -> Event {
    let reason = String::new;
    match event {
        Event::Failed { instance_may_appear, .. } => Event::Failed { reason: reason(), instance_may_appear },
        Event::NoCapacity { .. } => Event::NoCapacity { reason: reason() },
        Event::NotRetired { .. } => Event::NotRetired { reason: reason() },
        event => event,
    }
}

struct Relaunching {
    bug: Bug,
}

impl Relaunching {
    /// The write of [`crate::table`]: carried out only under its condition.
    fn write(&self, world: &mut World, record: &mut Record, expected: Expected) -> bool {
        let stored = &world.stored;
        let same_version = self.bug == Bug::DropVersionCheck || stored.version == expected.version;
        if stored.lease.epoch != expected.epoch || !same_version {
            return false;
        }
        if self.bug == Bug::ForgetFrozenRequest
            && matches!((&stored.stage, &record.stage), (Stage::Preflight, Stage::Launch(_)))
        {
            return true;
        }
        record.version = expected.version + 1;
        if !only_grows(stored, record) {
            world.broken = Some(Broken::HistoryChanged);
        }
        let says = |words: &str| {
            record.steps.iter().any(|step| step.message.as_ref().is_some_and(|text| text.contains(words)))
        };
        world.unknown |= says("what is left of it is not known");
        world.named_old |= says("terminate by hand") && says(old().as_str());
        if record.stage != stored.stage {
            let is_undoing = matches!(record.stage, Stage::Undo(_));
            let was_undoing = matches!(stored.stage, Stage::Undo(_));
            world.gave_up |= was_undoing && !is_undoing && world.late == 2 && !world.unknown;
            if !(was_undoing && is_undoing) {
                (world.late, world.free_at, world.blind_over) = (0, 0, false);
                world.tried &= record.outcome().is_some();
            }
        }
        for (number, id) in NEW.iter().enumerate() {
            let names = |step: &rollcall_api::relaunch::Step| {
                step.message.as_ref().is_some_and(|text| {
                    text.split_once("terminate by hand").is_some_and(|(_, ids)| ids.contains(id.as_str()))
                })
            };
            world.named[number] |= record.steps.iter().any(names);
        }
        world.stored = Keyed::new(record.clone());
        true
    }

    fn decide(&self, record: &Record, seen: &Observation, now: Timestamp) -> Decision {
        if self.bug == Bug::TerminateOldBeforeSwitch
            && matches!(record.stage, Stage::Switch(_))
            && let Some(old) = &record.old_host
        {
            return Decision::Do(Action::Terminate(old.clone()));
        }
        let mut record = record.clone();
        if let (Bug::BelieveLateNews, Stage::Undo(undo)) = (self.bug, &mut record.stage) {
            undo.address_asked_back = true;
        }
        let mut seen = seen.clone();
        seen.is_failing &= self.bug != Bug::IgnoreFailing;
        if self.bug == Bug::SwitchUnapproved
            && let (Stage::Approve(_), Some(approval)) = (&record.stage, &mut record.approval)
        {
            approval.given_by = Some(Actor::Rollcall);
        }
        match decide(&record, &seen, now, &timeouts(self.bug)) {
            Decision::Record(Event::Undone { left_behind, .. })
                if matches!(self.bug, Bug::ForgetAddress | Bug::SayItServes) =>
            {
                Decision::Record(Event::Undone { left_behind, old_host: old_host(true) })
            }
            decision => decision,
        }
    }

    fn look(&self, world: &mut World, driver: usize, good: bool, news: News) -> Option<()> {
        let Driver::Looking(record) = world.drivers[driver].clone() else { return None };
        let mut record = Record::clone(&record);
        let mut seen = observe(world, &record, good, self.bug);
        match news {
            News::True | News::Blind => {}
            News::Dying => {
                kill_new(world, Target::of(record.stage.new_instance()?));
                seen.address_holder = world.holder.map(Target::id);
            }
            News::Late => seen.address_holder = Some(old()),
        }
        let is_current = expected(&record) == expected(&world.stored);
        // Whoever comes back after its lease had run out leaves out what has passed since.
        let is_back = is_current && !record.lease.is_held(start());
        if is_back && self.bug != Bug::CountStoppedTime {
            world.late = self.taken(world, &record).1;
        }
        if !is_fresh(&record) {
            record.lease.renew(start());
            let expected = expected(&record);
            if !self.write(world, &mut record, expected) {
                world.drivers[driver] = Driver::Away;
                return Some(());
            }
        }
        let late = if is_current { world.late } else { 0 };
        let is_in_time = late < most_late(&record.stage);
        let decision = if news == News::Blind {
            match self.decide_blind(world, &record, late) {
                Some(event) => Decision::Record(event),
                None => Decision::Wait,
            }
        } else {
            self.decide(&record, &seen, at(late))
        };
        if news == News::Blind {
            seen.is_failing = false;
        }
        self.judge(world, &record, &seen, &decision, is_current && !is_in_time);
        // A step's time counts on while EC2 can't be asked; that of undoing does not.
        if is_current && (news != News::Blind || !matches!(record.stage, Stage::Undo(_))) {
            world.tried |= is_in_time;
        }
        if is_current && news != News::Blind {
            world.served = world.old == Some(OldHost::Running) && world.holder == Some(Target::Old);
        }
        world.drivers[driver] = match decision {
            Decision::Finished | Decision::Leave => Driver::Away,
            Decision::Record(event) => Driver::Recording(Keyed::new(record), Keyed::new(plain(event))),
            Decision::Do(action) => Driver::Calling(Keyed::new(record), Call::of(&action)),
            Decision::Wait => Driver::Looking(Keyed::new(record)),
        };
        Some(())
    }

    /// What is decided where EC2 can't be asked. The hard end of undoing has a clock of its own.
    fn decide_blind(&self, world: &World, record: &Record, late: u8) -> Option<Event> {
        if self.bug == Bug::WaitForEc2 {
            return None;
        }
        let now = match record.stage {
            Stage::Undo(_) if world.blind_over => start() + Duration::from_secs(65),
            Stage::Undo(_) => start() + Duration::from_secs(1),
            _ => at(late),
        };
        decide_blind(record, "", now, &timeouts(self.bug))
    }

    /// Notes what must not be decided.
    fn judge(
        &self,
        world: &mut World,
        record: &Record,
        seen: &Observation,
        decision: &Decision,
        is_late: bool,
    ) {
        let fails = matches!(decision, Decision::Record(Event::Failed { .. }));
        // What a person did not do in time needs nobody to have tried it.
        let is_for_drivers = !record.waits_for_a_person() && !has_died(seen, record);
        if fails && is_late && !world.tried && is_for_drivers {
            world.broken = Some(Broken::FailedUntried);
        }
        if seen.is_failing && matches!(decision, Decision::Wait) {
            world.broken = Some(Broken::LeftFailing);
        }
    }

    fn save(&self, world: &mut World, driver: usize) -> Option<()> {
        let Driver::Recording(record, event) = world.drivers[driver].clone() else { return None };
        let mut changed = apply(Record::clone(&record), Event::clone(&event), start());
        if let Some(Approval { since: since @ Some(_), given_by: None, .. }) = &mut changed.approval {
            // So that the hours are over when a step's time is.
            *since = Some(start() - Duration::from_secs(3_600 - 10));
        }
        changed.lease.renew(start());
        let saved = self.write(world, &mut changed, expected(&record));
        let goes_on = saved && changed.outcome().is_none();
        world.drivers[driver] = if goes_on { Driver::Looking(Keyed::new(changed)) } else { Driver::Away };
        Some(())
    }

    /// What a call does to the world, and what its reply says.
    fn carry_out(
        &self,
        world: &mut World,
        epoch: u64,
        call: Call,
        reply: Reply,
    ) -> Result<Option<Event>, Meaning> {
        if reply == Reply::NotDone {
            return Err(Meaning::Away);
        }
        let lost = reply == Reply::Lost;
        // What a driver that lost the record may still do is launch, and the undoing waits for that. Once there is an
        // instance, the same launch changes nothing.
        let is_awaited = matches!(world.stored.stage, Stage::Undo(Undo { instance_may_appear: true, .. }))
            && world.late == 0
            && matches!(call, Call::Launch(_));
        let is_repeated =
            matches!(call, Call::Launch(attempt) if world.new.iter().any(|(of, _)| *of == attempt));
        let is_done = matches!(reply, Reply::Done | Reply::Lost);
        if is_done && changes(call) && !is_repeated && epoch != world.stored.lease.epoch && !is_awaited {
            world.broken = Some(Broken::OldEpochActed);
        }
        match call {
            _ if reply == Reply::Refused && call != Call::KeepReport => Err(Meaning::Denied),
            Call::Check if lost => Err(Meaning::Away),
            Call::Check => {
                let seen = observe(world, &world.stored, false, Bug::None);
                let mut replaced = Replaced::seen(&world.stored, &seen);
                if self.bug == Bug::ForgetReplaced {
                    replaced.host.clone_from(&world.stored.old_host);
                }
                Ok(Some(Event::Checked { launch: launch_of(&world.stored), replaced }))
            }
            Call::KeepReport if lost => Ok(None),
            Call::KeepReport => {
                let outcome =
                    if reply == Reply::Done { BootOutcome::Answering } else { BootOutcome::ScriptFailed };
                Ok(Some(Event::Reported(BootReport { outcome, exit_code: None, seconds: 1 })))
            }
            Call::KeepBootLog => Ok(Some(Event::BootLogKept)),
            Call::Launch(_) if reply == Reply::NoCapacity => Err(Meaning::NoCapacity),
            Call::Launch(attempt) => {
                let number = self.launch(world, attempt);
                if lost { Err(Meaning::Away) } else { Ok(Some(Event::Launched(NEW[number].clone()))) }
            }
            Call::Move(to) => {
                if is_gone(world, to) {
                    return Err(Meaning::Refused);
                }
                if to == Target::Stranger {
                    world.broken = Some(Broken::TouchedAStranger);
                }
                let approval = world.stored.approval.as_ref();
                if matches!(to, Target::New(_)) && approval.is_some_and(|approval| !approval.is_given()) {
                    world.broken = Some(Broken::MovedUnapproved);
                }
                world.holder = Some(to);
                Ok(None)
            }
            Call::Terminate(which) => {
                terminate(world, which);
                Ok(None)
            }
        }
    }

    /// The same token again is the same instance again, whatever became of it.
    fn launch(&self, world: &mut World, attempt: u32) -> usize {
        if world.stored.stage == Stage::Preflight {
            world.broken = Some(Broken::LaunchedUnrecorded);
        }
        let before = world.new.iter().position(|(of, _)| *of == attempt);
        if let Some(number) = before.filter(|_| self.bug != Bug::RandomClientToken || world.new.len() == 2) {
            return number;
        }
        world.new.push((attempt, NewHost::Hidden));
        world.new.len() - 1
    }

    fn land(&self, world: &mut World, driver: usize, reply: Reply) -> Option<()> {
        let Driver::Calling(record, call) = world.drivers[driver].clone() else { return None };
        let outcome = self.carry_out(world, record.lease.epoch, call, reply);
        let event = match outcome {
            Ok(None) if matches!(call, Call::Move(_)) => moved(&record.stage),
            Ok(event) => event,
            Err(meaning) => {
                let mut error = AwsError::incomplete("", "");
                error.meaning = meaning;
                failure(&error, &call.action(), &record.stage, Duration::ZERO)
            }
        };
        world.drivers[driver] = match event {
            Some(event) => Driver::Recording(record, Keyed::new(plain(event))),
            None => Driver::Looking(record),
        };
        Some(())
    }

    /// The record as a driver takes it, with the clocks at the start again, and how much of the stage's time is over.
    fn taken(&self, world: &World, record: &Record) -> (Record, u8) {
        let (mut before, now) = (record.clone(), at(world.late));
        if self.bug == Bug::CountIdleTime {
            before.lease = before.lease.taken_by(String::new(), start());
            return (before, world.late);
        }
        if !before.lease.is_held(start()) {
            before.lease.expires_at = at(world.free_at);
            before.lease.renewed_at = Some(at(world.free_at));
        }
        let mut taken = before.taken_by(String::new(), now);
        let left_out = taken.stage_since.duration_since(record.stage_since);
        let late = (0..world.late).find(|late| at(*late) >= now - left_out).unwrap_or(world.late);
        taken.stage_since = record.stage_since;
        taken.lease.expires_at = start() + Lease::TERM;
        taken.lease.renewed_at = Some(start());
        (taken, late)
    }

    fn change(&self, world: &mut World, act: Act) -> Option<()> {
        match act {
            Act::Wake(driver) => world.drivers[driver] = Driver::Taking(world.stored.clone()),
            Act::Take(driver) => {
                let Driver::Taking(record) = world.drivers[driver].clone() else { return None };
                let (mut taken, late) = self.taken(world, &record);
                let is_taken = self.write(world, &mut taken, expected(&record));
                if is_taken {
                    world.late = late;
                }
                world.drivers[driver] =
                    if is_taken { Driver::Looking(Keyed::new(taken)) } else { Driver::Away };
            }
            Act::Look { driver, good, news } => self.look(world, driver, good, news)?,
            Act::Save(driver) => self.save(world, driver)?,
            Act::Land(driver, reply) => self.land(world, driver, reply)?,
            Act::Crash(driver) => leave(world, driver),
            Act::Release(driver) => {
                let Driver::Looking(record) = world.drivers[driver].clone() else { return None };
                let mut released = Record::clone(&record);
                released.lease.release(start());
                if expected(&record) == expected(&world.stored) && !record.lease.is_held(start()) {
                    world.late = self.taken(world, &record).1;
                }
                if self.write(world, &mut released, expected(&record)) {
                    world.free_at = world.late;
                }
                world.drivers[driver] = Driver::Away;
            }
            Act::LandOrphan(which, is_done) => {
                let (epoch, call) = world.orphans.remove(which);
                if is_done {
                    let _ = self.carry_out(world, epoch, call, Reply::Lost);
                }
            }
            Act::CancelRead => world.operator = Some(world.stored.clone()),
            Act::CancelWrite => {
                let record = world.operator.take()?;
                let expected = expected(&record);
                if let Ok(mut stopped) = stop(Record::clone(&record), &Actor::DirectInvocation, start()) {
                    stopped.lease = stopped.lease.taken_by(String::new(), start());
                    stopped.lease.release(start());
                    self.write(world, &mut stopped, expected);
                }
            }
            Act::Approve => {
                let record = Record::clone(&world.stored);
                let expected = expected(&record);
                if let Ok(mut approved) = approved(record, &Actor::DirectInvocation, at(world.late)) {
                    approved.stage_since = start();
                    approved.lease = approved.lease.taken_by(String::new(), start());
                    approved.lease.release(start());
                    self.write(world, &mut approved, expected);
                    (world.late, world.free_at, world.tried) = (0, 0, false);
                }
            }
            Act::Advance(number) => {
                let (_, host) = &mut world.new[number];
                *host = match host {
                    NewHost::Hidden => NewHost::Pending,
                    _ => NewHost::Running,
                };
            }
            Act::Kill(number) => kill_new(world, Target::New(number)),
            Act::KillOld => {
                world.old = Some(OldHost::Killed);
                release_address(world, Target::Old);
            }
            Act::Time => world.late += 1,
            Act::BlindTime => world.blind_over = true,
            Act::Shorten | Act::Expire => {
                let expires_at = if act == Act::Expire { start() } else { short() };
                let of = expected(&world.stored);
                if act == Act::Expire {
                    world.free_at = world.late;
                }
                age(&mut world.stored, expires_at);
                for driver in &mut world.drivers {
                    if let Some(record) = driver.record_mut().filter(|record| expected(record) == of) {
                        age(record, expires_at);
                    }
                }
            }
            Act::ShortenLost(driver) => age(world.drivers[driver].record_mut()?, short()),
        }
        Some(())
    }
}

fn age(record: &mut Keyed<Record>, expires_at: Timestamp) {
    let mut aged = Record::clone(record);
    aged.lease.expires_at = expires_at;
    *record = Keyed::new(aged);
}

/// Whether EC2 may still tell that the old host has the address, which a call has moved away.
fn may_be_late(world: &World, record: &Record) -> bool {
    let answered = matches!(record.stage, Stage::Undo(Undo { address_asked_back: true, .. }));
    world.old.is_some() && world.holder != Some(Target::Old) && !answered && world.late < 1
}

/// What one look sees. `good` says that whatever is awaited has come.
fn observe(world: &World, record: &Record, good: bool, bug: Bug) -> Observation {
    // It carries copies of the relaunch's tags, and has another client token.
    let taken_for = (bug == Bug::TrustTags).then_some(record.id);
    let mut seen = Seen::nothing().instance(stranger(), InstanceState::Running, taken_for);
    if let Some(host) = world.old {
        let is_there = host == OldHost::Running;
        seen = seen.old(if is_there { InstanceState::Running } else { InstanceState::Terminated });
    }
    for (number, (_, host)) in world.new.iter().enumerate() {
        let state = match host {
            NewHost::Hidden => continue,
            NewHost::Pending => InstanceState::Pending,
            NewHost::Running => InstanceState::Running,
            NewHost::Terminated | NewHost::Killed => InstanceState::Terminated,
        };
        seen = seen.instance(NEW[number].clone(), state, Some(record.id));
    }
    let mut seen = seen.0;
    seen.address_holder = world.holder.map(Target::id);
    if good {
        seen.checks = StatusChecks { instance_passed: true, system_passed: true };
        seen.report = Some(BootReport { outcome: BootOutcome::Answering, exit_code: None, seconds: 1 });
        seen.probe = Some(Probe::Answered { lacking: Vec::new() });
    }
    if world.old == Some(OldHost::Running) && world.holder == Some(Target::Old) {
        seen.old_probe = Some(Probe::Answered { lacking: Vec::new() });
    }
    // Whatever it answered before, it may have failed for as long as it is given.
    seen.is_failing = !good && matches!(record.stage, Stage::Bake(_));
    seen
}

/// How much of a stage's time can be over: so much that it is over for good.
const fn most_late(stage: &Stage) -> u8 {
    match stage {
        Stage::Bake(_) | Stage::Undo(_) => 2,
        Stage::Ended(_) => 0,
        _ => 1,
    }
}

/// Whether the new host is seen to have ended.
fn has_died(seen: &Observation, record: &Record) -> bool {
    let new = record.stage.new_instance();
    seen.instances.iter().any(|it| Some(&it.id) == new && it.state == InstanceState::Terminated)
}

fn is_gone(world: &World, which: Target) -> bool {
    match which {
        Target::Old => world.old != Some(OldHost::Running),
        Target::New(number) => world.new.get(number).is_none_or(|(_, host)| host.is_gone()),
        Target::Stranger => false,
    }
}

/// EC2 takes the address from an instance that ends.
fn release_address(world: &mut World, from: Target) {
    if world.holder == Some(from) {
        world.holder = None;
    }
}

fn kill_new(world: &mut World, which: Target) {
    if let Target::New(number) = which {
        world.new[number].1 = NewHost::Killed;
        release_address(world, which);
    }
}

fn terminate(world: &mut World, which: Target) {
    match which {
        Target::Stranger => world.broken = Some(Broken::TouchedAStranger),
        Target::Old => {
            let steps = &world.stored.steps;
            let passed = |name| {
                steps.iter().any(|step| step.name == name && step.outcome == Some(StepOutcome::Succeeded))
            };
            let all_passed = world
                .stored
                .steps
                .iter()
                .map(|step| step.name)
                .filter(|name| *name < StepName::Retire)
                .all(passed);
            let has_moved = match world.holder {
                Some(Target::New(_)) => true,
                _ => world.new.iter().any(|(_, host)| *host == NewHost::Killed),
            };
            if world.stored.kind != RelaunchKind::Terminate && !(all_passed && has_moved) {
                world.broken = Some(Broken::OldHostWentEarly);
            }
            if world.old == Some(OldHost::Running) {
                world.old = Some(OldHost::Retired);
            }
        }
        Target::New(number) => {
            if !matches!(world.stored.stage, Stage::Undo(_)) {
                world.broken = Some(Broken::NewHostWentEarly);
            }
            let (_, host) = &mut world.new[number];
            if !host.is_gone() {
                *host = NewHost::Terminated;
            }
        }
    }
    release_address(world, which);
}

/// Whether `after` tells all that `before` told, and perhaps more.
fn only_grows(before: &Record, after: &Record) -> bool {
    let steps = before.steps.iter().zip(&after.steps).all(|(before, after)| {
        let is_open = before.outcome.is_none();
        let message = before.message.as_deref().unwrap_or_default();
        before.name == after.name
            && (before.started_at.is_none() || before.started_at == after.started_at)
            && (is_open
                || (before.outcome == after.outcome
                    && before.ended_at == after.ended_at
                    && after.message.as_deref().unwrap_or_default().starts_with(message)))
    });
    steps
        && before.steps.len() == after.steps.len()
        && before.outcome().is_none()
        && (before.cancelled_by.is_none() || before.cancelled_by == after.cancelled_by)
        && (before.id, &before.requested_by, before.started_at, before.to_revision)
            == (after.id, &after.requested_by, after.started_at, after.to_revision)
        // What is replaced is looked at once more, under the lease.
        && (before.stage == Stage::Preflight
            || (before.kind, before.from_revision, &before.old_host)
                == (after.kind, after.from_revision, &after.old_host))
}

impl Relaunching {
    /// Whether a copy of the record is one that can't be written any more.
    fn is_lost(&self, world: &World, record: &Record) -> bool {
        let (is, of) = (expected(record), expected(&world.stored));
        is.epoch != of.epoch || (is.version != of.version && self.bug != Bug::DropVersionCheck)
    }

    /// The one of all worlds that differ in nothing that counts. A driver that has lost the record and can begin no
    /// call any more is as good as away: its next write fails.
    fn canonical(&self, mut world: World) -> World {
        for number in 0..world.drivers.len() {
            let driver = &world.drivers[number];
            let Some(record) = driver.record().filter(|record| self.is_lost(&world, record)) else {
                continue;
            };
            let acts_no_more = match driver {
                Driver::Away | Driver::Taking(_) | Driver::Recording(..) => true,
                Driver::Looking(record) => !(is_fresh(record) && may_call(&record.stage)),
                Driver::Calling(_, call) => !(changes(*call) && is_fresh(record) && may_call(&record.stage)),
            };
            if acts_no_more {
                leave(&mut world, number);
            }
        }
        if world.operator.as_ref().is_some_and(|record| self.is_lost(&world, record)) {
            world.operator = None;
        }
        if !matches!(world.stored.stage, Stage::Undo(_) | Stage::Ended(_)) {
            world.served = false;
        }
        if world.stored.lease.is_held(start()) || world.stored.outcome().is_some() {
            world.free_at = 0;
        }
        if world.stored.outcome().is_some() {
            // The next look finds that it is over.
            for driver in &mut world.drivers {
                let is_current = driver.record().is_some_and(|it| expected(it) == expected(&world.stored));
                if is_current && matches!(driver, Driver::Looking(_)) {
                    *driver = Driver::Away;
                }
            }
        }
        renumber(world)
    }
}

/// Whether a call is noticed by anyone but who makes it.
const fn changes(call: Call) -> bool {
    matches!(call, Call::Launch(_) | Call::Move(_) | Call::Terminate(_))
}

/// Whether such a call may be decided in this stage.
const fn may_call(stage: &Stage) -> bool {
    !matches!(stage, Stage::Preflight | Stage::Boot(_) | Stage::Report(_) | Stage::Probe(_) | Stage::Ended(_))
}

/// A driver is no more; what it has under way goes on.
fn leave(world: &mut World, driver: usize) {
    if let Driver::Calling(record, call) = &world.drivers[driver]
        && changes(*call)
    {
        world.orphans.push((record.lease.epoch, *call));
    }
    world.drivers[driver] = Driver::Away;
}

/// Numbers epochs and versions anew, and leaves out what is only for people.
fn renumber(mut world: World) -> World {
    let of = expected(&world.stored);
    let renumbered = |record: &Keyed<Record>| {
        let is_of = expected(record);
        let (epoch, version) = match () {
            () if is_of == of => (STORED, STORED),
            () if is_of.epoch == of.epoch => (STORED, STORED - 1),
            () => (STORED - 1, STORED - 1),
        };
        let is_plain = |record: &Record| {
            record.steps.iter().all(|step| step.message.is_none() && step.resources.is_empty())
        };
        if is_of == (Expected { epoch, version }) && is_plain(record) {
            return record.clone();
        }
        let mut record = Record::clone(record);
        record.lease.epoch = epoch;
        record.version = version;
        for step in &mut record.steps {
            step.message = None;
            step.resources = Vec::new();
        }
        Keyed::new(record)
    };
    for driver in &mut world.drivers {
        if let Some(record) = driver.record_mut() {
            *record = renumbered(record);
        }
    }
    if let Some(record) = &mut world.operator {
        *record = renumbered(record);
    }
    for (epoch, _) in &mut world.orphans {
        *epoch = if *epoch == of.epoch { STORED } else { STORED - 1 };
    }
    world.stored = renumbered(&world.stored);
    world.orphans.sort_by_key(fingerprint);
    world.orphans.dedup();
    world.drivers.sort_by_key(fingerprint);
    world
}

impl Model for Relaunching {
    type State = World;
    type Action = Act;

    fn init_states(&self) -> Vec<World> {
        let world = |old: Option<OldHost>, kind, approval: Option<Approval>| {
            let mut record = relaunch_with(old.map(|_| super::old()));
            record.steps = Record::steps_from(StepName::Preflight, approval.as_ref(), start());
            record.approval = approval;
            record.id = *super::RELAUNCH;
            record.kind = kind;
            if kind == RelaunchKind::Terminate {
                record.to_revision = None;
                record.stage = Stage::Terminate;
                record.steps = Record::steps_from(StepName::Retire, None, start());
            }
            renumber(World {
                stored: Keyed::new(record),
                late: 0,
                drivers: [Driver::Away, Driver::Away],
                orphans: Vec::new(),
                operator: None,
                old,
                new: Vec::new(),
                holder: old.map(|_| Target::Old),
                named: [false; 2],
                free_at: 0,
                tried: false,
                blind_over: false,
                unknown: false,
                served: false,
                named_old: false,
                gave_up: false,
                broken: None,
            })
        };
        // Another relaunch has replaced the host since this one was asked for.
        let mut in_between = world(Some(OldHost::Running), RelaunchKind::Relaunch, None);
        let mut record = Record::clone(&in_between.stored);
        record.old_host = Some(gone());
        in_between.stored = Keyed::new(record);
        if self.bug == Bug::WaitForEc2 {
            // It shows in the shortest of them.
            return vec![world(Some(OldHost::Running), RelaunchKind::Terminate, None)];
        }
        vec![
            world(Some(OldHost::Running), RelaunchKind::Relaunch, None),
            world(Some(OldHost::Running), RelaunchKind::Relaunch, Some(Approval::within(1))),
            world(None, RelaunchKind::Launch, None),
            in_between,
            world(Some(OldHost::Running), RelaunchKind::Terminate, None),
        ]
    }

    fn actions(&self, world: &World, acts: &mut Vec<Act>) {
        if world.broken.is_some() {
            return;
        }
        let stored = &world.stored;
        let of = expected(stored);
        let is_over = stored.outcome().is_some();
        for (number, driver) in world.drivers.iter().enumerate() {
            if number == 1 && world.drivers[0] == *driver {
                continue;
            }
            self.acts_of(world, number, driver, acts);
        }
        for which in 0..world.orphans.len() {
            acts.extend([Act::LandOrphan(which, true), Act::LandOrphan(which, false)]);
        }
        for (number, (_, host)) in world.new.iter().enumerate() {
            if matches!(host, NewHost::Hidden | NewHost::Pending) {
                acts.push(Act::Advance(number));
            }
            // What becomes of it once all is over is nobody's business here.
            if !host.is_gone() && !is_over {
                acts.push(Act::Kill(number));
            }
        }
        if is_over {
            return;
        }
        match world.operator {
            None if stored.stage.is_cancellable() => acts.push(Act::CancelRead),
            None => {}
            Some(_) => acts.push(Act::CancelWrite),
        }
        if stored.waits_for_a_person() {
            acts.push(Act::Approve);
        }
        if world.old == Some(OldHost::Running) {
            acts.push(Act::KillOld);
        }
        if matches!(stored.stage, Stage::Undo(_)) && !world.blind_over && nobody_from_before_is_busy(world) {
            acts.push(Act::BlindTime);
        }
        if self.time_may_pass(world) {
            acts.push(Act::Time);
        }
        let is_calling = world
            .drivers
            .iter()
            .any(|driver| matches!(driver, Driver::Calling(record, _) if record.lease.epoch == of.epoch))
            || world.orphans.iter().any(|(epoch, _)| *epoch == of.epoch);
        if is_fresh(stored) {
            acts.push(Act::Shorten);
        } else if stored.lease.is_held(start()) && !is_calling {
            acts.push(Act::Expire);
        }
    }

    fn next_state(&self, world: &World, act: Act) -> Option<World> {
        let mut next = world.clone();
        self.change(&mut next, act)?;
        let next = self.canonical(next);
        (next != *world).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        fn ended(world: &World) -> Option<RelaunchOutcome> {
            world.stored.outcome()
        }
        fn not(broken: Broken, world: &World) -> bool {
            world.broken != Some(broken)
        }
        vec![
            Property::always("1: a driver with an older epoch changes nothing", |_, world: &World| {
                not(Broken::OldEpochActed, world)
            }),
            Property::always("1: at most one driver owns the record", |_, world: &World| {
                world.drivers.iter().filter(|driver| driver.owns(&world.stored)).count() <= 1
            }),
            Property::always(
                "2: the old host goes only after gates, address and bake",
                |_, world: &World| not(Broken::OldHostWentEarly, world),
            ),
            Property::always("2: the new host goes only while it is undone", |_, world: &World| {
                not(Broken::NewHostWentEarly, world)
            }),
            Property::always("2: what failed leaves the old host serving", |_, world: &World| {
                let has_failed = ended(world).is_some_and(|it| it != RelaunchOutcome::Succeeded);
                let is_there = world.old == Some(OldHost::Running);
                let is_said = ended(world) != Some(RelaunchOutcome::Failed);
                let serves = world.holder == Some(Target::Old);
                // Where the address could not be moved back in time, nobody says that it was.
                !(has_failed && is_there && !serves)
                    || ((world.gave_up || world.unknown) && !is_said)
                    || world.stored.kind == RelaunchKind::Terminate
            }),
            Property::always(
                "2: the old host is not retired by what did not get so far",
                |_, world: &World| {
                    let is_undone = matches!(
                        ended(world),
                        Some(RelaunchOutcome::RolledBack | RelaunchOutcome::Cancelled)
                    );
                    !(is_undone && world.old == Some(OldHost::Retired))
                },
            ),
            Property::always("2: nobody gives up what nobody has tried to undo", |_, world: &World| {
                world.tried || !world.gave_up
            }),
            Property::always(
                "2: what succeeded leaves no other host that it does not name",
                |_, world: &World| {
                    let succeeded = ended(world) == Some(RelaunchOutcome::Succeeded);
                    !(succeeded && world.old == Some(OldHost::Running)) || world.named_old
                },
            ),
            Property::always("2: no visitor is left with a host that fails", |_, world: &World| {
                not(Broken::LeftFailing, world)
            }),
            Property::always(
                "2: the address moves to no host that nobody has approved",
                |_, world: &World| not(Broken::MovedUnapproved, world),
            ),
            Property::always(
                "7: no step fails for its time before anybody has tried it",
                |_, world: &World| not(Broken::FailedUntried, world),
            ),
            Property::always(
                "8: that the old host serves is said only where it was seen",
                |_, world: &World| ended(world) != Some(RelaunchOutcome::RolledBack) || world.served,
            ),
            Property::always("3: the request is stored before EC2 is asked", |_, world: &World| {
                not(Broken::LaunchedUnrecorded, world)
            }),
            Property::always("3: one attempt starts at most one instance", |_, world: &World| {
                world.new.len() < 2 || world.new[0].0 != world.new[1].0
            }),
            Property::always("3: at most one instance of a relaunch is alive", |_, world: &World| {
                world.new.iter().filter(|(_, host)| !host.is_gone()).count() <= 1
            }),
            Property::always(
                "4: what failed leaves no instance that it does not name",
                |_, world: &World| {
                    let has_failed = ended(world).is_some_and(|it| it != RelaunchOutcome::Succeeded);
                    let is_left = |(number, (_, host)): (usize, &(u32, NewHost))| {
                        !host.is_gone() && !world.named[number]
                    };
                    !(has_failed && world.new.iter().enumerate().any(is_left)) || world.unknown
                },
            ),
            Property::always("5: no other instance is touched", |_, world: &World| {
                not(Broken::TouchedAStranger, world)
            }),
            Property::always("6: history only grows", |_, world: &World| not(Broken::HistoryChanged, world)),
            Property::sometimes("it succeeds", |_, world: &World| {
                ended(world) == Some(RelaunchOutcome::Succeeded)
            }),
            Property::sometimes("it fails", |_, world: &World| ended(world) == Some(RelaunchOutcome::Failed)),
            Property::sometimes("it is rolled back", |_, world: &World| {
                ended(world) == Some(RelaunchOutcome::RolledBack)
            }),
            Property::sometimes("it is cancelled", |_, world: &World| {
                ended(world) == Some(RelaunchOutcome::Cancelled)
            }),
        ]
    }
}

impl Relaunching {
    fn acts_of(&self, world: &World, number: usize, driver: &Driver, acts: &mut Vec<Act>) {
        let stored = &world.stored;
        match driver {
            Driver::Away => {
                let is_free = self.bug == Bug::DropLeaseCheck || !stored.lease.is_held(start());
                if stored.outcome().is_none() && is_free {
                    acts.push(Act::Wake(number));
                }
                return;
            }
            Driver::Taking(_) => {
                acts.push(Act::Take(number));
                return;
            }
            Driver::Looking(record) => {
                acts.push(Act::Release(number));
                let look = |good, news| Act::Look { driver: number, good, news };
                acts.push(look(false, News::True));
                acts.push(look(false, News::Blind));
                if may_be_late(world, record) {
                    acts.push(look(false, News::Late));
                }
                let new = record.stage.new_instance().map(Target::of);
                let is_running = matches!(new, Some(Target::New(of)) if world.new[of].1 == NewHost::Running);
                if is_running {
                    acts.push(look(true, News::True));
                    if matches!(record.stage, Stage::Switch(_) | Stage::Bake(_) | Stage::Retire(_)) {
                        acts.push(look(true, News::Dying));
                    }
                }
            }
            Driver::Recording(..) => acts.push(Act::Save(number)),
            Driver::Calling(_, call) => {
                let replies: &[Reply] = match call {
                    Call::Launch(attempt) if world.new.iter().any(|(of, _)| of == attempt) => {
                        &[Reply::Done, Reply::Lost, Reply::Refused]
                    }
                    Call::Launch(_) => {
                        &[Reply::Done, Reply::Lost, Reply::NotDone, Reply::NoCapacity, Reply::Refused]
                    }
                    Call::Check => &[Reply::Done, Reply::Lost, Reply::Refused],
                    Call::KeepReport => &[Reply::Done, Reply::Lost, Reply::Refused],
                    Call::KeepBootLog => &[Reply::Done],
                    Call::Move(_) | Call::Terminate(_) => &[Reply::Done, Reply::NotDone, Reply::Refused],
                };
                acts.extend(replies.iter().map(|reply| Act::Land(number, *reply)));
            }
        }
        acts.push(Act::Crash(number));
        if driver.record().is_some_and(|record| expected(record) != expected(stored) && is_fresh(record)) {
            acts.push(Act::ShortenLost(number));
        }
    }

    fn time_may_pass(&self, world: &World) -> bool {
        if world.late >= most_late(&world.stored.stage) {
            return false;
        }
        // A lease is shorter than the time of any step, and its owner looks while it lasts.
        if !world.tried && world.stored.lease.is_held(start()) {
            return false;
        }
        let shows_all = world.new.iter().all(|(_, host)| *host != NewHost::Hidden);
        match world.stored.stage {
            Stage::Boot(_) => shows_all,
            Stage::Undo(_) => shows_all && nobody_from_before_is_busy(world),
            _ => true,
        }
    }
}

/// Nobody from before may still begin a launch or have one under way: the time to undo is longer than that.
fn nobody_from_before_is_busy(world: &World) -> bool {
    let of = world.stored.lease.epoch;
    let is_busy = |driver: &Driver| match driver {
        Driver::Away | Driver::Taking(_) => false,
        Driver::Calling(record, _) => record.lease.epoch != of,
        Driver::Looking(record) | Driver::Recording(record, _) => {
            record.lease.epoch != of && is_fresh(record)
        }
    };
    !world.drivers.iter().any(is_busy) && !world.orphans.iter().any(|(epoch, _)| *epoch != of)
}

/// Says something whether or not the test passes: what is printed is shown for failed tests only.
pub(super) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// What was found in every state that can be reached.
struct Explored {
    states: usize,
    ways: usize,
    /// What must always hold and does not, and what must be possible and is not.
    broken: Vec<&'static str>,
    /// The states that lead to no end.
    stuck: usize,
    /// Those that lead to none where EC2 stops answering for good.
    stuck_without_ec2: usize,
}

/// Every state that can be reached, looked at once.
fn explore(model: &Relaunching) -> Explored {
    let mut numbers: HashMap<u64, usize> = HashMap::new();
    let mut is_end: Vec<bool> = Vec::new();
    // Each way from one state to another, and whether it needs EC2's answer or a person.
    let mut ways: Vec<(usize, usize, bool)> = Vec::new();
    let mut queue: VecDeque<(usize, World)> = VecDeque::new();
    let properties = model.properties();
    let mut seen_to_hold = vec![false; properties.len()];
    let mut broken: Vec<&'static str> = Vec::new();
    let mut arrive = |world: World, queue: &mut VecDeque<(usize, World)>| {
        *numbers.entry(fingerprint(&world)).or_insert_with(|| {
            for (property, held) in properties.iter().zip(&mut seen_to_hold) {
                let holds = (property.condition)(model, &world);
                *held |= holds;
                if !holds && property.expectation == Expectation::Always && !broken.contains(&property.name) {
                    broken.push(property.name);
                }
            }
            is_end.push(world.stored.outcome().is_some());
            queue.push_back((is_end.len() - 1, world));
            is_end.len() - 1
        })
    };
    for world in model.init_states() {
        arrive(world, &mut queue);
    }
    while let Some((number, world)) = queue.pop_front() {
        let mut acts = Vec::new();
        model.actions(&world, &mut acts);
        for act in acts {
            let by_itself = happens_without_ec2(&act);
            if let Some(next) = model.next_state(&world, act) {
                ways.push((number, arrive(next, &mut queue), by_itself));
            }
        }
    }
    for (property, held) in properties.iter().zip(seen_to_hold) {
        if !held && property.expectation == Expectation::Sometimes {
            broken.push(property.name);
        }
    }
    let stuck = stuck(&is_end, ways.iter().map(|(from, to, _)| (*from, *to)));
    let by_itself = ways.iter().filter(|(_, _, by_itself)| *by_itself);
    let stuck_without_ec2 = self::stuck(&is_end, by_itself.map(|(from, to, _)| (*from, *to)));
    Explored { states: is_end.len(), ways: ways.len(), broken, stuck, stuck_without_ec2 }
}

/// How many states lead to no end.
fn stuck(is_end: &[bool], ways: impl Iterator<Item = (usize, usize)>) -> usize {
    let mut leads_here = vec![Vec::new(); is_end.len()];
    for (from, to) in ways {
        leads_here[to].push(from);
    }
    let mut reaches_an_end = is_end.to_vec();
    let mut backwards: Vec<usize> = (0..is_end.len()).filter(|number| is_end[*number]).collect();
    while let Some(number) = backwards.pop() {
        for before in std::mem::take(&mut leads_here[number]) {
            if !reaches_an_end[before] {
                reaches_an_end[before] = true;
                backwards.push(before);
            }
        }
    }
    reaches_an_end.iter().filter(|reaches| !**reaches).count()
}

/// What needs no answer of EC2 and no person: drivers that look in vain, and time.
const fn happens_without_ec2(act: &Act) -> bool {
    match act {
        Act::Look { news, .. } => matches!(news, News::Blind),
        Act::Land(_, reply) => matches!(reply, Reply::NotDone | Reply::Lost | Reply::Done),
        Act::LandOrphan(_, is_done) => !*is_done,
        Act::Wake(_)
        | Act::Take(_)
        | Act::Save(_)
        | Act::Crash(_)
        | Act::Release(_)
        | Act::Advance(_)
        | Act::Time
        | Act::BlindTime
        | Act::Shorten
        | Act::ShortenLost(_)
        | Act::Expire => true,
        Act::CancelRead | Act::CancelWrite | Act::Approve | Act::Kill(_) | Act::KillOld => false,
    }
}

/// Invariants 4 and 7 among them: no state is a dead end, so that whoever keeps looking gets to the end, even if EC2 can never
/// be asked again.
#[test]
fn whatever_happens_the_invariants_hold_every_outcome_is_possible_and_an_end_can_be_reached() {
    let began = Instant::now();
    let model = Relaunching { bug: Bug::None };
    let Explored { states, ways, broken, stuck, stuck_without_ec2 } = explore(&model);
    tell(&format!(
        "a relaunch has {states} states, reached in {ways} ways; {stuck} lead to no end, and {stuck_without_ec2} where \
         EC2 stops answering for good; looked at in {:.1} s",
        began.elapsed().as_secs_f32()
    ));
    if !broken.is_empty() {
        // Shows the way there.
        model.checker().threads(2).spawn_bfs().join().assert_properties();
    }
    assert_eq!((broken, stuck, stuck_without_ec2), (Vec::new(), 0, 0));
}

#[test]
fn a_relaunch_that_waits_for_ec2_for_ever_is_found() {
    assert!(explore(&Relaunching { bug: Bug::WaitForEc2 }).stuck_without_ec2 > 0);
}

fn is_found(bug: Bug, property: &'static str) {
    let checker = Relaunching { bug }
        .checker()
        .finish_when(HasDiscoveries::AnyOf([property].into()))
        .spawn_bfs()
        .join();
    let path = checker.discovery(property).unwrap_or_else(|| panic!("{bug:?} breaks nothing: {property}"));
    println!("{bug:?} breaks {property:?}: {:?}", path.into_actions());
}

#[test]
fn a_driver_that_ignores_the_lease_is_found() {
    is_found(Bug::DropLeaseCheck, "1: a driver with an older epoch changes nothing");
}

#[test]
fn a_write_over_what_was_not_seen_is_found() {
    is_found(Bug::DropVersionCheck, "6: history only grows");
}

#[test]
fn a_random_client_token_is_found() {
    is_found(Bug::RandomClientToken, "3: one attempt starts at most one instance");
}

#[test]
fn an_old_host_that_goes_too_early_is_found() {
    is_found(Bug::TerminateOldBeforeSwitch, "2: the old host goes only after gates, address and bake");
}

#[test]
fn a_request_that_is_not_stored_first_is_found() {
    is_found(Bug::ForgetFrozenRequest, "3: the request is stored before EC2 is asked");
}

#[test]
fn an_undoing_that_does_not_wait_is_found() {
    is_found(Bug::DoNotSettle, "4: what failed leaves no instance that it does not name");
}

#[test]
fn an_undoing_that_believes_late_news_is_found() {
    is_found(Bug::BelieveLateNews, "2: what failed leaves the old host serving");
}

#[test]
fn an_undoing_that_is_given_up_untried_is_found() {
    is_found(Bug::CountIdleTime, "2: nobody gives up what nobody has tried to undo");
}

#[test]
fn an_outcome_that_forgets_the_address_is_found() {
    is_found(Bug::ForgetAddress, "2: what failed leaves the old host serving");
}

#[test]
fn a_replaced_host_that_was_read_too_early_is_found() {
    is_found(Bug::ForgetReplaced, "2: what succeeded leaves no other host that it does not name");
}

#[test]
fn a_bake_that_ignores_what_it_sees_is_found() {
    is_found(Bug::IgnoreFailing, "2: no visitor is left with a host that fails");
}

#[test]
fn a_step_that_fails_for_the_time_of_a_stopped_driver_is_found() {
    is_found(Bug::CountStoppedTime, "7: no step fails for its time before anybody has tried it");
}

#[test]
fn a_step_that_fails_for_the_time_in_which_nobody_drove_is_found() {
    is_found(Bug::CountIdleTime, "7: no step fails for its time before anybody has tried it");
}

#[test]
fn an_instance_that_is_known_by_its_tags_alone_is_found() {
    is_found(Bug::TrustTags, "5: no other instance is touched");
}

#[test]
fn a_switch_that_nobody_approved_is_found() {
    is_found(Bug::SwitchUnapproved, "2: the address moves to no host that nobody has approved");
}

#[test]
fn an_old_host_that_is_said_to_serve_and_does_not_is_found() {
    is_found(Bug::SayItServes, "8: that the old host serves is said only where it was seen");
}
