//! Approving the new host that a person was to look at: `POST /api/operations/relaunches/{id}/approval`. Who finds it bad
//! cancels the relaunch.

use axum::{extract::State, response::IntoResponse};
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::{
    audit::{Actor, AuditAction},
    relaunch::Relaunch,
};
use rollcall_audit::Caller;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    path::Path,
    problem::ApiError,
};

use super::{Record, Relaunches, apply::apply, decide::Event, record::Stage};
use crate::ids::RelaunchId;

pub(crate) fn route(relaunches: Relaunches, access: Access) -> Route {
    Route::post("/api/operations/relaunches/{id}/approval", approve)
        .says(|it| {
            it.does("Let a relaunch go on whose new host was looked at")
                .answers::<Relaunch>(StatusCode::ACCEPTED, "It goes on.")
                .located(StatusCode::ACCEPTED)
        })
        .with_state(Guarded::new(relaunches, access))
}

async fn approve(
    operator: Operator,
    State(relaunches): State<Guarded<Relaunches>>,
    Path(id): Path<RelaunchId>,
) -> Result<impl IntoResponse, ApiError> {
    let record = relaunches.approve(id, &operator.caller(), Timestamp::now()).await?;
    Ok(relaunches.accepted(record).await)
}

impl Relaunches {
    /// Lets a relaunch go on that waits for a person to look at its new host.
    ///
    /// # Errors
    /// When there is no such relaunch, or it does not wait for that.
    pub async fn approve(&self, id: RelaunchId, caller: &Caller, now: Timestamp) -> Result<Record, Error> {
        let approve = |record| approved(record, &caller.actor, now);
        self.take_over(id, caller, AuditAction::Approve, "the address moves next", now, approve).await
    }
}

pub(super) fn approved(record: Record, who: &Actor, now: Timestamp) -> Result<Record, Error> {
    if !record.waits_for_a_person() {
        return Err(Error::conflict(match &record.stage {
            Stage::Ended(_) => "The relaunch has ended already.",
            Stage::Undo(_) => "The relaunch is being undone already.",
            Stage::Approve(_) => "The new host is approved already.",
            _ if record.approval.is_none() => "The revision of this relaunch asks for no approval.",
            Stage::Switch(_) | Stage::Bake(_) | Stage::Retire(_) => "The new host is approved already.",
            _ => "The new host can't be looked at yet; approve it once it has answered.",
        }));
    }
    if record.approval.as_ref().and_then(|approval| approval.until()).is_none_or(|until| now >= until) {
        return Err(Error::conflict("The time to approve the new host is over; it is being undone."));
    }
    Ok(apply(record, Event::Approved { by: who.clone() }, now))
}
