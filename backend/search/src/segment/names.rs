//! The names in order: of each, only what differs from the one before is kept.

use std::cmp::Ordering;

use super::format::{Part, numbers};
use crate::{
    order::compare,
    postings::{read_number, write_number},
};

/// So many names stand behind each other before one is written in full again.
const BLOCK: usize = 16;

/// Two parts: where each block begins, and the blocks.
pub(super) fn write(names: impl Iterator<Item = String>) -> [Vec<u8>; 2] {
    let (mut starts, mut blocks, mut before) = (Vec::new(), Vec::new(), String::new());
    for (ordinal, name) in names.enumerate() {
        if ordinal % BLOCK == 0 {
            starts.push(u32::try_from(blocks.len()).unwrap_or(u32::MAX));
            before.clear();
        }
        let shared = before.bytes().zip(name.bytes()).take_while(|(one, other)| one == other).count();
        let rest = name.as_bytes().get(shared..).unwrap_or_default();
        write_number(shared as u64, &mut blocks);
        write_number(rest.len() as u64, &mut blocks);
        blocks.extend_from_slice(rest);
        before = name;
    }
    [numbers(&starts), blocks]
}

/// The names of a segment.
#[derive(Debug)]
pub(super) struct Names {
    starts: Vec<u32>,
    blocks: Part,
}

impl Names {
    pub(super) fn new(starts: &Part, blocks: Part) -> Self {
        Self { starts: starts.numbers(), blocks }
    }

    /// The name of an ordinal; empty where there is none.
    pub(super) fn get(&self, ordinal: u32) -> String {
        let (block, place) = (ordinal as usize / BLOCK, ordinal as usize % BLOCK);
        let mut names = self.block(block);
        names.nth(place).unwrap_or_default()
    }

    /// All names, by ordinal.
    pub(super) fn all(&self) -> impl Iterator<Item = String> + '_ {
        (0..self.starts.len()).flat_map(|block| self.block(block))
    }

    fn block(&self, block: usize) -> impl Iterator<Item = String> + '_ {
        let bound = |index: usize| self.starts.get(index).map(|start| *start as usize);
        let start = bound(block).unwrap_or(usize::MAX);
        let end = bound(block + 1).unwrap_or(self.blocks.as_ref().len());
        let mut rest = self.blocks.slice(start, end);
        let mut name = Vec::new();
        std::iter::from_fn(move || {
            let shared = usize::try_from(read_number(&mut rest)?).ok()?;
            let length = usize::try_from(read_number(&mut rest)?).ok()?;
            let (more, behind) = rest.split_at_checked(length)?;
            rest = behind;
            name.truncate(shared);
            name.extend_from_slice(more);
            Some(String::from_utf8_lossy(&name).into_owned())
        })
    }

    /// The first ordinal whose name, and id where that is the same, does not stand before these.
    pub(super) fn lower_bound(&self, count: u32, name: &str, id_is_before: impl Fn(u32) -> bool) -> u32 {
        let before = |ordinal: u32| match compare(&self.get(ordinal), name) {
            Ordering::Less => true,
            Ordering::Equal => id_is_before(ordinal),
            Ordering::Greater => false,
        };
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            if before(middle) { low = middle + 1 } else { high = middle }
        }
        low
    }
}
