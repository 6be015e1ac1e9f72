//! Looking at a schedule: `GET /api/operations/schedules/{name}`.

use axum::{Router, extract::State, routing::get};
use jiff::Timestamp;
use rollcall_api::schedule::Schedule;
use rollcall_web::{access::Operator, json::Json, path::Path, problem::ApiError};

use super::{ScheduleName, Schedules};
use crate::context::Context;

pub(super) fn route() -> Router<Context> {
    Router::new().route("/api/operations/schedules/{name}", get(show))
}

async fn show(
    _: Operator,
    State(schedules): State<Schedules>,
    Path(name): Path<String>,
) -> Result<Json<Schedule>, ApiError> {
    Ok(Json(schedules.get(&ScheduleName::in_address(name)?, Timestamp::now()).await?))
}
