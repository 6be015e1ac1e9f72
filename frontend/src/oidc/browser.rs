//! The little that sign-in needs of the browser: storage, randomness, SHA-256, and leaving the page.

use js_sys::Uint8Array;
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Storage, window};

use crate::json;

/// What this tab keeps, and loses when it is closed.
fn storage() -> Option<Storage> {
    window()?.session_storage().ok()?
}

/// What was kept under `key`, if it can still be read.
pub(super) fn read<T: DeserializeOwned>(key: &str) -> Option<T> {
    json::read(&storage()?.get_item(key).ok()??)
}

/// Keeps `value` under `key`. A browser that refuses makes the sign-in end with this page.
pub(super) fn write<T: Serialize>(key: &str, value: &T) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(value)) {
        storage.set_item(key, &text).ok();
    }
}

/// Forgets what was kept under `key`.
pub(super) fn remove(key: &str) {
    if let Some(storage) = storage() {
        storage.remove_item(key).ok();
    }
}

/// This site's address without a path, such as `https://rollcall.example`.
pub(super) fn origin() -> Option<String> {
    window()?.location().origin().ok()
}

/// Where on this site the browser is, with the query.
pub(super) fn here() -> Option<String> {
    let location = window()?.location();
    Some(format!("{}{}", location.pathname().ok()?, location.search().ok()?))
}

/// Leaves for another page.
pub(super) fn leave_for(url: &str) {
    if let Some(window) = window() {
        window.location().assign(url).ok();
    }
}

/// Whether the browser offers SHA-256; it does not on plain HTTP, other than on this machine.
pub(crate) fn can_digest() -> bool {
    window().is_some_and(|window| window.is_secure_context())
}

/// 32 random bytes.
pub(super) fn random() -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    window()?.crypto().ok()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(bytes)
}

/// The SHA-256 of `text`.
pub(super) async fn sha256(text: &str) -> Option<Vec<u8>> {
    let data = Uint8Array::from(text.as_bytes());
    let subtle = window()?.crypto().ok()?.subtle();
    let digest = subtle.digest_with_str_and_buffer_source("SHA-256", &data).ok()?;
    let buffer: JsValue = JsFuture::from(digest).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}
