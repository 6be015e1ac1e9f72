//! Those whose manager left, and who follow to someone else.
//!
//! The search index knows of them, and knows of a change a moment after it.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::TransactWriteItem;
use rollcall_api::{audit::AuditAction, field::MANAGER};
use rollcall_audit::Caller;
use rollcall_error::Error;
use rollcall_search::Index;

use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    overtaken::{MAX_ATTEMPTS, overtaken},
    people::store::Written,
    record::{Record, string},
    reporting::chain::Chain,
    search::{NotSearchable, Searchable},
};

/// How many follow in one transaction, beside those above them, who are checked
/// ([quotas](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-api)).
const AT_ONCE: usize = 10;

impl Directory {
    /// Gives those who still report to someone who left another manager: `written` writes each few of them, and all that must
    /// hold for it. Whoever would be above themselves by it is left as one without a manager, in the list of those to mend.
    ///
    /// # Errors
    /// When the tables or the index can't be read, and what `written` says.
    pub(crate) async fn bring_along(
        &self,
        gone: &EmployeeId,
        to: &EmployeeId,
        written: impl AsyncFn(Vec<EmployeeId>, Vec<TransactWriteItem>) -> Result<Written, Error>,
    ) -> Result<(), Error> {
        let index = self.newest_index().await?;
        let mut left_behind = ids(index.left_behind_by(gone.as_str(), usize::MAX));
        drop(index);
        while !left_behind.is_empty() {
            let rest = left_behind.split_off(left_behind.len().min(AT_ONCE));
            if !self.bring(&left_behind, gone, to, &written).await? {
                return Ok(());
            }
            left_behind = rest;
        }
        Ok(())
    }

    /// Brings a few of them along; `false` where the one whom they are to report to is not there.
    async fn bring(
        &self,
        left_behind: &[EmployeeId],
        gone: &EmployeeId,
        to: &EmployeeId,
        written: &impl AsyncFn(Vec<EmployeeId>, Vec<TransactWriteItem>) -> Result<Written, Error>,
    ) -> Result<bool, Error> {
        for _ in 0..MAX_ATTEMPTS {
            let late = self.who_report_to(gone, left_behind).await?;
            if late.is_empty() {
                return Ok(true);
            }
            let Some(manager) = self.table.get(to).await? else { return Ok(false) };
            let mut above = Chain::above(&self.table, &manager).await?.above;
            above.push(manager);
            let of_above: HashSet<&EmployeeId> = above.iter().map(|one| &one.id).collect();
            let late: Vec<Record> = late.into_iter().filter(|one| !of_above.contains(&one.id)).collect();
            if late.is_empty() {
                return Ok(true);
            }
            let mut writes = self.table.still_above(&above)?;
            let change = vec![(MANAGER.to_owned(), Some(string(to.as_str())))];
            let deed = self.deed(Caller::ROLLCALL)?;
            for report in &late {
                writes.push(self.table.rewriting(report, &change)?);
                writes.extend(deed.change(AuditAction::ChangeEmployee, report, &change)?);
            }
            let late = late.into_iter().map(|report| report.id).collect();
            if written(late, writes).await? == Written::Done {
                return Ok(true);
            }
        }
        Err(overtaken())
    }

    /// Those of these who report to someone.
    ///
    /// # Errors
    /// When the table can't be read.
    pub(crate) async fn who_report_to(
        &self,
        manager: &EmployeeId,
        ids: &[EmployeeId],
    ) -> Result<Vec<Record>, Error> {
        let found = self.table.get_all(ids).await?.into_values();
        Ok(found.filter(|report| report.manager().as_ref() == Some(manager)).collect())
    }

    /// The index with all that the log has at this moment.
    ///
    /// # Errors
    /// Where there is none that can be read.
    pub(crate) async fn newest_index(&self) -> Result<std::sync::Arc<Index>, Error> {
        match self.search.newest().await {
            Ok(Searchable { index, .. }) => Ok(index),
            Err(NotSearchable(reason)) => {
                Err(Error::away(format!("{reason} Until then it is not known who reports to whom.")))
            }
        }
    }
}

/// Those of the index as the table knows them.
pub(crate) fn ids(of_index: Vec<String>) -> Vec<EmployeeId> {
    of_index.into_iter().filter_map(|id| EmployeeId::try_from(id).ok()).collect()
}
