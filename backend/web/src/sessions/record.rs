//! What is known of a session, and whether it counts. Pure.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::person::Person;

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For how long nothing may be done in one.
    pub idle: Duration,
    /// How long one lasts, whatever is done in it.
    pub lifetime: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        Self { idle: MINUTE * 60, lifetime: MINUTE * 60 * 12 }
    }
}

/// How old what the issuer said of someone may be before they change something: whoever is taken out of a group changes
/// nothing more after it.
const VOUCHED_FOR_CHANGES: Duration = Duration::from_secs(4);

/// The same for whoever only reads.
const VOUCHED_FOR_READING: Duration = Duration::from_secs(60);

/// For how long a session goes on while the issuer does not answer.
const WITHOUT_ISSUER: Duration = Duration::from_secs(5 * 60);

/// How long nobody asks the issuer for a session again after it did not answer: whoever goes on working must not wait for it
/// at each change.
const SILENT_FOR: Duration = Duration::from_secs(15);

/// How often it is noted that a session is in use.
const NOTED_EVERY: Duration = Duration::from_secs(60);

/// A session, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) person: Person,
    /// When they proved who they are; none where the issuer does not tell.
    pub(crate) signed_in_at: Option<Timestamp>,
    pub(crate) began_at: Timestamp,
    /// When something was last done in it, to a minute.
    pub(crate) seen_at: Timestamp,
    /// When the issuer last said who they are, and in which groups.
    pub(crate) vouched_at: Timestamp,
    /// Until when somebody asks the issuer at this moment.
    #[serde(default)]
    pub(crate) asking_until: Option<Timestamp>,
    /// When the issuer was last asked in vain; none once it has answered.
    #[serde(default)]
    pub(crate) silent_at: Option<Timestamp>,
    /// What the issuer gives its next word for, sealed by the session's id; none where it gave none.
    #[serde(default)]
    pub(crate) refresh: Option<String>,
    /// The browser, as it calls itself.
    pub(crate) browser: String,
    /// Where it stands in the lists of sessions.
    pub(crate) place: String,
    pub(crate) version: u64,
    /// When DynamoDB deletes it, in seconds of Unix time.
    pub(crate) expires_at: i64,
}

/// What is to be done before a session counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is over.
    End,
    /// It counts; and it is to be noted that it is in use, if so.
    Count { note: bool },
    /// The issuer is asked first.
    Ask,
    /// Somebody else asks the issuer just now, and is waited for.
    Wait,
}

impl Session {
    /// What is to be done for a request that changes something, or only reads.
    pub(crate) fn step(&self, limits: Limits, changes: bool, now: Timestamp) -> Step {
        let age = |since: Timestamp| Duration::try_from(now.duration_since(since)).unwrap_or_default();
        if age(self.began_at) >= limits.lifetime || age(self.seen_at) >= limits.idle {
            return Step::End;
        }
        let good_for = if changes { VOUCHED_FOR_CHANGES } else { VOUCHED_FOR_READING };
        let is_silent =
            self.silent_at.is_some_and(|since| age(since) < SILENT_FOR) && self.bears_silence(now);
        if self.refresh.is_none() || age(self.vouched_at) < good_for || is_silent {
            return Step::Count { note: age(self.seen_at) >= NOTED_EVERY };
        }
        match self.asking_until {
            Some(until) if now < until && changes => Step::Wait,
            Some(until) if now < until => Step::Count { note: false },
            _ => Step::Ask,
        }
    }

    /// Whether it goes on though the issuer does not answer.
    pub(crate) fn bears_silence(&self, now: Timestamp) -> bool {
        Duration::try_from(now.duration_since(self.vouched_at)).unwrap_or_default() < WITHOUT_ISSUER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits =
        Limits { idle: Duration::from_secs(3600), lifetime: Duration::from_secs(12 * 3600) };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn session() -> Session {
        Session {
            person: Person {
                name: "Ada".to_owned(),
                issuer: "https://issuer.example".to_owned(),
                subject: "7".to_owned(),
                groups: Vec::new(),
                email: None,
            },
            signed_in_at: Some(at(0)),
            began_at: at(0),
            seen_at: at(0),
            vouched_at: at(0),
            asking_until: None,
            silent_at: None,
            refresh: Some("sealed".to_owned()),
            browser: String::new(),
            place: String::new(),
            version: 1,
            expires_at: 0,
        }
    }

    #[test]
    fn a_session_ends_after_an_hour_of_nothing_and_after_twelve_of_anything() {
        let used = Session { seen_at: at(43_000), vouched_at: at(43_190), ..session() };
        assert_eq!(session().step(LIMITS, false, at(3_599)), Step::Ask);
        assert_eq!(session().step(LIMITS, false, at(3_600)), Step::End);
        assert_eq!(used.step(LIMITS, false, at(43_199)), Step::Count { note: true });
        assert_eq!(used.step(LIMITS, false, at(43_200)), Step::End);
    }

    #[test]
    fn who_changes_something_was_vouched_for_a_moment_ago() {
        assert_eq!(session().step(LIMITS, true, at(3)), Step::Count { note: false });
        assert_eq!(session().step(LIMITS, true, at(4)), Step::Ask);
        assert_eq!(session().step(LIMITS, false, at(59)), Step::Count { note: false });
        assert_eq!(session().step(LIMITS, false, at(60)), Step::Ask);
    }

    #[test]
    fn the_issuer_is_asked_by_one_at_a_time() {
        let asked = Session { asking_until: Some(at(110)), ..session() };
        assert_eq!(asked.step(LIMITS, true, at(100)), Step::Wait);
        assert_eq!(asked.step(LIMITS, false, at(100)), Step::Count { note: false });
        assert_eq!(asked.step(LIMITS, true, at(110)), Step::Ask);
    }

    #[test]
    fn an_issuer_that_did_not_answer_a_moment_ago_is_waited_for_by_nobody() {
        let silent = Session { silent_at: Some(at(100)), ..session() };
        assert_eq!(silent.step(LIMITS, true, at(114)), Step::Count { note: true });
        assert_eq!(silent.step(LIMITS, true, at(115)), Step::Ask);
        // As long as it is borne, and no longer.
        let long_silent = Session { silent_at: Some(at(299)), ..session() };
        assert_eq!(long_silent.step(LIMITS, true, at(299)), Step::Count { note: true });
        assert_eq!(long_silent.step(LIMITS, true, at(300)), Step::Ask);
    }

    #[test]
    fn an_issuer_that_gives_no_further_word_is_believed_to_the_end() {
        let without = Session { refresh: None, ..session() };
        assert_eq!(without.step(LIMITS, true, at(50)), Step::Count { note: false });
    }

    #[test]
    fn a_clock_that_goes_back_ends_nothing() {
        assert_eq!(session().step(LIMITS, true, at(-100)), Step::Count { note: false });
    }
}
