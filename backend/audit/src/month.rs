//! The months by which the log is partitioned, so that no partition grows for ever.

use jiff::{Timestamp, tz::TimeZone};

/// A month of the calendar in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The first month with a partition of its own.
    pub(crate) const FIRST: Self = Self { year: 2026, month: 11 };

    pub(crate) fn of(time: Timestamp) -> Self {
        let date = TimeZone::UTC.to_datetime(time).date();
        Self { year: date.year(), month: date.month() }
    }

    pub(crate) const fn next(self) -> Self {
        match self.month {
            12 => Self { year: self.year + 1, month: 1 },
            month => Self { year: self.year, month: month + 1 },
        }
    }

    const fn before(self) -> Self {
        match self.month {
            1 => Self { year: self.year - 1, month: 12 },
            month => Self { year: self.year, month: month - 1 },
        }
    }

    /// This month and those before it, down to the first one with a partition: that of `now` where a clock tells an
    /// earlier one, and has told it when entries were written.
    pub(crate) fn back_to_the_first(self, now: Self) -> impl Iterator<Item = Self> {
        let first = Self::FIRST.min(now);
        std::iter::successors(Some(self), |month| Some(month.before()))
            .take_while(move |month| *month >= first)
    }

    /// The name of its partition.
    pub(crate) fn partition(self) -> String {
        format!("audit/{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn december_is_followed_by_january() {
        let december = Month { year: 2026, month: 12 };
        assert_eq!(december.next(), Month { year: 2027, month: 1 });
        assert_eq!(december.next().before(), december);
    }

    #[test]
    fn a_month_begins_at_midnight_utc() {
        let midnight: Timestamp = "2026-12-01T00:00:00Z".parse().expect("a time");
        assert_eq!(Month::of(midnight).partition(), "audit/2026-12");
    }
}
