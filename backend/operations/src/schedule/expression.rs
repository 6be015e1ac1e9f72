//! When a schedule is due: the expressions that EventBridge Scheduler takes, and what comes next by them
//! ([schedule types](https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html)).

use std::{fmt, time::Duration};

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};
use rollcall_api::{problem::FieldError, time_zone};

use super::cron::Cron;

/// The longest expression, in characters, that Scheduler takes
/// ([CreateSchedule](https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html)).
const MAX_CHARACTERS: usize = 256;

/// The longest rate: a hundred years of 365 days. AWS names no limit, and nobody waits longer.
const MAX_RATE: Duration = Duration::from_secs(100 * 365 * SECONDS_OF_DAY);

/// A rate's day has 24 hours, whatever the clocks do.
const SECONDS_OF_DAY: u64 = 24 * 60 * 60;

/// What a rate looks like.
const RATE_FORM: &str = "write a number and minutes, hours or days, such as rate(7 days)";

/// An expression with the time zone it is meant in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expression {
    text: String,
    zone_name: String,
    zone: TimeZone,
    recurrence: Recurrence,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Recurrence {
    /// At the local times that a pattern names.
    Cron(Cron),
    /// Each time so much has passed.
    Rate(Duration),
    /// It is not known, for this reason.
    Unknown(String),
}

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} in {}", self.text, self.zone_name)
    }
}

impl Expression {
    /// Reads `cron(…)` or `rate(…)`, and the name of a time zone.
    ///
    /// # Errors
    /// The field that is not understood, and what to write.
    pub(super) fn parse(text: &str, time_zone: &str) -> Result<Self, Vec<FieldError>> {
        let parsed = parse_recurrence(text).map_err(|detail| FieldError::new("expression", detail));
        let zone = time_zone::parse(time_zone).map_err(|detail| FieldError::new("time_zone", detail));
        match (parsed, zone) {
            (Ok((text, recurrence)), Ok((zone_name, zone))) => Ok(Self { text, zone_name, zone, recurrence }),
            (parsed, zone) => Err([parsed.err(), zone.err()].into_iter().flatten().collect()),
        }
    }

    /// What Scheduler has, which may be something that Rollcall would refuse.
    pub(super) fn stored(text: &str, time_zone: &str) -> Self {
        Self::parse(text, time_zone).unwrap_or_else(|faults| {
            let told: Vec<_> =
                faults.iter().map(|fault| format!("its {} {}", fault.field, fault.detail)).collect();
            Self::unknown_for(text, time_zone, &told.join(", and "))
        })
    }

    /// What Scheduler has, and for what reason it can't be told when the host is relaunched by it.
    pub(super) fn unknown_for(text: &str, time_zone: &str, reason: &str) -> Self {
        Self {
            text: text.to_owned(),
            zone_name: time_zone.to_owned(),
            zone: TimeZone::UTC,
            recurrence: Recurrence::Unknown(format!("it was changed outside of Rollcall: {reason}")),
        }
    }

    /// The expression as Scheduler takes it.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The name of the time zone.
    pub(super) fn time_zone(&self) -> &str {
        &self.zone_name
    }

    /// Why it is not known when it is due, if that is so.
    pub(super) fn unknown(&self) -> Option<&str> {
        match &self.recurrence {
            Recurrence::Unknown(reason) => Some(reason),
            Recurrence::Cron(_) | Recurrence::Rate(_) => None,
        }
    }

    /// The first `count` times after `now`. Of a rate, `first` is one time at which it runs.
    pub(super) fn next_runs(&self, first: Timestamp, now: Timestamp, count: usize) -> Vec<Timestamp> {
        match &self.recurrence {
            Recurrence::Cron(cron) => {
                let local_times = cron.times_from(self.zone.to_datetime(now).date());
                let due = local_times.filter_map(|local| first_instant(&self.zone, local));
                due.filter(|due| *due > now).take(count).collect()
            }
            Recurrence::Rate(every) => next_by_rate(*every, first, now, count),
            Recurrence::Unknown(_) => Vec::new(),
        }
    }

    /// The `StartDate` with which a rate is saved at `now`: without one, Scheduler would run it at once, and one that
    /// is over it refuses.
    ///
    /// A rate that was saved `before`, and is known to run at a certain time, goes on in its rhythm.
    /// Another one begins a whole period from now. The times of a pattern need no start.
    pub(super) fn start(&self, before: Option<(&Self, Timestamp)>, now: Timestamp) -> Option<Timestamp> {
        let Recurrence::Rate(every) = self.recurrence else { return None };
        // Scheduler keeps whole seconds.
        let now = Timestamp::from_second(now.as_second()).ok()?;
        let first =
            before.filter(|(before, _)| before.recurrence == self.recurrence).map_or(now, |(_, first)| first);
        next_by_rate(every, first, now, 1).first().copied()
    }

