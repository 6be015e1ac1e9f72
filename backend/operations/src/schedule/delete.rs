//! Removing a schedule: `DELETE /api/operations/schedules/{name}`.

use axum::{Router, extract::State, routing};
use http::StatusCode;
use jiff::Timestamp;
use rollcall_web::{access::Operator, path::Path, problem::ApiError};

use super::{ScheduleName, Schedules};
use crate::context::{Context, caller};

pub(super) fn route() -> Router<Context> {
    Router::new().route("/api/operations/schedules/{name}", routing::delete(delete))
}

async fn delete(
    operator: Operator,
    State(schedules): State<Schedules>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    schedules.delete(&ScheduleName::in_address(name)?, caller(operator), Timestamp::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
