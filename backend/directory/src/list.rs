//! Listing and finding employees:
//! `GET /api/employees?q&location&job_title&badge&sort&facets&limit&cursor`.

use axum::extract::State;
use http::StatusCode;
use rollcall_api::employee::{Employee, EmployeeFacets, EmployeePage, FacetCount};
use rollcall_error::Error;
use rollcall_search::{Facets, Finder, Found, Place, Position, Reach, Search, spelled_as};
use rollcall_web::{
    access::{Access, Guarded, Reader},
    declared::Route,
    json::Json,
    page,
    problem::ApiError,
    query::Pairs,
};

use self::query::{LIMITS, ListQuery, Start, asked, not_our_cursor};
use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    record::Record,
    search::{NotSearchable, Searchable, cursor::CursorKey, people::person},
    table::Table,
};

pub(crate) mod query;

/// How many pages of the table are read for one answer where few of them match; DynamoDB may return empty ones, too.
const MAX_TABLE_PAGES: u32 = 8;

/// How many are told who come close, where nobody matches.
const MAX_CLOSE: usize = 10;

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::get("/api/employees", list)
        .says(|it| {
            asked(it.does("The employees who match"), LIMITS)
                .answers::<EmployeePage>(StatusCode::OK, "A page.")
        })
        .with_state(Guarded::new(directory, access))
}

async fn list(
    _: Reader,
    State(directory): State<Guarded<Directory>>,
    Pairs(pairs): Pairs,
) -> Result<Json<EmployeePage>, ApiError> {
    page_of(&directory, ListQuery::parse(pairs, LIMITS)?).await.map(Json)
}

/// The page of those who are asked for.
pub(crate) async fn page_of(directory: &Directory, query: ListQuery) -> Result<EmployeePage, ApiError> {
    // Whoever began in the table's order goes on in it, so that nobody is left out or comes twice.
    if let Start::BehindOfTable(id) = &query.start {
        let reason = "This list was begun without the search index, and goes on in the table's own order.";
        return from_table(&directory.table, &query, Some(id), reason.to_owned()).await;
    }
    let key = directory.search.cursor_key();
    let found = if let Start::Behind(cursor) = &query.start {
        let key = key.await.map_err(|NotSearchable(reason)| not_now(&reason))?;
        let (position, place) = key.place(&query.canonical(), cursor).ok_or_else(not_our_cursor)?;
        let searchable = directory.search.current(position).await;
        (searchable.map_err(|NotSearchable(reason)| not_now(&reason))?, key, Some(place))
    } else {
        match tokio::join!(directory.search.current(Position::default()), key) {
            (Ok(searchable), Ok(key)) => (searchable, key, None),
            (Err(NotSearchable(reason)), _) | (_, Err(NotSearchable(reason))) => {
                let reason =
                    format!("{reason} Until then people are listed in no order, and searching is slow.");
                return from_table(&directory.table, &query, None, reason).await;
            }
        }
    };
    let (searchable, key, place) = found;
    from_index(&directory.table, query, searchable, key, place).await
}

fn not_now(reason: &str) -> ApiError {
    ApiError::unavailable(format!("{reason} This page can't be had now; the first one can."))
}

/// The page that the index finds, with everyone as the table has them now.
async fn from_index(
    table: &Table,
    query: ListQuery,
    searchable: Searchable,
    key: &CursorKey,
    after: Option<Place>,
) -> Result<EmployeePage, ApiError> {
    let Searchable { index, position, limited } = searchable;
    let text = query.canonical();
    let search = Search { after, ..query.search };
    let Found { people, total, more, facets } = index.search(&search);
    let next_cursor = people.last().filter(|_| more).map(|last| key.cursor(&text, position, last));
    let far = (total == 0 && search.after.is_none() && !search.query.is_empty()).then(|| Search {
        reach: Reach::Far,
        limit: MAX_CLOSE,
        facets: false,
        ..search.clone()
    });
    let people = far.as_ref().map_or(people, |far| index.search(far).people);
    drop(index);
    let found = still_found(table, people, far.as_ref().unwrap_or(&search)).await?;
    let closest = found.first().filter(|_| far.is_some());
    let meant = closest.map(|closest| spelled_as(&query.typed, &person(closest)));
    let found = found.into_iter().map(Record::into_employee).collect();
    let (employees, close) = if far.is_some() { (Vec::new(), found) } else { (found, Vec::new()) };
    Ok(EmployeePage {
        employees,
        total: Some(total),
        next_cursor,
        facets: facets.map(wire_facets),
        meant,
        close,
        limited,
    })
}

/// Those who were found, as the table has them now. Who was changed a moment ago may match no more, and is left out.
async fn still_found(table: &Table, people: Vec<Place>, search: &Search) -> Result<Vec<Record>, Error> {
    let found = people.into_iter().filter_map(|Place { id, .. }| EmployeeId::try_from(id).ok());
    let ids: Vec<EmployeeId> = found.collect();
    let mut records = table.get_all(&ids).await?;
    let finder = Finder::new(search);
    let records = ids.iter().filter_map(|id| records.remove(id));
    Ok(records.filter(|record| finder.finds(&person(record))).collect())
}

/// A page in the table's own order, of those who match.
async fn from_table(
    table: &Table,
    query: &ListQuery,
    after: Option<&EmployeeId>,
    reason: String,
) -> Result<EmployeePage, ApiError> {
    let finder = Finder::new(&query.search);
    let limit = u32::try_from(query.search.limit).unwrap_or(u32::MAX);
    let mut employees: Vec<Employee> = Vec::new();
    let mut after = after.cloned();
    for _ in 0..MAX_TABLE_PAGES {
        let page = table.page(Some(limit), after.as_ref()).await?;
        let found = page.records.into_iter().filter(|record| finder.finds(&person(record)));
        employees.extend(found.map(Record::into_employee));
        after = page.next;
        if after.is_none() || !employees.is_empty() {
            break;
        }
    }
    Ok(EmployeePage {
        employees,
        total: None,
        next_cursor: after.map(|id| page::cursor(id.as_str())),
        facets: None,
        meant: None,
        close: Vec::new(),
        limited: Some(reason),
    })
}

fn wire_facets(facets: Facets) -> EmployeeFacets {
    let wire = |counts: Vec<(String, u64)>| {
        counts.into_iter().map(|(value, count)| FacetCount { value, count }).collect()
    };
    EmployeeFacets {
        locations: wire(facets.locations),
        job_titles: wire(facets.job_titles),
        badges: wire(facets.badges),
    }
}
