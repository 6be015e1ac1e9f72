//! What is asked of the index, and what it answers.

use std::collections::BTreeSet;

use crate::words::Query;

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    pub query: Query,
    /// Only people of one of these places; of any when there are none.
    pub locations: BTreeSet<String>,
    /// Only people with one of these job titles.
    pub job_titles: BTreeSet<String>,
    /// Only people who wear one of these badges.
    pub badges: BTreeSet<String>,
    pub order: Order,
    /// Behind whom the page begins; at the beginning when none.
    pub after: Option<Place>,
    /// The most people on the page.
    pub limit: usize,
    pub facets: bool,
    pub reach: Reach,
}

/// How many slips of the pen are looked past.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// None in a word of up to 4 letters, one in 5 to 8, two in more, as Meilisearch has it
    /// ([typo tolerance](https://www.meilisearch.com/docs/learn/relevancy/typo_tolerance_settings)).
    #[default]
    Usual,
    /// For where nobody matches otherwise: one in a word of 2 to 4 letters, two in more.
    Far,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// As [`Closeness`] has it: whole words first, then beginnings of words, then slips in either; among these by name.
    #[default]
    Relevance,
    Name,
    /// By name, from the end.
    NameDescending,
}

/// How well someone matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Closeness {
    /// By whole words.
    Exact,
    /// By beginnings of words.
    Prefix,
    /// By whole words, one of them with a slip.
    Slip,
    /// By whole words or their beginnings, one word with a slip.
    SlipPrefix,
    /// By whole words or their beginnings, with slips.
    Typo,
    /// By beginnings of words, with slips.
    TypoPrefix,
}

impl Closeness {
    /// The best first.
    pub const ALL: [Self; 6] =
        [Self::Exact, Self::Prefix, Self::Slip, Self::SlipPrefix, Self::Typo, Self::TypoPrefix];
}

/// Where someone stands in a list. It stays where it is when people come and go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// How well they matched.
    pub closeness: Closeness,
    pub name: String,
    pub id: String,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The page, in order.
    pub people: Vec<Place>,
    /// How many there are in all, on other pages too.
    pub total: u64,
    /// Whether anyone comes behind this page.
    pub more: bool,
    /// The facets, if they were asked for.
    pub facets: Option<Facets>,
}

/// How many there are of each value, for everyone who matches but for the filter of that kind itself. In order; values of
/// nobody are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// Of each place.
    pub locations: Vec<(String, u64)>,
    /// Of each job title.
    pub job_titles: Vec<(String, u64)>,
    /// Of each badge, by its id.
    pub badges: Vec<(String, u64)>,
}
