//! Nobody is lost and nobody stays after deletion, whatever projectors, builders and readers do at the same time, and
//! wherever they end.
//!
//! Each runs on a world in memory, whose every call takes effect at some moment between being made and being answered. Which
//! of them goes on next, who is ended, and who begins, is drawn at random.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests say what they expect")]

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    convert::Infallible,
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use proptest::{collection::vec, prelude::*};
use rollcall_search::{
    Batch, Changes, Index, NoIndex, NotBuilt, NotProjected, People, Person, Pointer, Position, Reader,
    Rebuild, Rebuilt, Search, SegmentName, Store, merge, project, rebuild,
};

/// How many steps anyone lives at most, and for how many what was written counts as lately written.
const LIFE: u64 = 60;

/// How many people there may be, and how many the table answers at once.
const IDS: usize = 8;
const PAGE: usize = 3;

/// The versions of someone, oldest first: what they were called, none when they were not there.
type History = Vec<Option<String>>;

#[derive(Default)]
struct World {
    step: u64,
    people: BTreeMap<String, History>,
    /// Each batch with the step at which it was written.
    log: BTreeMap<u64, (Changes, u64)>,
    /// All that was ever in the log.
    written: BTreeMap<u64, Changes>,
    pointer: Option<Pointer>,
    rebuild: Option<Rebuild>,
    segments: HashMap<SegmentName, (Vec<u8>, u64)>,
    /// Who changed and is not in the log yet, by shard of the table's stream; each with a number of its own.
    streams: [Vec<(u64, String)>; 2],
    changes: u64,
}

impl World {
    fn person(&self, id: &str) -> Option<Person> {
        let name = self.people.get(id)?.last()?.clone()?;
        Some(Person { id: id.to_owned(), name, ..Person::default() })
    }
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<World>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().expect("no panic before")
    }

    /// Carries out a call at one moment between others'.
    async fn call<T>(&self, act: impl FnOnce(&mut World) -> T + Send) -> Result<T, Infallible> {
        pause().await;
        let answer = act(&mut self.lock());
        pause().await;
        Ok(answer)
    }

    fn edit(&self, number: usize, gone: bool) {
        let id = format!("emp{number}");
        let mut world = self.lock();
        let history = world.people.entry(id.clone()).or_default();
        if history.last().is_some_and(|last| last.is_none() == gone) && gone {
            return;
        }
        let version = history.len();
        history.push((!gone).then(|| format!("Ada {id} v{version}")));
        world.changes += 1;
        let change = (world.changes, id);
        world.streams[number % 2].push(change);
    }
}

