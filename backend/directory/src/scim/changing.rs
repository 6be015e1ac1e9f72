//! What it takes to change someone, whoever asks for it: from what is wished to what is written.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use rollcall_api::{
    audit::AuditAction,
    employee::EmployeeInput,
    employee_address::to_segment,
    field::{FIELDS, MANAGER},
    former::How,
    reporting::ChainEnd,
    values::{Value as Held, Values},
};
use rollcall_error::{Error, source_chain};
use rollcall_scim::{
    Mistake, Refusal, Resource, mapping,
    user::{self, ACTIVE, ENTERPRISE, EXTERNAL_ID, ID, META, SCHEMAS, USER_NAME},
};
use serde_json::Value;

use super::{
    answer::ScimError,
    find::Key,
    manager::Manager,
    person::{Person, user_name},
};
use crate::{
    change::{details_of, field_writes},
    deed::Deed,
    directory::Directory,
    employee_id::EmployeeId,
    former::restore::bring_back,
    overtaken::{MAX_ATTEMPTS, overtaken},
    people::{
        store::{Row, Written},
        trail::Former,
    },
    provided::{SAID, awaiting, kept, said, set_awaits, waits},
    record::{self, Record, string},
    remove::take_out,
    reporting::chain::Chain,
    table::{Change, Write},
    unique::Taken,
    view::Seen,
};

/// What becomes of someone, by all that was said of them.
pub(super) type Wish = dyn Fn(Resource) -> Result<Resource, Refusal> + Send + Sync;

/// Where people are changed, and for whom.
pub(super) struct Changing {
    pub(super) directory: Directory,
    /// The address of SCIM.
    pub(super) base: String,
    /// What the provider does.
    pub(super) deed: Deed,
}

/// What is to be written of someone.
pub(super) struct Asked {
    pub(super) writes: Vec<Write>,
    /// What is written beside.
    pub(super) beside: Vec<TransactWriteItem>,
    pub(super) active: bool,
    /// The e-mail addresses that are theirs no more.
    given_up: BTreeSet<String>,
}

impl Changing {
    /// Makes of someone what is wished, all of it or nothing.
    ///
    /// # Errors
    /// 404 where there is nobody, what `unchanged` says, what can't be, and when AWS does not answer.
    pub(super) async fn change(
        &self,
        id: &EmployeeId,
        wish: &Wish,
        unchanged: &(dyn Fn(&Person) -> Result<(), ScimError> + Send + Sync),
    ) -> Result<Person, ScimError> {
        for _ in 0..MAX_ATTEMPTS {
            let person = self.directory.person(id).await?.ok_or_else(ScimError::nobody)?;
            unchanged(&person)?;
            let mut asked = self.asked(&person, wish).await?;
            let given_up = std::mem::take(&mut asked.given_up);
            let changed = match (person.active, asked.active) {
                (true, false) => self.make_inactive(person.record, asked).await?,
                (false, true) => self.make_active(person.record, asked).await?,
                _ => self.rewrite(person, asked).await?,
            };
            if let Some(person) = changed {
                self.forget_addresses(&given_up, id).await;
                return Ok(person);
            }
        }
        Err(overtaken().into())
    }

    /// What a wish comes to.
    async fn asked(&self, person: &Person, wish: &Wish) -> Result<Asked, ScimError> {
        let before = person.content(&self.base)?;
        let wanted = wish(before.clone())?;
        // What was said is changed as all that is told: what an editor wrote becomes nothing that the provider said.
        let mut own = said(&person.record);
        own.insert(USER_NAME.to_owned(), before.get(USER_NAME).cloned().unwrap_or_default());
        let own = wish(own).unwrap_or_else(|_| wanted.clone());
        self.compared(person, &before, &wanted, own).await
    }

