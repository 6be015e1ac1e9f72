//! Bringing a former employee back: `POST /api/employees/{id}/restore`.

use axum::{Router, extract::State, routing};
use jiff::Timestamp;
use rollcall_api::employee::Employee;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    json::Json,
    path::Path,
    problem::ApiError,
};

use super::{MAX_ATTEMPTS, not_former, overtaken};
use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    outlive::outlive_request,
    people::store::{Row, Written},
    record::Record,
};

pub(crate) fn route(directory: Directory, access: Access) -> Router {
    Router::new()
        .route("/api/employees/{id}/restore", routing::post(restore))
        .with_state(Guarded::new(directory, access))
}

async fn restore(
    _: Editor,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
) -> Result<Json<Employee>, ApiError> {
    let record = outlive_request(async move { bring_back(&directory, &id).await }).await?;
    Ok(Json(record.into_employee()))
}

/// The photo is there before the table names it. What is kept of them goes when they are back, in the same transaction, so
/// that nobody is in both places or in neither.
async fn bring_back(directory: &Directory, id: &EmployeeId) -> Result<Record, Error> {
    let people = directory.people()?;
    for _ in 0..MAX_ATTEMPTS {
        let now = Timestamp::now();
        let (seen, present) = tokio::try_join!(people.trail(id, now), directory.table.get(id))?;
        if present.is_some() {
            return Err(Error::conflict(
                "Someone with this id is in the directory already: they were restored, or another program added them again.",
            ));
        }
        let former = seen.former.as_ref().ok_or_else(not_former)?;
        let before = former.record.photo();
        let photo = match &before {
            Some(key) => directory.bucket.bring_back(key).await?,
            None => None,
        };
        let row = former.row(photo.as_ref());
        let back = (&seen, seen.clone().back(now));
        // Without a reply the row may name the photo all the same, so that it must stay.
        match people.write(id, back, Row::Put(row.clone()), Vec::new()).await? {
            Written::Done => {
                if let Some(key) = before.filter(|_| photo.is_some()) {
                    directory.bucket.discard_everywhere(&key).await;
                }
                return Record::from_item(row).ok_or_else(not_former);
            }
            Written::Overtaken => {
                if let Some(key) = photo {
                    directory.bucket.discard(&key).await;
                }
            }
        }
    }
    Err(overtaken())
}
