//! Wakes the function, so that a relaunch goes on without anyone waiting for it.

use aws_config::SdkConfig;
use aws_sdk_lambda::{Client, primitives::Blob, types::InvocationType};
use rollcall_aws::AwsError;

use crate::invocation::Invocation;

/// Invokes this function asynchronously.
#[derive(Debug, Clone)]
pub(crate) struct Waker {
    client: Client,
    function_name: Option<String>,
}

impl Waker {
    pub(crate) fn new(config: &SdkConfig, function_name: Option<String>) -> Self {
        Self { client: Client::new(config), function_name }
    }

    /// Wakes the function. Without it a relaunch goes on with the next timer tick, so a failure to wake
    /// is a delay and no error.
    pub(crate) async fn wake(&self) {
        if let Err(error) = self.invoke().await {
            tracing::warn!(%error, "could not wake the function; the next tick goes on");
        }
    }

    async fn invoke(&self) -> Result<(), AwsError> {
        let Some(name) = &self.function_name else { return Ok(()) };
        self.client
            .invoke()
            .function_name(name)
            .invocation_type(InvocationType::Event)
            .payload(Blob::new(Invocation::Drive {}.to_json()))
            .send()
            .await
            .map(drop)
            .map_err(|error| AwsError::read("Invoke", error))
    }
}
