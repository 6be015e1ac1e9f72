//! What someone may have meant when nobody matches.

use crate::{fold::fold, person::Person, search::Reach, typo::Close};

/// How many words are looked at.
const MAX_WORDS: usize = 8;

/// What was typed, folded, with the nearest of someone's words in place of each that they don't have.
#[must_use]
pub fn spelled_as(typed: &str, person: &Person) -> String {
    let words = person.words();
    let nearest = |typed: &str| {
        let begins = words.range(typed.to_owned()..).next().is_some_and(|word| word.starts_with(typed));
        let close = if begins { None } else { Close::to(typed, Reach::Far) };
        let slips = |word: &String| Some((close.as_ref()?.whole(word.as_bytes())?, word.clone()));
        words.iter().filter_map(slips).min().map_or_else(|| typed.to_owned(), |(_, word)| word)
    };
    fold(typed).split_whitespace().take(MAX_WORDS).map(nearest).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_someone_does_not_have_is_exchanged_for_the_nearest_that_they_have() {
        let person = |name: &str| Person { name: name.to_owned(), ..Person::default() };
        assert_eq!(spelled_as("Zoe Chne", &person("Zoë Chen")), "zoe chen");
        assert_eq!(spelled_as("Okaffro Kath", &person("Katharina Okafor")), "okafor kath");
        assert_eq!(spelled_as("zeo cohen", &person("Zoë Cohen")), "zoe cohen");
        assert_eq!(spelled_as("x xylophone", &person("Imogen")), "x xylophone");
    }
}
