//! Copying to the clipboard.

use std::time::Duration;

use leptos::prelude::*;

use wasm_bindgen_futures::JsFuture;

use super::icon::{Icon, Picture};
use crate::erased::{live, spawn};

/// A button that copies `text`.
#[component]
pub(crate) fn CopyButton(
    #[prop(into)] text: Signal<String>,
    /// What that is, after “Copy”.
    what: &'static str,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let writing = window().navigator().clipboard().write_text(&text.get_untracked());
        spawn(async move {
            if JsFuture::from(writing).await.is_ok() {
                copied.try_set(true);
                let reset = move || {
                    copied.try_set(false);
                };
                set_timeout(reset, Duration::from_secs(2));
            }
        });
    };
    view! {
        <button type="button" class="copy" title=format!("Copy {what}") on:click=copy>
            {live(move || view! { <Picture icon=if copied.get() { Icon::Check } else { Icon::Copy } /> })}
            <span class="visually-hidden" aria-live="polite">
                {live(move || if copied.get() { "Copied".to_owned() } else { format!("Copy {what}") })}
            </span>
        </button>
    }
}
