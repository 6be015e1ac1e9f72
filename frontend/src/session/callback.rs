//! `/signed-in`: where the issuer sends the browser back to.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate, hooks::use_query_map};

use super::{
    DEPARTURE, SignedIn, browser,
    keyring::Asked,
    pkce::{Departure, Return, read_return, safe_return},
};
use crate::{
    paths::page,
    ui::{
        button::{ActionButton, ActionLink, Look},
        icon::Icon,
        lean::{derive, live, spawn},
        page::PageHeader,
        state::Notice,
    },
};

/// Redeems the code and goes on to where the person was, or says why that failed.
#[component]
pub(crate) fn SignedInPage() -> impl IntoView {
    let failure = RwSignal::new(None::<String>);
    let signed_in = SignedIn::current();
    let navigate = use_navigate();
    let query = use_query_map().get_untracked();
    let departure: Option<Departure> = browser::read(DEPARTURE);
    browser::remove(DEPARTURE);

    let returned = read_return(
        departure.as_ref().map(|departure| departure.state.as_str()),
        query.get_str("state"),
        query.get_str("code"),
        query.get_str("error_description").or_else(|| query.get_str("error")),
    );
    match (returned, departure) {
        (Return::Code(code), Some(departure)) => spawn(async move {
            match signed_in.redeem(&departure, &code).await {
                Asked::Granted(_) => {
                    let options = NavigateOptions { replace: true, ..Default::default() };
                    navigate(safe_return(&departure.return_to), options);
                }
                Asked::Refused => failure
                    .set(Some("The sign-in page’s answer was refused; it may have been too old.".to_owned())),
                Asked::Unreachable => {
                    failure.set(Some("The sign-in service can’t be reached at the moment.".to_owned()));
                }
            }
        }),
        (Return::Refused(reason), _) => failure.set(Some(crate::api::sentence(&reason))),
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
                <ActionButton look=Look::Primary icon=Icon::SignIn on_press=move || signed_in.sign_in()>
                    "Try again"
                </ActionButton>
                <ActionLink href=page::DIRECTORY>"To the directory"</ActionLink>
            </Notice>
        }))}
    }
}
