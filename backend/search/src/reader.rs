//! The index as one process has it: read at its first search, and brought up to date from the log.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

use crate::{
    index::Index,
    person::Changes,
    segment::{Damaged, Segment},
    store::{Pointer, Position, Store, is_gapless, together},
};

/// How old what a search is answered from may be: a change is in the log within a second, and has to be found within two.
const FRESH: Duration = Duration::from_secs(1);

/// How often it is looked whether there is another segment.
const LOOK_FOR_SEGMENT: Duration = Duration::from_secs(15);

/// With how many changes a newer segment is worth reading: it makes searches quicker, and answers nothing else.
const MANY_CHANGES: usize = 500;

/// How often the pointer is read anew because its segment is gone: another one has come meanwhile.
const ATTEMPTS: u32 = 3;

/// Why there is no index to search.
#[derive(Debug, thiserror::Error)]
pub enum NoIndex<E> {
    /// No segment was made yet.
    #[error("no search index was made yet")]
    NotMade,
    /// The segment that the pointer names is not one.
    #[error("the search index is damaged")]
    Damaged(#[source] Damaged),
    /// The segment that the pointer names is not there, or the log lacks what came after it.
    #[error("a part of the search index is missing")]
    Incomplete,
    /// The store can't be read.
    #[error("the search index can't be read")]
    Store(#[source] E),
}

/// The index, and what keeps it from being the newest.
#[derive(Debug)]
pub struct Current<E> {
    pub index: Arc<Index>,
    /// Up to where it knows the log.
    pub position: Position,
    /// Why changes after `position` could not be read, if so.
    pub behind: Option<NoIndex<E>>,
}

/// One process's index.
#[derive(Debug)]
pub struct Reader<S> {
    store: S,
    loaded: Mutex<Option<Loaded>>,
}

#[derive(Debug)]
struct Loaded {
    index: Arc<Index>,
    /// The pointer's version that the segment was read by.
    version: u64,
    position: Position,
    read_at: Instant,
    looked_for_segment_at: Instant,
}

impl<S: Store> Reader<S> {
    /// An index that is read when it is first needed.
    pub fn new(store: S) -> Self {
        Self { store, loaded: Mutex::new(None) }
    }

    /// Where the index is kept.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The index as it is now, `now` being what the clock says, with the log up to `at_least` a position. Whoever asks at the
    /// same time waits for one reading.
    ///
    /// # Errors
    /// Why there is none. Once one was read, it serves on whatever happens.
    pub async fn current(
        &self,
        now: Instant,
        at_least: Position,
    ) -> Result<Current<S::Error>, NoIndex<S::Error>> {
        let mut loaded = self.loaded.lock().await;
        let Some(known) = loaded.as_mut() else {
            let new = loaded.insert(self.load(now).await?);
            return Ok(Current { index: new.index.clone(), position: new.position, behind: None });
        };
        let behind = match self.refresh(known, now, at_least).await {
            Ok(Some(newer)) => {
                *known = newer;
                None
            }
            Ok(None) => None,
            Err(error) => Some(error),
        };
        Ok(Current { index: known.index.clone(), position: known.position, behind })
    }

    /// Brings the index up to date; answers another one where there is a newer segment.
    async fn refresh(
        &self,
        known: &mut Loaded,
        now: Instant,
        at_least: Position,
    ) -> Result<Option<Loaded>, NoIndex<S::Error>> {
        if known.position >= at_least && now.saturating_duration_since(known.read_at) < FRESH {
            return Ok(None);
        }
        let batches = self.store.after(known.position).await.map_err(NoIndex::Store)?;
        if !is_gapless(known.position, &batches) {
            return self.load(now).await.map(Some);
        }
        if let Some(last) = batches.last() {
            known.position = last.position;
            let index = Arc::make_mut(&mut known.index);
            index.apply(together(batches));
        }
        known.read_at = now;
        if now.saturating_duration_since(known.looked_for_segment_at) < LOOK_FOR_SEGMENT {
            return Ok(None);
        }
        known.looked_for_segment_at = now;
        let version =
            self.store.pointer().await.map_err(NoIndex::Store)?.map_or(0, |pointer| pointer.version);
        // An earlier version is that of an index that was begun anew, with a log of its own.
        let is_another = version < known.version;
        let is_worth_it = version > known.version && known.index.changed() >= MANY_CHANGES;
        if is_another || is_worth_it { self.load(now).await.map(Some) } else { Ok(None) }
    }

    async fn load(&self, now: Instant) -> Result<Loaded, NoIndex<S::Error>> {
        for _ in 0..ATTEMPTS {
            let pointer = self.store.pointer().await.map_err(NoIndex::Store)?.ok_or(NoIndex::NotMade)?;
            let Some(Parts { segment, changes, position }) = read(&self.store, &pointer).await? else {
                continue;
            };
            let mut index = Index::new(Arc::new(segment));
            index.apply(changes);
            return Ok(Loaded {
                index: Arc::new(index),
                version: pointer.version,
                position,
                read_at: now,
                looked_for_segment_at: now,
            });
        }
        Err(NoIndex::Incomplete)
    }
}

/// What an index consists of.
pub(crate) struct Parts {
    pub(crate) segment: Segment,
    /// All that changed since.
    pub(crate) changes: Changes,
    /// That of the last change.
    pub(crate) position: Position,
}

/// What the pointer leads to; none when a part of it is not there any more.
pub(crate) async fn read<S: Store>(store: &S, pointer: &Pointer) -> Result<Option<Parts>, NoIndex<S::Error>> {
    let (content, batches) = tokio::join!(store.read_segment(pointer.segment), store.after(pointer.position));
    let (content, batches) = (content.map_err(NoIndex::Store)?, batches.map_err(NoIndex::Store)?);
    let Some(content) = content.filter(|_| is_gapless(pointer.position, &batches)) else { return Ok(None) };
    let segment = Segment::open(pointer.segment, content).map_err(NoIndex::Damaged)?;
    let position = batches.last().map_or(pointer.position, |batch| batch.position);
    Ok(Some(Parts { segment, changes: together(batches), position }))
}
