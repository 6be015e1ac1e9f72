//! Looking at the conformance of the account: `GET /api/operations/conformance`.

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::conformance::Conformance;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    json::Json,
};

use super::ConformanceCheck;

pub(crate) fn route(check: ConformanceCheck, access: Access) -> Route {
    Route::get("/api/operations/conformance", show)
        .says(|it| {
            it.does("The account held against the templates")
                .answers::<Conformance>(StatusCode::OK, "What was found.")
        })
        .with_state(Guarded::new(check, access))
}

async fn show(_: Operator, State(check): State<Guarded<ConformanceCheck>>) -> Json<Conformance> {
    Json(check.check(Timestamp::now()).await)
}
