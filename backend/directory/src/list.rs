//! Listing employees: `GET /api/employees?limit&cursor`.

use axum::{Router, extract::State, routing};
use rollcall_api::employee::{DEFAULT_PAGE_EMPLOYEES, EmployeePage, MAX_PAGE_EMPLOYEES};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Reader},
    json::Json,
    page::{self, PageLimits, PageQuery, PageRequest},
    problem::ApiError,
    query::Query,
};

use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    record::Record,
    table::{Page, Table},
};

const LIMITS: PageLimits = PageLimits { default: DEFAULT_PAGE_EMPLOYEES, max: MAX_PAGE_EMPLOYEES };

/// How many empty pages of the table are skipped before one is answered; DynamoDB may return some.
const MAX_EMPTY_PAGES: u32 = 8;

pub(crate) fn route(directory: Directory, access: Access) -> Router {
    Router::new().route("/api/employees", routing::get(list)).with_state(Guarded::new(directory, access))
}

async fn list(
    _: Reader,
    State(directory): State<Guarded<Directory>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<EmployeePage>, ApiError> {
    let page = filled_page(&directory.table, query.parse(LIMITS)?).await?;
    Ok(Json(EmployeePage {
        employees: page.records.into_iter().map(Record::into_employee).collect(),
        next_cursor: page.next.map(|id| page::cursor(id.as_str())),
    }))
}

async fn filled_page(table: &Table, asked: PageRequest<EmployeeId>) -> Result<Page, Error> {
    let mut page = table.page(asked.limit, asked.after.as_ref()).await?;
    for _ in 0..MAX_EMPTY_PAGES {
        match page.next {
            Some(next) if page.records.is_empty() => page = table.page(asked.limit, Some(&next)).await?,
            _ => break,
        }
    }
    Ok(page)
}
