//! Which Rollcall answers and where it runs: `GET /api/info`.
//!
//! Readable without sign-in, since what checks a host's health has no token.

use axum::extract::State;
use http::StatusCode;
use rollcall_api::info::{Info, RunsOn};
use rollcall_web::{access::Everyone, declared::Route, json::Json};

pub(crate) fn route(runs_on: RunsOn) -> Route {
    Route::get("/api/info", info)
        .says(|it| it.does("Version, and where it runs").answers::<Info>(StatusCode::OK, "What serves this."))
        .with_state(runs_on)
}

async fn info(_: Everyone, State(runs_on): State<RunsOn>) -> Json<Info> {
    Json(Info { version: env!("CARGO_PKG_VERSION").to_owned(), runs_on })
}
