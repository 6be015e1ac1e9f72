//! Signing in and out, and what the person may do.
//!
//! OpenID Connect's authorization code flow with PKCE: the browser leaves for the issuer's page, comes back to
//! `/signed-in` with a code, and redeems it for tokens, which stay in this tab's session storage.

mod access;
mod browser;
mod callback;
mod keyring;
mod pkce;
mod tokens;

use leptos::prelude::*;
use rollcall_api::session::{Session, SignIn, User};

pub(crate) use self::{
    access::{Access, Permission},
    callback::SignedInPage,
    keyring::Keyring,
};
use self::{
    keyring::{Asked, ask},
    pkce::{Departure, authorization_url, base64url, code_form, end_session_url},
    tokens::Tokens,
};
use crate::{
    api::Api,
    paths::page,
    ui::{
        lean::{derive, memo, spawn},
        query::{Progress, Query},
        time::now,
        toast::Toasts,
    },
};

/// Where this tab remembers what it left for the issuer's page with.
const DEPARTURE: &str = "rollcall.departure";

/// Who is signed in, for every part of the page.
#[derive(Clone, Copy)]
pub(crate) struct SignedIn {
    keyring: Keyring,
    session: Query<Session>,
    toasts: Toasts,
}

impl SignedIn {
    /// Asks the API who the kept tokens name, and asks again whenever they come or go.
    pub(crate) fn new(keyring: Keyring, api: Api, toasts: Toasts) -> Self {
        // A renewed token is the same person's: only coming and going is news.
        let held = memo(move || keyring.is_held());
        let session = Query::new(move || {
            // Read, not only tracked: a memo that nobody has read watches nothing.
            held.get();
            async move { api.session().await }
        });
        keyring.renew_in_time();
        Self { keyring, session, toasts }
    }

    /// Who is signed in.
    pub(crate) fn current() -> Self {
        expect_context()
    }

    /// What the API says of this session, with the ways for it to be loading or failing.
    pub(crate) fn session(self) -> Query<Session> {
        self.session
    }

    /// Who is signed in; none too while that isn't known.
    pub(crate) fn user(self) -> Option<User> {
        self.session.latest().and_then(|session| session.user)
    }

    /// Whether the person may; tracked.
    pub(crate) fn may(self, permission: Permission) -> Access {
        permission.in_session(self.session.latest().as_ref())
    }

    /// Why the person may not; none when they may.
    pub(crate) fn reason_against(self, permission: Permission) -> Signal<Option<String>> {
        derive(move || match self.session.progress() {
            Progress::Failed(_) => {
                Some("The server doesn’t say what you may do. Reload the page.".to_owned())
            }
            _ => permission.reason_against(&self.may(permission)),
        })
    }

    /// Why signing in isn't possible; none when it is.
    pub(crate) fn reason_against_sign_in(self) -> Option<String> {
        let session = self.session.latest()?;
        if session.sign_in_unavailable {
            Some("The sign-in service doesn’t answer at the moment. Reload the page in a while.".to_owned())
        } else if session.sign_in.is_none() {
            Some("Sign-in isn’t set up where this runs.".to_owned())
        } else if !browser::can_digest() {
            Some("Signing in needs HTTPS.".to_owned())
        } else {
            None
        }
    }

    /// Leaves for the issuer's page, to come back here.
    pub(crate) fn sign_in(self) {
        spawn(async move {
            if self.session.latest_untracked().is_none() {
                // Pressed before the first answer was there.
                self.session.refreshed().await;
            }
            let sign_in = self.session.latest_untracked().and_then(|session| session.sign_in);
            let left = match sign_in {
                Some(sign_in) => depart(&sign_in).await,
                None => None,
            };
            if left.is_none() {
                self.toasts
                    .failed("Signing in isn’t possible at the moment. Reload the page, then try again.");
            }
        });
    }

    /// Forgets the tokens and leaves for the issuer's page, so that it forgets the person too.
    pub(crate) fn sign_out(self) {
        let sign_in = self.session.latest_untracked().and_then(|session| session.sign_in);
        self.keyring.drop_tokens();
        let back = browser::origin().map(|origin| format!("{origin}{}", page::DIRECTORY));
        let end = sign_in.and_then(|sign_in| Some((sign_in.end_session_endpoint?, sign_in.client_id)));
        match (end, back) {
            (Some((endpoint, client_id)), Some(back)) => {
                browser::leave_for(&end_session_url(&endpoint, &client_id, &back));
            }
            _ => self.toasts.done("Signed out."),
        }
    }

    /// Redeems the code the browser came back with.
    async fn redeem(self, departure: &Departure, code: &str) -> Asked {
        let Some(redirect_uri) = redirect_uri() else { return Asked::Unreachable };
        let asked = ask(&departure.token_endpoint, &code_form(departure, code, &redirect_uri)).await;
        if let Asked::Granted(answer) = &asked {
            self.keyring.keep(Tokens::new(answer.clone(), departure, now()));
        }
        asked
    }
}

fn redirect_uri() -> Option<String> {
    browser::origin().map(|origin| format!("{origin}{}", page::SIGNED_IN))
}

/// Remembers where the browser was and sends it to the issuer; none when the browser can't.
async fn depart(sign_in: &SignIn) -> Option<()> {
    let departure = Departure {
        state: base64url(&browser::random()?),
        verifier: base64url(&browser::random()?),
        return_to: browser::here()?,
        client_id: sign_in.client_id.clone(),
        token_endpoint: sign_in.token_endpoint.clone(),
    };
    let challenge = base64url(&browser::sha256(&departure.verifier).await?);
    browser::write(DEPARTURE, &departure);
    browser::leave_for(&authorization_url(sign_in, &redirect_uri()?, &departure, &challenge));
    Some(())
}
