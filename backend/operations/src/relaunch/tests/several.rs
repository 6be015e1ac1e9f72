//! What several relaunches leave to each other, tried exhaustively: the real decisions against a small world.
//!
//! [`super::model`] is of one relaunch, and of all that can happen while it is driven. Here a relaunch is begun, by a person or
//! a schedule, and the next tick brings it to an end, a good one or a bad one. What counts is what stays: a history that can be
//! read or not, the host on record, the host itself and its address, of which anything may become, and a rollback that a person
//! made. Whoever begins a relaunch may have read all that long before it is stored.

use std::{sync::LazyLock, time::Instant};

use rollcall_api::{audit::Actor, host::InstanceState, revision::RecipeName};
use stateright::{Checker, HasDiscoveries, Model, Property};

use super::{
    model::{Keyed, tell},
    *,
};
use crate::{
    difference::Difference,
    host::{Look, Sight, recorded::RecordedHost},
    relaunch::{
        begin::{changes_nothing, holding, new_record},
        drive::{Due, due},
        terminate,
        watch::is_missing,
    },
    revision::StoredRevision,
};

/// A mistake made on purpose, to see that it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    None,
    /// A tick reads the newest records first, and ends at one that can't be read.
    ReadHistoryFirst,
    /// Whether a host is there is judged without its address, its state and its answers.
    WatchBlindly,
    /// A host counts as left only where the newest relaunch succeeded.
    ForgetEarlierSuccess,
    /// That the host does not serve is no change to relaunch for.
    RefuseRemedy,
    /// A schedule does not ask for a rollback.
    IgnoreRollback,
    /// A rollback stands until anything else has succeeded.
    ForgetRollback,
    /// A relaunch is stored whatever was left since its caller looked.
    StoreWhatIsOver,
    /// A schedule that was taken up again is held all the same.
    HoldForEver,
}

/// How many relaunches there are at most, the one that launched the first host included.
const MOST: usize = 4;

/// The newest revision: what a schedule launches that names none.
const NEWEST: u32 = 3;

static RELAUNCHES: LazyLock<[RelaunchId; MOST]> =
    LazyLock::new(|| [0, 1, 2, 3].map(|number| RelaunchId::new(after(number))));

/// What has become of a stored record. One at a time is enough: nothing reads two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Spoilt {
    /// Another version of Rollcall has written an earlier one.
    Earlier,
    /// It has written the newest one.
    Newest,
    /// Somebody has removed the newest one.
    Lost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Is {
    Serving,
    /// It runs, and its app does not answer.
    Silent,
    Stopped,
}

/// An instance that a relaunch launched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Host {
    relaunch: usize,
    revision: u32,
    is: Is,
}

/// What the address leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Address {
    Host,
    Nothing,
    /// An instance that is none of this deployment's.
    Stranger,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    Person,
    /// A schedule that names no revision.
    Nightly,
    /// A schedule that names an earlier one.
    Pinned,
}

