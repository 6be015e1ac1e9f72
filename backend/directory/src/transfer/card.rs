//! One employee for an address book: `GET /api/employees/{id}/vcard`.

use std::slice;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;
use rollcall_web::{
    access::{Access, Guarded, Reader},
    declared::Route,
    path::Path,
    problem::ApiError,
};

use super::vcard;
use crate::{
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
};

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::get("/api/employees/{id}/vcard", card)
        .says(|it| it.does("An employee for an address book").answers_file("The card.", "text/vcard"))
        .with_state(Guarded::new(directory, access))
}

async fn card(
    _: Reader,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
) -> Result<Response, ApiError> {
    let employee = directory.table.get(&id).await?.ok_or_else(no_such_employee)?.into_employee();
    let card = vcard::cards(&directory, slice::from_ref(&employee)).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/vcard; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"employee.vcf\""),
    ];
    Ok((headers, card).into_response())
}
