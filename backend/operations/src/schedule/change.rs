//! Changing a schedule: `PUT /api/operations/schedules/{name}`.

use axum::{Router, extract::State, routing::put};
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
    json::Json,
    path::Path,
    problem::ApiError,
};

use super::{
    Schedules,
    draft::{Draft, StoredSchedule},
    invalid, name_in_address,
    store::Save,
};
use crate::{caller::caller, ids::ScheduleName};

pub(crate) fn route(schedules: Schedules, access: Access) -> Router {
    Router::new()
        .route("/api/operations/schedules/{name}", put(change))
        .with_state(Guarded::new(schedules, access))
}

async fn change(
    operator: Operator,
    State(schedules): State<Guarded<Schedules>>,
    Path(name): Path<String>,
    Json(input): Json<ScheduleInput>,
) -> Result<Json<Schedule>, ApiError> {
    let name = name_in_address(name)?;
    Ok(Json(schedules.change(&name, input, caller(operator), Timestamp::now()).await?))
}

impl Schedules {
    /// Changes a schedule. A rate that stays goes on in its rhythm, whatever else changes.
    ///
    /// # Errors
    /// Each field that is not valid; when there is no such schedule; when Scheduler can't be asked.
    pub async fn change(
        &self,
        name: &ScheduleName,
        input: ScheduleInput,
        caller: Caller,
        now: Timestamp,
    ) -> Result<Schedule, Error> {
        let before = self.scheduler.one(name).await?;
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
        self.audit.add(Entry::new(now, caller, AuditAction::ChangeSchedule, name.as_str(), outcome)).await;
        let hold = self.hold(&stored).await?;
        Ok(stored.describe(hold, now))
    }
}
