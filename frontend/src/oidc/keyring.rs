//! Keeps the tokens, and renews them before they expire.

use std::rc::Rc;

use futures_util::lock::Mutex;
use gloo_net::http::Request;
use gloo_timers::future::sleep;
use jiff::SignedDuration;
use leptos::prelude::*;
use web_sys::AbortSignal;

use super::{
    browser,
    pkce::{PendingSignIn, code_form, refresh_form},
    redirect::redirect_uri,
    tokens::{TokenAnswer, Tokens},
};
use crate::{clock::now, erased::spawn, json};

/// Where this tab keeps the tokens.
const KEY: &str = "rollcall.tokens";

/// How long the issuer may take, in milliseconds.
const ISSUER_MS: u32 = 15_000;

/// The longest time between two looks at the token's age.
const CHECK_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// How soon the issuer is asked again when it did not answer.
const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// The tokens of whoever is signed in.
#[derive(Clone, Copy)]
pub(crate) struct Keyring {
    tokens: RwSignal<Option<Tokens>>,
    /// Held while renewing, so that calls made together renew once.
    renewing: StoredValue<Rc<Mutex<()>>, LocalStorage>,
}

/// What came of asking the issuer for tokens.
pub(crate) enum TokenOutcome<T> {
    Granted(T),
    /// The issuer won't: the code or the refresh token counts no more.
    Refused,
    /// The issuer did not answer; asking again may help.
    Unreachable,
}

impl Keyring {
    /// The tokens this tab kept, when it was reloaded.
    pub(crate) fn restored() -> Self {
        Self { tokens: RwSignal::new(browser::read(KEY)), renewing: StoredValue::new_local(Rc::default()) }
    }

    /// Whether someone is signed in, as far as this tab knows.
    pub(crate) fn is_held(self) -> bool {
        self.tokens.with(Option::is_some)
    }

    /// Whether another page of this tab has since signed in or out, or renewed the tokens.
    pub(crate) fn is_outdated(self) -> bool {
        self.tokens.with_untracked(|held| *held != browser::read(KEY))
    }

    /// The token to send, renewed if it is about to expire; none when nobody is signed in.
    pub(crate) async fn bearer(self) -> Option<String> {
        let tokens = self.tokens.get_untracked()?;
        if tokens.is_due(now()) {
            return self.renew_unless_changed(&tokens.access_token).await;
        }
        Some(tokens.access_token)
    }

    /// A token other than `stale`: what another call got meanwhile, or what the issuer gives now.
    pub(crate) async fn renew_unless_changed(self, stale: &str) -> Option<String> {
        let renewing = self.renewing.get_value();
        let _only_one = renewing.lock().await;
        let tokens = self.tokens.get_untracked()?;
        if tokens.access_token != stale {
            return Some(tokens.access_token);
        }
        let Some(refresh_token) = &tokens.refresh_token else {
            self.drop_tokens();
            return None;
        };
        let form = refresh_form(&tokens.client_id, refresh_token);
        match request_tokens(&tokens.token_endpoint, &form).await {
            TokenOutcome::Granted(answer) => {
                let renewed = tokens.renewed(answer, now());
                let bearer = renewed.access_token.clone();
                self.keep(renewed);
                Some(bearer)
            }
            TokenOutcome::Refused => {
                self.drop_tokens();
                None
            }
            TokenOutcome::Unreachable => Some(tokens.access_token),
        }
    }

    /// Redeems the code that the issuer sent the browser back with.
    pub(crate) async fn redeem(self, pending: &PendingSignIn, code: &str) -> TokenOutcome<()> {
        let Some(redirect_uri) = redirect_uri() else { return TokenOutcome::Unreachable };
        match request_tokens(&pending.token_endpoint, &code_form(pending, code, &redirect_uri)).await {
            TokenOutcome::Granted(answer) => {
                self.keep(Tokens::new(answer, pending, now()));
                TokenOutcome::Granted(())
            }
            TokenOutcome::Refused => TokenOutcome::Refused,
            TokenOutcome::Unreachable => TokenOutcome::Unreachable,
        }
    }

    /// Keeps these tokens, and renews them in time while the page is open.
    fn keep(self, tokens: Tokens) {
        browser::write(KEY, &tokens);
        self.tokens.set(Some(tokens));
    }

    pub(crate) fn drop_tokens(self) {
        browser::remove(KEY);
        self.tokens.set(None);
    }

    /// Renews the token shortly before it expires, for as long as the page is open.
    pub(crate) fn renew_in_time(self) {
        spawn(async move {
            loop {
                let due =
                    self.tokens.with_untracked(|tokens| tokens.as_ref().map(|tokens| tokens.due_in(now())));
                // Not one long wait, since a timer stands still while the machine sleeps.
                let wait = due.unwrap_or(CHECK_EVERY).clamp(RETRY_AFTER, CHECK_EVERY);
                sleep(wait.unsigned_abs()).await;
                // Asking for the token renews it when it is due.
                self.bearer().await;
            }
        });
    }
}

async fn request_tokens(token_endpoint: &str, form: &str) -> TokenOutcome<TokenAnswer> {
    let request = Request::post(token_endpoint)
        .header("content-type", "application/x-www-form-urlencoded")
        .abort_signal(Some(&AbortSignal::timeout_with_u32(ISSUER_MS)))
        .body(form);
    let Ok(request) = request else { return TokenOutcome::Unreachable };
    let Ok(answer) = request.send().await else { return TokenOutcome::Unreachable };
    if !answer.ok() {
        // RFC 6749, section 5.2: a code or token that doesn't count is answered with 400 or 401.
        return if (400..500).contains(&answer.status()) {
            TokenOutcome::Refused
        } else {
            TokenOutcome::Unreachable
        };
    }
    let Ok(text) = answer.text().await else { return TokenOutcome::Unreachable };
    json::read(&text).map_or(TokenOutcome::Unreachable, TokenOutcome::Granted)
}
