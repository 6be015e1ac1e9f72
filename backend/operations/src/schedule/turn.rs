//! Whose turn it is to change a schedule.
//!
//! EventBridge Scheduler keeps what it is told last, and takes no condition. So whoever changes a schedule first takes its turn
//! here, by a write that only one of all can make, and looks at the schedule after that: nobody changes it between the look
//! and the change.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rollcall_aws::records::{Key, Records};
use rollcall_error::{Error, source_chain};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;
use uuid::Uuid;

use super::store::StoreError;
use crate::ids::ScheduleName;

/// Where turns stand in the operations table.
const KIND: &str = "schedule-turn";

/// How long a turn lasts that nobody ends, since whoever had it is gone: no request takes longer than the 29 s after which the
/// function gives it up.
const LASTS: SignedDuration = SignedDuration::from_secs(30);

/// How often somebody looks whether it is their turn, and how long they wait in between: 10 s in all. A change takes a few
/// calls of AWS, and most schedules are changed by one person at a time.
const LOOKS: u32 = 100;
const LOOKS_EVERY: Duration = Duration::from_millis(100);

/// A turn, as it is stored. One that was ended stays, so that the next one is counted on from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stored {
    /// Who has or had it: whoever gets no answer to their own write finds themselves here.
    owner: Uuid,
    /// When it ends by itself; none where it was ended.
    until: Option<Timestamp>,
    version: u64,
}

/// A turn that was taken, until it is ended.
#[derive(Debug)]
pub(super) struct Turn(Stored);

/// The turns of all schedules. A clone shares its connections.
#[derive(Debug, Clone)]
pub(super) struct Turns(Records);

impl Turns {
    pub(super) const fn new(records: Records) -> Self {
        Self(records)
    }

    /// Waits for one's turn with a schedule.
    ///
    /// # Errors
    /// When others have it for all that time, or the table can't be asked.
    pub(super) async fn take(&self, name: &ScheduleName) -> Result<Turn, Error> {
        let (key, owner) = (key(name), Uuid::new_v4());
        for _ in 0..LOOKS {
            let now = Timestamp::now();
            let seen: Option<Stored> = self.0.get(&key).await?;
            if let Some(taken) = seen.clone().filter(|seen| seen.owner == owner) {
                return Ok(Turn(taken));
            }
            if let Some(version) = next(seen.as_ref(), now) {
                let until = now.checked_add(LASTS).ok();
                let taken = Stored { owner, until, version };
                if self.0.put_version(&key, &taken, version).await? {
                    return Ok(Turn(taken));
                }
            }
            sleep(LOOKS_EVERY).await;
        }
        Err(StoreError::Busy(name.clone()).into())
    }

    /// Ends a turn. Where that fails, it ends by itself.
    pub(super) async fn end(&self, name: &ScheduleName, Turn(taken): Turn) {
        let version = taken.version.saturating_add(1);
        let ended = Stored { until: None, version, ..taken };
        if let Err(error) = self.0.put_version(&key(name), &ended, version).await {
            tracing::warn!(error = source_chain(&error), "a turn with a schedule was not ended");
        }
    }
}

/// The version of the next turn; none while somebody else has theirs.
fn next(seen: Option<&Stored>, now: Timestamp) -> Option<u64> {
    let is_over = seen.is_none_or(|seen| seen.until.is_none_or(|until| until <= now));
    is_over.then(|| seen.map_or(0, |seen| seen.version).saturating_add(1))
}

fn key(name: &ScheduleName) -> Key {
    Key::new(KIND, name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn a_turn_is_taken_where_nobody_has_it_or_its_time_is_over() {
        let taken = |until| Stored { owner: Uuid::nil(), until, version: 7 };
        assert_eq!(next(None, at(0)), Some(1));
        assert_eq!(next(Some(&taken(None)), at(0)), Some(8));
        assert_eq!(next(Some(&taken(Some(at(30)))), at(29)), None);
        assert_eq!(next(Some(&taken(Some(at(30)))), at(30)), Some(8));
    }
}
