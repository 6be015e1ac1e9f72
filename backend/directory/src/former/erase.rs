//! Erasing what is kept of a former employee, for good: `POST /api/former-employees/{id}/erase`.

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::{audit::AuditAction, field::EMAIL, field_rules::same_email, former::Erasure};
use rollcall_error::Error;
use rollcall_scim::mapping;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    declared::Route,
    json::Json,
    path::Path,
    problem::ApiError,
};
use serde_json::json;

use super::not_former;
use crate::{
    deed::Deed,
    directory::Directory,
    employee_id::EmployeeId,
    outlive::outlive_request,
    overtaken::{MAX_ATTEMPTS, overtaken},
    people::{
        store::{Row, Written},
        trail::{Merged, Trail},
    },
    provided::said,
    unique::UNIQUE,
};

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::post("/api/former-employees/{id}/erase", erase)
        .says(|it| {
            it.does("Erase a former employee for good")
                .answers_nothing(StatusCode::NO_CONTENT, "Nothing is kept of them.")
                .refuses(StatusCode::CONFLICT)
                .for_example(json!({"confirm": "Ada Lovelace"}))
        })
        .with_state(Guarded::new(directory, access))
}

async fn erase(
    editor: Editor,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
    Json(Erasure { confirm }): Json<Erasure>,
) -> Result<StatusCode, ApiError> {
    let deed = directory.deed(editor.caller())?;
    outlive_request(async move { forget(&directory, &id, &confirm, &deed).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the audit log is told, which is not who it was.
const ERASED: &str = "erased for good, with photo, search index and history; who it was is not kept";

/// What is kept of them says which photo is theirs, so that it goes last, and whoever was stopped half-way asks once more.
/// The audit log is told in the same transaction.
async fn forget(directory: &Directory, id: &EmployeeId, confirm: &str, deed: &Deed) -> Result<(), Error> {
    let (people, erasing) = (directory.people()?, directory.erasing()?);
    for _ in 0..MAX_ATTEMPTS {
        let now = Timestamp::now();
        let (seen, present) = tokio::try_join!(people.trail(id, now), directory.table.get(id))?;
        let former = seen.former.as_ref().ok_or_else(not_former)?;
        if confirm.trim() != former.record.called() {
            return Err(Error::invalid_field("confirm", "must be the full name, as it stands"));
        }
        if present.is_some() {
            return Err(Error::conflict(
                "Someone with this id is in the directory again. Delete them first, then erase what is kept of them.",
            ));
        }
        let Trail { photos, .. } = &seen;
        let replaced = former.merged.as_ref().and_then(Merged::replaced_photo);
        for key in photos.iter().chain(&former.record.photo()).chain(&replaced) {
            directory.bucket.erase(key).await?;
        }
        if let Some(index) = directory.index_keeper() {
            index.forget().await?;
        }
        deed.erases_history_of(id).await?;
        let erased = (&seen, seen.clone().erased(now));
        let told = deed.plain(AuditAction::Erase, "a former employee", ERASED)?;
        let mut beside = vec![told, people.forget_added(id)?];
        for unique in UNIQUE {
            let claimed = unique.claimed(former.record.text(unique.attribute));
            beside.extend(people.release(claimed, id).await?);
        }
        let mut addresses = mapping::addresses(&said(&former.record));
        addresses.insert(same_email(former.record.text(EMAIL)));
        people.forget_addresses(&addresses, id).await?;
        if people.write(id, erased, Row::Keep, beside).await? == Written::Done {
            erasing.wake().await;
            return Ok(());
        }
    }
    Err(overtaken())
}
