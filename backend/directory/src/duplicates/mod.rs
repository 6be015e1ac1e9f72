//! Possible duplicates: listing them, telling them apart for good, and merging two into one.
//!
//! Nobody is merged by itself. What a merge changed is kept with who was merged, so that restoring them takes it back.

pub(crate) mod different;
pub(crate) mod list;
pub(crate) mod merge;
mod merged;
mod reports;
