//! One entry.

use jiff::Timestamp;
use rollcall_api::audit::{Actor, AuditAction, AuditEntry, Means};
use rollcall_aws::records::{Key, RecordsError, Write};
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Uuid};

use crate::month::Month;

/// Who asks for something, and in which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub actor: Actor,
    /// None where nobody is known.
    pub means: Option<Means>,
    /// The id under which the request, or the invocation, is logged; none where Rollcall acts by itself.
    pub request_id: Option<String>,
}

impl Caller {
    /// Rollcall, which acts by itself.
    pub const ROLLCALL: Self = Self { actor: Actor::Rollcall, means: Some(Means::System), request_id: None };

    /// Who asked for what goes on under this id, which is no request of theirs.
    #[must_use]
    pub fn of(actor: Actor, request_id: String) -> Self {
        let means = match actor {
            Actor::Schedule { .. } => Some(Means::Schedule),
            Actor::DirectInvocation => Some(Means::Direct),
            // Whoever it was, it is a driver that goes on with it.
            Actor::Rollcall | Actor::Person { .. } | Actor::Provider { .. } => Some(Means::System),
            Actor::Anonymous => None,
        };
        Self { actor, means, request_id: Some(request_id) }
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Sorts by time, and tells two of the same moment apart.
    pub(crate) id: Uuid,
    pub(crate) at: Timestamp,
    pub(crate) who: Actor,
    /// Not known of what was written before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    how: Option<Means>,
    pub(crate) action: AuditAction,
    /// Called `subject` in entries written before there was one partition for each month.
    #[serde(alias = "subject")]
    pub(crate) thing: String,
    outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// The hash of what is kept apart of it, where anything is: see [`crate::history`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<String>,
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
            who: nameless(caller.actor),
            how: caller.means,
            action,
            thing: thing.to_string(),
            outcome: outcome.into(),
            request_id: caller.request_id,
            details: None,
        }
    }

    /// The same with the hash of what is kept apart of it.
    pub(crate) fn with_details(self, hash: String) -> Self {
        Self { details: Some(hash), ..self }
    }

    /// The write that adds this entry to the log.
    ///
    /// # Errors
    /// When the entry can't be stored as an item.
    pub fn write(&self) -> Result<Write, RecordsError> {
        Write::create(Key::new(Month::of(self.at).partition(), self.id.to_string()), self)
    }
}

/// The actor as an entry has them: a person is one by issuer and subject, and their name is kept apart.
fn nameless(actor: Actor) -> Actor {
    match actor {
        Actor::Person { issuer: issuer @ Some(_), subject: subject @ Some(_), .. } => {
            Actor::Person { name: String::new(), issuer, subject }
        }
        other => other,
    }
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        let Entry { id: _, at, who, how, action, thing, outcome, request_id, details: _ } = entry;
        Self { at, who, how, action, thing, outcome, request_id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_from_before_there_were_months_is_still_read() {
        let old = r#"{"id":"01930000-0000-7000-8000-000000000000","at":"2026-11-01T00:00:00Z",
            "who":{"person":{"name":"olivia"}},"action":"relaunch","subject":"7","outcome":"to revision 2"}"#;
        let entry = AuditEntry::from(serde_json::from_str::<Entry>(old).expect("an entry"));
        let olivia = Actor::Person { name: "olivia".to_owned(), issuer: None, subject: None };
        assert_eq!((entry.who, entry.thing.as_str(), entry.request_id, entry.how), (olivia, "7", None, None));
    }

    #[test]
    fn a_name_that_must_be_forgotten_one_day_stands_in_no_entry() {
        let text = |text: &str| Some(text.to_owned());
        let edith = Actor::Person {
            name: "Edith".to_owned(),
            issuer: text("https://id.example"),
            subject: text("7-e"),
        };
        let caller = Caller { actor: edith, means: Some(Means::Browser), request_id: None };
        let entry = Entry::new(Timestamp::UNIX_EPOCH, caller, AuditAction::ChangeEmployee, "e-1", "phone");
        let stored = serde_json::to_string(&entry).expect("stored");
        assert!(!stored.contains("Edith") && stored.contains("7-e"), "{stored}");
    }
}
