//! Looking one employee up: `GET /api/employees/{id}`, and how one is answered.

use axum::extract::State;
use http::StatusCode;
use rollcall_api::employee::Employee;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Reader},
    declared::Route,
    path::Path,
    precondition::{EntityTag, Tagged},
    problem::ApiError,
};

use crate::{
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
    record::Record,
};

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::get("/api/employees/{id}", view)
        .says(|it| {
            it.does("One employee").answers::<Employee>(StatusCode::OK, "As they are.").tagged(StatusCode::OK)
        })
        .with_state(Guarded::new(directory, access))
}

async fn view(
    _: Reader,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
) -> Result<Tagged<Employee>, ApiError> {
    let record = directory.table.get(&id).await?.ok_or_else(no_such_employee)?;
    Ok(tagged(&directory, record).await?)
}

/// What came of a change to someone whom whoever asks has seen.
#[derive(Debug)]
pub(crate) enum Seen<T> {
    /// They were as they were seen.
    As(T),
    /// They were otherwise, and nothing was changed.
    Otherwise(Record),
}

/// An employee as one is shown alone, with the tag of the record.
///
/// # Errors
/// When the table can't be read.
pub(crate) async fn tagged(directory: &Directory, record: Record) -> Result<Tagged<Employee>, Error> {
    Ok(Tagged(tag(&record), directory.in_full(record).await?))
}

/// The tag of what is known of an employee, the photo included. The manager's name, which is shown with it, is no part of the
/// record: who changes that one's name changes nobody else.
pub(crate) fn tag(record: &Record) -> Option<EntityTag> {
    EntityTag::of(&record.clone().into_employee())
}

/// Refuses a change to someone who is not as whoever asks has seen them.
pub(crate) async fn changed_meanwhile(directory: &Directory, current: Record) -> ApiError {
    match tagged(directory, current).await {
        Ok(Tagged(tag, employee)) => ApiError::changed_meanwhile(
            "Someone else has changed this employee meanwhile. Look at what is there now, then change that.",
            tag,
            &employee,
        ),
        Err(error) => error.into(),
    }
}
