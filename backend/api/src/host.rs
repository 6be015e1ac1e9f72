//! The host: the one EC2 instance that serves the directory app.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    time,
    word::{Exact, Words},
};

/// The answer of `GET /api/operations/host`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = HostAnswer, bound = ""))]
#[serde(bound = "")]
pub struct HostAnswer<W: Words = Exact> {
    /// The host as EC2 sees it now; none before the first launch.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Host>))]
    pub host: Option<Host<W>>,
}

/// The host as EC2 sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Host, bound = ""))]
#[serde(bound = "")]
pub struct Host<W: Words = Exact> {
    /// The instance id, `i-…`.
    pub instance_id: String,
    /// The instance's state.
    #[cfg_attr(feature = "openapi", schema(value_type = InstanceState))]
    pub state: W::Word<InstanceState>,
    /// The availability zone, such as `us-east-1a`.
    pub availability_zone: Option<String>,
    /// The subnet, `subnet-…`.
    pub subnet_id: Option<String>,
    /// The address inside the VPC.
    pub private_ip: Option<String>,
    /// The address outside; the Elastic IP once it has moved here.
    pub public_ip: Option<String>,
    /// The image it started from, `ami-…`.
    pub image_id: Option<String>,
    /// The instance type, such as `t2.micro`.
    pub instance_type: Option<String>,
    #[serde(default, deserialize_with = "time::read_option")]
    pub launched_at: Option<Timestamp>,
    /// The revision it was launched from, by its tag.
    pub revision: Option<u32>,
}

/// An instance's state, as EC2 names it
/// ([instance lifecycle](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html)).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString, strum::IntoStaticStr,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum InstanceState {
    Pending,
    /// Started; says nothing of the app yet.
    Running,
    /// On its way to `terminated`.
    ShuttingDown,
    /// Gone for good.
    Terminated,
    /// On its way to `stopped`.
    Stopping,
    /// Stopped; can be started again.
    Stopped,
}

impl InstanceState {
    /// The state as EC2 spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether the instance is gone or on its way.
    #[must_use]
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::ShuttingDown | Self::Terminated)
    }
}
