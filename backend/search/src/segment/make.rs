//! How a segment is made: of everyone, or of another one and what changed since. Both make the same bytes of the same
//! people.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use fst::MapBuilder;

use super::{
    column,
    entry::Entry,
    format::{Writer, texts},
    ids, names,
    read::Segment,
};
use crate::{
    bits::Bits,
    order::{compare, sort_key},
    person::Person,
    postings,
    store::Changes,
};

/// The segment of these people. Each id stands for one person; of two with the same id the later counts.
#[must_use]
pub fn build(people: Vec<Person>) -> Vec<u8> {
    let people = in_order(people);
    let mut words: HashMap<String, Vec<u32>> = HashMap::new();
    for (ordinal, person) in (0..).zip(&people) {
        for word in person.words() {
            words.entry(word).or_default().push(ordinal);
        }
    }
    let words = words.into_iter().map(|(word, people)| (word.into_bytes(), people)).collect();
    assemble(words, &people.iter().map(Row::from).collect::<Vec<_>>())
}

/// A segment's content.
pub(crate) struct Made {
    pub(crate) content: Vec<u8>,
    /// How many people it knows.
    pub(crate) people: u64,
}

/// The segment of those that another one knows, after changes: each the id of someone and what they are now, none for who
/// is gone.
#[must_use]
pub(crate) fn merge(segment: &Segment, changes: Changes) -> Made {
    let mut gone = segment.nobody();
    segment.find(changes.keys().map(String::as_str)).into_values().for_each(|ordinal| gone.insert(ordinal));
    let changed = in_order(changes.into_values().flatten().collect());
    let (rows, places, changed_places) = interleave(segment, &gone, &changed);
    let mut words: HashMap<Vec<u8>, Vec<u32>> = HashMap::new();
    segment.each_word(|word, people| {
        let stay = people.into_iter().filter_map(|ordinal| places.get(ordinal as usize).copied().flatten());
        let stay: Vec<u32> = stay.collect();
        if !stay.is_empty() {
            words.insert(word.to_vec(), stay);
        }
    });
    let mut added: HashMap<Vec<u8>, Vec<u32>> = HashMap::new();
    for (person, place) in changed.iter().zip(changed_places) {
        for word in person.words() {
            added.entry(word.into_bytes()).or_default().push(place);
        }
    }
    for (word, places) in added {
        let people = words.entry(word).or_default();
        people.extend(places);
        // Two lists in order: a stable sort finds them and merges them, in one pass however many there are.
        people.sort();
    }
    Made { content: assemble(words, &rows), people: rows.len() as u64 }
}

/// Who stands where in the new order: the rows, the new place of each old ordinal, and that of each changed person.
fn interleave<'a>(
    segment: &'a Segment,
    gone: &Bits,
    changed: &'a [Person],
) -> (Vec<Row<'a>>, Vec<Option<u32>>, Vec<u32>) {
    let (mut rows, mut places, mut changed_places) = (Vec::new(), Vec::new(), Vec::new());
    let mut waiting = changed.iter().peekable();
    let place = |rows: &Vec<Row<'_>>| u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let bounds: Vec<u32> =
        changed.iter().map(|person| segment.lower_bound(&person.name, &person.id)).collect();
    let mut bounds = bounds.into_iter().peekable();
    for ordinal in 0..=segment.count() {
        while bounds.next_if(|bound| *bound <= ordinal).is_some() {
            changed_places.push(place(&rows));
            rows.extend(waiting.next().map(Row::from));
        }
        if ordinal < segment.count() {
            let stays = !gone.contains(ordinal);
            places.push(stays.then(|| place(&rows)));
            rows.extend(stays.then_some(Row::Old(segment, ordinal)));
        }
    }
    (rows, places, changed_places)
}

