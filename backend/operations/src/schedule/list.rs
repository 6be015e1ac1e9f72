//! Listing schedules, by name: `GET /api/operations/schedules`.

use axum::{Router, extract::State, routing::get};
use jiff::Timestamp;
use rollcall_api::schedule::ScheduleList;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    json::Json,
    problem::ApiError,
};

use super::Schedules;

pub(crate) fn route(schedules: Schedules, access: Access) -> Router {
    Router::new().route("/api/operations/schedules", get(list)).with_state(Guarded::new(schedules, access))
}

async fn list(
    _: Operator,
    State(schedules): State<Guarded<Schedules>>,
) -> Result<Json<ScheduleList>, ApiError> {
    Ok(Json(schedules.list(Timestamp::now()).await?))
}
