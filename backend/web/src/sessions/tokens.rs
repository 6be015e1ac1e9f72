//! Where the tokens of providers are kept: beside the sessions, under keys of their own, and without a time at which they go.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_aws::records::{Key, Page, Records, Write};
use rollcall_error::{Error, source_chain};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{store::Sessions, token::Token};
use crate::person::Person;

/// The list of all tokens.
const LIST: &str = "scim-tokens";

/// How often it is noted that a token is in use.
const NOTED_EVERY: Duration = Duration::from_secs(60);

/// A token, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stored {
    /// Where it stands in the list.
    pub(crate) place: Uuid,
    pub(crate) name: String,
    /// Who made it.
    pub(crate) by: Person,
    pub(crate) made_at: Timestamp,
    /// When it was last used, to a minute.
    #[serde(default)]
    pub(crate) used_at: Option<Timestamp>,
    pub(crate) version: u64,
}

/// What the list has of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub(crate) place: Uuid,
    /// By what the table knows the token.
    pub(crate) hash: String,
}

impl Sessions {
    /// Makes a token, and has the audit log tell of it in the same transaction.
    pub(crate) async fn make_token(
        &self,
        (name, by): (String, Person),
        now: Timestamp,
        (log, entry): (&Records, impl FnOnce(&Stored) -> Result<Write, Error>),
    ) -> Result<(Token, Stored), Error> {
        let token = Token::random().map_err(Error::broken)?;
        let stored = Stored { place: Uuid::now_v7(), name, by, made_at: now, used_at: None, version: 1 };
        let listed = Listed { place: stored.place, hash: token.hash() };
        let writes = vec![
            Write::create(key(&listed.hash), &stored)?,
            Write::create(Key::new(LIST, listed.place.to_string()), &listed)?,
        ];
        self.records.write_with(writes, (log, vec![entry(&stored)?])).await?;
        Ok((token, stored))
    }

    /// Takes a token back, and has the audit log tell of it. Answers the one that it was; none where there is none.
    pub(crate) async fn revoke_token(
        &self,
        place: Uuid,
        (log, entry): (&Records, impl FnOnce(&Stored) -> Result<Write, Error>),
    ) -> Result<Option<Stored>, Error> {
        let listed: Option<Listed> = self.records.get(&Key::new(LIST, place.to_string())).await?;
        let Some(listed) = listed else { return Ok(None) };
        let Some(stored) = self.token_with_hash(&listed.hash).await? else { return Ok(None) };
        let writes =
            vec![Write::delete(key(&listed.hash)), Write::delete(Key::new(LIST, listed.place.to_string()))];
        self.records.write_with(writes, (log, vec![entry(&stored)?])).await?;
        Ok(Some(stored))
    }

    /// The tokens there are, newest first, behind a place of the list.
    pub(crate) async fn tokens(&self, limit: u32, after: Option<String>) -> Result<Page<Listed>, Error> {
        Ok(self.records.newest(LIST, limit, after).await?)
    }

    pub(crate) async fn token_with_hash(&self, hash: &str) -> Result<Option<Stored>, Error> {
        Ok(self.records.get(&key(hash)).await?)
    }

    /// The token that someone shows, if there is such a one; that it is used is noted once a minute.
    pub(crate) async fn token_in_use(&self, token: &Token, now: Timestamp) -> Result<Option<Stored>, Error> {
        let hash = token.hash();
        let Some(stored) = self.token_with_hash(&hash).await? else { return Ok(None) };
        let age = |used: Timestamp| Duration::try_from(now.duration_since(used)).unwrap_or_default();
        if stored.used_at.is_none_or(|used| age(used) >= NOTED_EVERY) {
            let version = stored.version.saturating_add(1);
            let used = Stored { used_at: Some(now), version, ..stored.clone() };
            // Whoever comes second has nothing to add, and nobody is refused since it could not be noted.
            if let Err(error) = self.records.put_version(&key(&hash), &used, version).await {
                tracing::warn!(error = source_chain(&error), "it is not noted that a SCIM token is in use");
            }
        }
        Ok(Some(stored))
    }
}

fn key(hash: &str) -> Key {
    Key::new(format!("scim-token/{hash}"), "token")
}
