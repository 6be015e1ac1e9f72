//! `/signed-in`: where the issuer sends the browser back to.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate, hooks::use_query_map};

use super::signed_in::SignedIn;
use crate::{
    api::sentence,
    erased::{derive, live, spawn},
    oidc::{Redirect, TokenOutcome, read_redirect, safe_return, take_pending},
    paths::{Part, page},
    ui::{
        button::{ActionLink, Look},
        icon::Icon,
        page::PageHeader,
        sign_in::SignInButton,
        state::Notice,
    },
};

/// Redeems the code and goes on to where the person was, or says why that failed.
#[component]
pub(crate) fn SignedInPage() -> impl IntoView {
    let failure = RwSignal::new(None::<String>);
    let keyring = SignedIn::current().keyring();
    let navigate = use_navigate();
    let query = use_query_map().get_untracked();
    let pending = take_pending();

    let redirect = read_redirect(
        pending.as_ref().map(|pending| pending.state.as_str()),
        query.get_str("state"),
        query.get_str("code"),
        query.get_str("error_description").or_else(|| query.get_str("error")),
    );
    match (redirect, pending) {
        (Redirect::Code(code), Some(pending)) => spawn(async move {
            match keyring.redeem(&pending, &code).await {
                TokenOutcome::Granted(()) => {
                    let to = safe_return(&pending.return_to);
                    // Either way in place of this address, whose code counts once.
                    match Part::of(to) {
                        Part::Directory => {
                            navigate(to, NavigateOptions { replace: true, ..Default::default() });
                        }
                        Part::Records | Part::Operations => {
                            location().replace(to).ok();
                        }
                    }
                }
                TokenOutcome::Refused => failure
                    .set(Some("The sign-in page’s answer was refused; it may have been too old.".to_owned())),
                TokenOutcome::Unreachable => {
                    failure.set(Some("The sign-in service can’t be reached at the moment.".to_owned()));
                }
            }
        }),
        (Redirect::Refused(reason), _) => failure.set(Some(sentence(&reason))),
        _ => failure.set(Some(
            "This address belongs to a sign-in that was not begun in this tab, or is already over."
                .to_owned(),
        )),
    }

    view! {
        <PageHeader title=derive(move || {
            if failure.with(Option::is_some) { "Sign-in failed" } else { "Signing in…" }.to_owned()
        }) />
        {live(move || failure.get().map(|reason| view! {
            <Notice icon=Icon::Alert title="You are not signed in" text=reason>
                <SignInButton look=Look::Primary label="Try again" />
                <ActionLink href=page::DIRECTORY>"To the directory"</ActionLink>
            </Notice>
        }))}
    }
}
