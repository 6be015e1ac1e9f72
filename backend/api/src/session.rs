//! Who is signed in, what they may do, and how to sign in.

use serde::{Deserialize, Serialize};

use crate::word::{Exact, Words};

/// The answer of `GET /api/session`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Session<W: Words = Exact> {
    /// Who the request's token names; none without a token.
    pub user: Option<User>,
    /// Who may read the directory.
    pub reading: W::Word<Reading>,
    /// How a browser signs in; none where sign-in is not set up, and while that can't be told.
    pub sign_in: Option<SignIn>,
    /// Whether the issuer of tokens doesn't answer now, so that neither user nor sign-in can be told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sign_in_unavailable: bool,
}

/// Who may read the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::EnumString)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Reading {
    Open,
    SignedIn,
}

/// A signed-in person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The name to show: user name or e-mail address.
    pub name: String,
    /// Whether they are in the group `Editors` and may change employees.
    pub may_edit: bool,
    /// Whether they are in the group `EC2Admins` and may operate the host.
    pub may_operate: bool,
}

/// What a browser needs for the authorization code flow with PKCE (RFC 7636).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// This site's client id at the issuer.
    pub client_id: String,
    /// Where to send the browser to sign in.
    pub authorization_endpoint: String,
    /// Where to exchange the code for tokens.
    pub token_endpoint: String,
    /// Where to send the browser to sign out; none when the issuer has no such page.
    pub end_session_endpoint: Option<String>,
    /// The scopes to ask for, separated by spaces.
    pub scopes: String,
}
