//! Adding an employee: `POST /api/employees`.

use aws_sdk_dynamodb::types::TransactWriteItem;
use axum::{extract::State, response::IntoResponse};
use http::{StatusCode, header};
use jiff::Timestamp;
use rollcall_api::{
    audit::AuditAction,
    employee::{Employee, EmployeeInput},
    employee_details::EmployeeDetails,
};
use rollcall_error::{Error, source_chain};
use rollcall_web::{
    access::{Access, Editor, Guarded},
    declared::Route,
    json::Json,
    problem::ApiError,
};
use serde_json::json;

use crate::{
    deed::Deed,
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
    overtaken::MAX_ATTEMPTS,
    record::{Record, new_item},
    reporting::change::held_by,
    table::Added,
    unique::Taken,
    view::tagged,
};

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::post("/api/employees", add)
        .says(|it| {
            it.does("Add an employee")
                .answers::<Employee>(StatusCode::CREATED, "Who was added.")
                .tagged(StatusCode::CREATED)
                .located(StatusCode::CREATED)
                .for_example(json!({"full_name": "Ada Lovelace", "job_title": "Analyst", "location": "London", "badges": ["coffee"]}))
        })
        .with_state(Guarded::new(directory, access))
}

async fn add(
    editor: Editor,
    State(directory): State<Guarded<Directory>>,
    Json(input): Json<EmployeeInput>,
) -> Result<impl IntoResponse, ApiError> {
    let deed = directory.deed(editor.caller())?;
    let record = directory.add_as(&deed, None, &input).await?;
    let location = [(header::LOCATION, record.id.url())];
    Ok((StatusCode::CREATED, location, tagged(&directory, record).await?))
}

impl Directory {
    /// Adds someone, under the id that they have elsewhere, if any.
    ///
    /// # Errors
    /// 422 with each field that is not valid, 409 when someone has that id already, and when AWS does not answer.
    pub(crate) async fn add_as(
        &self,
        deed: &Deed,
        id: Option<EmployeeId>,
        input: &EmployeeInput,
    ) -> Result<Record, Error> {
        let details = EmployeeDetails::parse(input).map_err(Error::invalid)?;
        let id = id.unwrap_or_else(EmployeeId::random);
        let record = Record::from_item(new_item(&id, &details)).ok_or_else(no_such_employee)?;
        self.add_record(deed, &record, &[]).await?;
        Ok(record)
    }

    /// Adds someone as they are to stand in the table, with whatever else is written beside.
    ///
    /// # Errors
    /// 422 where something is someone else's, or the manager is nobody; 409 when someone has the id; and when AWS does not
    /// answer.
    pub(crate) async fn add_record(
        &self,
        deed: &Deed,
        record: &Record,
        also: &[TransactWriteItem],
    ) -> Result<(), Error> {
        // Nobody is below someone new, so that the manager only has to be there.
        if let Some(manager) = record.manager() {
            held_by(&self.table, record, manager.as_str()).await?;
        }
        for _ in 0..MAX_ATTEMPTS {
            let mut beside = self.claims_of(record, |_| None).await?.map_err(Taken::refused)?;
            beside.extend_from_slice(also);
            beside.extend(deed.arrival(AuditAction::AddEmployee, record)?);
            match self.table.add(record, beside).await? {
                Added::Done => {
                    self.note_added(&record.id).await;
                    return Ok(());
                }
                Added::Taken => return Err(Error::conflict("Someone has this id already.")),
                Added::Overtaken => {}
            }
        }
        Err(Error::conflict(
            "Others want this e-mail address at the same time. Look who has it, then try again.",
        ))
    }

    /// Notes when someone was added. Whoever is there is there all the same if that fails: it is not known then.
    async fn note_added(&self, id: &EmployeeId) {
        let Ok(people) = self.people() else { return };
        if let Err(error) = people.note_added(id, Timestamp::now()).await {
            tracing::warn!(%id, error = source_chain(&error), "it is not known when this employee was added");
        }
    }
}
