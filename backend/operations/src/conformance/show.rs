//! Looking at the conformance of the account: `GET /api/operations/conformance`.

use axum::{Router, extract::State, routing::get};
use jiff::Timestamp;
use rollcall_api::conformance::Conformance;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    json::Json,
};

use super::ConformanceCheck;

pub(crate) fn route(check: ConformanceCheck, access: Access) -> Router {
    Router::new().route("/api/operations/conformance", get(show)).with_state(Guarded::new(check, access))
}

async fn show(_: Operator, State(check): State<Guarded<ConformanceCheck>>) -> Json<Conformance> {
    Json(check.check(Timestamp::now()).await)
}
