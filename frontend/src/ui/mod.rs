//! What every page is made of: headings, buttons, dialogs, notices, icons, time.

pub(crate) mod badge;
pub(crate) mod button;
pub(crate) mod copy;
pub(crate) mod count;
pub(crate) mod deed;
pub(crate) mod dialog;
pub(crate) mod field;
pub(crate) mod icon;
pub(crate) mod listing;
pub(crate) mod not_found;
pub(crate) mod page;
pub(crate) mod query;
pub(crate) mod save;
pub(crate) mod sign_in;
pub(crate) mod state;
pub(crate) mod theme;
pub(crate) mod time;
pub(crate) mod toast;
pub(crate) mod who;
pub(crate) mod window;

use std::sync::atomic::{AtomicUsize, Ordering};

static NEXT_ID: AtomicUsize = AtomicUsize::new(0);

/// An id for an element that another one refers to, unique on the page.
pub(crate) fn unique_id(what: &str) -> String {
    format!("{what}-{}", NEXT_ID.fetch_add(1, Ordering::Relaxed))
}

/// The text as it stands inside a sentence: a small letter first.
pub(crate) fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_goes_on_in_lower_case() {
        assert_eq!(lower_first("Roll back to revision 2"), "roll back to revision 2");
        assert_eq!(lower_first(""), "");
    }
}
