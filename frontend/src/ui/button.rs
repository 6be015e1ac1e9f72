//! Buttons and links that do something. One that can't be used stays in its place and says why.

use leptos::prelude::*;

use super::{
    icon::{Icon, Picture},
    unique_id,
};
use crate::erased::{derive, live};

/// How much a button stands out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Look {
    /// The one thing to do here.
    Primary,
    /// One of several.
    #[default]
    Plain,
    /// Beside content, without a border.
    Quiet,
    /// Something that can't be taken back.
    Danger,
}

impl Look {
    /// The classes of a button of this look.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Plain => "button",
            Self::Quiet => "button button-quiet",
            Self::Danger => "button button-danger",
        }
    }
}

/// The reason beside a control that can't be used: seen on hover and focus, and its accessible description.
#[component]
fn Reason(id: String, blocked: Signal<Option<String>>) -> impl IntoView {
    live(move || {
        let id = id.clone();
        blocked.get().map(|reason| view! { <span class="reason" role="tooltip" id=id>{reason}</span> })
    })
}

#[component]
pub(crate) fn ActionButton(
    /// How much it stands out.
    #[prop(optional)]
    look: Look,
    /// The icon before the words.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// Why it can't be pressed; none when it can.
    #[prop(optional, into)]
    blocked: Signal<Option<String>>,
    /// Whether what it does is under way.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Whether it sends the form it is in.
    #[prop(optional)]
    submits: bool,
    /// What it does; a form does it itself.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let id = unique_id("reason");
    let described_by = id.clone();
    let is_blocked = derive(move || blocked.with(Option::is_some) || busy.get());
    let press = move |event: web_sys::MouseEvent| {
        if is_blocked.get_untracked() {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <span class="action">
            <button
                type=if submits { "submit" } else { "button" }
                class=look.class()
                aria-disabled=derive(move || is_blocked.get().then_some("true"))
                aria-busy=derive(move || busy.get().then_some("true"))
                aria-describedby=derive(move || blocked.with(Option::is_some).then(|| described_by.clone()))
                on:click=press
            >
                {live(move || if busy.get() {
                    view! { <span class="spinner" aria-hidden="true"></span> }.into_any()
                } else {
                    icon.map(|icon| view! { <Picture icon /> }).into_any()
                })}
                <span>{children()}</span>
            </button>
            <Reason id blocked />
        </span>
    }
}

/// A link that looks like a button.
#[component]
pub(crate) fn ActionLink(
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
    /// How much it stands out.
    #[prop(optional)]
    look: Look,
    /// The icon before the words.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// Why it can't be followed; none when it can.
    #[prop(optional, into)]
    blocked: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    let id = unique_id("reason");
    let described_by = id.clone();
    let is_blocked = derive(move || blocked.with(Option::is_some));
    view! {
        <span class="action">
            <a
                class=look.class()
                href=derive(move || (!is_blocked.get()).then(|| href.get()))
                role=derive(move || is_blocked.get().then_some("link"))
                tabindex=derive(move || is_blocked.get().then_some("0"))
                aria-disabled=derive(move || is_blocked.get().then_some("true"))
                aria-describedby=derive(move || is_blocked.get().then(|| described_by.clone()))
            >
                {icon.map(|icon| view! { <Picture icon /> })}
                <span>{children()}</span>
            </a>
            <Reason id blocked />
        </span>
    }
}
