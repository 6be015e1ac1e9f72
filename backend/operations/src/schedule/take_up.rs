//! Taking a schedule up again whose runs a person's rollback holds: `POST /api/operations/schedules/{name}/take-up`.

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::{audit::AuditAction, schedule::Schedule};
use rollcall_audit::{Caller, Entry};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    path::Path,
    precondition::{Expected, Tagged},
    problem::ApiError,
};

use super::{Schedules, Standing, draft::StoredSchedule, name_in_address, store::Save};

pub(crate) fn route(schedules: Schedules, access: Access) -> Route {
    Route::post("/api/operations/schedules/{name}/take-up", take_up)
        .says(|it| {
            it.does("Let a recurring relaunch go on that a rollback holds")
                .answers::<Schedule>(StatusCode::OK, "As it is now.")
                .tagged(StatusCode::OK)
        })
        .with_state(Guarded::new(schedules, access))
}

async fn take_up(
    operator: Operator,
    State(schedules): State<Guarded<Schedules>>,
    Path(name): Path<String>,
    expected: Expected,
) -> Result<Tagged<Schedule>, ApiError> {
    let name = name_in_address(name)?;
    let take_up = |stored| schedules.take_up(stored, operator.caller(), Timestamp::now());
    schedules.answered(schedules.in_turn(&name, &expected, take_up).await?).await
}

impl Schedules {
    /// Lets the runs of a schedule be made again, though they undo a rollback. A later rollback holds them again.
    ///
    /// # Errors
    /// When no rollback holds it; when Scheduler can't be asked.
    async fn take_up(
        &self,
        mut stored: StoredSchedule,
        caller: Caller,
        now: Timestamp,
    ) -> Result<Tagged<Schedule>, Error> {
        let standing = self.standing().await?.filter(|standing| standing.holds(&stored).is_some());
        let Some(Standing { rollback, .. }) = standing else {
            return Err(Error::conflict(
                "No rollback holds this schedule; its runs are made as they are due.",
            ));
        };
        stored.taken_up_after = Some(rollback.relaunch);
        self.scheduler.save(Save::Change, &stored).await?;
        let outcome = format!("taken up again after the rollback {}", rollback.relaunch);
        self.audit
            .add(Entry::new(now, caller, AuditAction::ChangeSchedule, stored.name.as_str(), outcome))
            .await;
        Ok(Tagged(stored.tag(), stored.describe(None, now)))
    }
}
