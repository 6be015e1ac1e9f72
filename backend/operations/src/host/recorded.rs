//! The host as the newest relaunch that succeeded has left it: one item of the operations table, written with the end of that
//! relaunch.

use jiff::Timestamp;
use rollcall_aws::records::{Key, Records, RecordsError};
use serde::{Deserialize, Serialize};

use crate::{
    ec2::LaunchRequest,
    ids::{InstanceId, RelaunchId},
};

/// An instance, and what EC2 was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launched {
    pub instance: InstanceId,
    pub request: LaunchRequest,
}

/// What the newest relaunch that succeeded has left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedHost {
    pub relaunch: RelaunchId,
    /// The host that it launched; none where it terminated the one there was.
    pub launched: Option<Launched>,
    /// When it ended.
    pub since: Timestamp,
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
