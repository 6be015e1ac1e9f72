//! Listing schedules, by name: `GET /api/operations/schedules`.

use axum::{Router, extract::State, routing::get};
use jiff::Timestamp;
use rollcall_api::schedule::ScheduleList;
use rollcall_web::{access::Operator, json::Json, problem::ApiError};

use super::Schedules;
use crate::context::Context;

pub(super) fn route() -> Router<Context> {
    Router::new().route("/api/operations/schedules", get(list))
}

async fn list(_: Operator, State(schedules): State<Schedules>) -> Result<Json<ScheduleList>, ApiError> {
    Ok(Json(schedules.list(Timestamp::now()).await?))
}
