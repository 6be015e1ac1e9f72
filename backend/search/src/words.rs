//! The words of a text, as they are kept and as they are looked for.
//!
//! Words end at whatever is neither letter nor digit nor mark. Han, Kana and Hangul are written without spaces: each pair
//! of their characters is a word. `O’Brien` is kept as `o`, `brien` and `obrien`, so that it is found with the mark, with a
//! space and without either.

use std::collections::BTreeSet;

use icu_properties::{
    CodePointMapData,
    props::{GeneralCategory, GeneralCategoryGroup, Script},
};

use crate::fold::fold;

/// A first word of up to so many characters is kept joined to the next one too, as in `de la Cruz` and `O Brien`.
const SHORT: usize = 2;

/// The most characters of one query: no name or job title is longer.
const MAX_QUERY_CHARACTERS: usize = 200;

/// The most words of one query. People type some; each costs a look into the dictionary.
const MAX_QUERY_WORDS: usize = 16;

/// The most characters of a word that is looked for; what comes behind is left out.
const MAX_WORD: usize = 64;

/// One word that is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Term {
    /// A word that begins with this.
    Prefix(String),
    /// This word: a pair of characters from a script without spaces.
    Whole(String),
}

impl Term {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Prefix(text) | Self::Whole(text) => text,
        }
    }
}

/// Something that someone must have: all terms of any one way to write it.
pub(crate) type Ways = Vec<Vec<Term>>;

/// What someone typed, folded and taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Each of these must match.
    pub(crate) must: Vec<Ways>,
}

impl Query {
    /// Reads what someone typed. What comes behind 200 characters, or 16 words, is left out.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let folded = fold(&text.chars().take(MAX_QUERY_CHARACTERS).collect::<String>());
        let chunks: Vec<Chunk> = chunks(&folded).take(MAX_QUERY_WORDS).collect();
        let mut must = Vec::new();
        let mut rest = chunks.as_slice();
        while let [first, others @ ..] = rest {
            rest = others;
            let mut ways = first.ways();
            if let (Some(short), [next, beyond @ ..]) = (first.short(), others)
                && let Some(word) = next.single()
            {
                ways = vec![[first.terms(), next.terms()].concat(), vec![prefix(&format!("{short}{word}"))]];
                rest = beyond;
            }
            must.push(ways);
        }
        Self { must }
    }

    pub(crate) fn terms(&self) -> impl Iterator<Item = &Term> {
        self.must.iter().flatten().flatten()
    }

    /// Whether nothing is looked for: then everyone matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.must.is_empty()
    }
}

/// The words by which a text is found.
pub(crate) fn words_of(text: &str, into: &mut BTreeSet<String>) {
    let folded = fold(text);
    let mut before: Option<String> = None;
    for chunk in chunks(&folded) {
        if let (Some(short), Some(word)) = (&before, chunk.single()) {
            into.insert(format!("{short}{word}"));
        }
        before = chunk.short().map(str::to_owned);
        if let Some(joined) = chunk.joined() {
            into.insert(joined);
        }
        for part in chunk.0 {
            match part {
                Part::Word(word) => {
                    into.insert(word.to_owned());
                }
                Part::Unspaced(text) => into.extend(pairs(text).chain(last(text)).map(str::to_owned)),
            }
        }
    }
}

/// What stands between two spaces.
struct Chunk<'a>(Vec<Part<'a>>);

