//! Reading the log, newest first.

use jiff::Timestamp;
use rollcall_api::audit::{Actor, AuditAction, AuditEntry};
use rollcall_aws::records::{Page, RecordsError};
use uuid::Uuid;

use crate::{entry::Entry, log::AuditLog, month::Month, names};

/// The partition of the entries that were written before there was one for each month.
pub(crate) const BEFORE_MONTHS: &str = "audit";

/// How many entries are looked at for one page, where few are of what is asked for: as many as a request has time for.
const LOOKED_AT: usize = 5_000;

/// How many are read at once where not all are wanted.
const AT_ONCE: u32 = 500;

/// Which entries are wanted: those that fit all that is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// What it was about.
    pub thing: Option<String>,
    /// The issuer's id of who did it, or the name of a schedule or an identity provider.
    pub who: Option<String>,
    pub action: Option<AuditAction>,
    /// Not before this.
    pub from: Option<Timestamp>,
    /// Before this.
    pub until: Option<Timestamp>,
}

impl Filter {
    fn is_of_all(&self) -> bool {
        *self == Self::default()
    }

    fn fits(&self, entry: &Entry) -> bool {
        let who = |wanted: &String| match &entry.who {
            Actor::Person { name, subject, .. } => subject.as_ref().unwrap_or(name) == wanted,
            Actor::Schedule { name } | Actor::Provider { name, .. } => name == wanted,
            Actor::DirectInvocation | Actor::Rollcall | Actor::Anonymous => false,
        };
        self.thing.as_ref().is_none_or(|thing| entry.thing == *thing)
            && self.who.as_ref().is_none_or(who)
            && self.action.is_none_or(|action| entry.action == action)
            && self.from.is_none_or(|from| entry.at >= from)
            && self.until.is_none_or(|until| entry.at < until)
    }

    /// Whether nothing that comes after this entry, which is older, can fit.
    fn ends_at(&self, entry: &Entry) -> bool {
        self.from.is_some_and(|from| entry.at < from)
    }
}

/// One page of the log.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub entries: Vec<AuditEntry>,
    /// The ids of those that can't be read: another version of Rollcall may have written them.
    pub unreadable: Vec<String>,
    /// After which entry the next page begins; none on the last one. A page may have few entries, or none, and another behind
    /// it.
    pub next: Option<String>,
}

impl AuditLog {
    /// At most `limit` entries, newest first; `before` is the cursor of the page before, and `now` the present time.
    ///
    /// # Errors
    /// When the table can't be read.
    pub async fn page(
        &self,
        filter: &Filter,
        limit: u32,
        before: Option<Uuid>,
        now: Timestamp,
    ) -> Result<Found, RecordsError> {
        let mut found = self.fitting(filter, limit, before, now).await?;
        names::fill(&self.records, found.entries.iter_mut().map(|entry| &mut entry.who)).await?;
        found.unreadable.dedup();
        Ok(found)
    }

    async fn fitting(
        &self,
        filter: &Filter,
        limit: u32,
        before: Option<Uuid>,
        now: Timestamp,
    ) -> Result<Found, RecordsError> {
        let (wanted, mut looked_at) = (usize::try_from(limit).unwrap_or(usize::MAX), 0);
        let mut found = Found::default();
        let until = filter.until.map(last_before);
        for partition in partitions(before.or(until), now) {
            let mut behind = before.or(until).map(|id| id.to_string());
            loop {
                let at_once = if filter.is_of_all() { limit } else { AT_ONCE };
                let read = self.records.newest_readable::<Entry>(&partition, at_once, behind).await?;
                let Page { records, next } = read.page;
                found.unreadable.extend(read.unreadable);
                for entry in records {
                    if filter.ends_at(&entry) {
                        return Ok(Found { next: None, ..found });
                    }
                    looked_at += 1;
                    found.next = Some(entry.id.to_string());
                    if filter.fits(&entry) {
                        found.entries.push(entry.into());
                    }
                    if found.entries.len() == wanted || looked_at == LOOKED_AT {
                        return Ok(found);
                    }
                }
                let Some(next) = next else { break };
                behind = Some(next);
            }
        }
        Ok(Found { next: None, ..found })
    }
}

/// What comes before every id of a time, and behind those of earlier ones: ids begin with the milliseconds.
pub(crate) fn last_before(time: Timestamp) -> Uuid {
    let milliseconds = u64::try_from(time.as_millisecond()).unwrap_or_default();
    Uuid::from_u128(u128::from(milliseconds) << 80)
}

/// Where entries from `before` this one stand, the newest first. Clocks of two machines differ, so that there may be
/// entries of the next month.
fn partitions(before: Option<Uuid>, now: Timestamp) -> impl Iterator<Item = String> {
    let now = Month::of(now);
    let newest = before.and_then(time_of).map_or(now.next(), |time| Month::of(time).min(now.next()));
    newest.back_to_the_first(now).map(Month::partition).chain([BEFORE_MONTHS.to_owned()])
}

/// When an entry with this id was written; its partition follows from the same time.
fn time_of(id: Uuid) -> Option<Timestamp> {
    let (seconds, nanoseconds) = id.get_timestamp()?.to_unix();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanoseconds).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use rollcall_api::audit::AuditAction;

    use super::*;
    use crate::Caller;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn entries_are_looked_for_from_the_newest_month_to_those_from_before_there_were_months() {
        let found: Vec<_> = partitions(None, at("2027-01-31T12:00:00Z")).collect();
        assert_eq!(found, ["audit/2027-02", "audit/2027-01", "audit/2026-12", "audit/2026-11", "audit"]);
    }

    fn entry(time: &str) -> Entry {
        Entry::new(at(time), Caller::ROLLCALL, AuditAction::Sweep, "i-1", "no relaunch launched it")
    }

    #[test]
    fn a_later_page_is_looked_for_from_the_month_that_the_one_before_ended_in() {
        let from =
            |time: &str| -> Vec<_> { partitions(Some(entry(time).id), at("2027-01-31T12:00:00Z")).collect() };
        assert_eq!(from("2026-12-01T00:00:00Z"), ["audit/2026-12", "audit/2026-11", "audit"]);
        assert_eq!(from("2026-11-30T23:59:59.9999Z"), ["audit/2026-11", "audit"]);
        assert_eq!(from("2026-10-01T00:00:00Z"), ["audit"]);
        assert_eq!(from("2031-01-01T00:00:00Z").first().map(String::as_str), Some("audit/2027-02"));
        let no_time = Uuid::from_u128(7);
        assert_eq!(partitions(Some(no_time), at("2026-12-31T12:00:00Z")).count(), 4);
    }

    #[test]
    fn what_is_written_by_a_clock_that_is_behind_is_read_by_it() {
        for now in ["2024-02-29T12:00:00Z", "1970-01-01T00:00:00Z", "2026-11-01T00:00:00Z"] {
            let written = Month::of(at(now)).partition();
            assert!(partitions(None, at(now)).any(|partition| partition == written), "{now}");
        }
    }
}
