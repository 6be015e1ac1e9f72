//! Rollcall's own index.

use std::sync::Arc;

use rollcall_search::{Found, Index, Person, Segment, SegmentName, build};

use crate::{
    engine::{Answer, Engine},
    queries::Asked,
};

/// A segment, and the index over it.
pub(crate) struct Ours {
    pub(crate) index: Index,
    bytes: u64,
}

impl Ours {
    /// The index of a segment's content.
    pub(crate) fn open(content: Vec<u8>) -> Self {
        let bytes = content.len() as u64;
        let segment = Segment::open(SegmentName::of(&content), content).expect("a segment");
        Self { index: Index::new(Arc::new(segment)), bytes }
    }
}

impl Engine for Ours {
    fn build(people: &[Person]) -> Self {
        Self::open(build(people.to_vec()))
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn search(&self, asked: &Asked) -> Option<Answer> {
        let Found { people, total, facets, .. } = self.index.search(&asked.search());
        let people = people.into_iter().map(|place| (place.id, place.name)).collect();
        Some(Answer { people, total, facets: facets.unwrap_or_default() })
    }
}
