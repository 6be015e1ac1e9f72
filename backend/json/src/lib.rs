//! JSON read as strictly as it is meant, whoever wrote it.
//!
//! serde takes a list for a struct, its items for the fields in their order, and of two equal keys in a map the last
//! one; neither can be switched off. serde_json's own [`Value`] is in between here: it is made so that no key stands
//! twice, and read so that a struct is an object.

use std::fmt;

use rollcall_api::problem::FieldError;
use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeOwned, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Error, Map, Value, error::Category};

/// Why a text is not the JSON that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The bytes are no text.
    #[error("byte {0} is not UTF-8")]
    NotUtf8(usize),
    /// The text is no JSON.
    #[error("{0}")]
    Syntax(String),
    /// A value is not one that its place takes.
    #[error("{} {}", .0.field, .0.detail)]
    Field(FieldError),
}

/// Reads a `T` from the bytes of a JSON text. A byte order mark before it is skipped
/// ([RFC 8259, section 8.1](https://www.rfc-editor.org/rfc/rfc8259#section-8.1)).
///
/// A struct inside of an enum with a tag, without one, or of a flattened field is read by serde alone, and may be a
/// list.
///
/// # Errors
/// The first thing that is wrong, with its line and column or the path of the field.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    read(value(bytes)?)
}

/// The same for a `T` that serde would read from a list as well, as it does an enum with a tag: only an object is one.
///
/// # Errors
/// See [`from_slice`].
pub fn object_from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    let value = value(bytes)?;
    match &value {
        Value::Object(_) => read(value),
        other => Err(JsonError::Field(field_error("", &no_object(other)))),
    }
}

fn value(bytes: &[u8]) -> Result<Value, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|error| JsonError::NotUtf8(error.valid_up_to()))?;
    let mut json = serde_json::Deserializer::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let Distinct(value) = serde_path_to_error::deserialize(&mut json).map_err(refused)?;
    json.end().map_err(|error| JsonError::Syntax(error.to_string()))?;
    Ok(value)
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, JsonError> {
    serde_path_to_error::deserialize(Strict(value)).map_err(refused)
}

/// What is wrong with a value that should be an object.
fn no_object(value: &Value) -> String {
    let found = match value {
        Value::Object(_) => "an object",
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
    };
    format!("must be an object, and is {found}")
}

fn refused(error: serde_path_to_error::Error<Error>) -> JsonError {
    let path = error.path().to_string();
    let cause = error.into_inner();
    match cause.classify() {
        Category::Data => JsonError::Field(field_error(&path, &cause.to_string())),
        _ => JsonError::Syntax(cause.to_string()),
    }
}

/// What is wrong with the field at `path`, from serde's own words.
#[must_use]
pub fn field_error(path: &str, message: &str) -> FieldError {
    let message = message.split(" at line ").next().unwrap_or(message);
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start)?.split('`').next());
    let parent = path.trim_matches('.');
    let field = match named {
        Some(name) if parent.is_empty() || parent == name => name.to_owned(),
        Some(name) => format!("{parent}.{name}"),
        None if parent.is_empty() => "body".to_owned(),
        None => parent.to_owned(),
    };
    if message.starts_with("must ") {
        return FieldError::new(field, message);
    }
    FieldError::new(field, format!("is not accepted: {message}"))
}

/// A value in which no object has a key twice.
struct Distinct(Value);

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DistinctVisitor).map(Self)
    }
}

struct DistinctVisitor;

impl<'de> Visitor<'de> for DistinctVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Distinct(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
            }
            let Distinct(value) = entries.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

/// A value of which only objects are structs and maps.
struct Strict(Value);

/// The entries of an object.
type Entries<'de> = MapDeserializer<'de, std::vec::IntoIter<(String, Strict)>, Error>;

impl Strict {
    fn entries<'de>(self) -> Result<Entries<'de>, Error> {
        match self.0 {
            Value::Object(object) => {
                let entries: Vec<_> = object.into_iter().map(|(key, value)| (key, Self(value))).collect();
                Ok(MapDeserializer::new(entries.into_iter()))
            }
            other => Err(Error::custom(no_object(&other))),
        }
    }
}

