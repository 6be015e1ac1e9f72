//! Lengths of time that the environment says in minutes.

use std::{str::FromStr, time::Duration};

/// The longest that anything about signing in may last, in minutes: a week.
const MAX_MINUTES: u64 = 7 * 24 * 60;

/// A variable holds no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is {value:?}; it must be a number of minutes from 1 to {MAX_MINUTES}")]
pub struct NotMinutes {
    variable: &'static str,
    value: String,
}

/// The minutes that a variable holds; the usual ones where it says nothing.
///
/// # Errors
/// When it holds something else.
pub(crate) fn minutes(
    variable: &'static str,
    value: Option<String>,
    usual: Duration,
) -> Result<Duration, NotMinutes> {
    let Some(value) = value else { return Ok(usual) };
    match u64::from_str(value.trim()).ok().filter(|minutes| (1..=MAX_MINUTES).contains(minutes)) {
        Some(minutes) => Ok(Duration::from_secs(minutes * 60)),
        None => Err(NotMinutes { variable, value }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_a_number_of_minutes_up_to_a_week() {
        let usual = Duration::from_secs(1);
        let read = |value: &str| minutes("X_MINUTES", Some(value.to_owned()), usual);
        assert_eq!(minutes("X_MINUTES", None, usual), Ok(usual));
        assert_eq!(read(" 60 "), Ok(Duration::from_secs(3600)));
        for bad in ["0", "-1", "1h", "10081"] {
            let refused = NotMinutes { variable: "X_MINUTES", value: bad.to_owned() };
            assert_eq!(read(bad), Err(refused));
        }
    }
}
