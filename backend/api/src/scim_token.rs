//! Tokens by which an identity provider keeps the directory.

use serde::{Deserialize, Serialize};

/// The longest name of a token, in characters.
pub const MAX_TOKEN_NAME: usize = 100;

/// The most tokens that one page may hold.
pub const MAX_PAGE_TOKENS: u32 = 50;

/// How many tokens a page holds when the request does not say.
pub const DEFAULT_PAGE_TOKENS: u32 = 20;

/// A token as it is listed: nobody can use it by what is told here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScimToken {
    /// By what it can be revoked.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Who made it.
    pub made_by: String,
    /// When that was, as RFC 3339 writes it.
    pub made_at: String,
    /// When it was last used, to a minute; none before that.
    pub last_used_at: Option<String>,
}

/// What is sent to make one: `POST /api/scim-tokens`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewScimToken {
    /// What it is for, such as the name of the provider.
    #[cfg_attr(feature = "openapi", schema(format = "line", min_length = 1, max_length = 100))]
    pub name: String,
}

/// A token that was just made: the only time that it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeScimToken {
    /// What the provider is given.
    pub token: String,
    /// Where the provider asks.
    pub base_url: String,
    #[serde(flatten)]
    pub described: ScimToken,
}

/// One page of `GET /api/scim-tokens`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScimTokenPage {
    pub tokens: Vec<ScimToken>,
    /// Pass this as `cursor` for the next page; none on the last one.
    pub next_cursor: Option<String>,
}
