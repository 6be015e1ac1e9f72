//! Deleting someone: `DELETE /scim/v2/Users/{id}`
//! ([RFC 7644, section 3.6](https://www.rfc-editor.org/rfc/rfc7644#section-3.6)).

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use rollcall_api::former::How;
use rollcall_error::{Error, Kind};
use rollcall_web::access::Guarded;

use super::{
    answer::ScimError,
    person::Person,
    request::{Caller, Someone, may_change},
};
use crate::{
    deed::Deed,
    directory::Directory,
    outlive::outlive_request,
    overtaken::{MAX_ATTEMPTS, overtaken},
    people::{
        store::{Row, Written},
        trail::Leaving,
    },
    record::Record,
    remove::take_out,
    view::Seen,
};

/// Whoever is deleted can be restored in Rollcall for thirty days, and is nobody to SCIM.
pub(super) async fn remove(
    Caller(provider): Caller,
    State(directory): State<Guarded<Directory>>,
    Someone(id): Someone,
    headers: HeaderMap,
) -> Result<StatusCode, ScimError> {
    let directory = (*directory).clone();
    let deed = directory.deed(provider.caller())?;
    outlive_request(async move {
        for attempt in 0..MAX_ATTEMPTS {
            let Some(person) = directory.person(&id).await? else {
                // The reply to an earlier attempt may have been lost.
                return if attempt > 0 { Ok(StatusCode::NO_CONTENT) } else { Err(ScimError::nobody()) };
            };
            may_change(&headers, &person.version(&provider.base)?)?;
            if delete(&directory, person, &deed).await? {
                return Ok(StatusCode::NO_CONTENT);
            }
        }
        Err(overtaken().into())
    })
    .await
}

/// Deletes someone as they were seen; `false` where they are otherwise by now.
async fn delete(directory: &Directory, person: Person, deed: &Deed) -> Result<bool, Error> {
    let Person { record, active } = person;
    if !active {
        return let_go(directory, &record, deed).await;
    }
    let as_seen = |row: &Record| (*row == record).then(|| (row.clone(), Vec::new()));
    match take_out(directory, &record.id, (How::Deleted, deed), &as_seen).await {
        Ok(taken_out) => Ok(matches!(taken_out, Seen::As(_))),
        // They were made inactive meanwhile, or are gone.
        Err(error) if error.kind() == Kind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Someone who is inactive is kept no longer than anyone else; `false` where they are otherwise by now.
async fn let_go(directory: &Directory, seen: &Record, deed: &Deed) -> Result<bool, Error> {
    let Some(trail) = directory.trail_of_inactive(&seen.id).await? else { return Ok(false) };
    if trail.former.as_ref().is_none_or(|former| former.record != *seen) {
        return Ok(false);
    }
    let leaving = Leaving { how: How::Deleted, at: Timestamp::now(), by: deed.by() };
    let let_go = (&trail, trail.clone().let_go(leaving));
    let told = deed.departure(How::Deleted, seen)?;
    if directory.people()?.write(&seen.id, let_go, Row::Keep, told).await? != Written::Done {
        return Ok(false);
    }
    if let Some(photo) = seen.photo() {
        directory.bucket.let_go(&photo).await?;
    }
    Ok(true)
}
