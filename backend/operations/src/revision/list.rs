//! Listing revisions, newest first: `GET /api/operations/revisions?limit&cursor`.

use axum::extract::State;
use http::StatusCode;
use rollcall_api::revision::{Revision, RevisionPage};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    json::Json,
    page::{self, PageLimits, PageQuery},
    problem::ApiError,
    query::Query,
};

use super::Revisions;

/// A revision has up to 16 KB of user data, and a function's answer may have 6 MB
/// ([Lambda quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)).
const LIMITS: PageLimits = PageLimits { default: 20, max: 100 };

pub(crate) fn route(revisions: Revisions, access: Access) -> Route {
    Route::get("/api/operations/revisions", list)
        .says(|it| {
            it.does("Revisions, newest first")
                .answers::<RevisionPage>(StatusCode::OK, "A page.")
                .in_pages(LIMITS)
        })
        .with_state(Guarded::new(revisions, access))
}

async fn list(
    _: Operator,
    State(revisions): State<Guarded<Revisions>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<RevisionPage>, ApiError> {
    let asked = query.parse(LIMITS)?;
    let found = revisions.list(asked.limit, asked.after).await.map_err(Error::from)?;
    let last = found.records.last().map(|last| last.number.to_string());
    Ok(Json(RevisionPage {
        next_cursor: found.next.and(last).map(|key| page::cursor(&key)),
        revisions: found.records.into_iter().map(Revision::from).collect(),
    }))
}
