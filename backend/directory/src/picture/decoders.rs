//! Where photos are decoded.

use std::sync::Arc;

use axum::body::Bytes;
use rollcall_error::Error;
use tokio::sync::Semaphore;

use super::picture;

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
        let permit = Arc::clone(&self.0).acquire_owned().await.map_err(Error::broken)?;
        let decoded = tokio::task::spawn_blocking(move || {
            let picture = picture(&upload);
            drop(permit);
            picture
        });
        decoded.await.map_err(Error::broken)?.map(Bytes::from).map_err(Error::from)
    }
}
