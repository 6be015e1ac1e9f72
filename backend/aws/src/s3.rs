//! S3 as every part of Rollcall reaches it.

use aws_config::SdkConfig;
use aws_sdk_s3::{Client, config::Builder};

use crate::waits::Counting;

/// A client of S3. Calls nothing yet.
#[must_use]
pub fn client(config: &SdkConfig) -> Client {
    // An endpoint of one's own seldom has a DNS name for every bucket.
    let own_endpoint = config.endpoint_url().is_some();
    Client::from_conf(Builder::from(config).force_path_style(own_endpoint).interceptor(Counting).build())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_sdk_s3::{
        config::{Credentials, Region, SharedCredentialsProvider},
        presigning::PresigningConfig,
    };

    use super::*;

    /// The address of a photo, without what signs it.
    async fn address(endpoint: Option<&str>) -> String {
        let mut config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "a", "b", None, None, "test",
            )));
        config.set_endpoint_url(endpoint.map(str::to_owned));
        let validity = PresigningConfig::expires_in(Duration::from_secs(60)).expect("a minute");
        let request =
            client(&config.build()).get_object().bucket("photos").key("emp7").presigned(validity).await;
        let request = request.expect("an address");
        request.uri().split('?').next().unwrap_or_default().to_owned()
    }

    #[tokio::test]
    async fn an_endpoint_of_ones_own_has_no_name_for_each_bucket() {
        assert_eq!(address(Some("http://cloud.example:5000")).await, "http://cloud.example:5000/photos/emp7");
        assert_eq!(address(None).await, "https://photos.s3.us-east-1.amazonaws.com/emp7");
    }
}
