//! Terminating the host with no other to take its place: `DELETE /api/operations/host`.

use axum::{Router, extract::State, response::IntoResponse, routing::delete};
use jiff::Timestamp;
use rollcall_api::{
    audit::Actor,
    relaunch::{RelaunchKind, StepName},
};
use rollcall_audit::Caller;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    problem::ApiError,
};

use super::{Record, Relaunches, answers::Answers, begin::Begun, lease::Lease, record::Stage};
use crate::{caller::caller, ec2::Instance, ids::RelaunchId};

pub(crate) fn route(relaunches: Relaunches, access: Access) -> Router {
    Router::new()
        .route("/api/operations/host", delete(terminate))
        .with_state(Guarded::new(relaunches, access))
}

async fn terminate(
    operator: Operator,
    State(relaunches): State<Guarded<Relaunches>>,
) -> Result<impl IntoResponse, ApiError> {
    let record = relaunches.begin_termination(caller(operator)).await?;
    Ok(relaunches.accepted(record).await)
}

impl Relaunches {
    /// Begins to terminate the host, with no other to take its place.
    ///
    /// # Errors
    /// When there is no host, or a relaunch is in progress.
    pub async fn begin_termination(&self, caller: Caller) -> Result<Record, Error> {
        let host = self.hosts.serving().await?;
        let host = host.ok_or_else(|| Error::conflict("There is no host to terminate."))?;
        match self.store_new(record(&host, caller.actor.clone(), Timestamp::now()), caller, None).await? {
            Begun::Recorded(record) => Ok(*record),
            Begun::Skipped { reason } => Err(Error::conflict(reason)),
        }
    }
}

fn record(host: &Instance, requested_by: Actor, now: Timestamp) -> Record {
    Record {
        id: RelaunchId::new(now),
        kind: RelaunchKind::Terminate,
        from_revision: host.revision,
        to_revision: None,
        old_host: Some(host.id.clone()),
        requested_by,
        cancelled_by: None,
        started_at: now,
        stage: Stage::Terminate,
        stage_since: now,
        answers: Answers::default(),
        steps: Record::steps_from(StepName::Retire, now),
        lease: Lease::free(now),
        version: 0,
    }
}
