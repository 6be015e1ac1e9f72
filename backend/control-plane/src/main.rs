//! The control plane: one Lambda function for every kind of event.

mod deadline;
mod document;
mod event;
mod function;
mod http;
mod run;

use function::Function;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    rollcall_web::log::init();
    let function = Function::from_env().await?;
    let function = &function;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Box<RawValue>>| function.handle(event))).await
}
