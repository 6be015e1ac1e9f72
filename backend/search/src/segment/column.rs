//! What each person has of one kind, such as their place: a list of all values in order, and one number for each person.

use std::collections::{BTreeSet, HashMap};

use super::format::{Damaged, Part, numbers, texts};
use crate::{bits::Bits, order::compare};

/// Two parts: the values in order, and the place in that list for each person.
pub(super) fn write<'a>(values: impl Iterator<Item = &'a str>) -> [Vec<u8>; 2] {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    let number_of = |value| {
        let next = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        *seen.entry(value).or_insert(next)
    };
    let column: Vec<u32> = values.map(number_of).collect();
    let mut ordered: Vec<(&str, u32)> = seen.into_iter().collect();
    ordered.sort_by(|(one, _), (other, _)| compare(one, other));
    let mut places = vec![0; ordered.len()];
    for (place, (_, number)) in (0..).zip(&ordered) {
        places.get_mut(*number as usize).into_iter().for_each(|it| *it = place);
    }
    let place_of = |number: u32| places.get(number as usize).copied().unwrap_or_default();
    let column: Vec<u32> = column.into_iter().map(place_of).collect();
    let narrow = ordered.len() <= usize::from(u16::MAX);
    let packed = if narrow {
        column.iter().flat_map(|it| (*it as u16).to_le_bytes()).collect()
    } else {
        numbers(&column)
    };
    [texts(ordered.iter().map(|(value, _)| *value)), packed]
}

/// A bit for each place, 64 in a word.
fn words<P: Copy>(places: &[P], bit: impl Fn(P) -> u64) -> Bits {
    let word = |places: &[P]| places.iter().rev().fold(0, |word, place| word << 1 | bit(*place));
    Bits::of_words(places.chunks(64).map(word))
}

/// One kind of value of a segment.
#[derive(Debug)]
pub(crate) struct Column {
    values: Vec<String>,
    places: Places,
    /// How many people have each value.
    counts: Vec<u64>,
}

#[derive(Debug)]
enum Places {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl Column {
    pub(super) fn new(values: &Part, column: &Part, count: usize) -> Result<Self, Damaged> {
        let values = values.texts()?;
        let places = if values.len() <= usize::from(u16::MAX) {
            let narrow = column.as_ref().as_chunks::<2>().0;
            Places::Narrow(narrow.iter().map(|bytes| u16::from_le_bytes(*bytes)).collect())
        } else {
            Places::Wide(column.numbers())
        };
        let mut column = Self { counts: vec![0; values.len()], values, places };
        for ordinal in 0..u32::try_from(count).unwrap_or(u32::MAX) {
            let place = column.place(ordinal).ok_or(Damaged::Layout)?;
            *column.counts.get_mut(place as usize).ok_or(Damaged::Layout)? += 1;
        }
        Ok(column)
    }

    /// The place of someone's value in the list of values.
    pub(crate) fn place(&self, ordinal: u32) -> Option<u32> {
        match &self.places {
            Places::Narrow(places) => places.get(ordinal as usize).map(|place| u32::from(*place)),
            Places::Wide(places) => places.get(ordinal as usize).copied(),
        }
    }

    /// Someone's value.
    pub(crate) fn value(&self, ordinal: u32) -> Option<&str> {
        self.values.get(self.place(ordinal)? as usize).map(String::as_str)
    }

    /// Those who have one of these values.
    pub(crate) fn those_with(&self, wanted: &BTreeSet<String>) -> Bits {
        let is_wanted: Vec<bool> = self.values.iter().map(|value| wanted.contains(value)).collect();
        let bit = |place: usize| u64::from(is_wanted.get(place).is_some_and(|is_wanted| *is_wanted));
        match &self.places {
            Places::Narrow(places) => words(places, |place| bit(usize::from(place))),
            Places::Wide(places) => words(places, |place| bit(place as usize)),
        }
    }

    /// How many of these people have each value. Of most of all it is told by who is missing.
    pub(crate) fn count(&self, people: &Bits) -> impl Iterator<Item = (&str, u64)> {
        let all = match &self.places {
            Places::Narrow(places) => places.len(),
            Places::Wide(places) => places.len(),
        };
        let counts = if people.count() > all as u64 / 2 {
            let missing = self.counts_of(&Bits::all(u32::try_from(all).unwrap_or(u32::MAX)).without(people));
            self.counts.iter().zip(missing).map(|(all, missing)| all.saturating_sub(missing)).collect()
        } else {
            self.counts_of(people)
        };
        self.values.iter().map(String::as_str).zip(counts)
    }

    fn counts_of(&self, people: &Bits) -> Vec<u64> {
        let mut counts = vec![0_u64; self.values.len()];
        people.for_each(|ordinal| {
            let count = self.place(ordinal).and_then(|place| counts.get_mut(place as usize));
            count.into_iter().for_each(|count| *count += 1);
        });
        counts
    }
}
