//! Bringing a former employee back: `POST /api/employees/{id}/restore`.

use aws_sdk_dynamodb::types::TransactWriteItem;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::{audit::AuditAction, employee::Employee, reporting::ChainEnd};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    declared::Route,
    json::Json,
    path::Path,
    problem::ApiError,
};

use super::{Became, not_former};
use crate::{
    deed::Deed,
    directory::Directory,
    employee_id::EmployeeId,
    outlive::outlive_request,
    overtaken::{MAX_ATTEMPTS, overtaken},
    people::{
        store::{Row, Written},
        trail::Former,
    },
    record::Record,
    reporting::chain::Chain,
    unmerge::Unmerging,
    view::Seen,
};

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::post("/api/employees/{id}/restore", restore)
        .says(|it| {
            it.does("Bring a former employee back")
                .answers::<Employee>(StatusCode::OK, "Who is back.")
                .refuses(StatusCode::CONFLICT)
        })
        .with_state(Guarded::new(directory, access))
}

async fn restore(
    editor: Editor,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
) -> Result<Json<Employee>, ApiError> {
    let deed = directory.deed(editor.caller())?;
    let as_they_were = |former: &Former| Some((former.record.clone(), Vec::new()));
    let back =
        outlive_request(async move { bring_back(&directory, &deed, &id, &as_they_were).await }).await?;
    let (Seen::As(record) | Seen::Otherwise(record)) = back;
    Ok(Json(record.into_employee()))
}

/// The photo is there before the table names it. What is kept of them goes when they are back, in the same transaction, so
/// that nobody is in both places or in neither. Of whoever was merged the merge is taken back with it.
pub(crate) async fn bring_back(
    directory: &Directory,
    deed: &Deed,
    id: &EmployeeId,
    becoming: &(dyn Fn(&Former) -> Option<Became> + Send + Sync),
) -> Result<Seen<Record>, Error> {
    let people = directory.people()?;
    for _ in 0..MAX_ATTEMPTS {
        let now = Timestamp::now();
        let (seen, present) = tokio::try_join!(people.trail(id, now), directory.table.get(id))?;
        if present.is_some() {
            return Err(Error::conflict(
                "Someone with this id is in the directory already: they were restored, or another program added them again.",
            ));
        }
        let former = seen.former.clone().ok_or_else(not_former)?;
        let Some((record, beside)) = becoming(&former) else {
            return Ok(Seen::Otherwise(former.record));
        };
        let former = &Former { record, ..former };
        let mut beside = beside;
        beside.extend(directory.as_they_were(former).await?);
        let unmerging = match &former.merged {
            Some(merged) => directory.unmerging(&former.record, merged).await?,
            None => Unmerging::default(),
        };
        beside.extend(unmerging.beside);
        let before = former.record.photo();
        let photo = match &before {
            Some(key) => directory.bucket.bring_back(key).await?,
            None => None,
        };
        let row = former.row(photo.as_ref());
        let back = (&seen, seen.clone().back(now));
        let there = Record::from_item(row.clone()).ok_or_else(not_former)?;
        beside.extend(deed.arrival(AuditAction::RestoreEmployee, &there)?);
        // Without a reply the row may name the photo all the same, so that it must stay.
        match people.write(id, back, Row::Put(row), beside).await? {
            Written::Done => {
                for key in before.filter(|_| photo.is_some()).into_iter().chain(unmerging.replaced) {
                    directory.bucket.discard_everywhere(&key).await;
                }
                return Ok(Seen::As(there));
            }
            Written::Overtaken => {
                for key in photo.into_iter().chain(unmerging.copied) {
                    directory.bucket.discard(&key).await;
                }
            }
        }
    }
    Err(overtaken())
}

impl Directory {
    /// What must be so, and stay so, that they can have the manager and the e-mail address that they had.
    async fn as_they_were(&self, former: &Former) -> Result<Vec<TransactWriteItem>, Error> {
        let (record, merged) = (&former.record, former.merged.as_ref());
        // The one they were merged into gives back what came from them.
        let giving_back = |attribute: &str| {
            merged.filter(|merged| merged.after.contains_key(attribute)).map(|merged| merged.into.clone())
        };
        let (chain, claims) =
            tokio::try_join!(Chain::above(&self.table, record), self.claims_of(record, giving_back))?;
        let reports = merged.map(|merged| merged.reports.as_slice()).unwrap_or_default();
        let closes_a_circle = || chain.above.iter().any(|one| reports.contains(&one.id));
        if matches!(chain.end, ChainEnd::Circle | ChainEnd::TooLong) || closes_a_circle() {
            return Err(Error::conflict(format!(
                "{} can't come back as they were: by now their manager is below them. Give the manager another manager \
                 first.",
                record.called()
            )));
        }
        // Whoever is changed by the same transaction is held by that.
        let held: Vec<Record> =
            chain.above.into_iter().filter(|one| merged.is_none_or(|it| it.into != one.id)).collect();
        let claims = claims
            .map_err(|taken| Error::conflict(format!("{} Change it there first.", taken.sentence())))?;
        Ok(self.table.still_above(&held)?.into_iter().chain(claims).collect())
    }
}
