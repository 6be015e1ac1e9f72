//! The levels of the chart: who reports to whom, as this index knows it.

use std::{collections::HashMap, sync::Arc};

use super::Index;
use crate::{
    chart::{Below, Branch, Chart, GONE, Level, NOBODY, NOT_THERE, Node},
    order::compare,
    person::Person,
    search::{Closeness, Place},
    segment::Manager,
};

impl Index {
    /// One page of those who report to someone.
    #[must_use]
    pub fn level(&self, below: Below<'_>, after: Option<&Place>, limit: usize) -> Level {
        let of = match below {
            Below::Person(id) => self.node(id),
            Below::Top | Below::Lost => None,
        };
        let chart = self.chart();
        let mut nodes = chart.level(of, below).to_vec();
        // Those of the segment are in order already, and come before those who changed.
        let first_changed = nodes.partition_point(|node| *node < self.segment_count());
        if first_changed < nodes.len() {
            nodes.sort_by_cached_key(|node| Ordered(self.node_name(*node), self.node_id(*node)));
        }
        let is_before = |node: &Node| {
            after.is_some_and(|after| {
                let order = compare(&self.node_name(*node), &after.name);
                order.then_with(|| self.node_id(*node).cmp(&after.id)).is_le()
            })
        };
        let start = nodes.partition_point(is_before);
        let rest = nodes.get(start..).unwrap_or_default();
        let branches = rest.iter().take(limit).map(|node| Branch {
            place: Place {
                closeness: Closeness::Exact,
                name: self.node_name(*node),
                id: self.node_id(*node),
            },
            direct: chart.direct(*node),
            below: chart.count_below(*node),
        });
        Level { branches: branches.collect(), total: nodes.len() as u64, more: rest.len() > limit }
    }

    /// The ids of those who name someone as their manager who is not there, up to `limit`.
    #[must_use]
    pub fn left_behind_by(&self, manager: &str, limit: usize) -> Vec<String> {
        let lost = self.chart().level(None, Below::Lost).iter().copied();
        let theirs = lost.filter(|node| self.names_as_manager(*node, manager));
        theirs.take(limit).map(|node| self.node_id(node)).collect()
    }

    fn names_as_manager(&self, node: u32, manager: &str) -> bool {
        if let Some(person) = self.changed_node(node) {
            return person.manager == manager;
        }
        match self.manager(node) {
            Manager::Nobody => false,
            Manager::Known(ordinal) => self.segment.id(ordinal) == manager,
            Manager::Unknown(id) => id == manager,
        }
    }
}

/// By name as lists have it, then by id.
#[derive(PartialEq, Eq)]
struct Ordered(String, String);

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        compare(&self.0, &other.0).then_with(|| self.1.cmp(&other.1))
    }
}

/// What the chart is made of: those of the segment by their ordinals, and behind them those who changed.
impl Index {
    fn chart(&self) -> &Chart {
        self.chart.get_or_init(|| Arc::new(Chart::of(&managers(self))))
    }

    fn segment_count(&self) -> u32 {
        self.segment.count()
    }

    pub(super) fn is_superseded(&self, ordinal: u32) -> bool {
        self.superseded.contains(ordinal)
    }

    fn manager(&self, ordinal: u32) -> Manager<'_> {
        self.segment.manager(ordinal)
    }

    fn find<'a>(&self, ids: impl Iterator<Item = &'a str>) -> HashMap<&'a str, u32> {
        self.segment.find(ids)
    }

    /// Those who changed and are there.
    pub(super) fn present(&self) -> impl Iterator<Item = &Person> {
        self.present.iter().map(|changed| &changed.person)
    }

    /// The number of whoever has this id.
    fn node(&self, id: &str) -> Option<u32> {
        if self.changes.contains_key(id) {
            let changed = (self.segment_count()..).zip(self.present());
            return changed.filter(|(_, person)| person.id == id).map(|(node, _)| node).next();
        }
        self.segment.find([id].into_iter()).get(id).copied()
    }

    pub(super) fn node_name(&self, node: u32) -> String {
        self.changed_node(node).map_or_else(|| self.segment.person_name(node), |person| person.name.clone())
    }

    pub(super) fn node_id(&self, node: u32) -> String {
        self.changed_node(node).map_or_else(|| self.segment.id(node), |person| person.id.clone())
    }

    pub(super) fn changed_node(&self, node: u32) -> Option<&Person> {
        let at = node.checked_sub(self.segment_count())?;
        self.present.get(at as usize).map(|changed| &changed.person)
    }
}

