//! When a schedule is due: the expressions that EventBridge Scheduler takes, and what comes next by them
//! ([schedule types](https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html)).

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use jiff::Timestamp;
use rollcall_api::problem::FieldError;

/// The longest expression, in characters, that Scheduler takes.
const MAX_CHARACTERS: usize = 256;

/// An expression that was understood, with the time zone it is meant in.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    text: String,
    time_zone: Tz,
    recurrence: Recurrence,
}

#[derive(Debug, Clone)]
enum Recurrence {
    /// At the times a cron pattern names.
    Cron(Box<Cron>),
    /// Each time so much has passed.
    Rate(Duration),
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, self.time_zone) == (&other.text, other.time_zone)
    }
}

impl Eq for Expression {}

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} in {}", self.text, self.time_zone.name())
    }
}

impl Expression {
    /// Reads `cron(…)` with six fields or `rate(…)`, and the name of a time zone.
    ///
    /// # Errors
    /// The field that is not understood, and what is.
    pub(super) fn parse(text: &str, time_zone: &str) -> Result<Self, Vec<FieldError>> {
        let text = text.trim();
        let recurrence = Recurrence::parse(text).map_err(|detail| FieldError::new("expression", detail));
        let zone: Result<Tz, _> = time_zone.trim().parse().map_err(|_| {
            let detail =
                format!("is {time_zone:?}, which is no time zone; name one such as Europe/Oslo or UTC");
            FieldError::new("time_zone", detail)
        });
        match (recurrence, zone) {
            (Ok(recurrence), Ok(time_zone)) => Ok(Self { text: text.to_owned(), time_zone, recurrence }),
            (recurrence, zone) => Err([recurrence.err(), zone.err()].into_iter().flatten().collect()),
        }
    }

    /// The expression as Scheduler takes it.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The name of the time zone.
    pub(super) fn time_zone(&self) -> &'static str {
        self.time_zone.name()
    }

    /// The first `count` times after `now`. A rate is counted from `since`, when the schedule was made.
    pub(super) fn next_runs(&self, since: Timestamp, now: Timestamp, count: usize) -> Vec<Timestamp> {
        match &self.recurrence {
            Recurrence::Cron(cron) => {
                let Some(now) = DateTime::<Utc>::from_timestamp(now.as_second(), 0) else {
                    return Vec::new();
                };
                let due = cron.iter_after(now.with_timezone(&self.time_zone)).take(count);
                due.filter_map(|due| Timestamp::from_second(due.timestamp()).ok()).collect()
            }
            Recurrence::Rate(every) => next_by_rate(*every, since, now, count),
        }
    }
}

fn next_by_rate(every: Duration, since: Timestamp, now: Timestamp, count: usize) -> Vec<Timestamp> {
    let passed = u64::try_from(now.duration_since(since).as_secs()).unwrap_or(0);
    let seconds = every.as_secs().max(1);
    let next = passed / seconds + 1;
    let count = u64::try_from(count).unwrap_or(0);
    (next..next.saturating_add(count))
        .filter_map(|nth| since.checked_add(Duration::from_secs(nth.saturating_mul(seconds))).ok())
        .collect()
}

impl Recurrence {
    fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_CHARACTERS {
            return Err(format!("has {} characters; at most {MAX_CHARACTERS} are allowed", text.len()));
        }
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
}

/// The pattern has seconds before and Quartz's weekdays, in which Sunday is 1.
fn parse_cron(text: &str) -> Result<Recurrence, String> {
    let fields: Vec<_> = text.split_whitespace().collect();
    let [_, _, day_of_month, _, day_of_week, _] = fields.as_slice() else {
        return Err(format!(
            "has {} fields; cron takes six: minutes hours day-of-month month day-of-week year",
            fields.len()
        ));
    };
    // What Scheduler demands, so that it is never left open which of the two counts.
    if (*day_of_month == "?") == (*day_of_week == "?") {
        return Err(
            "must have ? either as day of the month or as day of the week, and not as both".to_owned()
        );
    }
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .alternative_weekdays(true)
        .sloppy_ranges(true)
        .build();
    let cron = parser
        .parse(&format!("0 {}", fields.join(" ")))
        .map_err(|error| format!("is not understood: {error}"))?;
    Ok(Recurrence::Cron(Box::new(cron)))
}

