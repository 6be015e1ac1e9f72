//! The only place that calls DynamoDB for the table of people, and for what is written to it and to the employees at once.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, Delete, Put, TransactWriteItem},
};
use jiff::Timestamp;
use rollcall_aws::{
    AwsError, Meaning,
    records::{Page, Records, carry_out},
};
use rollcall_error::Error;
use serde::Deserialize;
use tokio::task::JoinSet;
use tracing::Instrument;

use super::{
    stored,
    trail::{Former, Trail},
};
use crate::{
    employee_id::EmployeeId,
    record::{Item, Record},
};

/// The most attributes that a deletion holds on to as they were seen: a condition has 300 operators and functions at most
/// ([constraints](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html)). What changed among
/// others the stream tells.
const MAX_HELD: usize = 100;

/// The table of people.
#[derive(Debug, Clone)]
pub(crate) struct People {
    pub(super) client: Client,
    records: Records,
    pub(super) name: String,
    employees: String,
}

/// What became of a write that held on to what was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Done,
    /// Someone else changed the row or the trail meanwhile; nothing was written.
    Overtaken,
}

/// What happens to the row of an employee in the transaction that writes their trail.
#[derive(Debug)]
pub(crate) enum Row<'a> {
    /// It is deleted, provided that it is as it was seen.
    Delete(&'a Record),
    /// It is put back, provided that there is none.
    Put(Item),
    /// It stays as it is.
    Keep,
}

/// An item of the list of those who left.
#[derive(Debug, Deserialize)]
struct Listed {
    sk: String,
    id: String,
}

impl People {
    pub(crate) fn new(config: &SdkConfig, name: String, employees: String) -> Self {
        let records = Records::new(config, name.clone());
        Self { client: Client::new(config), records, name, employees }
    }

    /// What is known of someone's leaving at this time; the default of someone of whom nothing is.
    pub(crate) async fn trail(&self, id: &EmployeeId, now: Timestamp) -> Result<Trail, Error> {
        let reply = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(stored::key_of(&stored::key(id))))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| AwsError::read("GetItem", error))?;
        let Some(item) = reply.item else { return Ok(Trail::default()) };
        let trail = stored::trail(item);
        let trail = trail.ok_or_else(|| Error::broken(format!("what is kept of {id} can't be read")))?;
        Ok(trail.at(now))
    }

    /// Stores what becomes of a trail that was `seen`, with what happens to the row and whatever else is written `beside`,
    /// all or nothing.
    pub(crate) async fn write(
        &self,
        id: &EmployeeId,
        (seen, now): (&Trail, Trail),
        row: Row<'_>,
        beside: Vec<TransactWriteItem>,
    ) -> Result<Written, Error> {
        let now = Trail { version: seen.version.saturating_add(1), ..now };
        let mut writes = vec![self.put_trail(id, seen.version, &now)?];
        writes.extend(self.row_write(id, row)?);
        writes.extend(self.list_writes(id, seen, &now)?);
        writes.extend(beside);
        match carry_out(&self.client, writes).await {
            Ok(()) => Ok(Written::Done),
            Err(error) if error.meaning == Meaning::ConditionFailed => Ok(Written::Overtaken),
            Err(error) => Err(error.into()),
        }
    }

    /// Those who left, newest first, behind a place of the list. Whoever is restored or erased meanwhile is left out.
    pub(crate) async fn former(
        &self,
        limit: u32,
        after: Option<String>,
        now: Timestamp,
    ) -> Result<Page<(Former, Option<Timestamp>)>, Error> {
        let Page { records, next } = self.records.newest::<Listed>(stored::LIST, limit, after).await?;
        let mut reads = JoinSet::new();
        for (number, Listed { sk, id }) in records.into_iter().enumerate() {
            let people = self.clone();
            let read = async move { (number, sk, people.trail_of(id, now).await) };
            reads.spawn(read.in_current_span());
        }
        let mut found = Vec::new();
        for (number, place, trail) in reads.join_all().await {
            let Trail { former, expires_at, .. } = trail?;
            let former = former.filter(|former| former.place.to_string() == place);
            found.extend(former.map(|former| (number, (former, expires_at))));
        }
        found.sort_by_key(|(number, _)| *number);
        Ok(Page { records: found.into_iter().map(|(_, former)| former).collect(), next })
    }

    async fn trail_of(&self, id: String, now: Timestamp) -> Result<Trail, Error> {
        self.trail(&EmployeeId::try_from(id).map_err(Error::broken)?, now).await
    }

    fn put_trail(&self, id: &EmployeeId, seen: u64, now: &Trail) -> Result<TransactWriteItem, Error> {
        let put = Put::builder().table_name(&self.name).set_item(Some(stored::item(id, now)));
        let put = match seen {
            0 => put.condition_expression("attribute_not_exists(pk)"),
            seen => put
                .condition_expression("version = :seen")
                .expression_attribute_values(":seen", stored::number(seen)),
        };
        Ok(TransactWriteItem::builder().put(put.build().map_err(Error::broken)?).build())
    }

    fn row_write(&self, id: &EmployeeId, row: Row<'_>) -> Result<Option<TransactWriteItem>, Error> {
        let write = TransactWriteItem::builder();
        Ok(match row {
            Row::Keep => None,
            Row::Put(item) => {
                let put = Put::builder()
                    .table_name(&self.employees)
                    .set_item(Some(item))
                    .condition_expression("attribute_not_exists(id)")
                    .build();
                Some(write.put(put.map_err(Error::broken)?).build())
            }
            Row::Delete(seen) => {
                let Held { condition, names, values } = Held::new(seen);
                let delete = Delete::builder()
                    .table_name(&self.employees)
                    .key("id", AttributeValue::S(id.to_string()))
                    .condition_expression(condition)
                    .set_expression_attribute_names(Some(names))
                    .set_expression_attribute_values(Some(values))
                    .build();
                Some(write.delete(delete.map_err(Error::broken)?).build())
            }
        })
    }

    /// What makes the list say where they stand now.
    fn list_writes(
        &self,
        id: &EmployeeId,
        seen: &Trail,
        now: &Trail,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let place = |trail: &Trail| trail.former.as_ref().map(|former| former.place);
        let (before, after) = (place(seen), place(now));
        let mut writes = Vec::new();
        if let Some(gone) = before.filter(|gone| Some(*gone) != after) {
            let key = stored::key_of(&stored::place_key(&gone.to_string()));
            let delete = Delete::builder().table_name(&self.name).set_key(Some(key)).build();
            writes.push(TransactWriteItem::builder().delete(delete.map_err(Error::broken)?).build());
        }
        if let Some(former) = now.former.as_ref().filter(|_| before != after) {
            let item = stored::listed(id, former, now.expires_at);
            let put = Put::builder().table_name(&self.name).set_item(Some(item)).build();
            writes.push(TransactWriteItem::builder().put(put.map_err(Error::broken)?).build());
        }
        Ok(writes)
    }
}

