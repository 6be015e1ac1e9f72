//! Merging someone into someone else: `POST /api/employees/{id}/merge`.
//!
//! One transaction writes the row that stays, deletes the other, gives its reports a new manager, and keeps what it takes to
//! undo all that (`former::restore`).

use aws_sdk_dynamodb::types::TransactWriteItem;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::{duplicate::Merge, employee::Employee, field::MANAGER, former::How, reporting::ChainEnd};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    declared::Route,
    json::Json,
    path::Path,
    problem::ApiError,
};
use serde_json::json;

use super::merged::Choice;
use crate::{
    attribute::written,
    deed::Deed,
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
    held::Rewrite,
    outlive::outlive_request,
    overtaken::{MAX_ATTEMPTS, overtaken},
    people::{
        store::{Row, Written},
        trail::{Leaving, Merged},
    },
    photo_key::PhotoKey,
    record::{Item, OBJECT_KEY, Record, string},
    reporting::chain::Chain,
};

/// The most writes that go beside those of the one who is merged. A transaction holds 100 items
/// ([quotas](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-api)).
const MAX_BESIDE: usize = 91;

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::post("/api/employees/{id}/merge", merge)
        .says(|it| {
            it.does("Merge another employee into this one")
                .answers::<Employee>(StatusCode::OK, "Who is left.")
                .refuses(StatusCode::CONFLICT)
                .for_example(json!({"other": "2", "take": ["phone"], "join": ["badges"]}))
        })
        .with_state(Guarded::new(directory, access))
}

async fn merge(
    editor: Editor,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
    Json(input): Json<Merge>,
) -> Result<Json<Employee>, ApiError> {
    let merging = Merging::parse(id, &input, directory.deed(editor.caller())?)?;
    let record = outlive_request({
        let directory = directory.clone();
        async move { merging.carry_out(&directory).await }
    });
    Ok(Json(directory.in_full(record.await?).await?))
}

/// Who is merged into whom, and how.
struct Merging {
    kept: EmployeeId,
    other: EmployeeId,
    choice: Choice,
    deed: Deed,
}

/// What a merge is about to write, of which the photos are in place already.
struct Prepared {
    merged: Merged,
    beside: Vec<TransactWriteItem>,
    /// The photo that was copied for whom the merge keeps.
    copied: Option<PhotoKey>,
}

impl Merging {
    fn parse(kept: EmployeeId, input: &Merge, deed: Deed) -> Result<Self, Error> {
        let other = EmployeeId::try_from(input.other.clone());
        let other = other.map_err(|error| Error::invalid_field("other", error.to_string()))?;
        if other == kept {
            return Err(Error::invalid_field("other", "is the same employee"));
        }
        Ok(Self { kept, other, choice: Choice::parse(input).map_err(Error::invalid)?, deed })
    }

    async fn carry_out(&self, directory: &Directory) -> Result<Record, Error> {
        for _ in 0..MAX_ATTEMPTS {
            if let Some(record) = self.try_once(directory).await? {
                return Ok(record);
            }
        }
        Err(overtaken())
    }

    /// None when someone else came first.
    async fn try_once(&self, directory: &Directory) -> Result<Option<Record>, Error> {
        let (people, now) = (directory.people()?, Timestamp::now());
        let (kept, other, trail) = tokio::try_join!(
            directory.table.get(&self.kept),
            directory.table.get(&self.other),
            people.trail(&self.other, now),
        )?;
        let kept = kept.ok_or_else(no_such_employee)?;
        let Some(other) = other else {
            // The reply to a first attempt may have been lost.
            let merged = trail.former.and_then(|former| former.merged);
            return match merged.is_some_and(|merged| merged.into == self.kept) {
                true => Ok(Some(kept)),
                false => Err(Error::invalid_field("other", "is nobody in the directory")),
            };
        };
        let (kept_since, other_since) =
            tokio::try_join!(people.added_at(&kept.id), people.added_at(&other.id))?;
        keeps_the_older(kept_since, other_since)?;
        let Prepared { merged, beside, copied } = self.prepare(directory, &kept, &other).await?;
        let replaced = merged.replaced_photo();
        let leaving = Leaving { how: How::Deleted, at: now, by: self.deed.by() };
        let left = trail.clone().merged(other.clone(), leaving, merged);
        // Without a reply the row may name the copied photo all the same, so that it must stay.
        match people.write(&self.other, (&trail, left), Row::Delete(&other), beside).await? {
            Written::Done => {
                for key in other.photo().into_iter().chain(replaced) {
                    directory.bucket.discard(&key).await;
                }
                directory.table.get(&self.kept).await
            }
            Written::Overtaken => {
                if let Some(key) = copied {
                    directory.bucket.discard(&key).await;
                }
                Ok(None)
            }
        }
    }

