//! Text that people enter: stored composed (NFC), counted as people count, and without what nobody can see.
//!
//! Two texts that look alike should be the same text, and each should show something. What is refused follows
//! the FreeformClass of [RFC 8264](https://www.rfc-editor.org/rfc/rfc8264#section-4.3); what a script or an emoji
//! needs beyond it is taken where it is needed.

mod character;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{EnumeratedProperty, GeneralCategory, GeneralCategoryGroup};
use unicode_segmentation::UnicodeSegmentation;

pub use character::Refusal;

use character::refusal;

/// The most marks on a letter. [UTS #39](https://www.unicode.org/reports/tr39/#Optional_Detection) takes four for
/// too many in identifiers; a Burmese syllable has up to six.
const MAX_MARKS: usize = 8;

/// The most code points of what is read as one character. The longest emoji has ten, and a sequence of marks on
/// one character ends after 30 ([UAX #15](https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format)).
const MAX_CODE_POINTS: usize = 32;

/// The most bytes of a text, for each character it may have: the longest emoji takes 35.
const BYTES_FOR_CHARACTER: usize = 40;

/// What one kind of text may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    max_characters: usize,
    several_lines: bool,
}

impl Rules {
    /// One line of at most so many characters.
    #[must_use]
    pub const fn line(max_characters: usize) -> Self {
        Self { max_characters, several_lines: false }
    }

    /// At most so many characters, line feeds and tabs among them.
    #[must_use]
    pub const fn lines(max_characters: usize) -> Self {
        Self { max_characters, several_lines: true }
    }
}

/// A text that shows something, composed (NFC), without space around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(String);

/// Why a text is refused, as the end of a sentence that begins with the name of its field.
///
/// A place counts what people see as one character (extended grapheme clusters,
/// [UAX #29](https://www.unicode.org/reports/tr29/)), from 1, without the space before the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// There is nothing, or nothing but space.
    #[error("{}", crate::problem::EMPTY)]
    Empty,
    /// More than people would read.
    #[error("has {characters} characters; at most {most} are allowed")]
    TooLong {
        /// How many there are.
        characters: usize,
        /// How many there may be.
        most: usize,
    },
    /// Few characters that take much room.
    #[error("takes {bytes} bytes; at most {most} are allowed, so shorten it")]
    TooLarge {
        /// How many there are, in UTF-8.
        bytes: usize,
        /// How many there may be.
        most: usize,
    },
    /// A character that may not be there.
    #[error("contains U+{:04X} at character {place}, {refusal}", u32::from(*.character))]
    Refused {
        character: char,
        place: usize,
        /// What speaks against it, and what to do.
        refusal: Refusal,
    },
    /// Marks that would cover the lines above and below.
    #[error(
        "has {marks} marks in a row at character {place}; at most {MAX_MARKS} are allowed, so remove some"
    )]
    TooManyMarks {
        /// How many marks follow each other.
        marks: usize,
        /// Where they are.
        place: usize,
    },
    /// One character without end.
    #[error(
        "has {code_points} code points joined to one at character {place}; at most {MAX_CODE_POINTS} are allowed, \
         so take them apart or remove some"
    )]
    TooManyJoined {
        /// How many make up the character.
        code_points: usize,
        place: usize,
    },
}

impl Text {
    /// Trims, composes and checks what someone entered.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(input: &str, rules: Rules) -> Result<Self, TextFault> {
        let unified = if rules.several_lines { input.replace("\r\n", "\n") } else { input.to_owned() };
        let text = ComposingNormalizerBorrowed::new_nfc().normalize(unified.trim()).into_owned();
        if text.is_empty() {
            return Err(TextFault::Empty);
        }
        let most = rules.max_characters.saturating_mul(BYTES_FOR_CHARACTER);
        if text.len() > most {
            return Err(TextFault::TooLarge { bytes: text.len(), most });
        }
        check_characters(&text, rules)?;
        let characters = text.graphemes(true).count();
        if characters > rules.max_characters {
            return Err(TextFault::TooLong { characters, most: rules.max_characters });
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

fn check_characters(text: &str, rules: Rules) -> Result<(), TextFault> {
    let code_points: Vec<char> = text.chars().collect();
    let right_to_left = code_points.iter().any(|&code_point| character::is_right_to_left(code_point));
    let mut at = 0;
    for (index, cluster) in text.graphemes(true).enumerate() {
        let place = index + 1;
        for character in cluster.chars() {
            let (before, rest) = code_points.split_at(at);
            let layout = rules.several_lines && matches!(character, '\n' | '\t');
            let after = rest.get(1..).unwrap_or_default();
            let neighbours = character::Neighbours { before, after, right_to_left };
            if let Some(refusal) = refusal(character, neighbours).filter(|_| !layout) {
                return Err(TextFault::Refused { character, place, refusal });
            }
            at += 1;
        }
        check_cluster(cluster, place)?;
    }
    Ok(())
}

fn check_cluster(cluster: &str, place: usize) -> Result<(), TextFault> {
    let is_mark = |character: char| GeneralCategoryGroup::Mark.contains(GeneralCategory::for_char(character));
    let marks = cluster.split(|character| !is_mark(character)).map(|run| run.chars().count()).max();
    match (marks.unwrap_or_default(), cluster.chars().count()) {
        (marks, _) if marks > MAX_MARKS => Err(TextFault::TooManyMarks { marks, place }),
        (_, code_points) if code_points > MAX_CODE_POINTS => {
            Err(TextFault::TooManyJoined { code_points, place })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
