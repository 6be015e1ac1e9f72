//! Removing a photo: `DELETE /api/employees/{id}/photo`.

use axum::extract::State;
use http::StatusCode;
use rollcall_web::{access::Editor, path::Path, problem::ApiError};

use super::{MAX_ATTEMPTS, overtaken};
use crate::{
    Directory, employee_id::EmployeeId, no_such_employee, outlive::outlive_request, table::PhotoChange,
};

pub(crate) async fn remove(
    _: Editor,
    State(directory): State<Directory>,
    Path(id): Path<EmployeeId>,
) -> Result<StatusCode, ApiError> {
    outlive_request(async move { forget(&directory, &id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// First the table forgets the photo, then the object goes; no photo is as good as one removed.
async fn forget(directory: &Directory, id: &EmployeeId) -> Result<(), ApiError> {
    let mut last = None;
    for _ in 0..MAX_ATTEMPTS {
        let record = directory.table.get(id).await?.ok_or_else(no_such_employee)?;
        let Some(photo) = record.photo() else {
            // Either there never was one, or an attempt succeeded whose reply was lost.
            if let Some(key) = last {
                directory.bucket.discard(&key).await;
            }
            return Ok(());
        };
        match directory.table.remove_photo(id, photo).await? {
            PhotoChange::Done(_) => {
                if let Some(key) = &photo.key {
                    directory.bucket.discard(key).await;
                }
                return Ok(());
            }
            PhotoChange::Overtaken => last = photo.key.clone(),
        }
    }
    Err(overtaken())
}
