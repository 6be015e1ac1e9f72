//! The faces of a page that has nothing to show: empty, failing, not allowed, not there.

use leptos::prelude::*;

use super::{
    button::{ActionButton, ActionLink, Look},
    icon::{Icon, Picture},
    sign_in::{SignInAction, SignInButton},
};
use crate::{api::ApiError, erased::on_change, paths::page};

/// A message in place of content, with what to do next.
#[component]
pub(crate) fn Notice(
    icon: Icon,
    /// What is the matter, in a few words.
    #[prop(into)]
    title: String,
    #[prop(into)] text: String,
    /// What to do next.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="notice">
            <span class="notice-icon"><Picture icon /></span>
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| view! { <div class="notice-actions">{children()}</div> })}
        </div>
    }
}

/// The id to quote when asking for help.
#[component]
fn RequestId(error: ApiError) -> impl IntoView {
    error.request_id().map(|id| view! { <p class="request-id">"Request " <code>{id.to_owned()}</code></p> })
}

/// Why something could not be loaded, and what may help.
#[component]
pub(crate) fn Failure(
    error: ApiError,
    /// Tries again.
    #[prop(into)]
    on_retry: Callback<()>,
) -> impl IntoView {
    if error.asks_for_sign_in() {
        // Whoever has signed in, perhaps in another tab, is shown what they came for.
        let SignInAction { done, .. } = expect_context();
        on_change(done, move |done| {
            if *done {
                on_retry.run(());
            }
        });
        return view! { <SignInNotice text="Sign in to see this page." /> }.into_any();
    }
    let (icon, title) = if error.is_forbidden() {
        (Icon::Lock, "Not allowed")
    } else if error.is_missing() {
        (Icon::Search, "Not found")
    } else {
        (Icon::Alert, "This could not be loaded")
    };
    let (message, is_missing) = (error.message(), error.is_missing());
    view! {
        <div class="failure" role="alert">
            <Notice icon title text=message>
                {if is_missing {
                    view! { <ActionLink href=page::DIRECTORY>"To the directory"</ActionLink> }.into_any()
                } else {
                    view! {
                        <ActionButton icon=Icon::Refresh on_press=on_retry>"Try again"</ActionButton>
                    }.into_any()
                }}
            </Notice>
            <RequestId error />
        </div>
    }
    .into_any()
}

/// Says that what is shown may be out of date.
#[component]
pub(crate) fn StaleNote(
    error: ApiError,
    /// Tries again.
    #[prop(into)]
    on_retry: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="banner banner-warning" role="status">
            <Picture icon=Icon::Alert />
            <p>"What you see may be out of date. " {error.message()}</p>
            <ActionButton look=Look::Quiet icon=Icon::Refresh on_press=on_retry>"Try again"</ActionButton>
        </div>
    }
}

#[component]
pub(crate) fn SignInNotice(#[prop(into)] text: String) -> impl IntoView {
    view! { <Notice icon=Icon::Lock title="Sign in" text><SignInButton look=Look::Primary /></Notice> }
}

/// Grey lines where text will be.
#[component]
pub(crate) fn Skeleton(
    /// How many lines.
    lines: usize,
    /// What is being loaded, for who listens.
    label: &'static str,
) -> impl IntoView {
    view! {
        <div class="skeleton" role="status">
            <span class="visually-hidden">{label}</span>
            {(0..lines).map(|_| view! { <span class="skeleton-line"></span> }).collect_view()}
        </div>
    }
}
