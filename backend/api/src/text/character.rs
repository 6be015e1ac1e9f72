//! Which characters a text may hold, and next to which others.

use icu_properties::props::{
    BidiClass, BinaryProperty, CanonicalCombiningClass, DefaultIgnorableCodePoint, Emoji, EnumeratedProperty,
    ExtendedPictographic, GeneralCategory, GeneralCategoryGroup, IndicSyllabicCategory, JoiningType,
    PrependedConcatenationMark, Script, VariationSelector,
};

const NON_JOINER: char = '\u{200C}';
const JOINER: char = '\u{200D}';
/// Asks for the text form of an emoji.
const TEXT_SELECTOR: char = '\u{FE0E}';
/// Asks for the colourful form of an emoji.
const EMOJI_SELECTOR: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';
const BLACK_FLAG: char = '\u{1F3F4}';
const CANCEL_TAG: char = '\u{E007F}';
const MONGOLIAN_VOWEL_SEPARATOR: char = '\u{180E}';

/// Why a character may not be where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// C0, C1, line and paragraph separators.
    #[error("a control character such as a line break; remove it")]
    Control,
    /// Overrides, embeddings and isolates, and direction marks where nothing needs them.
    #[error("which changes the direction of the text unseen; remove it")]
    Direction,
    /// What leaves no trace on the screen.
    #[error("which nobody can see; remove it")]
    Invisible,
    /// A joiner or variation selector whose neighbours know nothing of it.
    #[error("which nobody can see and which changes nothing here; remove it")]
    Purposeless,
    /// A combining mark with nothing before it to stand on.
    #[error("a mark without a letter to stand on; put it after its letter, or remove it")]
    LoneMark,
    /// A code point that is no character, or not yet one.
    #[error("which is no character that Unicode knows; remove it")]
    Unassigned,
    /// What means something only to those who agreed on it.
    #[error("which is for private use and looks different, or like nothing, elsewhere; remove it")]
    PrivateUse,
    /// What programs put in place of something they could not read or show.
    #[error("which stands for something that was lost; enter what was meant")]
    Lost,
}

/// What stands before and after a character.
#[derive(Debug, Clone, Copy)]
pub(super) struct Neighbours<'a> {
    pub(super) before: &'a [char],
    pub(super) after: &'a [char],
    /// Whether anything in the whole text is written from right to left.
    pub(super) right_to_left: bool,
}

/// Whether a character is written from right to left.
pub(super) fn is_right_to_left(character: char) -> bool {
    let class = BidiClass::for_char(character);
    matches!(class, BidiClass::RightToLeft | BidiClass::ArabicLetter) && !is_format(character)
}

/// What speaks against a character; none when it may be there.
pub(super) fn refusal(character: char, neighbours: Neighbours<'_>) -> Option<Refusal> {
    let category = GeneralCategory::for_char(character);
    match category {
        GeneralCategory::Control | GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => {
            Some(Refusal::Control)
        }
        GeneralCategory::Unassigned => Some(Refusal::Unassigned),
        GeneralCategory::PrivateUse | GeneralCategory::Surrogate => Some(Refusal::PrivateUse),
        _ if is_stand_in(character) => Some(Refusal::Lost),
        GeneralCategory::Format => format_refusal(character, neighbours),
        _ if VariationSelector::for_char(character) => {
            (!selects(character, neighbours)).then_some(Refusal::Purposeless)
        }
        _ if DefaultIgnorableCodePoint::for_char(character) || is_blank(character) => {
            Some(Refusal::Invisible)
        }
        _ if is_mark(character) && !has_base(neighbours) => Some(Refusal::LoneMark),
        _ => None,
    }
}

/// Replacement character and object replacement character.
fn is_stand_in(character: char) -> bool {
    matches!(character, '\u{FFFC}' | '\u{FFFD}')
}

/// Drawn as nothing, although Unicode's properties don't say so: the braille pattern without dots, the musical
/// null notehead, and the blank Egyptian hieroglyphs.
fn is_blank(character: char) -> bool {
    matches!(character, '\u{2800}' | '\u{1D159}' | '\u{13441}' | '\u{13442}')
}

fn format_refusal(character: char, neighbours: Neighbours<'_>) -> Option<Refusal> {
    let (needed, otherwise) = match character {
        NON_JOINER | JOINER => (joins(character, neighbours), Refusal::Purposeless),
        '\u{061C}' | '\u{200E}' | '\u{200F}' => (directs(neighbours), Refusal::Direction),
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => (false, Refusal::Direction),
        MONGOLIAN_VOWEL_SEPARATOR => (separates_vowel(neighbours), Refusal::Purposeless),
        '\u{E0020}'..=CANCEL_TAG => (is_in_flag(character, neighbours), Refusal::Invisible),
        // Signs such as the Arabic year sign, which are drawn under the digits that follow.
        _ => (PrependedConcatenationMark::for_char(character), Refusal::Invisible),
    };
    (!needed).then_some(otherwise)
}

