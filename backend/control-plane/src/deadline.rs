//! When a function has to be done.

use std::time::Duration;

use lambda_runtime::Context;
use tokio::time::Instant;

/// What is left for writing the record and waking the next driver before Lambda ends the function: the
/// longest call under way (14 s with all retries) and a little more.
const RESERVE: Duration = Duration::from_secs(20);

/// The moment after which nothing new may be begun.
pub(crate) fn of(context: &Context) -> Instant {
    Instant::now()
        + context
            .deadline()
            .duration_since(std::time::SystemTime::now())
            .unwrap_or_default()
            .saturating_sub(RESERVE)
}
