//! Tells each minute whether a host is missing, so that an alarm can count it.

use rollcall_api::{
    host::InstanceState,
    relaunch::{RelaunchKind, RelaunchOutcome},
};
use rollcall_aws::records::RecordsError;
use rollcall_error::source_chain;

use super::{Record, Sweeper};
use crate::host::serving;

/// How far back the newest success is looked for.
const RECENT: u32 = 20;

/// Whether the relaunches so far, newest first, should have left a host: the newest that succeeded says so. Before the
/// first one, and after a termination, there is none to miss.
fn should_have_left_a_host<'a>(newest_first: impl IntoIterator<Item = &'a Record>) -> bool {
    let mut succeeded =
        newest_first.into_iter().filter(|it| it.outcome() == Some(RelaunchOutcome::Succeeded));
    succeeded.next().is_some_and(|newest| newest.kind != RelaunchKind::Terminate)
}

impl Sweeper {
    /// Logs whether a host is missing. An alarm counts that line: `infra/monitoring.yaml`.
    ///
    /// # Errors
    /// When the operations table fails. What EC2 does not tell is not logged.
    pub async fn watch_host(&self) -> Result<(), RecordsError> {
        let seen = async { Ok(tokio::try_join!(self.ec2.instances(), self.ec2.address_holder())) };
        let (recent, seen) = tokio::try_join!(self.store.relaunches(RECENT, None), seen)?;
        match seen {
            Ok((instances, holder)) => {
                let host = serving(&instances, holder.as_ref());
                let runs = host.is_some_and(|host| host.state == InstanceState::Running);
                let missing = u64::from(!runs && should_have_left_a_host(&recent.page.records));
                tracing::info!(missing, "host watched");
            }
            Err(error) => tracing::warn!(error = source_chain(&error), "EC2 can't be asked for the host"),
        }
        Ok(())
    }
}
