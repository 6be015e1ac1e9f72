//! What the frame says when a session ends while a page is open.

use leptos::prelude::*;

use super::signed_in::SignedIn;
use crate::{
    erased::live,
    paths::page,
    ui::icon::{Icon, Picture},
};

/// Says that the session is over, and how to go on without losing what was typed.
#[component]
pub(crate) fn InterruptedNote() -> impl IntoView {
    let signed_in = SignedIn::current();
    live(move || {
        let not_known = signed_in.session().latest().is_some_and(|session| session.user_not_known);
        signed_in.is_interrupted().then(|| view! {
            <div class="banner banner-warning interrupted" role="alert">
                <Picture icon=Icon::Alert />
                {if not_known {
                    view! {
                        <p>
                            "It can’t be told at the moment whether you are still signed in, since the sign-in service \
                             doesn’t answer. What you typed stays here; try again in a minute."
                        </p>
                    }.into_any()
                } else {
                    view! {
                        <p>
                            "You are no longer signed in. What you typed stays here: "
                            <a href=page::sign_in(page::SIGNED_IN) target="_blank" rel="external">
                                "sign in in another tab"
                            </a>
                            ", then come back and go on."
                        </p>
                    }.into_any()
                }}
            </div>
        })
    })
}
