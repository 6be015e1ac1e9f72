//! Slips of the pen: how far a word may be from what was meant.

use std::sync::LazyLock;

use fst::Automaton;
use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};

/// The tables for one and two slips. Two letters that changed places are one slip.
static TABLES: LazyLock<[LevenshteinAutomatonBuilder; 2]> =
    LazyLock::new(|| [1, 2].map(|slips| LevenshteinAutomatonBuilder::new(slips, true)));

/// How many slips a word may have: none in up to 4 letters, one in 5 to 8, two in more, as Meilisearch has it
/// ([typo tolerance](https://www.meilisearch.com/docs/learn/relevancy/typo_tolerance_settings)).
fn slips(word: &str) -> u8 {
    match word.chars().count() {
        0..=4 => 0,
        5..=8 => 1,
        _ => 2,
    }
}

/// Accepts the words that are near a word, with one slip more than a search allows.
pub(crate) struct Near(DFA);

impl Near {
    /// None for a word of one letter, which everything is near.
    pub(crate) fn to(word: &str) -> Option<Self> {
        let slips = match word.chars().count() {
            0 | 1 => return None,
            2..=4 => 1,
            _ => 2,
        };
        let tables = TABLES.get(slips - 1)?;
        Some(Self(tables.build_dfa(word)))
    }

    /// How many slips lie between the two; none for a word that is not near.
    pub(crate) fn slips(&self, word: &[u8]) -> Option<u8> {
        let end = word.iter().fold(self.0.initial_state(), |state, byte| self.0.transition(state, *byte));
        match self.0.distance(end) {
            Distance::Exact(slips) => Some(slips),
            Distance::AtLeast(_) => None,
        }
    }
}

impl Automaton for &Near {
    type State = u32;

    fn start(&self) -> u32 {
        self.0.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.0.distance(*state), Distance::Exact(_))
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.0.transition(*state, byte)
    }
}

/// Accepts the words that begin with something close to a word.
pub(crate) struct Close {
    table: DFA,
    /// The same for whole words.
    whole: DFA,
    slips: u8,
}

impl Close {
    /// None for a word that is too short for any slip.
    pub(crate) fn to(word: &str) -> Option<Self> {
        let slips = slips(word);
        let tables = TABLES.get(usize::from(slips.checked_sub(1)?))?;
        Some(Self { table: tables.build_prefix_dfa(word), whole: tables.build_dfa(word), slips })
    }

    /// Whether a word is close as a whole.
    pub(crate) fn is_whole(&self, word: &[u8]) -> bool {
        let end =
            word.iter().fold(self.whole.initial_state(), |state, byte| self.whole.transition(state, *byte));
        matches!(self.whole.distance(end), Distance::Exact(slips) if slips <= self.slips)
    }

    /// Whether a word begins with something close.
    pub(crate) fn accepts(&self, word: &str) -> bool {
        let end =
            word.bytes().fold(self.table.initial_state(), |state, byte| self.table.transition(state, byte));
        self.is_match(&end)
    }
}

impl Automaton for &Close {
    type State = u32;

    fn start(&self) -> u32 {
        self.table.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.table.distance(*state), Distance::Exact(slips) if slips <= self.slips)
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.table.transition(*state, byte)
    }
}
