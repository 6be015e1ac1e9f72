//! Signing in and out, and what the person may do.

use leptos::{ev, prelude::*};
use rollcall_api::session::User;

use super::{
    access::{Access, Permission},
    other_tabs,
};
use crate::{
    api::{Api, Session},
    erased::{derive, effect, memo, on_change, spawn},
    paths::page,
    ui::{
        query::{Progress, Query},
        sign_in::SignInAction,
        toast::Toasts,
    },
};

/// Who is signed in, for every part of the page.
#[derive(Clone, Copy)]
pub(crate) struct SignedIn {
    api: Api,
    session: Query<Session>,
    /// Whether someone was signed in on this page, and has not signed out here.
    was_signed_in: StoredValue<bool>,
    /// Whether that one is signed in no more, as far as is known.
    interrupted: Memo<bool>,
    toasts: Toasts,
}

impl SignedIn {
    /// Asks the API who is signed in, and again whenever that may have changed.
    pub(crate) fn new(api: Api, toasts: Toasts) -> Self {
        let session = Query::new(move || api.session());
        let was_signed_in = StoredValue::new(false);
        let interrupted = memo(move || match session.latest() {
            Some(Session { user: Some(_), .. }) => {
                was_signed_in.set_value(true);
                false
            }
            Some(Session { user: None, .. }) => was_signed_in.get_value(),
            None => false,
        });
        let signed_in = Self { api, session, was_signed_in, interrupted, toasts };
        on_change(memo(move || api.refusals()), move |_| session.refresh());
        effect(move || {
            if let Some(Session { user, user_not_known: false, .. }) = session.latest() {
                other_tabs::tell(&user.map(|user| user.name).unwrap_or_default());
            }
        });
        other_tabs::on_news(move || session.refresh());
        window_event_listener(ev::visibilitychange, move |_| {
            // The session may have ended meanwhile.
            if !document().hidden() {
                session.refresh();
            }
        });
        // On the way back the browser may show a page as it was left. It must not go on being that of someone who signed
        // out since.
        window_event_listener(ev::pageshow, move |event| {
            if event.persisted() {
                spawn(signed_in.reload_for_someone_else());
            }
        });
        signed_in
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

    /// Whether the session ended while this page was open, or can't be told to go on; tracked.
    pub(crate) fn is_interrupted(self) -> bool {
        self.interrupted.get()
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
            begin: Callback::new(move |()| {
                location().assign(&page::sign_in(&here())).ok();
            }),
            done: memo(move || self.user().is_some()),
        }
    }

    /// Why signing in isn't possible; none when it is.
    fn reason_against_sign_in(self) -> Option<String> {
        let session = self.session.latest()?;
        if session.user_not_known {
            Some("The sign-in service doesn’t answer at the moment. Reload the page in a while.".to_owned())
        } else if !session.can_sign_in {
            Some("Sign-in isn’t set up where this runs.".to_owned())
        } else {
            None
        }
    }

    /// Leaves for a fresh sign-in, to come back to this page.
    pub(crate) fn sign_in_again(self) {
        location().assign(&page::sign_in_again(&here())).ok();
    }

    /// Ends the session, and leaves for the issuer's page, so that it forgets the person too.
    pub(crate) fn sign_out(self) {
        self.leave(false);
    }

    /// The same with every session of the person, on other machines too.
    pub(crate) fn sign_out_everywhere(self) {
        self.leave(true);
    }

    fn leave(self, everywhere: bool) {
        spawn(async move {
            match self.api.sign_out(everywhere).await {
                Ok(signed_out) => match signed_out.go_to {
                    Some(address) => {
                        location().assign(&address).ok();
                    }
                    None => {
                        self.was_signed_in.set_value(false);
                        self.session.change(|session| session.user = None);
                        self.toasts.done("Signed out.");
                    }
                },
                Err(error) => self.toasts.failed(error.message()),
            }
        });
    }

    async fn reload_for_someone_else(self) {
        let user = || self.session.latest_untracked().and_then(|session| session.user);
        let before = user();
        self.session.refreshed().await;
        if user() != before {
            location().reload().ok();
        }
    }
}

/// Where on this site the browser is.
fn here() -> String {
    let location = location();
    let parts = [location.pathname(), location.search(), location.hash()];
    parts.into_iter().flatten().collect()
}
