//! Who reports to whom: everyone below someone, counted.
//!
//! It is made of a whole index at once, and kept until something in that changes.

use std::collections::HashMap;

use crate::{
    index::Index,
    order::compare,
    search::{Closeness, Place},
    segment::Manager,
};

/// Someone by a number of their own: those of the segment by their ordinal, and behind them those who changed.
type Node = u32;

/// Reports to nobody.
const NOBODY: Node = Node::MAX;

/// Reports to someone who is not there.
const NOT_THERE: Node = Node::MAX - 1;

/// Is not there, since they changed or left.
const GONE: Node = Node::MAX - 2;

/// Whose reports are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Below<'a> {
    /// Those who report to the one with this id.
    Person(&'a str),
    /// Those at the top: whoever reports to nobody, and has someone below.
    Top,
    /// Those whose manager is not there, or who are above themselves: both have to be mended.
    Lost,
}

/// Someone in the chart, and how many are below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    pub place: Place,
    /// How many report to them.
    pub direct: u64,
    /// How many are below them on all levels; nobody is counted twice.
    pub below: u64,
}

/// One page of a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// In the order of lists.
    pub branches: Vec<Branch>,
    /// How many there are, on other pages too.
    pub total: u64,
    /// Whether anyone comes behind this page.
    pub more: bool,
}

/// Who reports to whom, at one moment.
#[derive(Debug)]
pub(crate) struct Chart {
    /// Where in `reports` those of each node begin; one more than there are nodes.
    starts: Vec<u32>,
    /// Those who report to someone, by whom they report to.
    reports: Vec<Node>,
    below: Vec<u32>,
    top: Vec<Node>,
    lost: Vec<Node>,
}

impl Chart {
    pub(crate) fn of(index: &Index) -> Self {
        let managers = managers(index);
        let (starts, reports) = reports(&managers);
        let (below, circles) = below(&managers, &starts);
        let is_there = |node: &Node| managers.get(*node as usize).is_some_and(|manager| *manager != GONE);
        let nodes = || (0..Node::try_from(managers.len()).unwrap_or(GONE)).filter(is_there);
        let manager = |node: Node| managers.get(node as usize).copied().unwrap_or(GONE);
        let has_reports = |node: Node| range(&starts, node).is_some_and(|range| !range.is_empty());
        let top = nodes().filter(|node| manager(*node) == NOBODY && has_reports(*node)).collect();
        let mut lost: Vec<Node> = nodes().filter(|node| manager(*node) == NOT_THERE).collect();
        lost.extend(circles);
        lost.sort_unstable();
        Self { starts, reports, below, top, lost }
    }

    fn level(&self, of: Option<Node>, below: Below<'_>) -> &[Node] {
        match below {
            Below::Top => &self.top,
            Below::Lost => &self.lost,
            Below::Person(_) => {
                let range = of.and_then(|node| range(&self.starts, node)).unwrap_or_default();
                self.reports.get(range).unwrap_or_default()
            }
        }
    }
}

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
            direct: range(&chart.starts, *node).map_or(0, |range| range.len() as u64),
            below: chart.below.get(*node as usize).copied().unwrap_or_default().into(),
        });
        Level { branches: branches.collect(), total: nodes.len() as u64, more: rest.len() > limit }
    }

    /// How many are below someone on all levels.
    #[must_use]
    pub fn below(&self, id: &str) -> u64 {
        let below = self.node(id).and_then(|node| self.chart().below.get(node as usize).copied());
        below.unwrap_or_default().into()
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

fn range(starts: &[u32], node: Node) -> Option<std::ops::Range<usize>> {
    let at = node as usize;
    Some(*starts.get(at)? as usize..*starts.get(at + 1)? as usize)
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

/// Those who report to someone, sorted by whom, in the order of nodes; and where those of each begin.
fn reports(managers: &[Node]) -> (Vec<u32>, Vec<Node>) {
    let mut starts = vec![0_u32; managers.len() + 1];
    for manager in managers.iter().filter(|manager| **manager < GONE) {
        starts.get_mut(*manager as usize + 1).into_iter().for_each(|start| *start += 1);
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut next = starts.clone();
    let mut reports = vec![0; sum as usize];
    for (node, manager) in (0..).zip(managers).filter(|(_, manager)| **manager < GONE) {
        if let Some(place) = next.get_mut(*manager as usize) {
            reports.get_mut(*place as usize).into_iter().for_each(|report| *report = node);
            *place += 1;
        }
    }
    (starts, reports)
}

/// How many are below each, and who is above themselves. Whoever has nobody left to be counted is counted for their
/// manager; in a circle nobody's turn comes.
fn below(managers: &[Node], starts: &[u32]) -> (Vec<u32>, Vec<Node>) {
    let count = |node: Node| range(starts, node).map_or(0, |range| range.len());
    let mut open: Vec<usize> = (0..).take(managers.len()).map(count).collect();
    let mut below = vec![0_u32; managers.len()];
    let mut ready: Vec<Node> =
        (0..).zip(&open).filter(|(_, open)| **open == 0).map(|(node, _)| node).collect();
    while let Some(node) = ready.pop() {
        let Some(manager) = managers.get(node as usize).filter(|manager| **manager < GONE) else { continue };
        let own = below.get(node as usize).copied().unwrap_or_default();
        below.get_mut(*manager as usize).into_iter().for_each(|below| *below += own + 1);
        if let Some(open) = open.get_mut(*manager as usize) {
            *open -= 1;
            if *open == 0 {
                ready.push(*manager);
            }
        }
    }
    let circles = (0..).zip(&open).filter(|(_, open)| **open > 0).map(|(node, _)| node).collect();
    (below, circles)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        person::Person,
        segment::{Segment, SegmentName, build},
    };

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
        assert_eq!(index.below("0"), 8);
    }
}
