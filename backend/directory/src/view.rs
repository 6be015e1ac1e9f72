//! Looking one employee up: `GET /api/employees/{id}`.

use axum::extract::State;
use rollcall_api::employee::Employee;
use rollcall_web::{access::Reader, json::Json, path::Path, problem::ApiError};

use crate::{Directory, employee_id::EmployeeId, no_such_employee};

pub(crate) async fn view(
    _: Reader,
    State(directory): State<Directory>,
    Path(id): Path<EmployeeId>,
) -> Result<Json<Employee>, ApiError> {
    let record = directory.table.get(&id).await?.ok_or_else(no_such_employee)?;
    Ok(Json(record.into_employee()))
}
