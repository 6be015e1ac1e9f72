//! Employees as a file.

use serde::{Deserialize, Serialize};

/// The most people whose rows one answer holds: some 200 KB.
pub const MAX_EXPORT_ROWS: u32 = 1_000;

/// The most people whose cards one answer holds: each has a photo of up to 40 KB, and no answer of a function is larger than
/// 6 MB ([quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)).
pub const MAX_EXPORT_CARDS: u32 = 50;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// A table, one row for each.
    Csv,
    /// Cards for an address book.
    Vcard,
}

impl ExportFormat {
    /// How many people one answer holds at most.
    #[must_use]
    pub const fn at_once(self) -> u32 {
        match self {
            Self::Csv => MAX_EXPORT_ROWS,
            Self::Vcard => MAX_EXPORT_CARDS,
        }
    }
}

/// The body of `POST /api/employees/export`: people by their ids. More than one answer holds are asked for in parts, which
/// after each other are the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ExportInput {
    pub format: ExportFormat,
    /// In the order of the file. Whoever is not there is left out.
    pub ids: Vec<String>,
    /// Whether these go on where another part ended: then the head of the table is not repeated.
    #[serde(default)]
    pub goes_on: bool,
}
