//! Where photos are decoded.

use std::sync::Arc;

use bytes::Bytes;
use rollcall_error::Error;
use tokio::sync::Semaphore;

use super::{PictureError, picture};

/// How many photos are decoded at once. One takes up to 150 MB for a moment, and a `t2.micro` has 1 GB.
const AT_ONCE: usize = 2;

/// Where photos are decoded: beside the threads that answer requests, and few at once.
#[derive(Debug, Clone)]
pub(crate) struct Decoders(Arc<Semaphore>);

impl Default for Decoders {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Decoders {
    /// The picture to store for an uploaded image.
    pub(crate) async fn picture(&self, upload: Bytes) -> Result<Bytes, Error> {
        Ok(Bytes::from(self.run(move || picture(&upload)).await?))
    }

    /// What a decoder panics at is an image that it did not foresee: damaged, and no fault of what serves others.
    async fn run<T: Send + 'static>(
        &self,
        decoder: impl FnOnce() -> Result<T, PictureError> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = Arc::clone(&self.0).acquire_owned().await.map_err(Error::broken)?;
        let decoded = tokio::task::spawn_blocking(move || {
            let decoded = decoder();
            drop(permit);
            decoded
        });
        match decoded.await {
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
