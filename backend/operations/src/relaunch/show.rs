//! Looking at a relaunch: `GET /api/operations/relaunches/{id}`.

use axum::{Router, extract::State, routing::get};
use rollcall_api::relaunch::Relaunch;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    json::Json,
    path::Path,
    problem::ApiError,
};

use super::Relaunches;
use crate::ids::RelaunchId;

pub(crate) fn route(relaunches: Relaunches, access: Access) -> Router {
    Router::new()
        .route("/api/operations/relaunches/{id}", get(show))
        .with_state(Guarded::new(relaunches, access))
}

async fn show(
    _: Operator,
    State(relaunches): State<Guarded<Relaunches>>,
    Path(id): Path<RelaunchId>,
) -> Result<Json<Relaunch>, ApiError> {
    Ok(Json(relaunches.get(id).await?.into()))
}
