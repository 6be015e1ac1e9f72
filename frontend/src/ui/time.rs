//! Points in time and how long things took, in words.

use jiff::{SignedDuration, Timestamp};
use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

use crate::{clock::Clock, erased::memo};

/// How long something takes or took, to the second: `4 s`, `2 min 05 s`, `1 h 03 min`.
pub(crate) fn duration(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// How far two points in time are apart: `12 min`, `3 days`; none for less than a moment.
fn apart(earlier: Timestamp, later: Timestamp) -> Option<String> {
    let seconds = later.duration_since(earlier).as_secs();
    let count = |number: i64, unit: &str| {
        let plural = if number == 1 { "" } else { "s" };
        format!("{number} {unit}{plural}")
    };
    match seconds {
        ..45 => None,
        45..3600 => Some(format!("{} min", (seconds / 60).max(1))),
        3600..86_400 => Some(count(seconds / 3600, "hour")),
        _ => Some(count(seconds / 86_400, "day")),
    }
}

/// How long ago `then` was: `just now`, `12 min ago`, `3 days ago`.
pub(crate) fn ago(then: Timestamp, now: Timestamp) -> String {
    apart(then, now).map_or_else(|| "just now".to_owned(), |time| format!("{time} ago"))
}

/// How much time is left until `then`, rounded down: `12 min left`, `3 days left`.
fn left(then: Timestamp, now: Timestamp) -> String {
    apart(now, then).map_or_else(|| "less than a minute left".to_owned(), |time| format!("{time} left"))
}

/// The date and time in the person's own manner: in `zone`, or else in their own. None where the browser
/// doesn't know that zone.
fn formatted(then: Timestamp, zone: Option<&str>, fields: &[(&str, &str)]) -> Option<String> {
    let options = Object::new();
    for (key, value) in fields.iter().copied().chain(zone.map(|zone| ("timeZone", zone))) {
        Reflect::set(&options, &key.into(), &value.into()).ok();
    }
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of this era fit")]
    let date = Date::new(&JsValue::from_f64(then.as_millisecond() as f64));
    // Called by hand, since a zone that is not known throws.
    let format: Function = Reflect::get(&date, &"toLocaleString".into()).ok()?.dyn_into().ok()?;
    format.call2(&date, &"default".into(), &options).ok()?.as_string()
}

/// The date and time in the person's own zone and manner.
fn local(then: Timestamp) -> String {
    formatted(then, None, &[("dateStyle", "medium"), ("timeStyle", "medium")]).unwrap_or_default()
}

/// A point in time that the API gave as a text; none where that is something else.
///
/// By the browser, since jiff's own reader of dates is 20 KB of the download.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let milliseconds = Date::parse(text);
    #[allow(clippy::cast_possible_truncation, reason = "a whole number of milliseconds")]
    let then = Timestamp::from_millisecond(milliseconds as i64).ok();
    then.filter(|_| !milliseconds.is_nan())
}

/// A day of the calendar, `2026-11-26`, in the person's own manner.
pub(crate) fn day(day: &str) -> String {
    let words = read(day).and_then(|then| formatted(then, Some("UTC"), &[("dateStyle", "long")]));
    words.unwrap_or_else(|| day.to_owned())
}

/// The hour and minute in a zone, with the day of the week; none where the browser doesn't know it.
pub(crate) fn time_of_day(then: Timestamp, zone: &str) -> Option<String> {
    formatted(then, Some(zone), &[("weekday", "short"), ("hour", "2-digit"), ("minute", "2-digit")])
}

/// The person's time zone: `Europe/Oslo`.
pub(crate) fn browser_zone() -> Option<String> {
    let format = Intl::DateTimeFormat::new(&Array::new(), &Object::new());
    Reflect::get(&format.resolved_options(), &"timeZone".into()).ok()?.as_string()
}

/// The time zones the browser knows, by name; none where it doesn't tell.
pub(crate) fn known_zones() -> Vec<String> {
    let ask = || {
        let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
        let ask: Function = Reflect::get(&intl, &"supportedValuesOf".into()).ok()?.dyn_into().ok()?;
        ask.call1(&intl, &"timeZone".into()).ok()
    };
    ask()
        .map(|zones| Array::from(&zones).iter().filter_map(|zone| zone.as_string()).collect())
        .unwrap_or_default()
}

