//! Changing a schedule: `PUT /api/operations/schedules/{name}`.

use axum::{Router, extract::State, routing::put};
use jiff::Timestamp;
use rollcall_api::schedule::{Schedule, ScheduleInput};
use rollcall_web::{
    access::{Access, Guarded, Operator},
    json::Json,
    path::Path,
    problem::ApiError,
};

use super::{Schedules, name_in_address};
use crate::caller::caller;

pub(crate) fn route(schedules: Schedules, access: Access) -> Router {
    Router::new()
        .route("/api/operations/schedules/{name}", put(change))
        .with_state(Guarded::new(schedules, access))
}

async fn change(
    operator: Operator,
    State(schedules): State<Guarded<Schedules>>,
    Path(name): Path<String>,
    Json(input): Json<ScheduleInput>,
) -> Result<Json<Schedule>, ApiError> {
    let name = name_in_address(name)?;
    Ok(Json(schedules.change(&name, input, caller(operator), Timestamp::now()).await?))
}
