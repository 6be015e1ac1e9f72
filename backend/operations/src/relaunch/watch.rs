//! Tells each minute whether a host is missing, so that an alarm can count it.

use rollcall_aws::records::RecordsError;
use rollcall_error::source_chain;

use super::Sweeper;
use crate::host::{Look, recorded::RecordedHost};

/// Whether a host is missing: the newest relaunch that succeeded has left one, and it serves nobody. Before the first one,
/// and after a termination, there is none to miss.
pub(super) fn is_missing(recorded: Option<&RecordedHost>, look: &Look) -> bool {
    recorded.is_some_and(|recorded| recorded.launched.is_some())
        && (look.host.is_none() || look.out_of_service.is_some())
}

impl Sweeper {
    /// Logs whether a host is missing. An alarm counts that line: `infra/monitoring.yaml`.
    ///
    /// # Errors
    /// When the operations table fails. What EC2 does not tell is not logged.
    pub async fn watch_host(&self) -> Result<(), RecordsError> {
        let look = async { Ok(self.hosts.look().await) };
        let (recorded, look) = tokio::try_join!(self.store.recorded_host(), look)?;
        match look {
            Ok(look) => {
                let missing = u64::from(is_missing(recorded.as_ref(), &look));
                let reason = look.out_of_service.as_deref().unwrap_or_default();
                tracing::info!(missing, reason, "host watched");
            }
            Err(error) => tracing::warn!(error = source_chain(&error), "the host can't be looked at"),
        }
        Ok(())
    }
}