impl<'de> Deserializer<'de> for Strict {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Object(_) => self.deserialize_map(visitor),
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Self));
                let read = visitor.visit_seq(&mut items)?;
                items.end().map(|()| read)
            }
            plain => plain.deserialize_any(visitor),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut entries = self.entries()?;
        let read = visitor.visit_map(&mut entries)?;
        entries.end().map(|()| read)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Object(ref object) if object.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(self.entries()?))
            }
            other => other.deserialize_enum(name, variants, visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        name: String,
        #[serde(default)]
        inner: Option<Inner>,
        #[serde(default)]
        list: Vec<Inner>,
        #[serde(default)]
        map: BTreeMap<String, Inner>,
        #[serde(default)]
        kind: Option<Kind>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        number: u8,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Plain,
        Full { number: u8 },
        New(Inner),
    }

    fn read(text: &str) -> Result<Outer, JsonError> {
        from_slice(text.as_bytes())
    }

    fn field(text: &str) -> (String, String) {
        match read(text).expect_err("refused") {
            JsonError::Field(FieldError { field, detail }) => (field, detail),
            other => panic!("{text}: {other}"),
        }
    }

    #[test]
    fn an_object_is_read_with_all_it_holds() {
        let text = r#"{"name": "a", "inner": {"number": 1}, "list": [{"number": 2}, {"number": 3}],
            "map": {"x": {"number": 4}}, "kind": {"full": {"number": 5}}}"#;
        let expected = Outer {
            name: "a".to_owned(),
            inner: Some(Inner { number: 1 }),
            list: vec![Inner { number: 2 }, Inner { number: 3 }],
            map: BTreeMap::from([("x".to_owned(), Inner { number: 4 })]),
            kind: Some(Kind::Full { number: 5 }),
        };
        assert_eq!(read(text), Ok(expected));
        let kind =
            |kind| read(&format!(r#"{{"name": "a", "inner": null, "kind": {kind}}}"#)).map(|it| it.kind);
        assert_eq!(kind(r#""plain""#), Ok(Some(Kind::Plain)));
        assert_eq!(kind(r#"{"new": {"number": 1}}"#), Ok(Some(Kind::New(Inner { number: 1 }))));
        assert_eq!(kind("null"), Ok(None));
    }

    #[test]
    fn a_list_is_no_object_wherever_it_stands() {
        for (text, place) in [
            (r#"["a"]"#, "body"),
            ("[]", "body"),
            (r#"{"name": "a", "inner": [1]}"#, "inner"),
            (r#"{"name": "a", "list": [{"number": 1}, [2]]}"#, "list[1]"),
            (r#"{"name": "a", "map": [["x", [2]]]}"#, "map"),
            (r#"{"name": "a", "map": {"x": [2]}}"#, "map.x"),
            (r#"{"name": "a", "kind": {"full": [5]}}"#, "kind.full"),
            (r#"{"name": "a", "kind": {"new": [5]}}"#, "kind.new"),
        ] {
            assert_eq!(
                field(text),
                (place.to_owned(), "must be an object, and is a list".to_owned()),
                "{text}"
            );
        }
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Tagged {
        Full { number: u8 },
    }

    #[test]
    fn a_list_is_no_enum_with_a_tag_where_an_object_is_asked_for() {
        let read = |text: &str| object_from_slice::<Tagged>(text.as_bytes());
        assert_eq!(read(r#"{"kind": "full", "number": 5}"#), Ok(Tagged::Full { number: 5 }));
        let refused = read(r#"["full", 5]"#).expect_err("refused");
        assert_eq!(refused.to_string(), "body must be an object, and is a list");
    }

    #[test]
    fn what_else_is_no_object_is_told_too() {
        for (text, found) in [("null", "null"), ("7", "a number"), ("\"a\"", "a text"), ("true", "a boolean")]
        {
            assert_eq!(field(text), ("body".to_owned(), format!("must be an object, and is {found}")));
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_named() {
        for (text, place) in [
            (r#"{"name": "a", "name": "b"}"#, "name"),
            (r#"{"name": "a", "\u006eame": "b"}"#, "name"),
            (r#"{"name": "a", "inner": {"number": 1, "number": 1}}"#, "inner.number"),
            (r#"{"name": "a", "map": {"x": {"number": 1}, "x": {"number": 2}}}"#, "map.x"),
        ] {
            assert_eq!(field(text).0, place, "{text}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert!(read("\u{feff}{\"name\": \"a\"}").is_ok());
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert_eq!(from_slice::<Outer>(b"{\"name\": \"\xff\"}"), Err(JsonError::NotUtf8(10)));
        assert_eq!(from_slice::<Outer>(b"\xff\xfe{\0}\0"), Err(JsonError::NotUtf8(0)));
    }

    #[test]
    fn what_is_no_json_is_told_where_it_ends() {
        for text in
            ["", "{", "{} {}", "{}x", "{\"name\": \"\\ud800\"}", "{\"name\": 1e999}", &"[".repeat(200_000)]
        {
            let error = read(text).expect_err("refused");
            assert!(matches!(&error, JsonError::Syntax(reason) if reason.contains("at line")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn a_value_is_read_as_serde_json_reads_it(text in json()) {
            let strict: Result<Value, _> = from_slice(text.as_bytes());
            prop_assert_eq!(strict.ok(), serde_json::from_str(&text).ok());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = from_slice::<Outer>(&bytes);
        }
    }

    /// The text of any value.
    fn json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from),
        ];
        let value = leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(".{0,3}", inner, 0..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        });
        value.prop_map(|value| value.to_string())
    }
}
