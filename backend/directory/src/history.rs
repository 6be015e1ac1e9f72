//! What was done to an employee, newest first: `GET /api/employees/{id}/history?limit&cursor`.
//!
//! For editors: it tells what stood in a record before someone took it out. It goes on for those who left, until they are
//! erased.

use axum::extract::State;
use http::StatusCode;
use rollcall_api::audit::HistoryPage;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    declared::Route,
    json::Json,
    page::{self, PageLimits, PageQuery},
    path::Path,
    problem::ApiError,
    query::Query,
};
use uuid::Uuid;

use crate::{directory::Directory, employee_id::EmployeeId};

const LIMITS: PageLimits = PageLimits { default: 20, max: 100 };

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::get("/api/employees/{id}/history", history)
        .says(|it| {
            it.does("What was done to an employee, newest first")
                .answers::<HistoryPage>(StatusCode::OK, "A page.")
                .in_pages(LIMITS)
        })
        .with_state(Guarded::new(directory, access))
}

async fn history(
    _: Editor,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<HistoryPage>, ApiError> {
    let asked = query.parse::<Uuid>(LIMITS)?;
    let found =
        directory.audit()?.history(id.as_str(), asked.limit, asked.after).await.map_err(Error::from)?;
    Ok(Json(HistoryPage { entries: found.records, next_cursor: found.next.map(|key| page::cursor(&key)) }))
}
