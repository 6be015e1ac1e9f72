//! The index at one moment: a segment, and over it what changed since.

use std::{
    borrow::Cow,
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet, HashMap},
    iter,
    sync::{Arc, OnceLock},
};

use crate::{
    alike::Groups,
    bits::Bits,
    chart::Chart,
    matching::{Matching, Near},
    order::compare,
    person::Person,
    search::{Closeness, Facets, Found, Order, Place, Search},
    segment::{Column, Segment, merge},
    typo::Close,
    words::{Query, Term},
};

mod alike;
mod exact;
mod levels;
#[cfg(test)]
mod made;

/// Someone who changed since the segment was made, with the words they are found by.
#[derive(Debug)]
struct Changed {
    person: Person,
    words: BTreeSet<String>,
}

/// The index at one moment. Who changed since the segment was made is looked for one by one: there are few of them.
#[derive(Debug, Clone)]
pub struct Index {
    segment: Arc<Segment>,
    /// Whoever of the segment changed since.
    superseded: Bits,
    changes: BTreeMap<String, Option<Arc<Changed>>>,
    /// Those of the changed who are there, in the order of lists.
    present: Vec<Arc<Changed>>,
    /// Who reports to whom, once someone has asked.
    chart: OnceLock<Arc<Chart>>,
    /// Who may be there twice, once someone has asked.
    alike: OnceLock<Arc<Groups>>,
}

impl Index {
    /// A segment of which nobody has changed yet.
    #[must_use]
    pub fn new(segment: Arc<Segment>) -> Self {
        Self {
            superseded: segment.nobody(),
            segment,
            changes: BTreeMap::new(),
            present: Vec::new(),
            chart: OnceLock::new(),
            alike: OnceLock::new(),
        }
    }

    /// How many have changed since the segment was made.
    #[must_use]
    pub fn changed(&self) -> usize {
        self.changes.len()
    }

    /// Takes over what became of people, each by their id: what they are now, or none when they are gone. Of several
    /// changes of one person the last counts, so that the same changes again, in the same order, change nothing.
    pub fn apply(&mut self, changes: impl IntoIterator<Item = (String, Option<Person>)>) {
        self.chart = OnceLock::new();
        self.alike = OnceLock::new();
        let changes: BTreeMap<String, Option<Person>> = changes.into_iter().collect();
        let unseen = changes.keys().map(String::as_str).filter(|id| !self.changes.contains_key(*id));
        for ordinal in self.segment.find(unseen).into_values() {
            self.superseded.insert(ordinal);
        }
        self.present.retain(|changed| !changes.contains_key(&changed.person.id));
        for (id, person) in changes {
            let changed = person.map(|person| Arc::new(Changed { words: person.words(), person }));
            self.present.extend(changed.clone());
            self.changes.insert(id, changed);
        }
        self.present.sort_by(|one, other| one.person.cmp_by_name(&other.person.name, &other.person.id));
    }

    /// The content of a segment of all that this index knows.
    #[must_use]
    pub fn merged(&self) -> Vec<u8> {
        let person = |changed: &Option<Arc<Changed>>| changed.as_ref().map(|changed| changed.person.clone());
        let changes = self.changes.iter().map(|(id, changed)| (id.clone(), person(changed)));
        merge(&self.segment, changes.collect()).content
    }

    /// Answers a search.
    #[must_use]
    pub fn search(&self, search: &Search) -> Found {
        let matcher = Matcher::new(search);
        let matching = self.matching(&matcher).ranked();
        let filters = self.filters(search);
        let changed = self.matching_changes(search, &matcher);
        let [.., (_, everyone)] = &matching;
        let facets = search.facets.then(|| self.facets(everyone, &filters, &changed));
        let hits = matching.map(|(closeness, bits)| (closeness, filters.all(bits)));
        let [.., (_, everyone)] = &hits;
        let total = everyone.count() + changed.iter().filter(|hit| hit.passes == Passes::ALL).count() as u64;
        let (people, more) = self.page(search, hits, &changed);
        Found { people, total, more, facets }
    }

