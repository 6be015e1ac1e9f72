//! Who may be there twice: people who share an e-mail address, or a name and a place.
//!
//! They are found by numbers that stand for what they share. Two addresses may have one number, so whoever shows them holds
//! them against each other as they are.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::{chart::Node, fold::fold, search::Place};

/// What people share who may be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Same {
    /// The e-mail address, without regard to case.
    Email,
    /// The name and the place, as they are searched: without regard to case and accents.
    NameAndPlace,
}

/// People who share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// Two or more, in the order of lists.
    pub people: Vec<Place>,
}

/// One page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlikePage {
    /// In the order of lists, by the first of each.
    pub groups: Vec<Alike>,
    /// Whether any come behind this page.
    pub more: bool,
}

/// Every group of an index, by what they share. Each is in the order of lists, and so are they.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    pub(crate) by_email: Vec<Vec<Node>>,
    pub(crate) by_name_and_place: Vec<Vec<Node>>,
}

impl Groups {
    pub(crate) fn of(&self, same: Same) -> &[Vec<Node>] {
        match same {
            Same::Email => &self.by_email,
            Same::NameAndPlace => &self.by_name_and_place,
        }
    }
}

/// Those who share a key with someone, each with whoever does; nobody without a key is among them.
pub(crate) fn groups(keys: impl Iterator<Item = (Option<u64>, Node)>) -> Vec<Vec<Node>> {
    let mut keys: Vec<(u64, Node)> = keys.filter_map(|(key, node)| Some((key?, node))).collect();
    keys.sort_unstable();
    let same = keys.chunk_by(|one, other| one.0 == other.0).filter(|group| group.len() > 1);
    same.map(|group| group.iter().map(|(_, node)| *node).collect()).collect()
}

/// Keys by name and place. Whoever has no name has none: nothing is known that could be the same.
pub(crate) struct NamesAndPlaces<'a> {
    /// Each place once, folded: many people share one.
    places: HashMap<&'a str, u64>,
}

impl<'a> NamesAndPlaces<'a> {
    pub(crate) fn new() -> Self {
        Self { places: HashMap::new() }
    }

    pub(crate) fn key(&mut self, name: &str, place: &'a str) -> Option<u64> {
        let name = fold(name.trim());
        let place = self.places.entry(place).or_insert_with(|| hash(&fold(place.trim())));
        (!name.is_empty()).then(|| hash(&(name, *place)))
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
