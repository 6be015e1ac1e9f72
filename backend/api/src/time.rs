//! Reading points in time and dates as this API writes them: `2026-11-24T06:00:00.5Z` and `2026-11-24` (RFC 3339, in UTC).
//!
//! In place of Jiff's own reading, which takes every format there is and says what is wrong with a text in none of them:
//! that is 29 KB, with brotli, of what a browser downloads.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::Offset,
};
use serde::{Deserialize, Deserializer, de::Error};

/// Something that is text over the wire.
pub trait FromWire: Sized {
    /// What the text says; none when that is something else.
    fn from_wire(text: &str) -> Option<Self>;
}

impl FromWire for Date {
    fn from_wire(text: &str) -> Option<Self> {
        let [year, month, day] = numbers(text, '-')?;
        Self::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
    }
}

impl FromWire for Timestamp {
    fn from_wire(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let [hour, minute, second] = numbers(time, ':')?;
        let nanoseconds =
            if fraction.len() <= 9 { number(&format!("{fraction:0<9}"))? } else { return None };
        let time =
            Time::new(hour.try_into().ok()?, minute.try_into().ok()?, second.try_into().ok()?, nanoseconds);
        Offset::UTC.to_timestamp(DateTime::from_parts(Date::from_wire(date)?, time.ok()?)).ok()
    }
}

fn numbers(text: &str, separator: char) -> Option<[i16; 3]> {
    let mut parts = text.split(separator);
    let numbers = [number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?];
    parts.next().is_none().then_some(numbers)
}

fn number<T: std::str::FromStr>(digits: &str) -> Option<T> {
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?
}

fn parse<T: FromWire, E: Error>(text: &str) -> Result<T, E> {
    T::from_wire(text).ok_or_else(|| E::custom("no date or point in time in UTC"))
}

/// Reads one of these, for `#[serde(deserialize_with)]`.
///
/// # Errors
/// When it is something else.
pub fn read<'de, D: Deserializer<'de>, T: FromWire>(deserializer: D) -> Result<T, D::Error> {
    parse(&String::deserialize(deserializer)?)
}

/// Reads one that may be absent.
pub(crate) fn read_option<'de, D: Deserializer<'de>, T: FromWire>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::<String>::deserialize(deserializer)?.map(|text| parse(&text)).transpose()
}

/// Reads several.
pub(crate) fn read_list<'de, D: Deserializer<'de>, T: FromWire>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Vec::<String>::deserialize(deserializer)?.iter().map(|text| parse(text)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{host::Host, schedule::Schedule};

    fn schedule(next_runs: Vec<Timestamp>) -> Schedule {
        Schedule {
            name: "nightly".to_owned(),
            expression: "rate(1 day)".to_owned(),
            time_zone: "UTC".to_owned(),
            enabled: true,
            revision: None,
            held: None,
            next_runs,
            next_runs_unknown: None,
            tag: None,
        }
    }

    proptest! {
        #[test]
        fn points_in_time_are_read_as_they_are_written(
            seconds in -62_167_219_200_i64..253_402_207_200, nanoseconds in 0..1_000_000_000, cut in 0..=9_u32,
        ) {
            // From year 0 to 9999, with as many digits of a second as there may be.
            let at = Timestamp::new(seconds, nanoseconds / 10_i32.pow(cut) * 10_i32.pow(cut)).expect("in range");
            let json = serde_json::to_string(&schedule(vec![at])).expect("JSON");
            let read: Schedule = serde_json::from_str(&json).expect("a schedule");
            prop_assert_eq!(&read.next_runs, &[at]);
            let date = Offset::UTC.to_datetime(at).date();
            prop_assert_eq!(Date::from_wire(&date.to_string()), Some(date));
        }

        #[test]
        fn whatever_is_read_jiff_reads_alike(
            text in "[0-9]{3,5}-[01]?[0-9]-[0-3]?[0-9]T[0-2]?[0-9]:[0-6]?[0-9]:[0-6]?[0-9](\\.[0-9]{0,10})?Z",
        ) {
            if let (Some(ours), Ok(jiff)) = (Timestamp::from_wire(&text), text.parse::<Timestamp>()) {
                prop_assert_eq!(ours, jiff);
            }
        }
    }

    #[test]
    fn what_is_no_point_in_time_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-11-24",
            "2026-11-24T06:00:00",
            "2026-02-30T06:00:00Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24T06:00:00.1234567891Z",
            "2026-11-24T06:00:00.-1Z",
            "2026-11-24T+6:00:00Z",
            "2026-11-24T06:00:00+01:00",
            "2026-11-24T06:00:00:00Z",
            "99999-01-01T00:00:00Z",
        ] {
            assert_eq!(Timestamp::from_wire(text), None, "{text}");
        }
    }

    #[test]
    fn a_point_in_time_may_be_absent_where_it_is_optional_and_nothing_else_stands_for_it() {
        let host = |launched_at: &str| {
            serde_json::from_str::<Host>(&format!(
                r#"{{"instance_id": "i-1", "state": "running"{launched_at}}}"#
            ))
        };
        assert_eq!(host("").expect("absent").launched_at, None);
        assert_eq!(host(r#", "launched_at": null"#).expect("null").launched_at, None);
        assert!(host(r#", "launched_at": "yesterday""#).is_err());
        assert!(host(r#", "launched_at": 7"#).is_err());
    }
}