    /// Whoever of the segment matches.
    fn matching(&self, matcher: &Matcher<'_>) -> Matching<Bits> {
        let matching = Matching::query(matcher.query, |term| self.having(term, matcher.close.get(term)));
        let matching = matching.unwrap_or_else(|| Matching::all(&self.segment.everyone()));
        matching.without(&self.superseded)
    }

    fn having(&self, term: &Term, close: Option<&Close>) -> Matching<Bits> {
        let mut near = [(); 5].map(|()| self.segment.nobody());
        let [exact, prefix, slip, typo, typo_prefix] = &mut near;
        self.segment.with_word(term.text(), exact);
        if let Term::Prefix(text) = term {
            self.segment.with_prefix(text, prefix);
        }
        if let Some(close) = close {
            self.segment.with_close(close, typo_prefix, typo, slip);
        }
        let [exact, prefix, slip, typo, typo_prefix] = near;
        Matching::word(Near { exact, prefix, slip, typo, typo_prefix })
    }

    fn filters(&self, search: &Search) -> Filters {
        let column = |column: &Column, wanted: &BTreeSet<String>| {
            (!wanted.is_empty()).then(|| column.those_with(wanted))
        };
        let badges = (!search.badges.is_empty()).then(|| {
            let worn = self.segment.badges().iter().filter(|(badge, _)| search.badges.contains(badge));
            worn.fold(self.segment.nobody(), |any, (_, wearers)| any.or(wearers))
        });
        Filters {
            location: column(&self.segment.location, &search.locations),
            job_title: column(&self.segment.job_title, &search.job_titles),
            badges,
        }
    }

    fn matching_changes(&self, search: &Search, matcher: &Matcher<'_>) -> Vec<Hit<'_>> {
        let hits = self.present.iter().filter_map(|changed| {
            let Changed { person, words } = &**changed;
            Some(Hit { person, closeness: matcher.closeness(words)?, passes: Passes::of(person, search) })
        });
        hits.collect()
    }

    fn facets(&self, everyone: &Bits, filters: &Filters, changed: &[Hit<'_>]) -> Facets {
        let (locations, job_titles) = (&self.segment.location, &self.segment.job_title);
        let but = |filter: fn(&Passes) -> bool| changed.iter().filter(move |hit| filter(&hit.passes));
        let worn = filters.but_badges(everyone);
        let badges =
            self.segment.badges().iter().map(|(badge, who)| (badge.as_str(), worn.count_common(who)));
        let also = but(|it| it.location && it.job_title)
            .flat_map(|hit| hit.person.badges.iter().map(String::as_str).collect::<BTreeSet<_>>());
        Facets {
            locations: tally(
                locations.count(&filters.but_location(everyone)),
                but(|it| it.job_title && it.badges).map(|hit| hit.person.location.as_str()),
            ),
            job_titles: tally(
                job_titles.count(&filters.but_job_title(everyone)),
                but(|it| it.location && it.badges).map(|hit| hit.person.job_title.as_str()),
            ),
            badges: tally(badges, also),
        }
    }

    /// One page, and whether anyone comes behind it.
    fn page(&self, search: &Search, hits: Ranked, changed: &[Hit<'_>]) -> (Vec<Place>, bool) {
        let wanted = search.limit.saturating_add(1);
        let passing: Vec<&Hit<'_>> = changed.iter().filter(|hit| hit.passes == Passes::ALL).collect();
        let [.., (worst, everyone)] = &hits;
        let closeness = |ordinal: u32| {
            hits.iter()
                .find(|(_, people)| people.contains(ordinal))
                .map_or(*worst, |(closeness, _)| *closeness)
        };
        let mut page = Vec::new();
        let mut list = |people: &Bits, changed: Vec<&Hit<'_>>, after: Option<&Place>| {
            let missing = wanted.saturating_sub(page.len());
            let found = self.listed(people, &changed, after, search.order, missing);
            page.extend(found.into_iter().map(|one| one.place(self, closeness)));
        };
        if search.order == Order::Relevance {
            let better = iter::once(None).chain(hits.iter().map(|(_, people)| Some(people)));
            for ((group, people), better) in hits.iter().zip(better) {
                let after = search.after.as_ref();
                let has_any = better != Some(people) || passing.iter().any(|hit| hit.closeness == *group);
                if has_any && after.is_none_or(|after| after.closeness <= *group) {
                    let people =
                        better.map_or_else(|| people.clone(), |better| people.clone().without(better));
                    let changed = passing.iter().copied().filter(|hit| hit.closeness == *group).collect();
                    list(&people, changed, after.filter(|after| after.closeness == *group));
                }
            }
        } else {
            list(everyone, passing, search.after.as_ref());
        }
        let more = page.len() > search.limit;
        page.truncate(search.limit);
        (page, more)
    }

    /// The next in order of those of the segment and those who changed.
    fn listed<'a>(
        &self,
        people: &'a Bits,
        changed: &[&'a Hit<'a>],
        after: Option<&Place>,
        order: Order,
        limit: usize,
    ) -> Vec<One<'a>> {
        let down = order == Order::NameDescending;
        let start = after.map(|after| self.segment.lower_bound(&after.name, &after.id));
        let is_after = |ordinal: u32| {
            after.is_some_and(|after| {
                self.segment.id(ordinal) == after.id && self.segment.person_name(ordinal) == after.name
            })
        };
        let ordinals: Box<dyn Iterator<Item = u32>> = if down {
            Box::new(people.below(start.unwrap_or(self.segment.count())))
        } else {
            let start = start.unwrap_or(0);
            Box::new(people.from(start).filter(move |ordinal| *ordinal != start || !is_after(start)))
        };
        let behind = |hit: &&&Hit<'_>| {
            let Some(after) = after else { return true };
            let order = hit.person.cmp_by_name(&after.name, &after.id);
            order == if down { Ordering::Less } else { Ordering::Greater }
        };
        let mut waiting: Vec<&Hit<'_>> = changed.iter().filter(behind).copied().collect();
        // The next one is taken off the end.
        if !down {
            waiting.reverse();
        }
        let mut found = Vec::new();
        let mut ordinals = ordinals.peekable();
        while found.len() < limit {
            let next = match (ordinals.peek(), waiting.last()) {
                (None, None) => break,
                (Some(_), None) => ordinals.next().map(One::Segment),
                (None, Some(_)) => waiting.pop().map(One::Changed),
                (Some(ordinal), Some(hit)) => {
                    let by_name = compare(&hit.person.name, &self.segment.person_name(*ordinal));
                    let by_id = || hit.person.id.cmp(&self.segment.id(*ordinal));
                    let hit_is_before = by_name.then_with(by_id).is_lt();
                    if hit_is_before == down {
                        ordinals.next().map(One::Segment)
                    } else {
                        waiting.pop().map(One::Changed)
                    }
                }
            };
            found.extend(next);
        }
        found
    }
}

