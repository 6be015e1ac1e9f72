//! Someone has come for whom others wait: those who report to them as a provider said before they were there, and those who
//! reported to whoever was called so before and left. The table's stream tells of it, so that whoever makes a manager of many
//! needn't wait for all of them.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use rollcall_api::employee_address::to_segment;
use rollcall_audit::Caller;
use rollcall_error::{Error, Kind};
use rollcall_scim::{Refusal, Resource};

use super::{
    changing::Changing,
    find::Key,
    person::{Person, user_name},
};
use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    overtaken::overtaken,
    people::waiting::Waiting,
    provided::{is_known_to_a_provider, waits},
    record::{EXTERNAL_ID, Record},
};

/// How many are looked at, or told, at once.
const AT_ONCE: usize = 16;

/// Someone who waits, for whom, and by which name.
type Awaited = (Waiting, EmployeeId, String);

impl Directory {
    /// Gives those their manager who wait for someone who came, or who is called otherwise than they were `before`. Those whom
    /// it can't be given, since they would be above themselves, go on waiting.
    ///
    /// # Errors
    /// When AWS does not answer, and where others change them at the same time; all can be told once more then.
    pub(crate) async fn welcome(
        &self,
        seen: BTreeMap<EmployeeId, Option<&Record>>,
        left: impl Iterator<Item = &Record>,
    ) -> Result<(), Error> {
        let ids: Vec<EmployeeId> = seen.keys().cloned().collect();
        let rows = self.table.get_all_known(&ids).await?;
        let seen = seen.into_iter().filter_map(|(id, before)| Some((rows.get(&id)?, before)));
        let arrived = seen.map(async |(row, before)| self.arrived(row, before).await);
        let arrived: Vec<_> = stream::iter(arrived).buffer_unordered(AT_ONCE).try_collect().await?;
        let left = left.map(async |gone| self.left(gone).await);
        let left: Vec<_> = stream::iter(left).buffer_unordered(AT_ONCE).try_collect().await?;
        let awaited = arrived.into_iter().chain(left).flatten().collect();
        // Many who change with one manager stand in each other's way: who was not told is told again, one at a time.
        let again = self.tell_all(awaited, AT_ONCE).await?;
        let wait = self.tell_all(again, 1).await?;
        let is_left = |(waiting, ..): &Awaited| matches!(waiting, Waiting::ReportsOf(_));
        if wait.iter().any(is_left) { Err(overtaken()) } else { Ok(()) }
    }

    /// Who waits for someone whom a provider knows, by a name that they did not have before, and they themselves where they
    /// wait. Whoever else comes is nobody's manager by a name: an e-mail address may be given to anyone.
    async fn arrived(&self, row: &Record, before: Option<&Record>) -> Result<Vec<Awaited>, Error> {
        let mut awaited = Vec::new();
        if !is_known_to_a_provider(row) {
            return Ok(awaited);
        }
        // Whom they wait for may have come since that one was looked for.
        if waits(row) && !before.is_some_and(waits) {
            awaited.push((Waiting::Report(row.id.clone()), row.id.clone(), String::new()));
        }
        let had = before.map(names).unwrap_or_default();
        for name in names(row).into_iter().filter(|name| !had.contains(name)) {
            let waiting = self.people()?.who_waits_for(&name).await?;
            awaited.extend(waiting.into_iter().map(|waiting| (waiting, row.id.clone(), name.clone())));
        }
        Ok(awaited)
    }

    /// Notes who left, for whoever is called so next; and who waits where that one is there already.
    async fn left(&self, gone: &Record) -> Result<Vec<Awaited>, Error> {
        // By the id they are named until they are back.
        let mut names = names(gone);
        let id = gone.id.as_str();
        names.retain(|name| name != id && *name != to_segment(id));
        if names.is_empty() {
            return Ok(Vec::new());
        }
        self.people()?.leave_reports(&names, &gone.id).await?;
        let mut awaited = Vec::new();
        for name in names {
            let keys = [Key::ExternalId, Key::UserName].map(|key| key(name.clone()));
            let [by_external_id, by_user_name] = &keys;
            let there = tokio::try_join!(self.person_by(by_external_id), self.person_by(by_user_name))?;
            let there = there.0.or(there.1).filter(|it| it.active && is_known_to_a_provider(&it.record));
            let waiting = Waiting::ReportsOf(gone.id.clone());
            awaited.extend(there.map(|person| (waiting, person.record.id, name)));
        }
        Ok(awaited)
    }

    /// Tells these, so many at once, and answers who goes on waiting.
    async fn tell_all(&self, awaited: Vec<Awaited>, at_once: usize) -> Result<Vec<Awaited>, Error> {
        let telling = awaited.into_iter().map(|one| self.tell(one));
        let told: Vec<_> = stream::iter(telling).buffer_unordered(at_once).try_collect().await?;
        Ok(told.into_iter().flatten().collect())
    }

    /// Tells one; none where they wait no more.
    async fn tell(&self, (waiting, whom, name): Awaited) -> Result<Option<Awaited>, Error> {
        let is_done = match &waiting {
            Waiting::Report(who) => self.told(who).await?,
            Waiting::ReportsOf(gone) => self.succeeded(gone, &whom).await?,
        };
        if !is_done {
            return Ok(Some((waiting, whom, name)));
        }
        self.people()?.wait_no_more(&name, &waiting).await?;
        Ok(None)
    }

    /// Whether all who reported to someone who left report to whom a provider calls so now; `false` where others change them at
    /// the same time.
    async fn succeeded(&self, gone: &EmployeeId, by: &EmployeeId) -> Result<bool, Error> {
        // Whoever comes back has them all.
        if gone == by {
            return Ok(true);
        }
        let written = async |_, writes| self.people()?.write_all_or_none(writes).await;
        match self.bring_along(gone, by, written).await {
            Err(error) if error.kind() == Kind::Conflict => Ok(false),
            result => result.map(|()| true),
        }
    }

    /// Whether someone needs to wait no more: the row says for whom they do, and a change of nothing looks for that one again.
    async fn told(&self, who: &EmployeeId) -> Result<bool, Error> {
        // No address of SCIM is told of by this.
        let changing =
            Changing { directory: self.clone(), base: String::new(), deed: self.deed(Caller::ROLLCALL)? };
        let same = |resource: Resource| Ok::<Resource, Refusal>(resource);
        match changing.change(who, &same, &|_: &Person| Ok(())).await {
            Ok(person) => Ok(!waits(&person.record)),
            Err(error) if error.is_away() => {
                Err(Error::away("Someone who waits for a manager can't be told."))
            }
            Err(error) => {
                tracing::warn!(?error, %who, "someone who waits for a manager is not given one");
                Ok(error.is_of_nobody())
            }
        }
    }
}

/// By what a provider may name someone as a manager.
fn names(record: &Record) -> BTreeSet<String> {
    let id = to_segment(record.id.as_str());
    let names = [id.as_str(), record.text(EXTERNAL_ID), user_name(record)];
    names.into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
