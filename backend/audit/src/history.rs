//! What an employee's attributes were before something was done and afterwards: kept apart from the entry that tells of it,
//! which has only the hash, so that it can be erased with the employee and the log stays whole.

use rollcall_api::{
    audit::{Actor, AttributeChange, HistoryEntry},
    values::Value,
};
use rollcall_aws::records::{Key, Page, Records, RecordsError, Write};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{entry::Entry, hash::hash, names};

/// The most characters that are kept of one text, and the most bytes of all that changed at once: an item of DynamoDB holds
/// 400 KB ([quotas](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-items)).
const MAX_TEXT: usize = 2_000;
const MAX_BYTES: usize = 64 * 1024;

/// What became of the attributes of one employee.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes(Vec<AttributeChange>);

impl Changes {
    /// Adds an attribute, if it is another one afterwards than before.
    pub fn add(&mut self, name: &str, before: Option<Value>, after: Option<Value>) {
        if before != after {
            let [before, after] = [before, after].map(|value| value.map(bounded));
            self.0.push(AttributeChange { name: name.to_owned(), before, after });
        }
    }

    /// The names of what changed, in order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.iter().map(|change| change.name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// As it is stored, without what is too much.
    fn to_text(&self) -> Result<String, serde_json::Error> {
        let mut kept = Vec::new();
        let mut bytes = 0;
        for change in &self.0 {
            let text = serde_json::to_string(change)?;
            bytes += text.len() + 1;
            if bytes < MAX_BYTES {
                kept.push(text);
            }
        }
        Ok(format!("[{}]", kept.join(",")))
    }
}

fn bounded(value: Value) -> Value {
    let cut = |text: String| match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    };
    match value {
        Value::Text(text) => Value::Text(cut(text)),
        Value::List(texts) => Value::List(texts.into_iter().map(cut).collect()),
    }
}

/// An entry, and what is kept apart of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    entry: Entry,
    employee: String,
    kept_apart: KeptApart,
}

/// As it is stored: the text of what changed, and what the hash begins with, so that nobody finds out by trying which short
/// text has the hash of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeptApart {
    salt: String,
    changes: String,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    entry: Entry,
    #[serde(flatten)]
    kept_apart: KeptApart,
}

impl Told {
    /// An entry about an employee, with what became of their attributes.
    ///
    /// # Errors
    /// When it can't be written as text.
    pub fn new(entry: Entry, employee: &str, changes: &Changes) -> Result<Self, serde_json::Error> {
        let kept_apart = KeptApart { salt: Uuid::new_v4().simple().to_string(), changes: changes.to_text()? };
        let details = hash(&[kept_apart.salt.as_bytes(), kept_apart.changes.as_bytes()]);
        Ok(Self { entry: entry.with_details(details), employee: employee.to_owned(), kept_apart })
    }

    /// What adds both, in one transaction.
    pub(crate) fn writes(&self) -> Result<[Write; 2], RecordsError> {
        let stored = Stored { entry: self.entry.clone(), kept_apart: self.kept_apart.clone() };
        let key = Key::new(partition(&self.employee), self.entry.id.to_string());
        Ok([self.entry.write()?, Write::create(key, &stored)?])
    }
}

/// What was done to an employee, newest first, behind an entry.
pub(crate) async fn of(
    records: &Records,
    employee: &str,
    limit: u32,
    after: Option<Uuid>,
) -> Result<Page<HistoryEntry>, RecordsError> {
    let after = after.map(|id| id.to_string());
    let Page { records: stored, next } = records.newest::<Stored>(&partition(employee), limit, after).await?;
    let mut entries: Vec<HistoryEntry> = Vec::new();
    for Stored { entry, kept_apart } in stored {
        let changes = serde_json::from_str(&kept_apart.changes).unwrap_or_default();
        entries.push(HistoryEntry { entry: entry.into(), changes });
    }
    let actors = entries.iter_mut().map(|one: &mut HistoryEntry| -> &mut Actor { &mut one.entry.who });
    names::fill(records, actors).await?;
    Ok(Page { records: entries, next })
}

/// Erases what was kept apart of an employee. Their entries stay, with its hashes.
pub(crate) async fn erase(records: &Records, employee: &str) -> Result<(), RecordsError> {
    #[derive(Deserialize)]
    struct Place {
        sk: String,
    }
    let partition = partition(employee);
    loop {
        let page = records.oldest::<Place>(&partition, 100, None).await?;
        for Place { sk } in &page.records {
            records.remove(&Key::new(partition.clone(), sk.clone())).await?;
        }
        if page.next.is_none() {
            return Ok(());
        }
    }
}

/// The partition of what is kept apart of an employee. An id may be as long as a partition key.
fn partition(employee: &str) -> String {
    format!("history/{}", hash(&[employee.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rollcall_api::audit::AuditAction;

    use super::*;
    use crate::Caller;

    fn text(text: &str) -> Option<Value> {
        Some(Value::Text(text.to_owned()))
    }

    #[test]
    fn an_entry_has_the_hash_of_what_changed_and_no_word_of_it() {
        let mut changes = Changes::default();
        changes.add("phone", text("+4930901820"), None);
        changes.add("location", text("Berlin"), text("Berlin"));
        assert_eq!(changes.names(), ["phone"]);
        let entry = |at| Entry::new(at, Caller::ROLLCALL, AuditAction::ChangeEmployee, "e-1", "phone");
        let told = || Told::new(entry(Timestamp::UNIX_EPOCH), "e-1", &changes).expect("told");
        let (one, other) = (told(), told());
        assert!(!serde_json::to_string(&one.entry).expect("stored").contains("4930901820"));
        let KeptApart { salt, changes } = &one.kept_apart;
        assert_eq!(one.entry.details, Some(hash(&[salt.as_bytes(), changes.as_bytes()])));
        assert_ne!(one.entry.details, other.entry.details, "the same change twice has two hashes");
    }

    #[test]
    fn however_much_changes_at_once_an_item_holds_it() {
        let mut changes = Changes::default();
        for number in 0..400 {
            let long = "é".repeat(300_000);
            changes.add(&format!("attribute {number}"), None, Some(Value::List(vec![long])));
        }
        let kept = changes.to_text().expect("text");
        assert!(kept.len() <= MAX_BYTES, "{}", kept.len());
        let kept: Vec<AttributeChange> = serde_json::from_str(&kept).expect("changes");
        assert!(kept.len() > 10);
    }
}
