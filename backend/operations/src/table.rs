//! The operations table: the one place that speaks to DynamoDB.
//!
//! An item's partition key says what sort of thing it is, its sort key which one; the rest is the record.

use std::{collections::HashMap, fmt::Debug, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    error::{BuildError, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Delete, Put, TransactWriteItem},
};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::aws_error::{AwsError, Meaning};

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
    pub kind: &'static str,
    /// The sort key `sk`: which one.
    pub sort: String,
}

/// A failure of the table.
#[derive(Debug, Error)]
pub enum TableError {
    /// A condition did not hold: someone else wrote in between.
    #[error("someone else wrote the record in between")]
    Conflict,
    /// A stored item is not what its type says, or a record can't be stored.
    #[error("a record of the operations table and its type don't fit")]
    Shape(#[from] serde_dynamo::Error),
    /// A call lacks what it needs; a mistake in this file.
    #[error("an incomplete call to DynamoDB")]
    Incomplete(#[from] BuildError),
    /// DynamoDB failed.
    #[error(transparent)]
    Aws(AwsError),
}

impl From<AwsError> for TableError {
    fn from(error: AwsError) -> Self {
        if error.meaning == Meaning::ConditionFailed { Self::Conflict } else { Self::Aws(error) }
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
    pub fn create<T: Serialize>(key: Key, record: &T) -> Result<Self, TableError> {
        let item = to_item(&key, record)?;
        Ok(Self { key, change: Change::Create(item) })
    }

    /// Replaces an item that is still as expected.
    ///
    /// # Errors
    /// When the record can't be stored as an item.
    pub fn replace<T: Serialize>(key: Key, record: &T, expected: Expected) -> Result<Self, TableError> {
        let item = to_item(&key, record)?;
        Ok(Self { key, change: Change::Replace(item, expected) })
    }

    /// Stores an item with its version, in place of what was there unless that is of a later version.
    ///
    /// # Errors
    /// When the record can't be stored as an item.
    pub fn put_unless_newer<T: Serialize>(key: Key, record: &T, version: u64) -> Result<Self, TableError> {
        let mut item = to_item(&key, record)?;
        item.insert("version".to_owned(), AttributeValue::N(version.to_string()));
        Ok(Self { key, change: Change::PutUnlessNewer(item, version) })
    }

    /// Removes an item, if it is there.
    #[must_use]
    pub const fn delete(key: Key) -> Self {
        Self { key, change: Change::Delete }
    }

    fn into_transaction_item(self, table: &str) -> Result<TransactWriteItem, TableError> {
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

/// The operations table.
#[derive(Debug, Clone)]
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    pub(crate) fn new(config: &SdkConfig, name: String) -> Self {
        Self { client: Client::new(config), name }
    }

    /// The record at `key`, as it is now.
    ///
    /// # Errors
    /// See [`TableError`].
    pub async fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, TableError> {
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

    /// At most `limit` records of a kind, newest (greatest sort key) first, beginning after `after`.
    ///
    /// # Errors
    /// See [`TableError`].
    pub async fn newest<T: DeserializeOwned>(
        &self,
        kind: &'static str,
        limit: u32,
        after: Option<String>,
    ) -> Result<Page<T>, TableError> {
        let start = after.map(|sort| key_attributes(&Key { kind, sort }));
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
        Ok(Page { records: serde_dynamo::from_items(reply.items.unwrap_or_default())?, next })
    }

    /// Carries out all writes or none.
    ///
    /// # Errors
    /// [`TableError::Conflict`] when a condition did not hold; nothing was written then.
    pub async fn write(&self, writes: Vec<Write>) -> Result<(), TableError> {
        let items = writes
            .into_iter()
            .map(|write| write.into_transaction_item(&self.name))
            .collect::<Result<Vec<_>, _>>()?;
        for attempt in 1..WRITE_ATTEMPTS {
            match self.transact(items.clone()).await {
                Err(error) if error.meaning == Meaning::Throttled => {
                    tokio::time::sleep(WRITE_PAUSE * attempt).await;
                }
                result => return result.map_err(TableError::from),
            }
        }
        self.transact(items).await.map_err(TableError::from)
    }

    async fn transact(&self, items: Vec<TransactWriteItem>) -> Result<(), AwsError> {
        let request = self.client.transact_write_items().set_transact_items(Some(items));
        request.send().await.map(drop).map_err(read_transaction_error)
    }
}

/// A cancelled transaction says in its reasons whether a condition failed or two writers met.
fn read_transaction_error<R: Debug + Send + Sync + 'static>(
    error: SdkError<TransactWriteItemsError, R>,
) -> AwsError {
    let condition_failed = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled
            .cancellation_reasons()
            .iter()
            .any(|reason| reason.code() == Some("ConditionalCheckFailed")),
        _ => true,
    };
    let mut error = AwsError::read("TransactWriteItems", error);
    if error.meaning == Meaning::ConditionFailed && !condition_failed {
        error.meaning = Meaning::Throttled;
    }
    error
}

fn to_item<T: Serialize>(key: &Key, record: &T) -> Result<Item, TableError> {
    let mut item: Item = serde_dynamo::to_item(record)?;
    item.extend(key_attributes(key));
    Ok(item)
}

fn key_attributes(key: &Key) -> Item {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(key.kind.to_owned())),
        ("sk".to_owned(), AttributeValue::S(key.sort.clone())),
    ])
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::{
        error::ErrorMetadata,
        types::{CancellationReason, error::TransactionCanceledException},
    };

    use super::*;

    fn cancelled(reasons: [&str; 2]) -> Meaning {
        let reasons = reasons.map(|code| CancellationReason::builder().code(code).build());
        let exception = TransactionCanceledException::builder()
            .set_cancellation_reasons(Some(reasons.into()))
            .meta(ErrorMetadata::builder().code("TransactionCanceledException").build());
        let error = TransactWriteItemsError::TransactionCanceledException(exception.build());
        read_transaction_error(SdkError::service_error(error, ())).meaning
    }

    #[test]
    fn a_condition_that_failed_is_told_from_writers_that_met() {
        assert_eq!(cancelled(["None", "ConditionalCheckFailed"]), Meaning::ConditionFailed);
        assert_eq!(cancelled(["TransactionConflict", "ConditionalCheckFailed"]), Meaning::ConditionFailed);
        assert_eq!(cancelled(["TransactionConflict", "None"]), Meaning::Throttled);
    }
}