/// Someone on a page.
enum One<'a> {
    Segment(u32),
    Changed(&'a Hit<'a>),
}

impl One<'_> {
    fn place(&self, index: &Index, closeness: impl Fn(u32) -> Closeness) -> Place {
        match self {
            Self::Segment(ordinal) => Place {
                closeness: closeness(*ordinal),
                name: index.segment.person_name(*ordinal),
                id: index.segment.id(*ordinal),
            },
            Self::Changed(hit) => {
                Place { closeness: hit.closeness, name: hit.person.name.clone(), id: hit.person.id.clone() }
            }
        }
    }
}

/// Someone who changed and matches what was typed.
struct Hit<'a> {
    person: &'a Person,
    closeness: Closeness,
    passes: Passes,
}

/// Which filters someone passes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Passes {
    location: bool,
    job_title: bool,
    badges: bool,
}

impl Passes {
    const ALL: Self = Self { location: true, job_title: true, badges: true };

    fn of(person: &Person, search: &Search) -> Self {
        let passes = |wanted: &BTreeSet<String>, value: &String| wanted.is_empty() || wanted.contains(value);
        let wears = |badge: &String| search.badges.contains(badge);
        Self {
            location: passes(&search.locations, &person.location),
            job_title: passes(&search.job_titles, &person.job_title),
            badges: search.badges.is_empty() || person.badges.iter().any(wears),
        }
    }
}

/// Whoever of the segment passes each filter; none for a filter that nobody set.
struct Filters {
    location: Option<Bits>,
    job_title: Option<Bits>,
    badges: Option<Bits>,
}

