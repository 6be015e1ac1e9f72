//! The badges there are: `GET /api/badges`.

use http::StatusCode;
use rollcall_api::badge::BadgeList;
use rollcall_web::{access::Everyone, declared::Route, json::Json};

pub(crate) fn route() -> Route {
    Route::get("/api/badges", badges)
        .says(|it| it.does("The badges there are").answers::<BadgeList>(StatusCode::OK, "All of them."))
}

async fn badges(_: Everyone) -> Json<BadgeList> {
    Json(BadgeList::all())
}
