//! How the search index is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::time;

/// The answer to `GET /api/search-index`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchIndexState {
    /// How many people the segment that serves knows; none before the first segment was made.
    pub people: Option<u64>,
    pub bytes: Option<u64>,
    /// How many batches of changes came since.
    pub batches_since: Option<u64>,
    #[serde(default, deserialize_with = "time::read_option")]
    pub made_at: Option<Timestamp>,
    /// When a segment was last made of the whole table.
    #[serde(default, deserialize_with = "time::read_option")]
    pub rebuilt_at: Option<Timestamp>,
    /// When the newest change reached the index.
    #[serde(default, deserialize_with = "time::read_option")]
    pub changed_at: Option<Timestamp>,
    /// When a segment of the whole table was begun that is not done yet.
    #[serde(default, deserialize_with = "time::read_option")]
    pub rebuild_began_at: Option<Timestamp>,
}
