//! What an employee has in each field.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, SeqAccess, Visitor},
};

/// What one field holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// One text.
    Text(String),
    /// Several.
    List(Vec<String>),
}

impl Value {
    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts().iter().all(String::is_empty)
    }

    /// Its texts, of which there is one where it is no list.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        match self {
            Self::Text(text) => std::slice::from_ref(text),
            Self::List(texts) => texts,
        }
    }
}

/// What the fields hold, in the order of their names. A field that is not there is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Values(Vec<(&'static str, Value)>);

impl Values {
    /// What a field holds; none when it is empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// The text of a field that holds one; empty when there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        match self.get(name) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// Puts a value into a field; an empty one takes the field out.
    pub fn set(&mut self, name: &'static str, value: Value) {
        self.0.retain(|(other, _)| *other != name);
        if !value.is_empty() {
            let behind = self.0.partition_point(|(other, _)| *other < name);
            self.0.insert(behind, (name, value));
        }
    }

    /// Puts a text into a field.
    pub fn set_text(&mut self, name: &'static str, text: impl Into<String>) {
        self.set(name, Value::Text(text.into()));
    }

    /// The fields that are not empty, with what they hold.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    /// Whether all are empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Extend<(&'static str, Value)> for Values {
    fn extend<I: IntoIterator<Item = (&'static str, Value)>>(&mut self, values: I) {
        values.into_iter().for_each(|(name, value)| self.set(name, value));
    }
}

impl FromIterator<(&'static str, Value)> for Values {
    fn from_iter<I: IntoIterator<Item = (&'static str, Value)>>(values: I) -> Self {
        let mut all = Self::default();
        all.extend(values);
        all
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Value {
    /// A text, a list of texts, or nothing, which is an empty text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text or a list of texts")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Value, E> {
                Ok(Value::Text(text))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
                Ok(Value::Text(String::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = entries.next_element()? {
                    texts.push(text);
                }
                Ok(Value::List(texts))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_with_nothing_in_it_is_not_there() {
        let mut values = Values::default();
        values.set_text("email", "ada@example.org");
        values.set("links", Value::List(vec![]));
        assert_eq!(values.iter().count(), 1);
        values.set_text("email", "");
        assert!(values.is_empty());
    }
}