/// Whether a joiner does something: the rules of [RFC 5892](https://www.rfc-editor.org/rfc/rfc5892#appendix-A.1),
/// and what they leave out although people write it.
fn joins(joiner: char, neighbours: Neighbours<'_>) -> bool {
    let (Some(&before), after) = (neighbours.before.last(), neighbours.after.first().copied()) else {
        return false;
    };
    let emoji = joiner == JOINER
        && neighbours
            .before
            .iter()
            .rev()
            .find(|&&part| !modifies_emoji(part))
            .is_some_and(|&part| is_picture(part))
        && after.is_some_and(is_picture);
    let after_virama = CanonicalCombiningClass::for_char(before) == CanonicalCombiningClass::Virama;
    emoji || after_virama || joins_syllable(before, after) || joins_letters(joiner, neighbours)
}

/// Between a letter and its vowel sign or virama, as in Bengali ra and ya, touching letters of Sinhala, and the
/// register shifters of Khmer ([Unicode, chapters 12, 13 and 16](https://www.unicode.org/versions/latest/)).
fn joins_syllable(before: char, after: Option<char>) -> bool {
    let indic = |character| IndicSyllabicCategory::for_char(character) != IndicSyllabicCategory::Other;
    indic(before) && after.is_some_and(|after| indic(after) && is_mark(after))
}

/// Between two letters of a script whose letters join, such as Arabic. Also where the first one never joins the
/// next: Persian keyboards put a non-joiner there all the same. A joiner also gives a letter at the end of a word
/// the form of its middle.
fn joins_letters(joiner: char, neighbours: Neighbours<'_>) -> bool {
    let joining = |character: char| JoiningType::for_char(character);
    let before = neighbours.before.iter().rev().map(|&letter| joining(letter)).find(is_opaque);
    let after = neighbours.after.iter().map(|&letter| joining(letter)).find(is_opaque);
    let joins_next =
        before.is_some_and(|kind| matches!(kind, JoiningType::DualJoining | JoiningType::LeftJoining));
    (before.is_some_and(is_letter) && after.is_some_and(is_letter)) || (joiner == JOINER && joins_next)
}

fn is_opaque(kind: &JoiningType) -> bool {
    *kind != JoiningType::Transparent
}

fn is_letter(kind: JoiningType) -> bool {
    matches!(kind, JoiningType::DualJoining | JoiningType::LeftJoining | JoiningType::RightJoining)
}

fn is_picture(character: char) -> bool {
    ExtendedPictographic::for_char(character)
}

/// Emoji selector and skin tones, which may stand between an emoji and the joiner after it.
fn modifies_emoji(character: char) -> bool {
    matches!(character, EMOJI_SELECTOR | '\u{1F3FB}'..='\u{1F3FF}')
}

/// Whether a variation selector follows a character that has variants: an emoji, a keycap's digit, an ideograph
/// (the registered forms of Japanese names), a letter of Mongolian, Myanmar or Phags-pa.
fn selects(selector: char, neighbours: Neighbours<'_>) -> bool {
    let Some(&base) = neighbours.before.last() else { return false };
    let script = Script::for_char(base);
    match selector {
        TEXT_SELECTOR | EMOJI_SELECTOR if base.is_ascii() => neighbours.after.first() == Some(&KEYCAP),
        TEXT_SELECTOR | EMOJI_SELECTOR => Emoji::for_char(base),
        '\u{FE00}'..='\u{FE0D}' => matches!(script, Script::Han | Script::Myanmar | Script::PhagsPa),
        '\u{E0100}'..='\u{E01EF}' => script == Script::Han,
        _ => script == Script::Mongolian,
    }
}

/// Before the last vowel of a Mongolian word, which is written apart.
fn separates_vowel(neighbours: Neighbours<'_>) -> bool {
    let letter =
        neighbours.before.last().is_some_and(|&letter| Script::for_char(letter) == Script::Mongolian);
    letter && matches!(neighbours.after.first(), Some('\u{1820}' | '\u{1821}'))
}

/// Whether a direction mark can be needed: it mends the order of punctuation next to text from right to left, and
/// turns nothing around by itself ([UAX #9](https://www.unicode.org/reports/tr9/#Implicit_Directional_Marks)).
/// Elsewhere it only makes two texts that look alike differ.
fn directs(neighbours: Neighbours<'_>) -> bool {
    let is_alone = neighbours.before.last().is_none_or(|&before| !is_format(before));
    neighbours.right_to_left && is_alone
}

/// Whether a tag belongs to the flag of a part of a country, such as Wales: a black flag, three to six letters or
/// digits, the end ([UTS #51](https://www.unicode.org/reports/tr51/#def_emoji_tag_sequence), Unicode subdivisions).
fn is_in_flag(tag: char, neighbours: Neighbours<'_>) -> bool {
    let is_region = |tag: &char| matches!(tag, '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}');
    let before = neighbours.before.iter().rev().take_while(|tag| is_region(tag)).count();
    let follow = neighbours.after.iter().take_while(|tag| is_region(tag)).count();
    let (from_here, end) =
        if is_region(&tag) { (1 + follow, neighbours.after.get(follow)) } else { (0, Some(&tag)) };
    neighbours.before.iter().rev().nth(before) == Some(&BLACK_FLAG)
        && (3..=6).contains(&(before + from_here))
        && end == Some(&CANCEL_TAG)
}

fn has_base(neighbours: Neighbours<'_>) -> bool {
    neighbours.before.last().is_some_and(|before| !before.is_whitespace())
}

fn is_mark(character: char) -> bool {
    GeneralCategoryGroup::Mark.contains(GeneralCategory::for_char(character))
}

fn is_format(character: char) -> bool {
    GeneralCategory::for_char(character) == GeneralCategory::Format
}