impl Who {
    fn actor(self) -> Actor {
        match self {
            Self::Person => operator(),
            Self::Nightly => Actor::Schedule { name: "nightly".to_owned() },
            Self::Pinned => Actor::Schedule { name: "pinned".to_owned() },
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    /// How many relaunches there were so far.
    begun: usize,
    /// Whether the newest one failed.
    has_failed: bool,
    spoilt: Option<Spoilt>,
    /// The newest one, until it has ended.
    in_progress: Option<Keyed<Record>>,
    recorded: Option<Keyed<RecordedHost>>,
    host: Option<Host>,
    address: Address,
    /// What somebody is about to store, and the relaunch that had left the host when they looked.
    about_to_begin: Option<(Keyed<Record>, Option<RelaunchId>)>,
    taken_up_after: Option<RelaunchId>,
    /// The revision that a person went back to, until a person goes on from there or has schedules go on.
    wished: Option<u32>,
    /// Whether there is to be a host.
    is_wanted: bool,
}

impl World {
    fn instances(&self) -> Vec<Instance> {
        let host = |host: Host| {
            let id = id(&format!("i-{:017x}", 0x100 + host.relaunch));
            let is_stopped = host.is == Is::Stopped;
            let state = if is_stopped { InstanceState::Stopped } else { InstanceState::Running };
            let seen = Seen::nothing().instance(id, state, Some(RELAUNCHES[host.relaunch])).0;
            let revision = Some(RevisionNumber(host.revision));
            let (image, kind) = ("ami-00000000000000001", "t2.micro");
            let image_and_type = (Some(image.to_owned()), Some(kind.to_owned()));
            seen.instances.into_iter().map(move |it| Instance {
                public_ip: (!is_stopped).then(|| "203.0.113.7".to_owned()),
                revision,
                image: image_and_type.0.clone(),
                instance_type: image_and_type.1.clone(),
                ..it
            })
        };
        self.host.into_iter().flat_map(host).collect()
    }

    fn holder(&self) -> Option<InstanceId> {
        match self.address {
            Address::Host => self.instances().into_iter().next().map(|host| host.id),
            Address::Nothing => None,
            Address::Stranger => Some(stranger()),
        }
    }

    fn sight(&self) -> Sight {
        Sight::of(&self.instances(), self.holder(), self.recorded.as_deref().cloned())
    }

    fn look(&self) -> Look {
        let sight = self.sight();
        let answer = sight.to_ask().map(|_| match self.host {
            Some(Host { is: Is::Serving, .. }) => Probe::Answered { lacking: Vec::new() },
            _ => failed_probe(start()),
        });
        sight.with_answer(answer.as_ref())
    }

    fn is_served(&self) -> bool {
        self.address == Address::Host && self.host.is_some_and(|host| host.is == Is::Serving)
    }

    /// Whether the record of the relaunch in progress is there and can be read.
    fn can_be_driven(&self) -> bool {
        self.in_progress.is_some() && matches!(self.spoilt, None | Some(Spoilt::Earlier))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Act {
    /// Somebody begins a relaunch to a revision.
    Begin(Who, u32),
    /// The host is to go.
    Terminate,
    /// Somebody looks, and is about to begin one.
    Look(Who, u32),
    Store,
    /// The relaunch in progress, if there is one, comes to a good end or a bad one.
    Tick {
        good: bool,
    },
    TakeUp,
    /// Something becomes of the host.
    Becomes(Is),
    Dies,
    Points(Address),
    /// Something becomes of what is stored, or it is put right.
    Spoil(Option<Spoilt>),
}

fn revision(number: u32) -> StoredRevision {
    StoredRevision {
        number: RevisionNumber(number),
        recipe: RecipeName::Al2023Rollcall,
        variables: std::collections::BTreeMap::new(),
        image: id("ami-00000000000000001"),
        instance_type: id("t2.micro"),
        fallback_instance_types: Vec::new(),
        approval_hours: None,
        user_data: user_data(number),
        user_data_sha256: String::new(),
        created_at: start(),
        created_by: Actor::Rollcall,
        note: None,
    }
}

fn user_data(revision: u32) -> String {
    format!("echo {revision}")
}

struct Operating {
    bug: Bug,
}

impl Operating {
    /// Whether the alarm rings.
    fn rings(&self, world: &World) -> bool {
        let mut look = world.look();
        if self.bug == Bug::WatchBlindly {
            look.out_of_service = None;
        }
        let forgets = self.bug == Bug::ForgetEarlierSuccess && world.has_failed;
        is_missing(world.recorded.as_deref().filter(|_| !forgets), &look)
    }

    /// The relaunch that is begun; none where it is refused or skipped.
    fn asked(&self, world: &World, who: Who, to: u32) -> Option<Record> {
        let (sought, recorded, actor) = (revision(to), world.recorded.as_deref(), who.actor());
        let taken_up_after = world.taken_up_after.filter(|_| self.bug != Bug::HoldForEver);
        let held = holding(&actor, sought.number, taken_up_after, recorded).is_some();
        if held && self.bug != Bug::IgnoreRollback {
            return None;
        }
        let mut look = world.look();
        if self.bug == Bug::RefuseRemedy {
            look.out_of_service = None;
        }
        // Schedules relaunch by force.
        if let (Who::Person, Some(host)) = (who, &look.host) {
            let has = user_data(host.revision.map_or(0, |number| number.0));
            if changes_nothing(Difference::between(host, &has, &sought), &look) {
                return None;
            }
        }
        Some(new_record(&sought, look.host.as_ref(), recorded, (actor, None), start()))
    }

    /// Stores it, unless there is another one, or another one has left the host since `recorded` was read.
    fn store(&self, world: &mut World, mut record: Record, recorded: Option<RelaunchId>) -> Option<()> {
        let is_over = world.recorded.as_ref().map(|it| it.relaunch) != recorded;
        if world.in_progress.is_some() || (is_over && self.bug != Bug::StoreWhatIsOver) {
            return None;
        }
        record.id = *RELAUNCHES.get(world.begun)?;
        (world.begun, world.has_failed) = (world.begun + 1, false);
        world.spoilt = world.spoilt.map(|_| Spoilt::Earlier);
        world.in_progress = Some(Keyed::new(record));
        Some(())
    }

    fn tick(&self, world: &mut World, good: bool) -> Option<()> {
        if self.bug == Bug::ReadHistoryFirst && world.spoilt.is_some() {
            return None;
        }
        let named = world.in_progress.clone();
        let record = match (&named, world.spoilt) {
            (None, _) | (_, Some(Spoilt::Lost)) => None,
            (Some(_), Some(Spoilt::Newest)) => return None,
            (Some(record), _) => Some(Record::clone(record)),
        };
        match due(named.map(|record| record.id), record) {
            Due::Nothing => return None,
            Due::Forget(_) => {}
            Due::Drive(record) => self.end(world, *record, good),
        }
        world.in_progress = None;
        Some(())
    }

    /// All that a relaunch does, or nothing of it.
    fn end(&self, world: &mut World, record: Record, good: bool) {
        let number = world.begun - 1;
        let before = world.host;
        let seen = Observation {
            instances: world.instances(),
            address_holder: world.holder(),
            ..Observation::default()
        };
        let events = match (good, record.to_revision) {
            (false, _) => {
                let old_host = record.old_host.as_ref().and_then(|_| old_host(true));
                vec![Event::failed("it went wrong"), Event::Undone { left_behind: Vec::new(), old_host }]
            }
            (true, None) => vec![Event::Retired],
            (true, Some(to)) => {
                let replaced = Replaced::seen(&record, &seen);
                let mut events = good_events(&record);
                let mut launch = launch_of(&record);
                launch.request.revision = to;
                events[0] = Event::Checked { launch, replaced };
                events[1] = Event::Launched(id(&format!("i-{:017x}", 0x100 + number)));
                events.to_vec()
            }
        };
        let by_person = matches!(record.requested_by, Actor::Person { .. });
        let to = record.to_revision.map(|to| to.0);
        let ended = after_events(record, events);
        let Some(mut left) = ended.leaves() else {
            world.has_failed = true;
            return;
        };
        if self.bug == Bug::ForgetRollback && ended.kind != RelaunchKind::Rollback {
            left.rollback = None;
        }
        world.recorded = Some(Keyed::new(left));
        world.is_wanted = to.is_some();
        world.host = to.map(|revision| Host { relaunch: number, revision, is: Is::Serving });
        world.address = if to.is_some() { Address::Host } else { Address::Nothing };
        match to {
            Some(to) if by_person && before.is_some_and(|host| to < host.revision) => world.wished = Some(to),
            Some(to) if world.wished.is_some_and(|wished| to > wished) => world.wished = None,
            _ => {}
        }
    }

    fn change(&self, world: &mut World, act: Act) -> Option<()> {
        let read = world.recorded.as_ref().map(|it| it.relaunch);
        match act {
            Act::Begin(who, to) => {
                let record = self.asked(world, who, to)?;
                self.store(world, record, read)?;
            }
            Act::Terminate => {
                let host = world.sight().into_host()?;
                let asked = (operator(), None);
                let record = terminate::record(&host, world.recorded.as_deref(), asked, start());
                self.store(world, record, read)?;
            }
            Act::Look(who, to) => {
                let mut record = self.asked(world, who, to)?;
                record.id = RELAUNCHES[0];
                world.about_to_begin = Some((Keyed::new(record), read));
            }
            Act::Store => {
                let (record, read) = world.about_to_begin.take()?;
                self.store(world, Record::clone(&record), read);
            }
            Act::Tick { good } => self.tick(world, good)?,
            Act::TakeUp => {
                let rollback = world.recorded.as_ref()?.rollback.clone()?;
                if !rollback.holds(RevisionNumber(NEWEST), world.taken_up_after) {
                    return None;
                }
                world.taken_up_after = Some(rollback.relaunch);
                world.wished = None;
            }
            Act::Becomes(is) => world.host.as_mut()?.is = is,
            Act::Dies => {
                world.host.take()?;
                if world.address == Address::Host {
                    world.address = Address::Nothing;
                }
            }
            Act::Points(to) => world.address = to,
            Act::Spoil(spoilt) => world.spoilt = spoilt,
        }
        Some(())
    }
}

impl Model for Operating {
    type State = World;
    type Action = Act;

    /// A person has launched the newest revision.
    fn init_states(&self) -> Vec<World> {
        let mut world = World {
            begun: 0,
            has_failed: false,
            spoilt: None,
            in_progress: None,
            recorded: None,
            host: None,
            address: Address::Nothing,
            about_to_begin: None,
            taken_up_after: None,
            wished: None,
            is_wanted: false,
        };
        for act in [Act::Begin(Who::Person, NEWEST), Act::Tick { good: true }] {
            self.change(&mut world, act).expect("a first host");
        }
        vec![world]
    }

    fn actions(&self, world: &World, acts: &mut Vec<Act>) {
        acts.extend([Act::Tick { good: true }, Act::Tick { good: false }, Act::TakeUp, Act::Terminate]);
        let begun = [(Who::Person, 1), (Who::Person, 2), (Who::Person, NEWEST)];
        let scheduled = [(Who::Nightly, NEWEST), (Who::Pinned, 2)];
        acts.extend(begun.into_iter().chain(scheduled).map(|(who, to)| Act::Begin(who, to)));
        // What becomes of the host has no part in what is stored, and in what can be read.
        if world.about_to_begin.is_some() {
            acts.push(Act::Store);
            return;
        }
        if world.is_served() {
            acts.extend([Act::Look(Who::Nightly, NEWEST), Act::Look(Who::Person, 2)]);
            acts.extend([None, Some(Spoilt::Earlier)].map(Act::Spoil));
        }
        // While a relaunch is under way, whatever becomes of the host is the other model's.
        if world.in_progress.is_some() {
            acts.extend([Spoilt::Newest, Spoilt::Lost].map(|it| Act::Spoil(Some(it))));
            return;
        }
        acts.extend([Is::Serving, Is::Silent, Is::Stopped].map(Act::Becomes));
        acts.push(Act::Dies);
        acts.extend([Address::Nothing, Address::Stranger].map(Act::Points));
        if world.host.is_some() {
            acts.push(Act::Points(Address::Host));
        }
    }

    fn next_state(&self, world: &World, act: Act) -> Option<World> {
        let mut next = world.clone();
        self.change(&mut next, act)?;
        (next != *world).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        fn by_schedule(world: &World) -> Option<&Record> {
            let record = world.in_progress.as_deref()?;
            matches!(record.requested_by, Actor::Schedule { .. }).then_some(record)
        }
        vec![
            Property::always(DRIVES, |model: &Self, world: &World| {
                let mut next = world.clone();
                !world.can_be_driven()
                    || (model.tick(&mut next, true).is_some() && next.in_progress.is_none())
            }),
            Property::always(RINGS, |model: &Self, world: &World| {
                model.rings(world) == (world.is_wanted && !world.is_served())
            }),
            Property::always(REMEDY, |model: &Self, world: &World| {
                let current = world.recorded.as_ref().and_then(|it| it.launched.as_ref());
                let to = current.map_or(NEWEST, |launched| launched.request.revision.0);
                !model.rings(world) || model.asked(world, Who::Person, to).is_some()
            }),
            Property::always(STANDS, |_, world: &World| {
                let to = by_schedule(world).and_then(|record| record.to_revision);
                world.wished.is_none_or(|wished| to.is_none_or(|to| to.0 <= wished))
            }),
            Property::sometimes("a rollback holds a schedule", |model: &Self, world: &World| {
                world.in_progress.is_none() && model.asked(world, Who::Nightly, NEWEST).is_none()
            }),
            Property::sometimes(GOES_ON, |_, world: &World| {
                by_schedule(world).is_some_and(|record| {
                    record.rollback_before.as_ref().is_some_and(|it| !it.outlasts(record.to_revision))
                })
            }),
            Property::sometimes("the alarm rings", |model: &Self, world: &World| model.rings(world)),
            Property::sometimes("there is no host, and none is missed", |_, world: &World| {
                !world.is_wanted && world.host.is_none()
            }),
        ]
    }
}

const DRIVES: &str = "9: a tick drives whatever else can't be read";
const RINGS: &str = "the alarm rings exactly where the address leads to no running host that answers";
const REMEDY: &str = "9: the remedy that the alarm names is accepted";
const STANDS: &str = "a schedule undoes no rollback by a person before it is taken up again";
const GOES_ON: &str = "a schedule that was taken up again goes on";

#[test]
fn whatever_relaunches_leave_to_each_other_ticks_drive_the_alarm_is_right_and_rollbacks_stand() {
    let began = Instant::now();
    let checker = Operating { bug: Bug::None }.checker().threads(2).spawn_bfs().join();
    tell(&format!(
        "several relaunches have {} states, reached in {} ways; looked at in {:.1} s",
        checker.unique_state_count(),
        checker.state_count(),
        began.elapsed().as_secs_f32()
    ));
    checker.assert_properties();
}

fn is_found(bug: Bug, property: &'static str) {
    let checker =
        Operating { bug }.checker().finish_when(HasDiscoveries::AnyOf([property].into())).spawn_bfs().join();
    let path = checker.discovery(property).unwrap_or_else(|| panic!("{bug:?} breaks nothing: {property}"));
    println!("{bug:?} breaks {property:?}: {:?}", path.into_actions());
}

#[test]
fn a_tick_that_reads_the_history_first_is_found() {
    is_found(Bug::ReadHistoryFirst, DRIVES);
}

#[test]
fn an_alarm_that_does_not_look_at_the_address_and_the_host_is_found() {
    is_found(Bug::WatchBlindly, RINGS);
}

#[test]
fn an_alarm_that_forgets_an_earlier_success_is_found() {
    is_found(Bug::ForgetEarlierSuccess, RINGS);
}

#[test]
fn a_remedy_that_is_refused_is_found() {
    is_found(Bug::RefuseRemedy, REMEDY);
}

#[test]
fn a_schedule_that_undoes_a_rollback_is_found() {
    is_found(Bug::IgnoreRollback, STANDS);
}

#[test]
fn a_rollback_that_the_next_relaunch_forgets_is_found() {
    is_found(Bug::ForgetRollback, STANDS);
}

#[test]
fn a_run_that_was_judged_by_what_is_over_is_found() {
    is_found(Bug::StoreWhatIsOver, STANDS);
}

#[test]
fn a_schedule_that_is_held_for_ever_is_found() {
    let checker = Operating { bug: Bug::HoldForEver }.checker().spawn_bfs().join();
    assert!(checker.discovery(GOES_ON).is_none(), "it goes on");
}
