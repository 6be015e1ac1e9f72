//! DynamoDB: dynoxide, in memory, with the tables that a search reads.

use std::collections::HashMap;

use dynoxide::{AttributeValue, Database, DynoxideError, ImportOptions, Item, actions::scan::ScanRequest};
use rollcall_search::Person;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::people::people;

/// As tests/support/lambda_service.py names them to the function.
const EMPLOYEES: &str = "Employees";
const INDEX: &str = "rollcall-search-index";

/// How many items are stored at once.
const PART: usize = 10_000;

/// How many items a page of a scan has: about as many as DynamoDB puts into one of 1 MB. Without a limit the emulator would
/// read the whole rest of the table for each page.
const PAGE: usize = 3_000;

pub(crate) struct DynamoDb(Database);

impl DynamoDb {
    /// With so many employees, and an empty table for the index.
    pub(crate) fn with(count: usize) -> Self {
        let dynamodb = Self(Database::memory().expect("a database"));
        dynamodb.create(EMPLOYEES, &[("id", "HASH")]);
        dynamodb.create(INDEX, &[("pk", "HASH"), ("sk", "RANGE")]);
        let mut people = people(count).map(item).peekable();
        while people.peek().is_some() {
            let items = people.by_ref().take(PART).collect();
            dynamodb.0.import_items(EMPLOYEES, items, ImportOptions::default()).expect("room for people");
        }
        dynamodb
    }

    fn create(&self, table: &str, keys: &[(&str, &str)]) {
        let attributes: Vec<_> =
            keys.iter().map(|(name, _)| json!({"AttributeName": name, "AttributeType": "S"})).collect();
        let keys: Vec<_> =
            keys.iter().map(|(name, kind)| json!({"AttributeName": name, "KeyType": kind})).collect();
        let table = json!({
            "TableName": table, "KeySchema": keys, "AttributeDefinitions": attributes, "BillingMode": "PAY_PER_REQUEST",
        });
        let (status, told) = self.call("CreateTable", table.to_string().as_bytes());
        assert_eq!(status, 200, "{told}");
    }

    /// Answers an operation: the status, and the JSON.
    pub(crate) fn call(&self, operation: &str, body: &[u8]) -> (u16, String) {
        let db = &self.0;
        let answer = match operation {
            "CreateTable" => act(body, |asked| db.create_table(asked)),
            "GetItem" => act(body, |asked| db.get_item(asked)),
            "BatchGetItem" => act(body, |asked| db.batch_get_item(asked)),
            "Query" => act(body, |asked| db.query(asked)),
            "Scan" => act(body, |asked: ScanRequest| {
                db.scan(ScanRequest { limit: asked.limit.or(Some(PAGE)), ..asked })
            }),
            "PutItem" => act(body, |asked| db.put_item(asked)),
            "DeleteItem" => act(body, |asked| db.delete_item(asked)),
            "TransactWriteItems" => act(body, |asked| db.transact_write_items(asked)),
            other => Err(DynoxideError::InternalServerError(format!("no search needs {other}"))),
        };
        answer.map_or_else(|error| (error.status_code(), error.to_json()), |json| (200, json))
    }
}

fn act<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    act: impl FnOnce(Q) -> dynoxide::Result<A>,
) -> dynoxide::Result<String> {
    let unreadable = |error: serde_json::Error| DynoxideError::SerializationException(error.to_string());
    let answer = act(serde_json::from_slice(body).map_err(unreadable)?)?;
    serde_json::to_string(&answer).map_err(unreadable)
}

/// Someone as the original app stores them.
fn item(person: Person) -> Item {
    let Person { id, name, location, job_title, badges, .. } = person;
    let photo = format!("employee_pic/{}.png", &id[..16]);
    let texts = [("id", id), ("full_name", name), ("location", location), ("job_title", job_title)];
    let texts = texts.into_iter().chain([("object_key", photo)]);
    let mut item: Item =
        texts.map(|(name, text)| (name.to_owned(), AttributeValue::S(text))).collect::<HashMap<_, _>>();
    item.insert("badges".to_owned(), AttributeValue::L(badges.into_iter().map(AttributeValue::S).collect()));
    item
}
