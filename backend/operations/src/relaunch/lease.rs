//! Who drives a relaunch, and for how long nobody else may.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who drives a relaunch: only the owner of the newest epoch may change the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub owner: String,
    /// One more with each new driver.
    pub epoch: u64,
    /// Until when no other driver may take over.
    pub expires_at: Timestamp,
    /// When its owner last showed that it was there; none in a record of an earlier Rollcall.
    #[serde(default)]
    pub renewed_at: Option<Timestamp>,
}

impl Lease {
    /// How long a driver owns a record after its last write: after its death, the next one waits for so long.
    pub const TERM: Duration = Duration::from_secs(15);

    /// How much of the term must be left when a driver makes a call that changes something: more than the
    /// longest call takes, all retries included (9 s), so that it is over when another driver takes over.
    pub const MARGIN: Duration = Duration::from_secs(10);

    /// A lease nobody holds.
    #[must_use]
    pub const fn free(now: Timestamp) -> Self {
        Self { owner: String::new(), epoch: 0, expires_at: now, renewed_at: Some(now) }
    }

    /// Whether someone holds it.
    #[must_use]
    pub fn is_held(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// The next epoch, owned by `owner`.
    #[must_use]
    pub fn taken_by(&self, owner: String, now: Timestamp) -> Self {
        let epoch = self.epoch.saturating_add(1);
        Self { owner, epoch, expires_at: after(now, Self::TERM), renewed_at: Some(now) }
    }

    /// Whether it must be renewed before anything is changed.
    #[must_use]
    pub fn is_short(&self, now: Timestamp) -> bool {
        now >= self.short_at()
    }

    /// From when on it must be.
    #[must_use]
    pub fn short_at(&self) -> Timestamp {
        self.expires_at.checked_sub(Self::MARGIN).unwrap_or(Timestamp::MIN)
    }

    pub fn renew(&mut self, now: Timestamp) {
        self.expires_at = after(now, Self::TERM);
        self.renewed_at = Some(now);
    }

    /// Gives it up, so that the next driver need not wait.
    pub const fn release(&mut self, now: Timestamp) {
        self.expires_at = now;
        self.renewed_at = Some(now);
    }

    /// Since when it may be that nobody drives.
    #[must_use]
    pub fn idle_since(&self) -> Timestamp {
        self.renewed_at.unwrap_or(self.expires_at)
    }
}

/// `now` and then some; the end of time when that is beyond it.
pub(super) fn after(now: Timestamp, duration: Duration) -> Timestamp {
    now.checked_add(duration).unwrap_or(Timestamp::MAX)
}
