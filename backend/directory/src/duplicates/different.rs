//! Telling people apart for good who only share something: `PUT /api/duplicates/different`.

use std::collections::BTreeSet;

use axum::extract::State;
use http::StatusCode;
use rollcall_api::{
    audit::AuditAction,
    duplicate::{Different, MAX_ALIKE},
};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    declared::Route,
    json::Json,
    problem::ApiError,
};
use serde_json::json;

use crate::{directory::Directory, employee_id::EmployeeId, people::different::Pair};

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::put("/api/duplicates/different", tell)
        .says(|it| {
            it.does("Tell people apart for good, or take that back")
                .answers_nothing(StatusCode::NO_CONTENT, "It is so.")
                .for_example(json!({"ids": ["1", "2"], "different": true}))
        })
        .with_state(Guarded::new(directory, access))
}

async fn tell(
    editor: Editor,
    State(directory): State<Guarded<Directory>>,
    Json(Different { ids, different }): Json<Different>,
) -> Result<StatusCode, ApiError> {
    let known: Result<BTreeSet<EmployeeId>, _> = ids.into_iter().map(EmployeeId::try_from).collect();
    let known = known.map_err(|error| Error::invalid_field("ids", error.to_string()))?;
    if !(2..=MAX_ALIKE).contains(&known.len()) {
        let detail = format!("must name 2 to {MAX_ALIKE} people");
        return Err(Error::invalid_field("ids", detail).into());
    }
    let known: Vec<EmployeeId> = known.into_iter().collect();
    let things: Vec<&str> = known.iter().map(EmployeeId::as_str).collect();
    let outcome = if different { "are different people" } else { "may be one again" };
    let deed = directory.deed(editor.caller())?;
    let told = deed.plain(AuditAction::TellApart, &things.join(", "), outcome)?;
    directory.people()?.tell_apart(&Pair::all(&known), different, told).await?;
    Ok(StatusCode::NO_CONTENT)
}
