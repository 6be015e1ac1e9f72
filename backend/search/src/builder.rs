//! Makes segments: of the one that serves and what changed since, or of the whole table.
//!
//! Two may do so at the same time, and each may end at any moment. A segment serves only once the pointer was exchanged for
//! the one that was seen, and nothing is deleted that the pointer before it needed.

use crate::{
    person::Changes,
    reader::{NoIndex, Parts, read},
    segment::{Made, Segment, SegmentName, build, merge as merge_changes},
    store::{Batch, People, Pointer, Position, Rebuild, Store, is_gapless, together},
};

/// How many people are read, at least, before a rebuild stores how far it is.
const PART: usize = 50_000;

/// How often something is made anew because someone else came first.
const ATTEMPTS: u32 = 5;

/// How often a position of the log is asked for that others take first.
const FENCE_ATTEMPTS: u32 = 50;

/// Why no segment was made.
#[derive(Debug, thiserror::Error)]
pub enum NotBuilt<E> {
    /// The segment or the log can't be read.
    #[error(transparent)]
    NoIndex(#[from] NoIndex<E>),
    /// Table, log or segments could not be read or written.
    #[error("the search index can't be made")]
    Store(#[source] E),
    /// Others exchanged the pointer at each attempt, or went on with the rebuild.
    #[error("someone else makes the search index at the same time")]
    Overtaken,
}

/// A pointer that serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built<E> {
    pub pointer: Pointer,
    /// Why what nobody needs any more could not be deleted, if so. The next one tries again.
    pub left_behind: Option<E>,
}

/// What came of a rebuild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rebuilt<E> {
    /// The segment of the whole table serves.
    Done(Built<E>),
    /// The time was over; the next one goes on. So many were read so far.
    Unfinished(u64),
}

/// Makes a segment of the one that serves and what changed since; answers the pointer to it, or the one there was when
/// nothing has changed. `now` is in milliseconds of Unix time.
///
/// # Errors
/// See [`NotBuilt`]. What serves is as before then.
pub async fn merge<S: Store>(store: &S, now: u64) -> Result<Built<S::Error>, NotBuilt<S::Error>> {
    for _ in 0..ATTEMPTS {
        let pointer = store.pointer().await.map_err(NotBuilt::Store)?.ok_or(NoIndex::NotMade)?;
        let Some(Parts { segment, changes, position }) = read(store, &pointer).await? else { continue };
        if position == pointer.position {
            return Ok(Built { pointer, left_behind: None });
        }
        let made = merge_changes(&segment, changes);
        drop(segment);
        let rebuilt_at = pointer.rebuilt_at;
        if let Some(built) = serve(store, made, position, Some(pointer), (now, rebuilt_at)).await? {
            return Ok(built);
        }
    }
    Err(NotBuilt::Overtaken)
}

/// Makes a segment of the whole table, or goes on with making it. `is_over` says when to stop and leave the rest to the
/// next one; `now` is in milliseconds of Unix time.
///
/// # Errors
/// See [`NotBuilt`]. What serves is as before then, and the next one goes on where this one was.
pub async fn rebuild<S: Store, P: People<Error = S::Error>>(
    store: &S,
    people: &P,
    now: u64,
    mut is_over: impl FnMut() -> bool,
) -> Result<Rebuilt<S::Error>, NotBuilt<S::Error>> {
    let mut state = begin(store, now).await?;
    let mut segment = partial(store, &state).await?;
    loop {
        let (read, next) = read_part(people, state.after.take()).await.map_err(NotBuilt::Store)?;
        if next.is_none() {
            return finish(store, &state, &segment, read, now).await.map(Rebuilt::Done);
        }
        let Made { content, .. } = merge_changes(&segment, read);
        let name = SegmentName::of(&content);
        store.write_segment(name, content.clone()).await.map_err(NotBuilt::Store)?;
        segment = Segment::open(name, content).map_err(NoIndex::Damaged)?;
        state = Rebuild { version: state.version + 1, after: next, partial: Some(name), ..state };
        if !store.go_on(&state).await.map_err(NotBuilt::Store)? {
            return Err(NotBuilt::Overtaken);
        }
        if is_over() {
            return Ok(Rebuilt::Unfinished(segment.count().into()));
        }
    }
}

/// The rebuild in progress, or a new one.
async fn begin<S: Store>(store: &S, now: u64) -> Result<Rebuild, NotBuilt<S::Error>> {
    for _ in 0..ATTEMPTS {
        if let Some(state) = store.rebuild().await.map_err(NotBuilt::Store)? {
            return Ok(state);
        }
        // Known before anyone is read: what changes from now on is in the log behind it.
        let from = store.newest().await.map_err(NotBuilt::Store)?;
        let state = Rebuild { version: 1, from, after: None, partial: None, began_at: now };
        if store.go_on(&state).await.map_err(NotBuilt::Store)? {
            return Ok(state);
        }
    }
    Err(NotBuilt::Overtaken)
}

