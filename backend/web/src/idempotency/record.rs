//! What is kept under a key, and what it means for a request that comes with it. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a key counts: whoever repeats a request a day later means another one.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How long a request holds its key that neither answered nor let go of it, since its process died: longer than any request may
/// take, so that no two are ever at work ([`super::layer`] gives one up before).
const HELD_FOR: SignedDuration = SignedDuration::from_secs(30);

/// A key that is in use, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Which attempt holds it: whoever gets no answer to their own write finds themselves here.
    pub(super) owner: Uuid,
    /// The hash of all that tells the request from others but its body.
    pub(super) request: String,
    /// Until when it is held without an answer.
    pub(super) held_until: Timestamp,
    /// What was answered, sealed; none before that.
    #[serde(default)]
    pub(super) answer: Option<String>,
    pub(super) version: u64,
    /// When it is over, in seconds of Unix time. DynamoDB deletes it some time later.
    pub(super) expires_at: i64,
}

/// What is to be done with a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// It holds the key already.
    Go,
    /// It is to take the key, by this version.
    Take(u64),
    /// Another attempt is at work.
    Wait,
    /// It is another request than the one that the key was for.
    Refuse,
    /// It was answered: this is sealed.
    Answer(&'a str),
}

impl Record {
    /// The key of a request, taken at `now`.
    pub(super) fn taken(owner: Uuid, request: String, version: u64, now: Timestamp) -> Self {
        let after = |duration| now.checked_add(duration).unwrap_or(Timestamp::MAX);
        Self {
            owner,
            request,
            held_until: after(HELD_FOR),
            answer: None,
            version,
            expires_at: after(KEPT_FOR).as_second(),
        }
    }

    /// What becomes of a request that comes with this key.
    pub(super) fn step(&self, owner: Uuid, request: &str, now: Timestamp) -> Step<'_> {
        if self.owner == owner {
            return Step::Go;
        }
        let is_let_go = self.answer.is_none() && self.held_until <= now;
        if is_let_go || self.expires_at <= now.as_second() {
            return Step::Take(self.version.saturating_add(1));
        }
        match &self.answer {
            _ if self.request != request => Step::Refuse,
            Some(sealed) => Step::Answer(sealed),
            None => Step::Wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Uuid = Uuid::from_u128(1);
    const SECOND: Uuid = Uuid::from_u128(2);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn taken() -> Record {
        Record::taken(FIRST, "POST /a".to_owned(), 7, at(0))
    }

    fn answered() -> Record {
        Record { answer: Some("sealed".to_owned()), ..taken() }
    }

    #[test]
    fn of_two_attempts_the_second_waits_for_the_first() {
        assert_eq!(taken().step(SECOND, "POST /a", at(29)), Step::Wait);
        assert_eq!(taken().step(FIRST, "POST /a", at(1)), Step::Go);
    }

    #[test]
    fn a_key_whose_holder_died_is_free_after_half_a_minute() {
        assert_eq!(taken().step(SECOND, "POST /a", at(30)), Step::Take(8));
        assert_eq!(taken().step(SECOND, "POST /b", at(30)), Step::Take(8));
    }

    #[test]
    fn the_same_request_has_the_same_answer_for_a_day() {
        assert_eq!(answered().step(SECOND, "POST /a", at(86_399)), Step::Answer("sealed"));
        assert_eq!(answered().step(SECOND, "POST /a", at(86_400)), Step::Take(8));
    }

    #[test]
    fn a_key_is_for_one_request() {
        assert_eq!(answered().step(SECOND, "POST /b", at(1)), Step::Refuse);
        assert_eq!(taken().step(SECOND, "POST /b", at(1)), Step::Refuse);
    }
}
