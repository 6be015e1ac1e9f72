//! Where photos are decoded.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use rollcall_error::Error;
use tokio::sync::Semaphore;

use super::{PictureError, Pictures, pictures};

/// How many photos are decoded at once. One takes up to 150 MB for a moment, and a `t2.micro` has 1 GB.
const AT_ONCE: usize = 2;

/// How many more may wait for their turn: all of them are in memory, and the last one waits for seconds.
const WAITING: usize = 6;

/// How long the decoding of one may take: the largest photo takes a tenth of it, where a function has a third of a processor.
const LIMIT: Duration = Duration::from_secs(10);

/// Where photos are decoded: beside the threads that answer requests, few at once, and none for long.
#[derive(Debug, Clone)]
pub(crate) struct Decoders {
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    limit: Duration,
}

impl Default for Decoders {
    fn default() -> Self {
        let queue = Semaphore::new(AT_ONCE + WAITING);
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), queue: Arc::new(queue), limit: LIMIT }
    }
}

impl Decoders {
    /// The pictures to store for an uploaded image.
    pub(crate) async fn pictures(&self, upload: Bytes) -> Result<Pictures, Error> {
        self.run(move || pictures(&upload)).await
    }

    /// What a decoder panics at is an image that it did not foresee: damaged, and no fault of what serves others. One that
    /// takes too long can't be stopped; nobody waits for it any more, and it keeps its place until it ends.
    async fn run<T: Send + 'static>(
        &self,
        decoder: impl FnOnce() -> Result<T, PictureError> + Send + 'static,
    ) -> Result<T, Error> {
        let Ok(_turn) = self.queue.try_acquire() else {
            return Err(Error::away(
                "Many photos are being taken in at this moment. Try again in some seconds.",
            ));
        };
        let permit = Arc::clone(&self.places).acquire_owned().await.map_err(Error::broken)?;
        let decoded = tokio::task::spawn_blocking(move || {
            let decoded = decoder();
            drop(permit);
            decoded
        });
        let Ok(decoded) = tokio::time::timeout(self.limit, decoded).await else {
            return Err(PictureError::TooMuchTime.into());
        };
        match decoded {
            Ok(decoded) => decoded.map_err(Error::from),
            Err(error) if error.is_panic() => Err(PictureError::Damaged(error.into()).into()),
            Err(error) => Err(Error::broken(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_takes_too_long_is_refused_and_keeps_its_place_until_it_ends() {
        let decoders = Decoders { limit: Duration::from_millis(1), ..Decoders::default() };
        let mut ends = Vec::new();
        for _ in 0..AT_ONCE {
            let (end, ended) = std::sync::mpsc::channel::<()>();
            let refused = decoders.run(move || Ok(ended.recv().ok())).await.expect_err("refused");
            assert_eq!(refused.kind(), rollcall_error::Kind::Invalid);
            assert!(refused.fields()[0].detail.starts_with("takes too much time"));
            ends.push(end);
        }
        assert_eq!(decoders.places.available_permits(), 0);
        ends.clear();
        let places = u32::try_from(AT_ONCE).expect("few");
        drop(decoders.places.acquire_many(places).await.expect("all are free again"));
    }

    #[tokio::test]
    async fn of_too_many_at_once_the_last_are_told_to_come_again() {
        let decoders = Decoders::default();
        let held = decoders.places.acquire_many(2).await.expect("all are free");
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..AT_ONCE + WAITING {
            let decoders = decoders.clone();
            waiting.spawn(async move { decoders.run(|| Ok(())).await });
        }
        while decoders.queue.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = decoders.run(|| Ok(())).await.expect_err("refused");
        assert_eq!(refused.kind(), rollcall_error::Kind::Away);
        drop(held);
        while let Some(done) = waiting.join_next().await {
            done.expect("no panic").expect("decoded");
        }
    }

    #[tokio::test]
    async fn what_a_decoder_panics_at_is_refused_as_damaged() {
        let decoders = Decoders::default();
        // Once more than there are places: a panic leaves none taken.
        for _ in 0..=AT_ONCE {
            let refused = decoders.run(|| -> Result<(), _> { panic!("an image nobody thought of") }).await;
            let refused = refused.expect_err("refused");
            assert_eq!(refused.kind(), rollcall_error::Kind::Invalid);
            assert_eq!(refused.fields()[0].detail, "is damaged and cannot be decoded; save it anew");
        }
    }
}
