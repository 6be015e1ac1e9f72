//! Looking at the conformance of the account: `GET /api/operations/conformance`.

use axum::{Router, extract::State, routing::get};
use jiff::Timestamp;
use rollcall_api::conformance::Conformance;
use rollcall_web::{access::Operator, json::Json};

use super::ConformanceCheck;
use crate::context::Context;

pub(crate) fn route() -> Router<Context> {
    Router::new().route("/api/operations/conformance", get(show))
}

async fn show(_: Operator, State(check): State<ConformanceCheck>) -> Json<Conformance> {
    Json(check.check(Timestamp::now()).await)
}
