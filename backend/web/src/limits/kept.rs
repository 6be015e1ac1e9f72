//! Where it is counted how many requests someone made: in memory, or for many processes in one table.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rollcall_aws::records::{Key, Records};
use rollcall_error::{Error, source_chain};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::{
    bucket::{Bucket, Empty, Taken, duration},
    rules::{Kind, Whose},
};

/// How many buckets a process remembers: some megabytes.
const MAX_KNOWN: usize = 10_000;

/// How often a bucket is asked for that somebody else takes from at the same moment.
const LOOKS: u32 = 8;

/// How long the table may take: a request waits for it.
const WITHIN: Duration = Duration::from_millis(500);

/// What part of a minute's worth of requests the table is asked for at once, so that most requests of a busy address ask it for
/// nothing. It is small, since an instance that is not asked again wastes it: of a hundred instances no more than a sixth of
/// what comes in.
const AT_ONCE: u32 = 600;

/// How long what was taken at once may be used, in microseconds.
const USED_WITHIN: i64 = 60_000_000;

/// Where buckets are counted.
#[derive(Debug)]
pub(super) struct Kept {
    /// The table that many processes share; none where there is one process alone.
    table: Option<Records>,
    known: Mutex<HashMap<Name, Known>>,
}

/// Which bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub(super) kind: Kind,
    pub(super) whose: Whose,
}

/// What a process knows of a bucket.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// When it is full again, and in the table what version of it that is.
    full_at: Option<i64>,
    version: u64,
    /// How many requests were taken from the table and not made yet, and until when they count.
    taken: u32,
    until: i64,
    /// How many were left in the table.
    left: u32,
}

/// A bucket as the table has it.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    /// When it is full again, in microseconds of Unix time.
    full_at: i64,
    version: u64,
    /// The same in seconds, after which DynamoDB may forget it.
    expires_at: i64,
}

/// One request was let through; so many are left, and all are again after so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) requests: u32,
    pub(super) full_in: Duration,
}

impl Kept {
    pub(super) fn new(table: Option<Records>) -> Self {
        Self { table, known: Mutex::default() }
    }

    /// Takes one request from a bucket, at a time in microseconds of Unix time. While the table does not answer, each process
    /// counts for itself: nobody is kept from working by what only counts.
    ///
    /// # Errors
    /// Where there is none.
    pub(super) async fn take(&self, name: Name, bucket: Bucket, now: i64) -> Result<Left, Empty> {
        let Some(table) = &self.table else { return self.take_here(name, bucket, now) };
        if let Some(decided) = self.known_to(&name, bucket, now) {
            return decided;
        }
        match timeout(WITHIN, self.ask(table, &name, bucket, now)).await {
            Ok(Ok(decided)) => decided,
            Ok(Err(error)) => self.alone(name, bucket, now, &source_chain(&error)),
            Err(_) => self.alone(name, bucket, now, "it took too long"),
        }
    }

    fn take_here(&self, name: Name, bucket: Bucket, now: i64) -> Result<Left, Empty> {
        let mut all = self.all(now);
        let known = all.entry(name).or_default();
        let taken = bucket.take(known.full_at, 1, now)?;
        known.full_at = Some(taken.full_at);
        Ok(Left { requests: taken.left, full_in: duration(taken.full_at - now) })
    }

    /// What needs no table: what was taken before and not used, and a bucket that is known to be empty.
    fn known_to(&self, name: &Name, bucket: Bucket, now: i64) -> Option<Result<Left, Empty>> {
        let mut all = self.all(now);
        let known = all.get_mut(name)?;
        let full_in = duration(known.full_at.unwrap_or(now).saturating_sub(now));
        if known.taken > 0 && now < known.until {
            known.taken -= 1;
            return Some(Ok(Left { requests: known.left.saturating_add(known.taken), full_in }));
        }
        bucket.take(known.full_at, 1, now).err().map(Err)
    }

