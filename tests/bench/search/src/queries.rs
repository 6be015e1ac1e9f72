//! What is searched for: kinds of searches, and searches of each kind, as data that every engine is asked.

use std::collections::BTreeSet;

use rollcall_search::{Person, Query, Search};
use serde::Serialize;

use crate::draw::Draw;

/// How many people a page has.
pub(crate) const PAGE: usize = 50;

/// A search, always with facets, as the site makes it. All filters of one kind are ways to pass it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Asked {
    pub(crate) typed: String,
    pub(crate) locations: BTreeSet<String>,
    pub(crate) job_titles: BTreeSet<String>,
    pub(crate) badges: BTreeSet<String>,
    /// Whether it has a slip of the pen.
    pub(crate) has_slip: bool,
}

impl Asked {
    fn typing(typed: impl Into<String>) -> Self {
        Self { typed: typed.into(), ..Self::default() }
    }

    /// Whether any filter is set.
    pub(crate) fn is_filtered(&self) -> bool {
        [&self.locations, &self.job_titles, &self.badges].into_iter().any(|values| !values.is_empty())
    }

    /// The same for Rollcall's index.
    pub(crate) fn search(&self) -> Search {
        Search {
            query: Query::parse(&self.typed),
            locations: self.locations.clone(),
            job_titles: self.job_titles.clone(),
            badges: self.badges.clone(),
            limit: PAGE,
            facets: true,
            ..Search::default()
        }
    }
}

/// A kind of search.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    ask: fn(&[Person], &mut Draw) -> Asked,
}

/// All kinds, in the order of the tables.
pub(crate) const KINDS: [Kind; 6] = [
    Kind { name: "everyone", ask: |_, _| Asked::default() },
    Kind {
        name: "one letter",
        ask: |people, draw| Asked::typing(beginning(last_name(someone(people, draw)), 1)),
    },
    Kind {
        name: "four letters",
        ask: |people, draw| Asked::typing(beginning(last_name(someone(people, draw)), 4)),
    },
    Kind { name: "two words", ask: |people, draw| Asked::typing(&someone(people, draw).name) },
    Kind { name: "a typo", ask: typo },
    Kind { name: "three filters", ask: filters },
];

impl Kind {
    /// Searches of this kind, drawn from the people themselves: the same each time.
    pub(crate) fn searches(self, people: &[Person], count: usize) -> Vec<Asked> {
        let mut draw = Draw::new(11);
        (0..count).map(|_| (self.ask)(people, &mut draw)).collect()
    }
}

fn someone<'a>(people: &'a [Person], draw: &mut Draw) -> &'a Person {
    &people[draw.below(people.len())]
}

fn last_name(person: &Person) -> &str {
    person.name.rsplit(' ').next().unwrap_or_default()
}

fn beginning(word: &str, letters: usize) -> String {
    word.chars().take(letters).collect()
}

/// A last name that is long enough for a slip, with two letters in its middle exchanged.
fn typo(people: &[Person], draw: &mut Draw) -> Asked {
    loop {
        let mut letters: Vec<char> = last_name(someone(people, draw)).chars().collect();
        let middle = letters.len() / 2;
        if letters.len() >= 5 && letters[middle - 1] != letters[middle] {
            letters.swap(middle - 1, middle);
            return Asked { has_slip: true, ..Asked::typing(letters.into_iter().collect::<String>()) };
        }
    }
}

/// The place and a badge of someone, and their job title and those of two others.
fn filters(people: &[Person], draw: &mut Draw) -> Asked {
    let (someone, badge) = loop {
        let someone = someone(people, draw);
        if let Some(badge) = someone.badges.first() {
            break (someone, badge);
        }
    };
    let others = [(); 2].map(|()| self::someone(people, draw));
    Asked {
        locations: [someone.location.clone()].into(),
        job_titles: others.into_iter().chain([someone]).map(|person| person.job_title.clone()).collect(),
        badges: [badge.clone()].into(),
        ..Asked::default()
    }
}
