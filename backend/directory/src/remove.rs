//! Removing an employee: `DELETE /api/employees/{id}`.

use axum::{Router, extract::State, routing};
use http::StatusCode;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    path::Path,
    problem::ApiError,
};

use crate::{
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
    outlive::outlive_request,
};

pub(crate) fn route(directory: Directory, access: Access) -> Router {
    Router::new()
        .route("/api/employees/{id}", routing::delete(remove))
        .with_state(Guarded::new(directory, access))
}

async fn remove(
    _: Editor,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
) -> Result<StatusCode, ApiError> {
    outlive_request(async move { delete(&directory, &id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The reply to a first attempt may have been lost: then this one finds nothing, and what was seen before says which
/// photo to delete.
async fn delete(directory: &Directory, id: &EmployeeId) -> Result<(), Error> {
    let seen = directory.table.get(id).await?.ok_or_else(no_such_employee)?;
    let removed = directory.table.remove(id).await?.unwrap_or(seen);
    if let Some(key) = removed.photo() {
        directory.bucket.discard(&key).await;
    }
    Ok(())
}
