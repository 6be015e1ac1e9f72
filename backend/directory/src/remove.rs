//! Removing an employee: `DELETE /api/employees/{id}`.

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::former::How;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    declared::Route,
    path::Path,
    precondition::Expected,
    problem::ApiError,
};

use crate::{
    deed::Deed,
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
    former::Became,
    outlive::outlive_request,
    overtaken::{MAX_ATTEMPTS, overtaken},
    people::{
        store::{Row, Written},
        trail::{Former, Leaving},
    },
    record::Record,
    view::{Seen, changed_meanwhile, tag},
};

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::delete("/api/employees/{id}", remove)
        .says(|it| {
            it.does("Delete an employee, who can be restored")
                .answers_nothing(StatusCode::NO_CONTENT, "They are a former employee.")
                .refuses(StatusCode::CONFLICT)
        })
        .with_state(Guarded::new(directory, access))
}

async fn remove(
    editor: Editor,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
    expected: Expected,
) -> Result<StatusCode, ApiError> {
    let deed = directory.deed(editor.caller())?;
    let taken_out = {
        let directory = directory.clone();
        let as_seen = move |row: &Record| expected.is(|| tag(row)).then(|| (row.clone(), Vec::new()));
        outlive_request(async move { take_out(&directory, &id, (How::Deleted, &deed), &as_seen).await })
            .await?
    };
    match taken_out {
        Seen::As(_) => Ok(StatusCode::NO_CONTENT),
        Seen::Otherwise(current) => Err(changed_meanwhile(&directory, current).await),
    }
}

/// Takes someone out, to whom this happens; nothing does where `becoming` tells of none, since they are not as they were to be.
/// The row goes and what is kept of them comes in one transaction. Their photo is copied before it and goes after it, so
/// that whatever stops half-way loses none: the table's stream has it finished.
///
/// # Errors
/// 404 when there is nobody with this id, or they left in another way, 409 where others come first each time, and when AWS does not answer.
pub(crate) async fn take_out(
    directory: &Directory,
    id: &EmployeeId,
    (how, deed): (How, &Deed),
    becoming: &(dyn Fn(&Record) -> Option<Became> + Send + Sync),
) -> Result<Seen<Record>, Error> {
    let people = directory.people()?;
    for _ in 0..MAX_ATTEMPTS {
        let now = Timestamp::now();
        let (row, trail) = tokio::try_join!(directory.table.get(id), people.trail(id, now))?;
        let Some(row) = row else {
            // The reply to a first attempt may have been lost.
            let former = trail.former.filter(|former| former.how == how).ok_or_else(no_such_employee)?;
            put_photo_away(directory, &former).await?;
            return Ok(Seen::As(former.record));
        };
        let Some((kept, mut beside)) = becoming(&row) else { return Ok(Seen::Otherwise(row)) };
        let leaving = Leaving { how, at: now, by: deed.by() };
        beside.extend(deed.departure(how, &row)?);
        if let Some(key) = row.photo() {
            directory.bucket.keep(&key, leaving.how).await?;
        }
        let left = trail.clone().left(row.clone(), leaving);
        let left = if kept == row { left } else { left.amended(kept.clone()) };
        if people.write(id, (&trail, left), Row::Delete(&row), beside).await? == Written::Done {
            if let Some(key) = row.photo() {
                directory.bucket.discard(&key).await;
            }
            return Ok(Seen::As(kept));
        }
    }
    Err(overtaken())
}

/// Moves the photo of someone who is gone, if that is not done.
async fn put_photo_away(directory: &Directory, former: &Former) -> Result<(), Error> {
    if let Some(key) = former.record.photo() {
        directory.bucket.keep(&key, former.how).await?;
        directory.bucket.discard(&key).await;
    }
    Ok(())
}
