//! Removing a schedule: `DELETE /api/operations/schedules/{name}`.

use axum::{Router, extract::State, routing};
use http::StatusCode;
use jiff::Timestamp;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    path::Path,
    problem::ApiError,
};

use super::{Schedules, name_in_address};
use crate::caller::caller;

pub(crate) fn route(schedules: Schedules, access: Access) -> Router {
    Router::new()
        .route("/api/operations/schedules/{name}", routing::delete(delete))
        .with_state(Guarded::new(schedules, access))
}

async fn delete(
    operator: Operator,
    State(schedules): State<Guarded<Schedules>>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    schedules.delete(&name_in_address(name)?, caller(operator), Timestamp::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
