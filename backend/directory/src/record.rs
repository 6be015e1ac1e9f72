//! An employee as the table holds one, by the data contract with the original app.
//!
//! Reading is lenient: whatever other programs wrote is listed, with what can be understood of it. So the attributes are
//! kept as they came and read one at a time. serde_dynamo, which reads the rows that are Rollcall's own, would refuse a
//! whole row for one attribute of another type, and drop what it has no field for.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use rollcall_api::{badge::Badge, employee::Employee, employee_details::EmployeeDetails};

use crate::{employee_id::EmployeeId, photo_key::PhotoKey};

pub(crate) const ID: &str = "id";
pub(crate) const FULL_NAME: &str = "full_name";
pub(crate) const LOCATION: &str = "location";
pub(crate) const JOB_TITLE: &str = "job_title";
pub(crate) const BADGES: &str = "badges";
pub(crate) const OBJECT_KEY: &str = "object_key";

/// The attributes of one item.
pub(crate) type Item = HashMap<String, AttributeValue>;

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

    /// The text that an attribute shows; empty when it holds none.
    pub(crate) fn text(&self, name: &str) -> &str {
        text(self.attribute(name))
    }

    /// The badges there are among those stored, each once, in display order.
    pub(crate) fn badges(&self) -> Vec<Badge> {
        let ids: Vec<&str> = match self.attribute(BADGES) {
            Some(AttributeValue::L(values)) => values.iter().map(|value| text(Some(value))).collect(),
            Some(AttributeValue::Ss(values)) => values.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        let mut badges: Vec<Badge> = ids.into_iter().filter_map(Badge::from_id).collect();
        badges.sort_unstable();
        badges.dedup();
        badges
    }

    /// The photo that the row names, when it is one by the contract.
    pub(crate) fn photo(&self) -> Option<PhotoKey> {
        PhotoKey::from_object_key(self.text(OBJECT_KEY))
    }

    /// The employee as the API answers one.
    pub(crate) fn into_employee(self) -> Employee {
        Employee {
            id: self.id.to_string(),
            full_name: self.text(FULL_NAME).to_owned(),
            location: self.text(LOCATION).to_owned(),
            job_title: self.text(JOB_TITLE).to_owned(),
            badges: self.badges(),
            newer_badges: Vec::new(),
            photo_url: self.photo().map(|key| key.url()),
        }
    }
}

/// The item of a new employee.
pub(crate) fn new_item(id: &EmployeeId, details: &EmployeeDetails) -> Item {
    let mut item = HashMap::from([
        (ID.to_owned(), string(id.as_str())),
        (FULL_NAME.to_owned(), string(details.full_name())),
        (LOCATION.to_owned(), string(details.location())),
        (JOB_TITLE.to_owned(), string(details.job_title())),
    ]);
    item.extend(badges_attribute(None, details.badges()).map(|badges| (BADGES.to_owned(), badges)));
    item
}

/// The attribute `badges` for someone who wears these: a list, and absent when it would be empty.
///
/// What `stored` holds besides known badges stays, after them.
pub(crate) fn badges_attribute(stored: Option<&AttributeValue>, worn: &[Badge]) -> Option<AttributeValue> {
    let stored: Vec<AttributeValue> = match stored {
        Some(AttributeValue::L(values)) => values.clone(),
        Some(AttributeValue::Ss(values)) => values.iter().map(|value| string(value)).collect(),
        _ => Vec::new(),
    };
    let unknown = stored.into_iter().filter(|value| Badge::from_id(text(Some(value))).is_none());
    let badges: Vec<_> = worn.iter().map(|badge| string(badge.id())).chain(unknown).collect();
    (!badges.is_empty()).then_some(AttributeValue::L(badges))
}

pub(crate) fn string(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn text(value: Option<&AttributeValue>) -> &str {
    value.and_then(|value| value.as_s().ok()).map(String::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rollcall_api::employee::EmployeeInput;

    use super::*;

    fn details(badges: &[&str]) -> EmployeeDetails {
        EmployeeDetails::parse(&EmployeeInput {
            full_name: "Ada Lovelace".to_owned(),
            location: "London".to_owned(),
            job_title: "Analyst".to_owned(),
            badges: badges.iter().map(|&id| id.to_owned()).collect(),
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
        assert_eq!((employee.id.as_str(), employee.full_name.as_str()), ("e-1", "Ada Lovelace"));
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
        assert_eq!((employee.full_name.as_str(), employee.location.as_str()), ("", ""));
        assert_eq!((employee.badges, employee.photo_url), (vec![Badge::Bug], None));
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
