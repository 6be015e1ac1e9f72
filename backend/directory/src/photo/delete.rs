//! Removing a photo: `DELETE /api/employees/{id}/photo`.

use axum::extract::State;
use http::StatusCode;
use rollcall_api::audit::AuditAction;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    declared::Route,
    path::Path,
    precondition::Expected,
    problem::ApiError,
};

use super::overtaken;
use crate::{
    deed::Deed,
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
    outlive::outlive_request,
    overtaken::MAX_ATTEMPTS,
    record::OBJECT_KEY,
    table::Change,
    view::{Seen, changed_meanwhile, tag},
};

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::delete("/api/employees/{id}/photo", delete)
        .says(|it| {
            it.does("Take the photo away")
                .answers_nothing(StatusCode::NO_CONTENT, "There is none.")
                .refuses(StatusCode::CONFLICT)
        })
        .with_state(Guarded::new(directory, access))
}

async fn delete(
    editor: Editor,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
    expected: Expected,
) -> Result<StatusCode, ApiError> {
    let forgotten = {
        let (directory, deed) = (directory.clone(), directory.deed(editor.caller())?);
        outlive_request(async move { forget(&directory, &deed, &id, &expected).await }).await?
    };
    match forgotten {
        Seen::As(()) => Ok(StatusCode::NO_CONTENT),
        Seen::Otherwise(current) => Err(changed_meanwhile(&directory, current).await),
    }
}

/// First the table forgets the photo, whatever it holds in its place, then the object goes; no photo is as good as
/// one removed.
async fn forget(
    directory: &Directory,
    deed: &Deed,
    id: &EmployeeId,
    expected: &Expected,
) -> Result<Seen<()>, Error> {
    let mut last = None;
    for attempt in 0..MAX_ATTEMPTS {
        let record = directory.table.get(id).await?.ok_or_else(no_such_employee)?;
        let is_expected = expected.is(|| tag(&record));
        if record.attribute(OBJECT_KEY).is_none() && (is_expected || attempt > 0) {
            // Either there never was one, or an attempt succeeded whose reply was lost.
            if let Some(key) = last {
                directory.bucket.discard(&key).await;
            }
            return Ok(Seen::As(()));
        }
        if !is_expected {
            return Ok(Seen::Otherwise(record));
        }
        let photo = record.photo();
        let writes = vec![(OBJECT_KEY, None)];
        let told = deed.change(AuditAction::DeletePhoto, &record, &writes)?;
        match directory.table.change(&record, &[OBJECT_KEY], writes, told).await? {
            Change::Done(_) => {
                if let Some(key) = &photo {
                    directory.bucket.discard(key).await;
                }
                return Ok(Seen::As(()));
            }
            Change::Overtaken => last = photo,
        }
    }
    Err(overtaken())
}
