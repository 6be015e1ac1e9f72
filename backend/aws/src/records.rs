//! Records in a DynamoDB table that holds many kinds of them.
//!
//! An item's partition key `pk` says what sort of thing it is, its sort key `sk` which one; the rest is the record.

use std::{
    borrow::Cow,
    collections::HashMap,
    time::{Duration, Instant},
};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    config::http::HttpResponse,
    error::{BuildError, SdkError},
    operation::{
        delete_item::{DeleteItemError, DeleteItemOutput},
        transact_write_items::TransactWriteItemsError,
    },
    types::{AttributeValue, Delete, Put, Select, TransactWriteItem},
};
use rollcall_error::{Error, source_chain};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    dynamodb,
    error::{AwsError, Meaning, meaning_of_reasons},
};

type Item = HashMap<String, AttributeValue>;

/// How often a write is made that meets another writer's at the same moment: DynamoDB then carries out one
/// and cancels the other, and the SDK does not try that one again
/// ([conflicts](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling)).
const WRITE_ATTEMPTS: u32 = 4;

/// For how long another attempt is begun after the first: where DynamoDB takes no more writes, the SDK has tried for longer
/// than that by itself.
const WRITE_WITHIN: Duration = Duration::from_secs(1);

/// How long to wait before the second attempt; each later one waits that much longer.
const WRITE_PAUSE: Duration = Duration::from_millis(50);

/// Where an item stands in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The partition key `pk`: what sort of thing it is.
    pub kind: Cow<'static, str>,
    /// The sort key `sk`: which one.
    pub sort: String,
}

impl Key {
    /// The key of the thing `sort` among those of a kind.
    pub fn new(kind: impl Into<Cow<'static, str>>, sort: impl Into<String>) -> Self {
        Self { kind: kind.into(), sort: sort.into() }
    }
}

/// Why records could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// A condition did not hold: someone else wrote in between.
    #[error("someone else wrote the record in between")]
    Conflict,
    /// A stored item is not what its type says, or a record can't be stored.
    #[error("a stored record and its type don't fit")]
    Shape(#[from] serde_dynamo::Error),
    /// A call lacks what it needs; a mistake in this file.
    #[error("an incomplete call to DynamoDB")]
    Incomplete(#[from] BuildError),
    /// DynamoDB failed.
    #[error(transparent)]
    Aws(AwsError),
}

impl From<AwsError> for RecordsError {
    fn from(error: AwsError) -> Self {
        if error.meaning == Meaning::ConditionFailed { Self::Conflict } else { Self::Aws(error) }
    }
}

impl From<RecordsError> for Error {
    fn from(error: RecordsError) -> Self {
        match error {
            RecordsError::Aws(error) => error.into(),
            RecordsError::Conflict => {
                Self::conflict("Someone else changed this at the same moment. Look at it, then try again.")
            }
            other => Self::broken(other),
        }
    }
}

/// What a record must still be for a change of it to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The epoch of its lease: a driver with an older one changes nothing.
    pub epoch: u64,
    /// Its version: nobody overwrites what they have not seen.
    pub version: u64,
}

/// One write, with the condition under which it may happen.
#[derive(Debug)]
pub struct Write {
    key: Key,
    change: Change,
}

