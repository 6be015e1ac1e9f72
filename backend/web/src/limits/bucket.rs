//! A bucket of tokens, as it is counted: by the time at which it will be full again. Pure.
//!
//! That one number is all there is to keep of it, whichever way it was emptied (the
//! [generic cell rate algorithm](https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm)).

use std::{num::NonZeroU32, time::Duration};

/// What a bucket holds when it is full: what comes in within this time, in microseconds.
const WINDOW: i64 = 60_000_000;

/// How long what a bucket holds takes to come in, for the answer's headers.
pub(super) const WINDOW_SECONDS: u64 = 60;

/// A bucket that holds so many requests, and is filled with as many within a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bucket {
    pub(super) per_minute: NonZeroU32,
}

/// What was taken from a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// How many requests.
    pub(super) requests: u32,
    /// How many are left.
    pub(super) left: u32,
    /// When it is full again, in microseconds of Unix time.
    pub(super) full_at: i64,
}

/// There is nothing in a bucket, and won't be for so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Empty(pub(super) Duration);

impl Bucket {
    /// Takes up to so many requests from a bucket that will be full at this time; from a full one where nothing is known of
    /// it. Times are in microseconds of Unix time.
    ///
    /// # Errors
    /// Where there is not one.
    pub(super) fn take(self, full_at: Option<i64>, wanted: u32, now: i64) -> Result<Taken, Empty> {
        let each = self.each();
        // Another one's clock may be ahead, but no bucket takes longer than that.
        let missing = full_at.unwrap_or(now).saturating_sub(now).clamp(0, WINDOW);
        let there = u32::try_from((WINDOW - missing) / each).unwrap_or(u32::MAX);
        if there == 0 {
            return Err(Empty(duration(each - (WINDOW - missing))));
        }
        let requests = wanted.clamp(1, there);
        let full_at = now.saturating_add(missing).saturating_add(each.saturating_mul(requests.into()));
        Ok(Taken { requests, left: there - requests, full_at })
    }

    /// How long one request takes to come in, in microseconds.
    fn each(self) -> i64 {
        (WINDOW / i64::from(self.per_minute.get())).max(1)
    }
}

/// So many microseconds.
pub(super) fn duration(microseconds: i64) -> Duration {
    Duration::from_micros(u64::try_from(microseconds).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bucket(per_minute: u32) -> Bucket {
        Bucket { per_minute: NonZeroU32::new(per_minute).expect("some") }
    }

    #[test]
    fn a_bucket_nobody_took_from_is_full() {
        let taken = bucket(60).take(None, 1, 5).expect("one");
        assert_eq!((taken.requests, taken.left, taken.full_at), (1, 59, 1_000_005));
        assert_eq!(bucket(60).take(None, 100, 5).map(|it| it.requests), Ok(60));
    }

    #[test]
    fn an_empty_one_says_when_there_is_one_again() {
        let taken = bucket(60).take(None, 60, 0).expect("all");
        assert_eq!(bucket(60).take(Some(taken.full_at), 1, 0), Err(Empty(Duration::from_secs(1))));
        assert_eq!(bucket(60).take(Some(taken.full_at), 1, 400_000), Err(Empty(Duration::from_millis(600))));
        assert!(bucket(60).take(Some(taken.full_at), 1, 1_000_000).is_ok());
    }

    proptest! {
        // The oracle keeps a heap of tokens, and adds to it as time goes by.
        #[test]
        fn as_many_are_let_through_as_a_heap_of_tokens_has(
            per_minute in 1_u32..5_000,
            asks in prop::collection::vec((0_i64..3_000_000, 1_u32..50), 1..200),
        ) {
            let bucket = bucket(per_minute);
            let each = WINDOW / i64::from(per_minute);
            let (mut now, mut full_at, mut heap) = (0, None, WINDOW);
            for (pause, wanted) in asks {
                now += pause;
                heap = (heap + pause).min(WINDOW);
                let there = heap / each;
                match bucket.take(full_at, wanted, now) {
                    Ok(taken) => {
                        prop_assert_eq!(i64::from(taken.requests), i64::from(wanted).min(there));
                        heap -= i64::from(taken.requests) * each;
                        prop_assert_eq!(i64::from(taken.left), heap / each);
                        full_at = Some(taken.full_at);
                    }
                    Err(Empty(wait)) => {
                        prop_assert_eq!(there, 0);
                        prop_assert_eq!(wait, duration(each - heap));
                    }
                }
            }
        }
    }
}
