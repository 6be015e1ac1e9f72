//! Removing a schedule: `DELETE /api/operations/schedules/{name}`.

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::audit::AuditAction;
use rollcall_audit::{Caller, Entry};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    path::Path,
    precondition::Expected,
    problem::ApiError,
};

use super::{Schedules, name_in_address};
use crate::ids::ScheduleName;

pub(crate) fn route(schedules: Schedules, access: Access) -> Route {
    Route::delete("/api/operations/schedules/{name}", delete)
        .says(|it| {
            it.does("Delete a recurring relaunch")
                .answers_nothing(StatusCode::NO_CONTENT, "It is gone.")
                .refuses(StatusCode::CONFLICT)
        })
        .with_state(Guarded::new(schedules, access))
}

async fn delete(
    operator: Operator,
    State(schedules): State<Guarded<Schedules>>,
    Path(name): Path<String>,
    expected: Expected,
) -> Result<StatusCode, ApiError> {
    let name = name_in_address(name)?;
    let delete = |_| schedules.delete(&name, operator.caller(), Timestamp::now());
    schedules.answered(schedules.in_turn(&name, &expected, delete).await?).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Schedules {
    /// Removes a schedule that nobody else changes meanwhile.
    ///
    /// # Errors
    /// When there is no such schedule, or Scheduler can't be asked.
    async fn delete(&self, name: &ScheduleName, caller: Caller, now: Timestamp) -> Result<(), Error> {
        self.scheduler.delete(name).await?;
        self.audit.add(Entry::new(now, caller, AuditAction::DeleteSchedule, name.as_str(), "removed")).await;
        Ok(())
    }
}
