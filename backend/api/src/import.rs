//! What becomes of a file of employees that is taken in.

use serde::{Deserialize, Serialize};

use crate::problem::FieldError;

/// The largest piece of a file that is taken in at once, in bytes. Longer files come in pieces, each with the head.
pub const MAX_IMPORT_BYTES: usize = 1024 * 1024;

/// The most rows of one piece.
pub const MAX_IMPORT_ROWS: usize = 500;

/// The answer of `POST /api/employees/import`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportReport {
    /// What each column was taken for, in the file's order.
    pub columns: Vec<ImportColumn>,
    /// What came of each row, in the file's order; what would come of it where nothing was to be written.
    pub rows: Vec<ImportRow>,
}

/// A column of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportColumn {
    pub title: String,
    /// `id`, `badges` or the name of a field; none for a column that is left out.
    pub field: Option<String>,
}

/// A row of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportRow {
    /// The line on which the row begins, the first one of the piece being 1.
    pub line: u64,
    pub outcome: ImportOutcome,
    /// Whom the row is about, as far as that is known.
    pub full_name: String,
    /// Their id, when they are in the directory.
    pub id: Option<String>,
    /// The fields that change.
    pub changed: Vec<String>,
    /// Why the row was refused.
    pub errors: Vec<FieldError>,
}

/// What came of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    /// Someone new.
    Added,
    /// Someone who was there, with something else.
    Changed,
    /// Someone who was there, as they were.
    Same,
    Refused,
}
