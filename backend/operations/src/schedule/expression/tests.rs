use std::{collections::BTreeSet, ops::RangeInclusive};

use jiff::{
    SignedDuration, ToSpan,
    civil::{Date, DateTime, date},
    tz::Offset,
};
use proptest::{collection::vec, prelude::*};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn next(expression: &str, time_zone: &str, now: &str) -> Vec<String> {
    let expression = Expression::parse(expression, time_zone).expect(expression);
    let runs = expression.next_runs(at("2026-11-01T12:00:00Z"), at(now), 3);
    runs.iter().map(Timestamp::to_string).collect()
}

fn faults(expression: &str, time_zone: &str) -> Vec<FieldError> {
    Expression::parse(expression, time_zone).expect_err(expression)
}

fn fault(expression: &str) -> String {
    let [FieldError { field, detail }] = faults(expression, "UTC").try_into().expect(expression);
    assert_eq!(field, "expression");
    detail
}

// ---- AWS's rules for cron expressions. ----

#[test]
fn each_field_takes_its_values_lists_ranges_steps_and_names() {
    for (expression, first) in [
        ("cron(0 3 ? * SUN *)", "2026-11-29T03:00:00Z"),
        ("cron(0 3 ? * 1 *)", "2026-11-29T03:00:00Z"),
        ("cron(0 3 ? * SUN)", "2026-11-29T03:00:00Z"),
        ("cron(15 10 ? * 6L 2026-2027)", "2026-11-27T10:15:00Z"),
        ("cron(1/10 * * * ? *)", "2026-11-24T08:11:00Z"),
        ("cron(*/20 * * * ? *)", "2026-11-24T08:20:00Z"),
        ("cron(0-15/1 9-9 ? * 2,3,4,5,6,7 *)", "2026-11-24T09:00:00Z"),
        ("cron(00 08 ? * MON-FRI *)", "2026-11-25T08:00:00Z"),
        ("cron(0,59 0,8 * JAN,FEB,NOV ? *)", "2026-11-24T08:59:00Z"),
        ("cron(0 8 1/15 12-12 ? *)", "2026-12-01T08:00:00Z"),
        ("cron(0 8 1 1 ? 1970/4)", "2030-01-01T08:00:00Z"),
        ("cron(0 8 29 2 ? *)", "2028-02-29T08:00:00Z"),
        ("cron(59 23 31 12 ? 2199)", "2199-12-31T23:59:00Z"),
    ] {
        assert_eq!(next(expression, "UTC", "2026-11-24T08:10:30Z")[0], first, "{expression}");
    }
}

#[test]
fn l_w_and_the_number_sign_pick_days() {
    for (expression, first) in [
        ("cron(0 8 L * ? *)", "2026-11-30T08:00:00Z"),
        ("cron(0 8 3W * ? *)", "2026-11-03T08:00:00Z"),
        ("cron(0 8 15W * ? *)", "2026-11-16T08:00:00Z"),
        ("cron(0 8 1W 8 ? *)", "2027-08-02T08:00:00Z"),
        ("cron(0 8 31W 1 ? *)", "2027-01-29T08:00:00Z"),
        ("cron(0 8 LW 1 ? *)", "2027-01-29T08:00:00Z"),
        ("cron(0 8 1,L * ? *)", "2026-11-01T08:00:00Z"),
        ("cron(0 8 ? * 6L *)", "2026-11-27T08:00:00Z"),
        ("cron(0 8 ? * FRIL *)", "2026-11-27T08:00:00Z"),
        ("cron(0 8 ? * L *)", "2026-11-07T08:00:00Z"),
        ("cron(0 8 ? * 3#2 *)", "2026-11-10T08:00:00Z"),
        ("cron(0 8 ? * TUE#2 *)", "2026-11-10T08:00:00Z"),
        ("cron(0 8 ? * SUN#5 *)", "2026-11-29T08:00:00Z"),
    ] {
        assert_eq!(next(expression, "UTC", "2026-11-01T00:00:00Z")[0], first, "{expression}");
    }
}

#[test]
fn what_is_sent_to_aws_has_six_fields_in_capitals() {
    for (typed, sent) in [
        (" cron(0  3 ? * sun *) ", "cron(0 3 ? * SUN *)"),
        ("cron(0 3 ? jan mon-fri)", "cron(0 3 ? JAN MON-FRI *)"),
        ("rate( 7  days )", "rate(7 days)"),
        ("rate(1 minute)", "rate(1 minute)"),
    ] {
        assert_eq!(Expression::parse(typed, "UTC").expect(typed).as_str(), sent);
    }
}