/// A point in time to come: for the person, and in the zone it was meant in where that reads differently.
#[component]
pub(crate) fn When(then: Timestamp, zone: String) -> impl IntoView {
    const FIELDS: [(&str, &str); 7] = [
        ("weekday", "short"),
        ("day", "numeric"),
        ("month", "short"),
        ("year", "numeric"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("timeZoneName", "short"),
    ];
    let here = formatted(then, None, &FIELDS).unwrap_or_else(|| then.to_string());
    let there = formatted(then, Some(&zone), &FIELDS).filter(|there| *there != here);
    view! {
        <time datetime=then.to_string()>{here}</time>
        {there.map(|there| view! { <span class="quiet">{format!(" · {there}, {zone}")}</span> })}
    }
}

/// How long ago something was; the date on hover.
#[component]
pub(crate) fn Ago(#[prop(into)] then: Signal<Timestamp>) -> impl IntoView {
    let clock: Clock = expect_context();
    let text = memo(move || ago(then.get(), clock.now()));
    view! {
        <time datetime=move || then.get().to_string() title=move || local(then.get())>{text}</time>
    }
}

/// Until when something is possible: the date and time, and how much of it is left.
#[component]
pub(crate) fn Until(then: Timestamp) -> impl IntoView {
    let clock: Clock = expect_context();
    let here = formatted(then, None, &[("dateStyle", "medium"), ("timeStyle", "short")])
        .unwrap_or_else(|| then.to_string());
    let left = memo(move || left(then, clock.now()));
    view! {
        <time datetime=then.to_string()>{here}</time> " (" {left} ")"
    }
}

/// The day of a point in time that the API gave as a text, in the person's own manner. It costs a download none of what
/// reads and writes points in time here.
#[component]
pub(crate) fn Day(then: String) -> impl IntoView {
    let options = Object::new();
    Reflect::set(&options, &"dateStyle".into(), &"medium".into()).ok();
    let day = Date::new(&JsValue::from_str(&then)).to_locale_date_string("default", &options);
    view! { <time datetime=then>{String::from(day)}</time> }
}

/// A point in time to the minute, as people here write one.
#[component]
pub(crate) fn Moment(then: String) -> impl IntoView {
    let options = Object::new();
    for (name, style) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        Reflect::set(&options, &name.into(), &style.into()).ok();
    }
    let text = Date::new(&JsValue::from_str(&then)).to_locale_string("default", &options);
    view! { <time datetime=then>{String::from(text)}</time> }
}

/// How many days are left until such a point in time: `29 days left`.
pub(crate) fn days_left(then: &str) -> String {
    const DAY_MS: f64 = 86_400_000.0;
    let left = (Date::new(&JsValue::from_str(then)).get_time() - Date::now()) / DAY_MS;
    // Rounded down, since nobody is to count on more time than there is.
    #[allow(clippy::cast_possible_truncation, reason = "whole days are meant")]
    days_words(left as i32)
}

fn days_words(days: i32) -> String {
    match days {
        ..1 => "less than a day left".to_owned(),
        1 => "1 day left".to_owned(),
        _ => format!("{days} days left"),
    }
}

/// How long something took, or has been taking.
#[component]
pub(crate) fn Took(
    started_at: Timestamp,
    /// When it ended; none while it goes on.
    ended_at: Option<Timestamp>,
) -> impl IntoView {
    let clock: Clock = expect_context();
    let text = move || duration(ended_at.unwrap_or_else(|| clock.now()).duration_since(started_at));
    view! { <span class="took">{text}</span> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_at_a_glance() {
        let text = |seconds| duration(SignedDuration::from_secs(seconds));
        assert_eq!(text(0), "0 s");
        assert_eq!(text(59), "59 s");
        assert_eq!(text(125), "2 min 05 s");
        assert_eq!(text(3780), "1 h 03 min");
    }

    #[test]
    fn a_clock_that_is_behind_shows_no_negative_time() {
        assert_eq!(duration(SignedDuration::from_secs(-3)), "0 s");
        assert_eq!(
            ago(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(9), Timestamp::UNIX_EPOCH),
            "just now"
        );
    }

    #[test]
    fn the_past_gets_coarser_as_it_gets_older() {
        let after =
            |seconds| ago(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds));
        assert_eq!(after(10), "just now");
        assert_eq!(after(50), "1 min ago");
        assert_eq!(after(12 * 60), "12 min ago");
        assert_eq!(after(3600), "1 hour ago");
        assert_eq!(after(3 * 86_400 + 5), "3 days ago");
    }

    #[test]
    fn days_are_counted_as_long_as_they_are_whole() {
        let words = [0, 1, 29].map(days_words);
        assert_eq!(words, ["less than a day left", "1 day left", "29 days left"]);
    }

    #[test]
    fn the_time_that_is_left_is_never_more_than_there_is() {
        let after =
            |seconds| left(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds), Timestamp::UNIX_EPOCH);
        assert_eq!(after(2 * 3600 - 1), "1 hour left");
        assert_eq!(after(59 * 60), "59 min left");
        assert_eq!(after(20), "less than a minute left");
        assert_eq!(after(-9), "less than a minute left");
    }
}
