//! The index answers as a plain loop over the people does, whatever happened to it before.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests say what they expect")]

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use proptest::{collection::vec, prelude::*, sample::select};
use rollcall_search::{
    Closeness, Facets, Found, Index, Order, Person, Place, Query, Reach, Search, Segment, SegmentName, build,
    compare, fold,
};

/// The plain loop.
mod plain {
    use super::*;

    /// The slips between a word and another one, and between it and the nearest beginning of that: what is left out, added,
    /// exchanged, or swapped.
    pub(super) fn slips(word: &str, other: &str) -> (usize, usize) {
        let (word, other): (Vec<char>, Vec<char>) = (word.chars().collect(), other.chars().collect());
        let mut table = vec![vec![0; other.len() + 1]; word.len() + 1];
        for at in 0..=word.len() {
            for on in 0..=other.len() {
                table[at][on] = if at == 0 || on == 0 {
                    at + on
                } else {
                    let exchanged = table[at - 1][on - 1] + usize::from(word[at - 1] != other[on - 1]);
                    let one_way = (table[at - 1][on] + 1).min(table[at][on - 1] + 1);
                    let swapped =
                        at > 1 && on > 1 && word[at - 1] == other[on - 2] && word[at - 2] == other[on - 1];
                    let swapped = if swapped { table[at - 2][on - 2] + 1 } else { usize::MAX };
                    exchanged.min(one_way).min(swapped)
                };
            }
        }
        (table[word.len()][other.len()], *table[word.len()].iter().min().expect("one at least"))
    }

    /// How a word is found among others: whole, as a beginning, with so many slips, or as a beginning with slips.
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum By {
        Word,
        Beginning,
        Slips(usize),
        BeginningWithSlips,
    }

    fn word(word: &str, words: &[&str], reach: Reach) -> Option<By> {
        let letters = word.chars().count();
        let allowed = match (letters, reach) {
            (0..=4, Reach::Usual) | (0..=1, Reach::Far) => 0,
            (5..=8, Reach::Usual) | (2..=4, Reach::Far) => 1,
            _ => 2,
        };
        let whole = words.iter().map(|it| slips(word, it).0).min().filter(|slips| *slips <= allowed);
        let begins = words.iter().any(|it| it.starts_with(word));
        let near = words.iter().any(|it| allowed > 0 && letters > 4 && slips(word, it).1 <= allowed);
        match whole {
            Some(0) => Some(By::Word),
            _ if begins => Some(By::Beginning),
            Some(slips) => Some(By::Slips(slips)),
            None => near.then_some(By::BeginningWithSlips),
        }
    }

    pub(super) fn closeness(person: &Person, query: &str, reach: Reach) -> Option<Closeness> {
        let text = fold(&[&person.name, &person.location, &person.job_title].map(String::as_str).join("\n"));
        let words: Vec<&str> = text.split_whitespace().collect();
        let query = fold(query);
        let each: Option<Vec<By>> = query.split_whitespace().map(|it| word(it, &words, reach)).collect();
        let each = each?;
        let slips = each.iter().filter(|by| matches!(by, By::Slips(_))).count();
        let begins = each.contains(&By::Beginning);
        Some(if each.contains(&By::BeginningWithSlips) {
            Closeness::TypoPrefix
        } else if slips == 0 {
            if begins { Closeness::Prefix } else { Closeness::Exact }
        } else if slips > 1 || each.contains(&By::Slips(2)) {
            Closeness::Typo
        } else if begins {
            Closeness::SlipPrefix
        } else {
            Closeness::Slip
        })
    }

