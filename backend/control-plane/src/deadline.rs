//! When a function has to be done.

use std::time::Duration;

use jiff::Timestamp;
use lambda_runtime::Context;

/// What is left for writing the record and waking the next driver before Lambda ends the function: the
/// longest call under way (9 s with all retries) and a little more.
const RESERVE: Duration = Duration::from_secs(15);

/// The moment after which nothing new may be begun.
pub(crate) fn of(context: &Context) -> Timestamp {
    Timestamp::try_from(context.deadline()).unwrap_or(Timestamp::UNIX_EPOCH) - RESERVE
}
