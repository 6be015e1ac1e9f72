//! The key that a client gives a request.

use http::{HeaderMap, HeaderName};

use crate::{person::Person, problem::ApiError, sessions::id::SessionId};

pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The longest key, in characters: a UUID has 36.
const MAX_CHARACTERS: usize = 255;

/// A key as it was sent, without the quotes that the draft has around it and many clients leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key(String);

impl Key {
    /// The key of a request; none where it has none.
    ///
    /// # Errors
    /// 400 for what is none, or more than one.
    pub(super) fn of(headers: &HeaderMap) -> Result<Option<Self>, ApiError> {
        let mut sent = headers.get_all(IDEMPOTENCY_KEY).iter();
        let Some(first) = sent.next() else { return Ok(None) };
        let text = first.to_str().ok().filter(|_| sent.next().is_none());
        text.and_then(Self::parse).map(Some).ok_or_else(|| {
            ApiError::bad_request(format!(
                "The header idempotency-key must be there once, with 1 to {MAX_CHARACTERS} plain characters, such as a \
                 random UUID."
            ))
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let key = match text.strip_prefix('"') {
            Some(quoted) => quoted.strip_suffix('"')?,
            None => text,
        };
        let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        let fits = !key.is_empty() && key.len() <= MAX_CHARACTERS;
        (fits && key.bytes().all(is_plain)).then(|| Self(key.to_owned()))
    }

    /// What the table knows it by, and what seals what is kept under it: another one for each person.
    pub(super) fn secret(&self, person: &Person) -> SessionId {
        SessionId::made_of(&format!("{}\n{}\n{}", person.issuer, person.subject, self.0))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn key_of(values: &[&str]) -> Result<Option<Key>, ApiError> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_str(value).expect("a value"));
        }
        Key::of(&headers)
    }

    #[test]
    fn a_key_is_the_same_with_and_without_quotes() {
        let key = key_of(&["8e03978e-40d5"]).expect("read");
        assert!(key.is_some());
        assert_eq!(key_of(&["\"8e03978e-40d5\""]).expect("read"), key);
        assert_eq!(key_of(&[]).expect("read"), None);
        assert!(key_of(&[&"k".repeat(255)]).is_ok());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for values in
            [&[""] as &[&str], &["\"\""], &["\"a"], &["a\""], &["a b"], &["é"], &["a", "a"], &["a\\b"]]
        {
            assert_eq!(key_of(values).expect_err("refused").status(), 400, "{values:?}");
        }
        assert!(key_of(&[&"k".repeat(256)]).is_err());
    }

    #[test]
    fn two_people_with_the_same_key_share_nothing() {
        let person = |subject: &str| Person {
            name: "Ada".to_owned(),
            issuer: "https://issuer.example".to_owned(),
            subject: subject.to_owned(),
            groups: Vec::new(),
            email: None,
        };
        let key = Key("1".to_owned());
        assert_ne!(key.secret(&person("7")).hash(), key.secret(&person("8")).hash());
        assert_eq!(key.secret(&person("7")).hash(), key.secret(&person("7")).hash());
    }
}
