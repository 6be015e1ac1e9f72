//! DynamoDB: dynoxide, in memory, with the tables of the directory.

use std::collections::HashMap;

use dynoxide::{AttributeValue, Database, DynoxideError, ImportOptions, Item, actions::scan::ScanRequest};
use rollcall_search::Person;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

/// As tests/support/lambda_service.py names them to the function.
const EMPLOYEES: &str = "Employees";
const INDEX: &str = "rollcall-search-index";
const PEOPLE: &str = "rollcall-people";
const OPERATIONS: &str = "rollcall-operations";

/// How many items are stored at once.
const PART: usize = 10_000;

/// How many items a page of a scan has: about as many as DynamoDB puts into one of 1 MB. Without a limit the emulator would
/// read the whole rest of the table for each page.
const PAGE: usize = 3_000;

pub(crate) struct DynamoDb(Database);

impl DynamoDb {
    /// With these employees, and empty tables: for the index, for what is kept about people beside the employees, and for the audit log.
    pub(crate) fn with(employees: impl Iterator<Item = Item>) -> Self {
        let dynamodb = Self(Database::memory().expect("a database"));
        dynamodb.create(EMPLOYEES, &[("id", "HASH")]);
        for table in [INDEX, PEOPLE, OPERATIONS] {
            dynamodb.create(table, &[("pk", "HASH"), ("sk", "RANGE")]);
        }
        let mut employees = employees.peekable();
        while employees.peek().is_some() {
            let items = employees.by_ref().take(PART).collect();
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
            "UpdateItem" => act(body, |asked| db.update_item(asked)),
            "DeleteItem" => act(body, |asked| db.delete_item(asked)),
            "TransactWriteItems" => act(body, |asked| db.transact_write_items(asked)),
            other => Err(DynoxideError::InternalServerError(format!("nothing here needs {other}"))),
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
pub(crate) fn row(person: Person) -> Item {
    let Person { id, name, location, job_title, badges, .. } = person;
    let digits: String = id.chars().filter(|it| *it != '-').take(16).collect();
    let photo = format!("employee_pic/{digits}.png");
    let texts = [("id", id), ("full_name", name), ("location", location), ("job_title", job_title)];
    let texts = texts.into_iter().chain([("object_key", photo)]);
    let mut item: Item =
        texts.map(|(name, text)| (name.to_owned(), AttributeValue::S(text))).collect::<HashMap<_, _>>();
    item.insert("badges".to_owned(), AttributeValue::L(badges.into_iter().map(AttributeValue::S).collect()));
    item
}