/// Those who were read so far.
async fn partial<S: Store>(store: &S, state: &Rebuild) -> Result<Segment, NotBuilt<S::Error>> {
    let (name, content) = match state.partial {
        None => {
            let content = build(Vec::new());
            (SegmentName::of(&content), content)
        }
        Some(name) => match store.read_segment(name).await.map_err(NotBuilt::Store)? {
            Some(content) => (name, content),
            None => return Err(give_up(store, state).await),
        },
    };
    match Segment::open(name, content) {
        Ok(segment) => Ok(segment),
        Err(_) => Err(give_up(store, state).await),
    }
}

/// Ends a rebuild that can't go on, so that the next one begins anew.
async fn give_up<S: Store>(store: &S, state: &Rebuild) -> NotBuilt<S::Error> {
    match store.finish(state).await {
        Ok(()) => NotBuilt::NoIndex(NoIndex::Incomplete),
        Err(error) => NotBuilt::Store(error),
    }
}

/// Some people of the table, and the id to go on from; none at the end of the table.
async fn read_part<P: People>(
    people: &P,
    mut after: Option<String>,
) -> Result<(Changes, Option<String>), P::Error> {
    let mut read = Changes::new();
    loop {
        let (page, next) = people.page(after).await?;
        read.extend(page.into_iter().map(|person| (person.id.clone(), Some(person))));
        after = next;
        if after.is_none() || read.len() >= PART {
            return Ok((read, after));
        }
    }
}

/// Takes a position of the log, with nothing in it, once the table was read. Whoever read someone before that and has not
/// written it yet finds the position taken and reads them again: nobody is older in the log than in the segment before it.
async fn fence<S: Store>(store: &S) -> Result<(), NotBuilt<S::Error>> {
    for _ in 0..FENCE_ATTEMPTS {
        let position = store.newest().await.map_err(NotBuilt::Store)?.next();
        let batch = Batch { position, changes: Changes::new() };
        if store.append(&batch).await.map_err(NotBuilt::Store)? {
            return Ok(());
        }
    }
    Err(NotBuilt::Overtaken)
}

/// Lets the whole table serve.
async fn finish<S: Store>(
    store: &S,
    state: &Rebuild,
    segment: &Segment,
    last: Changes,
    now: u64,
) -> Result<Built<S::Error>, NotBuilt<S::Error>> {
    fence(store).await?;
    for _ in 0..ATTEMPTS {
        let seen = store.pointer().await.map_err(NotBuilt::Store)?;
        let batches = store.after(state.from).await.map_err(NotBuilt::Store)?;
        if !is_gapless(state.from, &batches) {
            return Err(give_up(store, state).await);
        }
        let position = batches.last().map_or(state.from, |batch| batch.position);
        let mut changes = last.clone();
        changes.extend(together(batches));
        let made = merge_changes(segment, changes);
        if let Some(built) = serve(store, made, position, seen, (now, now)).await? {
            store.finish(state).await.map_err(NotBuilt::Store)?;
            return Ok(built);
        }
    }
    Err(NotBuilt::Overtaken)
}

/// Lets a segment serve that knows the log up to `position`, in place of the pointer that was `seen`: none when another one
/// has come meanwhile.
async fn serve<S: Store>(
    store: &S,
    Made { content, people }: Made,
    position: Position,
    seen: Option<Pointer>,
    (made_at, rebuilt_at): (u64, u64),
) -> Result<Option<Built<S::Error>>, NotBuilt<S::Error>> {
    let segment = SegmentName::of(&content);
    let pointer = Pointer {
        version: seen.as_ref().map_or(0, |seen| seen.version) + 1,
        segment,
        position,
        previous: seen.as_ref().map(|seen| seen.segment),
        people,
        bytes: content.len() as u64,
        made_at,
        rebuilt_at,
    };
    store.write_segment(segment, content).await.map_err(NotBuilt::Store)?;
    if !store.exchange(&pointer).await.map_err(NotBuilt::Store)? {
        return Ok(None);
    }
    let left_behind = clean_up(store, &pointer, seen.as_ref()).await.err();
    Ok(Some(Built { pointer, left_behind }))
}

/// Deletes what nobody needs any more. Whoever read the pointer before this one may still read its segment and its part of
/// the log. The last batch of the log always stays: from it one sees what is missing before it, and where the next one goes.
async fn clean_up<S: Store>(store: &S, pointer: &Pointer, seen: Option<&Pointer>) -> Result<(), S::Error> {
    let rebuild = store.rebuild().await?;
    let needed_from = [
        seen.map_or(Position::default(), |seen| seen.position),
        Position(pointer.position.0.saturating_sub(1)),
        rebuild.as_ref().map_or(pointer.position, |rebuild| rebuild.from),
    ];
    if let Some(forgettable) =
        needed_from.into_iter().min().filter(|position| *position > Position::default())
    {
        store.forget(forgettable).await?;
    }
    let needed = [Some(pointer.segment), pointer.previous, rebuild.and_then(|rebuild| rebuild.partial)];
    store.clear(&needed.into_iter().flatten().collect::<Vec<_>>()).await
}