#[test]
fn a_value_out_of_its_range_is_told_with_what_to_write() {
    for (expression, reason) in [
        ("cron(61 3 ? * SUN *)", "has 61 for the minutes; write 0 to 59"),
        ("cron(0 24 ? * SUN *)", "has 24 for the hours; write 0 to 23"),
        ("cron(0 3 32 * ? *)", "has 32 for the day of the month; write 1 to 31"),
        ("cron(0 3 0 * ? *)", "has 0 for the day of the month; write 1 to 31"),
        ("cron(0 3 32W * ? *)", "has 32W for the day of the month; write 1 to 31"),
        ("cron(0 3 W * ? *)", "has W for the day of the month; write 1 to 31"),
        ("cron(0 3 L-3 * ? *)", "has L-3 for the day of the month; write 1 to 31"),
        ("cron(0 3 1 13 ? *)", "has 13 for the month; write 1 to 12, or JAN to DEC"),
        ("cron(0 3 1 JANUARY ? *)", "has JANUARY for the month; write 1 to 12, or JAN to DEC"),
        ("cron(0 3 ? * 0 *)", "has 0 for the day of the week; write 1 to 7 from Sunday on, or SUN to SAT"),
        ("cron(0 3 ? * 8 *)", "has 8 for the day of the week; write 1 to 7 from Sunday on, or SUN to SAT"),
        ("cron(0 3 ? * FUNDAY *)", "has FUNDAY for the day of the week; write 1 to 7"),
        ("cron(0 3 ? * SUN 1969)", "has 1969 for the year; write 1970 to 2199"),
        ("cron(0 3 ? * SUN 2200)", "has 2200 for the year; write 1970 to 2199"),
        ("cron(? 3 * * ? *)", "has ? for the minutes; write 0 to 59"),
        ("cron(+5 3 ? * SUN *)", "has +5 for the minutes; write 0 to 59"),
        ("cron(-5 3 ? * SUN *)", "has -5 for the minutes; write 0 to 59"),
        ("cron(5,,6 3 ? * SUN *)", "has nothing beside a comma for the minutes; write 0 to 59"),
        ("cron(0 15W ? * SUN *)", "has 15W for the hours; write 0 to 23"),
    ] {
        assert!(fault(expression).contains(reason), "{expression}: {}", fault(expression));
    }
}

#[test]
fn a_form_that_aws_does_not_take_is_told_with_one_it_takes() {
    for (expression, reason) in [
        ("cron(0 3 * * * *)", "has no ?; write ? for the day of the month or for the day of the week"),
        ("cron(0 3 1 * SUN *)", "has no ?; write ? for the day of the month or for the day of the week"),
        ("cron(0 3 ? * ? *)", "has ? for both the day of the month and the day of the week; write ? for one"),
        ("cron(0 3 ?)", "has 3 fields; write minutes hours day-of-month month day-of-week year"),
        ("cron(0 0 3 ? * SUN *)", "has 7 fields; write minutes hours day-of-month month day-of-week year"),
        ("cron()", "has 0 fields; write minutes hours day-of-month month day-of-week year"),
        (
            "cron(0 3 ? * FRI-MON *)",
            "has the range FRI-MON for the day of the week, which runs backwards; write 6-7,1-2",
        ),
        ("cron(0 22-2 ? * SUN *)", "has the range 22-2 for the hours, which runs backwards; write 22-23,0-2"),
        ("cron(0/0 3 ? * SUN *)", "has 0/0 for the minutes; write 1 to 59 as the step"),
        ("cron(0/60 3 ? * SUN *)", "has 0/60 for the minutes; write 1 to 59 as the step"),
        ("cron(0/ 3 ? * SUN *)", "has 0/ for the minutes; write 1 to 59 as the step"),
        ("cron(0 3 ? * 2/2 *)", "has 2/2 for the day of the week, which takes no steps; write the days"),
        (
            "cron(0 3 ? * 3#1,6#3 *)",
            "has 3#1,6#3 for the day of the week; with #, write one day of the week only",
        ),
        ("cron(0 3 ? * 3#6 *)", "has 3#6 for the day of the week; write a day of the week, # and 1 to 5"),
        ("cron(0 3 ? * #1 *)", "has #1 for the day of the week; write a day of the week, # and 1 to 5"),
        ("", "write cron(minutes hours day-of-month month day-of-week year)"),
        ("daily", "write cron(minutes hours day-of-month month day-of-week year)"),
        ("0 3 * * *", "write cron(minutes hours day-of-month month day-of-week year)"),
        ("cron(0 3 ? * SUN *", "write cron(minutes hours day-of-month month day-of-week year)"),
        ("at(2026-11-24T00:00:00)", "write cron(minutes hours day-of-month month day-of-week year)"),
        ("rate(7)", "write a number and minutes, hours or days, such as rate(7 days)"),
        ("rate(7 weeks)", "has weeks for the unit; write minutes, hours or days"),
        ("rate(0 days)", "has 0 for the number; write a whole number from 1"),
        ("rate(-1 days)", "has -1 for the number; write a whole number from 1"),
        ("rate(+1 days)", "has +1 for the number; write a whole number from 1"),
        ("rate(1.5 days)", "has 1.5 for the number; write a whole number from 1"),
        ("rate(4000000000 days)", "is longer than a hundred years; write a shorter time"),
    ] {
        assert!(fault(expression).contains(reason), "{expression}: {}", fault(expression));
    }
}

