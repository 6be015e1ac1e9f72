//! A sign-in that is under way: begun by one browser, ended once.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_aws::records::{Key, Write};
use rollcall_error::Error;
use serde::{Deserialize, Serialize};

use super::{
    id::hash,
    store::{Sessions, seconds},
};

/// How long the issuer's pages may be looked at.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// What is remembered while a browser is at the issuer's pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Transaction {
    /// The hash of what tells the browser from others.
    pub(crate) browser: String,
    /// Proves that whoever redeems the code is who asked for it
    /// ([RFC 7636](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)).
    pub(crate) verifier: String,
    /// Comes back in the ID token, which is for this sign-in then.
    pub(crate) nonce: String,
    /// Where on this site to go on afterwards.
    pub(crate) return_to: String,
    pub(crate) expires_at: i64,
}

impl Transaction {
    pub(crate) fn expiry(now: Timestamp) -> i64 {
        now.as_second().saturating_add(seconds(LIFETIME))
    }
}

impl Sessions {
    /// Remembers a sign-in under its state.
    pub(crate) async fn remember(&self, state: &str, transaction: &Transaction) -> Result<(), Error> {
        let write = Write::create(key(state), transaction)?;
        Ok(self.records.write(vec![write]).await?)
    }

    /// What was remembered under a state, once.
    pub(crate) async fn recall(&self, state: &str, now: Timestamp) -> Result<Option<Transaction>, Error> {
        let found: Option<Transaction> = self.records.take(&key(state)).await?;
        Ok(found.filter(|transaction| now.as_second() < transaction.expires_at))
    }
}

fn key(state: &str) -> Key {
    Key::new(format!("sign-in/{}", hash(state.as_bytes())), "transaction")
}
