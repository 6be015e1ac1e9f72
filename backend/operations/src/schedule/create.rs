//! Making a schedule: `POST /api/operations/schedules`.

use axum::{extract::State, response::IntoResponse};
use http::{StatusCode, header};
use jiff::Timestamp;
use rollcall_api::{
    audit::AuditAction,
    problem::FieldError,
    schedule::{Schedule, ScheduleInput},
};
use rollcall_audit::{Caller, Entry};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    json::Json,
    precondition::Tagged,
    problem::ApiError,
};
use serde_json::json;

use super::{
    Schedules,
    draft::{Draft, StoredSchedule},
    invalid,
    store::Save,
};
use crate::ids::ScheduleName;

pub(crate) fn route(schedules: Schedules, access: Access) -> Route {
    Route::post("/api/operations/schedules", create)
        .says(|it| {
            it.does("Make a recurring relaunch")
                .answers::<Schedule>(StatusCode::CREATED, "The schedule.")
                .tagged(StatusCode::CREATED)
                .located(StatusCode::CREATED)
                .for_example(
                    json!({"name": "nightly", "expression": "cron(0 3 * * ? *)", "time_zone": "Europe/Oslo"}),
                )
        })
        .with_state(Guarded::new(schedules, access))
}

async fn create(
    operator: Operator,
    State(schedules): State<Guarded<Schedules>>,
    Json(input): Json<ScheduleInput>,
) -> Result<impl IntoResponse, ApiError> {
    let schedule = schedules.create(input, operator.caller(), Timestamp::now()).await?;
    let location = [(header::LOCATION, format!("/api/operations/schedules/{}", schedule.1.name))];
    Ok((StatusCode::CREATED, location, schedule))
}

impl Schedules {
    /// Makes a schedule.
    ///
    /// # Errors
    /// Each field that is not valid; when the name is taken; when Scheduler can't be asked.
    pub async fn create(
        &self,
        input: ScheduleInput,
        caller: Caller,
        now: Timestamp,
    ) -> Result<Tagged<Schedule>, Error> {
        let name = ScheduleName::try_from(input.name.clone().unwrap_or_default());
        let name = name.map_err(|detail| FieldError::new("name", detail));
        let draft = Draft::parse(&input, None, now);
        let (name, draft) = match (name, draft, self.missing_revision(input.revision).await?) {
            (Ok(name), Ok(draft), None) => (name, draft),
            (name, draft, revision) => return Err(invalid(name.err(), draft.err(), revision)),
        };
        let stored = StoredSchedule::new(name, draft, None, now);
        self.scheduler.save(Save::New, &stored).await?;
        let outcome = stored.draft.expression.to_string();
        let subject = stored.name.as_str();
        let entry = Entry::new(now, caller, AuditAction::CreateSchedule, subject, outcome);
        // Beside each other: whoever waits is not to wait twice for a table that is away.
        tokio::join!(self.audit.add(entry), self.shown(stored, now)).1
    }
}
