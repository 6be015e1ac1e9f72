//! Who is signed in, what they may do, and which sessions there are.

use serde::{Deserialize, Serialize};

use crate::word::{Exact, Words};

/// The answer of `GET /api/session`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Session, bound = ""))]
#[serde(bound = "")]
pub struct Session<W: Words = Exact> {
    /// Whom the request's session or token names; none without one.
    pub user: Option<User>,
    /// Who may read the directory.
    #[cfg_attr(feature = "openapi", schema(value_type = Reading))]
    pub reading: W::Word<Reading>,
    /// Whether a browser can sign in here, at `/auth/sign-in`.
    pub can_sign_in: bool,
    /// Whether it can't be told at the moment who is signed in, since the issuer does not answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub user_not_known: bool,
}

/// Who may read the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::EnumString)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Reading {
    Open,
    SignedIn,
}

/// A signed-in person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// The name to show: user name or e-mail address.
    pub name: String,
    /// Whether they are in the group `Editors` and may change employees.
    pub may_edit: bool,
    /// Whether they are in the group `EC2Admins` and may operate the host.
    pub may_operate: bool,
}

/// Why nobody is signed in after all, as the page `/signed-in` is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum SignInProblem {
    /// The address counts once, and it has been opened, or too much time has gone by.
    Over,
    /// The browser brought no cookie along.
    NoCookie,
    /// Another browser began to sign in.
    OtherBrowser,
    /// The issuer lets the person in no more, or they turned back.
    Refused,
    /// The issuer does not answer.
    IssuerAway,
    /// What the issuer says is not valid here: of another application, or of another time.
    NotUnderstood,
    /// From where the browser is, more sign-ins were begun than may be in a minute.
    TooMany,
}

/// What is sent to sign out: `POST /auth/sign-out`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignOut {
    /// Whether to end every session of the person, on other machines too.
    #[serde(default)]
    pub everywhere: bool,
}

/// What signing out answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedOut {
    /// Where the issuer forgets the person as well, and sends the browser back; none where it has no such page.
    pub go_to: Option<String>,
}

/// The most sessions that one page may hold.
pub const MAX_PAGE_SESSIONS: u32 = 50;

/// How many sessions a page holds when the request does not say.
pub const DEFAULT_PAGE_SESSIONS: u32 = 20;

/// One page of `GET /api/sessions`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionPage {
    pub sessions: Vec<OpenSession>,
    /// Pass this as `cursor` for the next page; none on the last one.
    pub next_cursor: Option<String>,
}

/// A session that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenSession {
    /// By what it can be ended; nobody can be someone with it.
    pub id: String,
    /// Whose it is.
    pub name: String,
    /// The browser, as it calls itself.
    pub browser: String,
    /// When they proved who they are, as RFC 3339 writes it.
    pub signed_in_at: String,
    /// When something was last done in it, to a minute.
    pub seen_at: String,
    /// Whether it is the one that asks.
    pub this: bool,
}
