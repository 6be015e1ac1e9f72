//! Keeping the search index: what the table's stream, time and people ask for.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use rollcall_error::{Error, Kind, source_chain};
use rollcall_search::{
    Built, NoIndex, NotBuilt, NotProjected, Pointer, Position, Rebuilt, Store, merge, project, rebuild,
};
use serde::Serialize;

use super::{
    cursor::CursorKey,
    store::{IndexStore, now},
};
use crate::table::Table;

/// How many changes at once, or how many batches, make it worth looking whether a new segment is due.
const MANY_CHANGES: usize = 250;
const MANY_BATCHES: u64 = 100;

/// How long to wait before writing to the log is tried again, while DynamoDB is away.
const PAUSE: Duration = Duration::from_secs(1);

/// How long whoever makes a segment keeps others from it: longer than making one of a million people takes, and not for as
/// long as an invocation may last, since one that dies keeps its turn.
const TURN: Duration = Duration::from_secs(2 * 60);

/// How long a segment is made at each look, whatever has changed, after someone was erased: the second one after it lets
/// go of what the first one still needed, and what was written within an hour stays until the next.
const FORGETTING: Duration = Duration::from_secs(4 * 60 * 60);

/// Whose change makes a new segment due: anyone's does, since it is read from the table who they are now.
const ANYONE: &str = "-";

/// Writes and reads the search index, which the host may not.
#[derive(Debug, Clone)]
pub struct IndexKeeper {
    store: IndexStore,
    table: Table,
}

/// What came of changes of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Projected {
    /// How many people changed.
    pub people: usize,
    /// Whether enough has changed that a new segment would make searches quicker.
    #[serde(skip)]
    pub segment_is_due: bool,
}

/// What came of keeping the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Kept {
    /// This segment serves.
    Serves {
        people: u64,
        bytes: u64,
        /// What nobody needs any more could not be deleted; the log says why, and the next one tries again.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        left_behind: bool,
    },
    /// The table is not read to its end yet; the next one goes on.
    Unfinished { read: u64 },
    /// Someone else makes a segment at this time.
    Elsewhere,
}

impl IndexKeeper {
    pub(crate) const fn new(store: IndexStore, table: Table) -> Self {
        Self { store, table }
    }

    /// Writes into the log what became of these people. While AWS is away it is tried again until the time is over.
    ///
    /// # Errors
    /// When AWS does not answer, or refuses.
    pub async fn project(&self, ids: BTreeSet<String>, until: Timestamp) -> Result<Projected, Error> {
        let people = ids.len();
        loop {
            let error = match project(&self.store, &self.table, ids.clone()).await {
                Ok(newest) => {
                    let segment_is_due = self.is_due(people, newest).await;
                    return Ok(Projected { people, segment_is_due });
                }
                Err(NotProjected::Store(error)) => error,
                Err(error @ NotProjected::Crowded) => Error::away(error.to_string()),
            };
            if error.kind() != Kind::Away || Timestamp::now() + PAUSE >= until {
                return Err(error);
            }
            tracing::warn!(error = source_chain(&error), "changes are not in the search index yet");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Whether a new segment is due: looked at now and then, since it is only about speed.
    async fn is_due(&self, people: usize, newest: Position) -> bool {
        if people < MANY_CHANGES && !newest.0.is_multiple_of(MANY_BATCHES) {
            return false;
        }
        match self.store.pointer().await {
            Ok(pointer) => pointer.is_none_or(|it| newest.0 - it.position.0.min(newest.0) >= 4),
            Err(error) => {
                tracing::warn!(error = source_chain(&error), "it is not known whether a segment is due");
                false
            }
        }
    }

    /// Makes the segment that is due: of what changed, or of the whole table where there is none yet or one was begun.
    ///
    /// # Errors
    /// When AWS does not answer, or refuses. What serves is as before then.
    pub async fn keep(&self, until: Timestamp) -> Result<Kept, Error> {
        self.in_turn(until, async || {
            if self.store.is_forgetting(now()).await? {
                self.project(BTreeSet::from([ANYONE.to_owned()]), until).await?;
            }
            let (pointer, begun) = tokio::try_join!(self.store.pointer(), self.store.rebuild())?;
            if pointer.is_none() || begun.is_some() {
                return self.rebuild(until).await;
            }
            match merge(&self.store, now()).await {
                Ok(built) => Ok(serves(built)),
                // Only the table can mend it.
                Err(NotBuilt::NoIndex(NoIndex::Damaged(_) | NoIndex::Incomplete)) => {
                    self.rebuild(until).await
                }
                Err(error) => Err(domain_error(error)),
            }
        })
        .await
    }

    /// Makes a segment of the whole table, or goes on with one that was begun.
    ///
    /// # Errors
    /// As `keep`.
    pub async fn reindex(&self, until: Timestamp) -> Result<Kept, Error> {
        self.in_turn(until, async || self.rebuild(until).await).await
    }

    /// From now on, and for some hours, each look makes a segment: whoever is not in the table any more is soon in no segment
    /// and no batch of the log either.
    pub(crate) async fn forget(&self) -> Result<(), Error> {
        let until = Timestamp::now() + FORGETTING;
        self.store.forget_until(u64::try_from(until.as_millisecond()).unwrap_or_default()).await
    }

    async fn rebuild(&self, until: Timestamp) -> Result<Kept, Error> {
        self.store.offer_cursor_key(CursorKey::random()).await?;
        match rebuild(&self.store, &self.table, now(), || Timestamp::now() >= until).await {
            Ok(Rebuilt::Done(built)) => Ok(serves(built)),
            Ok(Rebuilt::Unfinished(read)) => Ok(Kept::Unfinished { read }),
            Err(error) => Err(domain_error(error)),
        }
    }

    async fn in_turn(
        &self,
        until: Timestamp,
        act: impl AsyncFnOnce() -> Result<Kept, Error>,
    ) -> Result<Kept, Error> {
        let until = until.min(Timestamp::now() + TURN);
        let until = u64::try_from(until.as_millisecond()).unwrap_or_default();
        if !self.store.take_turn(now(), until).await? {
            return Ok(Kept::Elsewhere);
        }
        let kept = act().await;
        if let Err(error) = self.store.give_turn_back().await {
            tracing::warn!(error = source_chain(&error), "the turn to make segments ends by itself");
        }
        kept
    }
}

fn serves(built: Built<Error>) -> Kept {
    let left_behind = built.left_behind.is_some();
    if let Some(error) = built.left_behind {
        tracing::warn!(error = source_chain(&error), "what the search index needs no more is still there");
    }
    let Pointer { people, bytes, .. } = built.pointer;
    tracing::info!(people, bytes, "the search index has a segment");
    Kept::Serves { people, bytes, left_behind }
}

fn domain_error(error: NotBuilt<Error>) -> Error {
    match error {
        NotBuilt::Store(error) | NotBuilt::NoIndex(NoIndex::Store(error)) => error,
        NotBuilt::Overtaken => Error::away("Someone else makes the search index at the same time."),
        NotBuilt::NoIndex(error) => Error::broken(error),
    }
}
