//! A row as the table's stream tells it: as it was before any program changed or deleted it.

use std::{cmp::Ordering, collections::HashMap};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny},
};

use crate::record::{Item, Record};

/// A removal of a row, whoever removed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Removal {
    pub(crate) record: Record,
    /// Where it stands among the changes of this row.
    pub(crate) sequence: Sequence,
    /// When it was, to the second.
    pub(crate) at: Timestamp,
}

impl Removal {
    /// A removal as a record of the stream tells it; none when it lacks what it must have.
    ///
    /// # Errors
    /// When the image is no row.
    pub fn read<'de, D: Deserializer<'de>>(
        image: D,
        sequence: String,
        at_seconds: f64,
    ) -> Result<Self, D::Error> {
        let record = row(image)?;
        #[allow(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
        let at = Timestamp::from_second(at_seconds as i64).map_err(D::Error::custom)?;
        Ok(Self { record, sequence: Sequence::new(&sequence), at })
    }
}

/// A row before a change, whoever changed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Before(pub(crate) Record);

impl Before {
    /// A row as a record of the stream tells it.
    ///
    /// # Errors
    /// When the image is no row.
    pub fn read<'de, D: Deserializer<'de>>(image: D) -> Result<Self, D::Error> {
        row(image).map(Self)
    }
}

fn row<'de, D: Deserializer<'de>>(image: D) -> Result<Record, D::Error> {
    let image = HashMap::<String, Attribute>::deserialize(image)?;
    let item: Item = image.into_iter().map(|(name, value)| (name, value.into())).collect();
    Record::from_item(item).ok_or_else(|| D::Error::custom("a row without an id"))
}

/// The number of a change: the greater one is the later one of two changes of a row
/// ([ordering](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html)). Numbers have up to 40
/// digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sequence(String);

impl Sequence {
    pub(crate) fn new(digits: &str) -> Self {
        Self(digits.trim_start_matches('0').to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Ord for Sequence {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Sequence {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// An attribute's value in DynamoDB's own JSON
/// ([`AttributeValue`](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html)).
#[derive(Deserialize)]
enum Attribute {
    S(String),
    N(String),
    B(Binary),
    #[serde(rename = "BOOL")]
    Bool(bool),
    #[serde(rename = "NULL")]
    Null(IgnoredAny),
    M(HashMap<String, Self>),
    L(Vec<Self>),
    #[serde(rename = "SS")]
    Ss(Vec<String>),
    #[serde(rename = "NS")]
    Ns(Vec<String>),
    #[serde(rename = "BS")]
    Bs(Vec<Binary>),
}

impl From<Attribute> for AttributeValue {
    fn from(attribute: Attribute) -> Self {
        match attribute {
            Attribute::S(text) => Self::S(text),
            Attribute::N(number) => Self::N(number),
            Attribute::B(Binary(bytes)) => Self::B(bytes),
            Attribute::Bool(is) => Self::Bool(is),
            Attribute::Null(_) => Self::Null(true),
            Attribute::M(map) => Self::M(map.into_iter().map(|(name, value)| (name, value.into())).collect()),
            Attribute::L(list) => Self::L(list.into_iter().map(Self::from).collect()),
            Attribute::Ss(texts) => Self::Ss(texts),
            Attribute::Ns(numbers) => Self::Ns(numbers),
            Attribute::Bs(all) => Self::Bs(all.into_iter().map(|Binary(bytes)| bytes).collect()),
        }
    }
}

/// Bytes in base64.
struct Binary(Blob);

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map(|bytes| Self(Blob::new(bytes))).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(image: serde_json::Value) -> Result<Removal, serde_json::Error> {
        Removal::read(image, "0000700000000000000000001".to_owned(), 1_795_000_000.5)
    }

    #[test]
    fn every_kind_of_attribute_is_read_as_it_was() {
        let removal = read(json!({
            "id": {"S": "e-1"}, "number": {"N": "1.50"}, "bytes": {"B": "AP8="}, "yes": {"BOOL": true},
            "nothing": {"NULL": true}, "map": {"M": {"deep": {"L": [{"S": ""}, {"M": {}}]}}},
            "texts": {"SS": ["a"]}, "numbers": {"NS": ["1", "2"]}, "blobs": {"BS": ["AA=="]},
        }))
        .expect("a row");
        let blob = |bytes: &[u8]| Blob::new(bytes.to_vec());
        let list =
            AttributeValue::L(vec![AttributeValue::S(String::new()), AttributeValue::M(HashMap::new())]);
        for (name, value) in [
            ("id", AttributeValue::S("e-1".to_owned())),
            ("number", AttributeValue::N("1.50".to_owned())),
            ("bytes", AttributeValue::B(blob(&[0, 255]))),
            ("yes", AttributeValue::Bool(true)),
            ("nothing", AttributeValue::Null(true)),
            ("map", AttributeValue::M(HashMap::from([("deep".to_owned(), list)]))),
            ("texts", AttributeValue::Ss(vec!["a".to_owned()])),
            ("numbers", AttributeValue::Ns(vec!["1".to_owned(), "2".to_owned()])),
            ("blobs", AttributeValue::Bs(vec![blob(&[0])])),
        ] {
            assert_eq!(removal.record.attribute(name), Some(&value), "{name}");
        }
        assert_eq!(removal.at.as_second(), 1_795_000_000);
    }

    #[test]
    fn what_is_no_row_is_refused() {
        for image in [
            json!({}),
            json!({"id": {"N": "7"}}),
            json!({"id": {"S": "e-1"}, "a": {"X": "b"}}),
            json!({"id": {"S": "e-1"}, "a": {"B": "%"}}),
            json!([]),
            json!(null),
        ] {
            assert!(read(image.clone()).is_err(), "{image}");
        }
    }

    #[test]
    fn changes_are_in_the_order_of_their_numbers() {
        let number = Sequence::new;
        assert!(number("9") < number("10"));
        assert!(number("700000000000000000000000000000000000001") > number("99"));
        assert_eq!(number("0007"), number("7"));
    }
}