    /// What is to be written so that someone, of whom `before` was told, is as it is `wanted`, and of whom the provider said
    /// what is its `own`.
    pub(super) async fn compared(
        &self,
        person: &Person,
        before: &Resource,
        wanted: &Resource,
        mut own: Resource,
    ) -> Result<Asked, ScimError> {
        let record = &person.record;
        let name = wanted.get(USER_NAME).and_then(Value::as_str).filter(|name| !name.trim().is_empty());
        let name = name.ok_or_else(|| Refusal::new(Mistake::InvalidValue, "userName must not be empty."))?;
        let mut values = changed_values(record, before, wanted);
        let mut beside = Vec::new();
        self.nobody_else_goes_by(name, record).await?;
        let is_same_manager = mapping::manager(wanted) == mapping::manager(before);
        let mut awaits = false;
        if !is_same_manager || waits(record) {
            let manager = self.directory.manager_called(mapping::manager(wanted), record).await?;
            let known = if let Manager::Known(id) = &manager { id.as_str() } else { "" };
            values.set_text(MANAGER, known);
            if let Manager::Awaited(name) = manager {
                beside.push(self.directory.people()?.wait_for(&name, &record.id)?);
                awaits = true;
            }
            set_said_manager(&mut own, wanted);
        } else {
            set_said_manager(&mut own, &said(record));
        }
        set_awaits(&mut own, awaits);
        let badges = record.badges().into_iter().map(|badge| badge.id().to_owned()).collect();
        let input = EmployeeInput { values, badges, discard: Vec::new() };
        let mut writes = field_writes(record, &input)?;
        let external_id = wanted.get(EXTERNAL_ID).and_then(Value::as_str).unwrap_or_default();
        let kept = kept(&self.own_words(record, wanted, own))?;
        let texts = [(record::USER_NAME, name), (record::EXTERNAL_ID, external_id)];
        let texts = texts.map(|(name, text)| (name, (!text.is_empty()).then(|| string(text))));
        let differs = |(name, value): &Write| record.attribute(name) != value.as_ref();
        writes.extend(texts.into_iter().chain([(SAID, kept)]).filter(differs));
        let active = wanted.get(ACTIVE).and_then(Value::as_bool).unwrap_or(person.active);
        let given_up = self.note_addresses(record, wanted).await?;
        Ok(Asked { writes, beside, active, given_up })
    }

    /// Notes whose the addresses are that are said anew, and tells those that are said no more.
    async fn note_addresses(&self, record: &Record, wanted: &Resource) -> Result<BTreeSet<String>, Error> {
        let (before, now) = (mapping::addresses(&said(record)), mapping::addresses(wanted));
        self.directory.people()?.note_addresses(now.difference(&before), &record.id).await?;
        Ok(before.difference(&now).cloned().collect())
    }

    /// Forgets whose these addresses were. What was asked is done by then, and a note that stays only says where to look in vain.
    async fn forget_addresses(&self, given_up: &BTreeSet<String>, whose: &EmployeeId) {
        let forgets = async { self.directory.people()?.forget_addresses(given_up, whose).await };
        if let Err(error) = forgets.await {
            tracing::warn!(error = source_chain(&error), %whose, "it is not forgotten whose an address was");
        }
    }

    /// Whoever has no name from a provider goes by their e-mail address or their id, which nobody else may be called then.
    async fn nobody_else_goes_by(&self, name: &str, record: &Record) -> Result<(), ScimError> {
        if name.to_lowercase() == user_name(record).to_lowercase() {
            return Ok(());
        }
        match self.directory.person_by(&Key::UserName(name.to_owned())).await? {
            Some(other) if other.record.id != record.id => {
                let detail = format!("Someone else's userName is {name:?}, with the id {}.", other.record.id);
                Err(Refusal::new(Mistake::Uniqueness, detail).into())
            }
            _ => Ok(()),
        }
    }

    /// What is kept as it was said: all but what stands elsewhere.
    fn own_words(&self, record: &Record, wanted: &Resource, mut own: Resource) -> Resource {
        for name in [ID, SCHEMAS, USER_NAME, EXTERNAL_ID, ACTIVE] {
            own.remove(name);
        }
        if !wanted.contains_key(ACTIVE) {
            own.insert(ACTIVE.to_owned(), Value::Null);
        }
        let meta = own.remove(META).or_else(|| said(record).remove(META));
        own.extend(meta.map(|meta| (META.to_owned(), meta)));
        own
    }

    /// Writes what is asked; none when someone else came first.
    async fn rewrite(&self, person: Person, asked: Asked) -> Result<Option<Person>, Error> {
        let Asked { writes, beside, .. } = asked;
        let Person { record, active } = person;
        if writes.is_empty() {
            return Ok(Some(Person { record, active }));
        }
        if active {
            let held: Vec<_> = details_of(FIELDS)
                .into_iter()
                .chain([record::USER_NAME, record::EXTERNAL_ID, SAID])
                .collect();
            return Ok(match self.directory.rewrite(&self.deed, &record, &held, writes, beside).await? {
                Change::Done(record) => Some(Person { record, active }),
                Change::Overtaken => None,
            });
        }
        self.amend(record, writes, beside).await
    }

