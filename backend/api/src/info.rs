//! Which Rollcall answers, and where it runs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::time;

/// The answer of `GET /api/info`; and of `/api/host/stress`, where a host tells it of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Info {
    /// Rollcall's version.
    pub version: String,
    /// What serves this answer.
    #[serde(flatten)]
    pub runs_on: RunsOn,
    /// When the stress test ends that goes on there; none when none does.
    #[serde(default, deserialize_with = "time::read_option", skip_serializing_if = "Option::is_none")]
    pub stressed_until: Option<Timestamp>,
}

/// Where the directory runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "runs_on", rename_all = "kebab-case")]
pub enum RunsOn {
    Lambda,
    /// An EC2 host, as its instance metadata tells.
    Host {
        /// The instance id, `i-…`; none where there is no instance metadata.
        instance_id: Option<String>,
        /// The availability zone, `us-east-1a`; none where there is no instance metadata.
        availability_zone: Option<String>,
    },
}

/// [`Info`] as a page reads it, which goes on showing where it runs when that is a place it doesn't know.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct InfoText {
    /// Rollcall's version.
    pub version: String,
    /// Where it runs: `lambda`, `host`.
    pub runs_on: String,
    /// The host's instance id.
    pub instance_id: Option<String>,
    /// The host's availability zone.
    pub availability_zone: Option<String>,
    /// When the stress test ends that goes on there.
    pub stressed_until: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_what_a_server_answers() {
        let read = |runs_on: RunsOn| {
            let info = Info { version: "1".to_owned(), runs_on, stressed_until: None };
            let json = serde_json::to_string(&info).expect("JSON");
            let InfoText { runs_on, instance_id, availability_zone, .. } =
                serde_json::from_str(&json).expect("the answer");
            (runs_on, instance_id, availability_zone)
        };
        assert_eq!(read(RunsOn::Lambda), ("lambda".to_owned(), None, None));
        let (id, zone) = (Some("i-1".to_owned()), Some("us-east-1a".to_owned()));
        let host = RunsOn::Host { instance_id: id.clone(), availability_zone: zone.clone() };
        assert_eq!(read(host), ("host".to_owned(), id, zone));
    }
}