#[derive(Clone, Copy)]
enum Part<'a> {
    Word(&'a str),
    Unspaced(&'a str),
}

impl<'a> Chunk<'a> {
    /// The one word that it is.
    fn single(&self) -> Option<&'a str> {
        match self.0.as_slice() {
            [Part::Word(word)] => Some(word),
            _ => None,
        }
    }

    /// The one word that it is, if that is short.
    fn short(&self) -> Option<&'a str> {
        self.single().filter(|word| word.chars().count() <= SHORT)
    }

    /// Its words in one, if there are several.
    fn joined(&self) -> Option<String> {
        let words: Option<Vec<_>> = self
            .0
            .iter()
            .map(|part| match part {
                Part::Word(word) => Some(*word),
                Part::Unspaced(_) => None,
            })
            .collect();
        words.filter(|words| words.len() > 1).map(|words| words.concat())
    }

    fn terms(&self) -> Vec<Term> {
        self.0.iter().flat_map(|part| part.terms()).collect()
    }

    fn ways(&self) -> Ways {
        let mut ways = vec![self.terms()];
        ways.extend(self.joined().map(|joined| vec![prefix(&joined)]));
        ways
    }
}

impl Part<'_> {
    fn terms(self) -> Vec<Term> {
        match self {
            Part::Word(word) => vec![prefix(word)],
            Part::Unspaced(text) => {
                let pairs: Vec<_> = pairs(text).map(|pair| Term::Whole(pair.to_owned())).collect();
                if pairs.is_empty() { vec![prefix(text)] } else { pairs }
            }
        }
    }
}

fn prefix(word: &str) -> Term {
    Term::Prefix(word.chars().take(MAX_WORD).collect())
}

fn chunks(folded: &str) -> impl Iterator<Item = Chunk<'_>> {
    folded.split_whitespace().map(|chunk| Chunk(parts(chunk))).filter(|chunk| !chunk.0.is_empty())
}

/// The words of what stands between two spaces.
fn parts(chunk: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut begun: Option<(usize, Kind)> = None;
    let ends = chunk.char_indices().map(|(at, character)| (at, kind(character)));
    for (at, kind) in ends.chain([(chunk.len(), Kind::Between)]) {
        // A mark belongs to what it stands on.
        let goes_on =
            matches!((begun, kind), (Some(_), Kind::Mark)) || begun.is_some_and(|(_, it)| it == kind);
        if goes_on {
            continue;
        }
        if let Some((start, kind)) = begun.take()
            && let Some(text) = chunk.get(start..at)
        {
            parts.push(if kind == Kind::Unspaced { Part::Unspaced(text) } else { Part::Word(text) });
        }
        begun = match kind {
            Kind::Between => None,
            Kind::Mark => Some((at, Kind::Spaced)),
            other => Some((at, other)),
        };
    }
    parts
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Spaced,
    Unspaced,
    Mark,
    Between,
}