    /// Takes someone out, with what else is asked; none where they are otherwise by now.
    async fn make_inactive(&self, record: Record, asked: Asked) -> Result<Option<Person>, Error> {
        let Asked { writes, mut beside, .. } = asked;
        beside.extend(self.directory.claims(&record.id, Some(&record), &writes).await?);
        let kept = with(&record, writes);
        let becoming = |row: &Record| (*row == record).then(|| (kept.clone(), beside.clone()));
        let leaving = (How::Provider, &self.deed);
        Ok(match take_out(&self.directory, &record.id, leaving, &becoming).await? {
            Seen::As(record) => Some(Person { record, active: false }),
            Seen::Otherwise(_) => None,
        })
    }

    /// Brings someone back, with what else is asked; none where they are otherwise by now. A manager who is below them by now is
    /// waited for.
    async fn make_active(&self, record: Record, asked: Asked) -> Result<Option<Person>, Error> {
        let Asked { writes, mut beside, .. } = asked;
        let mut back = with(&record, writes);
        let chain = Chain::above(&self.directory.table, &back).await?;
        if let (ChainEnd::Circle | ChainEnd::TooLong, Some(manager)) = (chain.end, back.manager()) {
            beside.push(self.directory.people()?.wait_for(&to_segment(manager.as_str()), &back.id)?);
            back = with(&awaiting(&back)?, vec![(MANAGER, None)]);
        }
        // What is someone else's by now is told as such, before anything is moved.
        self.directory.claims_of(&back, |_| None).await?.map_err(Taken::refused)?;
        let becoming = |former: &Former| {
            let is_as_seen = former.how == How::Provider && former.record == record;
            is_as_seen.then(|| (back.clone(), beside.clone()))
        };
        Ok(match bring_back(&self.directory, &self.deed, &record.id, &becoming).await? {
            Seen::As(record) => Some(Person { record, active: true }),
            Seen::Otherwise(_) => None,
        })
    }

    /// Writes into what is kept of someone who is inactive.
    async fn amend(
        &self,
        record: Record,
        writes: Vec<Write>,
        mut beside: Vec<TransactWriteItem>,
    ) -> Result<Option<Person>, Error> {
        let directory = &self.directory;
        let Some(trail) = directory.trail_of_inactive(&record.id).await? else { return Ok(None) };
        if trail.former.as_ref().is_none_or(|former| former.record != record) {
            return Ok(None);
        }
        beside.extend(directory.claims(&record.id, Some(&record), &writes).await?);
        beside.extend(self.deed.change(AuditAction::ChangeEmployee, &record, &writes)?);
        let record = with(&record, writes);
        let amended = (&trail, trail.clone().amended(record.clone()));
        let written = directory.people()?.write(&record.id, amended, Row::Keep, beside).await?;
        Ok((written == Written::Done).then_some(Person { record, active: false }))
    }
}

/// What the fields are to hold: what was said otherwise than before, and of the rest what they hold.
fn changed_values(record: &Record, before: &Resource, wanted: &Resource) -> Values {
    let (was, said) = (mapping::values(before), mapping::values(wanted));
    let mut values = record.values(FIELDS);
    for field in FIELDS.iter().filter(|field| field.name != MANAGER) {
        if was.get(field.name) != said.get(field.name) {
            let value = said.get(field.name).cloned().unwrap_or_else(|| Held::Text(String::new()));
            values.set(field.name, value);
        }
    }
    values
}

/// Has what was said name the manager as another resource does.
fn set_said_manager(own: &mut Resource, like: &Resource) {
    let manager = like.get(ENTERPRISE).and_then(|enterprise| enterprise.get(user::MANAGER));
    mapping::set_manager(own, None);
    if let Some(manager) = manager.and_then(Value::as_object) {
        let text = |part: &str| manager.get(part).and_then(Value::as_str);
        if let Some(name) = text("value").or_else(|| mapping::manager(like)) {
            mapping::set_manager(own, Some((name, text("$ref"))));
        }
    }
}

/// A row with these attributes.
pub(super) fn with(record: &Record, writes: Vec<Write>) -> Record {
    let mut attributes = record.attributes().clone();
    for (name, value) in writes {
        attributes.remove(name);
        attributes.extend(value.map(|value: AttributeValue| (name.to_owned(), value)));
    }
    Record::from_item(attributes).unwrap_or_else(|| record.clone())
}
