//! What was looked for lately in this browser, and nowhere else.

use leptos::prelude::*;

const KEY: &str = "rollcall.searches";

/// How many are kept.
const MOST: usize = 5;

/// The newest first.
pub(crate) fn recent() -> Vec<String> {
    let kept = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    kept.map(|kept| kept.lines().map(str::to_owned).collect()).unwrap_or_default()
}

/// Keeps what led to someone.
pub(crate) fn keep(typed: &str) {
    if let Some(storage) = storage() {
        storage.set_item(KEY, &with(recent(), typed).join("\n")).ok();
    }
}

fn with(mut kept: Vec<String>, typed: &str) -> Vec<String> {
    let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if !typed.is_empty() {
        kept.retain(|other| *other != typed);
        kept.insert(0, typed);
        kept.truncate(MOST);
    }
    kept
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_searches_are_kept_each_once() {
        let kept = ["a", "b"].map(str::to_owned).to_vec();
        assert_eq!(with(kept.clone(), " b "), ["b", "a"]);
        assert_eq!(with(kept.clone(), "c  d"), ["c d", "a", "b"]);
        assert_eq!(with(kept, "  "), ["a", "b"]);
        assert_eq!(with((0..20).map(|it| it.to_string()).collect(), "x").len(), MOST);
    }
}
