//! What other programs left in a record that is not what its field holds: shown, kept, and discarded where someone says so.

use aws_sdk_dynamodb::types::AttributeValue;
use rollcall_api::{
    badge::Badge,
    employee::NotUnderstood,
    field::{Field, Kind},
};

use crate::attribute::{BADGES, Item, entries};

/// How much of it is shown, in characters: enough to tell what it is.
const SHOWN_CHARACTERS: usize = 200;

/// What is in these fields, and among the badges, that nothing here understands.
pub(crate) fn not_understood(row: &Item, fields: &[Field]) -> Vec<NotUnderstood> {
    let of_fields = fields.iter().filter_map(|field| {
        let attribute = row.get(field.name)?;
        let left = if field.kind.is_list() { left_of_list(attribute) } else { left_of_text(attribute) };
        Some((field.name, left))
    });
    let of_badges = row.get(BADGES).map(|badges| (BADGES, left_of_badges(badges)));
    let all = of_fields.chain(of_badges).filter(|(_, left)| !left.is_empty());
    all.map(|(field, left)| NotUnderstood { field: field.to_owned(), text: shown(&left) }).collect()
}

/// The entries of a field that holds several, which are no texts.
pub(crate) fn kept_entries(row: &Item, field: &Field) -> Vec<AttributeValue> {
    match (field.kind, row.get(field.name)) {
        (Kind::Lines(_) | Kind::Links, Some(attribute)) => left_of_list(attribute),
        _ => Vec::new(),
    }
}

fn left_of_text(attribute: &AttributeValue) -> Vec<AttributeValue> {
    match attribute {
        AttributeValue::S(_) | AttributeValue::Null(_) => Vec::new(),
        other => vec![other.clone()],
    }
}

fn left_of_list(attribute: &AttributeValue) -> Vec<AttributeValue> {
    match attribute {
        AttributeValue::L(entries) => entries.iter().filter(|entry| !entry.is_s()).cloned().collect(),
        AttributeValue::Ss(_) => Vec::new(),
        other => left_of_text(other),
    }
}

fn left_of_badges(attribute: &AttributeValue) -> Vec<AttributeValue> {
    let is_badge =
        |entry: &AttributeValue| entry.as_s().is_ok_and(|id| id.is_empty() || Badge::from_id(id).is_some());
    let entries = entries(Some(attribute));
    if entries.is_empty() {
        return left_of_list(attribute);
    }
    entries.into_iter().filter(|entry| !is_badge(entry)).collect()
}

fn shown(left: &[AttributeValue]) -> String {
    let text = left.iter().map(words).collect::<Vec<_>>().join(", ");
    text.chars().take(SHOWN_CHARACTERS).collect()
}

fn words(value: &AttributeValue) -> String {
    let list = |texts: Vec<String>| format!("[{}]", texts.join(", "));
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.clone(),
        AttributeValue::Bool(is_so) => is_so.to_string(),
        AttributeValue::Null(_) => "null".to_owned(),
        AttributeValue::L(values) => list(values.iter().map(words).collect()),
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => list(texts.clone()),
        AttributeValue::M(map) => {
            let mut pairs: Vec<_> =
                map.iter().map(|(name, value)| format!("{name}: {}", words(value))).collect();
            pairs.sort_unstable();
            format!("{{{}}}", pairs.join(", "))
        }
        _ => "bytes".to_owned(),
    }
}
