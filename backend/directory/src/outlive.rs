//! Work that must not stop half-way because a client hung up.

use rollcall_error::Error;
use tracing::Instrument;

/// Runs `work` to its end even when the request it belongs to is dropped.
pub(crate) async fn outlive_request<T, E>(
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    tokio::spawn(work.in_current_span()).await.map_err(Error::broken)?
}
