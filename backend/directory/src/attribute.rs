//! What an attribute of a row holds, whatever its type.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use rollcall_api::values::Value;

/// The attributes of one item.
pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) const BADGES: &str = "badges";

/// A value as it is stored: a string, or a list of them.
pub(crate) fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Text(text) => string(text),
        Value::List(texts) => AttributeValue::L(texts.iter().map(|text| string(text)).collect()),
    }
}

/// What a list or a set of strings holds, each entry for itself; a string alone is one entry.
pub(crate) fn entries(stored: Option<&AttributeValue>) -> Vec<AttributeValue> {
    match stored {
        Some(AttributeValue::L(values)) => values.clone(),
        Some(AttributeValue::Ss(values)) => values.iter().map(|value| string(value)).collect(),
        Some(AttributeValue::S(text)) if !text.is_empty() => vec![string(text)],
        _ => Vec::new(),
    }
}

/// The texts among these entries.
pub(crate) fn texts(stored: Option<&AttributeValue>) -> Vec<&str> {
    let texts: Vec<&str> = match stored {
        Some(AttributeValue::L(values)) => values.iter().map(|value| text(Some(value))).collect(),
        Some(AttributeValue::Ss(values)) => values.iter().map(String::as_str).collect(),
        other => vec![text(other)],
    };
    texts.into_iter().filter(|text| !text.is_empty()).collect()
}

/// What is written into an attribute that holds one text: nothing where that goes; none where the attribute stays.
pub(crate) fn written<'a, N: AsRef<str>>(
    writes: &'a [(N, Option<AttributeValue>)],
    name: &str,
) -> Option<&'a str> {
    let (_, value) = writes.iter().find(|(other, _)| other.as_ref() == name)?;
    Some(text(value.as_ref()))
}

/// A text as an attribute.
pub(crate) fn string(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// The text that an attribute is; empty when it is none.
pub(crate) fn text(value: Option<&AttributeValue>) -> &str {
    value.and_then(|value| value.as_s().ok()).map(String::as_str).unwrap_or_default()
}
