//! Which Rollcall answers and where it runs: `GET /api/info`.
//!
//! Readable without sign-in, since what checks a host's health has no token.

use axum::{Router, extract::State, routing};
use rollcall_api::info::{Info, RunsOn};
use rollcall_web::json::Json;

pub(crate) fn route(runs_on: RunsOn) -> Router {
    Router::new().route("/api/info", routing::get(info)).with_state(runs_on)
}

async fn info(State(runs_on): State<RunsOn>) -> Json<Info> {
    Json(Info { version: env!("CARGO_PKG_VERSION").to_owned(), runs_on })
}
