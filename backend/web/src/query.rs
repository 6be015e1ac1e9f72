//! Query strings, parsed into a type.

use std::{collections::BTreeSet, convert::Infallible};

use axum::extract::FromRequestParts;
use http::request::Parts;
use rollcall_api::problem::FieldError;
use rollcall_json::field_error;
use serde::{
    Deserializer,
    de::{DeserializeOwned, Error as _, Visitor, value::Error as Unread},
    forward_to_deserialize_any,
};

use crate::problem::ApiError;

/// The query string as a `T`; refuses with a 422 that names the parameter, also one that `T` has no field for and one that
/// is there twice.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

impl<T, S> FromRequestParts<S> for Query<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        parse(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// The query string's names and values in their order, for a list whose parameters may be there several times.
#[derive(Debug, Clone, Default)]
pub struct Pairs(pub Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Pairs {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        Ok(Self(pairs.into_owned().collect()))
    }
}

/// What is wrong with a parameter that an address does not know, which knows these.
#[must_use]
pub fn unknown(name: impl Into<String>, known: &[&str]) -> FieldError {
    let detail = match known {
        [] => "is no parameter of this address, which takes none".to_owned(),
        [only] => format!("is no parameter of this address, which takes {only} alone"),
        [first @ .., last] => {
            format!("is no parameter of this address, which takes {} and {last}", first.join(", "))
        }
    };
    FieldError::new(name, detail)
}

/// What is wrong with a parameter that may be there once.
#[must_use]
pub fn repeated(name: impl Into<String>) -> FieldError {
    FieldError::new(name, "is there more than once")
}

/// Refuses whatever stands in a query.
///
/// # Errors
/// 422 with each parameter.
pub(crate) fn refuse(query: Option<&str>) -> Result<(), ApiError> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let names: BTreeSet<String> = pairs.map(|(name, _)| name.into_owned()).collect();
    refused(names.into_iter().map(|name| unknown(name, &[])).collect())
}

/// Refuses a query that can't be decoded, since it isn't known what was meant.
///
/// # Errors
/// 422 with each parameter that is not percent-encoded UTF-8.
pub(crate) fn refuse_undecodable(query: Option<&str>) -> Result<(), ApiError> {
    let parts = query.unwrap_or_default().split('&').filter(|part| !is_decodable(part));
    let name = |part: &str| {
        let name = form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name.into_owned());
        name.unwrap_or_default()
    };
    let detail = "is not percent-encoded UTF-8; write a percent sign as %25";
    refused(parts.map(|part| FieldError::new(name(part), detail)).collect())
}

fn is_decodable(part: &str) -> bool {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else { return false };
        bytes.extend(u8::try_from(high * 16 + low));
    }
    std::str::from_utf8(&bytes).is_ok()
}

fn refused(errors: Vec<FieldError>) -> Result<(), ApiError> {
    if errors.is_empty() { Ok(()) } else { Err(ApiError::invalid(errors)) }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    let known = names_of::<T>();
    let (mut seen, mut errors) = (BTreeSet::new(), Vec::new());
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        if !known.contains(&name.as_ref()) {
            errors.push(unknown(name, known));
        } else if let Some(again) = seen.replace(name) {
            errors.push(repeated(again));
        }
    }
    refused(errors)?;
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let path = error.path().to_string();
        ApiError::invalid(vec![field_error(&path, &error.into_inner().to_string())])
    })
}

/// The names of a struct's fields, as it reads them: so that none who describes parameters has to refuse the others.
fn names_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // It reads nothing, and so always fails; by then the names are told.
    drop(T::deserialize(Names(&mut names)));
    names
}

/// Is told the names of a struct's fields, and gives none of them a value.
struct Names<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unread> {
        Err(Unread::custom("only the names of fields are asked for"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// Says nothing of other fields.
    #[derive(Debug, PartialEq, Eq, Deserialize)]
    struct Page {
        #[serde(default)]
        all: bool,
        #[serde(rename = "from")]
        after: Option<String>,
    }

    fn faults(refused: Result<impl Sized, ApiError>) -> Vec<(String, String)> {
        let errors = refused.err().map(|error| error.problem().errors).unwrap_or_default();
        errors.into_iter().map(|error| (error.field, error.detail)).collect()
    }

    fn named(refused: Result<impl Sized, ApiError>) -> Vec<String> {
        faults(refused).into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn a_parameter_that_is_not_known_is_refused_with_those_that_are() {
        let detail = "is no parameter of this address, which takes all and from";
        assert_eq!(faults(parse::<Page>("after=x&all=true")), [("after".to_owned(), detail.to_owned())]);
        assert_eq!(parse::<Page>("from=x").expect("read"), Page { all: false, after: Some("x".to_owned()) });
    }

    #[test]
    fn a_parameter_that_is_there_twice_is_refused() {
        assert_eq!(named(parse::<Page>("from=x&all=true&from=x")), ["from"]);
    }

    #[test]
    fn an_address_that_takes_no_parameter_names_each_that_is_sent() {
        assert_eq!(named(refuse(Some("b=1&a&b=2"))), ["a", "b"]);
        assert!(refuse(None).is_ok() && refuse(Some("")).is_ok() && refuse(Some("&")).is_ok());
    }

    #[test]
    fn what_can_not_be_decoded_is_refused() {
        for query in ["q=%", "q=50%", "q=%zz", "q=%f", "q=%ff", "q=%C3", "q=%+1"] {
            assert_eq!(named(refuse_undecodable(Some(query))), ["q"], "{query}");
        }
        assert!(
            refuse_undecodable(Some("q=50%25+a%20b&%C3%A9=é")).is_ok() && refuse_undecodable(None).is_ok()
        );
    }
}