/// The condition that a row is as it was seen, as DynamoDB reads one.
#[derive(Debug, PartialEq)]
struct Held {
    condition: String,
    names: HashMap<String, String>,
    values: Item,
}

impl Held {
    fn new(seen: &Record) -> Self {
        let mut attributes: Vec<_> = seen.attributes().iter().collect();
        // The same ones at each attempt, the id among them.
        attributes.sort_by_key(|(name, _)| (name.as_str() != "id", name.as_str()));
        attributes.truncate(MAX_HELD);
        let (mut parts, mut names, mut values) = (Vec::new(), HashMap::new(), HashMap::new());
        for (number, (name, value)) in attributes.into_iter().enumerate() {
            parts.push(format!("#a{number} = :a{number}"));
            names.insert(format!("#a{number}"), name.clone());
            values.insert(format!(":a{number}"), value.clone());
        }
        Self { condition: parts.join(" AND "), names, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::string;

    #[test]
    fn a_deletion_holds_on_to_all_that_was_seen_under_whatever_name() {
        let row = [("id", string("e-1")), ("location", AttributeValue::Null(true)), ("a b.c", string(""))];
        let item: Item = row.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let held = Held::new(&Record::from_item(item.clone()).expect("a row"));
        assert_eq!(held.condition, "#a0 = :a0 AND #a1 = :a1 AND #a2 = :a2");
        let named = held
            .names
            .iter()
            .map(|(name, attribute)| (attribute.clone(), held.values[&name.replace('#', ":")].clone()));
        assert_eq!(named.collect::<Item>(), item);
    }

    #[test]
    fn a_row_of_very_many_attributes_is_held_by_as_many_as_dynamodb_takes() {
        let row = (0..1_000).map(|number| (format!("n{number:03}"), string("x")));
        let item: Item = row.chain([("id".to_owned(), string("e-1"))]).collect();
        let held = Held::new(&Record::from_item(item).expect("a row"));
        assert!(held.names.len() == MAX_HELD && held.values.values().any(|value| *value == string("e-1")));
        assert!(held.condition.len() < 4096);
    }
}
