//! What this tab keeps from one page load to the next, and loses when it is closed.

use web_sys::{Storage, window};

fn storage() -> Option<Storage> {
    window()?.session_storage().ok()?
}

/// What all tabs of this site keep.
pub(crate) fn shared() -> Option<Storage> {
    window()?.local_storage().ok()?
}

/// The text that was kept under `key`.
pub(crate) fn text(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Keeps a text under `key`; none where the browser refuses.
pub(crate) fn keep(key: &str, text: &str) -> Option<()> {
    storage()?.set_item(key, text).ok()
}

/// Forgets what was kept under `key`.
pub(crate) fn remove(key: &str) {
    if let Some(storage) = storage() {
        storage.remove_item(key).ok();
    }
}
