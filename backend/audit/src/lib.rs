//! The audit log: who asked for what, when, and what came of it, for employees and operations alike.
//!
//! An entry is written in the transaction of what it tells wherever that is a write of the same table, so that neither is
//! there without the other. Entries are never changed.

mod month;

use jiff::Timestamp;
use rollcall_api::audit::{Actor, AuditAction, AuditEntry};
use rollcall_aws::records::{Key, Page, Readable, Records, RecordsError, Write};
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Uuid};

use month::Month;

/// The partition of the entries that were written before there was one for each month.
const BEFORE_MONTHS: &str = "audit";

/// Who asks for something, and in which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub actor: Actor,
    /// The id under which the request, or the invocation, is logged; none where Rollcall acts by itself.
    pub request_id: Option<String>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Sorts by time, and tells two of the same moment apart.
    id: Uuid,
    at: Timestamp,
    who: Actor,
    action: AuditAction,
    /// Called `subject` in entries written before there was one partition for each month.
    #[serde(alias = "subject")]
    thing: String,
    outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl Entry {
    /// What `caller` asked for at `at`, which thing it was about, and what came of it.
    #[must_use]
    pub fn new(
        at: Timestamp,
        caller: Caller,
        action: AuditAction,
        thing: impl ToString,
        outcome: impl Into<String>,
    ) -> Self {
        let seconds = u64::try_from(at.as_second()).unwrap_or(0);
        let nanoseconds = u32::try_from(at.subsec_nanosecond()).unwrap_or(0);
        Self {
            id: Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanoseconds)),
            at,
            who: caller.actor,
            action,
            thing: thing.to_string(),
            outcome: outcome.into(),
            request_id: caller.request_id,
        }
    }

    /// The write that adds this entry to the log.
    ///
    /// # Errors
    /// When the entry can't be stored as an item.
    pub fn write(&self) -> Result<Write, RecordsError> {
        Write::create(Key::new(Month::of(self.at).partition(), self.id.to_string()), self)
    }
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        let Entry { id: _, at, who, action, thing, outcome, request_id } = entry;
        Self { at, who, action, thing, outcome, request_id }
    }
}

/// The audit log in a table of records. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct AuditLog {
    records: Records,
}

impl AuditLog {
    /// The log among these records.
    #[must_use]
    pub const fn new(records: Records) -> Self {
        Self { records }
    }

    /// Adds an entry by itself, for what is no write of the same table. It is only logged when that fails: what it
    /// tells has happened.
    pub async fn add(&self, entry: Entry) {
        let written = match entry.write() {
            Ok(write) => self.records.write(vec![write]).await,
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            tracing::error!(%error, ?entry, "an entry of the audit log could not be written");
        }
    }

    /// At most `limit` entries, newest first; `before` is the cursor of the page before, and `now` the present time.
    ///
    /// # Errors
    /// When the table can't be read.
    pub async fn page(
        &self,
        limit: u32,
        before: Option<Uuid>,
        now: Timestamp,
    ) -> Result<Readable<Entry>, RecordsError> {
        let partitions = partitions(before, now);
        let before = before.map(|id| id.to_string());
        let (mut records, mut unreadable): (Vec<Entry>, Vec<String>) = (Vec::new(), Vec::new());
        for partition in partitions {
            let left = limit.saturating_sub(u32::try_from(records.len()).unwrap_or(u32::MAX));
            let found = self.records.newest_readable(&partition, left, before.clone()).await?;
            records.extend(found.page.records);
            unreadable.extend(found.unreadable);
            let is_full = records.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
            if is_full || found.page.next.is_some() {
                let next = found.page.next.or_else(|| records.last().map(|entry| entry.id.to_string()));
                return Ok(Readable { page: Page { records, next }, unreadable });
            }
        }
        Ok(Readable { page: Page { records, next: None }, unreadable })
    }
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
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn entries_are_looked_for_from_the_newest_month_to_those_from_before_there_were_months() {
        let found: Vec<_> = partitions(None, at("2027-01-31T12:00:00Z")).collect();
        assert_eq!(found, ["audit/2027-02", "audit/2027-01", "audit/2026-12", "audit/2026-11", "audit"]);
    }

    fn entry(time: &str) -> Entry {
        let caller = Caller { actor: Actor::Rollcall, request_id: None };
        Entry::new(at(time), caller, AuditAction::Sweep, "i-1", "no relaunch launched it")
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

    #[test]
    fn an_entry_from_before_there_were_months_is_still_read() {
        let old = r#"{"id":"01930000-0000-7000-8000-000000000000","at":"2026-11-01T00:00:00Z",
            "who":{"person":{"name":"olivia"}},"action":"relaunch","subject":"7","outcome":"to revision 2"}"#;
        let entry = AuditEntry::from(serde_json::from_str::<Entry>(old).expect("an entry"));
        let olivia = Actor::Person { name: "olivia".to_owned(), issuer: None, subject: None };
        assert_eq!((entry.who, entry.thing.as_str(), entry.request_id), (olivia, "7", None));
    }
}
