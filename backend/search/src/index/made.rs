//! How the tests of an index make one, and what it must know.

use std::{collections::BTreeMap, sync::Arc};

use super::Index;
use crate::{
    person::Person,
    segment::{Segment, SegmentName, build},
};

/// An index of a segment alone.
pub(super) fn open(content: Vec<u8>) -> Index {
    Index::new(Arc::new(Segment::open(SegmentName::of(&content), content).expect("a segment")))
}

/// An index of the first people in which some changed, stayed or went since; the same in one segment; and who is there, by id.
pub(super) fn made(first: Vec<Person>, then: Vec<(Person, bool)>) -> ([Index; 2], BTreeMap<String, Person>) {
    let mut now: BTreeMap<String, Person> = first.iter().map(|one| (one.id.clone(), one.clone())).collect();
    let changes: Vec<_> =
        then.into_iter().map(|(one, stays)| (one.id.clone(), stays.then_some(one))).collect();
    for (id, person) in &changes {
        now.remove(id);
        now.extend(person.clone().map(|person| (id.clone(), person)));
    }
    let mut index = open(build(first));
    index.apply(changes);
    let merged = open(index.merged());
    ([index, merged], now)
}
