//! A person as the index knows one: by what they are found, listed and counted by.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use crate::{order::compare, words::words_of};

/// What the index is told of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    pub id: String,
    /// The name, by which people are listed.
    pub name: String,
    pub location: String,
    pub job_title: String,
    pub badges: Vec<String>,
    /// The id of whom they report to; empty when that is nobody.
    pub manager: String,
    /// A number that stands for the e-mail address: the same for the same address, 0 for none.
    pub email: u32,
    /// Whatever else one is found by, such as the names of the badges.
    pub also: Vec<String>,
}

/// What became of people, each by their id: what they are now, or none when they are gone.
pub type Changes = BTreeMap<String, Option<Person>>;

impl Person {
    /// All words one is found by.
    pub(crate) fn words(&self) -> BTreeSet<String> {
        let mut words = BTreeSet::new();
        let texts = [&self.name, &self.location, &self.job_title].into_iter().chain(&self.also);
        texts.for_each(|text| words_of(text, &mut words));
        words
    }

    /// The order of lists.
    pub(crate) fn cmp_by_name(&self, name: &str, id: &str) -> Ordering {
        compare(&self.name, name).then_with(|| self.id.as_str().cmp(id))
    }
}
