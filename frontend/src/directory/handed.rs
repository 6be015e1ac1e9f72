//! What was written in another part of the site: the list shows it at once, as it does what was written here.

use jiff::Timestamp;
use leptos::{ev, prelude::*};
use rollcall_api::employee::{Employee, EmployeePage};

use super::found::Written;
use crate::{clock::now, json, tab};

/// Where this tab keeps when another part wrote last, in milliseconds, and whom.
const KEY: &str = "rollcall.written";

/// When that was, and who, in the form of a page of the list: which is read here anyway.
fn handed() -> Option<(i64, String)> {
    let text = tab::text(KEY)?;
    let (then, page) = text.split_once(' ')?;
    Some((then.parse().ok()?, page.to_owned()))
}

/// Tells the directory, for when it is shown again, that these people were written.
pub(crate) fn hand_on(people: Vec<Employee>) {
    let page = EmployeePage { employees: people, ..EmployeePage::default() };
    let page = serde_json::to_string(&page).unwrap_or_default();
    tab::keep(KEY, &format!("{} {page}", now().as_millisecond()));
}

/// Whoever was written in another part a moment ago.
///
/// A page that the browser kept whole, and shows again on the way back, loads itself anew if someone was written since.
pub(super) fn written() -> Written {
    let mut written = Written::default();
    let (then, page) = handed().unwrap_or_default();
    for employee in json::read::<EmployeePage>(&page).unwrap_or_default().employees {
        written.put(employee, Timestamp::from_millisecond(then).unwrap_or_default());
    }
    window_event_listener(ev::pageshow, move |event| {
        if event.persisted() && handed().is_some_and(|(last, _)| last != then) {
            location().reload().ok();
        }
    });
    written
}