    async fn prepare(&self, directory: &Directory, kept: &Record, other: &Record) -> Result<Prepared, Error> {
        let mut writes = self.choice.writes(kept, other).map_err(Error::invalid)?;
        let reports = directory.reports_of(other, MAX_BESIDE).await?;
        let reports: Vec<Record> = reports.into_iter().filter(|report| report.id != kept.id).collect();
        let mut beside = directory.free_of_circles(kept, other, written(&writes, MANAGER), &reports).await?;
        beside.extend(directory.claims_from(&kept.id, Some(kept), &writes, Some(&other.id)).await?);
        for report in &reports {
            let manager = vec![(MANAGER.to_owned(), Some(string(kept.id.as_str())))];
            beside.push(directory.table.rewriting(report, &manager)?);
        }
        if beside.len() >= MAX_BESIDE {
            return Err(Error::conflict(format!(
                "{} people report to {}, and there are levels above: too many for one merge. Give some of them another \
                 manager first.",
                reports.len(),
                other.called()
            )));
        }
        let copied = self.place_photos(directory, kept, other).await?;
        if self.choice.takes_photo() {
            let key = copied.as_ref().map(|key| string(&key.object_key()));
            writes.push((OBJECT_KEY.to_owned(), key));
        }
        beside.push(directory.table.rewriting(kept, &writes)?);
        beside.extend(self.deed.merge(kept, &writes, other)?);
        let reports = reports.into_iter().map(|report| report.id).collect();
        let (before, after) = before_and_after(kept, &writes);
        Ok(Prepared { merged: Merged { into: kept.id.clone(), before, after, reports }, beside, copied })
    }

    /// The photo of the one who is merged is kept with them, and the one that it replaces beside it. Answers the copy that is
    /// to be the kept one's.
    async fn place_photos(
        &self,
        directory: &Directory,
        kept: &Record,
        other: &Record,
    ) -> Result<Option<PhotoKey>, Error> {
        let replaced = kept.photo().filter(|_| self.choice.takes_photo());
        for key in other.photo().iter().chain(&replaced) {
            directory.bucket.keep(key, How::Deleted).await?;
        }
        match other.photo().filter(|_| self.choice.takes_photo()) {
            Some(key) => directory.bucket.bring_back(&key).await,
            None => Ok(None),
        }
    }
}

/// # Errors
/// 422 where it is known that the other one was there before.
fn keeps_the_older(kept: Option<Timestamp>, other: Option<Timestamp>) -> Result<(), Error> {
    match kept.zip(other) {
        Some((kept, other)) if kept > other => {
            let detail = "was added before the employee of the address; the older id is kept, so merge them the other way";
            Err(Error::invalid_field("other", detail))
        }
        _ => Ok(()),
    }
}

/// The attributes that are written, as they were and as they will be.
fn before_and_after(kept: &Record, writes: &[Rewrite]) -> (Item, Item) {
    let before = writes.iter().filter_map(|(name, _)| Some((name.clone(), kept.attribute(name)?.clone())));
    let after = writes.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
    (before.collect(), after.collect())
}

impl Directory {
    /// Who must not change while `kept` gets the reports of `other`, and perhaps another manager.
    async fn free_of_circles(
        &self,
        kept: &Record,
        other: &Record,
        new_manager: Option<&str>,
        reports: &[Record],
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let manager = new_manager.unwrap_or(kept.text(MANAGER));
        if manager.is_empty() || (new_manager.is_none() && reports.is_empty() && manager != other.id.as_str())
        {
            return Ok(Vec::new());
        }
        let will_be = kept.with(MANAGER, string(manager));
        let Chain { above, end } = Chain::above(&self.table, &will_be).await?;
        if end == ChainEnd::Circle || above.iter().any(|one| one.id == other.id) {
            let detail = format!(
                "would close a circle: {} stands above {}; change who reports to whom first",
                other.called(),
                kept.called()
            );
            return Err(Error::invalid_field(MANAGER, detail));
        }
        self.table.still_above(&above)
    }
}
