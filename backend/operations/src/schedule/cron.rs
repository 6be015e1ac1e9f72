//! Cron patterns by EventBridge Scheduler's rules, and the local times they name
//! ([cron-based schedules](https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based)).
//!
//! Where that page is silent, what it doesn't name is refused: ranges that run backwards, steps in days of the week.

use std::ops::RangeInclusive;

use jiff::civil::{Date, DateTime, Time, Weekday};

/// A pattern that was understood. A day must match both its month and year and one of `days`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cron {
    times: Vec<Time>,
    days: Vec<Days>,
    months: Vec<i8>,
    years: Vec<i16>,
}

/// Days of a month. Days of the week are numbered from Sunday, which is 1.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Days {
    Numbered(Vec<i8>),
    Last,
    LastWorkday,
    /// The workday (Monday to Friday) nearest to a day of the month, in the same month.
    WorkdayNearest(i8),
    OfWeek(Vec<i8>),
    LastOfWeek(i8),
    /// The first to fifth of one day of the week.
    NthOfWeek(i8, i8),
}

/// One of the six fields: what it may hold, and how that is said.
struct Field {
    name: &'static str,
    range: RangeInclusive<i16>,
    /// Names of the values, from the first one on.
    names: &'static [&'static str],
    /// Whether `/` is allowed.
    steps: bool,
    what_to_write: &'static str,
}

const MINUTES: Field =
    Field { name: "the minutes", range: 0..=59, names: &[], steps: true, what_to_write: "0 to 59" };
const HOURS: Field =
    Field { name: "the hours", range: 0..=23, names: &[], steps: true, what_to_write: "0 to 23" };
const DAY_OF_MONTH: Field = Field {
    name: "the day of the month",
    range: 1..=31,
    names: &[],
    steps: true,
    what_to_write: "1 to 31, L for the last day, or 15W for the Monday to Friday nearest to the 15th",
};
const MONTH: Field = Field {
    name: "the month",
    range: 1..=12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    steps: true,
    what_to_write: "1 to 12, or JAN to DEC",
};
const DAY_OF_WEEK: Field = Field {
    name: "the day of the week",
    range: 1..=7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    steps: false,
    what_to_write: "1 to 7 from Sunday on, or SUN to SAT, 6L for the month's last Friday, or 6#3 for its third",
};
const YEAR: Field =
    Field { name: "the year", range: 1970..=2199, names: &[], steps: true, what_to_write: "1970 to 2199" };

/// A form that is always right.
const EXAMPLE: &str = "such as cron(0 3 ? * SUN *)";

impl Cron {
    /// Reads `minutes hours day-of-month month day-of-week year`; the year may be left out.
    ///
    /// # Errors
    /// What each faulty field holds, and what to write.
    pub(super) fn parse(fields: &[&str]) -> Result<Self, String> {
        let [minutes, hours, day_of_month, month, day_of_week, year @ ..] = fields else {
            return Err(wrong_number(fields.len()));
        };
        let year = match year {
            [] => "*",
            [year] => year,
            _ => return Err(wrong_number(fields.len())),
        };
        let mut faults = Vec::new();
        let minutes: Vec<i8> = keep(&mut faults, MINUTES.values(minutes));
        let hours: Vec<i8> = keep(&mut faults, HOURS.values(hours));
        let days = keep(&mut faults, parse_days(day_of_month, day_of_week));
        let months = keep(&mut faults, MONTH.values(month));
        let years = keep(&mut faults, YEAR.values(year));
        if !faults.is_empty() {
            return Err(faults.join(". It "));
        }
        let at = |hour: i8| minutes.iter().filter_map(move |minute| Time::new(hour, *minute, 0, 0).ok());
        Ok(Self { times: hours.iter().flat_map(|hour| at(*hour)).collect(), days, months, years })
    }

    /// The local times that the pattern names from the beginning of this day on, in order.
    pub(super) fn times_from(&self, first: Date) -> impl Iterator<Item = DateTime> {
        let years = self.years.iter().filter(move |year| **year >= first.year());
        let months = years.flat_map(|year| self.months.iter().map(|month| (*year, *month)));
        let days =
            months.flat_map(|(year, month)| (1..=31).filter_map(move |day| Date::new(year, month, day).ok()));
        let due = days.filter(move |day| *day >= first && self.days.iter().any(|days| days.hold(*day)));
        due.flat_map(|day| self.times.iter().map(move |time| day.to_datetime(*time)))
    }

    /// The last year that the pattern names.
    pub(super) fn last_year(&self) -> Option<i16> {
        self.years.iter().max().copied()
    }
}

fn wrong_number(count: usize) -> String {
    format!("has {count} fields; write minutes hours day-of-month month day-of-week year, {EXAMPLE}")
}

fn keep<T: Default>(faults: &mut Vec<String>, parsed: Result<T, String>) -> T {
    parsed.unwrap_or_else(|fault| {
        faults.push(fault);
        T::default()
    })
}

impl Field {
    fn fault(&self, part: &str) -> String {
        let held =
            if part.is_empty() { "nothing beside a comma".into() } else { part.escape_debug().to_string() };
        format!("has {held} for {}; write {}", self.name, self.what_to_write)
    }

    fn value(&self, text: &str) -> Option<i16> {
        let named = self.names.iter().zip(self.range.clone()).find(|(name, _)| **name == text);
        let value = named.map(|(_, value)| value).or_else(|| number(text));
        value.filter(|value| self.range.contains(value))
    }

