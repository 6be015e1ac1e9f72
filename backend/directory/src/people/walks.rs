//! How far providers have come in lists that they read by numbers: where the page with a number begins. So whoever comes or
//! goes meanwhile moves nobody to a page that was read already, or is yet to be.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rollcall_aws::records::{Key, Write};
use rollcall_error::Error;
use serde::{Deserialize, Serialize};

use super::{store::People, stored::hash};

/// For how long it is known after a page was read: far longer than any provider takes for the next one.
const KNOWN: Duration = Duration::from_secs(60 * 60);

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// Behind whom.
    pub(crate) position: String,
    /// How many there were in all when the list was begun, as far as that is known.
    pub(crate) total: usize,
    expires_at: i64,
}

impl Mark {
    pub(crate) fn new(position: String, total: usize, now: Timestamp) -> Self {
        let known = SignedDuration::try_from(KNOWN).unwrap_or_default();
        let expires_at = now.as_second().saturating_add(known.as_secs());
        Self { position, total, expires_at }
    }
}

/// The mark of the page that begins with this number of a list, which is known by whose it is and what is asked for.
fn key(list: &str, number: usize) -> Key {
    Key::new(format!("walk/{}", hash(list)), format!("{number:012}"))
}

impl People {
    /// Where the page with this number begins; none where nobody read the one before it lately.
    pub(crate) async fn mark(
        &self,
        list: &str,
        number: usize,
        now: Timestamp,
    ) -> Result<Option<Mark>, Error> {
        let mark: Option<Mark> = self.records.get(&key(list, number)).await?;
        Ok(mark.filter(|mark| now.as_second() < mark.expires_at))
    }

    /// Notes where the page with this number begins.
    pub(crate) async fn set_mark(&self, list: &str, number: usize, mark: &Mark) -> Result<(), Error> {
        Ok(self.records.write(vec![Write::put(key(list, number), mark)?]).await?)
    }
}