/// Whom each node reports to.
fn managers(index: &Index) -> Vec<Node> {
    let count = index.segment_count();
    let changed: HashMap<&str, Node> =
        (count..).zip(index.present()).map(|(node, one)| (one.id.as_str(), node)).collect();
    let wanted = index.present().flat_map(|one| [one.id.as_str(), one.manager.as_str()]);
    let known = index.find(wanted);
    // Whoever changed is known to the segment by another number.
    let moved: HashMap<u32, Node> =
        changed.iter().filter_map(|(id, node)| Some((*known.get(id)?, *node))).collect();
    let now = |ordinal: u32| {
        if index.is_superseded(ordinal) { moved.get(&ordinal).copied().unwrap_or(NOT_THERE) } else { ordinal }
    };
    let of_segment = (0..count).map(|ordinal| {
        if index.is_superseded(ordinal) {
            return GONE;
        }
        match index.manager(ordinal) {
            Manager::Nobody => NOBODY,
            Manager::Known(manager) => now(manager),
            Manager::Unknown(id) => changed.get(id).copied().unwrap_or(NOT_THERE),
        }
    });
    let of_changed = index.present().map(|one| match one.manager.as_str() {
        "" => NOBODY,
        id => changed.get(id).copied().or_else(|| known.get(id).map(|it| now(*it))).unwrap_or(NOT_THERE),
    });
    of_segment.chain(of_changed).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::segment::{Segment, SegmentName, build};

    fn person(id: &str, manager: &str) -> Person {
        Person {
            id: id.to_owned(),
            name: format!("Name {id}"),
            manager: manager.to_owned(),
            ..Person::default()
        }
    }

    fn index(people: Vec<Person>, changes: Vec<(String, Option<Person>)>) -> Index {
        let content = build(people);
        let segment = Segment::open(SegmentName::of(&content), content).expect("a segment");
        let mut index = Index::new(Arc::new(segment));
        index.apply(changes);
        index
    }

    /// What is told of each: their id, and how many are below.
    fn told(index: &Index, below: Below<'_>) -> Vec<(String, u64, u64)> {
        let level = index.level(below, None, 1_000);
        level.branches.into_iter().map(|one| (one.place.id, one.direct, one.below)).collect()
    }

    /// The same by walking up from everyone.
    fn oracle(people: &HashMap<String, Person>, below: Below<'_>) -> Vec<(String, u64, u64)> {
        let manager = |id: &str| people.get(id).map(|one| one.manager.clone()).filter(|id| !id.is_empty());
        let above = |id: &str| {
            let mut seen = Vec::new();
            let mut at = manager(id);
            while let Some(next) = at.filter(|next| people.contains_key(next) && !seen.contains(next)) {
                at = manager(&next);
                seen.push(next);
            }
            seen
        };
        let in_circle = |id: &str| above(id).iter().any(|one| one == id);
        let direct =
            |id: &str| people.keys().filter(|other| manager(other).as_deref() == Some(id)).count() as u64;
        let belongs = |id: &&String| match below {
            Below::Person(of) => manager(id).as_deref() == Some(of) && people.contains_key(of),
            Below::Top => manager(id).is_none() && direct(id) > 0,
            Below::Lost => manager(id).is_some_and(|it| !people.contains_key(&it)) || in_circle(id),
        };
        let mut told: Vec<_> = people.keys().filter(belongs).cloned().collect();
        told.sort_by(|one, other| {
            compare(&people[one].name, &people[other].name).then_with(|| one.cmp(other))
        });
        let below = |id: &str| {
            people.keys().filter(|it| above(it).iter().any(|above| above == id) && *it != id).count() as u64
        };
        told.into_iter()
            .map(|id| {
                let (direct, below) = (direct(&id), below(&id));
                (id, direct, below)
            })
            .collect()
    }

    fn someone() -> impl Strategy<Value = (String, String)> {
        let id = || (0_u8..8).prop_map(|id| id.to_string());
        (id(), prop_oneof![2 => id(), 1 => Just(String::new()), 1 => Just("gone".to_owned())])
    }

    proptest! {
        #[test]
        fn whoever_is_below_someone_is_counted_once_however_the_index_came_about(
            first in prop::collection::vec(someone(), 0..8),
            then in prop::collection::vec((someone(), any::<bool>()), 0..6),
        ) {
            let people: Vec<Person> = first.iter().map(|(id, manager)| person(id, manager)).collect();
            let changes: Vec<_> =
                then.iter().map(|((id, manager), stays)| (id.clone(), stays.then(|| person(id, manager)))).collect();
            let mut now: HashMap<String, Person> =
                people.iter().map(|one| (one.id.clone(), one.clone())).collect();
            for (id, person) in &changes {
                now.remove(id);
                now.extend(person.clone().map(|person| (id.clone(), person)));
            }
            let index = index(people, changes);
            let merged = index.merged();
            let merged = Index::new(Arc::new(Segment::open(SegmentName::of(&merged), merged).expect("a segment")));
            let ids: Vec<String> = (0..8).map(|id| id.to_string()).collect();
            for gone in ids.iter().map(String::as_str).chain(["gone"]).filter(|id| !now.contains_key(*id)) {
                let expected: BTreeSet<&str> =
                    now.values().filter(|one| one.manager == gone).map(|one| one.id.as_str()).collect();
                for index in [&index, &merged] {
                    let told = index.left_behind_by(gone, 100);
                    prop_assert_eq!(told.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected.clone());
                }
            }
            for below in ids.iter().map(|id| Below::Person(id)).chain([Below::Top, Below::Lost]) {
                // What is below someone in a circle is told by what is outside of it alone.
                let in_circles = oracle(&now, Below::Lost);
                let is_clear = |id: &String| !in_circles.iter().any(|(lost, ..)| lost == id);
                let expected: Vec<_> = oracle(&now, below);
                for told in [told(&index, below), told(&merged, below)] {
                    prop_assert_eq!(told.len(), expected.len());
                    for (told, expected) in told.iter().zip(&expected) {
                        prop_assert_eq!((&told.0, told.1), (&expected.0, expected.1));
                        if is_clear(&told.0) {
                            prop_assert_eq!(told.2, expected.2, "{:?}", below);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_level_is_read_page_by_page() {
        let people = (0..9).map(|n| person(&n.to_string(), if n == 0 { "" } else { "0" })).collect();
        let index = index(people, vec![("4".to_owned(), Some(person("4", "0")))]);
        let mut after: Option<Place> = None;
        let mut seen = Vec::new();
        loop {
            let level = index.level(Below::Person("0"), after.as_ref(), 3);
            assert_eq!(level.total, 8);
            seen.extend(level.branches.iter().map(|one| one.place.id.clone()));
            after = level.branches.last().map(|one| one.place.clone());
            if !level.more {
                break;
            }
        }
        assert_eq!(seen, (1..9).map(|n| n.to_string()).collect::<Vec<_>>());
        assert_eq!(told(&index, Below::Top), [("0".to_owned(), 8, 8)]);
    }
}
