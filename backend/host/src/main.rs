//! The directory over TCP, for the EC2 host: the directory's routes, the session and the site.
//!
//! It can launch nothing: it does not depend on the operations, and a test holds it to that.

mod connections;
mod headers;
mod instance;
mod listen;
mod no_request;
mod server;
mod settings;
mod site;
mod stress;
mod unread;
mod watched;

use std::process::ExitCode;

use rollcall_error::source_chain;
use rollcall_web::log;

#[tokio::main]
async fn main() -> ExitCode {
    log::init();
    match server::run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{}", source_chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}
