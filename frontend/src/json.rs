//! Reads JSON into what the page works with. With it the page is 20 KB less to download than with serde_json's reader.
//!
//! It says that a text can't be read, and not why: nobody is told that, and the reasons of everything that may be
//! wrong are most of a reader. It knows what Rollcall's answers are made of: no fractions, and enums by name.

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::StringDeserializer,
    },
    forward_to_deserialize_any,
};

/// What the text says; none when it says something else, or isn't JSON.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    let mut reader = Reader { rest: text };
    let value = T::deserialize(&mut reader).ok()?;
    reader.peek().is_none().then_some(value)
}

/// The text can't be read.
#[derive(Debug)]
struct Unreadable;

impl std::fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("unreadable")
    }
}

impl std::error::Error for Unreadable {}

impl Error for Unreadable {
    // All the others come here: reasons are not even put into words.
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

type Read<T> = Result<T, Unreadable>;

/// The text that has not been read yet.
struct Reader<'de> {
    rest: &'de str,
}

impl Reader<'_> {
    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_ascii_start();
        self.rest.as_bytes().first().copied()
    }

    /// Goes past `token` if it comes next.
    fn take(&mut self, token: &str) -> bool {
        self.peek();
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn need(&mut self, token: &str) -> Read<()> {
        if self.take(token) { Ok(()) } else { Err(Unreadable) }
    }

    /// A number, or a name such as `true`.
    fn word(&mut self) -> &str {
        self.peek();
        let is_other = |byte: &u8| !byte.is_ascii_alphanumeric() && !b"+-.".contains(byte);
        let end = self.rest.as_bytes().iter().position(is_other).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn integer(&mut self) -> Read<i64> {
        self.word().parse().map_err(|_| Unreadable)
    }

    fn boolean(&mut self) -> Read<bool> {
        match self.word() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Unreadable),
        }
    }

    fn string(&mut self) -> Read<String> {
        self.need("\"")?;
        let mut text = String::new();
        loop {
            let end = self.rest.bytes().position(|byte| matches!(byte, b'"' | b'\\'));
            let (plain, rest) = self.rest.split_at(end.ok_or(Unreadable)?);
            text.push_str(plain);
            if let Some(rest) = rest.strip_prefix('"') {
                self.rest = rest;
                return Ok(text);
            }
            self.rest = rest.get(1..).unwrap_or_default();
            text.push(self.escaped()?);
        }
    }

    /// What a backslash and what follows it stand for.
    fn escaped(&mut self) -> Read<char> {
        let mut characters = self.rest.chars();
        let character = match characters.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('u') => return self.code_point(),
            Some(itself @ ('"' | '\\' | '/')) => itself,
            _ => return Err(Unreadable),
        };
        self.rest = characters.as_str();
        Ok(character)
    }

    /// `uXXXX`, or two of them with a backslash between.
    fn code_point(&mut self) -> Read<char> {
        let first = self.code_unit()?;
        let second = match first {
            0xD800..0xDC00 => {
                self.need("\\")?;
                Some(self.code_unit()?)
            }
            _ => None,
        };
        let mut characters = char::decode_utf16([first].into_iter().chain(second));
        characters.next().and_then(Result::ok).ok_or(Unreadable)
    }

    fn code_unit(&mut self) -> Read<u16> {
        let digits = self.rest.get(1..5).filter(|_| self.rest.starts_with('u')).ok_or(Unreadable)?;
        self.rest = self.rest.get(5..).unwrap_or_default();
        u16::from_str_radix(digits, 16).map_err(|_| Unreadable)
    }

    /// Goes past a value nobody asked for.
    fn skip(&mut self) -> Read<()> {
        let mut depth = 0_u32;
        loop {
            match self.peek().ok_or(Unreadable)? {
                b'"' => drop(self.string()?),
                b'{' | b'[' => {
                    depth += 1;
                    self.rest = self.rest.get(1..).unwrap_or_default();
                }
                b'}' | b']' | b',' | b':' if depth > 0 => {
                    depth -= u32::from(!self.rest.starts_with([',', ':']));
                    self.rest = self.rest.get(1..).unwrap_or_default();
                }
                _ => {
                    if self.word().is_empty() {
                        return Err(Unreadable);
                    }
                }
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }
}

/// The methods that read an integer whatever its width: a visitor refuses what doesn't fit.
macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
            visitor.visit_i64(self.integer()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        match self.peek() {
            Some(b'{') => self.deserialize_map(visitor),
            Some(b'[') => self.deserialize_seq(visitor),
            Some(b'"') => visitor.visit_string(self.string()?),
            Some(b't' | b'f') => visitor.visit_bool(self.boolean()?),
            Some(b'n') => self.deserialize_unit(visitor),
            _ => visitor.visit_i64(self.integer()?),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_bool(self.boolean()?)
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_str(&self.string()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_string(self.string()?)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_str(&self.string()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        if self.take("null") { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.need("null")?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Read<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.need("[")?;
        visitor.visit_seq(Parts { reader: self, is_first: true })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.need("{")?;
        visitor.visit_map(Parts { reader: self, is_first: true })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        let name: StringDeserializer<Unreadable> = self.string()?.into_deserializer();
        visitor.visit_enum(name)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.skip()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { i128 u128 f32 f64 char bytes byte_buf unit_struct tuple tuple_struct }
}

/// What a list or an object holds.
struct Parts<'a, 'de> {
    reader: &'a mut Reader<'de>,
    is_first: bool,
}

impl Parts<'_, '_> {
    /// Whether there is another part; goes past what stands before it, or past the end.
    fn more(&mut self, end: &str) -> Read<bool> {
        if self.reader.take(end) {
            return Ok(false);
        }
        if !self.is_first {
            self.reader.need(",")?;
        }
        self.is_first = false;
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for Parts<'_, 'de> {
    type Error = Unreadable;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Read<Option<S::Value>> {
        if self.more("]")? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Parts<'_, 'de> {
    type Error = Unreadable;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Read<Option<S::Value>> {
        if self.more("}")? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Read<S::Value> {
        self.reader.need(":")?;
        seed.deserialize(&mut *self.reader)
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fmt::Debug};

    use rollcall_api::{
        conformance::{Area, Conformance, Fact, FactOutcome, Topology},
        info::{Info, RunsOn},
        problem::Problem,
    };
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Sample {
        text: String,
        number: u32,
        #[serde(default)]
        list: Vec<Option<bool>>,
        #[serde(default)]
        map: BTreeMap<String, i64>,
    }

    fn sample(text: &str) -> Option<Sample> {
        read(text)
    }

    #[test]
    fn what_serde_json_writes_is_read() {
        let info = Info {
            version: "1".to_owned(),
            runs_on: RunsOn::Host { instance_id: Some("i-1".to_owned()), availability_zone: None },
        };
        let fact = Fact {
            id: "vpc".to_owned(),
            area: Area::Network,
            name: "\u{1}\t\"VPC\" \\ 𝄞 é".to_owned(),
            outcome: FactOutcome::Differs,
            expected: String::new(),
            found: "/".to_owned(),
            mend: "\r\n".to_owned(),
        };
        let conformance = Conformance {
            checked_at: jiff::Timestamp::UNIX_EPOCH,
            facts: vec![fact],
            topology: Topology { vpc: None },
        };
        fn same<T: Debug + PartialEq + serde::Serialize + DeserializeOwned>(value: T) {
            let text = serde_json::to_string_pretty(&value).expect("it can be written");
            assert_eq!(read(&text), Some(value), "{text}");
        }
        same(info);
        same(conformance);
    }

    #[test]
    fn escapes_are_understood() {
        let read = sample(r#" {"text": "a\u00e9\ud834\udd1e\/\n", "number": 7 } "#);
        assert_eq!(read.map(|read| read.text).as_deref(), Some("aé𝄞/\n"));
    }

    #[test]
    fn what_nobody_asked_for_is_passed_over() {
        let text = r#"{"x": {"}": [1.5e3, "]", null, {}], "y": []}, "text": "", "z": -1.25,
            "list": [true, null], "number": 1, "map": {"a": -3, "b": 0}, "last": true}"#;
        let expected = Sample {
            text: String::new(),
            number: 1,
            list: vec![Some(true), None],
            map: BTreeMap::from([("a".to_owned(), -3), ("b".to_owned(), 0)]),
        };
        assert_eq!(sample(text), Some(expected));
    }

    #[test]
    fn anything_else_is_unreadable() {
        for text in [
            "",
            "<html>",
            "{",
            r#"{"text": "", "number": 1"#,
            r#"{"text": "", "number": 1}}"#,
            r#"{"text": "", "number": 1,}"#,
            r#"{"text": "" "number": 1}"#,
            r#"{"text": "", "number": -1}"#,
            r#"{"text": "", "number": 4294967296}"#,
            r#"{"text": "", "number": 1.5}"#,
            r#"{"text": "", "number": "1"}"#,
            r#"{"text": "\q", "number": 1}"#,
            r#"{"text": "\ud834", "number": 1}"#,
            r#"{"text": "\u00"#,
            r#"{"text": "", "number": 1, "x": ]}"#,
            r#"{"text": "", "number": 1, "list": [true,]}"#,
            r#"{"text": "", "text": "", "number": 1}"#,
            r#"{"number": 1}"#,
        ] {
            assert_eq!(sample(text), None, "{text}");
        }
        assert_eq!(read::<Problem>(r#"{"message":"Unauthorized"}"#), None);
        assert_eq!(read::<Area>(r#""nowhere""#), None);
    }
}
