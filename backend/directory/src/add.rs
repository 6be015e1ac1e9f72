//! Adding an employee: `POST /api/employees`.

use axum::{Router, extract::State, response::IntoResponse, routing};
use http::{StatusCode, header};
use rollcall_api::{employee::EmployeeInput, employee_details::EmployeeDetails};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    json::Json,
    problem::ApiError,
};

use crate::{
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
    record::Record,
};

pub(crate) fn route(directory: Directory, access: Access) -> Router {
    Router::new().route("/api/employees", routing::post(add)).with_state(Guarded::new(directory, access))
}

async fn add(
    _: Editor,
    State(directory): State<Guarded<Directory>>,
    Json(input): Json<EmployeeInput>,
) -> Result<impl IntoResponse, ApiError> {
    let details = EmployeeDetails::parse(&input).map_err(Error::invalid)?;
    let id = EmployeeId::random();
    let item = directory.table.add(&id, &details).await?;
    let employee = Record::from_item(item).ok_or_else(no_such_employee)?.into_employee();
    let location = [(header::LOCATION, id.url())];
    Ok((StatusCode::CREATED, location, Json(employee)))
}
