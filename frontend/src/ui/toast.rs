//! Short messages about what was done, read out as they come.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;

use super::{
    icon::{Icon, Picture},
    page::focus_heading,
};
use crate::{api::ApiError, erased::each, tab};

/// Where this tab keeps what the next page is to say.
const HANDED_ON: &str = "rollcall.said";

/// How long the next page waits with it.
const HANDED_ON_AFTER: Duration = Duration::from_millis(200);

/// How long a message about success stays.
const SUCCESS_STAYS: Duration = Duration::from_secs(7);

/// How long one stays of something that can be taken back: as long as whoever uses the keyboard needs to get there.
const UNDO_STAYS: Duration = Duration::from_secs(30);

/// Takes back what was done. It outlives the page on which that was.
pub(crate) type Undo = Arc<dyn Fn() + Send + Sync>;

#[derive(Clone)]
struct Toast {
    id: u32,
    failed: bool,
    text: String,
    undo: Option<Undo>,
}

/// The messages on show.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
}

impl Toasts {
    /// No messages yet, but for one that a page of another part handed on.
    pub(crate) fn new() -> Self {
        let toasts = Self { shown: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
        if let Some(text) = tab::text(HANDED_ON) {
            tab::remove(HANDED_ON);
            // Nobody is read what is there from the start.
            set_timeout(move || toasts.done(text), HANDED_ON_AFTER);
        }
        toasts
    }

    /// Has the page that is loaded next say that something was done.
    pub(crate) fn hand_on(text: &str) {
        tab::keep(HANDED_ON, text);
    }

    /// The messages of this page.
    pub(crate) fn current() -> Self {
        expect_context()
    }

    /// Says that something was done; goes away by itself.
    pub(crate) fn done(self, text: impl Into<String>) {
        let id = self.push(false, text.into(), None);
        set_timeout(move || self.dismiss(id), SUCCESS_STAYS);
    }

    /// The same, with a way to take it back.
    pub(crate) fn done_unless_undone(self, text: impl Into<String>, undo: Undo) {
        let id = self.push(false, text.into(), Some(undo));
        set_timeout(move || self.dismiss(id), UNDO_STAYS);
    }

    /// Says that something failed; stays until it is dismissed.
    pub(crate) fn failed(self, text: impl Into<String>) {
        self.push(true, text.into(), None);
    }

    /// Says why a call failed.
    pub(crate) fn refused(self, what: &str, error: &ApiError) {
        let message = error.message();
        self.failed(match error.request_id() {
            Some(id) => format!("{what} {message} Request {id}"),
            None => format!("{what} {message}"),
        });
    }

    fn push(self, failed: bool, text: String, undo: Option<Undo>) -> u32 {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        self.shown.update(|shown| {
            // The same failure again is news once.
            shown.retain(|toast| toast.text != text);
            shown.push(Toast { id, failed, text, undo });
        });
        id
    }

    fn dismiss(self, id: u32) {
        self.shown.update(|shown| shown.retain(|toast| toast.id != id));
    }
}

/// Where the messages appear.
#[component]
pub(crate) fn ToastRegion() -> impl IntoView {
    let toasts = Toasts::current();
    let of = move |failed: bool| {
        move || toasts.shown.get().into_iter().filter(|toast| toast.failed == failed).collect()
    };
    let toast = move |toast: Toast| {
        let icon = if toast.failed { Icon::Alert } else { Icon::Check };
        let undo = toast.undo.map(|undo| {
            let press = move |_| {
                toasts.dismiss(toast.id);
                undo();
                // The button is gone with the message.
                focus_heading();
            };
            view! { <button type="button" class="button toast-undo" on:click=press>"Undo"</button> }
        });
        view! {
            <div class="toast" class:toast-failed=toast.failed>
                <Picture icon />
                <p>{toast.text}</p>
                {undo}
                <button type="button" class="toast-dismiss" on:click=move |_| toasts.dismiss(toast.id)>
                    <Picture icon=Icon::Cross />
                    <span class="visually-hidden">"Dismiss"</span>
                </button>
            </div>
        }
        .into_any()
    };
    let list = move |failed| each(of(failed), |toast: &Toast| toast.id.into(), toast);
    view! {
        <section class="toasts" aria-label="Messages">
            <div role="alert">{list(true)}</div>
            <div role="status">{list(false)}</div>
        </section>
    }
}
