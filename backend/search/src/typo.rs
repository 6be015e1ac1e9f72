//! Slips of the pen: how far a word may be from what was meant.

use std::sync::LazyLock;

use fst::Automaton;
use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};

use crate::search::Reach;

/// The tables for one and two slips. Two letters that changed places are one slip.
static TABLES: LazyLock<[LevenshteinAutomatonBuilder; 2]> =
    LazyLock::new(|| [1, 2].map(|slips| LevenshteinAutomatonBuilder::new(slips, true)));

/// Words of so many characters are close to whole words alone: nearly everything begins like them but for a slip.
const SHORT: usize = 4;

/// How many slips a word may have.
fn slips(word: &str, reach: Reach) -> u8 {
    match (reach, word.chars().count()) {
        (Reach::Usual, 0..=SHORT) | (Reach::Far, 0 | 1) => 0,
        (Reach::Usual, 5..=8) | (Reach::Far, 2..=SHORT) => 1,
        _ => 2,
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
    pub(crate) fn to(word: &str, reach: Reach) -> Option<Self> {
        let slips = slips(word, reach);
        let tables = TABLES.get(usize::from(slips.checked_sub(1)?))?;
        let is_short = word.chars().count() <= SHORT;
        let table = if is_short { tables.build_dfa(word) } else { tables.build_prefix_dfa(word) };
        Some(Self { table, whole: tables.build_dfa(word), slips })
    }

    /// How many slips a whole word has; none for one that is not close.
    pub(crate) fn whole(&self, word: &[u8]) -> Option<u8> {
        let end =
            word.iter().fold(self.whole.initial_state(), |state, byte| self.whole.transition(state, *byte));
        match self.whole.distance(end) {
            Distance::Exact(slips) if slips <= self.slips => Some(slips),
            _ => None,
        }
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
