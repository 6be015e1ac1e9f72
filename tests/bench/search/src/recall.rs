//! How often a slip of the pen still finds who was meant.

use rollcall_search::{Index, Person, Place, Query, Reach, Search};

use crate::draw::Draw;

/// How many names of each kind of slip are tried: 1,000 in all.
const TRIES: usize = 167;

/// A kind of slip, and a name with one; none where a name has no place for it.
struct Slip {
    name: &'static str,
    is_of_letters: bool,
    make: fn(&mut Vec<char>, usize) -> Option<()>,
}

const SLIPS: [Slip; 6] = [
    Slip { name: "two letters exchanged", is_of_letters: true, make: |word, at| exchange(word, at) },
    Slip { name: "a letter left out", is_of_letters: true, make: leave_out },
    Slip {
        name: "a letter doubled",
        is_of_letters: true,
        make: |word, at| {
            word.insert(at, word[at]);
            Some(())
        },
    },
    Slip { name: "the key beside it", is_of_letters: true, make: |word, at| hit_beside(word, at) },
    Slip { name: "an accent too many or too few", is_of_letters: false, make: |word, _| change_accent(word) },
    Slip { name: "Kana of the other kind", is_of_letters: false, make: |word, _| change_kana(word) },
];

/// How many of how many were found.
#[derive(Clone, Copy, Default)]
pub(crate) struct Recall {
    pub(crate) tried: usize,
    /// Someone of the name meant is among the first ten.
    pub(crate) found: usize,
    /// Or of those who come close, who are shown where nobody matches.
    pub(crate) close: usize,
}

/// The recall by kind of slip, and of all together.
pub(crate) fn recall(index: &Index, people: &[Person]) -> Vec<(&'static str, Recall)> {
    let mut all: Vec<(&'static str, Recall)> =
        SLIPS.iter().map(|slip| (slip.name, of_slip(slip, index, people))).collect();
    let sum = all.iter().fold(Recall::default(), |sum, (_, one)| Recall {
        tried: sum.tried + one.tried,
        found: sum.found + one.found,
        close: sum.close + one.close,
    });
    all.push(("all", sum));
    all
}

fn of_slip(slip: &Slip, index: &Index, people: &[Person]) -> Recall {
    let mut draw = Draw::new(13);
    let mut recall = Recall::default();
    for _ in 0..1_000_000 {
        let name = &people[draw.below(people.len())].name;
        let Some(typed) = with_slip(name, slip, &mut draw) else { continue };
        let found = find(index, &typed, Reach::Usual);
        let has = |found: &[Place]| found.iter().any(|place| place.name == *name);
        recall.found += usize::from(has(&found));
        recall.close += usize::from(has(&found) || found.is_empty() && has(&find(index, &typed, Reach::Far)));
        recall.tried += 1;
        if recall.tried == TRIES {
            break;
        }
    }
    recall
}

/// The first ten.
fn find(index: &Index, typed: &str, reach: Reach) -> Vec<Place> {
    index.search(&Search { query: Query::parse(typed), limit: 10, reach, ..Search::default() }).people
}

/// A name with a slip in one of its words.
fn with_slip(name: &str, slip: &Slip, draw: &mut Draw) -> Option<String> {
    let mut words: Vec<Vec<char>> = name.split(' ').map(|word| word.chars().collect()).collect();
    let at_word = draw.below(words.len());
    let word = &mut words[at_word];
    // Letters are mistyped where they are typed: Han and Kana come out of a choice of whole words.
    if slip.is_of_letters && !word.iter().all(|letter| *letter < '\u{2E80}') {
        return None;
    }
    let at = draw.below(word.len());
    (slip.make)(word, at)?;
    let words: Vec<String> = words.into_iter().map(|word| word.into_iter().collect()).collect();
    Some(words.join(" "))
}

fn exchange(word: &mut [char], at: usize) -> Option<()> {
    let next = *word.get(at + 1)?;
    (word[at] != next).then(|| word.swap(at, at + 1))
}

fn leave_out(word: &mut Vec<char>, at: usize) -> Option<()> {
    (word.len() > 1).then(|| {
        word.remove(at);
    })
}

fn hit_beside(word: &mut [char], at: usize) -> Option<()> {
    const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
    let letter = word[at].to_ascii_lowercase();
    let row = ROWS.iter().find(|row| row.contains(letter))?;
    let place = row.find(letter)?;
    word[at] = row.chars().nth(place + 1).or_else(|| row.chars().nth(place.checked_sub(1)?))?;
    Some(())
}

fn change_accent(word: &mut [char]) -> Option<()> {
    const PAIRS: [(char, char); 5] = [('e', 'é'), ('o', 'ø'), ('a', 'á'), ('u', 'ü'), ('é', 'e')];
    word.iter_mut().find_map(|letter| {
        let (_, with) = PAIRS.iter().find(|(one, _)| one == letter)?;
        *letter = *with;
        Some(())
    })
}

/// Hiragana stands 96 places before Katakana (the Unicode Standard, chapter 18.4).
fn change_kana(word: &mut [char]) -> Option<()> {
    let kana = |letter: &&mut char| ('ァ'..='ヶ').contains(&**letter);
    let changed = word.iter_mut().filter(kana).map(|letter| {
        *letter = char::from_u32(u32::from(*letter) - 0x60).unwrap_or(*letter);
    });
    (changed.count() > 0).then_some(())
}
