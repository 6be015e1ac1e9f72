//! Light or dark: the system's choice unless the person makes one. `public/theme.js` applies it before the
//! first paint, so the two agree on key and values.

use leptos::{ev, prelude::*};

use super::icon::{Icon, Picture};
use crate::{erased::live, tab::shared};

const KEY: &str = "rollcall.theme";

/// A colour theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    fn kept() -> Self {
        let kept = shared().and_then(|kept| kept.get_item(KEY).ok().flatten());
        match kept.as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::System => Icon::Screen,
            Self::Light => Icon::Sun,
            Self::Dark => Icon::Moon,
        }
    }

    const fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    fn keep(self) {
        if let Some(kept) = shared() {
            kept.set_item(KEY, self.name()).ok();
        }
    }

    fn apply(self) {
        if let Some(root) = document().document_element() {
            root.set_attribute("data-theme", self.name()).ok();
        }
    }
}

/// Switches between the system's theme, light and dark.
#[component]
pub(crate) fn ThemeButton() -> impl IntoView {
    let theme = RwSignal::new(Theme::kept());
    let name = move || {
        let theme = theme.get();
        format!("Colour theme: {}. Switch to {}", theme.name(), theme.next().name())
    };
    let switch = move |_| {
        theme.update(|theme| *theme = theme.next());
        theme.get_untracked().keep();
        theme.get_untracked().apply();
    };
    // On the way back the browser may show a page as it was left, before the theme was switched on another.
    let shown_again = window_event_listener(ev::pageshow, move |_| {
        theme.set(Theme::kept());
        theme.get_untracked().apply();
    });
    on_cleanup(move || shown_again.remove());
    view! {
        <button type="button" class="icon-button" aria-label=name title=name on:click=switch>
            {live(move || view! { <Picture icon=theme.get().icon() /> })}
        </button>
    }
}