#[derive(Debug)]
enum Change {
    Create(Item),
    Replace(Item, Expected),
    Put(Item),
    PutUnlessNewer(Item, u64),
    Confirm(Item, (&'static str, String)),
    Delete,
}

impl Write {
    /// Adds an item that must not exist yet.
    ///
    /// # Errors
    /// When the record can't be stored as an item.
    pub fn create<T: Serialize>(key: Key, record: &T) -> Result<Self, RecordsError> {
        let item = to_item(&key, record)?;
        Ok(Self { key, change: Change::Create(item) })
    }

    /// Replaces an item that is still as expected.
    ///
    /// # Errors
    /// When the record can't be stored as an item.
    pub fn replace<T: Serialize>(key: Key, record: &T, expected: Expected) -> Result<Self, RecordsError> {
        let item = to_item(&key, record)?;
        Ok(Self { key, change: Change::Replace(item, expected) })
    }

    /// Stores an item in place of what was there. For what is written together with another item, whose condition decides.
    ///
    /// # Errors
    /// When the record can't be stored as an item.
    pub fn put<T: Serialize>(key: Key, record: &T) -> Result<Self, RecordsError> {
        let item = to_item(&key, record)?;
        Ok(Self { key, change: Change::Put(item) })
    }

    /// Stores an item with its version, in place of what was there unless that is of a later version.
    ///
    /// # Errors
    /// When the record can't be stored as an item.
    pub fn put_unless_newer<T: Serialize>(key: Key, record: &T, version: u64) -> Result<Self, RecordsError> {
        let mut item = to_item(&key, record)?;
        item.insert("version".to_owned(), AttributeValue::N(version.to_string()));
        Ok(Self { key, change: Change::PutUnlessNewer(item, version) })
    }

    /// Leaves an item as it was read, if its attribute has this text still. For what is only to be written as long as that is
    /// so: the same item is written again, since a check alone would need a permission of its own.
    ///
    /// # Errors
    /// When the record can't be stored as an item.
    pub fn confirm<T: Serialize>(
        key: Key,
        record: &T,
        attribute: (&'static str, String),
    ) -> Result<Self, RecordsError> {
        let item = to_item(&key, record)?;
        Ok(Self { key, change: Change::Confirm(item, attribute) })
    }

    /// Removes an item, if it is there.
    #[must_use]
    pub const fn delete(key: Key) -> Self {
        Self { key, change: Change::Delete }
    }

    fn into_transaction_item(self, table: &str) -> Result<TransactWriteItem, RecordsError> {
        let put = |item| Put::builder().table_name(table).set_item(Some(item));
        let item = TransactWriteItem::builder();
        Ok(match self.change {
            Change::Create(new) => {
                item.put(put(new).condition_expression("attribute_not_exists(pk)").build()?)
            }
            Change::Replace(new, Expected { epoch, version }) => item.put(
                put(new)
                    .condition_expression("lease.epoch = :epoch AND version = :version")
                    .expression_attribute_values(":epoch", AttributeValue::N(epoch.to_string()))
                    .expression_attribute_values(":version", AttributeValue::N(version.to_string()))
                    .build()?,
            ),
            Change::Put(new) => item.put(put(new).build()?),
            Change::PutUnlessNewer(new, version) => item.put(
                put(new)
                    .condition_expression("attribute_not_exists(version) OR version <= :version")
                    .expression_attribute_values(":version", AttributeValue::N(version.to_string()))
                    .build()?,
            ),
            Change::Confirm(same, (name, text)) => item.put(
                put(same)
                    .condition_expression("#name = :text")
                    .expression_attribute_names("#name", name)
                    .expression_attribute_values(":text", AttributeValue::S(text))
                    .build()?,
            ),
            Change::Delete => item.delete(
                Delete::builder().table_name(table).set_key(Some(key_attributes(&self.key))).build()?,
            ),
        }
        .build())
    }
}

/// One page of records.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The records, in the order that was asked for.
    pub records: Vec<T>,
    /// The sort key after which the next page begins; none on the last one.
    pub next: Option<String>,
}

/// One page of records, without those that can't be read.
#[derive(Debug, Clone)]
pub struct Readable<T> {
    pub page: Page<T>,
    /// The sort keys of the others: another version of Rollcall may have written them.
    pub unreadable: Vec<String>,
}

/// From which end a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    NewestFirst,
    OldestFirst,
}

/// A table of records. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Records {
    client: Client,
    name: String,
}

impl Records {
    /// The records in the table of this name. Calls nothing yet.
    #[must_use]
    pub fn new(config: &SdkConfig, name: String) -> Self {
        Self { client: dynamodb::client(config), name }
    }

    /// The record at `key`, as it is now.
    ///
    /// # Errors
    /// See [`RecordsError`].
    pub async fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, RecordsError> {
        let reply = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key_attributes(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| AwsError::read("GetItem", error))?;
        Ok(reply.item.map(serde_dynamo::from_item).transpose()?)
    }

    /// At most `limit` records of a kind, newest (greatest sort key) first, beginning after `after`. Fewer only where
    /// there are no more.
    ///
    /// # Errors
    /// See [`RecordsError`].
    pub async fn newest<T: DeserializeOwned>(
        &self,
        kind: &str,
        limit: u32,
        after: Option<String>,
    ) -> Result<Page<T>, RecordsError> {
        let (items, next) =
            gather(limit, after, |limit, after| self.part(kind, Order::NewestFirst, limit, after)).await?;
        Ok(Page { records: serde_dynamo::from_items(items)?, next })
    }

