//! Signing in and out, and what the person may do.

use leptos::{ev, prelude::*};
use rollcall_api::session::User;

use super::access::{Access, Permission};
use crate::{
    api::{Api, Session},
    erased::{derive, memo, spawn},
    oidc::{self, Keyring},
    ui::{
        query::{Progress, Query},
        sign_in::SignInAction,
        toast::Toasts,
    },
};

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
        // On the way back the browser may show a page as it was left. It must not go on being that of someone who signed
        // out in the other part of the site.
        window_event_listener(ev::pageshow, move |event| {
            if event.persisted() && keyring.is_outdated() {
                location().reload().ok();
            }
        });
        Self { keyring, session, toasts }
    }

    /// Who is signed in.
    pub(crate) fn current() -> Self {
        expect_context()
    }

    /// The tokens of whoever is signed in.
    pub(super) fn keyring(self) -> Keyring {
        self.keyring
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

    /// What a button to sign in needs.
    pub(crate) fn sign_in_action(self) -> SignInAction {
        SignInAction {
            blocked: derive(move || self.reason_against_sign_in()),
            begin: Callback::new(move |()| self.sign_in()),
        }
    }

    /// Why signing in isn't possible; none when it is.
    fn reason_against_sign_in(self) -> Option<String> {
        let session = self.session.latest()?;
        if session.sign_in_unavailable {
            Some("The sign-in service doesn’t answer at the moment. Reload the page in a while.".to_owned())
        } else if session.sign_in.is_none() {
            Some("Sign-in isn’t set up where this runs.".to_owned())
        } else if !oidc::can_digest() {
            Some("Signing in needs HTTPS.".to_owned())
        } else {
            None
        }
    }

    /// Leaves for the issuer's page, to come back here.
    fn sign_in(self) {
        spawn(async move {
            if self.session.latest_untracked().is_none() {
                // Pressed before the first answer was there.
                self.session.refreshed().await;
            }
            let sign_in = self.session.latest_untracked().and_then(|session| session.sign_in);
            let left = match sign_in {
                Some(sign_in) => oidc::leave_to_sign_in(&sign_in).await,
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
        if oidc::leave_to_sign_out(sign_in).is_none() {
            self.toasts.done("Signed out.");
        }
    }
}
