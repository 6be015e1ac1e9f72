//! Changing a schedule: `PUT /api/operations/schedules/{name}`.

use axum::extract::State;
use http::StatusCode;
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
    path::Path,
    precondition::{Expected, Tagged},
    problem::ApiError,
};
use serde_json::json;

use super::{
    Schedules,
    draft::{Draft, StoredSchedule},
    invalid, name_in_address,
    store::Save,
};

pub(crate) fn route(schedules: Schedules, access: Access) -> Route {
    Route::put("/api/operations/schedules/{name}", change)
        .says(|it| {
            it.does("Change a recurring relaunch")
                .answers::<Schedule>(StatusCode::OK, "As it is now.")
                .tagged(StatusCode::OK)
                .refuses(StatusCode::NOT_FOUND)
                .refuses(StatusCode::CONFLICT)
                .for_example(json!({"expression": "rate(7 days)", "enabled": false}))
        })
        .with_state(Guarded::new(schedules, access))
}

async fn change(
    operator: Operator,
    State(schedules): State<Guarded<Schedules>>,
    Path(name): Path<String>,
    expected: Expected,
    Json(input): Json<ScheduleInput>,
) -> Result<Tagged<Schedule>, ApiError> {
    let name = name_in_address(name)?;
    let change = |before| schedules.change(before, input, operator.caller(), Timestamp::now());
    schedules.answered(schedules.in_turn(&name, &expected, change).await?).await
}

impl Schedules {
    /// Changes a schedule that nobody else changes meanwhile. A rate that stays goes on in its rhythm, whatever else changes.
    ///
    /// # Errors
    /// Each field that is not valid; when Scheduler can't be asked.
    async fn change(
        &self,
        before: StoredSchedule,
        input: ScheduleInput,
        caller: Caller,
        now: Timestamp,
    ) -> Result<Tagged<Schedule>, Error> {
        let name = &before.name;
        let other_name = input.name.as_deref().filter(|other| *other != name.as_str()).map(|_| {
            let detail = format!("is another one; a schedule keeps its name, which is {:?}", name.as_str());
            FieldError::new("name", detail)
        });
        let draft = Draft::parse(&input, Some(&before), now);
        let draft = match (other_name, draft, self.missing_revision(input.revision).await?) {
            (None, Ok(draft), None) => draft,
            (name, draft, revision) => return Err(invalid(name, draft.err(), revision)),
        };
        let stored = StoredSchedule::new(name.clone(), draft, Some(&before), now);
        self.scheduler.save(Save::Change, &stored).await?;
        let Draft { expression, enabled, .. } = &stored.draft;
        let outcome = format!("{expression}{}", if *enabled { "" } else { ", not enabled" });
        let entry = Entry::new(now, caller, AuditAction::ChangeSchedule, name.as_str(), outcome);
        // Beside each other: whoever waits is not to wait twice for a table that is away.
        tokio::join!(self.audit.add(entry), self.shown(stored, now)).1
    }
}
