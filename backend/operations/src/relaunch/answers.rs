//! What a new host answers: how often as it should, and what it said where it did not.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_api::relaunch::HostAnswer;
use serde::{Deserialize, Serialize};

use crate::probe::Probe;

/// How long a host may fail to answer, more than once in a row, before it is given up: with the time that one question takes
/// at most, that is within ten seconds.
const FAILING: Duration = Duration::from_secs(5);

/// How many bad answers are kept as evidence: the newest ones, a few hundred bytes each.
const KEPT: usize = 4;

/// The answers so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    asked: u32,
    good: u32,
    failed_in_a_row: u32,
    /// When the first question was asked of those that failed in a row.
    failing_since: Option<Timestamp>,
    /// The newest that were not as they should be.
    #[serde(default)]
    failed: Vec<HostAnswer>,
}

impl Answers {
    /// Counts what came of a question, and keeps what was wrong.
    pub fn note(&mut self, probe: &Probe, now: Timestamp) {
        self.asked = self.asked.saturating_add(1);
        match probe {
            Probe::Answered { .. } => {
                self.good = self.good.saturating_add(1);
                (self.failed_in_a_row, self.failing_since) = (0, None);
            }
            Probe::Failed { answers, .. } => {
                self.failed_in_a_row = self.failed_in_a_row.saturating_add(1);
                let asked_at = answers.first().map_or(now, |answer| answer.asked_at);
                self.failing_since.get_or_insert(asked_at);
                self.failed.extend(answers.iter().cloned());
                self.failed.drain(..self.failed.len().saturating_sub(KEPT));
            }
        }
    }

    /// Counts anew, and keeps what was wrong.
    pub fn restart(&mut self) {
        *self = Self { failed: std::mem::take(&mut self.failed), ..Self::default() };
    }

    /// The newest answers that were not as they should be.
    #[must_use]
    pub fn failed(&self) -> &[HostAnswer] {
        &self.failed
    }

    /// Lets go of them: they are kept elsewhere, or nobody needs them any more.
    pub fn forget_failed(&mut self) {
        self.failed.clear();
    }

    /// Whether the host has failed for so long that visitors must not be left with it.
    #[must_use]
    pub fn is_failing(&self, now: Timestamp) -> bool {
        let failing_for =
            self.failing_since.and_then(|since| Duration::try_from(now.duration_since(since)).ok());
        self.failed_in_a_row > 1 && failing_for.is_some_and(|failing_for| failing_for >= FAILING)
    }

    /// Whether fewer than nine of ten answers were good.
    #[must_use]
    pub fn are_poor(&self) -> bool {
        u64::from(self.good) * 10 < u64::from(self.asked) * 9
    }
}

impl std::fmt::Display for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} answers were good", self.good, self.asked)
    }
}
