//! What a new host leaves of its start: its own report with cloud-init's log, in S3, and its console output.
//!
//! The host writes there under a name that only it may write to.

use aws_config::SdkConfig;
use aws_sdk_s3::{Client, operation::get_object::GetObjectError};
use rollcall_api::relaunch::{BootLog, BootReport, HostAnswer};
use rollcall_aws::{AwsError, s3};
use rollcall_json::JsonError;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::{InstanceId, RelaunchId};

/// The most that is kept of a log: what EC2 keeps of a console
/// ([console output](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-console.html)), and what the
/// recipe's wrapper sends. Two of them fit in an item of DynamoDB, which takes 400 KB.
pub const MAX_LOG_BYTES: usize = 64 * 1024;

/// A day: a step of a relaunch takes no longer.
const MAX_SECONDS: u64 = 86_400;

/// Where hosts report how their start went, in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPlace {
    /// `ARTIFACTS_BUCKET`.
    pub bucket: String,
    /// `AWS_REGION`: where the bucket is.
    pub region: String,
    /// `HOST_ROLE_ID`: the unique id of the host's role. A host may write only below `<role id>:<its instance id>`,
    /// which is what IAM calls `aws:userid`
    /// ([policy variables](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html)).
    pub host_role_id: String,
}

impl ReportPlace {
    /// The folder of all reports.
    pub const FOLDER: &str = "boot-reports";

    /// The key of one of the files that the new host of a relaunch writes.
    #[must_use]
    pub fn key(&self, relaunch: RelaunchId, instance: &InstanceId, file: &str) -> String {
        format!("{}/{relaunch}/{}:{instance}/{file}", Self::FOLDER, self.host_role_id)
    }
}

/// What is kept of a relaunch's new host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBootLog {
    /// The host's report.
    pub report: Option<BootReport>,
    /// The end of cloud-init's log.
    pub cloud_init_log: Option<String>,
    pub console_output: Option<String>,
    /// What it answered last that was not as it should be.
    #[serde(default)]
    pub answers: Vec<HostAnswer>,
}

impl From<StoredBootLog> for BootLog {
    fn from(stored: StoredBootLog) -> Self {
        let StoredBootLog { report, cloud_init_log, console_output, answers } = stored;
        Self { report, cloud_init_log, console_output, answers }
    }
}

/// Why a report could not be read.
#[derive(Debug, Error)]
pub enum ReportError {
    /// S3 failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// It is none: a host wrote something else.
    #[error("the boot report can't be understood")]
    Unreadable(#[from] JsonError),
    /// It tells of a start that took longer than any relaunch may.
    #[error("the boot report tells of a start of {0} s")]
    Endless(u64),
}

/// The boot reports of hosts, in S3.
#[derive(Debug, Clone)]
pub struct BootReports {
    client: Client,
    place: ReportPlace,
}

impl BootReports {
    pub(crate) fn new(config: &SdkConfig, place: ReportPlace) -> Self {
        Self { client: s3::client(config), place }
    }

    /// What the new host of a relaunch reports; none before it did.
    ///
    /// # Errors
    /// When S3 can't be asked, or the host wrote something else.
    pub async fn report(
        &self,
        relaunch: RelaunchId,
        instance: &InstanceId,
    ) -> Result<Option<BootReport>, ReportError> {
        let report = self.object(&self.place.key(relaunch, instance, "report.json")).await?;
        report.map(|bytes| read_report(&bytes)).transpose()
    }

    /// The log that came with the report; none without it.
    ///
    /// # Errors
    /// When S3 can't be asked.
    pub async fn log(&self, relaunch: RelaunchId, instance: &InstanceId) -> Result<Option<String>, AwsError> {
        let log = self.object(&self.place.key(relaunch, instance, "cloud-init-output.log")).await?;
        Ok(log.map(|bytes| end_of(&bytes)))
    }

    async fn object(&self, key: &str) -> Result<Option<Vec<u8>>, AwsError> {
        let range = format!("bytes=-{MAX_LOG_BYTES}");
        let reply = self.client.get_object().bucket(&self.place.bucket).key(key).range(range).send().await;
        match reply {
            Ok(object) => {
                let body = object
                    .body
                    .collect()
                    .await
                    .map_err(|_| AwsError::incomplete("GetObject", "broke off"))?;
                Ok(Some(body.to_vec()))
            }
            Err(error) if matches!(error.as_service_error(), Some(GetObjectError::NoSuchKey(_))) => Ok(None),
            Err(error) => Err(AwsError::read("GetObject", error)),
        }
    }
}

fn read_report(bytes: &[u8]) -> Result<BootReport, ReportError> {
    let report: BootReport = rollcall_json::from_slice(bytes)?;
    if report.seconds > MAX_SECONDS { Err(ReportError::Endless(report.seconds)) } else { Ok(report) }
}

/// The end of a log as text, as much as is kept. Consoles carry whatever a program writes.
#[must_use]
pub fn end_of(bytes: &[u8]) -> String {
    let kept = bytes.get(bytes.len().saturating_sub(MAX_LOG_BYTES)..).unwrap_or(bytes);
    let text = String::from_utf8_lossy(kept);
    // A byte that is no text becomes three; what came first goes.
    let surplus = text.len().saturating_sub(MAX_LOG_BYTES);
    let begin = (surplus..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(begin..).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn of_a_long_log_the_end_is_kept() {
        let log = format!("{}the end", "x".repeat(MAX_LOG_BYTES));
        assert!(end_of(log.as_bytes()).ends_with("xthe end"));
        assert_eq!(end_of(b"short"), "short");
    }

    #[test]
    fn a_list_is_no_report() {
        assert!(read_report(br#"{"outcome":"answering","exit_code":null,"seconds":3}"#).is_ok());
        assert!(read_report(br#"["answering",null,3]"#).is_err());
    }

    #[test]
    fn a_start_longer_than_any_relaunch_is_no_report() {
        for seconds in ["86401", "9223372036854775808", "18446744073709551615"] {
            let report = format!(r#"{{"outcome":"answering","exit_code":null,"seconds":{seconds}}}"#);
            assert!(matches!(read_report(report.as_bytes()), Err(ReportError::Endless(_))), "{seconds}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_console_holds_it_fits(bytes in proptest::collection::vec(any::<u8>(), 0..3 * MAX_LOG_BYTES)) {
            prop_assert!(end_of(&bytes).len() <= MAX_LOG_BYTES);
        }
    }
}
