//! Sets of ordinals, one bit each: a million people are 125 KB, which a processor goes through in microseconds.
//!
//! Most sets of a search are small. So it is known of each block of bits whether it has any, and the others are passed over.

/// How many words of 64 bits are a block: 4,096 numbers.
const BLOCK: usize = 64;

/// A set of numbers below a bound that all sets of one segment share.
#[derive(Debug, Clone)]
pub(crate) struct Bits {
    words: Vec<u64>,
    /// Of each block whether it has a number.
    has_any: Vec<bool>,
}

impl PartialEq for Bits {
    fn eq(&self, other: &Self) -> bool {
        self.blocks().eq(other.blocks())
    }
}

impl Bits {
    /// None of the numbers below the bound.
    pub(crate) fn none(bound: u32) -> Self {
        let words = bound.div_ceil(64) as usize;
        Self { words: vec![0; words], has_any: vec![false; words.div_ceil(BLOCK)] }
    }

    /// All of the numbers below the bound.
    pub(crate) fn all(bound: u32) -> Self {
        Self::of_words((0..bound.div_ceil(64)).map(|at| match bound - at * 64 {
            rest @ 1..64 => (1 << rest) - 1,
            _ => u64::MAX,
        }))
    }

    /// The numbers whose bits are set in these words, 64 in each.
    pub(crate) fn of_words(words: impl Iterator<Item = u64>) -> Self {
        let words: Vec<u64> = words.collect();
        let has_any = words.chunks(BLOCK).map(has_any).collect();
        Self { words, has_any }
    }

    /// Adds a number; one far beyond the bound is left out.
    pub(crate) fn insert(&mut self, number: u32) {
        let at = (number / 64) as usize;
        if let (Some(word), Some(has_any)) = (self.words.get_mut(at), self.has_any.get_mut(at / BLOCK)) {
            *word |= 1 << (number % 64);
            *has_any = true;
        }
    }

    /// Adds `count` numbers from `first` on, as far as the bound.
    pub(crate) fn insert_run(&mut self, first: u32, count: u32) {
        if count == 1 {
            return self.insert(first);
        }
        let end = u64::from(first) + u64::from(count);
        let mut at = u64::from(first);
        while at < end {
            let Ok(index) = usize::try_from(at / 64) else { return };
            let (Some(word), Some(has_any)) =
                (self.words.get_mut(index), self.has_any.get_mut(index / BLOCK))
            else {
                return;
            };
            let (from, to) = (at % 64, (end - at + at % 64).min(64));
            let upto = if to == 64 { u64::MAX } else { (1 << to) - 1 };
            *word |= upto & !((1 << from) - 1);
            *has_any = true;
            at += to - from;
        }
    }

    pub(crate) fn contains(&self, number: u32) -> bool {
        self.words.get((number / 64) as usize).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.change(other, |block, other| match other {
            Some(other) => block.iter_mut().zip(other).for_each(|(word, other)| *word &= other),
            None => block.fill(0),
        });
        self
    }

    pub(crate) fn without(mut self, other: &Self) -> Self {
        self.change(other, |block, other| {
            block.iter_mut().zip(other.unwrap_or_default()).for_each(|(word, other)| *word &= !other);
        });
        self
    }

    pub(crate) fn or(mut self, other: &Self) -> Self {
        let blocks = self.words.chunks_mut(BLOCK).zip(&mut self.has_any);
        for ((block, has_any), (_, other)) in blocks.zip(other.blocks()).filter(|(_, (_, it))| it.is_some()) {
            block.iter_mut().zip(other.unwrap_or_default()).for_each(|(word, other)| *word |= other);
            *has_any = true;
        }
        self
    }

    /// These, and the numbers that are in both others.
    pub(crate) fn or_both(mut self, one: &Self, other: &Self) -> Self {
        let both = one.blocks().zip(other.blocks()).map(|((_, one), (_, other))| one.zip(other));
        let blocks = self.words.chunks_mut(BLOCK).zip(&mut self.has_any);
        for ((block, any), both) in blocks.zip(both) {
            let Some((one, other)) = both else { continue };
            let both = one.iter().zip(other).map(|(one, other)| one & other);
            block.iter_mut().zip(both).for_each(|(word, both)| *word |= both);
            *any = has_any(block);
        }
        self
    }

    pub(crate) fn count(&self) -> u64 {
        self.blocks().filter_map(|(_, block)| block).flatten().map(|word| u64::from(word.count_ones())).sum()
    }

    /// How many are in both.
    pub(crate) fn count_common(&self, other: &Self) -> u64 {
        let both = self.blocks().zip(other.blocks()).filter_map(|((_, one), (_, other))| one.zip(other));
        let words = both.flat_map(|(one, other)| one.iter().zip(other));
        words.map(|(word, other)| u64::from((word & other).count_ones())).sum()
    }