    /// As [`Self::newest`], but a record that can't be read keeps nobody from reading the others: it is left out without
    /// being counted, told to the log, and named.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn newest_readable<T: DeserializeOwned>(
        &self,
        kind: &str,
        limit: u32,
        after: Option<String>,
    ) -> Result<Readable<T>, RecordsError> {
        let (mut records, mut unreadable, mut next) = (Vec::new(), Vec::new(), after);
        loop {
            let left = limit.saturating_sub(u32::try_from(records.len()).unwrap_or(u32::MAX));
            let items;
            (items, next) =
                gather(left, next, |limit, after| self.part(kind, Order::NewestFirst, limit, after)).await?;
            for item in items {
                match read_item(kind, item) {
                    Ok(record) => records.push(record),
                    Err(key) => unreadable.push(key),
                }
            }
            if next.is_none() || records.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
                return Ok(Readable { page: Page { records, next }, unreadable });
            }
        }
    }

    /// The records of a kind behind a sort key, in order: as many as fit into `pages` of DynamoDB's pages, of 1 MB each.
    ///
    /// # Errors
    /// See [`RecordsError`].
    pub async fn behind<T: DeserializeOwned>(
        &self,
        kind: &str,
        sort: &str,
        pages: usize,
    ) -> Result<Vec<T>, RecordsError> {
        let mut read = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :kind AND sk > :sort")
            .expression_attribute_values(":kind", AttributeValue::S(kind.to_owned()))
            .expression_attribute_values(":sort", AttributeValue::S(sort.to_owned()))
            .consistent_read(true)
            .into_paginator()
            .send();
        let mut records = Vec::new();
        for _ in 0..pages {
            let page = read.try_next().await.map_err(|error| AwsError::read("Query", error))?;
            let Some(page) = page else { break };
            records.extend(serde_dynamo::from_items::<_, T>(page.items.unwrap_or_default())?);
        }
        Ok(records)
    }

    /// At most `limit` records of a kind, oldest (smallest sort key) first, behind a sort key. Fewer only where there are no
    /// more.
    ///
    /// # Errors
    /// See [`RecordsError`].
    pub async fn oldest<T: DeserializeOwned>(
        &self,
        kind: &str,
        limit: u32,
        after: Option<String>,
    ) -> Result<Page<T>, RecordsError> {
        let part = |limit, after| self.part(kind, Order::OldestFirst, limit, after);
        let (items, next) = gather(limit, after, part).await?;
        Ok(Page { records: serde_dynamo::from_items(items)?, next })
    }

    /// How many records there are of a kind.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn count(&self, kind: &str) -> Result<usize, RecordsError> {
        let query = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :kind")
            .expression_attribute_values(":kind", AttributeValue::S(kind.to_owned()))
            .select(Select::Count);
        let mut pages = query.into_paginator().send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::read("Query", error))?;
            count += usize::try_from(page.count).unwrap_or_default();
        }
        Ok(count)
    }

    /// Stores a record as the version `version` of what is at `key`, in place of the version before it; version 1 takes the
    /// place of none. `false`, and nothing is written, where what is there is of another version.
    ///
    /// # Errors
    /// See [`RecordsError`].
    pub async fn put_version<T: Serialize>(
        &self,
        key: &Key,
        record: &T,
        version: u64,
    ) -> Result<bool, RecordsError> {
        let mut item = to_item(key, record)?;
        item.insert("version".to_owned(), AttributeValue::N(version.to_string()));
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item));
        let put = match version.saturating_sub(1) {
            0 => put.condition_expression("attribute_not_exists(pk)"),
            before => put
                .condition_expression("version = :before")
                .expression_attribute_values(":before", AttributeValue::N(before.to_string())),
        };
        match put.send().await.map_err(|error| AwsError::read("PutItem", error)) {
            Ok(_) => Ok(true),
            Err(error) if error.meaning == Meaning::ConditionFailed => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes what is at `key` if it is of this version.
    ///
    /// # Errors
    /// See [`RecordsError`].
    pub async fn remove_version(&self, key: &Key, version: u64) -> Result<(), RecordsError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key_attributes(key)))
            .condition_expression("version = :version")
            .expression_attribute_values(":version", AttributeValue::N(version.to_string()));
        removed(delete.send().await)
    }

    /// Removes what is at `key` if its attribute has this text.
    ///
    /// # Errors
    /// See [`RecordsError`].
    pub async fn remove_if(&self, key: &Key, (name, text): (&str, String)) -> Result<(), RecordsError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key_attributes(key)))
            .condition_expression("#name = :text")
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":text", AttributeValue::S(text));
        removed(delete.send().await)
    }

    /// Removes what is at `key` and answers it: of many who ask, one gets it.
    ///
    /// # Errors
    /// See [`RecordsError`].
    pub async fn take<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, RecordsError> {
        let delete = self.client.delete_item().table_name(&self.name).set_key(Some(key_attributes(key)));
        let reply = delete.return_values(aws_sdk_dynamodb::types::ReturnValue::AllOld).send().await;
        let reply = reply.map_err(|error| AwsError::read("DeleteItem", error))?;
        Ok(reply.attributes.map(serde_dynamo::from_item).transpose()?)
    }

    /// Removes what is at `key`, whatever it is.
    ///
    /// # Errors
    /// See [`RecordsError`].
    pub async fn remove(&self, key: &Key) -> Result<(), RecordsError> {
        let delete = self.client.delete_item().table_name(&self.name).set_key(Some(key_attributes(key)));
        delete.send().await.map_err(|error| AwsError::read("DeleteItem", error))?;
        Ok(())
    }

    /// One page of DynamoDB's own, and the sort key after which the next one begins.
    async fn part(
        &self,
        kind: &str,
        order: Order,
        limit: usize,
        after: Option<String>,
    ) -> Result<(Vec<Item>, Option<String>), RecordsError> {
        let start = after.map(|sort| key_attributes(&Key::new(kind.to_owned(), sort)));
        let reply = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :kind")
            .expression_attribute_values(":kind", AttributeValue::S(kind.to_owned()))
            .scan_index_forward(order == Order::OldestFirst)
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| AwsError::read("Query", error))?;
        let next = reply.last_evaluated_key.and_then(|mut key| match key.remove("sk") {
            Some(AttributeValue::S(sort)) => Some(sort),
            _ => None,
        });
        Ok((reply.items.unwrap_or_default(), next))
    }

    /// Carries out all writes or none.
    ///
    /// # Errors
    /// [`RecordsError::Conflict`] when a condition did not hold; nothing was written then.
    pub async fn write(&self, writes: Vec<Write>) -> Result<(), RecordsError> {
        self.write_with(writes, (self, Vec::new())).await
    }

    /// The same, together with writes of another table.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn write_with(
        &self,
        writes: Vec<Write>,
        (other, beside): (&Self, Vec<Write>),
    ) -> Result<(), RecordsError> {
        let own = writes.into_iter().map(|write| self.part_of(write));
        let items = own.chain(beside.into_iter().map(|write| other.part_of(write)));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        carry_out(&self.client, items).await.map_err(RecordsError::from)
    }

    /// A write as a part of a transaction that writes to other tables as well: see [`carry_out`].
    ///
    /// # Errors
    /// When the write lacks what it needs.
    pub fn part_of(&self, write: Write) -> Result<TransactWriteItem, RecordsError> {
        write.into_transaction_item(&self.name)
    }
}

