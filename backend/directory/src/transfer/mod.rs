//! Employees in files: out to spreadsheets and address books, and in from them.

pub(crate) mod card;
pub(crate) mod cell;
pub(crate) mod columns;
pub(crate) mod export;
pub(crate) mod file;
pub(crate) mod import;
pub(crate) mod matching;
pub(crate) mod vcard;
