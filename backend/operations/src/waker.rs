//! Wakes the function, so that work goes on without anyone waiting for it.

use aws_config::SdkConfig;
use aws_sdk_lambda::{Client, config::Builder, primitives::Blob, types::InvocationType};
use rollcall_aws::{AwsError, waits::Counting};

use crate::invocation::Invocation;

/// Invokes this function asynchronously.
#[derive(Debug, Clone)]
pub struct Waker {
    client: Client,
    function_name: Option<String>,
}

impl Waker {
    pub(crate) fn new(config: &SdkConfig, function_name: Option<String>) -> Self {
        Self { client: Client::from_conf(Builder::from(config).interceptor(Counting).build()), function_name }
    }

    /// Wakes the function, to go on with a relaunch or with the search index. Without it a timer does, so a failure to wake
    /// is a delay and no error.
    pub async fn wake(&self, invocation: &Invocation) {
        if let Err(error) = self.invoke(invocation).await {
            tracing::warn!(%error, "could not wake the function; a timer goes on");
        }
    }

    async fn invoke(&self, invocation: &Invocation) -> Result<(), AwsError> {
        let Some(name) = &self.function_name else { return Ok(()) };
        self.client
            .invoke()
            .function_name(name)
            .invocation_type(InvocationType::Event)
            .payload(Blob::new(invocation.to_json()))
            .send()
            .await
            .map(drop)
            .map_err(|error| AwsError::read("Invoke", error))
    }
}