/// The most writes that are carried out together: all or none
/// ([quotas](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-api)).
pub const MAX_WRITES: usize = 100;

/// Carries out all these writes or none, whichever tables they are of.
///
/// # Errors
/// [`Meaning::ConditionFailed`] when a condition did not hold; nothing was written then.
pub async fn carry_out(client: &Client, items: Vec<TransactWriteItem>) -> Result<(), AwsError> {
    let begun = Instant::now();
    for attempt in 1..WRITE_ATTEMPTS {
        match transact(client, items.clone()).await {
            Err(error) if error.meaning == Meaning::Throttled && begun.elapsed() < WRITE_WITHIN => {
                tokio::time::sleep(WRITE_PAUSE * attempt).await;
            }
            result => return result,
        }
    }
    transact(client, items).await
}

async fn transact(client: &Client, items: Vec<TransactWriteItem>) -> Result<(), AwsError> {
    let request = client.transact_write_items().set_transact_items(Some(items));
    request.send().await.map(drop).map_err(read_transaction_error)
}

/// The record that an item is, or the sort key of one that can't be read.
fn read_item<T: DeserializeOwned>(kind: &str, item: Item) -> Result<T, String> {
    let key = item.get("sk").and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
    serde_dynamo::from_item(item).map_err(|error| {
        // An alarm counts this line: infra/monitoring.yaml.
        tracing::error!(kind, key, error = source_chain(&error), "record unreadable");
        key
    })
}

