//! Listing schedules, by name: `GET /api/operations/schedules`.

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::schedule::ScheduleList;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    json::Json,
    problem::ApiError,
};

use super::Schedules;

pub(crate) fn route(schedules: Schedules, access: Access) -> Route {
    Route::get("/api/operations/schedules", list)
        .says(|it| {
            it.does("Recurring relaunches, with their next runs")
                .answers::<ScheduleList>(StatusCode::OK, "All of them.")
        })
        .with_state(Guarded::new(schedules, access))
}

async fn list(
    _: Operator,
    State(schedules): State<Guarded<Schedules>>,
) -> Result<Json<ScheduleList>, ApiError> {
    Ok(Json(schedules.list(Timestamp::now()).await?))
}

impl Schedules {
    /// Every schedule, by name.
    ///
    /// # Errors
    /// When Scheduler can't be asked.
    pub async fn list(&self, now: Timestamp) -> Result<ScheduleList, Error> {
        let schedules = async { self.scheduler.all().await.map_err(Error::from) };
        let ((mut stored, more), standing) = tokio::try_join!(schedules, self.standing())?;
        stored.sort_by(|one, other| one.name.cmp(&other.name));
        let described = stored.into_iter().map(|stored| {
            let hold = standing.as_ref().and_then(|standing| standing.holds(&stored));
            stored.describe(hold, now)
        });
        let schedules = described.collect();
        Ok(ScheduleList { schedules, more })
    }
}
