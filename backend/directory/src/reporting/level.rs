//! A level of the chart: `GET /api/employees/{id}/reports`, `GET /api/chart/top` and `GET /api/chart/lost`.

use axum::extract::State;
use http::StatusCode;
use rollcall_api::reporting::{Report, ReportPage};
use rollcall_error::Error;
use rollcall_search::{Below, Branch, Level, Position};
use rollcall_web::{
    access::{Access, Guarded, Reader},
    declared::Route,
    json::Json,
    page,
    path::Path,
    problem::ApiError,
    query::Query,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    list::query::{LIMITS, not_our_cursor},
    record::Record,
    search::{NotSearchable, Searchable},
    table::Table,
};

/// Which page of a level is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct LevelQuery {
    limit: Option<String>,
    cursor: Option<String>,
}

/// The routes of each level that a chart shows.
pub(crate) fn routes(directory: &Directory, access: &Access) -> [Route; 3] {
    let level = |route: Route<_>, does| {
        let route = route.says(|it| {
            it.does(does)
                .answers::<ReportPage>(StatusCode::OK, "A page.")
                .in_pages(LIMITS)
                .refuses(StatusCode::BAD_REQUEST)
        });
        route.with_state(Guarded::new(directory.clone(), access.clone()))
    };
    [
        level(Route::get("/api/employees/{id}/reports", reports), "Those who report to one"),
        level(Route::get("/api/chart/top", top), "Those at the top"),
        level(Route::get("/api/chart/lost", lost), "Those whose manager left, or who are in a circle"),
    ]
}

async fn reports(
    _: Reader,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
    Query(page): Query<LevelQuery>,
) -> Result<Json<ReportPage>, ApiError> {
    level(&directory, Below::Person(id.as_str()), page).await
}

async fn top(
    _: Reader,
    State(directory): State<Guarded<Directory>>,
    Query(page): Query<LevelQuery>,
) -> Result<Json<ReportPage>, ApiError> {
    level(&directory, Below::Top, page).await
}

async fn lost(
    _: Reader,
    State(directory): State<Guarded<Directory>>,
    Query(page): Query<LevelQuery>,
) -> Result<Json<ReportPage>, ApiError> {
    level(&directory, Below::Lost, page).await
}

async fn level(
    directory: &Directory,
    below: Below<'_>,
    page: LevelQuery,
) -> Result<Json<ReportPage>, ApiError> {
    let limit = page::limit(page.limit.as_deref(), LIMITS).map_err(|error| ApiError::invalid(vec![error]))?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let level = format!("{below:?}");
    let key = directory.search.cursor_key().await.map_err(not_now)?;
    let after = match page::of_a_page(page.cursor.as_deref()) {
        Some(cursor) => Some(key.place(&level, cursor).ok_or_else(not_our_cursor)?),
        None => None,
    };
    let (position, after) = after.map_or((Position::default(), None), |(position, it)| (position, Some(it)));
    let searchable = directory.search.current(position).await.map_err(not_now)?;
    let Searchable { index, position, .. } = searchable;
    let Level { branches, total, more } = index.level(below, after.as_ref(), limit);
    drop(index);
    let last = branches.last().filter(|_| more);
    let next_cursor = last.map(|last| key.cursor(&level, position, &last.place));
    let reports = as_they_are(&directory.table, branches, below).await?;
    Ok(Json(ReportPage { reports, total, next_cursor }))
}

/// Those of a level as the table has them now. Who has another manager since a moment ago is left out.
async fn as_they_are(table: &Table, branches: Vec<Branch>, below: Below<'_>) -> Result<Vec<Report>, Error> {
    let found =
        branches.into_iter().filter_map(|it| Some((EmployeeId::try_from(it.place.id.clone()).ok()?, it)));
    let found: Vec<(EmployeeId, Branch)> = found.collect();
    let ids: Vec<EmployeeId> = found.iter().map(|(id, _)| id.clone()).collect();
    let mut records = table.get_all(&ids).await?;
    let belongs = |record: &Record| match below {
        Below::Person(id) => record.manager().is_some_and(|manager| manager.as_str() == id),
        Below::Top => record.manager().is_none(),
        Below::Lost => record.manager().is_some(),
    };
    let reports = found.into_iter().filter_map(|(id, Branch { direct, below, .. })| {
        let record = records.remove(&id).filter(belongs)?;
        Some(Report { employee: record.into_employee(), direct, below })
    });
    Ok(reports.collect())
}

fn not_now(NotSearchable(reason): NotSearchable) -> ApiError {
    ApiError::unavailable(format!("{reason} Until then it is not known who reports to whom."))
}