#[test]
fn every_faulty_field_is_told_at_once() {
    assert_eq!(
        fault("cron(61 25 ? 13 SUN 1900)"),
        "has 61 for the minutes; write 0 to 59. It has 25 for the hours; write 0 to 23. It has 13 for the month; \
         write 1 to 12, or JAN to DEC. It has 1900 for the year; write 1970 to 2199"
    );
    let fields: Vec<_> = faults("never", "nowhere").into_iter().map(|fault| fault.field).collect();
    assert_eq!(fields, ["expression", "time_zone"]);
}

#[test]
fn an_expression_has_256_characters_at_most() {
    let long = format!("cron({} 3 ? * SUN *)", ["1"; 130].join(","));
    assert!(fault(&long).contains("at most 256"), "{}", fault(&long));
}

#[test]
fn a_time_zone_is_one_of_the_time_zone_database_and_sent_as_it_is_spelt_there() {
    for (typed, sent) in [
        ("Europe/Oslo", "Europe/Oslo"),
        (" europe/oslo ", "Europe/Oslo"),
        ("utc", "UTC"),
        ("US/Eastern", "US/Eastern"),
    ] {
        assert_eq!(Expression::parse("rate(1 day)", typed).expect(typed).time_zone(), sent);
    }
    for unknown in ["", "Mars/Olympus", "Etc/Unknown", "+01:00", "CET-1CEST", "../UTC", "local"] {
        let [FieldError { field, detail }] = faults("rate(1 day)", unknown).try_into().expect(unknown);
        assert_eq!(field, "time_zone");
        assert!(detail.contains("name one such as Europe/Oslo or UTC"), "{detail}");
    }
}

// ---- What comes next. ----

#[test]
fn a_time_that_the_clocks_skip_in_spring_is_skipped() {
    let nights = ["2026-03-07T10:30:00Z", "2026-03-09T09:30:00Z", "2026-03-10T09:30:00Z"];
    assert_eq!(next("cron(30 2 * * ? *)", "America/Los_Angeles", "2026-03-07T00:00:00Z"), nights);
}

#[test]
fn a_time_that_the_clocks_show_twice_in_autumn_runs_the_first_time_only() {
    let nights = ["2026-10-31T08:30:00Z", "2026-11-01T08:30:00Z", "2026-11-02T09:30:00Z"];
    assert_eq!(next("cron(30 1 * * ? *)", "America/Los_Angeles", "2026-10-31T00:00:00Z"), nights);
    let between = "2026-11-01T09:00:00Z";
    assert_eq!(next("cron(30 1 * * ? *)", "America/Los_Angeles", between)[0], "2026-11-02T09:30:00Z");
}

#[test]
fn a_day_that_a_zone_leaves_out_is_skipped() {
    // Samoa went from 29 to 31 December 2011.
    let mornings = ["2011-12-29T18:00:00Z", "2011-12-30T18:00:00Z", "2011-12-31T18:00:00Z"];
    assert_eq!(next("cron(0 8 * * ? *)", "Pacific/Apia", "2011-12-28T19:00:00Z"), mornings);
}

