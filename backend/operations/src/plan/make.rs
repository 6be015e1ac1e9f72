//! Making a plan: `POST /api/operations/plans`. It changes nothing.

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::plan::{Plan, PlanInput};
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    json::Json,
    problem::ApiError,
};
use serde_json::json;

use super::Plans;
use crate::ids::RevisionNumber;

pub(crate) fn route(plans: Plans, access: Access) -> Route {
    Route::post("/api/operations/plans", make)
        .says(|it| {
            it.does("What a relaunch would do now; changes nothing")
                .answers::<Plan>(StatusCode::OK, "The plan.")
                .refuses(StatusCode::NOT_FOUND)
                .refuses(StatusCode::CONFLICT)
                .for_example(json!({}))
        })
        .with_state(Guarded::new(plans, access))
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
