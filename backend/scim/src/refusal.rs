//! Why something that a provider asks for is refused, by the words that SCIM has for it.

use thiserror::Error;

/// What kind of mistake it is ([RFC 7644, section 3.12](https://www.rfc-editor.org/rfc/rfc7644#section-3.12), table 9;
/// those about pages are of [RFC 9865, section 2.1](https://www.rfc-editor.org/rfc/rfc9865#section-2.1)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    InvalidFilter,
    TooMany,
    Uniqueness,
    Mutability,
    InvalidSyntax,
    InvalidPath,
    NoTarget,
    InvalidValue,
    InvalidCursor,
    InvalidCount,
}

impl Mistake {
    /// The keyword of the attribute `scimType`.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidCursor => "invalidCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

/// What is refused, and why, for whoever set the provider up.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{detail}")]
pub struct Refusal {
    pub mistake: Mistake,
    pub detail: String,
}

impl Refusal {
    /// A refusal for this reason.
    pub fn new(mistake: Mistake, detail: impl Into<String>) -> Self {
        Self { mistake, detail: detail.into() }
    }

    pub(crate) fn value(detail: impl Into<String>) -> Self {
        Self::new(Mistake::InvalidValue, detail)
    }
}
