//! What the dictionary of a segment says of a word.

/// What the dictionary says of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// The only one who has it.
    One(u32),
    /// Where the list of those who have it begins.
    List(usize),
}

impl From<u64> for Entry {
    fn from(entry: u64) -> Self {
        if entry & 1 == 1 {
            Self::One(u32::try_from(entry >> 1).unwrap_or(u32::MAX))
        } else {
            Self::List(usize::try_from(entry >> 1).unwrap_or(usize::MAX))
        }
    }
}

impl From<Entry> for u64 {
    fn from(entry: Entry) -> Self {
        match entry {
            Entry::One(ordinal) => Self::from(ordinal) << 1 | 1,
            Entry::List(start) => (start as Self) << 1,
        }
    }
}
