//! Reads JSON into what the page works with, by the browser's own parser: serde_json's would weigh 20 KB more.

use serde::de::DeserializeOwned;

/// What the text says; none when it says something else, or isn't JSON.
#[cfg(target_arch = "wasm32")]
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_wasm_bindgen::from_value(js_sys::JSON::parse(text).ok()?).ok()
}

/// The same where there is no browser: in tests.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}
