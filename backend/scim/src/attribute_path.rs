//! The name of an attribute, as requests write it.

use std::fmt;

/// An attribute, or a part of one: `userName`, `name.familyName`, `urn:…:User:department`
/// ([RFC 7644, section 3.10](https://www.rfc-editor.org/rfc/rfc7644#section-3.10)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributePath {
    /// The schema it is said to be of. What follows the last colon is taken for a name, so that the address of a schema alone
    /// is read as one of its parts: see [`AttributePath::whole`].
    pub schema: Option<String>,
    pub name: String,
    pub sub: Option<String>,
}

impl AttributePath {
    /// The path in a text of nothing else; none where it is none.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (schema, rest) = match text.rsplit_once(':') {
            Some((schema, rest)) if !schema.is_empty() => (Some(schema.to_owned()), rest),
            Some(_) => return None,
            None => (None, text),
        };
        let (name, sub) = match rest.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (rest, None),
        };
        let fits = is_name(name) && sub.is_none_or(is_name);
        fits.then(|| Self { schema, name: name.to_owned(), sub: sub.map(str::to_owned) })
    }

    /// The whole of it as the address of a schema.
    #[must_use]
    pub fn whole(&self) -> Option<String> {
        let schema = self.schema.as_ref().filter(|_| self.sub.is_none())?;
        Some(format!("{schema}:{}", self.name))
    }
}

/// Whether a character may stand in a path.
pub(crate) const fn is_of_a_path(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '$' | '_' | '-' | '.' | ':')
}

/// A letter, or `$` as in `$ref`, then letters, digits, `-` and `_`.
fn is_name(text: &str) -> bool {
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '$');
    begins && text.chars().skip(1).all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_'))
}

impl fmt::Display for AttributePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(formatter, "{schema}:")?;
        }
        formatter.write_str(&self.name)?;
        match &self.sub {
            Some(sub) => write!(formatter, ".{sub}"),
            None => Ok(()),
        }
    }
}
