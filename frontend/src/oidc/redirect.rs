//! Leaving for the issuer's pages, and what is remembered meanwhile.

use rollcall_api::session::SignIn;

use super::{
    browser,
    pkce::{PendingSignIn, authorization_url, base64url, end_session_url},
};
use crate::paths::page;

/// Where this tab keeps the sign-in that it left for the issuer's page with.
const PENDING: &str = "rollcall.pending-sign-in";

/// Where the issuer sends the browser back to.
pub(super) fn redirect_uri() -> Option<String> {
    browser::origin().map(|origin| format!("{origin}{}", page::SIGNED_IN))
}

/// Remembers where the browser was and sends it to the issuer's page; none when the browser can't.
pub(crate) async fn leave_to_sign_in(sign_in: &SignIn) -> Option<()> {
    let pending = PendingSignIn {
        state: base64url(&browser::random()?),
        verifier: base64url(&browser::random()?),
        return_to: browser::here()?,
        client_id: sign_in.client_id.clone(),
        token_endpoint: sign_in.token_endpoint.clone(),
    };
    let challenge = base64url(&browser::sha256(&pending.verifier).await?);
    browser::write(PENDING, &pending);
    browser::leave_for(&authorization_url(sign_in, &redirect_uri()?, &pending, &challenge));
    Some(())
}

/// The sign-in that this tab left with, which can be gone on with once.
pub(crate) fn take_pending() -> Option<PendingSignIn> {
    let pending = browser::read(PENDING);
    browser::remove(PENDING);
    pending
}

/// Sends the browser to the issuer's page that ends its session too; none where the issuer has none.
pub(crate) fn leave_to_sign_out(sign_in: Option<SignIn>) -> Option<()> {
    let SignIn { end_session_endpoint, client_id, .. } = sign_in?;
    let back = format!("{}{}", browser::origin()?, page::DIRECTORY);
    browser::leave_for(&end_session_url(&end_session_endpoint?, &client_id, &back));
    Some(())
}
