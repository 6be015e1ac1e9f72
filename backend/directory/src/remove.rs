//! Removing an employee: `DELETE /api/employees/{id}`.

use axum::extract::State;
use http::StatusCode;
use rollcall_web::{access::Editor, path::Path, problem::ApiError};

use crate::{Directory, employee_id::EmployeeId, no_such_employee, outlive::outlive_request};

pub(crate) async fn remove(
    _: Editor,
    State(directory): State<Directory>,
    Path(id): Path<EmployeeId>,
) -> Result<StatusCode, ApiError> {
    outlive_request(async move {
        let seen = directory.table.get(&id).await?.ok_or_else(no_such_employee)?;
        // The reply to a first attempt may have been lost: then this one finds nothing, and what was seen before
        // says which photo to delete.
        let removed = directory.table.remove(&id).await?.unwrap_or(seen);
        if let Some(key) = removed.photo() {
            directory.bucket.discard(&key).await;
        }
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
