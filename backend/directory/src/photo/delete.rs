//! Removing a photo: `DELETE /api/employees/{id}/photo`.

use axum::{Router, extract::State, routing};
use http::StatusCode;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    path::Path,
    problem::ApiError,
};

use super::{MAX_ATTEMPTS, overtaken};
use crate::{
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
    outlive::outlive_request,
    record::OBJECT_KEY,
    table::Change,
};

pub(crate) fn route(directory: Directory, access: Access) -> Router {
    Router::new()
        .route("/api/employees/{id}/photo", routing::delete(delete))
        .with_state(Guarded::new(directory, access))
}

async fn delete(
    _: Editor,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
) -> Result<StatusCode, ApiError> {
    outlive_request(async move { forget(&directory, &id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// First the table forgets the photo, whatever it holds in its place, then the object goes; no photo is as good as
/// one removed.
async fn forget(directory: &Directory, id: &EmployeeId) -> Result<(), Error> {
    let mut last = None;
    for _ in 0..MAX_ATTEMPTS {
        let record = directory.table.get(id).await?.ok_or_else(no_such_employee)?;
        if record.attribute(OBJECT_KEY).is_none() {
            // Either there never was one, or an attempt succeeded whose reply was lost.
            if let Some(key) = last {
                directory.bucket.discard(&key).await;
            }
            return Ok(());
        }
        let photo = record.photo();
        match directory.table.change(&record, &[OBJECT_KEY], vec![(OBJECT_KEY, None)], Vec::new()).await? {
            Change::Done(_) => {
                if let Some(key) = &photo {
                    directory.bucket.discard(key).await;
                }
                return Ok(());
            }
            Change::Overtaken => last = photo,
        }
    }
    Err(overtaken())
}
