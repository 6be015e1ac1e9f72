//! The faces of a page that has nothing to show: empty, failing, not allowed, not there.

use leptos::prelude::*;

use super::{
    button::{ActionButton, ActionLink, Look},
    icon::{Icon, Picture},
    lean::{derive, live, memo},
};
use crate::{
    api::ApiError,
    paths::page,
    session::{Access, Permission, SignedIn},
};

/// A message in place of content, with what to do next.
#[component]
pub(crate) fn Notice(
    icon: Icon,
    /// What is the matter, in a few words.
    #[prop(into)]
    title: String,
    /// What that means.
    #[prop(into)]
    text: String,
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

/// Asks to sign in.
#[component]
pub(crate) fn SignInNotice(#[prop(into)] text: String) -> impl IntoView {
    let signed_in = SignedIn::current();
    view! {
        <Notice icon=Icon::Lock title="Sign in" text=text>
            <ActionButton
                look=Look::Primary
                icon=Icon::SignIn
                blocked=derive(move || signed_in.reason_against_sign_in())
                on_press=move || signed_in.sign_in()
            >
                "Sign in"
            </ActionButton>
        </Notice>
    }
}

/// Lets in who may, and tells everyone else what is missing.
#[component]
pub(crate) fn Guard(
    /// What is needed.
    permission: Permission,
    /// The title while nobody is let in.
    title: &'static str,
    /// What stands in while it isn't known who this is.
    #[prop(into)]
    loading: ViewFn,
    children: ChildrenFn,
) -> impl IntoView {
    let signed_in = SignedIn::current();
    let access = memo(move || signed_in.may(permission));
    let title = move || view! { <super::page::PageHeader title=title /> };
    live(move || match access.get() {
        Access::Granted => children().into_any(),
        Access::Unknown => view! {
            {title()}
            <super::query::Await query=signed_in.session() loading=loading.clone() children=|_| () />
        }
        .into_any(),
        Access::SignedOut => {
            let text = format!("You have to be signed in to {}.", permission.purpose());
            view! { {title()} <SignInNotice text /> }.into_any()
        }
        Access::Missing(group) => {
            let who = signed_in.user().map(|user| user.name).unwrap_or_default();
            let text = format!(
                "You are signed in as {who}. Only members of the group {group} may {}. \
                 Ask an administrator to add you to it.",
                permission.purpose()
            );
            view! {
                {title()}
                <Notice icon=Icon::Lock title="Not allowed" text>
                    <ActionLink href=page::DIRECTORY>"To the directory"</ActionLink>
                    <ActionButton icon=Icon::SignOut on_press=move || signed_in.sign_out()>
                        "Sign out to switch accounts"
                    </ActionButton>
                </Notice>
            }
            .into_any()
        }
    })
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
