//! Terminating the host with no other to take its place: `DELETE /api/operations/host`.

use axum::{Router, extract::State, response::IntoResponse, routing::delete};
use jiff::Timestamp;
use rollcall_api::{
    audit::Actor,
    relaunch::{RelaunchKind, StepName, TerminationInput},
};
use rollcall_audit::Caller;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    problem::ApiError,
    query::Query,
};

use super::{
    Record, Relaunches,
    answers::Answers,
    begin::{Begun, parse_reason},
    lease::Lease,
    record::Stage,
};
use crate::{caller::caller, ec2::Instance, ids::RelaunchId};

pub(crate) fn route(relaunches: Relaunches, access: Access) -> Router {
    Router::new()
        .route("/api/operations/host", delete(terminate))
        .with_state(Guarded::new(relaunches, access))
}

async fn terminate(
    operator: Operator,
    State(relaunches): State<Guarded<Relaunches>>,
    Query(input): Query<TerminationInput>,
) -> Result<impl IntoResponse, ApiError> {
    let reason = parse_reason(input.reason)?;
    let record = relaunches.begin_termination(caller(operator), reason).await?;
    Ok(relaunches.accepted(record).await)
}

impl Relaunches {
    /// Begins to terminate the host, with no other to take its place.
    ///
    /// # Errors
    /// When there is no host, or a relaunch is in progress.
    pub async fn begin_termination(&self, caller: Caller, reason: Option<String>) -> Result<Record, Error> {
        let host = self.hosts.serving().await?;
        let host = host.ok_or_else(|| Error::conflict("There is no host to terminate."))?;
        let record = record(&host, caller.actor.clone(), reason, Timestamp::now());
        match self.store_new(record, caller, None).await? {
            Begun::Recorded(record) => Ok(*record),
            Begun::Skipped { reason } => Err(Error::conflict(reason)),
        }
    }
}

fn record(host: &Instance, requested_by: Actor, reason: Option<String>, now: Timestamp) -> Record {
    Record {
        id: RelaunchId::new(now),
        kind: RelaunchKind::Terminate,
        from_revision: host.revision,
        to_revision: None,
        old_host: Some(host.id.clone()),
        requested_by,
        reason,
        approval: None,
        launched: None,
        old_host_seen: None,
        cancelled_by: None,
        started_at: now,
        stage: Stage::Terminate,
        stage_since: now,
        answers: Answers::default(),
        steps: Record::steps_from(StepName::Retire, None, now),
        lease: Lease::free(now),
        version: 0,
    }
}
