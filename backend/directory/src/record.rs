//! An employee as the table holds one, by the data contract with the original app.
//!
//! Reading is lenient: whatever other programs wrote is listed, with what can be understood of it. So the attributes are
//! kept as they came and read one at a time. serde_dynamo, which reads the rows that are Rollcall's own, would refuse a
//! whole row for one attribute of another type, and drop what it has no field for.

use aws_sdk_dynamodb::types::AttributeValue;
use rollcall_api::{
    badge::Badge,
    employee::Employee,
    employee_details::EmployeeDetails,
    field::{FIELDS, FULL_NAME, Field, MANAGER},
    values::{Value, Values},
};

use crate::{
    attribute::{attribute, entries, text, texts},
    employee_id::EmployeeId,
    photo_key::{PhotoKey, Size},
    remnant,
};

pub(crate) use crate::attribute::{BADGES, Item, string};

pub(crate) const ID: &str = "id";
pub(crate) const OBJECT_KEY: &str = "object_key";

/// By what an identity provider knows someone, and its own id of them; absent of whom none keeps.
pub(crate) const USER_NAME: &str = "user_name";
pub(crate) const EXTERNAL_ID: &str = "external_id";

/// Every attribute that is known here; the other ones are kept as they are.
pub(crate) fn attributes() -> impl Iterator<Item = &'static str> {
    [ID, BADGES, OBJECT_KEY].into_iter().chain(FIELDS.iter().map(|field| field.name))
}

/// One row of the table, as it was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record {
    pub(crate) id: EmployeeId,
    attributes: Item,
}

impl Record {
    /// The employee in an item of the table; none when the item has no id, which the table does not permit.
    pub(crate) fn from_item(attributes: Item) -> Option<Self> {
        let id = EmployeeId::try_from(text(attributes.get(ID)).to_owned()).ok()?;
        Some(Self { id, attributes })
    }

    /// All attributes as they stand.
    pub(crate) const fn attributes(&self) -> &Item {
        &self.attributes
    }

    /// An attribute as it stands, whatever its type: another program may have filled it with anything.
    pub(crate) fn attribute(&self, name: &str) -> Option<&AttributeValue> {
        self.attributes.get(name)
    }

    /// The same with another value in one attribute.
    pub(crate) fn with(&self, name: &str, value: AttributeValue) -> Self {
        let mut attributes = self.attributes.clone();
        attributes.insert(name.to_owned(), value);
        Self { id: self.id.clone(), attributes }
    }

    /// The text that an attribute shows; empty when it holds none.
    pub(crate) fn text(&self, name: &str) -> &str {
        text(self.attribute(name))
    }

    /// What a field shows; none when there is nothing that it could.
    pub(crate) fn value(&self, field: &Field) -> Option<Value> {
        let value = if field.kind.is_list() {
            Value::List(texts(self.attribute(field.name)).into_iter().map(str::to_owned).collect())
        } else {
            Value::Text(self.text(field.name).to_owned())
        };
        Some(value).filter(|value| !value.is_empty())
    }

    /// What each of these fields shows.
    pub(crate) fn values(&self, fields: &[Field]) -> Values {
        fields.iter().filter_map(|field| Some((field.name, self.value(field)?))).collect()
    }

    /// The badges there are among those stored, each once, in display order.
    pub(crate) fn badges(&self) -> Vec<Badge> {
        let ids = texts(self.attribute(BADGES));
        let mut badges: Vec<Badge> = ids.into_iter().filter_map(Badge::from_id).collect();
        badges.sort_unstable();
        badges.dedup();
        badges
    }

    /// The photo that the row names, when it is one by the contract.
    pub(crate) fn photo(&self) -> Option<PhotoKey> {
        PhotoKey::from_object_key(self.text(OBJECT_KEY))
    }

    /// Whom the employee reports to, as far as what is there can be an id.
    pub(crate) fn manager(&self) -> Option<EmployeeId> {
        EmployeeId::try_from(self.text(MANAGER).to_owned()).ok()
    }

    /// What people call the employee: the full name, or the id where there is none.
    pub(crate) fn called(&self) -> &str {
        match self.text(FULL_NAME).trim() {
            "" => self.id.as_str(),
            name => name,
        }
    }

    /// The employee as the API answers one.
    pub(crate) fn into_employee(self) -> Employee {
        Employee {
            values: self.values(FIELDS),
            badges: self.badges(),
            newer_badges: Vec::new(),
            photo_url: self.photo().map(|key| key.url(Size::Small)),
            added_at: None,
            display: Values::default(),
            not_understood: remnant::not_understood(&self.attributes, FIELDS),
            provider_fields: Vec::new(),
            id: self.id.to_string(),
        }
    }
}

