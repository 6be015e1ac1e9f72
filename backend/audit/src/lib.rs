//! The audit log: who asked for what, when, and what came of it, for employees and operations alike.
//!
//! An entry is written in the transaction of what it tells wherever that is a write of the same table, so that neither is
//! there without the other. Entries are never changed.

mod month;

use jiff::Timestamp;
use rollcall_api::audit::{Actor, AuditAction, AuditEntry};
use rollcall_aws::records::{Key, Page, Records, RecordsError, Write};
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Uuid};

use month::Month;

/// The partition of the entries that were written before there was one for each month.
const BEFORE_MONTHS: &str = "audit";

/// Who asks for something, and in which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
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
    ) -> Result<Page<Entry>, RecordsError> {
        let before = before.map(|id| id.to_string());
        let mut entries = Vec::new();
        for partition in partitions(now) {
            let left = limit.saturating_sub(u32::try_from(entries.len()).unwrap_or(u32::MAX));
            entries.extend(self.records.newest::<Entry>(&partition, left, before.clone()).await?.records);
            if entries.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
                let next = entries.last().map(|entry| entry.id.to_string());
                return Ok(Page { records: entries, next });
            }
        }
        Ok(Page { records: entries, next: None })
    }
}

/// Where entries stand, the newest first. Clocks of two machines differ, so that there may be entries of the next month.
fn partitions(now: Timestamp) -> impl Iterator<Item = String> {
    Month::of(now).next().back_to_the_first().map(Month::partition).chain([BEFORE_MONTHS.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn entries_are_looked_for_from_the_newest_month_to_those_from_before_there_were_months() {
        let found: Vec<_> = partitions(at("2027-01-31T12:00:00Z")).collect();
        assert_eq!(found, ["audit/2027-02", "audit/2027-01", "audit/2026-12", "audit/2026-11", "audit"]);
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
