//! Tabs tell each other when someone signs in or out: they share one session.

use leptos::prelude::*;

use crate::tab::shared;

/// Where the tabs keep who is signed in, as far as they know.
const KEY: &str = "rollcall.signed-in";

/// Tells the other tabs who is signed in, if that is news; an empty name is nobody's.
pub(super) fn tell(name: &str) {
    let Some(kept) = shared() else { return };
    if kept.get_item(KEY).ok().flatten().unwrap_or_default() != name {
        kept.set_item(KEY, name).ok();
    }
}

/// Runs `run` when another tab has told something.
pub(super) fn on_news(run: impl Fn() + 'static) {
    // The browser tells every tab but the one that wrote.
    window_event_listener_untyped("storage", move |_| run());
}
