//! Adding an employee: `POST /api/employees`.

use axum::{Router, extract::State, response::IntoResponse, routing};
use http::{StatusCode, header};
use rollcall_api::{employee::EmployeeInput, employee_details::EmployeeDetails, field::EMAIL};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    json::Json,
    problem::ApiError,
};

use crate::{
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
    record::{Record, new_item},
    reporting::change::held_by,
    table::Added,
};

/// How often adding starts over because someone else claimed the e-mail address meanwhile.
const MAX_ATTEMPTS: u32 = 5;

pub(crate) fn route(directory: Directory, access: Access) -> Router {
    Router::new().route("/api/employees", routing::post(add)).with_state(Guarded::new(directory, access))
}

async fn add(
    _: Editor,
    State(directory): State<Guarded<Directory>>,
    Json(input): Json<EmployeeInput>,
) -> Result<impl IntoResponse, ApiError> {
    let record = directory.add(&input).await?;
    let location = [(header::LOCATION, record.id.url())];
    Ok((StatusCode::CREATED, location, Json(directory.in_full(record).await?)))
}

impl Directory {
    /// Adds someone, under a new id.
    ///
    /// # Errors
    /// 422 with each field that is not valid, and when AWS does not answer.
    pub(crate) async fn add(&self, input: &EmployeeInput) -> Result<Record, Error> {
        self.add_as(None, input).await
    }

    /// Adds someone, under the id that they have elsewhere, if any.
    ///
    /// # Errors
    /// As [`Directory::add`], and 409 when someone has that id already.
    pub(crate) async fn add_as(
        &self,
        id: Option<EmployeeId>,
        input: &EmployeeInput,
    ) -> Result<Record, Error> {
        let details = EmployeeDetails::parse(input).map_err(Error::invalid)?;
        let id = id.unwrap_or_else(EmployeeId::random);
        let record = Record::from_item(new_item(&id, &details)).ok_or_else(no_such_employee)?;
        // Nobody is below someone new, so that the manager only has to be there.
        if let Some(manager) = record.manager() {
            held_by(&self.table, &record, manager.as_str()).await?;
        }
        for _ in 0..MAX_ATTEMPTS {
            let beside = self.claim_of_email(&id, None, record.text(EMAIL)).await?;
            match self.table.add(&record, beside).await? {
                Added::Done => return Ok(record),
                Added::Taken => return Err(Error::conflict("Someone has this id already.")),
                Added::Overtaken => {}
            }
        }
        Err(Error::conflict(
            "Others want this e-mail address at the same time. Look who has it, then try again.",
        ))
    }
}
