//! What erasing someone for good takes beside the directory itself.

use std::{fmt, pin::Pin, sync::Arc};

/// Has the search index made anew without waiting for it.
pub type Wake = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The way to have the search index made anew, which only the function may do.
#[derive(Clone)]
pub struct Erasing {
    wake: Wake,
}

impl fmt::Debug for Erasing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Erasing").finish_non_exhaustive()
    }
}

impl Erasing {
    /// By this way to have the index made anew.
    #[must_use]
    pub fn new(wake: Wake) -> Self {
        Self { wake }
    }

    /// Has the search index made anew.
    pub(crate) async fn wake(&self) {
        (self.wake)().await;
    }
}