    /// Why it is never due after `now`, if that is so.
    pub(super) fn never_due(&self, now: Timestamp) -> Option<String> {
        let Recurrence::Cron(cron) = &self.recurrence else { return None };
        if !self.next_runs(now, now, 1).is_empty() {
            return None;
        }
        let last_year = cron.last_year().filter(|last| *last <= self.zone.to_datetime(now).year());
        Some(last_year.map_or_else(
            || "names a time that never comes, such as 31 February; write one that does".to_owned(),
            |year| {
                format!("names no time to come, and no year after {year}; write a later year, or * for each")
            },
        ))
    }
}

/// When a local time is, or is for the first time: Scheduler skips a time that the clocks skip in spring, and
/// doesn't repeat one that they show twice in autumn
/// ([daylight saving](https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time)).
fn first_instant(time_zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    match time_zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Gap { .. } => None,
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            offset.to_timestamp(local).ok()
        }
    }
}

fn next_by_rate(every: Duration, first: Timestamp, now: Timestamp, count: usize) -> Vec<Timestamp> {
    let seconds = every.as_secs().max(1);
    let passed = u64::try_from(now.duration_since(first).as_secs()).ok().filter(|_| now >= first);
    let next = passed.map_or(0, |passed| passed / seconds + 1);
    let count = u64::try_from(count).unwrap_or(0);
    (next..next.saturating_add(count))
        .filter_map(|nth| first.checked_add(Duration::from_secs(nth.saturating_mul(seconds))).ok())
        .collect()
}

/// The expression in AWS's own spelling, and what it means.
fn parse_recurrence(text: &str) -> Result<(String, Recurrence), String> {
    let text = text.trim();
    check_length(text)?;
    let inside = |kind: &str| text.strip_prefix(kind)?.strip_prefix('(')?.strip_suffix(')');
    match (inside("cron"), inside("rate")) {
        (Some(fields), _) => parse_cron(fields),
        (None, Some(rate)) => parse_rate(rate),
        (None, None) => Err(format!(
            "is {text:?}; write cron(minutes hours day-of-month month day-of-week year), such as \
             cron(0 3 ? * SUN *), or rate(7 days)"
        )),
    }
}

fn check_length(text: &str) -> Result<(), String> {
    match text.chars().count() {
        ..=MAX_CHARACTERS => Ok(()),
        length => Err(format!("has {length} characters; at most {MAX_CHARACTERS} are allowed")),
    }
}

/// AWS's pages disagree on whether the year may be left out, and say nothing of small letters: it gets all six fields
/// in capitals.
fn parse_cron(fields: &str) -> Result<(String, Recurrence), String> {
    let fields = fields.to_ascii_uppercase();
    let mut fields: Vec<_> = fields.split_whitespace().collect();
    let cron = Cron::parse(&fields)?;
    if fields.len() == 5 {
        fields.push("*");
    }
    let text = format!("cron({})", fields.join(" "));
    check_length(&text)?;
    Ok((text, Recurrence::Cron(cron)))
}

fn parse_rate(rate: &str) -> Result<(String, Recurrence), String> {
    let fields: Vec<_> = rate.split_whitespace().collect();
    let [number, unit] = fields.as_slice() else {
        return Err(format!("has {} words in rate(…); {RATE_FORM}", fields.len()));
    };
    let seconds = match *unit {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 60 * 60,
        "day" | "days" => SECONDS_OF_DAY,
        _ => return Err(format!("has {} for the unit; write minutes, hours or days", unit.escape_debug())),
    };
    let is_whole = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if !is_whole || number.bytes().all(|digit| digit == b'0') {
        return Err(format!(
            "has {} for the number; write a whole number from 1, such as rate(7 days)",
            number.escape_debug()
        ));
    }
    // What doesn't fit into the number is too long too.
    let every = number
        .parse::<u64>()
        .map_or(Duration::MAX, |number| Duration::from_secs(number.saturating_mul(seconds)));
    if every > MAX_RATE {
        return Err("is longer than a hundred years; write a shorter time".to_owned());
    }
    Ok((format!("rate({number} {unit})"), Recurrence::Rate(every)))
}

#[cfg(test)]
mod tests;
