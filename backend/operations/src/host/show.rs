//! Looking at the host: `GET /api/operations/host`.

use axum::extract::State;
use http::StatusCode;
use rollcall_api::host::{Host, HostAnswer};
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    json::Json,
    problem::ApiError,
};

use super::Hosts;

pub(crate) fn route(hosts: Hosts, access: Access) -> Route {
    Route::get("/api/operations/host", show)
        .says(|it| it.does("The host as EC2 sees it").answers::<HostAnswer>(StatusCode::OK, "The host."))
        .with_state(Guarded::new(hosts, access))
}

async fn show(_: Operator, State(hosts): State<Guarded<Hosts>>) -> Result<Json<HostAnswer>, ApiError> {
    Ok(Json(HostAnswer { host: hosts.serving().await?.map(Host::from) }))
}
