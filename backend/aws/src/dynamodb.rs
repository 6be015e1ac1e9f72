//! DynamoDB as every part of Rollcall reaches it.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{Client, config::Builder};

use crate::waits::Counting;

/// A client of DynamoDB. Calls nothing yet.
#[must_use]
pub fn client(config: &SdkConfig) -> Client {
    Client::from_conf(Builder::from(config).interceptor(Counting).build())
}
