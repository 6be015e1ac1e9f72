//! The only place that calls DynamoDB.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
    time::Duration,
};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    error::BuildError,
    operation::scan::builders::ScanFluentBuilder,
    types::{
        AttributeValue, ConditionCheck, KeysAndAttributes, Put, ReturnValue, Select, TransactWriteItem,
        Update,
    },
};
use rollcall_api::field::{EMAIL, MANAGER};
use rollcall_aws::{AwsError, Meaning, dynamodb, records::carry_out};
use rollcall_error::{Error, source_chain};
use tokio::task::JoinSet;
use tracing::Instrument;

use crate::{
    employee_id::EmployeeId,
    held::{Rewrite, rewriting},
    photo_key::{PhotoKey, PhotoNumber},
    provided::SAID,
    record::{EXTERNAL_ID, ID, Item, OBJECT_KEY, Record, USER_NAME, attributes, string},
};

/// What is read of a row to show it.
static SHOWN: LazyLock<Parts> = LazyLock::new(|| Parts::new(attributes()));

/// What is read of a row to know by what identity providers know someone, and whether they wait for their manager.
static KNOWN: LazyLock<Parts> =
    LazyLock::new(|| Parts::new([ID, EMAIL, USER_NAME, EXTERNAL_ID, SAID].into_iter()));

/// Some attributes of a row, as DynamoDB reads which ones.
struct Parts {
    expression: String,
    names: HashMap<String, String>,
}

impl Parts {
    fn new(attributes: impl Iterator<Item = &'static str>) -> Self {
        let attributes: Vec<_> = attributes.collect();
        let expression = attributes.iter().map(|name| format!("#{name}")).collect::<Vec<_>>().join(", ");
        Self { expression, names: attribute_names(&attributes) }
    }
}

/// The most rows that one call reads by their keys
/// ([BatchGetItem](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html)).
const BATCH: usize = 100;

/// How often rows are asked for of which DynamoDB left some.
const BATCH_ATTEMPTS: u32 = 6;

/// How long to wait before the second time; each later one waits that much longer.
const BATCH_PAUSE: Duration = Duration::from_millis(50);

/// The table of employees.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    client: Client,
    name: String,
}

/// One page of the table.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) records: Vec<Record>,
    /// The last employee of this page, after whom the next one begins; none on the last page.
    pub(crate) next: Option<EmployeeId>,
}

/// What became of a change that held on to what was seen before.
#[derive(Debug)]
pub(crate) enum Change {
    /// Done; the employee as it is now.
    Done(Record),
    /// Someone changed or deleted the employee meanwhile; nothing was written.
    Overtaken,
}

/// What became of adding someone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Added {
    Done,
    /// Someone has the id already.
    Taken,
    /// What was to be written beside met another state than was seen; nothing was written.
    Overtaken,
}

