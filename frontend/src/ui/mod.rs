//! What every page is made of: headings, buttons, dialogs, notices, icons, time.

pub(crate) mod badge;
pub(crate) mod button;
pub(crate) mod copy;
pub(crate) mod dialog;
pub(crate) mod field;
pub(crate) mod icon;
pub(crate) mod listing;
pub(crate) mod page;
pub(crate) mod query;
pub(crate) mod state;
pub(crate) mod theme;
pub(crate) mod time;
pub(crate) mod toast;

use std::sync::atomic::{AtomicUsize, Ordering};

static NEXT_ID: AtomicUsize = AtomicUsize::new(0);

/// An id for an element that another one refers to, unique on the page.
pub(crate) fn unique_id(what: &str) -> String {
    format!("{what}-{}", NEXT_ID.fetch_add(1, Ordering::Relaxed))
}
