//! Stops a relaunch before visitors notice anything of it.
//!
//! Whoever stops it takes the record over with a new epoch, so that the driver there was can change nothing any more,
//! and leaves the lease free for one that undoes what was done.

use jiff::Timestamp;
use rollcall_api::audit::AuditAction;
use rollcall_web::problem::ApiError;

use super::{Record, RelaunchId, apply::apply, decide::Event};
use crate::{
    Operations,
    audit::Entry,
    requester::Requester,
    table::{Expected, TableError},
};

/// How often it is tried while a driver writes at the same time; one writes a few times a second at most.
const ATTEMPTS: usize = 8;

impl Operations {
    /// Stops a relaunch: what it did is undone, and the old host serves on.
    ///
    /// # Errors
    /// When there is no such relaunch, it has ended, or its address has begun to move.
    pub async fn cancel_relaunch(
        &self,
        id: RelaunchId,
        who: Requester,
        now: Timestamp,
    ) -> Result<Record, ApiError> {
        for _ in 0..ATTEMPTS {
            let record = self.relaunch(id).await.map_err(ApiError::internal)?;
            let record = record.ok_or_else(|| ApiError::not_found(format!("There is no relaunch {id}.")))?;
            let expected = Expected { epoch: record.lease.epoch, version: record.version };
            let mut stopped = stop(record, &who, now)?;
            let asked = Entry::new(now, who.clone(), AuditAction::Cancel, id, "being undone");
            match self.table().save_relaunch(&mut stopped, expected, Some(&asked)).await {
                Ok(()) => return Ok(stopped),
                Err(TableError::Conflict) => {}
                Err(error) => return Err(ApiError::internal(error)),
            }
        }
        Err(ApiError::conflict("The relaunch goes on too quickly to be stopped; try again."))
    }
}

pub(super) fn stop(record: Record, who: &Requester, now: Timestamp) -> Result<Record, ApiError> {
    if record.outcome().is_some() {
        return Err(ApiError::conflict("The relaunch has ended already."));
    }
    if record.cancelled_by.is_some() {
        return Err(ApiError::conflict("The relaunch is being stopped already."));
    }
    if !record.stage.is_cancellable() {
        return Err(ApiError::conflict(match record.stage {
            super::record::Stage::Undo(_) => "The relaunch failed and is being undone already.",
            _ => "The address has begun to move; relaunch to the earlier revision once this has ended.",
        }));
    }
    let mut stopped = apply(record, Event::Cancelled { by: who.clone() }, now);
    stopped.lease = stopped.lease.taken_by(who.to_string(), now);
    stopped.lease.release(now);
    Ok(stopped)
}
