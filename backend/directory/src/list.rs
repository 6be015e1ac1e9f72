//! Listing employees: `GET /api/employees?limit&cursor`.

use axum::extract::State;
use rollcall_api::{
    employee::{DEFAULT_PAGE_EMPLOYEES, EmployeePage, MAX_PAGE_EMPLOYEES},
    problem::FieldError,
};
use rollcall_web::{access::Reader, json::Json, problem::ApiError, query::Query};
use serde::Deserialize;

use crate::{
    Directory,
    cursor::Cursor,
    record::Record,
    table::{Page, Table},
};

/// How many empty pages of the table are skipped before one is answered; DynamoDB may return some.
const MAX_EMPTY_PAGES: u32 = 8;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct ListQuery {
    limit: Option<String>,
    cursor: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Listing {
    limit: i32,
    cursor: Option<Cursor>,
}

pub(crate) async fn list(
    _: Reader,
    State(directory): State<Directory>,
    Query(query): Query<ListQuery>,
) -> Result<Json<EmployeePage>, ApiError> {
    let listing = Listing::parse(&query).map_err(ApiError::invalid)?;
    let page = filled_page(&directory.table, listing).await?;
    Ok(Json(EmployeePage {
        employees: page.records.into_iter().map(Record::into_employee).collect(),
        next_cursor: page.next.map(|cursor| cursor.encode()),
    }))
}

async fn filled_page(table: &Table, listing: Listing) -> Result<Page, ApiError> {
    let mut page = table.page(listing.limit, listing.cursor).await?;
    for _ in 0..MAX_EMPTY_PAGES {
        match page.next {
            Some(next) if page.records.is_empty() => page = table.page(listing.limit, Some(next)).await?,
            _ => break,
        }
    }
    Ok(page)
}

impl Listing {
    fn parse(query: &ListQuery) -> Result<Self, Vec<FieldError>> {
        let limit = limit(query.limit.as_deref());
        let cursor = query.cursor.as_deref().map(cursor).transpose();
        match (limit, cursor) {
            (Ok(limit), Ok(cursor)) => Ok(Self { limit, cursor }),
            (limit, cursor) => Err(limit.err().into_iter().chain(cursor.err()).collect()),
        }
    }
}

fn limit(text: Option<&str>) -> Result<i32, FieldError> {
    let limit = match text {
        None => Some(DEFAULT_PAGE_EMPLOYEES),
        Some(text) => text.parse().ok().filter(|limit| (1..=MAX_PAGE_EMPLOYEES).contains(limit)),
    };
    limit.and_then(|limit| i32::try_from(limit).ok()).ok_or_else(|| {
        let detail = format!("must be a whole number from 1 to {MAX_PAGE_EMPLOYEES}");
        FieldError::new("limit", detail)
    })
}

fn cursor(text: &str) -> Result<Cursor, FieldError> {
    let detail = "is none this directory gave out; pass next_cursor of the page before as it is";
    Cursor::decode(text).ok_or_else(|| FieldError::new("cursor", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(limit: Option<&str>, cursor: Option<&str>) -> Result<Listing, Vec<String>> {
        let query = ListQuery { limit: limit.map(str::to_owned), cursor: cursor.map(str::to_owned) };
        Listing::parse(&query).map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    }

    #[test]
    fn a_page_holds_fifty_unless_told_otherwise() {
        assert_eq!(parse(None, None), Ok(Listing { limit: 50, cursor: None }));
        assert_eq!(parse(Some("200"), None).map(|listing| listing.limit), Ok(200));
        assert_eq!(parse(Some("1"), None).map(|listing| listing.limit), Ok(1));
    }

    #[test]
    fn a_limit_out_of_range_is_refused() {
        for limit in ["0", "201", "-1", "ten", "", "1.5", "99999999999999"] {
            assert_eq!(parse(Some(limit), None), Err(vec!["limit".to_owned()]), "{limit}");
        }
    }

    #[test]
    fn everything_wrong_with_a_query_is_told_at_once() {
        assert_eq!(parse(Some("0"), Some("?")), Err(vec!["limit".to_owned(), "cursor".to_owned()]));
    }
}