fn in_order(people: Vec<Person>) -> Vec<Person> {
    let last: BTreeMap<String, Person> =
        people.into_iter().map(|person| (person.id.clone(), person)).collect();
    let mut people: Vec<Person> = last.into_values().collect();
    people.sort_by_cached_key(|person| (sort_key(&person.name), person.name.clone(), person.id.clone()));
    people
}

/// Someone, wherever what is known of them stands.
#[derive(Clone, Copy)]
enum Row<'a> {
    Old(&'a Segment, u32),
    New(&'a Person),
}

impl<'a> From<&'a Person> for Row<'a> {
    fn from(person: &'a Person) -> Self {
        Self::New(person)
    }
}

impl<'a> Row<'a> {
    fn id(self) -> String {
        match self {
            Self::Old(segment, ordinal) => segment.id(ordinal),
            Self::New(person) => person.id.clone(),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Old(segment, ordinal) => segment.person_name(ordinal),
            Self::New(person) => person.name.clone(),
        }
    }

    fn location(self) -> &'a str {
        match self {
            Self::Old(segment, ordinal) => segment.location.value(ordinal).unwrap_or_default(),
            Self::New(person) => &person.location,
        }
    }

    fn job_title(self) -> &'a str {
        match self {
            Self::Old(segment, ordinal) => segment.job_title.value(ordinal).unwrap_or_default(),
            Self::New(person) => &person.job_title,
        }
    }

    fn badges(self) -> Vec<&'a str> {
        match self {
            Self::Old(segment, ordinal) => {
                let worn = segment.badges().iter().filter(|(_, wearers)| wearers.contains(ordinal));
                worn.map(|(badge, _)| badge.as_str()).collect()
            }
            Self::New(person) => person.badges.iter().map(String::as_str).collect(),
        }
    }
}

fn assemble(words: HashMap<Vec<u8>, Vec<u32>>, rows: &[Row<'_>]) -> Vec<u8> {
    let mut writer = Writer::new();
    dictionary(words).iter().for_each(|part| writer.part(part));
    ids::write(rows.iter().map(|row| row.id())).iter().for_each(|part| writer.part(part));
    names::write(rows.iter().map(|row| row.name())).iter().for_each(|part| writer.part(part));
    column::write(rows.iter().map(|row| row.location())).iter().for_each(|part| writer.part(part));
    column::write(rows.iter().map(|row| row.job_title())).iter().for_each(|part| writer.part(part));
    badges(rows, &mut writer);
    writer.done()
}

/// Two parts: the dictionary, and the lists of those who have a word that several have.
fn dictionary(words: HashMap<Vec<u8>, Vec<u32>>) -> [Vec<u8>; 2] {
    let mut words: Vec<_> = words.into_iter().collect();
    words.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let (mut builder, mut lists) = (MapBuilder::memory(), Vec::new());
    for (word, people) in words {
        let entry = if let [only] = people.as_slice() {
            Entry::One(*only)
        } else {
            let start = lists.len();
            let mut list = Vec::new();
            postings::write(&people, &mut list);
            postings::write_number(list.len() as u64, &mut lists);
            lists.extend_from_slice(&list);
            Entry::List(start)
        };
        // Words are in order and each there once: it takes them all.
        let _ = builder.insert(word, entry.into());
    }
    [builder.into_inner().unwrap_or_default(), lists]
}

/// The badges that anyone wears, and for each who does.
fn badges(rows: &[Row<'_>], writer: &mut Writer) {
    let mut wearers: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (ordinal, row) in (0..).zip(rows) {
        for badge in row.badges().into_iter().collect::<BTreeSet<_>>() {
            wearers.entry(badge).or_default().push(ordinal);
        }
    }
    let mut wearers: Vec<_> = wearers.into_iter().collect();
    wearers.sort_by(|(one, _), (other, _)| compare(one, other));
    writer.part(&texts(wearers.iter().map(|(badge, _)| *badge)));
    for (_, people) in wearers {
        let mut list = Vec::new();
        postings::write(&people, &mut list);
        writer.part(&list);
    }
}