impl Filters {
    fn all(&self, people: Bits) -> Bits {
        [&self.location, &self.job_title, &self.badges].into_iter().flatten().fold(people, Bits::and)
    }

    fn but_location<'a>(&self, people: &'a Bits) -> Cow<'a, Bits> {
        Self::both(people, [&self.job_title, &self.badges])
    }

    fn but_job_title<'a>(&self, people: &'a Bits) -> Cow<'a, Bits> {
        Self::both(people, [&self.location, &self.badges])
    }

    fn but_badges<'a>(&self, people: &'a Bits) -> Cow<'a, Bits> {
        Self::both(people, [&self.location, &self.job_title])
    }

    fn both<'a>(people: &'a Bits, filters: [&Option<Bits>; 2]) -> Cow<'a, Bits> {
        filters
            .into_iter()
            .flatten()
            .fold(Cow::Borrowed(people), |people, filter| Cow::Owned(people.into_owned().and(filter)))
    }
}

/// Tells of one person after the other whether a search finds them, without an index.
pub struct Finder<'a> {
    search: &'a Search,
    matcher: Matcher<'a>,
}

impl<'a> Finder<'a> {
    /// For this search, wherever its page begins.
    #[must_use]
    pub fn new(search: &'a Search) -> Self {
        Self { search, matcher: Matcher::new(search) }
    }

    /// Whether the search finds someone.
    #[must_use]
    pub fn finds(&self, person: &Person) -> bool {
        Passes::of(person, self.search) == Passes::ALL && self.matcher.closeness(&person.words()).is_some()
    }
}

/// What was typed, with what is close to each word.
struct Matcher<'a> {
    query: &'a Query,
    close: HashMap<&'a Term, Close>,
}

impl<'a> Matcher<'a> {
    fn new(search: &'a Search) -> Self {
        let prefixes = search.query.terms().filter(|term| matches!(term, Term::Prefix(_)));
        let close = prefixes.filter_map(|term| Some((term, Close::to(term.text(), search.reach)?)));
        Self { query: &search.query, close: close.collect() }
    }

    /// How well someone with these words matches; none if not at all.
    fn closeness(&self, words: &BTreeSet<String>) -> Option<Closeness> {
        let matching = Matching::query(self.query, |term| self.having(term, words));
        matching
            .unwrap_or_else(|| Matching::all(&true))
            .ranked()
            .into_iter()
            .find_map(|(closeness, matches)| matches.then_some(closeness))
    }

    fn having(&self, term: &Term, words: &BTreeSet<String>) -> Matching<bool> {
        let text = term.text();
        let exact = words.contains(text);
        let is_prefix = |word: &String| matches!(term, Term::Prefix(_)) && word.starts_with(text);
        let prefix = words.range(text.to_owned()..).next().is_some_and(is_prefix);
        let close = self.close.get(term);
        let has = |near: fn(&Close, &str) -> bool| {
            close.is_some_and(|close| words.iter().any(|word| near(close, word)))
        };
        Matching::word(Near {
            exact,
            prefix,
            slip: has(|close, word| close.whole(word.as_bytes()).is_some_and(|slips| slips <= 1)),
            typo: has(|close, word| close.whole(word.as_bytes()).is_some()),
            typo_prefix: has(Close::accepts),
        })
    }
}

/// For each closeness, who matches at least so well, the best first.
type Ranked = [(Closeness, Bits); 6];

/// The counts of the segment, which are in order, and of those who changed together, without values of nobody.
fn tally<'a>(
    counted: impl IntoIterator<Item = (&'a str, u64)>,
    changed: impl IntoIterator<Item = &'a str>,
) -> Vec<(String, u64)> {
    let mut counts: Vec<(&str, u64)> = counted.into_iter().collect();
    for value in changed {
        match counts.binary_search_by(|(counted, _)| compare(counted, value)) {
            Ok(at) => counts.get_mut(at).into_iter().for_each(|(_, count)| *count += 1),
            Err(at) => counts.insert(at, (value, 1)),
        }
    }
    let there = counts.into_iter().filter(|(value, count)| *count > 0 && !value.is_empty());
    there.map(|(value, count)| (value.to_owned(), count)).collect()
}
