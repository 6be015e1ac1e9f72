//! The index at one moment: a segment, and over it what changed since.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    bits::Bits,
    order::compare,
    person::Person,
    search::{Closeness, Facets, Found, Order, Place, Search},
    segment::{Column, Segment, merge},
    typo::Close,
    words::{Query, Term},
};

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
}

impl Index {
    /// A segment of which nobody has changed yet.
    #[must_use]
    pub fn new(segment: Arc<Segment>) -> Self {
        Self { superseded: segment.nobody(), segment, changes: BTreeMap::new(), present: Vec::new() }
    }

    /// The segment below.
    #[must_use]
    pub fn segment(&self) -> &Arc<Segment> {
        &self.segment
    }

    /// The words of those who have changed since the segment was made.
    pub(crate) fn changed_words(&self) -> impl Iterator<Item = &str> {
        self.present.iter().flat_map(|changed| changed.words.iter().map(String::as_str))
    }

    /// How many have changed since the segment was made.
    #[must_use]
    pub fn changed(&self) -> usize {
        self.changes.len()
    }

    /// Takes over what became of people, each by their id: what they are now, or none when they are gone. Of several
    /// changes of one person the last counts, so that the same changes again, in the same order, change nothing.
    pub fn apply(&mut self, changes: impl IntoIterator<Item = (String, Option<Person>)>) {
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

    /// How many people there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.segment.everyone().without(&self.superseded).count() + self.present.len() as u64
    }

    /// The content of a segment of all that this index knows.
    #[must_use]
    pub fn merged(&self) -> Vec<u8> {
        let person = |changed: &Option<Arc<Changed>>| changed.as_ref().map(|changed| changed.person.clone());
        merge(&self.segment, self.changes.iter().map(|(id, changed)| (id.clone(), person(changed))).collect())
    }

    /// Answers a search.
    #[must_use]
    pub fn search(&self, search: &Search) -> Found {
        let matching = self.matching(&search.query);
        let filters = self.filters(search);
        let changed = self.matching_changes(search);
        let hits = matching.clone().map(|bits| filters.all(bits));
        let [.., everyone] = &hits;
        let total = everyone.count() + changed.iter().filter(|hit| hit.passes == Passes::ALL).count() as u64;
        let facets = search.facets.then(|| self.facets(&matching, &filters, &changed));
        let (people, more) = self.page(search, hits, &changed);
        Found { people, total, more, facets }
    }

    /// Whoever of the segment matches at least so well, for each closeness in their order.
    fn matching(&self, query: &Query) -> Matching {
        let everyone = self.segment.everyone().without(&self.superseded);
        let mut all = [everyone.clone(), everyone.clone(), everyone.clone(), everyone];
        for ways in &query.must {
            let mut any = [(); 4].map(|()| self.segment.nobody());
            for way in ways {
                let mut terms = way.iter().map(|term| self.having(term));
                let first = terms.next().unwrap_or_else(|| all.clone());
                let way = terms.fold(first, |one, other| each(one, &other, Bits::and));
                any = each(any, &way, Bits::or);
            }
            all = each(all, &any, Bits::and);
        }
        all
    }

    fn having(&self, term: &Term) -> Matching {
        let mut exact = self.segment.nobody();
        self.segment.with_word(term.text(), &mut exact);
        let Term::Prefix(text) = term else { return [exact.clone(), exact.clone(), exact.clone(), exact] };
        let mut prefix = self.segment.nobody();
        self.segment.with_prefix(text, &mut prefix);
        let (mut typo, mut typo_prefix) = (prefix.clone(), prefix.clone());
        if let Some(close) = Close::to(text) {
            self.segment.with_close(&close, &mut typo_prefix, &mut typo);
        }
        [exact, prefix, typo, typo_prefix]
    }

