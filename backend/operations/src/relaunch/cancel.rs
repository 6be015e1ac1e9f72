//! Stopping a relaunch before visitors notice anything of it: `POST /api/operations/relaunches/{id}/cancel`.
//!
//! Whoever stops it takes the record over with a new epoch, so that the driver there was can change nothing any more,
//! and leaves the lease free for one that undoes what was done.

use axum::{extract::State, response::IntoResponse};
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::{
    audit::{Actor, AuditAction},
    relaunch::Relaunch,
};
use rollcall_audit::{Caller, Entry};
use rollcall_aws::records::{Expected, RecordsError};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    path::Path,
    problem::ApiError,
};

use super::{Record, Relaunches, apply::apply, decide::Event, record::Stage, store::Journal};
use crate::ids::RelaunchId;

/// How often it is tried while a driver writes at the same time; one writes a few times a second at most.
const ATTEMPTS: usize = 8;

pub(crate) fn route(relaunches: Relaunches, access: Access) -> Route {
    Route::post("/api/operations/relaunches/{id}/cancel", cancel)
        .says(|it| {
            it.does("Stop a relaunch")
                .answers::<Relaunch>(StatusCode::ACCEPTED, "It is being undone.")
                .located(StatusCode::ACCEPTED)
        })
        .with_state(Guarded::new(relaunches, access))
}

async fn cancel(
    operator: Operator,
    State(relaunches): State<Guarded<Relaunches>>,
    Path(id): Path<RelaunchId>,
) -> Result<impl IntoResponse, ApiError> {
    let record = relaunches.cancel(id, &operator.caller(), Timestamp::now()).await?;
    Ok(relaunches.accepted(record).await)
}

impl Relaunches {
    /// Stops a relaunch: what it did is undone, and the old host serves on.
    ///
    /// # Errors
    /// When there is no such relaunch, it has ended, or its address has begun to move.
    pub async fn cancel(&self, id: RelaunchId, caller: &Caller, now: Timestamp) -> Result<Record, Error> {
        let stop = |record| stop(record, &caller.actor, now);
        self.take_over(id, caller, AuditAction::Cancel, "being undone", now, stop).await
    }

    /// Changes a relaunch as a person asks for, with a new epoch, so that the driver there was can change nothing any more;
    /// the lease is left free for one that goes on.
    pub(super) async fn take_over(
        &self,
        id: RelaunchId,
        caller: &Caller,
        action: AuditAction,
        outcome: &str,
        now: Timestamp,
        change: impl Fn(Record) -> Result<Record, Error>,
    ) -> Result<Record, Error> {
        for _ in 0..ATTEMPTS {
            let record = self.get(id).await?;
            let expected = Expected { epoch: record.lease.epoch, version: record.version };
            let mut changed = change(record)?;
            changed.lease = changed.lease.taken_by(caller.actor.to_string(), now);
            changed.lease.release(now);
            let asked = Entry::new(now, caller.clone(), action, id, outcome);
            match self.store.save(&mut changed, expected, Some(&asked)).await {
                Ok(()) => return Ok(changed),
                Err(RecordsError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::conflict("The relaunch goes on too quickly to be changed; try again."))
    }
}

pub(super) fn stop(record: Record, who: &Actor, now: Timestamp) -> Result<Record, Error> {
    if record.outcome().is_some() {
        return Err(Error::conflict("The relaunch has ended already."));
    }
    if record.cancelled_by.is_some() {
        return Err(Error::conflict("The relaunch is being stopped already."));
    }
    if !record.stage.is_cancellable() {
        return Err(Error::conflict(match record.stage {
            Stage::Undo(_) => "The relaunch failed and is being undone already.",
            _ => "The address has begun to move; relaunch to the earlier revision once this has ended.",
        }));
    }
    Ok(apply(record, Event::Cancelled { by: who.clone() }, now))
}
