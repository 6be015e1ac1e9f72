//! Adding an employee: `POST /api/employees`.

use axum::{extract::State, response::IntoResponse};
use http::{StatusCode, header};
use rollcall_api::employee::{EmployeeDetails, EmployeeInput};
use rollcall_web::{access::Editor, json::Json, problem::ApiError};

use crate::{Directory, employee_id::EmployeeId, no_such_employee, record::Record};

pub(crate) async fn add(
    _: Editor,
    State(directory): State<Directory>,
    Json(input): Json<EmployeeInput>,
) -> Result<impl IntoResponse, ApiError> {
    let details = EmployeeDetails::parse(&input).map_err(ApiError::invalid)?;
    let id = EmployeeId::random();
    let item = directory.table.add(&id, &details).await?;
    let employee = Record::from_item(&item).ok_or_else(no_such_employee)?.into_employee();
    let location = [(header::LOCATION, id.url())];
    Ok((StatusCode::CREATED, location, Json(employee)))
}
