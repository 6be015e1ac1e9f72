//! Looking at a relaunch: `GET /api/operations/relaunches/{id}`.

use axum::extract::State;
use http::StatusCode;
use rollcall_api::relaunch::Relaunch;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    json::Json,
    path::Path,
    problem::ApiError,
};

use super::Relaunches;
use crate::ids::RelaunchId;

pub(crate) fn route(relaunches: Relaunches, access: Access) -> Route {
    Route::get("/api/operations/relaunches/{id}", show)
        .says(|it| {
            it.does("One relaunch, with its steps").answers::<Relaunch>(StatusCode::OK, "As it stands.")
        })
        .with_state(Guarded::new(relaunches, access))
}

async fn show(
    _: Operator,
    State(relaunches): State<Guarded<Relaunches>>,
    Path(id): Path<RelaunchId>,
) -> Result<Json<Relaunch>, ApiError> {
    Ok(Json(relaunches.get(id).await?.into()))
}
