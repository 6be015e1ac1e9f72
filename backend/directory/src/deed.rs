//! Someone does something to employees. The audit log is told of it in the transaction that does it, so that nothing is done
//! of which nobody knows who did it.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use jiff::Timestamp;
use rollcall_api::{
    audit::{Actor, AuditAction},
    former::{By, How},
    values::Value,
};
use rollcall_audit::{AuditLog, Caller, Changes, Entry, Told};
use rollcall_error::Error;

use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    provided::SAID,
    record::{ID, Record},
};

/// What someone does, and the log that is told of it.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    log: AuditLog,
    caller: Caller,
}

impl Directory {
    /// Something that `caller` does.
    ///
    /// # Errors
    /// Where there is no log that could be told of it: nothing is changed there.
    pub(crate) fn deed(&self, caller: Caller) -> Result<Deed, Error> {
        Ok(Deed { log: self.audit()?.clone(), caller })
    }
}

impl Deed {
    /// Who does it, as it is kept with whoever leaves by it.
    pub(crate) fn by(&self) -> Option<By> {
        match &self.caller.actor {
            Actor::Person { name, subject, .. } => {
                Some(By { name: name.clone(), subject: subject.clone().unwrap_or_default() })
            }
            Actor::Provider { name, token } => Some(By { name: name.clone(), subject: token.clone() }),
            _ => None,
        }
    }

    /// Tells that someone was added, or is back, with all that they have.
    pub(crate) fn arrival(&self, action: AuditAction, row: &Record) -> Result<Vec<TransactWriteItem>, Error> {
        let mut changes = Changes::default();
        for (name, value) in kept(row) {
            changes.add(name, None, Some(shown(value)));
        }
        let outcome = if action == AuditAction::AddEmployee { "added" } else { "is back" };
        self.tells(action, &row.id, outcome, &changes)
    }

    /// Tells that someone is taken out, with all that they had.
    pub(crate) fn departure(&self, how: How, row: &Record) -> Result<Vec<TransactWriteItem>, Error> {
        let mut changes = Changes::default();
        for (name, value) in kept(row) {
            changes.add(name, Some(shown(value)), None);
        }
        let (action, outcome) = match how {
            How::Provider => (AuditAction::DeactivateEmployee, "made inactive"),
            How::Deleted | How::Elsewhere => (AuditAction::DeleteEmployee, "deleted; can be restored"),
        };
        self.tells(action, &row.id, outcome, &changes)
    }

    /// Tells that these attributes of someone are written. Nothing is told where nothing is another than it was.
    pub(crate) fn change<N: AsRef<str>>(
        &self,
        action: AuditAction,
        seen: &Record,
        writes: &[(N, Option<AttributeValue>)],
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let changes = changes(seen, writes);
        let names = changes.names().join(", ");
        let outcome = if names.is_empty() { "what the identity provider said of it" } else { names.as_str() };
        self.tells(action, &seen.id, outcome, &changes)
    }

    /// Tells that someone was merged into whom these attributes of are written.
    pub(crate) fn merge<N: AsRef<str>>(
        &self,
        seen: &Record,
        writes: &[(N, Option<AttributeValue>)],
        other: &Record,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let outcome = format!("{} was merged into this one", other.id);
        let mut told = self.tells(AuditAction::MergeEmployees, &seen.id, &outcome, &changes(seen, writes))?;
        told.extend(self.departure(How::Deleted, other)?);
        Ok(told)
    }

    /// Tells of something that is about no single employee, or of whom nothing is kept.
    pub(crate) fn plain(
        &self,
        action: AuditAction,
        thing: &str,
        outcome: &str,
    ) -> Result<TransactWriteItem, Error> {
        let entry = Entry::new(Timestamp::now(), self.caller.clone(), action, thing, outcome);
        Ok(self.log.part(&entry)?)
    }

    /// Erases what is kept apart of someone in the log.
    pub(crate) async fn erases_history_of(&self, id: &EmployeeId) -> Result<(), Error> {
        Ok(self.log.erase_history(id.as_str()).await?)
    }

    fn tells(
        &self,
        action: AuditAction,
        id: &EmployeeId,
        outcome: &str,
        changes: &Changes,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let entry = Entry::new(Timestamp::now(), self.caller.clone(), action, id, outcome);
        let told = Told::new(entry, id.as_str(), changes).map_err(Error::broken)?;
        Ok(self.log.parts(&told)?)
    }
}

fn changes<N: AsRef<str>>(seen: &Record, writes: &[(N, Option<AttributeValue>)]) -> Changes {
    let mut changes = Changes::default();
    for (name, value) in writes.iter().filter(|(name, _)| name.as_ref() != SAID) {
        changes.add(name.as_ref(), seen.attribute(name.as_ref()).map(shown), value.as_ref().map(shown));
    }
    changes
}

/// What of a row is told. What a provider said stands in the fields.
fn kept(row: &Record) -> impl Iterator<Item = (&str, &AttributeValue)> {
    let attributes = row.attributes().iter().map(|(name, value)| (name.as_str(), value));
    attributes.filter(|(name, _)| ![ID, SAID].contains(name))
}

/// What an attribute holds, as text: whatever type it is of.
fn shown(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => Value::Text(text.clone()),
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => Value::List(texts.clone()),
        AttributeValue::L(values) => {
            Value::List(values.iter().flat_map(|value| shown(value).texts().to_vec()).collect())
        }
        AttributeValue::Bool(is_true) => Value::Text(is_true.to_string()),
        AttributeValue::Null(_) => Value::Text("null".to_owned()),
        AttributeValue::M(map) => {
            let mut texts: Vec<String> = map
                .iter()
                .map(|(name, value)| format!("{name}: {}", shown(value).texts().join(", ")))
                .collect();
            texts.sort_unstable();
            Value::List(texts)
        }
        _ => Value::Text("bytes".to_owned()),
    }
}
