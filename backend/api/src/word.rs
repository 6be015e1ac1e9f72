//! Words of sets that grow: an audit action, a step of a relaunch, an instance's state, who did something.
//!
//! A server writes only words that it knows. A page may be older than the server that answers it; a word that it
//! doesn't know must not make the rest of the answer unreadable, so it reads that word as its text.

use std::{fmt::Debug, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

/// A set of words.
pub trait Vocabulary: Clone + Debug + Eq + Serialize + DeserializeOwned {
    /// Reads one of them, or any other word.
    ///
    /// # Errors
    /// When it is no word at all.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word<Self>, D::Error>;
}

impl<T: FromStr + Clone + Debug + Eq + Serialize + DeserializeOwned> Vocabulary for T {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word<Self>, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(text.parse().map_or(Word::Other(text), Word::Known))
    }
}

/// How a wire type holds its words: as [`Exact`] where it is written, as [`Lenient`] where it is read by a page.
pub trait Words {
    /// One of the words of `T`.
    type Word<T: Vocabulary>: Clone + Debug + Eq + Serialize + DeserializeOwned;
}

/// Words are those that this build knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exact;

impl Words for Exact {
    type Word<T: Vocabulary> = T;
}

/// Words may be any text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lenient;

impl Words for Lenient {
    type Word<T: Vocabulary> = Word<T>;
}

/// A word that may be newer than this build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Word<T> {
    /// One of the words of `T`.
    Known(T),
    /// Any other, as it was sent.
    Other(String),
}

impl<T: Copy + PartialEq> Word<T> {
    /// Whether it is this word.
    pub fn is(&self, word: T) -> bool {
        self.known() == Some(word)
    }

    /// The word if it is a known one.
    #[must_use]
    pub fn known(&self) -> Option<T> {
        match self {
            Self::Known(word) => Some(*word),
            Self::Other(_) => None,
        }
    }

    /// What people read: what `label` says of a known word, and any other word itself.
    pub fn label(&self, label: impl FnOnce(T) -> &'static str) -> &str {
        match self {
            Self::Known(word) => label(*word),
            Self::Other(text) => text,
        }
    }
}

impl<'de, T: Vocabulary> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audit::{Actor, AuditAction, AuditEntry},
        plan::{LineChange, Plan},
        relaunch::{Relaunch, StepName, StepOutcome},
    };

    #[test]
    fn a_known_word_is_read_as_what_it_means() {
        let word: Word<AuditAction> = serde_json::from_str("\"end_relaunch\"").expect("a word");
        assert_eq!(word, Word::Known(AuditAction::EndRelaunch));
        assert_eq!(word.label(|_| "End of relaunch"), "End of relaunch");
    }

    #[test]
    fn an_unknown_word_is_read_as_its_text_and_written_as_it_came() {
        let word: Word<AuditAction> = serde_json::from_str("\"promote\"").expect("a word");
        assert_eq!((word.known(), word.label(|_| "")), (None, "promote"));
        assert_eq!(serde_json::to_string(&word).expect("a word"), "\"promote\"");
    }

    #[test]
    fn an_unknown_word_may_have_content() {
        let actors: Vec<Word<Actor>> = serde_json::from_str(
            r#"["rollcall", {"schedule": {"name": "nightly"}}, {"scim": {"token": 1, "name": "Okta"}}, {"robot": {}}, "nobody"]"#,
        )
        .expect("actors");
        assert_eq!(
            actors,
            [
                Word::Known(Actor::Rollcall),
                Word::Known(Actor::Schedule { name: "nightly".to_owned() }),
                Word::Other("scim Okta".to_owned()),
                Word::Other("robot".to_owned()),
                Word::Other("nobody".to_owned()),
            ]
        );
    }

    #[test]
    fn what_is_no_text_is_no_word() {
        for json in ["1", "null", "{}", "[\"cancel\"]"] {
            assert!(serde_json::from_str::<Word<AuditAction>>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn one_unknown_word_leaves_the_rest_of_an_answer_readable() {
        let json = r#"{"at": "2026-11-24T06:00:00Z", "who": "rollcall", "action": "promote", "thing": "4", "outcome": ""}"#;
        assert!(serde_json::from_str::<AuditEntry>(json).is_err(), "a server reads what it knows");
        let entry: AuditEntry<Lenient> = serde_json::from_str(json).expect("an entry");
        assert_eq!((entry.thing.as_str(), entry.action), ("4", Word::Other("promote".to_owned())));

        let json = r#"{"kind": "canary", "host": null, "from_revision": null, "to_revision": 1, "changes": true,
            "user_data_diff": [{"before": 1, "after": 1, "lines": [
                {"change": "moved", "text": "a"}, {"change": "added", "text": "b"}]}],
            "settings": [], "preflight": [{"name": "Quota", "outcome": "skipped", "detail": ""}],
            "steps": [{"name": "warm_up", "what": ""}]}"#;
        let plan: Plan<Lenient> = serde_json::from_str(json).expect("a plan");
        let lines = plan.user_data_diff.into_iter().flat_map(|hunk| hunk.lines);
        let changes: Vec<_> = lines.map(|line| line.change).collect();
        assert_eq!(changes, [Word::Other("moved".to_owned()), Word::Known(LineChange::Added)]);

        let json = r#"{"id": "r", "kind": "canary", "outcome": "paused", "started_at": "2026-11-24T06:00:00Z",
            "requested_by": {"robot": {}}, "cancellable": false, "undoing": false, "steps": [
                {"name": "warm_up", "outcome": "timed_out", "resources": []},
                {"name": "boot", "outcome": "succeeded", "resources": []}]}"#;
        let relaunch: Relaunch<Lenient> = serde_json::from_str(json).expect("a relaunch");
        let steps: Vec<_> = relaunch.steps.into_iter().map(|step| (step.name, step.outcome)).collect();
        assert_eq!(
            steps,
            [
                (Word::Other("warm_up".to_owned()), Some(Word::Other("timed_out".to_owned()))),
                (Word::Known(StepName::Boot), Some(Word::Known(StepOutcome::Succeeded))),
            ]
        );
    }
}
