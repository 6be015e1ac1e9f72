//! How long each part of a relaunch may take: the defaults, in one place.

use std::time::Duration;

/// How long each part of a relaunch may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// The checks before anything is started.
    pub preflight: Duration,
    /// One attempt to have an instance started.
    pub launch: Duration,
    /// From the launch until both status checks pass. EC2 makes a check each minute, and a first boot takes
    /// a few of them.
    pub boot: Duration,
    /// Moving the address.
    pub switch: Duration,
    /// Until EC2 has begun to terminate the old instance.
    pub retire: Duration,
    /// Undoing what was done.
    pub undo: Duration,
    /// How long an instance may take to show up when nobody knows whether its launch went through.
    pub settle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            preflight: Duration::from_secs(60),
            launch: Duration::from_secs(120),
            boot: Duration::from_secs(10 * 60),
            switch: Duration::from_secs(60),
            retire: Duration::from_secs(120),
            undo: Duration::from_secs(5 * 60),
            settle: Duration::from_secs(30),
        }
    }
}
