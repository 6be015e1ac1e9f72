//! Listing former employees, newest first: `GET /api/former-employees?limit&cursor`.

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::{
    employee::Employee,
    former::{DEFAULT_PAGE_FORMER, FormerEmployee, FormerPage, MAX_PAGE_FORMER},
};
use rollcall_web::{
    access::{Access, Editor, Guarded},
    declared::Route,
    json::Json,
    page::{self, PageLimits, PageQuery},
    problem::ApiError,
    query::Query,
};
use uuid::Uuid;

use crate::{directory::Directory, people::trail::Former};

const LIMITS: PageLimits = PageLimits { default: DEFAULT_PAGE_FORMER, max: MAX_PAGE_FORMER };

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::get("/api/former-employees", list)
        .says(|it| {
            it.does("Former employees, newest first")
                .answers::<FormerPage>(StatusCode::OK, "A page.")
                .in_pages(LIMITS)
        })
        .with_state(Guarded::new(directory, access))
}

async fn list(
    _: Editor,
    State(directory): State<Guarded<Directory>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<FormerPage>, ApiError> {
    let asked = query.parse::<Uuid>(LIMITS)?;
    let after = asked.after.map(|place| place.to_string());
    let found = directory.people()?.former(asked.limit, after, Timestamp::now()).await?;
    Ok(Json(FormerPage {
        former: found.records.into_iter().map(|(former, expires_at)| shown(former, expires_at)).collect(),
        next_cursor: found.next.map(|place| page::cursor(&place)),
    }))
}

fn shown(former: Former, expires_at: Option<Timestamp>) -> FormerEmployee {
    let Former { record, left_at, how, by, merged, .. } = former;
    let merged_into = merged.map(|merged| merged.into.to_string());
    let employee = Employee { photo_url: None, ..record.into_employee() };
    FormerEmployee { employee, left_at, how, by, merged_into, expires_at }
}
