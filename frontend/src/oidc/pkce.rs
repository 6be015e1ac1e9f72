//! What is sent to the issuer in the authorization code flow with PKCE (RFC 7636), and what comes back.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rollcall_api::session::SignIn;
use serde::{Deserialize, Serialize};

use crate::paths::{page, with_query};

/// What is remembered while the browser is away at the issuer's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PendingSignIn {
    /// Comes back unchanged, or the answer is not to this question.
    pub(crate) state: String,
    /// Proves that whoever redeems the code is who asked for it.
    pub(super) verifier: String,
    /// Where on this site to go on afterwards.
    pub(crate) return_to: String,
    /// The issuer as it was when the browser left.
    pub(super) client_id: String,
    /// Where to redeem the code.
    pub(super) token_endpoint: String,
}

/// What the issuer sent the browser back with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Redirect {
    /// The code, to be redeemed.
    Code(String),
    Refused(String),
    /// The answer belongs to no sign-in that this tab began.
    Unasked,
}

/// Bytes as base64url without padding (RFC 7636, appendix A).
pub(super) fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The issuer's page to sign in at.
pub(super) fn authorization_url(
    sign_in: &SignIn,
    redirect_uri: &str,
    pending: &PendingSignIn,
    challenge: &str,
) -> String {
    with_query(
        &sign_in.authorization_endpoint,
        &[
            ("response_type", Some("code")),
            ("client_id", Some(&sign_in.client_id)),
            ("redirect_uri", Some(redirect_uri)),
            ("scope", Some(&sign_in.scopes)),
            ("state", Some(&pending.state)),
            ("code_challenge", Some(challenge)),
            ("code_challenge_method", Some("S256")),
        ],
    )
}

/// The issuer's page to sign out at, which then sends the browser to `back`.
pub(super) fn end_session_url(endpoint: &str, client_id: &str, back: &str) -> String {
    // Cognito reads `logout_uri`, OpenID Connect's own RP-initiated logout `post_logout_redirect_uri`.
    with_query(
        endpoint,
        &[
            ("client_id", Some(client_id)),
            ("logout_uri", Some(back)),
            ("post_logout_redirect_uri", Some(back)),
        ],
    )
}

/// What the redirect's parameters mean to the tab that left with `state`.
pub(crate) fn read_redirect(
    left_with: Option<&str>,
    state: Option<&str>,
    code: Option<&str>,
    error: Option<&str>,
) -> Redirect {
    match (left_with, state) {
        (Some(sent), Some(received)) if sent == received => {}
        _ => return Redirect::Unasked,
    }
    match (code, error) {
        (Some(code), None) => Redirect::Code(code.to_owned()),
        (_, Some(error)) => Redirect::Refused(error.to_owned()),
        (None, None) => Redirect::Unasked,
    }
}

/// The form that redeems a code.
pub(super) fn code_form(pending: &PendingSignIn, code: &str, redirect_uri: &str) -> String {
    form(&[
        ("grant_type", "authorization_code"),
        ("client_id", &pending.client_id),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", &pending.verifier),
    ])
}

/// The form that renews an access token.
pub(super) fn refresh_form(client_id: &str, refresh_token: &str) -> String {
    form(&[("grant_type", "refresh_token"), ("client_id", client_id), ("refresh_token", refresh_token)])
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Where to go after sign-in: a page of this site, and not the one that takes the code.
pub(crate) fn safe_return(path: &str) -> &str {
    let here = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    if here && !path.starts_with(page::SIGNED_IN) { path } else { page::DIRECTORY }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending() -> PendingSignIn {
        PendingSignIn {
            state: "s 1".to_owned(),
            verifier: "v".to_owned(),
            return_to: "/".to_owned(),
            client_id: "c&1".to_owned(),
            token_endpoint: "https://issuer/token".to_owned(),
        }
    }

    #[test]
    fn the_authorization_request_names_the_challenge_and_not_the_verifier() {
        let sign_in = SignIn {
            client_id: "c&1".to_owned(),
            authorization_endpoint: "https://issuer/authorize".to_owned(),
            token_endpoint: "https://issuer/token".to_owned(),
            end_session_endpoint: None,
            scopes: "openid email".to_owned(),
        };
        let url = authorization_url(&sign_in, "http://127.0.0.1:8080/signed-in", &pending(), "ch");
        assert_eq!(
            url,
            "https://issuer/authorize?response_type=code&client_id=c%261\
             &redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Fsigned-in&scope=openid+email&state=s+1\
             &code_challenge=ch&code_challenge_method=S256"
        );
    }

    #[test]
    fn the_example_of_the_rfc_is_encoded_as_it_says() {
        let octets = [3, 236, 255, 224, 193];
        assert_eq!(base64url(&octets), "A-z_4ME");
    }

    #[test]
    fn an_answer_with_another_state_is_not_believed() {
        assert_eq!(
            read_redirect(Some("s"), Some("s"), Some("code"), None),
            Redirect::Code("code".to_owned())
        );
        assert_eq!(read_redirect(Some("s"), Some("other"), Some("code"), None), Redirect::Unasked);
        assert_eq!(read_redirect(None, Some("s"), Some("code"), None), Redirect::Unasked);
        assert_eq!(read_redirect(Some("s"), None, Some("code"), None), Redirect::Unasked);
    }

    #[test]
    fn a_refusal_is_told_with_its_reason() {
        let refused = read_redirect(Some("s"), Some("s"), None, Some("access_denied"));
        assert_eq!(refused, Redirect::Refused("access_denied".to_owned()));
    }

    #[test]
    fn nobody_is_sent_to_another_site_after_sign_in() {
        for path in ["https://evil.example/", "//evil.example", "/\\evil.example", "", "/signed-in?code=1"] {
            assert_eq!(safe_return(path), "/", "{path}");
        }
        assert_eq!(safe_return("/operations?x=1"), "/operations?x=1");
    }

    #[test]
    fn the_code_is_redeemed_with_the_verifier() {
        assert_eq!(
            code_form(&pending(), "k", "http://h/signed-in"),
            "grant_type=authorization_code&client_id=c%261&code=k&redirect_uri=http%3A%2F%2Fh%2Fsigned-in\
             &code_verifier=v"
        );
    }
}
