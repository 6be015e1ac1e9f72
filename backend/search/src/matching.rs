//! How well people match what someone typed, told in the same way of many at once and of one.

use crate::{
    bits::Bits,
    search::Closeness,
    words::{Query, Term, Ways},
};

/// Some of those who are looked at: a set of them, or of one whether they are among them.
pub(crate) trait Who: Clone {
    fn and(self, other: &Self) -> Self;
    fn or(self, other: &Self) -> Self;
    /// These, and those who are in both others.
    fn or_both(self, one: &Self, other: &Self) -> Self;
}

impl Who for Bits {
    fn and(self, other: &Self) -> Self {
        self.and(other)
    }

    fn or(self, other: &Self) -> Self {
        self.or(other)
    }

    fn or_both(self, one: &Self, other: &Self) -> Self {
        self.or_both(one, other)
    }
}

impl Who for bool {
    fn and(self, other: &Self) -> Self {
        self && *other
    }

    fn or(self, other: &Self) -> Self {
        self || *other
    }

    fn or_both(self, one: &Self, other: &Self) -> Self {
        self || *one && *other
    }
}

/// For each closeness, who matches at least so well.
#[derive(Debug, Clone)]
pub(crate) struct Matching<T> {
    exact: T,
    prefix: T,
    slip: T,
    slip_prefix: T,
    typo: T,
    typo_prefix: T,
}

/// Who has a word that is the one looked for, or near it.
pub(crate) struct Near<T> {
    /// The word itself.
    pub(crate) exact: T,
    /// A word that begins with it.
    pub(crate) prefix: T,
    /// A word with one slip.
    pub(crate) slip: T,
    /// A word with as many slips as its length allows.
    pub(crate) typo: T,
    /// A word that begins with so many slips.
    pub(crate) typo_prefix: T,
}

impl Matching<Bits> {
    pub(crate) fn without(self, who: &Bits) -> Self {
        Self {
            exact: self.exact.without(who),
            prefix: self.prefix.without(who),
            slip: self.slip.without(who),
            slip_prefix: self.slip_prefix.without(who),
            typo: self.typo.without(who),
            typo_prefix: self.typo_prefix.without(who),
        }
    }
}

impl<T: Who> Matching<T> {
    /// Who matches all of a query, by who has each word; none where nothing is looked for.
    pub(crate) fn query(query: &Query, having: impl Fn(&Term) -> Self) -> Option<Self> {
        let way = |terms: &Vec<Term>| terms.iter().map(&having).reduce(|one, other| one.and(&other));
        let any = |ways: &Ways| ways.iter().filter_map(way).reduce(|one, other| one.or(&other));
        query.must.iter().filter_map(any).reduce(|one, other| one.and(&other))
    }

    /// Those who match whatever it is.
    pub(crate) fn all(who: &T) -> Self {
        let [exact, prefix, slip, slip_prefix, typo, typo_prefix] = [(); 6].map(|()| who.clone());
        Self { exact, prefix, slip, slip_prefix, typo, typo_prefix }
    }

    /// Those who have a word.
    pub(crate) fn word(near: Near<T>) -> Self {
        let Near { exact, prefix, slip, typo, typo_prefix } = near;
        let prefix = prefix.or(&exact);
        let slip = slip.or(&exact);
        let slip_prefix = prefix.clone().or(&slip);
        let typo = typo.or(&slip_prefix);
        Self { typo_prefix: typo_prefix.or(&typo), exact, prefix, slip, slip_prefix, typo }
    }

    /// Those who match both. A slip in each is more than one.
    pub(crate) fn and(self, other: &Self) -> Self {
        Self {
            slip: self.slip.and(&other.exact).or_both(&self.exact, &other.slip),
            slip_prefix: self.slip_prefix.and(&other.prefix).or_both(&self.prefix, &other.slip_prefix),
            exact: self.exact.and(&other.exact),
            prefix: self.prefix.and(&other.prefix),
            typo: self.typo.and(&other.typo),
            typo_prefix: self.typo_prefix.and(&other.typo_prefix),
        }
    }

    /// Those who match one or the other.
    pub(crate) fn or(self, other: &Self) -> Self {
        Self {
            exact: self.exact.or(&other.exact),
            prefix: self.prefix.or(&other.prefix),
            slip: self.slip.or(&other.slip),
            slip_prefix: self.slip_prefix.or(&other.slip_prefix),
            typo: self.typo.or(&other.typo),
            typo_prefix: self.typo_prefix.or(&other.typo_prefix),
        }
    }

    /// Each closeness, the best first, with those who match at least so well.
    pub(crate) fn ranked(self) -> [(Closeness, T); 6] {
        let slip = self.slip.or(&self.prefix);
        [
            (Closeness::Exact, self.exact),
            (Closeness::Prefix, self.prefix),
            (Closeness::Slip, slip),
            (Closeness::SlipPrefix, self.slip_prefix),
            (Closeness::Typo, self.typo),
            (Closeness::TypoPrefix, self.typo_prefix),
        ]
    }
}
