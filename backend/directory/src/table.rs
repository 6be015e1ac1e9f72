//! The only place that calls DynamoDB.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, ReturnValue},
};
use rollcall_api::employee::EmployeeDetails;
use rollcall_web::problem::ApiError;

use crate::{
    cursor::Cursor,
    employee_id::EmployeeId,
    record::{BADGES, FULL_NAME, ID, Item, JOB_TITLE, LOCATION, OBJECT_KEY, Record, new_item, string},
    storage_error::storage_error,
};

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
    pub(crate) next: Option<Cursor>,
}

/// What became of a change that held on to what was seen before.
#[derive(Debug)]
pub(crate) enum Change {
    /// Done; the employee as it is now.
    Done(Record),
    /// Someone changed or deleted the employee meanwhile; nothing was written.
    Overtaken,
}

/// An attribute's name and its new value; none takes the attribute away.
pub(crate) type Write = (&'static str, Option<AttributeValue>);

impl Table {
    pub(crate) fn new(config: &SdkConfig, name: String) -> Self {
        Self { client: Client::new(config), name }
    }

    /// Reads a key nobody has.
    pub(crate) async fn touch(&self) {
        let read = self.client.get_item().table_name(&self.name).key(ID, string("-")).send().await;
        if let Err(error) = read {
            tracing::warn!(
                error = rollcall_web::problem::source_chain(&error),
                "the table of employees cannot be read yet"
            );
        }
    }

    /// Up to `limit` employees after `cursor`, as they are now: who just added someone looks for them here.
    pub(crate) async fn page(&self, limit: i32, cursor: Option<Cursor>) -> Result<Page, ApiError> {
        let start = cursor.map(|Cursor(id)| key(&id));
        let page = self
            .client
            .scan()
            .table_name(&self.name)
            .consistent_read(true)
            .limit(limit)
            .set_exclusive_start_key(start)
            .projection_expression("#id, #full_name, #location, #job_title, #badges, #object_key")
            .set_expression_attribute_names(Some(names(&[
                ID, FULL_NAME, LOCATION, JOB_TITLE, BADGES, OBJECT_KEY,
            ])))
            .send()
            .await
            .map_err(storage_error)?;
        let last = page.last_evaluated_key().and_then(|item| item.get(ID)?.as_s().ok());
        Ok(Page {
            records: page.items().iter().filter_map(Record::from_item).collect(),
            next: last.and_then(|id| EmployeeId::try_from(id.clone()).ok()).map(Cursor),
        })
    }

    pub(crate) async fn get(&self, id: &EmployeeId) -> Result<Option<Record>, ApiError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key(id)))
            .consistent_read(true)
            .send()
            .await
            .map_err(storage_error)?;
        Ok(found.item().and_then(Record::from_item))
    }

    /// Adds an employee under a new id. Without a condition, so that a repeated attempt does no harm.
    pub(crate) async fn add(&self, id: &EmployeeId, details: &EmployeeDetails) -> Result<Item, ApiError> {
        let item = new_item(id, details);
        self.client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item.clone()))
            .send()
            .await
            .map_err(storage_error)?;
        Ok(item)
    }

    /// Writes some attributes, provided that each of those `held` is still exactly as it was `seen`.
    pub(crate) async fn change(
        &self,
        seen: &Record,
        held: &[&'static str],
        writes: Vec<Write>,
    ) -> Result<Change, ApiError> {
        let expression = Expression::new(seen, held, writes);
        let request = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key(&seen.id)))
            .return_values(ReturnValue::AllNew)
            .update_expression(expression.update)
            .condition_expression(expression.condition)
            .set_expression_attribute_names(Some(expression.names))
            .set_expression_attribute_values(Some(expression.values).filter(|values| !values.is_empty()));
        match request.send().await {
            Ok(output) => {
                let record = output.attributes().and_then(Record::from_item);
                record.map(Change::Done).ok_or_else(|| ApiError::internal("a changed row has no id"))
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(Change::Overtaken)
            }
            Err(error) => Err(storage_error(error)),
        }
    }

    /// Removes an employee and tells which it was; none when it was gone already.
    pub(crate) async fn remove(&self, id: &EmployeeId) -> Result<Option<Record>, ApiError> {
        let removed = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key(id)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(storage_error)?;
        Ok(removed.attributes().and_then(Record::from_item))
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
        let names = names(&held.iter().copied().chain(written).chain([ID]).collect::<Vec<_>>());
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

fn key(id: &EmployeeId) -> Item {
    HashMap::from([(ID.to_owned(), string(id.as_str()))])
}

/// Each attribute under its own name with `#`: some, such as `location`, are DynamoDB's reserved words.
fn names(attributes: &[&str]) -> HashMap<String, String> {
    attributes.iter().map(|&name| (format!("#{name}"), name.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(attributes: Vec<(&str, AttributeValue)>) -> Record {
        let all = [(ID, string("e-1"))].into_iter().chain(attributes);
        Record::from_item(&all.map(|(name, value)| (name.to_owned(), value)).collect()).expect("an employee")
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