/// Lets others go first.
async fn pause() {
    let mut done = false;
    poll_fn(|_| if std::mem::replace(&mut done, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

impl Store for Shared {
    type Error = Infallible;

    async fn newest(&self) -> Result<Position, Infallible> {
        self.call(|world| Position(world.log.keys().last().copied().unwrap_or_default())).await
    }

    async fn after(&self, position: Position) -> Result<Vec<Batch>, Infallible> {
        self.call(|world| {
            let batches = world.log.range(position.0 + 1..);
            batches
                .map(|(position, (changes, _))| Batch {
                    position: Position(*position),
                    changes: changes.clone(),
                })
                .collect()
        })
        .await
    }

    async fn append(&self, batch: &Batch) -> Result<bool, Infallible> {
        let Batch { position, changes } = batch.clone();
        self.call(|world| {
            if world.log.contains_key(&position.0) {
                return false;
            }
            assert!(!world.written.contains_key(&position.0), "{position:?} was given to two batches");
            world.written.insert(position.0, changes.clone());
            let step = world.step;
            world.log.insert(position.0, (changes, step));
            true
        })
        .await
    }

    async fn forget(&self, position: Position) -> Result<(), Infallible> {
        self.call(|world| {
            let lately = world.step.saturating_sub(LIFE);
            world.log.retain(|it, (_, written)| *it > position.0 || *written >= lately);
        })
        .await
    }

    async fn pointer(&self) -> Result<Option<Pointer>, Infallible> {
        self.call(|world| world.pointer.clone()).await
    }

    async fn exchange(&self, pointer: &Pointer) -> Result<bool, Infallible> {
        let pointer = pointer.clone();
        self.call(|world| {
            let seen = world.pointer.as_ref().map_or(0, |it| it.version);
            let exchanged = seen + 1 == pointer.version;
            if exchanged {
                assert!(world.segments.contains_key(&pointer.segment), "a segment that serves is there");
                world.pointer = Some(pointer);
            }
            exchanged
        })
        .await
    }

    async fn rebuild(&self) -> Result<Option<Rebuild>, Infallible> {
        self.call(|world| world.rebuild.clone()).await
    }

    async fn go_on(&self, rebuild: &Rebuild) -> Result<bool, Infallible> {
        let rebuild = rebuild.clone();
        self.call(|world| {
            let goes_on = world.rebuild.as_ref().map_or(0, |it| it.version) + 1 == rebuild.version;
            if goes_on {
                world.rebuild = Some(rebuild);
            }
            goes_on
        })
        .await
    }

    async fn finish(&self, rebuild: &Rebuild) -> Result<(), Infallible> {
        let version = rebuild.version;
        self.call(|world| {
            if world.rebuild.as_ref().is_some_and(|it| it.version == version) {
                world.rebuild = None;
            }
        })
        .await
    }

    async fn read_segment(&self, name: SegmentName) -> Result<Option<Vec<u8>>, Infallible> {
        self.call(|world| world.segments.get(&name).map(|(content, _)| content.clone())).await
    }

    async fn write_segment(&self, name: SegmentName, content: Vec<u8>) -> Result<(), Infallible> {
        self.call(|world| {
            world.segments.insert(name, (content, world.step));
        })
        .await
    }

    async fn clear(&self, needed: &[SegmentName]) -> Result<(), Infallible> {
        let needed = needed.to_vec();
        self.call(|world| {
            let lately = world.step.saturating_sub(LIFE);
            world.segments.retain(|name, (_, written)| needed.contains(name) || *written >= lately);
        })
        .await
    }
}

impl People for Shared {
    type Error = Infallible;

    async fn get(&self, ids: Vec<String>) -> Result<Changes, Infallible> {
        let mut changes = Changes::new();
        // Each at a moment of its own, as several calls do.
        for id in ids {
            let person = self.call(|world| world.person(&id)).await?;
            changes.insert(id, person);
        }
        Ok(changes)
    }

    async fn page(&self, after: Option<String>) -> Result<(Vec<Person>, Option<String>), Infallible> {
        self.call(|world| {
            let ids = world.people.keys().filter(|id| after.as_ref().is_none_or(|after| *id > after));
            let ids: Vec<String> = ids.take(PAGE).cloned().collect();
            let next = (ids.len() == PAGE).then(|| ids.last().cloned()).flatten();
            (ids.iter().filter_map(|id| world.person(id)).collect(), next)
        })
        .await
    }
}

/// Something that goes on a step at a time.
struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    ends_at: u64,
}

impl Task {
    /// Whether it is done after one more step.
    fn step(&mut self) -> bool {
        self.future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(answer) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return answer;
        }
    }
}

/// Projects what stands first in a shard, and takes it off the stream then. Two may do so at once, as when Lambda takes the
/// first for dead.
async fn project_shard(world: Shared, shard: usize, count: usize) {
    let batch: Vec<(u64, String)> = world.lock().streams[shard].iter().take(count).cloned().collect();
    let ids: BTreeSet<String> = batch.iter().map(|(_, id)| id.clone()).collect();
    match project(&world, &world, ids).await {
        Ok(_) => {
            let mut world = world.lock();
            if world.streams[shard].starts_with(&batch) {
                world.streams[shard].drain(..batch.len());
            }
        }
        Err(NotProjected::Crowded) => {}
        Err(NotProjected::Store(never)) => match never {},
    }
}

async fn make(world: Shared, whole: bool, stops_after: usize) {
    let result = if whole {
        let mut parts = stops_after;
        let is_over = move || {
            parts = parts.saturating_sub(1);
            parts == 0
        };
        rebuild(&world, &world, 1, is_over).await.map(|rebuilt| matches!(rebuilt, Rebuilt::Done(_)))
    } else {
        merge(&world, 1).await.map(|_| true)
    };
    if let Err(NotBuilt::NoIndex(NoIndex::Damaged(damaged))) = result {
        panic!("{damaged}");
    }
}

/// A reader that lives through everything, and what it has seen of each.
struct Watcher {
    reader: Reader<Shared>,
    now: Instant,
    seen: BTreeMap<String, usize>,
}

impl Watcher {
    fn new(world: &Shared) -> Self {
        Self { reader: Reader::new(world.clone()), now: Instant::now(), seen: BTreeMap::new() }
    }

    /// Looks once more, and holds what it sees to what there was.
    fn look(&mut self, world: &Shared, waited: u64) {
        self.now += Duration::from_secs(waited);
        let current = match run(self.reader.current(self.now, Position::default())) {
            Ok(current) => current,
            Err(NoIndex::NotMade) => return,
            Err(error) => panic!("{error}"),
        };
        assert!(current.behind.is_none());
        let found = people(&current.index);
        let world = world.lock();
        for (id, history) in &world.people {
            let known = world.written.range(..=current.position.0).rev();
            let of_log = known.filter_map(|(_, changes)| changes.get(id)).next();
            let of_log =
                of_log.map_or(0, |person| version_of(history, person.as_ref().map(|it| &it.name), 0));
            let least = of_log.max(self.seen.get(id).copied().unwrap_or_default());
            let version = version_of(history, found.get(id), least);
            self.seen.insert(id.clone(), version);
        }
    }
}

/// The first version, from `least` on, in which someone was called so.
fn version_of(history: &History, name: Option<&String>, least: usize) -> usize {
    // Before the first version nobody was there.
    if name.is_none() && least == 0 {
        return 0;
    }
    let found = (least..history.len()).find(|version| history[*version].as_ref() == name);
    found.unwrap_or_else(|| panic!("{name:?} is older than version {least} of {history:?}"))
}

fn people(index: &Index) -> BTreeMap<String, String> {
    let found = index.search(&Search { limit: 100, ..Search::default() });
    assert_eq!(found.total, found.people.len() as u64, "who has one id is one person");
    found.people.into_iter().map(|place| (place.id, place.name)).collect()
}

#[derive(Debug, Clone)]
enum Move {
    Edit { number: usize, gone: bool },
    Project { shard: usize, count: usize },
    Make { whole: bool, stops_after: usize },
    Look { waited: u64 },
    Step { task: usize, steps: usize },
    End { task: usize },
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        6 => (0..IDS, prop::bool::weighted(0.3)).prop_map(|(number, gone)| Move::Edit { number, gone }),
        4 => (0_usize..2, 1_usize..4).prop_map(|(shard, count)| Move::Project { shard, count }),
        2 => (any::<bool>(), 1_usize..4).prop_map(|(whole, stops_after)| Move::Make { whole, stops_after }),
        3 => (0_u64..20).prop_map(|waited| Move::Look { waited }),
        20 => (any::<usize>(), 1_usize..12).prop_map(|(task, steps)| Move::Step { task, steps }),
        1 => any::<usize>().prop_map(|task| Move::End { task }),
    ];
    vec(one, 0..200)
}