    /// The numbers in it from `first` on, upwards.
    pub(crate) fn from(&self, first: u32) -> impl Iterator<Item = u32> + '_ {
        let start = (first / 64) as usize;
        self.words_with_any(start / BLOCK).filter(move |(index, _)| *index >= start).flat_map(
            move |(index, word)| {
                let hidden = if index == start { (1 << (first % 64)) - 1 } else { 0 };
                Ones(word & !hidden).map(move |bit| number(index, bit))
            },
        )
    }

    /// The numbers in it below `end`, downwards.
    pub(crate) fn below(&self, end: u32) -> impl Iterator<Item = u32> + '_ {
        let blocks = self.blocks().rev().filter_map(|(first, block)| Some((first, block?)));
        let words = blocks.flat_map(|(first, block)| {
            block.iter().enumerate().rev().map(move |(at, word)| (first + at, *word))
        });
        words.flat_map(move |(index, word)| {
            let ones: Vec<u32> = Ones(word).map(|bit| number(index, bit)).filter(|it| *it < end).collect();
            ones.into_iter().rev()
        })
    }

    /// Calls for each number in it, upwards.
    pub(crate) fn for_each(&self, mut act: impl FnMut(u32)) {
        for (first, block) in self.blocks() {
            for (index, word) in (first..).zip(block.unwrap_or_default()) {
                for bit in Ones(*word) {
                    act(number(index, bit));
                }
            }
        }
    }

    /// Changes each block that has a number, by the one of the other set, if that has one.
    fn change(&mut self, other: &Self, change: impl Fn(&mut [u64], Option<&[u64]>)) {
        let blocks = self.words.chunks_mut(BLOCK).zip(&mut self.has_any);
        for ((block, any), (_, other)) in blocks.zip(other.blocks()) {
            if *any {
                change(block, other);
                *any = has_any(block);
            }
        }
    }

    /// Each block with the index of its first word, if it has a number.
    fn blocks(&self) -> impl DoubleEndedIterator<Item = (usize, Option<&[u64]>)> {
        let blocks = self.words.chunks(BLOCK).zip(&self.has_any).enumerate();
        blocks.map(|(number, (block, has_any))| (number * BLOCK, has_any.then_some(block)))
    }

    /// The words of the blocks that have a number, from a block on, each with its index.
    fn words_with_any(&self, from: usize) -> impl Iterator<Item = (usize, u64)> {
        let blocks = self.blocks().skip(from).filter_map(|(first, block)| Some((first, block?)));
        blocks.flat_map(|(first, block)| (first..).zip(block.iter().copied()))
    }
}

fn has_any(block: &[u64]) -> bool {
    block.iter().any(|word| *word != 0)
}

/// Below 2^32 always: there are no more bits than the bound, which is one.
fn number(index: usize, bit: u32) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX).saturating_mul(64).saturating_add(bit)
}

/// The places of the ones in a word, upwards.
struct Ones(u64);

impl Iterator for Ones {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        (self.0 != 0).then(|| {
            let bit = self.0.trailing_zeros();
            self.0 &= self.0 - 1;
            bit
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::{collection::btree_set, prelude::*};

    use super::*;

    fn bits(bound: u32, numbers: &BTreeSet<u32>) -> Bits {
        let mut bits = Bits::none(bound);
        numbers.iter().for_each(|number| bits.insert(*number));
        bits
    }

    fn numbers(bits: &Bits) -> BTreeSet<u32> {
        bits.from(0).collect()
    }

    proptest! {
        #[test]
        fn they_are_a_set(
            bound in 1_u32..20_000,
            one in btree_set(0_u32..20_000, 0..60),
            other in btree_set(0_u32..20_000, 0..60),
            both in btree_set(0_u32..20_000, 0..9),
            at in 0_u32..20_100,
            count in 0_u32..9_000,
        ) {
            let within = |set: &BTreeSet<u32>| set.iter().copied().filter(|it| *it < bound).collect::<BTreeSet<_>>();
            let (one, other) = (within(&(&one | &both)), within(&(&other | &both)));
            let (a, b) = (bits(bound, &one), bits(bound, &other));
            prop_assert_eq!(numbers(&a), one.clone());
            prop_assert_eq!(numbers(&a.clone().and(&b)), &one & &other);
            prop_assert_eq!(numbers(&a.clone().or(&b)), &one | &other);
            prop_assert_eq!(numbers(&a.clone().without(&b)), &one - &other);
            let c = bits(bound, &within(&both));
            prop_assert_eq!(c.clone().or_both(&a, &b), bits(bound, &(&one & &other)));
            prop_assert_eq!(a.clone().or_both(&b, &c), a.clone());
            prop_assert_eq!(a.count(), one.len() as u64);
            prop_assert_eq!(a.count_common(&b), one.intersection(&other).count() as u64);
            prop_assert_eq!(a.clone().without(&b), bits(bound, &(&one - &other)));
            prop_assert_eq!(a.contains(at), one.contains(&at));
            prop_assert_eq!(a.from(at).collect::<Vec<_>>(), one.range(at..).copied().collect::<Vec<_>>());
            prop_assert_eq!(a.below(at).collect::<Vec<_>>(), one.range(..at).rev().copied().collect::<Vec<_>>());
            let mut each = Vec::new();
            a.for_each(|number| each.push(number));
            prop_assert_eq!(each, one.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(numbers(&Bits::all(bound)), (0..bound).collect::<BTreeSet<_>>());
            let mut run = a;
            run.insert_run(at, count);
            let expected: BTreeSet<u32> = one.iter().copied().chain((at..at + count).filter(|it| *it < bound.div_ceil(64) * 64)).collect();
            prop_assert_eq!(numbers(&run), expected);
        }
    }
}
