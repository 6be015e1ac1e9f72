//! Looking at the host: `GET /api/operations/host`.

use axum::{Router, extract::State, routing::get};
use rollcall_api::host::{Host, HostAnswer};
use rollcall_web::{access::Operator, json::Json, problem::ApiError};

use super::Hosts;
use crate::context::Context;

pub(crate) fn route() -> Router<Context> {
    Router::new().route("/api/operations/host", get(show))
}

async fn show(_: Operator, State(hosts): State<Hosts>) -> Result<Json<HostAnswer>, ApiError> {
    Ok(Json(HostAnswer { host: hosts.serving().await?.map(Host::from) }))
}
