//! What a change is about: `emails[type eq "work"].value`
//! ([RFC 7644, section 3.5.2](https://www.rfc-editor.org/rfc/rfc7644#section-3.5.2)).

use std::fmt;

use crate::{attribute_path::AttributePath, filter::Filter};

/// An attribute, a part of one, or some of its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Where there is a filter, the part of the values stands behind that: [`Path::sub`].
    pub attribute: AttributePath,
    /// Which of the values are meant.
    pub filter: Option<Filter>,
    /// The part of each value that is meant.
    pub sub: Option<String>,
}

impl From<AttributePath> for Path {
    fn from(mut attribute: AttributePath) -> Self {
        let sub = attribute.sub.take();
        Self { attribute, filter: None, sub }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.attribute)?;
        if let Some(filter) = &self.filter {
            write!(formatter, "[{filter}]")?;
        }
        match &self.sub {
            Some(sub) => write!(formatter, ".{sub}"),
            None => Ok(()),
        }
    }
}
