//! Logs on standard output: JSON in Lambda, where CloudWatch indexes it, and text elsewhere.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::metrics;

/// Starts logging; a second call changes nothing. `RUST_LOG` chooses what is logged, `info` when it does not say: a
/// level, or `target=level` separated by commas, as [`Targets`] reads it. (`EnvFilter` knows more, and brings a
/// megabyte of regular expressions along.)
pub fn init() {
    let (filter, refused) = match std::env::var("RUST_LOG") {
        Ok(text) if !text.is_empty() => match text.parse::<Targets>() {
            Ok(filter) => (filter, None),
            Err(error) => (default_filter(), Some(error)),
        },
        _ => (default_filter(), None),
    };
    let lines = if std::env::var_os("AWS_LAMBDA_FUNCTION_NAME").is_some() {
        metrics::init();
        fmt::layer().json().flatten_event(true).with_span_list(false).boxed()
    } else {
        // Colours are for people at a terminal, and noise in a file.
        fmt::layer().with_ansi(std::io::stdout().is_terminal()).boxed()
    };
    let started = tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
    if started.is_ok()
        && let Some(error) = refused
    {
        tracing::warn!(%error, "RUST_LOG is not understood; logging at info");
    }
}

fn default_filter() -> Targets {
    Targets::new().with_default(LevelFilter::INFO)
}