#[test]
fn a_rate_runs_first_at_its_start_and_then_after_each_period() {
    let weeks = ["2026-11-29T12:00:00Z", "2026-12-06T12:00:00Z", "2026-12-13T12:00:00Z"];
    assert_eq!(next("rate(7 days)", "UTC", "2026-11-24T00:00:00Z"), weeks);
    assert_eq!(next("rate(1 minute)", "UTC", "2026-11-01T12:00:00Z")[0], "2026-11-01T12:01:00Z");
    assert_eq!(next("rate(7 days)", "UTC", "2026-10-01T00:00:00Z")[0], "2026-11-01T12:00:00Z");
}

#[test]
fn a_day_of_a_rate_has_24_hours_whatever_the_clocks_do() {
    let days = ["2026-11-02T12:00:00Z", "2026-11-03T12:00:00Z", "2026-11-04T12:00:00Z"];
    assert_eq!(next("rate(1 days)", "America/New_York", "2026-11-01T12:00:00Z"), days);
}

/// The zones and the days on which their clocks change: by an hour, by half of one, at midnight, by a day, not at all.
const CHANGES: [(&str, Date); 12] = [
    ("Europe/Oslo", date(2026, 3, 29)),
    ("Europe/Oslo", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("America/Havana", date(2026, 11, 1)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Asia/Kolkata", date(2026, 6, 1)),
    ("Pacific/Apia", date(2011, 12, 30)),
];

/// A field's text with the values it names.
fn field(range: RangeInclusive<i16>) -> impl Strategy<Value = (String, BTreeSet<i16>)> {
    let (value, last) = (range.clone(), *range.end());
    let list = vec(value.clone(), 1..4).prop_map(|values| {
        let texts: Vec<_> = values.iter().map(i16::to_string).collect();
        (texts.join(","), values.into_iter().collect())
    });
    let between = (value.clone(), value.clone()).prop_map(|(one, other)| {
        let (first, last) = (one.min(other), one.max(other));
        (format!("{first}-{last}"), (first..=last).collect())
    });
    let steps = (value, 1..=last).prop_map(move |(first, step)| {
        let named = (first..=last).filter(|value| (value - first) % step == 0);
        (format!("{first}/{step}"), named.collect())
    });
    prop_oneof![Just(("*".to_owned(), range.collect())), list, between, steps]
}

/// Each minute of a day and a half at which the clocks show, for the first time, what is due.
fn walk(zone: &TimeZone, now: Timestamp, due: impl Fn(DateTime) -> bool) -> Vec<Timestamp> {
    let minute = SignedDuration::from_mins(1);
    let mut instant =
        Timestamp::from_second(now.as_second() / 60 * 60).expect("in range") - SignedDuration::from_hours(48);
    let (mut runs, mut shown) = (Vec::new(), DateTime::MIN);
    while instant < now + SignedDuration::from_hours(36) {
        let local = zone.to_datetime(instant);
        if local > shown {
            shown = local;
            runs.extend((instant > now && due(local)).then_some(instant));
        }
        instant += minute;
    }
    runs
}

/// Days of the week from Sunday, which is 1, counted from the Sunday 4 January 1970.
fn day_of_week(day: Date) -> i64 {
    i64::from((day - date(1970, 1, 4)).get_days()).rem_euclid(7) + 1
}

fn is_workday(day: Date) -> bool {
    (2..=6).contains(&day_of_week(day))
}

fn days_of_its_month(day: Date) -> impl DoubleEndedIterator<Item = Date> {
    (1..=day.days_in_month()).map(move |number| date(day.year(), day.month(), number))
}

/// The two fields for days, with the days they name.
fn days() -> impl Strategy<Value = (String, String, BoxedRule)> {
    let of_month = |text: String, rule: BoxedRule| (text, "?".to_owned(), rule);
    let of_week = |text: String, rule: BoxedRule| ("?".to_owned(), text, rule);
    let last = || BoxedRule::new(|day| day.tomorrow().expect("in range").month() != day.month());
    let last_workday =
        || BoxedRule::new(|day| days_of_its_month(day).rfind(|day| is_workday(*day)) == Some(day));
    let nearest = |number: i8| {
        BoxedRule::new(move |day| {
            let workdays = days_of_its_month(day).filter(|day| is_workday(*day));
            let nearest = workdays.min_by_key(|day| (day.day() - number).abs());
            number <= day.days_in_month() && nearest == Some(day)
        })
    };
    let nth = |wanted: i64, nth: usize| {
        BoxedRule::new(move |day| {
            let mut same = days_of_its_month(day).filter(|day| day_of_week(*day) == wanted);
            same.nth(nth - 1) == Some(day)
        })
    };
    let last_of_week = |wanted: i64| {
        BoxedRule::new(move |day| {
            days_of_its_month(day).rfind(|day| day_of_week(*day) == wanted) == Some(day)
        })
    };
    prop_oneof![
        field(1..=31).prop_map(move |(text, named)| {
            of_month(text, BoxedRule::new(move |day| named.contains(&i16::from(day.day()))))
        }),
        Just(()).prop_map(move |()| of_month("L".to_owned(), last())),
        Just(()).prop_map(move |()| of_month("LW".to_owned(), last_workday())),
        (1..=31_i8).prop_map(move |number| of_month(format!("{number}W"), nearest(number))),
        (1..=7_i64, 1..=5_usize)
            .prop_map(move |(day, number)| of_week(format!("{day}#{number}"), nth(day, number))),
        (1..=7_i64).prop_map(move |day| of_week(format!("{day}L"), last_of_week(day))),
        vec(1..=7_i64, 1..4).prop_map(move |wanted| {
            let texts: Vec<_> = wanted.iter().map(i64::to_string).collect();
            of_week(texts.join(","), BoxedRule::new(move |day| wanted.contains(&day_of_week(day))))
        }),
    ]
}

/// Whether a day is meant.
struct BoxedRule(Box<dyn Fn(Date) -> bool>);

impl BoxedRule {
    fn new(rule: impl Fn(Date) -> bool + 'static) -> Self {
        Self(Box::new(rule))
    }
}

impl std::fmt::Debug for BoxedRule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a rule")
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn around_a_change_of_the_clocks_runs_are_those_of_a_walk_minute_by_minute(
        (minutes, named_minutes) in field(0..=59),
        (hours, named_hours) in field(0..=23),
        (zone, day) in proptest::sample::select(CHANGES.to_vec()),
        seconds in 0..(48 * 60 * 60_i64),
    ) {
        let expression = Expression::parse(&format!("cron({minutes} {hours} * * ? *)"), zone).expect("understood");
        let zone = TimeZone::get(zone).expect("a zone");
        let midnight = Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).expect("in range");
        let now = midnight + SignedDuration::from_secs(seconds - 30 * 60 * 60);
        let walked = walk(&zone, now, |local| {
            named_minutes.contains(&i16::from(local.minute())) && named_hours.contains(&i16::from(local.hour()))
        });
        let runs = expression.next_runs(now, now, walked.len());
        prop_assert_eq!(runs.iter().zip(&walked).find(|(run, walked)| run != walked), None);
        prop_assert_eq!(runs.len(), walked.len());
    }

    #[test]
    fn days_are_those_of_a_walk_day_by_day(
        (of_month, of_week, rule) in days(),
        (months, named_months) in field(1..=12),
        start in 0..20_000_i32,
    ) {
        let expression = format!("cron(0 12 {of_month} {months} {of_week} *)");
        let parsed = Expression::parse(&expression, "UTC").expect("understood");
        let first = date(2000, 1, 1) + start.days();
        let noon = |day: Date| Offset::UTC.to_timestamp(day.at(12, 0, 0, 0)).expect("in range");
        let walked: Vec<_> = (0..800_i32)
            .map(|passed| first + passed.days())
            .filter(|day| named_months.contains(&i16::from(day.month())) && rule.0(*day))
            .map(noon)
            .collect();
        let now = noon(first) - SignedDuration::from_secs(1);
        prop_assert_eq!(parsed.next_runs(now, now, walked.len()), walked, "{}", expression);
    }

    #[test]
    fn no_text_makes_parsing_panic(text in "(cron|rate)?\\(?[0-9A-Z?*/#,LW -]{0,40}\\)?") {
        if let Ok(expression) = Expression::parse(&text, "Asia/Kolkata") {
            let now = at("2026-11-24T00:00:00Z");
            let runs = expression.next_runs(now, now, 3);
            prop_assert!(runs.iter().all(|run| *run >= now));
            prop_assert!(runs.is_sorted());
        }
    }
}
