//! Logs on standard output: JSON in Lambda, where CloudWatch indexes it, and text elsewhere.

use tracing_subscriber::{EnvFilter, fmt};

/// What is logged when `RUST_LOG` does not say.
const DEFAULT_FILTER: &str = "info";

/// Starts logging; a second call changes nothing. `RUST_LOG` chooses what is logged, as
/// [`EnvFilter`] reads it.
pub fn init() {
    let (filter, refused) = match std::env::var("RUST_LOG") {
        Ok(text) if !text.is_empty() => match EnvFilter::try_new(&text) {
            Ok(filter) => (filter, None),
            Err(error) => (EnvFilter::new(DEFAULT_FILTER), Some(error)),
        },
        _ => (EnvFilter::new(DEFAULT_FILTER), None),
    };
    let started = if std::env::var_os("AWS_LAMBDA_FUNCTION_NAME").is_some() {
        fmt().json().flatten_event(true).with_span_list(false).with_env_filter(filter).try_init()
    } else {
        fmt().with_env_filter(filter).try_init()
    };
    if started.is_ok()
        && let Some(error) = refused
    {
        tracing::warn!(%error, "RUST_LOG is not understood; logging at {DEFAULT_FILTER}");
    }
}
