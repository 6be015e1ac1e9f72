//! Who has exactly this, however many are like it: for whoever must not miss one, such as a file that is taken in.

use std::collections::BTreeSet;

use super::{Changed, Index};
use crate::{bits::Bits, fold::fold, person::Person, words::words_of};

impl Index {
    /// The ids of those whose e-mail address has this number: see [`Person::email`]. Two addresses may have the same one.
    #[must_use]
    pub fn with_email(&self, email: u32) -> Vec<String> {
        let is_theirs = |ordinal: &u32| self.segment.email(*ordinal) == email;
        self.ids(
            (0..self.segment.count()).filter(is_theirs).filter(|ordinal| !self.is_superseded(*ordinal)),
            |changed| changed.person.email == email,
        )
    }

    /// The ids of those who have this name and this place, as both are searched: without regard to case and accents.
    #[must_use]
    pub fn with_name_and_place(&self, name: &str, place: &str) -> Vec<String> {
        let those_with_the_words = self.with_words([name, place]);
        let (name, place, places) = (folded(name), folded(place), &self.segment.location);
        let is_theirs = |ordinal: &u32| {
            folded(places.value(*ordinal).unwrap_or_default()) == place
                && folded(&self.segment.person_name(*ordinal)) == name
        };
        let has_both = |one: &Person| folded(&one.name) == name && folded(&one.location) == place;
        self.ids(those_with_the_words.from(0).filter(is_theirs), |changed| has_both(&changed.person))
    }

    /// Those of the segment who have all words of these texts.
    fn with_words(&self, texts: [&str; 2]) -> Bits {
        let mut words = BTreeSet::new();
        texts.into_iter().for_each(|text| words_of(text, &mut words));
        let everyone = self.segment.everyone().without(&self.superseded);
        words.iter().fold(everyone, |those, word| {
            let mut having = self.segment.nobody();
            self.segment.with_word(word, &mut having);
            those.and(&having)
        })
    }

    fn ids(
        &self,
        of_segment: impl Iterator<Item = u32>,
        is_theirs: impl Fn(&Changed) -> bool,
    ) -> Vec<String> {
        let changed = self.present.iter().filter(|changed| is_theirs(changed));
        let changed = changed.map(|changed| changed.person.id.clone());
        of_segment.map(|ordinal| self.segment.id(ordinal)).chain(changed).collect()
    }
}

fn folded(text: &str) -> String {
    fold(text.trim())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::made::made, *};

    const NAMES: [&str; 8] = ["", "!", "Zo\u{eb}", "zoe ", "Zoe Zoe", "ADA", "\u{c1}da", "\u{5c71}\u{7530}"];
    const PLACES: [&str; 4] = ["", "K\u{f6}ln", "koln", "Bonn"];

    fn someone() -> impl Strategy<Value = Person> {
        let (name, place) = (prop::sample::select(&NAMES[..]), prop::sample::select(&PLACES[..]));
        (0_u8..12, name, place, 0_u32..4).prop_map(|(id, name, place, email)| Person {
            id: id.to_string(),
            name: name.to_owned(),
            location: place.to_owned(),
            email,
            ..Person::default()
        })
    }

    proptest! {
        #[test]
        fn whoever_has_it_is_told_and_nobody_else_however_the_index_came_about(
            first in prop::collection::vec(someone(), 0..12),
            then in prop::collection::vec((someone(), any::<bool>()), 0..8),
        ) {
            let (indexes, now) = made(first, then);
            let those = |is: &dyn Fn(&Person) -> bool| -> BTreeSet<String> {
                now.values().filter(|one| is(one)).map(|one| one.id.clone()).collect()
            };
            for index in &indexes {
                for email in 1..4 {
                    let told = index.with_email(email).into_iter().collect::<BTreeSet<_>>();
                    prop_assert_eq!(told, those(&|one| one.email == email));
                }
                for (name, place) in NAMES.iter().flat_map(|name| PLACES.map(|place| (name, place))) {
                    let is = |one: &Person| {
                        folded(&one.name) == folded(name) && folded(&one.location) == folded(place)
                    };
                    let told = index.with_name_and_place(name, place).into_iter().collect::<BTreeSet<_>>();
                    prop_assert_eq!(told, those(&is));
                }
            }
        }
    }
}
