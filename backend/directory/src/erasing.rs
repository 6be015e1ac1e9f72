//! What erasing someone for good takes beside the directory itself.

use std::{fmt, pin::Pin, sync::Arc};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;
use rollcall_api::audit::AuditAction;
use rollcall_audit::{Caller, Entry};
use rollcall_aws::records::Records;
use rollcall_error::Error;

/// Has the search index made anew without waiting for it.
pub type Wake = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The audit log, which only the function may write, and the way to have the search index made anew.
#[derive(Clone)]
pub struct Erasing {
    records: Records,
    wake: Wake,
}

impl fmt::Debug for Erasing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Erasing").field("records", &self.records).finish_non_exhaustive()
    }
}

impl Erasing {
    /// With the audit log in the table of this name. Calls nothing yet.
    #[must_use]
    pub fn new(config: &SdkConfig, audit_table: String, wake: Wake) -> Self {
        Self { records: Records::new(config, audit_table), wake }
    }

    /// What tells the audit log that someone was erased, and by whom; not who it was.
    pub(crate) fn audited(&self, now: Timestamp, caller: Caller) -> Result<TransactWriteItem, Error> {
        let outcome = "erased for good, with photo and search index; who it was is not kept";
        let entry = Entry::new(now, caller, AuditAction::Erase, "a former employee", outcome);
        Ok(self.records.part_of(entry.write()?)?)
    }

    /// Has the search index made anew.
    pub(crate) async fn wake(&self) {
        (self.wake)().await;
    }
}
