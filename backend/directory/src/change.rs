//! Changing an employee: `PUT /api/employees/{id}`.

use axum::extract::State;
use rollcall_api::employee::{Employee, EmployeeDetails, EmployeeInput};
use rollcall_web::{access::Editor, json::Json, path::Path, problem::ApiError};

use crate::{Directory, employee_id::EmployeeId, no_such_employee};

pub(crate) async fn change(
    _: Editor,
    State(directory): State<Directory>,
    Path(id): Path<EmployeeId>,
    Json(input): Json<EmployeeInput>,
) -> Result<Json<Employee>, ApiError> {
    let details = EmployeeDetails::parse(&input).map_err(ApiError::invalid)?;
    let record = directory.table.change(&id, &details).await?.ok_or_else(no_such_employee)?;
    Ok(Json(record.into_employee()))
}
