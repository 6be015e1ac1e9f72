//! Looking at a relaunch: `GET /api/operations/relaunches/{id}`.

use axum::{Router, extract::State, routing::get};
use rollcall_api::relaunch::Relaunch;
use rollcall_web::{access::Operator, json::Json, path::Path, problem::ApiError};

use super::Relaunches;
use crate::{context::Context, ids::RelaunchId};

pub(crate) fn route() -> Router<Context> {
    Router::new().route("/api/operations/relaunches/{id}", get(show))
}

async fn show(
    _: Operator,
    State(relaunches): State<Relaunches>,
    Path(id): Path<RelaunchId>,
) -> Result<Json<Relaunch>, ApiError> {
    Ok(Json(relaunches.get(id).await?.into()))
}
