//! The badges there are: `GET /api/badges`.

use rollcall_api::badge::BadgeList;
use rollcall_web::json::Json;

pub(crate) async fn badges() -> Json<BadgeList> {
    Json(BadgeList::all())
}
