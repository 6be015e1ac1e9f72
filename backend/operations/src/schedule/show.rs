//! Looking at a schedule: `GET /api/operations/schedules/{name}`.

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::schedule::Schedule;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    path::Path,
    precondition::Tagged,
    problem::ApiError,
};

use super::{Schedules, name_in_address};
use crate::ids::ScheduleName;

pub(crate) fn route(schedules: Schedules, access: Access) -> Route {
    Route::get("/api/operations/schedules/{name}", show)
        .says(|it| {
            it.does("One recurring relaunch")
                .answers::<Schedule>(StatusCode::OK, "As it is.")
                .tagged(StatusCode::OK)
        })
        .with_state(Guarded::new(schedules, access))
}

async fn show(
    _: Operator,
    State(schedules): State<Guarded<Schedules>>,
    Path(name): Path<String>,
) -> Result<Tagged<Schedule>, ApiError> {
    Ok(schedules.get(&name_in_address(name)?, Timestamp::now()).await?)
}

impl Schedules {
    /// The schedule with this name.
    ///
    /// # Errors
    /// When there is none, or Scheduler can't be asked.
    pub async fn get(&self, name: &ScheduleName, now: Timestamp) -> Result<Tagged<Schedule>, Error> {
        self.shown(self.scheduler.one(name).await?, now).await
    }
}