/// An attribute's name and its new value; none takes the attribute away.
pub(crate) type Write = (&'static str, Option<AttributeValue>);

impl Table {
    pub(crate) fn new(config: &SdkConfig, name: String) -> Self {
        Self { client: dynamodb::client(config), name }
    }

    /// Opens a connection, by reading a key that nobody has.
    pub(crate) async fn warm_up(&self) {
        let read = self.client.get_item().table_name(&self.name).key(ID, string("-")).send().await;
        if let Err(error) = read {
            tracing::warn!(error = source_chain(&error), "the table of employees cannot be read yet");
        }
    }

    /// Up to `limit` employees, or as many as DynamoDB answers at once, after the employee `after`, as they are now: who just
    /// added someone looks for them here.
    pub(crate) async fn page(&self, limit: Option<u32>, after: Option<&EmployeeId>) -> Result<Page, Error> {
        let scan = self.scan(limit, after).projection_expression(&SHOWN.expression);
        read_page(scan.set_expression_attribute_names(Some(SHOWN.names.clone()))).await
    }

    /// The same, with every attribute that any program left in a row.
    pub(crate) async fn page_in_full(
        &self,
        limit: Option<u32>,
        after: Option<&EmployeeId>,
    ) -> Result<Page, Error> {
        read_page(self.scan(limit, after)).await
    }

    /// How many employees there are. It reads the whole table.
    pub(crate) async fn count(&self) -> Result<usize, Error> {
        let mut pages = self.scan(None, None).select(Select::Count).into_paginator().send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::read("Scan", error))?;
            count += usize::try_from(page.count).unwrap_or_default();
        }
        Ok(count)
    }

    fn scan(&self, limit: Option<u32>, after: Option<&EmployeeId>) -> ScanFluentBuilder {
        self.client
            .scan()
            .table_name(&self.name)
            .consistent_read(true)
            .set_limit(limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX)))
            .set_exclusive_start_key(after.map(key))
    }

    /// Every photo that a row names.
    pub(crate) async fn photos(&self) -> Result<HashSet<PhotoNumber>, Error> {
        let scan = self.client.scan().table_name(&self.name).projection_expression("#photo");
        let mut rows = scan.expression_attribute_names("#photo", OBJECT_KEY).into_paginator().items().send();
        let mut found = HashSet::new();
        while let Some(row) = rows.next().await {
            let row = row.map_err(|error| AwsError::read("Scan", error))?;
            let named = row.get(OBJECT_KEY).and_then(|key| PhotoKey::from_object_key(key.as_s().ok()?));
            found.extend(named.map(|photo| photo.number()));
        }
        Ok(found)
    }

    /// These employees as they are now, by their ids; who is not there is left out. All calls are made at the same time.
    pub(crate) async fn get_all(&self, ids: &[EmployeeId]) -> Result<HashMap<EmployeeId, Record>, Error> {
        self.get_parts(ids, &SHOWN).await
    }

    /// The same with what identity providers know of them, and without what else is shown.
    pub(crate) async fn get_all_known(
        &self,
        ids: &[EmployeeId],
    ) -> Result<HashMap<EmployeeId, Record>, Error> {
        self.get_parts(ids, &KNOWN).await
    }

    async fn get_parts(
        &self,
        ids: &[EmployeeId],
        parts: &'static Parts,
    ) -> Result<HashMap<EmployeeId, Record>, Error> {
        let mut calls = JoinSet::new();
        for ids in ids.chunks(BATCH) {
            let (table, keys) = (self.clone(), ids.iter().map(key).collect());
            calls.spawn(async move { table.get_batch(keys, parts).await }.in_current_span());
        }
        let mut found = HashMap::new();
        while let Some(records) = calls.join_next().await {
            let records = records.map_err(Error::broken)??;
            found.extend(records.into_iter().map(|record| (record.id.clone(), record)));
        }
        Ok(found)
    }

    /// The rows with these keys, of which there are `BATCH` at most. DynamoDB may leave some for the next call.
    async fn get_batch(&self, mut keys: Vec<Item>, parts: &Parts) -> Result<Vec<Record>, Error> {
        const OPERATION: &str = "BatchGetItem";
        let mut found = Vec::new();
        for attempt in 0..BATCH_ATTEMPTS {
            tokio::time::sleep(BATCH_PAUSE * attempt).await;
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(true)
                .projection_expression(&parts.expression)
                .set_expression_attribute_names(Some(parts.names.clone()))
                .build()
                .map_err(Error::broken)?;
            let reply = self.client.batch_get_item().request_items(&self.name, wanted).send().await;
            let reply = reply.map_err(|error| AwsError::read(OPERATION, error))?;
            let items = reply.responses.unwrap_or_default().into_values().flatten();
            found.extend(items.filter_map(Record::from_item));
            keys =
                reply.unprocessed_keys.unwrap_or_default().into_values().flat_map(|left| left.keys).collect();
            if keys.is_empty() {
                return Ok(found);
            }
        }
        Err(Error::away("DynamoDB has too much to do to read these employees now."))
    }

    pub(crate) async fn get(&self, id: &EmployeeId) -> Result<Option<Record>, Error> {
        let found = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key(id)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| AwsError::read("GetItem", error))?;
        Ok(found.item.and_then(Record::from_item))
    }

    /// Adds an employee, unless someone has the id, with what is written `beside`: all or nothing.
    pub(crate) async fn add(&self, record: &Record, beside: Vec<TransactWriteItem>) -> Result<Added, Error> {
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(record.attributes().clone()))
            .condition_expression(format!("attribute_not_exists({ID})"))
            .build()
            .map_err(Error::broken)?;
        let reply = if beside.is_empty() {
            let Put { table_name, item, condition_expression, .. } = put;
            let put = self.client.put_item().table_name(table_name).set_item(Some(item));
            let put = put.set_condition_expression(condition_expression);
            put.send().await.map(drop).map_err(|error| AwsError::read("PutItem", error))
        } else {
            let put = TransactWriteItem::builder().put(put).build();
            carry_out(&self.client, [put].into_iter().chain(beside).collect()).await
        };
        match reply {
            Ok(()) => Ok(Added::Done),
            // The reply to an earlier attempt may have been lost.
            Err(error) if error.meaning == Meaning::ConditionFailed => match self.get(&record.id).await? {
                Some(there) if there == *record => Ok(Added::Done),
                Some(_) => Ok(Added::Taken),
                None => Ok(Added::Overtaken),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Writes some attributes, provided that each of those `held` is still exactly as it was `seen`, with what is written
    /// `beside`: all or nothing.
    pub(crate) async fn change(
        &self,
        seen: &Record,
        held: &[&'static str],
        writes: Vec<Write>,
        beside: Vec<TransactWriteItem>,
    ) -> Result<Change, Error> {
        let Expression { update, condition, names, values } = Expression::new(seen, held, writes);
        let update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(key(&seen.id)))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values).filter(|values| !values.is_empty()))
            .build()
            .map_err(Error::broken)?;
        let reply = if beside.is_empty() {
            self.update(update).await
        } else {
            let update = TransactWriteItem::builder().update(update).build();
            // A transaction answers no row.
            carry_out(&self.client, [update].into_iter().chain(beside).collect()).await.map(|()| None)
        };
        match reply {
            Ok(Some(item)) => {
                let record = Record::from_item(item).ok_or_else(|| Error::broken("a changed row has no id"));
                record.map(Change::Done)
            }
            Ok(None) => Ok(self.get(&seen.id).await?.map_or(Change::Overtaken, Change::Done)),
            Err(error) if error.meaning == Meaning::ConditionFailed => Ok(Change::Overtaken),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes one update alone, and answers the row as it is then.
    async fn update(&self, update: Update) -> Result<Option<Item>, AwsError> {
        let request = self
            .client
            .update_item()
            .table_name(update.table_name)
            .set_key(Some(update.key))
            .return_values(ReturnValue::AllNew)
            .update_expression(update.update_expression)
            .set_condition_expression(update.condition_expression)
            .set_expression_attribute_names(update.expression_attribute_names)
            .set_expression_attribute_values(update.expression_attribute_values);
        let output = request.send().await.map_err(|error| AwsError::read("UpdateItem", error))?;
        Ok(output.attributes)
    }

    /// A change of a row, in a transaction, that holds on to all that was seen of it.
    pub(crate) fn rewriting(&self, seen: &Record, writes: &[Rewrite]) -> Result<TransactWriteItem, Error> {
        rewriting(&self.name, seen, writes).map_err(Error::broken)
    }

    /// The condition, in a transaction, that each of these is there and reports to whom they did.
    pub(crate) fn still_above(&self, above: &[Record]) -> Result<Vec<TransactWriteItem>, Error> {
        let checks = above.iter().map(|one| self.unchanged(one, &[MANAGER]));
        checks.collect::<Result<_, _>>().map_err(Error::broken)
    }

    /// The condition, in a transaction, that someone is there and some attributes are as they were seen.
    fn unchanged(&self, seen: &Record, held: &[&'static str]) -> Result<TransactWriteItem, BuildError> {
        let Expression { condition, names, values, .. } = Expression::new(seen, held, Vec::new());
        let check = ConditionCheck::builder()
            .table_name(&self.name)
            .set_key(Some(key(&seen.id)))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values).filter(|values| !values.is_empty()));
        Ok(TransactWriteItem::builder().condition_check(check.build()?).build())
    }
}

