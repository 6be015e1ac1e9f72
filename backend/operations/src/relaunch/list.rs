//! Listing relaunches, newest first: `GET /api/operations/relaunches?limit&cursor`.

use axum::extract::State;
use http::StatusCode;
use rollcall_api::relaunch::{Relaunch, RelaunchPage};
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    json::Json,
    page::{self, PageLimits, PageQuery},
    problem::ApiError,
    query::Query,
};

use super::Relaunches;

/// A relaunch has a few KB of steps and messages.
const LIMITS: PageLimits = PageLimits { default: 20, max: 100 };

pub(crate) fn route(relaunches: Relaunches, access: Access) -> Route {
    Route::get("/api/operations/relaunches", list)
        .says(|it| {
            it.does("Relaunches, newest first")
                .answers::<RelaunchPage>(StatusCode::OK, "A page.")
                .in_pages(LIMITS)
        })
        .with_state(Guarded::new(relaunches, access))
}

async fn list(
    _: Operator,
    State(relaunches): State<Guarded<Relaunches>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<RelaunchPage>, ApiError> {
    let asked = query.parse(LIMITS)?;
    let found = relaunches.list(asked.limit, asked.after).await?;
    Ok(Json(RelaunchPage {
        next_cursor: found.page.next.map(|key| page::cursor(&key)),
        unreadable: found.unreadable,
        relaunches: found.page.records.into_iter().map(Relaunch::from).collect(),
    }))
}