    pub(super) fn search(people: &BTreeMap<String, Person>, query: &str, search: &Search) -> Found {
        let has = |wanted: &BTreeSet<String>, value: &String| wanted.is_empty() || wanted.contains(value);
        let location = |person: &Person| has(&search.locations, &person.location);
        let job_title = |person: &Person| has(&search.job_titles, &person.job_title);
        let badge = |person: &Person| {
            search.badges.is_empty() || person.badges.iter().any(|badge| search.badges.contains(badge))
        };
        let matching: Vec<(&Person, Closeness)> = people
            .values()
            .filter_map(|person| Some((person, closeness(person, query, search.reach)?)))
            .collect();
        let mut hits: Vec<Place> = matching
            .iter()
            .filter(|(person, _)| location(person) && job_title(person) && badge(person))
            .map(|(person, closeness)| Place {
                closeness: *closeness,
                name: person.name.clone(),
                id: person.id.clone(),
            })
            .collect();
        hits.sort_by(|one, other| order(search.order, one, other));
        let total = hits.len() as u64;
        let mut people: Vec<Place> = hits
            .into_iter()
            .filter(|it| search.after.as_ref().is_none_or(|after| order(search.order, it, after).is_gt()))
            .collect();
        let more = people.len() > search.limit;
        people.truncate(search.limit);
        let count = |values: Vec<String>| {
            let mut counts: Vec<(String, u64)> = Vec::new();
            for value in values.into_iter().filter(|value| !value.is_empty()) {
                match counts.iter_mut().find(|(it, _)| *it == value) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((value, 1)),
                }
            }
            counts.sort_by(|(one, _), (other, _)| compare(one, other));
            counts
        };
        let who = |filter: &dyn Fn(&Person) -> bool| {
            matching.iter().map(|(person, _)| *person).filter(|person| filter(person)).collect::<Vec<_>>()
        };
        let distinct = |person: &Person| person.badges.iter().cloned().collect::<BTreeSet<_>>();
        let facets = search.facets.then(|| Facets {
            locations: count(
                who(&|it| job_title(it) && badge(it)).iter().map(|it| it.location.clone()).collect(),
            ),
            job_titles: count(
                who(&|it| location(it) && badge(it)).iter().map(|it| it.job_title.clone()).collect(),
            ),
            badges: count(who(&|it| location(it) && job_title(it)).into_iter().flat_map(distinct).collect()),
        });
        Found { people, total, more, facets }
    }

    pub(super) fn order(order: Order, one: &Place, other: &Place) -> Ordering {
        let by_name = compare(&one.name, &other.name).then_with(|| one.id.cmp(&other.id));
        match order {
            Order::Relevance => one.closeness.cmp(&other.closeness).then(by_name),
            Order::Name => by_name,
            Order::NameDescending => by_name.reverse(),
        }
    }
}

const NAMES: &[&str] = &[
    "Ada",
    "ada",
    "Zoë",
    "Zoe",
    "Emil",
    "Émile",
    "Emilia",
    "Maria",
    "Marie",
    "Mario",
    "Katharina",
    "Katarina",
    "Catherine",
    "Christopher",
    "Kristoffer",
    "Øyvind",
    "Lovelace",
    "Loveless",
    "Hopper",
    "Hoper",
    "Sørensen",
    "Sorensen",
    "Nguyễn",
    // Names of one pair: the plain loop takes no word apart.
    "山田",
    "佐藤",
];
const PLACES: &[&str] = &["", "Oslo", "Zürich", "Zurich", "Seattle", "Reykjavík"];
const TITLES: &[&str] = &["", "Engineer", "Engineering Manager", "Analyst"];
const BADGES: &[&str] = &["bug", "coffee", "plane"];
const QUERIES: &[&str] = &[
    "",
    "a",
    "z",
    "zoe",
    "ma",
    "mari",
    "maria",
    "marai",
    "meria",
    "hopper",
    "hoppre",
    "ohpper",
    "kristofer",
    "cristopher",
    "kathrina",
    "lovelac",
    "engi",
    "engineer oslo",
    "enginer",
    "sorensen",
    "nguyen ada",
    "nobody",
    "zurich",
    "山田",
    "佐藤 hoppre",
    "hoper 佐藤",
];

fn texts(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(of).prop_map(str::to_owned)
}

fn person(id: impl Strategy<Value = String>) -> impl Strategy<Value = Person> {
    let name = (texts(NAMES), texts(NAMES)).prop_map(|(first, last)| format!("{first} {last}"));
    let badges = vec(texts(BADGES), 0..4);
    (id, name, texts(PLACES), texts(TITLES), badges).prop_map(|(id, name, location, job_title, badges)| {
        Person { id, name, location, job_title, badges, ..Person::default() }
    })
}

fn id() -> impl Strategy<Value = String> {
    (0_u32..24).prop_map(|number| match number % 3 {
        0 => format!("emp{number}"),
        _ => format!("00000000-0000-4000-8000-{number:012x}"),
    })
}

/// What happens to an index.
#[derive(Debug, Clone)]
enum Event {
    /// Someone is added or changed.
    Write(Person),
    /// Someone is deleted.
    Delete(String),
    /// The last changes come once more.
    Replay(usize),
    /// A new segment is made of all that is known, and another process reads it.
    Merge,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => person(id()).prop_map(Event::Write),
        2 => id().prop_map(Event::Delete),
        1 => (1_usize..6).prop_map(Event::Replay),
        1 => Just(Event::Merge),
    ];
    vec(event, 0..40)
}

fn open(content: Vec<u8>) -> Arc<Segment> {
    Arc::new(Segment::open(SegmentName::of(&content), content).expect("a segment"))
}

/// The index after all that, and who there is.
fn after(first: Vec<Person>, events: Vec<Event>) -> (Index, BTreeMap<String, Person>) {
    let mut people: BTreeMap<String, Person> = first.iter().map(|it| (it.id.clone(), it.clone())).collect();
    let mut index = Index::new(open(build(first)));
    let mut log: Vec<(String, Option<Person>)> = Vec::new();
    for event in events {
        match event {
            Event::Write(person) => log.push((person.id.clone(), Some(person))),
            Event::Delete(id) => log.push((id, None)),
            Event::Replay(count) => {
                let last = log[log.len().saturating_sub(count)..].to_vec();
                index.apply(last);
                continue;
            }
            Event::Merge => {
                index = Index::new(open(index.merged()));
                continue;
            }
        }
        let (id, person) = log.last().expect("just pushed").clone();
        match &person {
            Some(person) => people.insert(id.clone(), person.clone()),
            None => people.remove(&id),
        };
        index.apply([(id, person)]);
    }
    (index, people)
}

