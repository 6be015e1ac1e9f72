//! Those who report to someone who is merged: they are the other one's from then on.
//!
//! The search index knows of them, and knows of a change a moment after it. So whoever was given this manager just before the
//! merge follows once the table's stream has told of both.

use jiff::Timestamp;
use rollcall_api::{audit::AuditAction, field::MANAGER};
use rollcall_audit::Caller;
use rollcall_error::Error;
use rollcall_search::Below;

use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    former::{MAX_ATTEMPTS, overtaken},
    people::store::Row,
    record::{Record, string},
    reporting::chain::Chain,
    search::{NotSearchable, Searchable},
};

/// How many of those left behind are looked at: the index may not know yet that some have followed.
const CANDIDATES: usize = 500;

/// How many follow in one transaction, beside those above them, who are checked
/// ([quotas](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-api)).
const AT_ONCE: usize = 10;

impl Directory {
    /// Those who report to someone, as the index knows it and the table confirms: up to `limit`.
    ///
    /// # Errors
    /// When table or index can't be read.
    pub(super) async fn reports_of(&self, manager: &Record, limit: usize) -> Result<Vec<Record>, Error> {
        let Searchable { index, .. } = self.newest_index(manager).await?;
        let level = index.level(Below::Person(manager.id.as_str()), None, limit);
        drop(index);
        self.who_report_to(&manager.id, level.branches.into_iter().map(|one| one.place.id)).await
    }

    /// Gives those who still report to someone who was merged the manager whom their colleagues got. Whoever would be above
    /// themselves by it is left as one without a manager, in the list of those to mend.
    ///
    /// # Errors
    /// When the tables or the index can't be read.
    pub(crate) async fn bring_along_reports(&self, gone: &EmployeeId) -> Result<(), Error> {
        for _ in 0..MAX_ATTEMPTS {
            let seen = self.people()?.trail(gone, Timestamp::now()).await?;
            let Some((record, merged)) =
                seen.former.as_ref().and_then(|it| Some((&it.record, it.merged.as_ref()?)))
            else {
                return Ok(());
            };
            let Searchable { index, .. } = self.newest_index(record).await?;
            let left_behind = index.left_behind_by(gone.as_str(), CANDIDATES);
            drop(index);
            let late = self.who_report_to(gone, left_behind.into_iter()).await?;
            let Some(kept) = self.table.get(&merged.into).await?.filter(|_| !late.is_empty()) else {
                return Ok(());
            };
            let mut checked = Chain::above(&self.table, &kept).await?.above;
            checked.push(kept);
            let may_follow = |one: &Record| checked.iter().all(|it| it.id != one.id);
            let late: Vec<Record> = late.into_iter().filter(may_follow).take(AT_ONCE).collect();
            if late.is_empty() {
                return Ok(());
            }
            let mut beside = self.table.still_above(&checked)?;
            let manager = vec![(MANAGER.to_owned(), Some(string(merged.into.as_str())))];
            let deed = self.deed(Caller::ROLLCALL)?;
            for report in &late {
                beside.push(self.table.rewriting(report, &manager)?);
                beside.extend(deed.change(AuditAction::ChangeEmployee, report, &manager)?);
            }
            let joined = seen.clone().joined_by(late.into_iter().map(|report| report.id));
            self.people()?.write(gone, (&seen, joined), Row::Keep, beside).await?;
        }
        Err(overtaken())
    }

    async fn newest_index(&self, manager: &Record) -> Result<Searchable, Error> {
        let newest = self.search.newest().await;
        newest.map_err(|NotSearchable(reason)| {
            Error::away(format!("{reason} Until then it is not known who reports to {}.", manager.called()))
        })
    }

    async fn who_report_to(
        &self,
        manager: &EmployeeId,
        ids: impl Iterator<Item = String>,
    ) -> Result<Vec<Record>, Error> {
        let ids: Vec<EmployeeId> = ids.filter_map(|id| EmployeeId::try_from(id).ok()).collect();
        let found = self.table.get_all(&ids).await?.into_values();
        Ok(found.filter(|report| report.manager().as_ref() == Some(manager)).collect())
    }
}
