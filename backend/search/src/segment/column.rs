//! What each person has of one kind, such as their place: a list of all values in order, and one number for each person.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::format::{Damaged, Part, numbers, texts};
use crate::{bits::Bits, order::compare};

/// Two parts: the values in order, and the place in that list for each person.
pub(super) fn write<'a>(values: impl Iterator<Item = &'a str> + Clone) -> [Vec<u8>; 2] {
    let distinct: HashSet<&str> = values.clone().collect();
    let mut ordered: Vec<&str> = distinct.into_iter().collect();
    ordered.sort_by(|one, other| compare(one, other));
    let places: HashMap<&str, u32> = ordered.iter().copied().zip(0..).collect();
    let column: Vec<u32> = values.map(|value| places.get(value).copied().unwrap_or_default()).collect();
    let narrow = ordered.len() <= usize::from(u16::MAX);
    let packed = if narrow {
        column.iter().flat_map(|it| (*it as u16).to_le_bytes()).collect()
    } else {
        numbers(&column)
    };
    [texts(ordered), packed]
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
        let column = Self { values, places };
        let is_whole =
            (0..u32::try_from(count).unwrap_or(u32::MAX)).all(|ordinal| column.value(ordinal).is_some());
        if is_whole { Ok(column) } else { Err(Damaged::Layout) }
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

    /// How many of these people have each value.
    pub(crate) fn count(&self, people: &Bits) -> impl Iterator<Item = (&str, u64)> {
        let mut counts = vec![0_u64; self.values.len()];
        people.for_each(|ordinal| {
            let count = self.place(ordinal).and_then(|place| counts.get_mut(place as usize));
            count.into_iter().for_each(|count| *count += 1);
        });
        self.values.iter().map(String::as_str).zip(counts)
    }
}
