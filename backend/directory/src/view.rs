//! Looking one employee up: `GET /api/employees/{id}`.

use axum::{Router, extract::State, routing};
use rollcall_api::employee::Employee;
use rollcall_web::{
    access::{Access, Guarded, Reader},
    json::Json,
    path::Path,
    problem::ApiError,
};

use crate::{
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
};

pub(crate) fn route(directory: Directory, access: Access) -> Router {
    Router::new().route("/api/employees/{id}", routing::get(view)).with_state(Guarded::new(directory, access))
}

async fn view(
    _: Reader,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
) -> Result<Json<Employee>, ApiError> {
    let record = directory.table.get(&id).await?.ok_or_else(no_such_employee)?;
    Ok(Json(directory.in_full(record).await?))
}