fn play(moves: Vec<Move>) {
    let world = Shared::default();
    let mut watcher = Watcher::new(&world);
    // Looks once, and at the very end once more.
    let mut sleeper = Watcher::new(&world);
    let mut tasks: Vec<Task> = Vec::new();
    for next in moves {
        let step = {
            let mut world = world.lock();
            world.step += 1;
            world.step
        };
        tasks.retain(|task| task.ends_at > step);
        let mut begin = |future: Pin<Box<dyn Future<Output = ()>>>| {
            tasks.push(Task { future, ends_at: step + LIFE });
        };
        match next {
            Move::Edit { number, gone } => world.edit(number, gone),
            Move::Project { shard, count } => begin(Box::pin(project_shard(world.clone(), shard, count))),
            Move::Make { whole, stops_after } => begin(Box::pin(make(world.clone(), whole, stops_after))),
            Move::Look { waited } => {
                watcher.look(&world, waited);
                if sleeper.seen.is_empty() {
                    sleeper.look(&world, 0);
                }
            }
            Move::Step { task, steps } if !tasks.is_empty() => {
                let task = task % tasks.len();
                if (0..steps).any(|_| tasks[task].step()) {
                    drop(tasks.swap_remove(task));
                }
            }
            Move::End { task } if !tasks.is_empty() => drop(tasks.swap_remove(task % tasks.len())),
            Move::Step { .. } | Move::End { .. } => {}
        }
    }
    settle(&world, watcher, sleeper);
}

/// Lets the stream run dry, and holds every way to read the index to the table.
fn settle(world: &Shared, mut watcher: Watcher, mut sleeper: Watcher) {
    for shard in 0..2 {
        while !world.lock().streams[shard].is_empty() {
            run(project_shard(world.clone(), shard, 3));
        }
    }
    while world.lock().pointer.is_none() {
        run(make(world.clone(), true, 1));
    }
    let expected: BTreeMap<String, String> = {
        let world = world.lock();
        world.people.keys().filter_map(|id| Some((id.clone(), world.person(id)?.name))).collect()
    };
    watcher.look(world, 100);
    let now = watcher.now;
    let read = |reader: &Reader<Shared>| {
        people(&run(reader.current(now, Position::default())).expect("an index").index)
    };
    assert_eq!(read(&watcher.reader), expected, "who read all the time");
    sleeper.look(world, 100);
    assert_eq!(read(&sleeper.reader), expected, "who read at the beginning");
    assert_eq!(read(&Reader::new(world.clone())), expected, "who reads for the first time");
    run(merge(world, 1)).expect("merged");
    assert_eq!(read(&Reader::new(world.clone())), expected, "after a merge");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nobody_is_lost_and_nobody_stays_after_deletion(moves in moves()) {
        play(moves);
    }
}
