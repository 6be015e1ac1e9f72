//! Keeping whom other programs delete, such as the original app, and finishing what Rollcall itself left half-way.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_error::{Error, Kind, source_chain};
use serde::Serialize;

use super::MAX_ATTEMPTS;
use crate::{
    directory::Directory,
    people::{
        image::Removal,
        store::{People, Row, Written},
    },
    record::Record,
};

/// How long to wait before someone is tried again, while AWS is away.
const PAUSE: Duration = Duration::from_secs(1);

/// Takes what the table's stream tells of removals, in order.
#[derive(Debug, Clone)]
pub struct Follower {
    directory: Directory,
    people: People,
}

/// What came of removals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Followed {
    /// How many rows were removed.
    pub removed: usize,
    /// Of how many nothing could be kept; the log says why.
    #[serde(skip_serializing_if = "is_none")]
    pub lost: usize,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field by reference")]
const fn is_none(count: &usize) -> bool {
    *count == 0
}

impl Directory {
    /// Who keeps whom other programs delete; none where there is no table of people.
    #[must_use]
    pub fn follower(&self) -> Option<Follower> {
        Some(Follower { people: self.people().ok()?.clone(), directory: self.clone() })
    }
}

impl Follower {
    /// Keeps those whose rows were removed, and moves their photos. While AWS is away it is tried again until the time is
    /// over. One who can't be kept, such as one whose row is as large as an item may be, holds up nobody else.
    ///
    /// # Errors
    /// When AWS does not answer; all can be told once more then.
    pub async fn follow(&self, removals: Vec<Removal>, until: Timestamp) -> Result<Followed, Error> {
        let mut followed = Followed { removed: removals.len(), lost: 0 };
        for removal in removals {
            let id = removal.record.id.clone();
            while let Err(error) = self.keep(&removal).await {
                if error.kind() != Kind::Away {
                    tracing::error!(%id, error = source_chain(&error), "a removed employee could not be kept");
                    followed.lost += 1;
                    break;
                }
                if Timestamp::now() + PAUSE >= until {
                    return Err(error);
                }
                tracing::warn!(%id, error = source_chain(&error), "a removed employee is not kept yet");
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(followed)
    }

    async fn keep(&self, removal: &Removal) -> Result<(), Error> {
        let id = &removal.record.id;
        for _ in 0..MAX_ATTEMPTS {
            let (seen, present) =
                tokio::try_join!(self.people.trail(id, Timestamp::now()), self.directory.table.get(id))?;
            let now = seen.clone().heard(removal.clone(), present.as_ref());
            let former = now.as_ref().unwrap_or(&seen).former.clone();
            if let Some(now) = now
                && self.people.write(id, (&seen, now), Row::Keep, Vec::new()).await? == Written::Overtaken
            {
                continue;
            }
            // The photo of this very removal: Rollcall's own deletion may have ended before it moved it.
            let photo = former.and_then(|former| Some((former.record.photo()?, former.how)));
            let photo = photo.filter(|(key, _)| removal.record.photo().as_ref() == Some(key));
            let shown = present.as_ref().and_then(Record::photo);
            if let Some((key, how)) = photo.filter(|(key, _)| shown.as_ref() != Some(key)) {
                self.directory.bucket.keep(&key, how).await?;
                self.directory.bucket.discard(&key).await;
            }
            return Ok(());
        }
        Err(Error::away("Others are changing what is kept of this employee at the same time."))
    }
}