/// The item of a new employee.
pub(crate) fn new_item(id: &EmployeeId, details: &EmployeeDetails) -> Item {
    let values = details.values().iter().map(|(name, value)| (name.to_owned(), attribute(value)));
    let mut item: Item = values.chain([(ID.to_owned(), string(id.as_str()))]).collect();
    item.extend(badges_attribute(None, details.badges()).map(|badges| (BADGES.to_owned(), badges)));
    item
}

/// The attribute `badges` for someone who wears these: a list, and absent when it would be empty.
///
/// What `stored` holds besides known badges stays, after them.
pub(crate) fn badges_attribute(stored: Option<&AttributeValue>, worn: &[Badge]) -> Option<AttributeValue> {
    let unknown = entries(stored).into_iter().filter(|value| Badge::from_id(text(Some(value))).is_none());
    let badges: Vec<_> = worn.iter().map(|badge| string(badge.id())).chain(unknown).collect();
    (!badges.is_empty()).then_some(AttributeValue::L(badges))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use rollcall_api::employee::EmployeeInput;

    use super::*;

    fn details(badges: &[&str]) -> EmployeeDetails {
        let texts = [("full_name", "Ada Lovelace"), ("location", "London"), ("job_title", "Analyst")];
        let links = ("links", Value::List(vec!["https://a.example/".to_owned()]));
        let values = texts.into_iter().map(|(name, text)| (name, Value::Text(text.to_owned())));
        EmployeeDetails::parse(&EmployeeInput {
            values: values.chain([links]).collect(),
            badges: badges.iter().map(|&id| id.to_owned()).collect(),
            discard: Vec::new(),
        })
        .expect("valid")
    }

    fn id() -> EmployeeId {
        EmployeeId::try_from("e-1".to_owned()).expect("an id")
    }

    #[test]
    fn a_new_employee_is_stored_by_the_contract() {
        let expected = HashMap::from([
            ("id".to_owned(), string("e-1")),
            ("full_name".to_owned(), string("Ada Lovelace")),
            ("location".to_owned(), string("London")),
            ("job_title".to_owned(), string("Analyst")),
            ("links".to_owned(), AttributeValue::L(vec![string("https://a.example/")])),
            ("badges".to_owned(), AttributeValue::L(vec![string("coffee"), string("bug")])),
        ]);
        assert_eq!(new_item(&id(), &details(&["bug", "coffee"])), expected);
    }

    #[test]
    fn without_badges_the_attribute_is_absent() {
        assert!(!new_item(&id(), &details(&[])).contains_key(BADGES));
    }

    #[test]
    fn what_is_stored_reads_back_the_same() {
        let record = Record::from_item(new_item(&id(), &details(&["bug"]))).expect("an employee");
        let employee = record.into_employee();
        assert_eq!((employee.id.as_str(), employee.full_name()), ("e-1", "Ada Lovelace"));
        assert_eq!((employee.badges, employee.photo_url), (vec![Badge::Bug], None));
    }

    #[test]
    fn an_employee_another_program_left_incomplete_still_lists() {
        let item = HashMap::from([
            ("id".to_owned(), string("e-2")),
            ("full_name".to_owned(), AttributeValue::N("7".to_owned())),
            ("badges".to_owned(), AttributeValue::L(vec![string("unicorn"), string("bug"), string("bug")])),
            ("object_key".to_owned(), string("elsewhere/secret.txt")),
            ("salary".to_owned(), AttributeValue::N("1".to_owned())),
        ]);
        let employee = Record::from_item(item).expect("an employee").into_employee();
        assert_eq!((employee.full_name(), employee.location()), ("", ""));
        assert_eq!((&employee.badges, &employee.photo_url), (&vec![Badge::Bug], &None));
        let left: Vec<_> =
            employee.not_understood.iter().map(|it| (it.field.as_str(), it.text.as_str())).collect();
        assert_eq!(left, [("full_name", "7"), ("badges", "unicorn")]);
    }

    #[test]
    fn badges_in_one_string_are_a_badge() {
        let item = |badges: &str| {
            HashMap::from([(ID.to_owned(), string("e-2")), (BADGES.to_owned(), string(badges))])
        };
        let read = |badges| Record::from_item(item(badges)).expect("an employee").into_employee();
        assert_eq!(read("bug").badges, [Badge::Bug]);
        assert_eq!(read("unicorn").not_understood[0].text, "unicorn");
        assert!(read("").not_understood.is_empty());
    }

    #[test]
    fn a_photo_of_the_original_app_has_an_address() {
        let item = HashMap::from([
            ("id".to_owned(), string("e-3")),
            ("object_key".to_owned(), string("employee_pic/0123456789abcdef.png")),
        ]);
        let employee = Record::from_item(item).expect("an employee").into_employee();
        assert_eq!(employee.photo_url.as_deref(), Some("/photos/0123456789abcdef.png"));
    }
}