    fn filters(&self, search: &Search) -> Filters {
        let column = |column: &Column, wanted: &BTreeSet<String>| {
            (!wanted.is_empty()).then(|| {
                let values = column.values().iter();
                let places: BTreeSet<u32> = values
                    .zip(0..)
                    .filter(|(value, _)| wanted.contains(*value))
                    .map(|(_, place)| place)
                    .collect();
                let mut bits = self.segment.nobody();
                column.those_at(&places, |ordinal| bits.insert(ordinal));
                bits
            })
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

    fn matching_changes(&self, search: &Search) -> Vec<Hit<'_>> {
        let matcher = Matcher::new(&search.query);
        let hits = self.present.iter().filter_map(|changed| {
            let Changed { person, words } = &**changed;
            Some(Hit { person, closeness: matcher.closeness(words)?, passes: Passes::of(person, search) })
        });
        hits.collect()
    }

    fn facets(&self, matching: &Matching, filters: &Filters, changed: &[Hit<'_>]) -> Facets {
        let [.., everyone] = matching;
        let (locations, job_titles) = (&self.segment.location, &self.segment.job_title);
        let but = |filter: fn(&Passes) -> bool| changed.iter().filter(move |hit| filter(&hit.passes));
        let worn = filters.but_badges(everyone.clone());
        let badges =
            self.segment.badges().iter().map(|(badge, who)| (badge.as_str(), worn.count_common(who)));
        let also = but(|it| it.location && it.job_title)
            .flat_map(|hit| hit.person.badges.iter().map(String::as_str).collect::<BTreeSet<_>>());
        Facets {
            locations: tally(
                locations.count(&filters.but_location(everyone.clone())),
                but(|it| it.job_title && it.badges).map(|hit| hit.person.location.as_str()),
            ),
            job_titles: tally(
                job_titles.count(&filters.but_job_title(everyone.clone())),
                but(|it| it.location && it.badges).map(|hit| hit.person.job_title.as_str()),
            ),
            badges: tally(badges, also),
        }
    }

    /// One page, and whether anyone comes behind it.
    fn page(&self, search: &Search, hits: Matching, changed: &[Hit<'_>]) -> (Vec<Place>, bool) {
        let wanted = search.limit.saturating_add(1);
        let passing: Vec<&Hit<'_>> = changed.iter().filter(|hit| hit.passes == Passes::ALL).collect();
        let [exact, prefix, typo, typo_prefix] = hits;
        let closeness = |ordinal: u32| {
            if exact.contains(ordinal) {
                Closeness::Exact
            } else if prefix.contains(ordinal) {
                Closeness::Prefix
            } else if typo.contains(ordinal) {
                Closeness::Typo
            } else {
                Closeness::TypoPrefix
            }
        };
        let mut page = Vec::new();
        let mut list = |people: Bits, changed: Vec<&Hit<'_>>, after: Option<&Place>| {
            let missing = wanted.saturating_sub(page.len());
            let found = self.listed(&people, &changed, after, search.order, missing);
            page.extend(found.into_iter().map(|one| one.place(self, closeness)));
        };
        if search.order == Order::Relevance {
            let groups = [
                (Closeness::Exact, exact.clone()),
                (Closeness::Prefix, prefix.clone().without(&exact)),
                (Closeness::Typo, typo.clone().without(&prefix)),
                (Closeness::TypoPrefix, typo_prefix.without(&typo)),
            ];
            for (group, people) in groups {
                let after = search.after.as_ref();
                if after.is_none_or(|after| after.closeness <= group) {
                    let changed = passing.iter().copied().filter(|hit| hit.closeness == group).collect();
                    list(people, changed, after.filter(|after| after.closeness == group));
                }
            }
        } else {
            list(typo_prefix, passing, search.after.as_ref());
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
        Self::pass(people, [&self.location, &self.job_title, &self.badges])
    }

    fn but_location(&self, people: Bits) -> Bits {
        Self::pass(people, [&self.job_title, &self.badges])
    }

    fn but_job_title(&self, people: Bits) -> Bits {
        Self::pass(people, [&self.location, &self.badges])
    }

    fn but_badges(&self, people: Bits) -> Bits {
        Self::pass(people, [&self.location, &self.job_title])
    }

    fn pass<const N: usize>(people: Bits, filters: [&Option<Bits>; N]) -> Bits {
        filters.into_iter().flatten().fold(people, Bits::and)
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
        Self { search, matcher: Matcher::new(&search.query) }
    }

    /// Whether the search finds someone.
    #[must_use]
    pub fn finds(&self, person: &Person) -> bool {
        Passes::of(person, self.search) == Passes::ALL && self.matcher.closeness(&person.words()).is_some()
    }
}

/// What was typed, for looking at one person at a time: of each thing that must match, the ways to write it.
struct Matcher<'a> {
    must: Vec<Vec<Way<'a>>>,
}

/// Terms that must all match, each with what is close to it.
type Way<'a> = Vec<(&'a Term, Option<Close>)>;

impl<'a> Matcher<'a> {
    fn new(query: &'a Query) -> Self {
        let close = |term: &'a Term| match term {
            Term::Prefix(text) => (term, Close::to(text)),
            Term::Whole(_) => (term, None),
        };
        let way = |way: &'a Vec<Term>| way.iter().map(close).collect();
        Self { must: query.must.iter().map(|ways| ways.iter().map(way).collect()).collect() }
    }

    /// How well someone with these words matches; none if not at all.
    fn closeness(&self, words: &BTreeSet<String>) -> Option<Closeness> {
        let of_way = |way: &Way<'_>| {
            let each = way.iter().map(|(term, close)| of_term(term, close.as_ref(), words));
            each.collect::<Option<Vec<_>>>().map(|each| each.into_iter().max().unwrap_or(Closeness::Exact))
        };
        let each = self.must.iter().map(|ways| ways.iter().filter_map(of_way).min());
        each.collect::<Option<Vec<_>>>().map(|each| each.into_iter().max().unwrap_or(Closeness::Exact))
    }
}

fn of_term(term: &Term, close: Option<&Close>, words: &BTreeSet<String>) -> Option<Closeness> {
    let text = term.text();
    if words.contains(text) {
        return Some(Closeness::Exact);
    }
    if matches!(term, Term::Whole(_)) {
        return None;
    }
    let first = words.range(text.to_owned()..).next();
    if first.is_some_and(|word| word.starts_with(text)) {
        return Some(Closeness::Prefix);
    }
    let close = close?;
    if words.iter().any(|word| close.is_whole(word.as_bytes())) {
        return Some(Closeness::Typo);
    }
    words.iter().any(|word| close.accepts(word)).then_some(Closeness::TypoPrefix)
}

/// Who matches at least so well, for each closeness in their order.
type Matching = [Bits; 4];

fn each(one: Matching, other: &Matching, both: fn(Bits, &Bits) -> Bits) -> Matching {
    let [a, b, c, d] = one;
    let [w, x, y, z] = other;
    [both(a, w), both(b, x), both(c, y), both(d, z)]
}

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
