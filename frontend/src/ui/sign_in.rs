//! The button to sign in, and what is said when a session ends.

use leptos::prelude::*;

use super::{
    button::{ActionButton, Look},
    icon::Icon,
};

/// What a button to sign in needs. The session, which is built on what is here, provides it as a context.
#[derive(Clone, Copy)]
pub(crate) struct SignInAction {
    /// Why signing in isn't possible; none when it is.
    pub(crate) blocked: Signal<Option<String>>,
    /// Leaves for the page to sign in at.
    pub(crate) begin: Callback<()>,
    /// Whether someone is signed in.
    pub(crate) done: Memo<bool>,
}

#[component]
pub(crate) fn SignInButton(
    /// How much it stands out.
    #[prop(optional)]
    look: Look,
    #[prop(default = "Sign in")] label: &'static str,
) -> impl IntoView {
    let SignInAction { blocked, begin, .. } = expect_context();
    view! { <ActionButton look icon=Icon::SignIn blocked on_press=begin>{label}</ActionButton> }
}
