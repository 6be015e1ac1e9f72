//! What can go wrong when something is asked of Rollcall, in the domain's own words.
//!
//! Nothing here knows HTTP or Lambda: what an error means in an answer or in a failed invocation is said once, by each of
//! those edges.

use std::{error::Error as StdError, fmt, time::Duration};

use rollcall_api::problem::FieldError;

type Cause = Box<dyn StdError + Send + Sync>;

/// Why something that was asked for was not done.
///
/// The detail is for whoever asked. The cause is for the log: nothing turns the one into the other, so that no internal
/// text reaches a client by accident.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    detail: String,
    fields: Vec<FieldError>,
    cause: Option<Cause>,
    retry_after: Option<Duration>,
}

/// The kinds of error there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// There is no such thing.
    NotFound,
    /// The current state does not permit it.
    Conflict,
    /// Some input is not valid; [`Error::fields`] says which.
    Invalid,
    /// What was sent is larger than can be stored.
    TooLarge,
    /// What was sent is of a kind that is not taken.
    Unsupported,
    /// Too much was asked for; [`Error::retry_after`] says when there is room for more.
    TooMany,
    /// Something that this needs does not answer now; trying again later may help.
    Away,
    /// Something inside failed, and nobody who asks can do anything about it.
    Broken,
}

impl Error {
    /// There is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, detail)
    }

    /// The current state does not permit it.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, detail)
    }

    /// Each input in `fields` is not valid.
    #[must_use]
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let detail = match fields.as_slice() {
            [only] => format!("{} {}.", only.field, only.detail),
            several => format!("{} fields are not valid.", several.len()),
        };
        let mut error = Self::new(Kind::Invalid, detail);
        error.0.fields = fields;
        error
    }

    /// One input is not valid.
    pub fn invalid_field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, detail)])
    }

    /// What was sent is larger than can be stored.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(Kind::TooLarge, detail)
    }

    /// What was sent is of a kind that is not taken.
    pub fn unsupported(detail: impl Into<String>) -> Self {
        Self::new(Kind::Unsupported, detail)
    }

    /// Too much was asked for, and there is room for more after so long.
    pub fn too_many(detail: impl Into<String>, retry_after: Duration) -> Self {
        let mut error = Self::new(Kind::TooMany, detail);
        error.0.retry_after = Some(retry_after);
        error
    }

    /// Something that this needs does not answer now.
    pub fn away(detail: impl Into<String>) -> Self {
        Self::new(Kind::Away, detail)
    }

    /// Something inside failed: `cause`.
    pub fn broken(cause: impl Into<Cause>) -> Self {
        Self::new(Kind::Broken, "Something failed inside Rollcall. Trying again may help.").caused_by(cause)
    }

    fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self(Box::new(Inner { kind, detail, fields: Vec::new(), cause: None, retry_after: None }))
    }

    /// Adds what led to it, for the log alone.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Cause>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What happened and what to do about it, for whoever asked.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// After how long it is worth asking again, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Each input that is not valid.
    #[must_use]
    pub fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// The error in parts: kind, detail, the inputs that are not valid, and the cause.
    #[must_use]
    pub fn into_parts(self) -> (Kind, String, Vec<FieldError>, Option<Cause>) {
        let Inner { kind, detail, fields, cause, .. } = *self.0;
        (kind, detail, fields, cause)
    }
}

impl fmt::Display for Error {
    /// What whoever asked may read, on one line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.detail)?;
        if self.0.fields.len() > 1 {
            for field in &self.0.fields {
                write!(formatter, " {}: {}.", field.field, field.detail)?;
            }
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_ref().map(|cause| cause.as_ref() as _)
    }
}

/// How much of an error is told, in bytes: many repeat what they can't read, which anyone may have sent, however long. The
/// longest that AWS sends, a refusal with an encoded message, is shorter.
const MAX_CHAIN_BYTES: usize = 4_000;

/// An error and all its sources, outermost first, for logs: SDK errors say little in their own text and everything in
/// their sources. What is too long is cut off.
#[must_use]
pub fn source_chain(error: &(dyn StdError + 'static)) -> String {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let text = error.to_string();
        if !chain.ends_with(&text) {
            chain.push_str(": ");
            chain.push_str(&text);
        }
        source = error.source();
    }
    if chain.len() > MAX_CHAIN_BYTES {
        chain.truncate(chain.floor_char_boundary(MAX_CHAIN_BYTES));
        chain.push('…');
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk_full() -> Error {
        Error::broken(std::io::Error::other("disk 7 is full"))
    }

    #[test]
    fn whoever_asked_never_reads_what_failed_inside() {
        assert!(!disk_full().to_string().contains("disk"), "{}", disk_full());
    }

    #[test]
    fn the_log_reads_every_source() {
        assert!(source_chain(&disk_full()).ends_with(": disk 7 is full"), "{}", source_chain(&disk_full()));
    }

    #[test]
    fn nobody_fills_the_log_by_what_they_send() {
        let sent = "é".repeat(10_000);
        let told = source_chain(&Error::broken(std::io::Error::other(sent)));
        assert!(told.len() < 4_010 && told.ends_with("é…"), "{}", told.len());
    }

    #[test]
    fn each_input_that_is_not_valid_is_told() {
        let one = Error::invalid_field("limit", "is 0");
        assert_eq!(one.to_string(), "limit is 0.");
        let two =
            Error::invalid(vec![FieldError::new("limit", "is 0"), FieldError::new("cursor", "is none")]);
        assert_eq!(two.to_string(), "2 fields are not valid. limit: is 0. cursor: is none.");
    }
}