/// What came of a removal under a condition: one that does not hold is no error.
fn removed(
    reply: Result<DeleteItemOutput, SdkError<DeleteItemError, HttpResponse>>,
) -> Result<(), RecordsError> {
    match reply.map_err(|error| AwsError::read("DeleteItem", error)) {
        Ok(_) => Ok(()),
        Err(error) if error.meaning == Meaning::ConditionFailed => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Gathers `limit` items from parts of a list, each of them asked for by how many are wanted and after which one: a part
/// ends at 1 MB, however many were wanted.
async fn gather<F, P>(
    limit: u32,
    after: Option<String>,
    mut part: F,
) -> Result<(Vec<Item>, Option<String>), RecordsError>
where
    F: FnMut(usize, Option<String>) -> P,
    P: Future<Output = Result<(Vec<Item>, Option<String>), RecordsError>>,
{
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut items = Vec::new();
    let mut next = after;
    loop {
        let (more, after) = part(limit.saturating_sub(items.len()), next).await?;
        items.extend(more);
        next = after;
        if next.is_none() || items.len() >= limit {
            return Ok((items, next));
        }
    }
}

/// Why a transaction was cancelled, its reasons say.
fn read_transaction_error(error: SdkError<TransactWriteItemsError, HttpResponse>) -> AwsError {
    let cancelled = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let reasons = cancelled.cancellation_reasons().iter();
            let reasons = reasons.filter_map(|it| Some((it.code()?, it.message().unwrap_or_default())));
            Some(meaning_of_reasons(reasons))
        }
        _ => None,
    };
    let mut error = AwsError::read("TransactWriteItems", error);
    if let Some(meaning) = cancelled {
        error.meaning = meaning;
    }
    error
}

fn to_item<T: Serialize>(key: &Key, record: &T) -> Result<Item, RecordsError> {
    let mut item: Item = serde_dynamo::to_item(record)?;
    item.extend(key_attributes(key));
    Ok(item)
}

fn key_attributes(key: &Key) -> Item {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(key.kind.clone().into_owned())),
        ("sk".to_owned(), AttributeValue::S(key.sort.clone())),
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use aws_sdk_dynamodb::types::{CancellationReason, error::TransactionCanceledException};
    use rollcall_error::Kind;

    use super::*;

    /// What a transaction comes to that was cancelled for these reasons.
    fn cancelled(reasons: &[(&str, &str)]) -> RecordsError {
        let reason = |(code, text): &(&str, &str)| {
            CancellationReason::builder().code(*code).set_message(Some((*text).to_owned())).build()
        };
        let exception = TransactionCanceledException::builder()
            .set_cancellation_reasons(Some(reasons.iter().map(reason).collect()))
            .build();
        let status = 400.try_into().expect("a status");
        let error = TransactWriteItemsError::TransactionCanceledException(exception);
        read_transaction_error(SdkError::service_error(error, HttpResponse::new(status, "".into()))).into()
    }

    #[test]
    fn a_condition_that_failed_is_told_from_writers_that_met() {
        let failed = cancelled(&[("TransactionConflict", ""), ("ConditionalCheckFailed", "")]);
        assert!(matches!(failed, RecordsError::Conflict), "{failed}");
        let met = cancelled(&[("TransactionConflict", ""), ("None", "")]);
        assert!(matches!(&met, RecordsError::Aws(error) if error.meaning == Meaning::Throttled), "{met}");
    }

    #[test]
    fn a_record_that_is_too_large_for_its_transaction_is_the_callers_to_shorten() {
        let text = "Item size has exceeded the maximum allowed size";
        let error = Error::from(cancelled(&[("None", ""), ("ValidationError", text)]));
        assert_eq!(error.kind(), Kind::TooLarge, "{error}");
    }

    /// Parts of a list, as DynamoDB hands them out; what was asked for is kept.
    struct Parts {
        parts: VecDeque<(usize, Option<&'static str>)>,
        asked: Vec<(usize, Option<String>)>,
    }

    async fn gathered(limit: u32, parts: &[(usize, Option<&'static str>)]) -> (usize, Option<String>, Parts) {
        let mut list = Parts { parts: parts.iter().copied().collect(), asked: Vec::new() };
        let part = |limit, after| {
            list.asked.push((limit, after));
            let (count, next) = list.parts.pop_front().expect("no part after the last one is asked for");
            std::future::ready(Ok((vec![Item::new(); count], next.map(str::to_owned))))
        };
        let (items, next) = gather(limit, Some("0".to_owned()), part).await.expect("gathered");
        (items.len(), next, list)
    }

    #[tokio::test]
    async fn a_page_is_gathered_from_as_many_parts_as_it_takes() {
        let (count, next, list) = gathered(5, &[(2, Some("a")), (0, Some("b")), (3, Some("c"))]).await;
        assert_eq!((count, next.as_deref()), (5, Some("c")));
        let asked: Vec<_> = list.asked.iter().map(|(limit, after)| (*limit, after.as_deref())).collect();
        assert_eq!(asked, [(5, Some("0")), (3, Some("a")), (3, Some("b"))]);
    }

    #[tokio::test]
    async fn the_last_page_has_fewer_records_and_no_next_one() {
        let (count, next, _) = gathered(5, &[(2, Some("a")), (1, None)]).await;
        assert_eq!((count, next), (3, None));
    }
}
