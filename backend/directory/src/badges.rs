//! The badges there are: `GET /api/badges`.

use axum::{Router, routing};
use rollcall_api::badge::BadgeList;
use rollcall_web::json::Json;

pub(crate) fn route() -> Router {
    Router::new().route("/api/badges", routing::get(badges))
}

async fn badges() -> Json<BadgeList> {
    Json(BadgeList::all())
}
