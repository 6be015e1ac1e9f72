//! Terminating the host with no other to take its place: `DELETE /api/operations/host`.

use axum::{Router, extract::State, response::IntoResponse, routing::delete};
use jiff::Timestamp;
use rollcall_api::{
    audit::Actor,
    relaunch::{RelaunchKind, TerminationInput},
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
    begin::{Begun, parse_reason},
    record::Stage,
};
use crate::{caller::caller, ec2::Instance};

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
        let record = record(&host, (caller.actor.clone(), reason), Timestamp::now());
        match self.store_new(record, caller, None).await? {
            Begun::Recorded(record) => Ok(*record),
            Begun::Skipped { reason } => Err(Error::conflict(reason)),
        }
    }
}

fn record(host: &Instance, asked: (Actor, Option<String>), now: Timestamp) -> Record {
    Record {
        from_revision: host.revision,
        old_host: Some(host.id.clone()),
        ..Record::asked_for(RelaunchKind::Terminate, Stage::Terminate, None, asked, now)
    }
}
