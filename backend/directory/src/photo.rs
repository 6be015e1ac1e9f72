//! Photos: uploading, showing and removing them.

mod complete;
pub(crate) mod key;
mod picture;
pub(crate) mod remove;
pub(crate) mod show;
pub(crate) mod upload;

use std::sync::Arc;

use axum::body::Bytes;
use rollcall_web::problem::ApiError;
use tokio::sync::Semaphore;

use picture::PictureError;

/// How many photos are decoded at once. One takes up to 150 MB for a moment, and a `t2.micro` has 1 GB.
const AT_ONCE: usize = 2;

/// How often a change of a photo starts over because another one overtook it.
const MAX_ATTEMPTS: u32 = 5;

fn overtaken() -> ApiError {
    ApiError::conflict("Someone else is changing this photo at the same time. Look at it, then try again.")
}

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
    async fn picture(&self, upload: Bytes) -> Result<Bytes, ApiError> {
        let permit = Arc::clone(&self.0).acquire_owned().await.map_err(ApiError::internal)?;
        let decoded = tokio::task::spawn_blocking(move || {
            let picture = picture::picture(&upload);
            drop(permit);
            picture
        });
        decoded.await.map_err(ApiError::internal)?.map(Bytes::from).map_err(PictureError::into)
    }
}