fn searches() -> impl Strategy<Value = (String, Search)> {
    let some = |of| proptest::collection::btree_set(texts(of), 0..3);
    let filters = (some(PLACES), some(TITLES), some(BADGES));
    let order = select(vec![Order::Relevance, Order::Name, Order::NameDescending]);
    let reach = select(vec![Reach::Usual, Reach::Far]);
    (texts(QUERIES), filters, order, reach, 1_usize..8, any::<bool>()).prop_map(
        |(text, (locations, job_titles, badges), order, reach, limit, facets)| {
            let query = Query::parse(&text);
            let after = None;
            (text, Search { query, locations, job_titles, badges, order, after, limit, facets, reach })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_search_is_answered_as_a_plain_loop_does(
        first in vec(person(id()), 0..24), events in events(), searches in vec(searches(), 1..8),
    ) {
        let (index, people) = after(first, events);
        for (query, mut search) in searches {
            // To the end, page by page.
            for _ in 0..50 {
                let found = index.search(&search);
                prop_assert_eq!(&found, &plain::search(&people, &query, &search), "{}", query);
                search.after = found.people.last().cloned();
                if !found.more {
                    break;
                }
            }
        }
    }

    #[test]
    fn a_merged_segment_is_the_one_made_of_the_same_people(first in vec(person(id()), 0..24), events in events()) {
        let (index, people) = after(first, events);
        prop_assert_eq!(index.merged(), build(people.into_values().collect()));
    }

    #[test]
    fn whoever_was_there_from_first_page_to_last_is_seen_once(
        first in vec(person(id()), 1..24), writes in vec(vec(person((100_u32..124).prop_map(|it| it.to_string())), 0..3), 24), order in select(vec![Order::Name, Order::NameDescending]),
    ) {
        let (mut index, people) = after(first, Vec::new());
        let mut search = Search { order, limit: 2, ..Search::default() };
        let mut seen = Vec::new();
        let mut writes = writes.into_iter();
        loop {
            let found = index.search(&search);
            seen.extend(found.people.iter().map(|it| it.id.clone()).filter(|id| people.contains_key(id)));
            if !found.more {
                break;
            }
            search.after = found.people.last().cloned();
            // Some come, and some of these move or go.
            let changes = writes.next().unwrap_or_default();
            index.apply(changes.into_iter().map(|it| (it.id.clone(), (!it.badges.is_empty()).then_some(it))));
        }
        seen.sort();
        prop_assert_eq!(seen, people.into_keys().collect::<Vec<_>>());
    }

    #[test]
    fn a_damaged_segment_is_refused(first in vec(person(id()), 0..12), at: prop::sample::Index, bit in 0_u8..8) {
        let content = build(first);
        let name = SegmentName::of(&content);
        let mut damaged = content.clone();
        damaged[at.index(content.len())] ^= 1 << bit;
        prop_assert!(Segment::open(name, damaged).is_err());
        prop_assert!(Segment::open(name, content).is_ok());
    }

    #[test]
    fn bytes_that_are_no_segment_are_refused_or_searched_without_harm(
        first in vec(person(id()), 0..12), edits in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut: prop::sample::Index,
    ) {
        let mut content = build(first);
        for (at, byte) in edits {
            let at = at.index(content.len());
            content[at] = byte;
        }
        content.truncate(cut.index(content.len() + 1).max(content.len() / 2));
        search_if_opened(content);
    }
}

/// Searches whatever can be opened under the name of its content, and must not panic.
fn search_if_opened(content: Vec<u8>) {
    if let Ok(segment) = Segment::open(SegmentName::of(&content), content) {
        let index = Index::new(Arc::new(segment));
        for query in ["", "a", "maria", "christophr"] {
            let search = Search { query: Query::parse(query), limit: 5, facets: true, ..Search::default() };
            let _ = index.search(&search);
        }
    }
}

#[test]
fn a_segment_made_with_any_one_bit_wrong_is_refused_or_searched_without_harm() {
    let person = |number: usize, name: &str| Person {
        id: format!("emp{number}"),
        name: name.to_owned(),
        location: PLACES[number % PLACES.len()].to_owned(),
        job_title: TITLES[number % TITLES.len()].to_owned(),
        badges: vec![BADGES[number % BADGES.len()].to_owned()],
        also: Vec::new(),
        ..Person::default()
    };
    let content =
        build(NAMES.iter().take(6).enumerate().map(|(number, name)| person(number, name)).collect());
    for bit in 0..content.len() * 8 {
        let mut damaged = content.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        search_if_opened(damaged);
    }
}
