//! The order in which people are listed: by name as the Unicode collation's root has it, then by id.

use std::{cmp::Ordering, sync::LazyLock};

use icu_collator::{Collator, CollatorBorrowed, options::CollatorOptions};

/// None if the data compiled into this program were damaged.
static ROOT: LazyLock<Option<CollatorBorrowed<'static>>> =
    LazyLock::new(|| Collator::try_new(Default::default(), CollatorOptions::default()).ok());

/// Compares two texts as people expect them listed. Texts that look alike are told apart by their bytes.
#[must_use]
pub fn compare(one: &str, other: &str) -> Ordering {
    let collated = ROOT.as_ref().map_or(Ordering::Equal, |root| root.compare(one, other));
    collated.then_with(|| one.cmp(other))
}

/// Bytes that compare as texts do, for sorting many; equal for texts that [`compare`] tells apart by their bytes alone.
pub(crate) fn sort_key(text: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(text.len() * 2);
    if let Some(root) = ROOT.as_ref() {
        let Ok(()) = root.write_sort_key_to(text, &mut key);
    }
    key
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_stand_where_people_look_for_them() {
        let mut names = ["Zoe", "ada", "Émile", "Zoë", "Emil", "Ada", "Øyvind", "Oskar", "山田", "Ωmega"];
        names.sort_by(|one, other| compare(one, other));
        assert_eq!(names, ["ada", "Ada", "Emil", "Émile", "Oskar", "Øyvind", "Zoe", "Zoë", "Ωmega", "山田"]);
    }

    proptest! {
        #[test]
        fn sort_keys_compare_as_texts_do(one in "\\PC{0,8}", other in "\\PC{0,8}") {
            let by_key = sort_key(&one).cmp(&sort_key(&other)).then_with(|| one.cmp(&other));
            prop_assert_eq!(by_key, compare(&one, &other));
        }
    }
}
