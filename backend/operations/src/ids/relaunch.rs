//! What identifies a relaunch, and each of its attempts to launch.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use rollcall_web::declared::{self, formatted};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::openapi::Object;
use uuid::{NoContext, Uuid};

/// A relaunch's id: a UUID of version 7 ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562#section-5.7)),
/// so that ids sort by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RelaunchId(Uuid);

impl RelaunchId {
    /// A new id for a relaunch asked for at `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
        Self(Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanoseconds)))
    }
}

impl fmt::Display for RelaunchId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}

impl declared::Segment for RelaunchId {
    fn schema() -> Object {
        formatted("relaunch-id")
    }
}

impl FromStr for RelaunchId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::try_parse(text).map(Self)
    }
}

/// More attempts than a relaunch makes: one for each of six instance types in each subnet.
const MAX_ATTEMPTS: u32 = 64;

/// The token that makes a repeated `RunInstances` the same call: derived from the attempt, so that whoever
/// resumes it uses the same one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientToken(String);

impl ClientToken {
    /// The token of the `attempt`th attempt of a relaunch: 64 ASCII characters, the most EC2 takes
    /// ([idempotency](https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html)).
    #[must_use]
    pub fn derive(relaunch: RelaunchId, attempt: u32) -> Self {
        Self(hex(&Sha256::digest(format!("{relaunch}/{attempt}"))))
    }

    /// Whether `text` is the token of one of the attempts of a relaunch.
    #[must_use]
    pub fn is_of(text: &str, relaunch: RelaunchId) -> bool {
        (1..=MAX_ATTEMPTS).any(|attempt| Self::derive(relaunch, attempt).0 == text)
    }

    /// The token as EC2 takes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let early = RelaunchId::new(Timestamp::from_second(1_000).expect("a time"));
        let late = RelaunchId::new(Timestamp::from_second(2_000).expect("a time"));
        assert!(early.to_string() < late.to_string());
    }

    #[test]
    fn a_token_is_the_same_for_whoever_derives_it_and_another_for_each_attempt() {
        let id = RelaunchId::new(Timestamp::UNIX_EPOCH);
        assert_eq!(ClientToken::derive(id, 1), ClientToken::derive(id, 1));
        assert_ne!(ClientToken::derive(id, 1), ClientToken::derive(id, 2));
        assert_eq!(ClientToken::derive(id, 1).as_str().len(), 64);
    }

    #[test]
    fn bytes_are_written_as_two_digits_each() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
    }
}
