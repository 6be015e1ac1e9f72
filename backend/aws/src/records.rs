//! Records in a DynamoDB table that holds many kinds of them.
//!
//! An item's partition key `pk` says what sort of thing it is, its sort key `sk` which one; the rest is the record.

use std::{borrow::Cow, collections::HashMap, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    config::http::HttpResponse,
    error::{BuildError, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Delete, Put, TransactWriteItem},
};
use rollcall_error::Error;
use serde::{Serialize, de::DeserializeOwned};

use crate::error::{AwsError, Meaning};

type Item = HashMap<String, AttributeValue>;

/// How often a write is made that meets another writer's at the same moment: DynamoDB then carries out one
/// and cancels the other, and the SDK does not try that one again
/// ([conflicts](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling)).
const WRITE_ATTEMPTS: u32 = 4;

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
    PutUnlessNewer(Item, u64),
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

    /// Stores an item with its version, in place of what was there unless that is of a later version.
    ///
    /// # Errors
    /// When the record can't be stored as an item.
    pub fn put_unless_newer<T: Serialize>(key: Key, record: &T, version: u64) -> Result<Self, RecordsError> {
        let mut item = to_item(&key, record)?;
        item.insert("version".to_owned(), AttributeValue::N(version.to_string()));
        Ok(Self { key, change: Change::PutUnlessNewer(item, version) })
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
            Change::PutUnlessNewer(new, version) => item.put(
                put(new)
                    .condition_expression("attribute_not_exists(version) OR version <= :version")
                    .expression_attribute_values(":version", AttributeValue::N(version.to_string()))
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
    /// The records, newest first.
    pub records: Vec<T>,
    /// The sort key after which the next page begins; none on the last one.
    pub next: Option<String>,
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
        Self { client: Client::new(config), name }
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
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut items = Vec::new();
        let mut next = after;
        loop {
            let (more, after) = self.part(kind, limit - items.len(), next).await?;
            items.extend(more);
            next = after;
            // A page of DynamoDB ends at 1 MB, however many records were asked for.
            if next.is_none() || items.len() >= limit {
                return Ok(Page { records: serde_dynamo::from_items(items)?, next });
            }
        }
    }

    /// One page of DynamoDB's own, and the sort key after which the next one begins.
    async fn part(
        &self,
        kind: &str,
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
            .scan_index_forward(false)
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
        let items = writes
            .into_iter()
            .map(|write| write.into_transaction_item(&self.name))
            .collect::<Result<Vec<_>, _>>()?;
        for attempt in 1..WRITE_ATTEMPTS {
            match self.transact(items.clone()).await {
                Err(error) if error.meaning == Meaning::Throttled => {
                    tokio::time::sleep(WRITE_PAUSE * attempt).await;
                }
                result => return result.map_err(RecordsError::from),
            }
        }
        self.transact(items).await.map_err(RecordsError::from)
    }

    async fn transact(&self, items: Vec<TransactWriteItem>) -> Result<(), AwsError> {
        let request = self.client.transact_write_items().set_transact_items(Some(items));
        request.send().await.map(drop).map_err(read_transaction_error)
    }
}

/// A cancelled transaction says in its reasons whether a condition failed or two writers met.
fn read_transaction_error(error: SdkError<TransactWriteItemsError, HttpResponse>) -> AwsError {
    let writers_met = error.as_service_error().is_some_and(is_conflict_of_writers);
    let mut error = AwsError::read("TransactWriteItems", error);
    if error.meaning == Meaning::ConditionFailed && writers_met {
        error.meaning = Meaning::Throttled;
    }
    error
}

/// Whether a transaction was cancelled only because it met another one, no condition of it having failed.
fn is_conflict_of_writers(error: &TransactWriteItemsError) -> bool {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { return false };
    let reasons = cancelled.cancellation_reasons();
    !reasons.iter().any(|reason| reason.code() == Some("ConditionalCheckFailed"))
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
    use aws_sdk_dynamodb::types::{CancellationReason, error::TransactionCanceledException};

    use super::*;

    fn only_met_a_writer(reasons: [&str; 2]) -> bool {
        let reasons = reasons.map(|code| CancellationReason::builder().code(code).build());
        let exception =
            TransactionCanceledException::builder().set_cancellation_reasons(Some(reasons.into())).build();
        is_conflict_of_writers(&TransactWriteItemsError::TransactionCanceledException(exception))
    }

    #[test]
    fn a_condition_that_failed_is_told_from_writers_that_met() {
        assert!(!only_met_a_writer(["None", "ConditionalCheckFailed"]));
        assert!(!only_met_a_writer(["TransactionConflict", "ConditionalCheckFailed"]));
        assert!(only_met_a_writer(["TransactionConflict", "None"]));
    }
}