fn kind(character: char) -> Kind {
    if character.is_ascii() {
        return if character.is_ascii_alphanumeric() { Kind::Spaced } else { Kind::Between };
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    if GeneralCategoryGroup::Mark.contains(category) {
        return Kind::Mark;
    }
    // Symbols too: whoever is called by an emoji wants to be found by it.
    let is_word = GeneralCategoryGroup::Letter.contains(category)
        || GeneralCategoryGroup::Number.contains(category)
        || category == GeneralCategory::OtherSymbol;
    if !is_word {
        return Kind::Between;
    }
    // The mark that makes a Kana long is of all scripts.
    match CodePointMapData::<Script>::new().get(character) {
        Script::Han | Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo => {
            Kind::Unspaced
        }
        _ if character == 'ー' => Kind::Unspaced,
        _ => Kind::Spaced,
    }
}

/// Each two characters that follow each other, marks with what they stand on.
fn pairs(text: &str) -> impl Iterator<Item = &str> {
    let starts = starts(text);
    let ends: Vec<usize> = starts.iter().copied().skip(2).chain([text.len()]).collect();
    let pairs = starts.len().saturating_sub(1);
    starts.into_iter().zip(ends).take(pairs).filter_map(|(start, end)| text.get(start..end))
}

/// The last character: no pair begins with it.
fn last(text: &str) -> Option<&str> {
    text.get(starts(text).last().copied()?..)
}

fn starts(text: &str) -> Vec<usize> {
    let begins = |(at, character): (usize, char)| (at == 0 || kind(character) != Kind::Mark).then_some(at);
    text.char_indices().filter_map(begins).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = BTreeSet::new();
        words_of(text, &mut words);
        words.into_iter().collect()
    }

    #[test]
    fn words_end_at_what_is_neither_letter_nor_digit() {
        assert_eq!(words("Ada Lovelace, (Analyst)"), ["ada", "analyst", "lovelace"]);
        assert_eq!(words("R2 & 3"), ["3", "r2", "r23"]);
        assert_eq!(words("  - ' …"), Vec::<String>::new());
    }

    #[test]
    fn what_punctuation_parts_is_kept_apart_and_joined() {
        assert_eq!(words("O’Brien"), ["brien", "o", "obrien"]);
        assert_eq!(words("Anne-Marie"), ["anne", "annemarie", "marie"]);
        assert_eq!(words("o brien"), ["brien", "o", "obrien"]);
        assert_eq!(words("Maria de la Cruz"), ["cruz", "de", "dela", "la", "lacruz", "maria"]);
    }

    #[test]
    fn scripts_without_spaces_are_kept_by_pairs() {
        assert_eq!(words("山田太郎"), ["太郎", "山田", "田太", "郎"]);
        assert_eq!(words("山"), ["山"]);
        assert_eq!(words("ガギ"), ["がぎ", "ぎ"]);
        assert_eq!(words("김민준"), ["김민", "민준", "준"]);
        assert_eq!(words("佐藤san"), ["san", "佐藤", "藤"]);
    }

    #[test]
    fn a_query_asks_for_each_word_in_any_way_to_write_it() {
        let prefix = |text: &str| Term::Prefix(text.to_owned());
        assert_eq!(
            Query::parse("Grace obrien").must,
            [vec![vec![prefix("grace")]], vec![vec![prefix("obrien")]]]
        );
        assert_eq!(
            Query::parse("O’Brien").must,
            [vec![vec![prefix("o"), prefix("brien")], vec![prefix("obrien")]]]
        );
        assert_eq!(
            Query::parse("o brien").must,
            [vec![vec![prefix("o"), prefix("brien")], vec![prefix("obrien")]]]
        );
        assert_eq!(
            Query::parse("山田太").must,
            [vec![vec![Term::Whole("山田".to_owned()), Term::Whole("田太".to_owned())]]]
        );
        assert_eq!(Query::parse("山").must, [vec![vec![prefix("山")]]]);
        assert!(Query::parse(" ’ ").is_empty());
    }

    proptest! {
        #[test]
        fn whoever_is_called_by_a_text_has_each_word_that_is_looked_for_with_it(text in "\\PC{0,60}") {
            let mut words = BTreeSet::new();
            words_of(&text, &mut words);
            for ways in Query::parse(&text).must {
                let has = |term: &Term| match term {
                    Term::Whole(text) => words.contains(text),
                    Term::Prefix(text) => words.iter().any(|word| word.starts_with(text.as_str())),
                };
                prop_assert!(ways.iter().any(|way| way.iter().all(has)), "{ways:?} in {words:?}");
            }
        }
    }

    #[test]
    fn a_query_without_end_is_read_as_far_as_people_type() {
        for endless in ["x", "word ", "a-", "a ", "jo ", "山"].map(|text| text.repeat(10_000)) {
            for text in [endless.clone(), format!("jo {endless}"), format!("山{endless}")] {
                let query = Query::parse(&text);
                let terms: Vec<&Term> = query.must.iter().flatten().flatten().collect();
                assert!(query.must.len() <= MAX_QUERY_WORDS, "{}", text.chars().take(4).collect::<String>());
                assert!(
                    terms.len() <= 4 * MAX_QUERY_CHARACTERS,
                    "{} terms of {}",
                    terms.len(),
                    text.chars().take(4).collect::<String>()
                );
                let longest = terms.iter().map(|term| term.text().chars().count()).max();
                assert!(
                    longest <= Some(MAX_WORD),
                    "{longest:?} of {}",
                    text.chars().take(4).collect::<String>()
                );
            }
        }
    }
}
