//! Sets of ordinals, one bit each: a million people are 125 KB, which a processor goes through in microseconds.

/// A set of numbers below a bound that all sets of one segment share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// None of the numbers below the bound.
    pub(crate) fn none(bound: u32) -> Self {
        Self(vec![0; bound.div_ceil(64) as usize])
    }

    /// All of the numbers below the bound.
    pub(crate) fn all(bound: u32) -> Self {
        let mut bits = Self(vec![u64::MAX; bound.div_ceil(64) as usize]);
        if let (Some(last), rest @ 1..) = (bits.0.last_mut(), bound % 64) {
            *last = (1 << rest) - 1;
        }
        bits
    }

    /// Adds a number; one far beyond the bound is left out.
    pub(crate) fn insert(&mut self, number: u32) {
        if let Some(word) = self.0.get_mut((number / 64) as usize) {
            *word |= 1 << (number % 64);
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
            let Some(word) = usize::try_from(at / 64).ok().and_then(|index| self.0.get_mut(index)) else {
                return;
            };
            let (from, to) = (at % 64, (end - at + at % 64).min(64));
            let upto = if to == 64 { u64::MAX } else { (1 << to) - 1 };
            *word |= upto & !((1 << from) - 1);
            at += to - from;
        }
    }

    pub(crate) fn contains(&self, number: u32) -> bool {
        self.0.get((number / 64) as usize).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
        self
    }

    pub(crate) fn or(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
        self
    }

    pub(crate) fn without(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= !other);
        self
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// How many are in both.
    pub(crate) fn count_common(&self, other: &Self) -> u64 {
        self.0.iter().zip(&other.0).map(|(word, other)| u64::from((word & other).count_ones())).sum()
    }

    /// The numbers in it from `first` on, upwards.
    pub(crate) fn from(&self, first: u32) -> impl Iterator<Item = u32> + '_ {
        let start = (first / 64) as usize;
        let words = self.0.iter().enumerate().skip(start);
        words.flat_map(move |(index, word)| {
            let hidden = if index == start { (1 << (first % 64)) - 1 } else { 0 };
            Ones(word & !hidden).map(move |bit| number(index, bit))
        })
    }

    /// The numbers in it below `end`, downwards.
    pub(crate) fn below(&self, end: u32) -> impl Iterator<Item = u32> + '_ {
        let words = self.0.iter().enumerate().take(end.div_ceil(64) as usize).rev();
        words.flat_map(move |(index, word)| {
            let ones: Vec<u32> = Ones(*word).map(|bit| number(index, bit)).filter(|it| *it < end).collect();
            ones.into_iter().rev()
        })
    }

    /// Calls for each number in it, upwards.
    pub(crate) fn for_each(&self, mut act: impl FnMut(u32)) {
        for (index, word) in self.0.iter().enumerate() {
            for bit in Ones(*word) {
                act(number(index, bit));
            }
        }
    }
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

    use proptest::prelude::*;

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
            bound in 1_u32..300,
            one in proptest::collection::btree_set(0_u32..300, 0..60),
            other in proptest::collection::btree_set(0_u32..300, 0..60),
            at in 0_u32..310,
            count in 0_u32..310,
        ) {
            let within = |set: &BTreeSet<u32>| set.iter().copied().filter(|it| *it < bound).collect::<BTreeSet<_>>();
            let (one, other) = (within(&one), within(&other));
            let (a, b) = (bits(bound, &one), bits(bound, &other));
            prop_assert_eq!(numbers(&a), one.clone());
            prop_assert_eq!(numbers(&a.clone().and(&b)), &one & &other);
            prop_assert_eq!(numbers(&a.clone().or(&b)), &one | &other);
            prop_assert_eq!(numbers(&a.clone().without(&b)), &one - &other);
            prop_assert_eq!(a.count(), one.len() as u64);
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