    /// Every value that a list such as `1,5-9,0/15` names, in order.
    fn values<T: TryFrom<i16> + Ord>(&self, text: &str) -> Result<Vec<T>, String> {
        let mut all = Vec::new();
        for part in text.split(',') {
            all.extend(self.part(part)?.filter_map(|value| T::try_from(value).ok()));
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    fn part(&self, part: &str) -> Result<impl Iterator<Item = i16> + use<>, String> {
        let (base, step) = match part.split_once('/') {
            Some((base, step)) => (base, Some(self.step(part, step)?)),
            None => (part, None),
        };
        let value = |text| self.value(text).ok_or_else(|| self.fault(part));
        let (first, last) = match base.split_once('-') {
            None if base == "*" => (*self.range.start(), *self.range.end()),
            None if step.is_some() => (value(base)?, *self.range.end()),
            None => (value(base)?, value(base)?),
            Some((first, last)) => (value(first)?, value(last)?),
        };
        if first > last {
            let (start, end) = (self.range.start(), self.range.end());
            return Err(format!(
                "has the range {base} for {}, which runs backwards; write {first}-{end},{start}-{last}",
                self.name
            ));
        }
        Ok((first..=last).step_by(step.unwrap_or(1)))
    }

    fn step(&self, part: &str, step: &str) -> Result<usize, String> {
        if !self.steps {
            return Err(format!(
                "has {part} for {}, which takes no steps; write the days, such as MON,WED,FRI",
                self.name
            ));
        }
        let longest = *self.range.end();
        let step = number(step).filter(|step| (1..=longest).contains(step));
        step.and_then(|step| usize::try_from(step).ok()).ok_or_else(|| {
            format!("has {} for {}; write 1 to {longest} as the step", part.escape_debug(), self.name)
        })
    }
}

/// A number of plain digits: Rust alone would take `+5` too.
fn number(text: &str) -> Option<i16> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What of the two fields for days counts: `?` stands in the other one, and in one only.
fn parse_days(day_of_month: &str, day_of_week: &str) -> Result<Vec<Days>, String> {
    match (day_of_month, day_of_week) {
        ("?", "?") => Err(format!(
            "has ? for both the day of the month and the day of the week; write ? for one of them only, {EXAMPLE}"
        )),
        ("?", of_week) if of_week.contains('#') => Ok(vec![parse_nth(of_week)?]),
        ("?", of_week) => of_week.split(',').map(parse_day_of_week).collect(),
        (of_month, "?") => of_month.split(',').map(parse_day_of_month).collect(),
        _ => Err(format!("has no ?; write ? for the day of the month or for the day of the week, {EXAMPLE}")),
    }
}

fn parse_day_of_month(part: &str) -> Result<Days, String> {
    match part {
        "L" => Ok(Days::Last),
        "LW" => Ok(Days::LastWorkday),
        _ => match part.strip_suffix('W') {
            Some(day) => {
                let day = number(day).filter(|day| DAY_OF_MONTH.range.contains(day));
                let day = day.and_then(|day| i8::try_from(day).ok());
                day.map(Days::WorkdayNearest).ok_or_else(|| DAY_OF_MONTH.fault(part))
            }
            None => DAY_OF_MONTH.values(part).map(Days::Numbered),
        },
    }
}

fn parse_day_of_week(part: &str) -> Result<Days, String> {
    match part.strip_suffix('L') {
        // The last day of the week, as the page says.
        Some("") => Ok(Days::OfWeek(vec![7])),
        Some(day) => one_day_of_week(day).map(Days::LastOfWeek).ok_or_else(|| DAY_OF_WEEK.fault(part)),
        None => DAY_OF_WEEK.values(part).map(Days::OfWeek),
    }
}

/// `6#3`, the third Friday; the page allows nothing beside it.
fn parse_nth(text: &str) -> Result<Days, String> {
    if text.contains(',') {
        return Err(format!(
            "has {} for {}; with #, write one day of the week only, such as 6#3",
            text.escape_debug(),
            DAY_OF_WEEK.name
        ));
    }
    let (day, nth) = text.split_once('#').unwrap_or((text, ""));
    let nth = number(nth).filter(|nth| (1..=5).contains(nth)).and_then(|nth| i8::try_from(nth).ok());
    match (one_day_of_week(day), nth) {
        (Some(day), Some(nth)) => Ok(Days::NthOfWeek(day, nth)),
        _ => Err(format!(
            "has {} for {}; write a day of the week, # and 1 to 5, such as 6#3 for the third Friday",
            text.escape_debug(),
            DAY_OF_WEEK.name
        )),
    }
}

fn one_day_of_week(text: &str) -> Option<i8> {
    DAY_OF_WEEK.value(text).and_then(|day| i8::try_from(day).ok())
}

impl Days {
    fn hold(&self, date: Date) -> bool {
        let of_week = date.weekday().to_sunday_one_offset();
        match self {
            Self::Numbered(days) => days.contains(&date.day()),
            Self::Last => date == date.last_of_month(),
            Self::LastWorkday => date == nearest_workday(date.last_of_month()),
            Self::WorkdayNearest(day) => {
                Date::new(date.year(), date.month(), *day).is_ok_and(|wanted| date == nearest_workday(wanted))
            }
            Self::OfWeek(days) => days.contains(&of_week),
            Self::LastOfWeek(day) => of_week == *day && date.day() > date.days_in_month() - 7,
            Self::NthOfWeek(day, nth) => of_week == *day && (date.day() - 1) / 7 + 1 == *nth,
        }
    }
}

/// The Monday to Friday nearest to a date in its month.
fn nearest_workday(date: Date) -> Date {
    let shift = match date.weekday() {
        Weekday::Saturday if date.day() == 1 => 2,
        Weekday::Saturday => -1,
        Weekday::Sunday if date == date.last_of_month() => -2,
        Weekday::Sunday => 1,
        _ => 0,
    };
    Date::new(date.year(), date.month(), date.day() + shift).unwrap_or(date)
}