    async fn ask(
        &self,
        table: &Records,
        name: &Name,
        bucket: Bucket,
        now: i64,
    ) -> Result<Result<Left, Empty>, Error> {
        let key = Key::new(format!("limit/{}", name.kind.word()), name.whose.id());
        let wanted = (bucket.per_minute.get() / AT_ONCE).max(1);
        // Most buckets are new ones or known, so that the first look is a write.
        let known = self.all(now).get(name).copied().unwrap_or_default();
        let (mut full_at, mut version) = (known.full_at, known.version);
        for _ in 0..LOOKS {
            let taken = match bucket.take(full_at, wanted, now) {
                Ok(taken) => taken,
                Err(empty) => {
                    self.know(name, Known { full_at, version, ..Known::default() }, now);
                    return Ok(Err(empty));
                }
            };
            let next = version.saturating_add(1);
            if table.put_version(&key, &Stored::of(taken, next), next).await? {
                let known = Known {
                    full_at: Some(taken.full_at),
                    version: next,
                    taken: taken.requests - 1,
                    until: now.saturating_add(USED_WITHIN),
                    left: taken.left,
                };
                self.know(name, known, now);
                let requests = taken.left.saturating_add(known.taken);
                return Ok(Ok(Left { requests, full_in: duration(taken.full_at - now) }));
            }
            let seen = table.get::<Stored>(&key).await?;
            (full_at, version) = seen.map_or((None, 0), |it| (Some(it.full_at), it.version));
        }
        // Others took from it each time: what was there last decides, and is not written. Of many processes at once a few let one
        // request more through than they should, and nobody is refused for want of luck.
        Ok(bucket.take(full_at, 1, now).map(|taken| {
            let full_in = duration(taken.full_at.saturating_sub(now));
            Left { requests: taken.left, full_in }
        }))
    }

    fn alone(&self, name: Name, bucket: Bucket, now: i64, why: &str) -> Result<Left, Empty> {
        tracing::warn!(
            error = why,
            "requests are counted by this process alone, since the table does not answer"
        );
        self.take_here(name, bucket, now)
    }

    fn know(&self, name: &Name, known: Known, now: i64) {
        self.all(now).insert(name.clone(), known);
    }

    /// All that is known. What is full again is forgotten when there is too much, and then all: whoever comes from ever new
    /// addresses fills no memory.
    fn all(&self, now: i64) -> MutexGuard<'_, HashMap<Name, Known>> {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_KNOWN {
            all.retain(|_, known| known.full_at.is_some_and(|full_at| full_at > now));
            if all.len() >= MAX_KNOWN {
                all.clear();
            }
        }
        all
    }
}

impl Stored {
    fn of(taken: Taken, version: u64) -> Self {
        Self { full_at: taken.full_at, version, expires_at: taken.full_at / 1_000_000 + 1 }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn name(address: usize) -> Name {
        Name { kind: Kind::Write, whose: Whose::Address(address.to_string()) }
    }

    fn sixty() -> Bucket {
        Bucket { per_minute: NonZeroU32::new(60).expect("some") }
    }

    #[tokio::test]
    async fn each_client_has_a_bucket_of_their_own() {
        let kept = Kept::new(None);
        for _ in 0..60 {
            kept.take(name(1), sixty(), 0).await.expect("one");
        }
        assert_eq!(kept.take(name(1), sixty(), 0).await, Err(Empty(Duration::from_secs(1))));
        let left = Left { requests: 59, full_in: Duration::from_secs(1) };
        assert_eq!(kept.take(name(2), sixty(), 0).await, Ok(left));
        assert!(kept.take(name(1), sixty(), 1_000_000).await.is_ok());
    }

    #[tokio::test]
    async fn ever_new_clients_fill_no_memory() {
        let kept = Kept::new(None);
        for address in 0..3 * MAX_KNOWN {
            kept.take(name(address), sixty(), 0).await.expect("one");
        }
        assert!(kept.all(0).len() <= MAX_KNOWN);
    }
}
