//! How far something that is done with several people has got.

use super::change::Trace;
use crate::ui::count::people;

/// What has come of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Waiting,
    Done,
    /// It was so already; or, where something is taken back, it was changed again since and stays.
    Left,
    /// Why not.
    Failed(String),
}

/// One of several people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) outcome: Outcome,
    /// What can be taken back.
    pub(super) trace: Option<Trace>,
}

/// What is done with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Change,
    Delete,
    UndoChange,
    UndoDelete,
}

impl Deed {
    pub(super) const fn is_undoing(self) -> bool {
        matches!(self, Self::UndoChange | Self::UndoDelete)
    }

    /// The deed that takes it back.
    pub(super) const fn undoing(self) -> Self {
        match self {
            Self::Change | Self::UndoChange => Self::UndoChange,
            Self::Delete | Self::UndoDelete => Self::UndoDelete,
        }
    }

    /// What has been done, behind “12 people” and “were” or “was”.
    const fn done(self) -> &'static str {
        match self {
            Self::Change => "changed",
            Self::Delete => "deleted",
            Self::UndoChange => "set back",
            Self::UndoDelete => "brought back",
        }
    }

    /// What is said of those with whom nothing had to be done, behind “12 people”.
    const fn left(self) -> &'static str {
        match self {
            Self::Change => "already so before",
            Self::Delete => "gone before",
            Self::UndoChange => "left as someone else has changed them since",
            Self::UndoDelete => "back before",
        }
    }
}

/// How many there are of each outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) waiting: usize,
    pub(super) done: usize,
    pub(super) left: usize,
    pub(super) failed: usize,
}

impl Counts {
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut counts = Self::default();
        for entry in entries {
            match entry.outcome {
                Outcome::Waiting => counts.waiting += 1,
                Outcome::Done => counts.done += 1,
                Outcome::Left => counts.left += 1,
                Outcome::Failed(_) => counts.failed += 1,
            }
        }
        counts
    }

    pub(super) const fn all(self) -> usize {
        self.waiting + self.ended()
    }

    pub(super) const fn ended(self) -> usize {
        self.done + self.left + self.failed
    }

    /// What has come of a deed, in sentences.
    pub(super) fn words(self, deed: Deed) -> String {
        let were = |count: usize, what: &str| {
            let were = if count == 1 { "was" } else { "were" };
            format!("{} {were} {what}.", people(count as u64))
        };
        let parts = [
            (self.done, deed.done()),
            (self.left, deed.left()),
            (self.failed, "not; the reasons stand below"),
            (self.waiting, "left as they are"),
        ];
        let told = parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| were(count, what));
        told.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(outcome: Outcome) -> Entry {
        Entry { id: String::new(), name: String::new(), outcome, trace: None }
    }

    #[test]
    fn what_came_of_it_is_told_by_number() {
        let failed = Outcome::Failed("Away.".to_owned());
        let entries = [Outcome::Done, Outcome::Done, Outcome::Left, failed, Outcome::Waiting].map(entry);
        let counts = Counts::of(&entries);
        assert_eq!((counts.all(), counts.ended()), (5, 4));
        assert_eq!(
            counts.words(Deed::Change),
            "2 people were changed. 1 person was already so before. 1 person was not; the reasons stand below. \
             1 person was left as they are."
        );
        assert_eq!(
            Counts { done: 30, ..Counts::default() }.words(Deed::UndoDelete),
            "30 people were brought back."
        );
    }
}
