//! Which Rollcall answers and where it runs: `GET /api/info`.
//!
//! Readable without sign-in, since what checks a host's health has no token.

use std::sync::Arc;

use axum::extract::State;
use rollcall_api::info::{Info, RunsOn};
use rollcall_web::json::Json;

pub(crate) async fn info(State(runs_on): State<Arc<RunsOn>>) -> Json<Info> {
    Json(Info { version: env!("CARGO_PKG_VERSION").to_owned(), runs_on: RunsOn::clone(&runs_on) })
}
