//! The host as the newest relaunch that succeeded has left it: one item of the operations table, written with the end of that
//! relaunch.

use jiff::Timestamp;
use rollcall_api::audit::Actor;
use rollcall_aws::records::{Key, Records, RecordsError};
use serde::{Deserialize, Serialize};

use crate::{
    ec2::LaunchRequest,
    ids::{InstanceId, RelaunchId, RevisionNumber},
};

/// An instance, and what EC2 was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launched {
    pub instance: InstanceId,
    pub request: LaunchRequest,
}

/// A rollback that a person made. It stands until somebody relaunches to a later revision, whatever is relaunched meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    pub relaunch: RelaunchId,
    /// The revision it went back to.
    pub to: RevisionNumber,
    pub by: Actor,
}

impl Rollback {
    /// Whether a relaunch to a revision, or a termination, leaves it standing.
    #[must_use]
    pub fn outlasts(&self, to: Option<RevisionNumber>) -> bool {
        to.is_none_or(|to| to <= self.to)
    }

    /// Whether it keeps a schedule from relaunching to a revision, which people may have taken up again after a rollback.
    #[must_use]
    pub fn holds(&self, to: RevisionNumber, taken_up_after: Option<RelaunchId>) -> bool {
        !self.outlasts(Some(to)) && taken_up_after.is_none_or(|rollback| rollback < self.relaunch)
    }
}

/// What the newest relaunch that succeeded has left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedHost {
    pub relaunch: RelaunchId,
    /// The host that it launched; none where it terminated the one there was.
    pub launched: Option<Launched>,
    /// When it ended.
    pub since: Timestamp,
    /// The rollback that stands.
    #[serde(default)]
    pub rollback: Option<Rollback>,
}

impl RecordedHost {
    /// Where it stands in the operations table.
    #[must_use]
    pub fn key() -> Key {
        Key::new("recorded", "host")
    }

    /// The newest; none before the first relaunch has succeeded.
    pub(crate) async fn read(records: &Records) -> Result<Option<Self>, RecordsError> {
        records.get(&Self::key()).await
    }

    /// The instance; none after a termination.
    #[must_use]
    pub fn instance(&self) -> Option<&InstanceId> {
        self.launched.as_ref().map(|launched| &launched.instance)
    }
}
