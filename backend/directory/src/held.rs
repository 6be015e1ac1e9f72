//! A write to a row that holds on to what was seen of it, whatever its attributes are called.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{AttributeValue, ConditionCheck, Delete, TransactWriteItem, Update},
};

use crate::record::{ID, Item, Record};

/// The most attributes that a write holds on to as they were seen: a condition has 300 operators and functions at most
/// ([constraints](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html)). What changed among
/// others the stream tells.
const MAX_HELD: usize = 100;

/// An attribute's name and its new value; none takes the attribute away.
pub(crate) type Rewrite = (String, Option<AttributeValue>);

/// The deletion of a row in a transaction, provided that it is as it was seen.
pub(crate) fn deletion(table: &str, seen: &Record) -> Result<TransactWriteItem, BuildError> {
    let Held { condition, names, values } = Held::new(seen);
    let delete = Delete::builder()
        .table_name(table)
        .key(ID, AttributeValue::S(seen.id.to_string()))
        .condition_expression(condition)
        .set_expression_attribute_names(Some(names))
        .set_expression_attribute_values(Some(values))
        .build()?;
    Ok(TransactWriteItem::builder().delete(delete).build())
}

/// A change of a row in a transaction, provided that it is as it was seen. Without any write it stays as it is, and must
/// all the same be as it was seen.
pub(crate) fn rewriting(
    table: &str,
    seen: &Record,
    writes: &[Rewrite],
) -> Result<TransactWriteItem, BuildError> {
    let Held { mut condition, mut names, mut values } = Held::new(seen);
    let key = HashMap::from([(ID.to_owned(), AttributeValue::S(seen.id.to_string()))]);
    let item = TransactWriteItem::builder();
    let (mut set, mut removed) = (Vec::new(), Vec::new());
    for (number, (name, value)) in writes.iter().enumerate() {
        names.insert(format!("#w{number}"), name.clone());
        if seen.attribute(name).is_none() {
            condition.push_str(&format!(" AND attribute_not_exists(#w{number})"));
        }
        match value {
            Some(value) => {
                values.insert(format!(":w{number}"), value.clone());
                set.push(format!("#w{number} = :w{number}"));
            }
            None => removed.push(format!("#w{number}")),
        }
    }
    let clauses = [("SET", set), ("REMOVE", removed)].into_iter().filter(|(_, parts)| !parts.is_empty());
    let clauses: Vec<String> = clauses.map(|(verb, parts)| format!("{verb} {}", parts.join(", "))).collect();
    if clauses.is_empty() {
        let check = ConditionCheck::builder().table_name(table).set_key(Some(key));
        let check = check.condition_expression(condition).set_expression_attribute_names(Some(names));
        let check = check.set_expression_attribute_values(Some(values)).build()?;
        return Ok(item.condition_check(check).build());
    }
    let update = Update::builder().table_name(table).set_key(Some(key));
    let update = update.update_expression(clauses.join(" ")).condition_expression(condition);
    let update = update.set_expression_attribute_names(Some(names));
    Ok(item.update(update.set_expression_attribute_values(Some(values)).build()?).build())
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

    #[test]
    fn what_comes_new_into_a_row_must_not_have_come_meanwhile() {
        let item = [("id", string("e-1")), ("phone", string("+1"))];
        let seen = Record::from_item(item.map(|(name, value)| (name.to_owned(), value)).into());
        let seen = seen.expect("a row");
        let writes = [("a b", Some(string("x"))), ("phone", None)];
        let writes = writes.map(|(name, value)| (name.to_owned(), value));
        let update = rewriting("Employees", &seen, &writes).expect("an update").update.expect("an update");
        assert_eq!(update.update_expression, "SET #w0 = :w0 REMOVE #w1");
        let condition = "#a0 = :a0 AND #a1 = :a1 AND attribute_not_exists(#w0)";
        assert_eq!(update.condition_expression.as_deref(), Some(condition));
        let check = rewriting("Employees", &seen, &[]).expect("a check").condition_check.expect("a check");
        assert_eq!(check.condition_expression, "#a0 = :a0 AND #a1 = :a1");
    }
}