fn parse_rate(text: &str) -> Result<Recurrence, String> {
    const FORM: &str = "rate takes a whole number from 1 and minutes, hours or days, such as rate(7 days)";
    let fields: Vec<_> = text.split_whitespace().collect();
    let [number, unit] = fields.as_slice() else { return Err(format!("is not understood; {FORM}")) };
    let number = number.parse::<u32>().ok().filter(|number| *number > 0);
    let unit = match *unit {
        "minute" | "minutes" => Some(60),
        "hour" | "hours" => Some(60 * 60),
        "day" | "days" => Some(24 * 60 * 60),
        _ => None,
    };
    match (number, unit) {
        (Some(number), Some(unit)) => {
            Ok(Recurrence::Rate(Duration::from_secs(u64::from(number).saturating_mul(unit))))
        }
        _ => Err(format!("is not understood; {FORM}")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn next(expression: &str, time_zone: &str, now: &str) -> Vec<String> {
        let expression = Expression::parse(expression, time_zone).expect("understood");
        let runs = expression.next_runs(at("2026-11-01T12:00:00Z"), at(now), 3);
        runs.iter().map(Timestamp::to_string).collect()
    }

    fn fault(expression: &str, time_zone: &str) -> Vec<String> {
        let errors = Expression::parse(expression, time_zone).expect_err(expression);
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn sunday_is_the_first_day_by_number_and_by_name() {
        let sundays = ["2026-11-29T03:00:00Z", "2026-12-06T03:00:00Z", "2026-12-13T03:00:00Z"];
        assert_eq!(next("cron(0 3 ? * SUN *)", "UTC", "2026-11-24T00:00:00Z"), sundays);
        assert_eq!(next("cron(0 3 ? * 1 *)", "UTC", "2026-11-24T00:00:00Z"), sundays);
    }

    #[test]
    fn the_time_zone_counts_summer_time_included() {
        // Oslo leaves summer time on 25 October 2026.
        let nights = ["2026-10-24T01:30:00Z", "2026-10-25T02:30:00Z", "2026-10-26T02:30:00Z"];
        assert_eq!(next("cron(30 3 * * ? *)", "Europe/Oslo", "2026-10-23T12:00:00Z"), nights);
    }

    #[test]
    fn what_only_aws_writes_is_understood() {
        // The last day of the month, the weekday nearest to a day, the last Friday, the third Monday: AWS's own.
        assert_eq!(next("cron(0 8 L * ? *)", "UTC", "2026-11-24T00:00:00Z")[0], "2026-11-30T08:00:00Z");
        assert_eq!(next("cron(0 8 15W * ? *)", "UTC", "2026-11-01T00:00:00Z")[0], "2026-11-16T08:00:00Z");
        assert_eq!(next("cron(0 8 ? * 6L *)", "UTC", "2026-11-01T00:00:00Z")[0], "2026-11-27T08:00:00Z");
        assert_eq!(next("cron(0 8 ? * 2#3 *)", "UTC", "2026-11-01T00:00:00Z")[0], "2026-11-16T08:00:00Z");
        assert_eq!(
            next("cron(0/10 * ? * MON-FRI *)", "UTC", "2026-11-24T08:01:00Z")[0],
            "2026-11-24T08:10:00Z"
        );
    }

    #[test]
    fn a_year_that_is_over_has_no_next_run() {
        assert_eq!(next("cron(0 8 1 1 ? 2025)", "UTC", "2026-11-24T00:00:00Z"), Vec::<String>::new());
    }

    #[test]
    fn a_rate_is_counted_from_when_the_schedule_was_made() {
        let weeks = ["2026-11-29T12:00:00Z", "2026-12-06T12:00:00Z", "2026-12-13T12:00:00Z"];
        assert_eq!(next("rate(7 days)", "UTC", "2026-11-24T00:00:00Z"), weeks);
        assert_eq!(next("rate(1 minute)", "UTC", "2026-11-01T12:00:00Z")[0], "2026-11-01T12:01:00Z");
    }

    #[test]
    fn what_is_not_understood_is_refused_at_its_field() {
        for expression in [
            "",
            "daily",
            "cron(0 3 * * *)",
            "cron(0 3 * * * *)",
            "cron(0 3 ? * ? *)",
            "cron(61 3 ? * SUN *)",
            "cron(0 3 ? * FUNDAY *)",
            "rate(0 days)",
            "rate(-1 days)",
            "rate(1.5 days)",
            "rate(7 weeks)",
            "rate(7)",
            "at(2026-11-24T00:00:00)",
            "cron(0 3 ? * SUN *",
        ] {
            assert_eq!(fault(expression, "UTC"), ["expression"], "{expression}");
        }
        assert_eq!(fault("rate(1 day)", "Mars/Olympus"), ["time_zone"]);
        assert_eq!(fault("never", "nowhere"), ["expression", "time_zone"]);
    }

    proptest! {
        #[test]
        fn no_text_makes_parsing_panic(text in "(cron|rate)?\\(?[0-9A-Z?*/#,LW -]{0,40}\\)?") {
            if let Ok(expression) = Expression::parse(&text, "Asia/Kolkata") {
                let now = at("2026-11-24T00:00:00Z");
                let runs = expression.next_runs(now, now, 3);
                prop_assert!(runs.iter().all(|run| *run > now));
                prop_assert!(runs.is_sorted());
            }
        }
    }
}
