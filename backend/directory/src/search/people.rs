//! The people of the table, as the search index is told of them.

use rollcall_api::{
    badge::Badge,
    field::{EMAIL, FIELDS, FULL_NAME, Field, JOB_TITLE, LOCATION, MAX_LIST},
    field_rules::same_email,
};
use rollcall_error::Error;
use rollcall_search::{Changes, People, Person};
use sha2::{Digest, Sha256};

use crate::{employee_id::EmployeeId, record::Record, table::Table};

/// How much of a text is searched, in bytes. Rollcall's own are shorter; another program may have written a book.
const SEARCHED_BYTES: usize = 1_000;

/// What the index is told of an employee.
pub(crate) fn person(record: &Record) -> Person {
    let badges: Vec<String> = record.badges().into_iter().map(|badge| badge.id().to_owned()).collect();
    let text = |name| beginning(record.text(name)).to_owned();
    let also = badge_names(&badges).into_iter().chain(other_texts(FIELDS, record)).collect();
    Person {
        id: record.id.to_string(),
        name: text(FULL_NAME),
        location: text(LOCATION),
        job_title: text(JOB_TITLE),
        manager: record.manager().map(|id| id.to_string()).unwrap_or_default(),
        email: email_number(record.text(EMAIL)),
        also,
        badges,
    }
}

/// A number that stands for an e-mail address, the same in every process; 0 for none. A million people share one by
/// chance a hundred times, which whoever shows them finds out.
pub(crate) fn email_number(address: &str) -> u32 {
    if address.is_empty() {
        return 0;
    }
    let hash = Sha256::digest(same_email(address));
    hash.first_chunk().map_or(1, |bytes| u32::from_le_bytes(*bytes)).max(1)
}

/// What people are found by besides the three that the index knows by name.
fn other_texts(fields: &[Field], record: &Record) -> Vec<String> {
    let fields = fields
        .iter()
        .filter(|field| field.searched && ![FULL_NAME, LOCATION, JOB_TITLE].contains(&field.name));
    let values = fields.filter_map(|field| record.value(field));
    let texts = values.flat_map(|value| {
        value.texts().iter().take(MAX_LIST).map(|it| beginning(it).to_owned()).collect::<Vec<_>>()
    });
    texts.collect()
}

/// What badges are called: people are found by it as well.
pub(crate) fn badge_names(ids: &[String]) -> Vec<String> {
    ids.iter().filter_map(|id| Badge::from_id(id)).map(|badge| badge.label().to_owned()).collect()
}

fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(SEARCHED_BYTES)).unwrap_or_default()
}

impl People for Table {
    type Error = Error;

    async fn get(&self, ids: Vec<String>) -> Result<Changes, Error> {
        let keys: Vec<EmployeeId> =
            ids.iter().filter_map(|id| EmployeeId::try_from(id.clone()).ok()).collect();
        let mut found = self.get_all(&keys).await?;
        let changes = ids.into_iter().map(|id| {
            let key = EmployeeId::try_from(id.clone()).ok();
            let record = key.and_then(|key| found.remove(&key));
            (id, record.as_ref().map(person))
        });
        Ok(changes.collect())
    }

    async fn page(&self, after: Option<String>) -> Result<(Vec<Person>, Option<String>), Error> {
        let after = after.map(EmployeeId::try_from).transpose().map_err(Error::broken)?;
        let page = Table::page(self, None, after.as_ref()).await?;
        Ok((page.records.iter().map(person).collect(), page.next.map(|id| id.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ID, string};

    #[test]
    fn what_another_program_left_for_a_manager_takes_no_room_in_the_index_that_no_id_could() {
        let item = [(ID, "e-1".to_owned()), ("manager", "x".repeat(300_000))];
        let item = item.map(|(name, text)| (name.to_owned(), string(&text))).into_iter().collect();
        assert_eq!(person(&Record::from_item(item).expect("an employee")).manager, "");
    }
}
