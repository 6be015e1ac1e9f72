//! Those who report to someone who is merged: they are the other one's from then on.
//!
//! Whoever was given this manager just before the merge, and of whom it did not know, follows once the table's stream has told
//! of both.

use jiff::Timestamp;
use rollcall_error::Error;
use rollcall_search::Below;

use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    people::store::{Row, Written},
    record::Record,
    reporting::left_behind::ids,
};

impl Directory {
    /// Those who report to someone, as the index knows it and the table confirms: up to `limit`.
    ///
    /// # Errors
    /// When table or index can't be read.
    pub(super) async fn reports_of(&self, manager: &Record, limit: usize) -> Result<Vec<Record>, Error> {
        let index = self.newest_index().await?;
        let level = index.level(Below::Person(manager.id.as_str()), None, limit);
        drop(index);
        let reports = ids(level.branches.into_iter().map(|one| one.place.id).collect());
        self.who_report_to(&manager.id, &reports).await
    }

    /// Gives those who still report to someone who was merged the manager whom their colleagues got.
    ///
    /// # Errors
    /// When the tables or the index can't be read.
    pub(crate) async fn bring_along_reports(&self, gone: &EmployeeId) -> Result<(), Error> {
        let merged = async || {
            let seen = self.people()?.trail(gone, Timestamp::now()).await?;
            let into = seen.former.as_ref().and_then(|it| Some(it.merged.as_ref()?.into.clone()));
            Ok::<_, Error>(into.map(|into| (seen, into)))
        };
        let Some((_, to)) = merged().await? else { return Ok(()) };
        self.bring_along(gone, &to, async |late, writes| match merged().await? {
            Some((seen, into)) if into == to => {
                let joined = seen.clone().joined_by(late);
                self.people()?.write(gone, (&seen, joined), Row::Keep, writes).await
            }
            // It was undone meanwhile, and they are where they belong.
            _ => Ok(Written::Done),
        })
        .await
    }
}
