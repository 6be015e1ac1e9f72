//! How a segment is made: of everyone, or of another one and what changed since. Both make the same bytes of the same
//! people.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use fst::MapBuilder;

use super::{
    column, emails,
    entry::Entry,
    format::{Writer, texts},
    ids,
    managers::{self, Manager},
    names,
    read::Segment,
};
use crate::{
    bits::Bits,
    order::{compare, sort_key},
    person::{Changes, Person},
    postings,
    words::words_of,
};

/// The segment of these people. Each id stands for one person; of two with the same id the later counts.
#[must_use]
pub fn build(people: Vec<Person>) -> Vec<u8> {
    let people = in_order(people);
    let mut dictionary = Dictionary::default();
    for (word, people) in Words::of((0..).zip(&people)).in_order() {
        dictionary.add(word.as_bytes(), &people);
    }
    assemble(dictionary, &people.iter().map(Row::from).collect::<Vec<_>>())
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
    let mut added = Words::of(changed_places.into_iter().zip(&changed)).in_order().into_iter().peekable();
    let mut dictionary = Dictionary::default();
    segment.each_word(|word, people| {
        while let Some((new, places)) = added.next_if(|(new, _)| new.as_bytes() < word) {
            dictionary.add(new.as_bytes(), &places);
        }
        let stay = people.into_iter().filter_map(|ordinal| places.get(ordinal as usize).copied().flatten());
        let mut people: Vec<u32> = stay.collect();
        if let Some((_, places)) = added.next_if(|(new, _)| new.as_bytes() == word) {
            people.extend(places);
            // Two lists in order: a stable sort finds them and merges them, in one pass however many there are.
            people.sort();
        }
        dictionary.add(word, &people);
    });
    added.for_each(|(word, places)| dictionary.add(word.as_bytes(), &places));
    Made { content: assemble(dictionary, &rows), people: rows.len() as u64 }
}

/// The words of people, and for each who has it.
#[derive(Default)]
struct Words<'a> {
    numbers: HashMap<String, usize>,
    /// By the number of the word.
    people: Vec<Vec<u32>>,
    /// The numbers of the words of texts that many have, such as places.
    of_text: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Words<'a> {
    /// The words of these people, each after their ordinal, in order.
    fn of(people: impl Iterator<Item = (u32, &'a Person)>) -> Self {
        let mut words = Self::default();
        people.for_each(|(ordinal, person)| words.add(ordinal, person));
        words
    }

    fn add(&mut self, ordinal: u32, person: &'a Person) {
        for number in self.numbers_of(&person.name) {
            mark(&mut self.people, number, ordinal);
        }
        for text in [&person.location, &person.job_title].into_iter().chain(&person.also) {
            if let Some(numbers) = self.of_text.get(text.as_str()) {
                numbers.iter().for_each(|number| mark(&mut self.people, *number, ordinal));
            } else {
                let numbers = self.numbers_of(text);
                numbers.iter().for_each(|number| mark(&mut self.people, *number, ordinal));
                self.of_text.insert(text, numbers);
            }
        }
    }

    fn numbers_of(&mut self, text: &str) -> Vec<usize> {
        let mut words = BTreeSet::new();
        words_of(text, &mut words);
        let number_of = |word| {
            let number = *self.numbers.entry(word).or_insert(self.people.len());
            if number == self.people.len() {
                self.people.push(Vec::new());
            }
            number
        };
        words.into_iter().map(number_of).collect()
    }

    fn in_order(self) -> Vec<(String, Vec<u32>)> {
        let Self { numbers, mut people, .. } = self;
        let mut words: Vec<(String, usize)> = numbers.into_iter().collect();
        words.sort_unstable();
        let mut people_of = |number| people.get_mut(number).map(std::mem::take).unwrap_or_default();
        words.into_iter().map(|(word, number)| (word, people_of(number))).collect()
    }
}

/// Someone has a word, once however often.
fn mark(people: &mut [Vec<u32>], number: usize, ordinal: u32) {
    if let Some(list) = people.get_mut(number).filter(|list| list.last() != Some(&ordinal)) {
        list.push(ordinal);
    }
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
    let last: HashMap<String, Person> =
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

    fn manager(self) -> Option<String> {
        match self {
            Self::Old(segment, ordinal) => match segment.manager(ordinal) {
                Manager::Nobody => None,
                Manager::Known(manager) => Some(segment.id(manager)),
                Manager::Unknown(id) => Some(id.to_owned()),
            },
            Self::New(person) => Some(person.manager.clone()).filter(|id| !id.is_empty()),
        }
    }

    fn email(self) -> u32 {
        match self {
            Self::Old(segment, ordinal) => segment.email(ordinal),
            Self::New(person) => person.email,
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

fn assemble(dictionary: Dictionary, rows: &[Row<'_>]) -> Vec<u8> {
    let mut writer = Writer::new();
    dictionary.done().iter().for_each(|part| writer.part(part));
    ids::write(rows.iter().map(|row| row.id())).iter().for_each(|part| writer.part(part));
    names::write(rows.iter().map(|row| row.name())).iter().for_each(|part| writer.part(part));
    column::write(rows.iter().map(|row| row.location())).iter().for_each(|part| writer.part(part));
    column::write(rows.iter().map(|row| row.job_title())).iter().for_each(|part| writer.part(part));
    let managers =
        managers::write(|| rows.iter().map(|row| row.id()), || rows.iter().map(|row| row.manager()));
    managers.iter().for_each(|part| writer.part(part));
    writer.part(&emails::write(rows.iter().map(|row| row.email())));
    badges(rows, &mut writer);
    writer.done()
}

/// The words, and the lists of those who have one that several have.
struct Dictionary {
    words: MapBuilder<Vec<u8>>,
    lists: Vec<u8>,
}

impl Default for Dictionary {
    fn default() -> Self {
        Self { words: MapBuilder::memory(), lists: Vec::new() }
    }
}

impl Dictionary {
    /// Adds a word that stands behind all others, and who has it, in order; nothing when nobody has.
    fn add(&mut self, word: &[u8], people: &[u32]) {
        let entry = match people {
            [] => return,
            [only] => Entry::One(*only),
            several => {
                let start = self.lists.len();
                let mut list = Vec::new();
                postings::write(several, &mut list);
                postings::write_number(list.len() as u64, &mut self.lists);
                self.lists.extend_from_slice(&list);
                Entry::List(start)
            }
        };
        // Words are in order and each there once: it takes them all.
        let _ = self.words.insert(word, entry.into());
    }

    /// Two parts: the dictionary, and the lists.
    fn done(self) -> [Vec<u8>; 2] {
        [self.words.into_inner().unwrap_or_default(), self.lists]
    }
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
