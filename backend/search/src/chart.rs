//! Who reports to whom: everyone below someone, counted.
//!
//! It is made of a whole index at once, and kept until something in that changes.

use crate::search::Place;

/// Someone by a number of their own: those of the segment by their ordinal, and behind them those who changed.
pub(crate) type Node = u32;

/// Reports to nobody.
pub(crate) const NOBODY: Node = Node::MAX;

/// Reports to someone who is not there.
pub(crate) const NOT_THERE: Node = Node::MAX - 1;

/// Is not there, since they changed or left.
pub(crate) const GONE: Node = Node::MAX - 2;

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
    /// Of whom each node reports to.
    pub(crate) fn of(managers: &[Node]) -> Self {
        let (starts, reports) = reports(managers);
        let (below, circles) = below(managers, &starts);
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

    /// How many are below someone on all levels.
    pub(crate) fn count_below(&self, node: Node) -> u64 {
        self.below.get(node as usize).copied().unwrap_or_default().into()
    }

    /// How many report to someone.
    pub(crate) fn direct(&self, node: Node) -> u64 {
        range(&self.starts, node).map_or(0, |range| range.len() as u64)
    }

    /// Those of a level: `of` is the number of the person it is below.
    pub(crate) fn level(&self, of: Option<Node>, below: Below<'_>) -> &[Node] {
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

fn range(starts: &[u32], node: Node) -> Option<std::ops::Range<usize>> {
    let at = node as usize;
    Some(*starts.get(at)? as usize..*starts.get(at + 1)? as usize)
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
