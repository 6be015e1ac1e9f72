//! Who has which e-mail address, by ordinal: a number for each that stands for the address, by which those who share one
//! are found.

use super::format::{Damaged, Part, numbers};

/// One part: a number for each, and nothing where nobody has an address.
pub(super) fn write(emails: impl Iterator<Item = u32>) -> Vec<u8> {
    let emails: Vec<u32> = emails.collect();
    if emails.iter().all(|email| *email == 0) { Vec::new() } else { numbers(&emails) }
}

/// The e-mail addresses of a segment's people.
#[derive(Debug)]
pub(super) struct Emails(Part);

impl Emails {
    pub(super) fn new(column: Part, count: u32) -> Result<Self, Damaged> {
        let (known, rest) = column.as_ref().as_chunks::<4>();
        let is_whole = rest.is_empty() && (known.is_empty() || known.len() == count as usize);
        if is_whole { Ok(Self(column)) } else { Err(Damaged::Layout) }
    }

    pub(super) fn of(&self, ordinal: u32) -> u32 {
        let bytes = self.0.as_ref().as_chunks::<4>().0.get(ordinal as usize);
        bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }
}
