//! Looking at the host: `GET /api/operations/host`.

use axum::{Router, extract::State, routing::get};
use rollcall_api::host::{Host, HostAnswer};
use rollcall_web::{
    access::{Access, Guarded, Operator},
    json::Json,
    problem::ApiError,
};

use super::Hosts;

pub(crate) fn route(hosts: Hosts, access: Access) -> Router {
    Router::new().route("/api/operations/host", get(show)).with_state(Guarded::new(hosts, access))
}

async fn show(_: Operator, State(hosts): State<Guarded<Hosts>>) -> Result<Json<HostAnswer>, ApiError> {
    Ok(Json(HostAnswer { host: hosts.serving().await?.map(Host::from) }))
}
