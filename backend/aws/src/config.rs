//! How the AWS SDK is set up, the same in every binary.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};

/// Connecting takes milliseconds inside a region; what takes longer will not come.
const CONNECT: Duration = Duration::from_secs(2);

/// One attempt; the slowest ordinary call, a photo to S3, takes well under a second.
const ATTEMPT: Duration = Duration::from_secs(6);

/// All attempts of one call: a driver of a relaunch has to be over with it when its lease is, which is short so that the
/// next one comes soon after it has died. An HTTP API answers for its function after 30 s
/// ([quotas](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html)), and a
/// request makes at most two calls that could each take this long.
const OPERATION: Duration = Duration::from_secs(9);

/// The first try and two more.
const ATTEMPTS: u32 = 3;

/// Region, credentials and endpoints as the environment says; timeouts and retries bounded.
pub async fn config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .operation_attempt_timeout(ATTEMPT)
                .operation_timeout(OPERATION)
                .build(),
        )
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .load()
        .await
}
