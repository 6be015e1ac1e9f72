//! Terminating the host with no other to take its place: `DELETE /api/operations/host`.

use axum::{extract::State, response::IntoResponse};
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::{
    audit::Actor,
    relaunch::{Relaunch, RelaunchKind, TerminationInput},
};
use rollcall_audit::Caller;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, FreshOperator, Guarded},
    declared::Route,
    problem::ApiError,
    query::Query,
};

use super::{
    Record, Relaunches,
    begin::{Begun, parse_reason},
    record::Stage,
};
use crate::{ec2::Instance, host::recorded::RecordedHost};

pub(crate) fn route(relaunches: Relaunches, access: Access) -> Route {
    Route::delete("/api/operations/host", terminate)
        .says(|it| {
            it.does("Terminate the host")
                .answers::<Relaunch>(StatusCode::ACCEPTED, "It has begun.")
                .located(StatusCode::ACCEPTED)
                .refuses(StatusCode::CONFLICT)
                .refuses(StatusCode::NOT_FOUND)
        })
        .with_state(Guarded::new(relaunches, access))
}

async fn terminate(
    FreshOperator(operator): FreshOperator,
    State(relaunches): State<Guarded<Relaunches>>,
    Query(input): Query<TerminationInput>,
) -> Result<impl IntoResponse, ApiError> {
    let reason = parse_reason(input.reason)?;
    let record = relaunches.begin_termination(operator.caller(), reason).await?;
    Ok(relaunches.accepted(record).await)
}

impl Relaunches {
    /// Begins to terminate the host, with no other to take its place.
    ///
    /// # Errors
    /// When there is no host, or a relaunch is in progress.
    pub async fn begin_termination(&self, caller: Caller, reason: Option<String>) -> Result<Record, Error> {
        let recorded = async { self.store.recorded_host().await.map_err(Error::from) };
        let (host, recorded) = tokio::try_join!(self.hosts.serving(), recorded)?;
        let host = host.ok_or_else(|| Error::conflict("There is no host to terminate."))?;
        let asked = (caller.actor.clone(), reason);
        let record = record(&host, recorded.as_ref(), asked, Timestamp::now());
        match self.store_new(record, recorded.as_ref(), caller, None).await? {
            Begun::Recorded(record) => Ok(*record),
            Begun::Skipped { reason } => Err(Error::conflict(reason)),
        }
    }
}

pub(super) fn record(
    host: &Instance,
    recorded: Option<&RecordedHost>,
    asked: (Actor, Option<String>),
    now: Timestamp,
) -> Record {
    Record {
        from_revision: host.revision,
        old_host: Some(host.id.clone()),
        rollback_before: recorded.and_then(|recorded| recorded.rollback.clone()),
        ..Record::asked_for(RelaunchKind::Terminate, Stage::Terminate, None, asked, now)
    }
}
