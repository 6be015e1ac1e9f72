//! Which Rollcall answers, and where it runs.

use serde::{Deserialize, Serialize};

/// The answer of `GET /api/info`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// Rollcall's version.
    pub version: String,
    /// What serves this answer.
    #[serde(flatten)]
    pub runs_on: RunsOn,
}

/// Where the directory runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "runs_on", rename_all = "kebab-case")]
pub enum RunsOn {
    /// A Lambda function.
    Lambda,
    /// An EC2 host, as its instance metadata tells.
    Host {
        /// The instance id, `i-…`; none where there is no instance metadata.
        instance_id: Option<String>,
        /// The availability zone, `us-east-1a`; none where there is no instance metadata.
        availability_zone: Option<String>,
    },
}
