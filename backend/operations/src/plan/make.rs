//! Making a plan: `POST /api/operations/plans`. It changes nothing.

use axum::{Router, extract::State, routing::post};
use jiff::Timestamp;
use rollcall_api::plan::{Plan, PlanInput};
use rollcall_web::{
    access::{Access, Guarded, Operator},
    json::Json,
    problem::ApiError,
};

use super::Plans;
use crate::ids::RevisionNumber;

pub(crate) fn route(plans: Plans, access: Access) -> Router {
    Router::new().route("/api/operations/plans", post(make)).with_state(Guarded::new(plans, access))
}

/// The body may be left out: a plan for the newest revision.
async fn make(
    _: Operator,
    State(plans): State<Guarded<Plans>>,
    input: Option<Json<PlanInput>>,
) -> Result<Json<Plan>, ApiError> {
    let Json(input) = input.unwrap_or_default();
    Ok(Json(plans.draw_up(input.revision.map(RevisionNumber), Timestamp::now()).await?))
}
