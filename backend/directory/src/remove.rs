//! Removing an employee: `DELETE /api/employees/{id}`.

use axum::{Router, extract::State, routing};
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::former::{By, How};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    path::Path,
    problem::ApiError,
};

use crate::{
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
    former::{MAX_ATTEMPTS, overtaken},
    outlive::outlive_request,
    people::{
        store::{Row, Written},
        trail::{Former, Leaving},
    },
};

pub(crate) fn route(directory: Directory, access: Access) -> Router {
    Router::new()
        .route("/api/employees/{id}", routing::delete(remove))
        .with_state(Guarded::new(directory, access))
}

async fn remove(
    editor: Editor,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
) -> Result<StatusCode, ApiError> {
    let by = By { name: editor.name.clone(), subject: editor.subject.clone() };
    outlive_request(async move { delete(&directory, &id, by).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The row goes and what is kept of them comes in one transaction. Their photo is copied before it and goes after it, so
/// that whatever stops half-way loses none: the table's stream has it finished.
async fn delete(directory: &Directory, id: &EmployeeId, by: By) -> Result<(), Error> {
    let people = directory.people()?;
    for _ in 0..MAX_ATTEMPTS {
        let now = Timestamp::now();
        let (row, trail) = tokio::try_join!(directory.table.get(id), people.trail(id, now))?;
        let Some(row) = row else {
            // The reply to a first attempt may have been lost.
            let former = trail.former.ok_or_else(no_such_employee)?;
            return put_photo_away(directory, &former).await;
        };
        let leaving = Leaving { how: How::Deleted, at: now, by: Some(by.clone()) };
        if let Some(key) = row.photo() {
            directory.bucket.keep(&key, leaving.how).await?;
        }
        let left = (&trail, trail.clone().left(row.clone(), leaving));
        if people.write(id, left, Row::Delete(&row), Vec::new()).await? == Written::Done {
            if let Some(key) = row.photo() {
                directory.bucket.discard(&key).await;
            }
            return Ok(());
        }
    }
    Err(overtaken())
}

/// Moves the photo of someone who is gone, if that is not done.
async fn put_photo_away(directory: &Directory, former: &Former) -> Result<(), Error> {
    if let Some(key) = former.record.photo() {
        directory.bucket.keep(&key, former.how).await?;
        directory.bucket.discard(&key).await;
    }
    Ok(())
}
