//! Writes into the log what became of people, whenever the table says that someone changed.

use std::collections::BTreeSet;

use crate::{
    person::{Changes, Person},
    store::{Batch, People, Position, Store},
};

/// The most that the texts of one batch may come to, in bytes. An item of DynamoDB's holds 400 KB
/// ([quotas](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-items)).
const MAX_BATCH_BYTES: usize = 200_000;

/// What encoding adds to the texts of one person, at most.
const BYTES_PER_PERSON: usize = 64;

/// How often a batch is written that meets others at its position.
const ATTEMPTS: u32 = 50;

/// Why changes are not in the log.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotProjected<E> {
    /// Table or log could not be read or written.
    #[error("changes can't be written into the log of the search index")]
    Store(#[source] E),
    /// Others have written at each position that was tried.
    #[error("too many write into the log of the search index at the same time")]
    Crowded,
}

/// Writes what these people are now behind the newest batch, and answers the position of the last one written.
///
/// The table is asked only after the newest batch is known, and the batch is written only if none has come behind that
/// one. So a later batch never says less than an earlier one: whoever writes at the same time, again, late or twice, the
/// last batch about someone tells what the table had of them after every batch before it was written.
///
/// # Errors
/// See [`NotProjected`]. Some of the people may be in the log then; to project all of them again does no harm.
pub async fn project<S: Store, P: People<Error = S::Error>>(
    store: &S,
    people: &P,
    ids: BTreeSet<String>,
) -> Result<Position, NotProjected<S::Error>> {
    let mut missing: Vec<String> = ids.into_iter().collect();
    for _ in 0..ATTEMPTS {
        let mut newest = store.newest().await.map_err(NotProjected::Store)?;
        let changes = people.get(missing.clone()).await.map_err(NotProjected::Store)?;
        let mut overtaken = false;
        for changes in in_batches(changes) {
            let batch = Batch { position: newest.next(), changes };
            if !store.append(&batch).await.map_err(NotProjected::Store)? {
                overtaken = true;
                break;
            }
            newest = batch.position;
            missing.retain(|id| !batch.changes.contains_key(id));
        }
        if !overtaken {
            return Ok(newest);
        }
    }
    Err(NotProjected::Crowded)
}

fn in_batches(changes: Changes) -> Vec<Changes> {
    let mut batches: Vec<Changes> = Vec::new();
    let mut bytes = usize::MAX;
    for (id, person) in changes {
        let size = BYTES_PER_PERSON + id.len() + person.as_ref().map_or(0, size);
        if bytes.saturating_add(size) > MAX_BATCH_BYTES {
            batches.push(Changes::new());
            bytes = 0;
        }
        bytes += size;
        batches.last_mut().into_iter().for_each(|batch| {
            batch.insert(id.clone(), person.clone());
        });
    }
    batches
}

fn size(person: &Person) -> usize {
    let texts = [&person.name, &person.location, &person.job_title, &person.manager].into_iter();
    texts.chain(&person.badges).chain(&person.also).map(|text| text.len() + 4).sum()
}
