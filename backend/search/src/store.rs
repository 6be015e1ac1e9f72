//! Where the index is kept: the log of what changed, the segments, and the pointer to the one that serves.
//!
//! The crate does no I/O. Whoever uses it gives it a [`Store`] and the [`People`] of the table.

use std::future::Future;

use crate::{
    person::{Changes, Person},
    segment::SegmentName,
};

/// A place in the log of changes. The first batch is at 1, each other one right behind the one before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

impl Position {
    /// The place right behind this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Changes that were written together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub position: Position,
    pub changes: Changes,
}

/// Which segment serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// How often the pointer was exchanged; an exchange names the version it replaces.
    pub version: u64,
    pub segment: SegmentName,
    /// The last batch whose changes are in the segment.
    pub position: Position,
    /// The segment before this one: kept, since someone may be about to read it.
    pub previous: Option<SegmentName>,
    pub people: u64,
    pub bytes: u64,
    /// When it was made, in milliseconds of Unix time.
    pub made_at: u64,
    /// When the last segment was made of the whole table, in milliseconds of Unix time.
    pub rebuilt_at: u64,
}

/// A rebuild that has begun and isn't done: what to go on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuild {
    /// How often it was stored; whoever goes on with it names the version they go on from.
    pub version: u64,
    /// The last batch before the table was read: what changed later is in the log behind it.
    pub from: Position,
    /// The last one of the table who is in `partial`; none when nobody was read yet.
    pub after: Option<String>,
    /// The segment of those who were read so far.
    pub partial: Option<SegmentName>,
    /// When it began, in milliseconds of Unix time.
    pub began_at: u64,
}

/// Where the index is kept. Reads see every write that was answered before they began.
pub trait Store {
    /// Why the store could not do what it was asked for.
    type Error;

    /// The position of the last batch; the default before the first one.
    fn newest(&self) -> impl Future<Output = Result<Position, Self::Error>> + Send;

    /// The batches behind a position, in order; the later ones may be left out where there are very many. Those that were
    /// forgotten are missing.
    fn after(&self, position: Position) -> impl Future<Output = Result<Vec<Batch>, Self::Error>> + Send;

    /// Writes a batch unless there is one at its position: then it writes nothing and answers `false`.
    fn append(&self, batch: &Batch) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Forgets the batches up to and with a position, but for those written so lately that someone may be about to write who
    /// saw the log without them: at a position that was forgotten, nothing would tell that one that others came first.
    fn forget(&self, position: Position) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// The pointer; none before the first segment.
    fn pointer(&self) -> impl Future<Output = Result<Option<Pointer>, Self::Error>> + Send;

    /// Puts a pointer in place of the one of the version before its own, or of none for version 1: `false` when another
    /// one has come meanwhile.
    fn exchange(&self, pointer: &Pointer) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// The rebuild in progress.
    fn rebuild(&self) -> impl Future<Output = Result<Option<Rebuild>, Self::Error>> + Send;

    /// Stores how far a rebuild is, in place of the version before its own, or of none for version 1: `false` when
    /// someone else has gone on with it meanwhile.
    fn go_on(&self, rebuild: &Rebuild) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Notes that no rebuild is in progress any more, unless it is of another version.
    fn finish(&self, rebuild: &Rebuild) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// The content of a segment; none when it is not there any more.
    fn read_segment(
        &self,
        name: SegmentName,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, Self::Error>> + Send;

    /// Keeps a segment.
    fn write_segment(
        &self,
        name: SegmentName,
        content: Vec<u8>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Deletes the segments that nobody needs: all but these, and but those written so lately that they may be about to be
    /// pointed to.
    fn clear(&self, needed: &[SegmentName]) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// The people of the table.
pub trait People {
    /// Why the table could not be read.
    type Error;

    /// What these people are now; none for who is not there.
    fn get(&self, ids: Vec<String>) -> impl Future<Output = Result<Changes, Self::Error>> + Send;

    /// Some people, as they are now, behind the one with the id `after`; and the id to go on from, none at the end.
    fn page(
        &self,
        after: Option<String>,
    ) -> impl Future<Output = Result<(Vec<Person>, Option<String>), Self::Error>> + Send;
}

/// What became of everyone after these batches: of several changes of one person the last counts.
pub(crate) fn together(batches: Vec<Batch>) -> Changes {
    batches.into_iter().flat_map(|batch| batch.changes).collect()
}

/// Whether these batches begin right behind a position: if not, some were forgotten that would be needed.
pub(crate) fn is_gapless(position: Position, batches: &[Batch]) -> bool {
    let mut next = position;
    batches.iter().all(|batch| {
        next = next.next();
        batch.position == next
    })
}
