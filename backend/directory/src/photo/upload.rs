//! Uploading a photo: `PUT /api/employees/{id}/photo`.

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Request, State},
    routing,
};
use rollcall_api::employee::{Employee, MAX_PHOTO_BYTES};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    json,
    json::Json,
    path::Path,
    problem::ApiError,
};

use super::{MAX_ATTEMPTS, overtaken};
use crate::{
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
    outlive::outlive_request,
    photo_key::PhotoKey,
    record::{OBJECT_KEY, Record, string},
    table::Change,
};

pub(crate) fn route(directory: Directory, access: Access) -> Router {
    Router::new()
        .route(
            "/api/employees/{id}/photo",
            routing::put(upload).layer(DefaultBodyLimit::max(MAX_PHOTO_BYTES)),
        )
        .with_state(Guarded::new(directory, access))
}

async fn upload(
    _: Editor,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
    request: Request,
) -> Result<Json<Employee>, ApiError> {
    let file = json::body(request, &()).await.map_err(with_limit)?;
    if directory.table.get(&id).await?.is_none() {
        return Err(no_such_employee().into());
    }
    let picture = directory.decoders.picture(file).await?;
    let record = outlive_request(async move { store(&directory, &id, picture).await }).await?;
    Ok(Json(record.into_employee()))
}

fn with_limit(error: ApiError) -> ApiError {
    if error.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
        let megabytes = MAX_PHOTO_BYTES / 1024 / 1024;
        return ApiError::payload_too_large(format!("The photo is larger than {megabytes} MB."));
    }
    error
}

/// What an attempt left behind: the object it wrote, and the photo it meant to replace.
struct Attempt {
    written: PhotoKey,
    replaced: Option<PhotoKey>,
}

/// Stores the picture and makes it the employee's photo.
///
/// The object is there before the table names it, and an old one goes after the table no longer does, so that
/// no reader ever finds a name without its object. Each attempt has a key of its own: one that was overtaken may
/// have won and been replaced meanwhile, its object gone.
async fn store(directory: &Directory, id: &EmployeeId, picture: Bytes) -> Result<Record, Error> {
    let mut last: Option<Attempt> = None;
    for _ in 0..MAX_ATTEMPTS {
        let seen = directory.table.get(id).await?;
        if let Some(attempt) = last.take() {
            match &seen {
                // It was not overtaken: only the reply to it was lost.
                Some(record) if shows(record, &attempt.written) => {
                    discard(directory, attempt.replaced).await;
                    return Ok(record.clone());
                }
                _ => directory.bucket.discard(&attempt.written).await,
            }
        }
        let seen = seen.ok_or_else(no_such_employee)?;
        let replaced = seen.photo();
        let written = PhotoKey::random();
        directory.bucket.put(&written, picture.clone()).await?;
        let writes = vec![(OBJECT_KEY, Some(string(&written.object_key())))];
        let change = directory.table.change(&seen, &[OBJECT_KEY], writes, Vec::new()).await;
        // Without a reply the table may name the object all the same, so that it must stay.
        let change = change.inspect_err(|_| {
            tracing::error!(object_key = written.object_key(), "a photo may stay in the bucket unused");
        });
        match change? {
            Change::Done(record) => {
                discard(directory, replaced).await;
                return Ok(record);
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
