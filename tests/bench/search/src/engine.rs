//! What every engine that is measured can do.

use rollcall_search::{Facets, Person};

use crate::queries::Asked;

/// An index of people, in the memory of this process.
pub(crate) trait Engine: Sized {
    /// Makes it. The people are in the order of their names, so that an engine that has an order of its own can list them
    /// without sorting.
    fn build(people: &[Person]) -> Self;

    /// How much it takes, in bytes.
    fn bytes(&self) -> u64;

    /// Answers a search; none where it has no means to.
    fn search(&self, asked: &Asked) -> Option<Answer>;
}

/// What is answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The ids and names of the first page.
    pub(crate) people: Vec<(String, String)>,
    /// How many there are in all.
    pub(crate) total: u64,
    pub(crate) facets: Facets,
}

/// What people are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Facet {
    Location,
    JobTitle,
    Badge,
}

impl Facet {
    pub(crate) const ALL: [Self; 3] = [Self::Location, Self::JobTitle, Self::Badge];

    /// The counts of this kind.
    pub(crate) const fn of(self, facets: &mut Facets) -> &mut Vec<(String, u64)> {
        match self {
            Self::Location => &mut facets.locations,
            Self::JobTitle => &mut facets.job_titles,
            Self::Badge => &mut facets.badges,
        }
    }
}

/// The words of what was typed, for engines that can't be given it as it is.
pub(crate) fn words(typed: &str) -> impl Iterator<Item = String> {
    typed
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// All that someone is found by, as one text.
pub(crate) fn searched(person: &Person) -> String {
    [&person.name, &person.location, &person.job_title]
        .into_iter()
        .chain(&person.also)
        .fold(String::new(), |text, one| text + one + " ")
}
