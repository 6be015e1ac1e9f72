//! Making a schedule: `POST /api/operations/schedules`.

use axum::{Router, extract::State, response::IntoResponse, routing::post};
use http::{StatusCode, header};
use jiff::Timestamp;
use rollcall_api::schedule::ScheduleInput;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    json::Json,
    problem::ApiError,
};

use super::Schedules;
use crate::caller::caller;

pub(crate) fn route(schedules: Schedules, access: Access) -> Router {
    Router::new().route("/api/operations/schedules", post(create)).with_state(Guarded::new(schedules, access))
}

async fn create(
    operator: Operator,
    State(schedules): State<Guarded<Schedules>>,
    Json(input): Json<ScheduleInput>,
) -> Result<impl IntoResponse, ApiError> {
    let schedule = schedules.create(input, caller(operator), Timestamp::now()).await?;
    let location = [(header::LOCATION, format!("/api/operations/schedules/{}", schedule.name))];
    Ok((StatusCode::CREATED, location, Json(schedule)))
}
