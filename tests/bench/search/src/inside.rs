//! In process: the index beside what else finds people, each asked the same of the same people, one after the other.

use std::{hint::black_box, time::Duration};

use rollcall_search::{Index, Person, compare};

use crate::{
    engine::Engine,
    ours::Ours,
    people::moved,
    queries::{Asked, KINDS, Kind},
    recall::{Recall, recall},
    sqlite::Sqlite,
    tantivy::Tantivy,
    timing::{Times, timed},
};

/// How many searches of a kind are made at most, and for how long.
pub(crate) const SEARCHES: usize = 1_000;
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// How many people are looked for to judge recall.
const MISSPELT: usize = 10_000;

/// What was measured of one engine.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    pub(crate) made_in: Duration,
    pub(crate) bytes: u64,
    /// By kind of search, none for what it can't do.
    pub(crate) searches: Vec<Option<Times>>,
}

/// What was measured of Rollcall's index alone.
pub(crate) struct Alone {
    pub(crate) opened_in: Duration,
    /// How many have changed for the two below.
    pub(crate) changed: usize,
    /// Four letters, over the changes.
    pub(crate) over_changes: Times,
    pub(crate) merged_in: Duration,
    pub(crate) recall: Vec<(&'static str, Recall)>,
}

/// All of it for so many people.
pub(crate) struct Inside {
    pub(crate) count: usize,
    pub(crate) engines: Vec<Measured>,
    pub(crate) alone: Alone,
    /// The segment, for what is measured of it elsewhere.
    pub(crate) content: Vec<u8>,
}

pub(crate) fn measure(count: usize) -> Inside {
    let people: Vec<Person> = crate::people::people(count).collect();
    let mut by_name = people.clone();
    by_name.sort_by(|one, other| compare(&one.name, &other.name).then_with(|| one.id.cmp(&other.id)));
    let searches: Vec<(Kind, Vec<Asked>)> =
        KINDS.into_iter().map(|kind| (kind, kind.searches(&people, SEARCHES))).collect();
    let bench = Bench { people: &people, by_name: &by_name, searches: &searches };
    let (ours, made_in) = timed(|| Ours::build(&people));
    let mut engines = vec![bench.measure("Rollcall", &ours, made_in)];
    let (sqlite, made_in) = bench.built::<Sqlite>(&ours);
    engines.push(bench.measure("SQLite FTS5", &sqlite, made_in));
    drop(sqlite);
    let (mut tantivy, made_in) = bench.built::<Tantivy>(&ours);
    engines.push(bench.measure("tantivy", &tantivy, made_in));
    tantivy.allows_slips = true;
    engines.push(bench.measure("tantivy, with slips", &tantivy, made_in));
    drop(tantivy);
    let (alone, content) = of_ours(ours.index, &people, &searches);
    Inside { count, engines, alone, content }
}

/// Who is searched, and for what.
struct Bench<'a> {
    people: &'a [Person],
    by_name: &'a [Person],
    searches: &'a [(Kind, Vec<Asked>)],
}

impl Bench<'_> {
    /// Another engine, and how long making it took. It answers what has no words as ours does; with words each has rules of
    /// its own.
    fn built<E: Engine>(&self, ours: &Ours) -> (E, Duration) {
        let (engine, made_in) = timed(|| E::build(self.by_name));
        let first = self.searches.iter().filter_map(|(_, asked)| asked.first());
        for asked in first.filter(|asked| asked.typed.is_empty()) {
            assert_eq!(engine.search(asked), ours.search(asked), "{asked:?}");
        }
        (engine, made_in)
    }

    fn measure<E: Engine>(&self, name: &'static str, engine: &E, made_in: Duration) -> Measured {
        let times = |(kind, asked): &(Kind, Vec<Asked>)| {
            eprintln!("{} people, {name}: {}", self.people.len(), kind.name);
            // The first one is made to warm up, and tells whether the engine can do it.
            engine.search(asked.first()?)?;
            Some(Times::of(asked, LIMIT, |asked| {
                black_box(engine.search(asked));
            }))
        };
        let searches = self.searches.iter().map(times).collect();
        Measured { name, made_in, bytes: engine.bytes(), searches }
    }
}

fn of_ours(mut index: Index, people: &[Person], searches: &[(Kind, Vec<Asked>)]) -> (Alone, Vec<u8>) {
    let misspelt: Vec<Person> = people.iter().step_by((people.len() / MISSPELT).max(1)).cloned().collect();
    let recall = recall(&index, &misspelt);
    let content = index.merged();
    let (opened, opened_in) = timed(|| Ours::open(content.clone()));
    drop(opened);
    let changes = people.iter().take(people.len() / 100).cloned().map(moved);
    index.apply(changes.map(|person| (person.id.clone(), Some(person))));
    let (_, four_letters) =
        searches.iter().find(|(kind, _)| kind.name == "four letters").expect("such a kind");
    let over_changes = Times::of(four_letters, LIMIT, |asked| {
        black_box(index.search(&asked.search()));
    });
    let (_, merged_in) = timed(|| index.merged());
    (Alone { opened_in, changed: index.changed(), over_changes, merged_in, recall }, content)
}
