//! How the AWS SDK is set up, the same in every binary.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};

/// Connecting takes milliseconds inside a region; what takes longer will not come.
const CONNECT: Duration = Duration::from_secs(2);

/// One attempt; the slowest ordinary call, a photo to S3, takes well under a second.
const ATTEMPT: Duration = Duration::from_secs(3);

/// All attempts of one call. Whoever asks is answered within five seconds though a part of AWS is away, of which what comes
/// before and after the call takes its part.
const OPERATION: Duration = Duration::from_millis(3_500);

/// The same where nobody waits for an answer: EC2 may take seconds to find room for a host. A driver of a relaunch has to be
/// over with a call when its lease is, which is short so that the next one comes soon after it has died.
const PATIENT_ATTEMPT: Duration = Duration::from_secs(6);
const PATIENT_OPERATION: Duration = Duration::from_secs(9);

/// The first try and two more.
const ATTEMPTS: u32 = 3;

/// Region, credentials and endpoints as the environment says; timeouts and retries bounded.
pub async fn config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .timeout_config(timeouts(ATTEMPT, OPERATION))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .load()
        .await
}

/// The same for calls that nobody waits for.
#[must_use]
pub fn patient(config: &SdkConfig) -> SdkConfig {
    config.clone().into_builder().timeout_config(timeouts(PATIENT_ATTEMPT, PATIENT_OPERATION)).build()
}

fn timeouts(attempt: Duration, operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}
