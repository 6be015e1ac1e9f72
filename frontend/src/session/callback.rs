//! `/signed-in`: what came of signing in, where that is not simply the page that one came from.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use rollcall_api::session::SignInProblem;

use crate::{
    paths::page,
    ui::{
        button::{ActionLink, Look},
        icon::Icon,
        page::PageHeader,
        sign_in::SignInButton,
        state::Notice,
    },
};

/// Says why nobody is signed in, and what to do; or that one can go on in the other tab.
#[component]
pub(crate) fn SignedInPage() -> impl IntoView {
    let Some(problem) = use_query_map().get_untracked().get("problem") else {
        return view! {
            <PageHeader title="Signed in" />
            <Notice icon=Icon::Check title="You are signed in" text="Close this tab, and go on where you were.">
                <ActionLink href=page::DIRECTORY>"To the directory"</ActionLink>
            </Notice>
        }
        .into_any();
    };
    view! {
        <PageHeader title="Sign-in failed" />
        <Notice icon=Icon::Alert title="You are not signed in" text=what_to_do(problem.parse().ok())>
            <SignInButton look=Look::Primary label="Try again" />
            <ActionLink href=page::DIRECTORY>"To the directory"</ActionLink>
        </Notice>
    }
    .into_any()
}

/// What went wrong, and the way out.
fn what_to_do(problem: Option<SignInProblem>) -> &'static str {
    match problem {
        Some(SignInProblem::Over) => {
            "This sign-in is over already: its address counts once, and for a quarter of an hour."
        }
        Some(SignInProblem::NoCookie) => {
            "Your browser sent no cookie along, so it can’t be told that it was you who began to sign in. Allow cookies \
             for this site, then try again."
        }
        Some(SignInProblem::OtherBrowser) => {
            "This sign-in was begun in another browser. Try again in this one."
        }
        Some(SignInProblem::Refused) => {
            "The sign-in page didn’t let you in. If you didn’t turn back yourself, ask an administrator whether your \
             account is still active."
        }
        Some(SignInProblem::IssuerAway) => {
            "The sign-in service doesn’t answer at the moment. Try again in a minute."
        }
        Some(SignInProblem::NotUnderstood) => {
            "What the sign-in service says of you doesn’t count here. Try again; if that doesn’t help, tell whoever runs \
             Rollcall here. The reason is in its log."
        }
        Some(SignInProblem::TooMany) => {
            "From where you are, more sign-ins were begun than may be in a minute. Try again in a minute."
        }
        None => "The server gave no reason that this page knows.",
    }
}
