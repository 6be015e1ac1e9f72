//! Uploading a photo: `PUT /api/employees/{id}/photo`.

use axum::extract::{Request, State};
use http::StatusCode;
use rollcall_api::{
    audit::AuditAction,
    employee::{Employee, MAX_PHOTO_BYTES},
};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    declared::Route,
    json,
    path::Path,
    precondition::{Expected, Tagged},
    problem::ApiError,
};

use super::overtaken;
use crate::{
    deed::Deed,
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
    outlive::outlive_request,
    overtaken::MAX_ATTEMPTS,
    photo_key::PhotoKey,
    picture::Pictures,
    record::{OBJECT_KEY, Record, string},
    table::Change,
    view::{Seen, changed_meanwhile, tag, tagged},
};

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::put("/api/employees/{id}/photo", upload)
        .says(|it| {
            it.does("Set the photo")
                .takes_file("image/png")
                .takes_file("image/jpeg")
                .takes_file("image/webp")
                .answers::<Employee>(StatusCode::OK, "With the new photo.")
                .tagged(StatusCode::OK)
                .refuses(StatusCode::CONFLICT)
        })
        .up_to(MAX_PHOTO_BYTES)
        .with_state(Guarded::new(directory, access))
}

async fn upload(
    editor: Editor,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
    expected: Expected,
    request: Request,
) -> Result<Tagged<Employee>, ApiError> {
    let file = json::body(request, &()).await.map_err(with_limit)?;
    if directory.table.get(&id).await?.is_none() {
        return Err(no_such_employee().into());
    }
    let pictures = directory.decoders.pictures(file).await?;
    let stored = {
        let (directory, deed) = (directory.clone(), directory.deed(editor.caller())?);
        outlive_request(async move { store(&directory, &deed, &id, &expected, &pictures).await }).await?
    };
    match stored {
        Seen::As(record) => Ok(tagged(&directory, record).await?),
        Seen::Otherwise(current) => Err(changed_meanwhile(&directory, current).await),
    }
}

fn with_limit(error: ApiError) -> ApiError {
    if error.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
        let megabytes = MAX_PHOTO_BYTES / 1024 / 1024;
        return ApiError::payload_too_large(format!("The photo is larger than {megabytes} MB."));
    }
    error
}

/// What an attempt left behind: the photo it wrote, and the one it meant to replace.
struct Attempt {
    written: PhotoKey,
    replaced: Option<PhotoKey>,
}

/// Stores the pictures and makes them the employee's photo.
///
/// Both are there before the table names the photo, and old ones go after the table no longer does, so that
/// no reader ever finds a name without its object. Each attempt has a key of its own: one that was overtaken may
/// have won and been replaced meanwhile, its objects gone.
async fn store(
    directory: &Directory,
    deed: &Deed,
    id: &EmployeeId,
    expected: &Expected,
    pictures: &Pictures,
) -> Result<Seen<Record>, Error> {
    let mut last: Option<Attempt> = None;
    for _ in 0..MAX_ATTEMPTS {
        let seen = directory.table.get(id).await?;
        if let Some(attempt) = last.take() {
            match &seen {
                // It was not overtaken: only the reply to it was lost.
                Some(record) if shows(record, &attempt.written) => {
                    discard(directory, attempt.replaced).await;
                    return Ok(Seen::As(record.clone()));
                }
                _ => directory.bucket.discard(&attempt.written).await,
            }
        }
        let seen = seen.ok_or_else(no_such_employee)?;
        if !expected.is(|| tag(&seen)) {
            return Ok(Seen::Otherwise(seen));
        }
        let replaced = seen.photo();
        let written = PhotoKey::random();
        directory.bucket.put(&written, pictures).await?;
        let writes = vec![(OBJECT_KEY, Some(string(&written.object_key())))];
        let told = deed.change(AuditAction::ChangePhoto, &seen, &writes)?;
        let change = directory.table.change(&seen, &[OBJECT_KEY], writes, told).await;
        // Without a reply the table may name the photo all the same, so that it must stay.
        let change = change.inspect_err(|_| {
            tracing::error!(object_key = written.object_key(), "a photo may stay in the bucket unused");
        });
        match change? {
            Change::Done(record) => {
                discard(directory, replaced).await;
                return Ok(Seen::As(record));
            }
            Change::Overtaken => last = Some(Attempt { written, replaced }),
        }
    }
    if let Some(attempt) = last {
        directory.bucket.discard(&attempt.written).await;
    }
    Err(overtaken())
}

fn shows(record: &Record, key: &PhotoKey) -> bool {
    record.photo().as_ref() == Some(key)
}

async fn discard(directory: &Directory, photo: Option<PhotoKey>) {
    if let Some(key) = photo {
        directory.bucket.discard(&key).await;
    }
}
