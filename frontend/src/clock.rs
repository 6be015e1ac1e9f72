//! What time it is, by the browser's clock.

use std::time::Duration;

use jiff::{Timestamp, civil};
use js_sys::Date;
use leptos::prelude::*;
use rollcall_api::time::FromWire;

/// Now, to the millisecond, as the browser's clock has it.
pub(crate) fn now() -> Timestamp {
    // In place of `Timestamp::now`, which would put into words whatever may be wrong with any point in time.
    #[allow(clippy::cast_possible_truncation, reason = "a whole number of milliseconds")]
    Timestamp::from_millisecond(Date::now() as i64).unwrap_or_default()
}

/// The date in Greenwich.
pub(crate) fn today() -> civil::Date {
    now().to_string().get(..10).and_then(civil::Date::from_wire).unwrap_or_default()
}

/// Ticks every second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock(RwSignal<Timestamp>);

impl Clock {
    /// A clock that runs as long as the page.
    pub(crate) fn start() -> Self {
        let time = RwSignal::new(now());
        set_interval(move || time.set(now()), Duration::from_secs(1));
        Self(time)
    }

    /// Now; tracked.
    pub(crate) fn now(self) -> Timestamp {
        self.0.get()
    }
}