/// A conditional update, as DynamoDB reads one.
#[derive(Debug, PartialEq)]
struct Expression {
    update: String,
    condition: String,
    names: HashMap<String, String>,
    values: Item,
}

impl Expression {
    fn new(seen: &Record, held: &[&'static str], writes: Vec<Write>) -> Self {
        let written = writes.iter().map(|(name, _)| *name);
        let names = attribute_names(&held.iter().copied().chain(written).chain([ID]).collect::<Vec<_>>());
        let mut values = HashMap::new();
        let mut conditions = vec![format!("attribute_exists(#{ID})")];
        for name in held {
            conditions.push(match seen.attribute(name) {
                Some(value) => {
                    values.insert(format!(":seen_{name}"), value.clone());
                    format!("#{name} = :seen_{name}")
                }
                None => format!("attribute_not_exists(#{name})"),
            });
        }
        let (mut set, mut removed) = (Vec::new(), Vec::new());
        for (name, value) in writes {
            match value {
                Some(value) => {
                    values.insert(format!(":new_{name}"), value);
                    set.push(format!("#{name} = :new_{name}"));
                }
                None => removed.push(format!("#{name}")),
            }
        }
        let clauses = [("SET", set), ("REMOVE", removed)];
        let clauses = clauses.into_iter().filter(|(_, parts)| !parts.is_empty());
        let update = clauses.map(|(verb, parts)| format!("{verb} {}", parts.join(", "))).collect::<Vec<_>>();
        Self { update: update.join(" "), condition: conditions.join(" AND "), names, values }
    }
}

/// A page of the table, as this asks for it.
async fn read_page(scan: ScanFluentBuilder) -> Result<Page, Error> {
    let page = scan.send().await.map_err(|error| AwsError::read("Scan", error))?;
    let last = page.last_evaluated_key.and_then(|mut item| item.remove(ID));
    Ok(Page {
        records: page.items.into_iter().flatten().filter_map(Record::from_item).collect(),
        next: last.and_then(|id| EmployeeId::try_from(id.as_s().ok()?.clone()).ok()),
    })
}

fn key(id: &EmployeeId) -> Item {
    HashMap::from([(ID.to_owned(), string(id.as_str()))])
}

/// Each attribute under its own name with `#`: some, such as `location`, are DynamoDB's reserved words.
fn attribute_names(attributes: &[&str]) -> HashMap<String, String> {
    attributes.iter().map(|&name| (format!("#{name}"), name.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use rollcall_api::field::FULL_NAME;

    use super::*;
    use crate::record::{BADGES, OBJECT_KEY};

    fn record(attributes: Vec<(&str, AttributeValue)>) -> Record {
        let all = [(ID, string("e-1"))].into_iter().chain(attributes);
        Record::from_item(all.map(|(name, value)| (name.to_owned(), value)).collect()).expect("an employee")
    }

    #[test]
    fn a_change_holds_on_to_what_was_seen_whatever_its_type() {
        let values = [AttributeValue::Null(true), AttributeValue::N("7".to_owned()), string("")];
        for value in values.into_iter().chain([AttributeValue::L(vec![string("a")])]) {
            let seen = record(vec![(OBJECT_KEY, value.clone())]);
            let expression = Expression::new(&seen, &[OBJECT_KEY], vec![(OBJECT_KEY, None)]);
            assert_eq!(expression.update, "REMOVE #object_key");
            assert_eq!(expression.condition, "attribute_exists(#id) AND #object_key = :seen_object_key");
            assert_eq!(expression.values, HashMap::from([(":seen_object_key".to_owned(), value)]));
        }
    }

    #[test]
    fn what_was_not_there_must_not_have_come() {
        let writes = vec![(FULL_NAME, Some(string("Ada"))), (BADGES, None)];
        let expression = Expression::new(&record(vec![]), &[FULL_NAME, BADGES], writes);
        assert_eq!(expression.update, "SET #full_name = :new_full_name REMOVE #badges");
        let condition =
            "attribute_exists(#id) AND attribute_not_exists(#full_name) AND attribute_not_exists(#badges)";
        assert_eq!(expression.condition, condition);
        assert_eq!(expression.values, HashMap::from([(":new_full_name".to_owned(), string("Ada"))]));
        // DynamoDB refuses a request that names what no expression uses.
        let mut names: Vec<_> = expression.names.into_keys().collect();
        names.sort_unstable();
        assert_eq!(names, ["#badges", "#full_name", "#id"]);
    }
}
