//! OpenID Connect's authorization code flow with PKCE (RFC 7636), and the tokens it gives.
//!
//! The browser leaves for the issuer's page, comes back to `/signed-in` with a code, and redeems it for tokens, which
//! stay in this tab's session storage.

mod browser;
mod keyring;
mod pkce;
mod redirect;
mod tokens;

pub(crate) use self::{
    browser::can_digest,
    keyring::{Keyring, TokenOutcome},
    pkce::{Redirect, read_redirect, safe_return},
    redirect::{leave_to_sign_in, leave_to_sign_out, take_pending},
};
