//! Text as it is searched: what people take for the same is the same.
//!
//! Case, accents, width, ligatures and the two Kana are folded away. What tells words apart in a script stays: the
//! voicing of Kana, the vowels of Indic scripts and of Thai.

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{CanonicalCombiningClass, DefaultIgnorableCodePoint},
};

/// The text folded. Folding what is folded changes nothing.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let decompose = DecomposingNormalizerBorrowed::new_nfkd();
    let cased = CaseMapper::new().fold_string(&decompose.normalize(text)).into_owned();
    // Folding the case of a letter may leave one that can be taken apart again.
    let mut plain = String::with_capacity(cased.len());
    for character in decompose.normalize(&cased).chars().filter(|character| !is_left_out(*character)) {
        match alike(character) {
            Some(letters) => plain.push_str(letters),
            None => plain.push(hiragana(character)),
        }
    }
    ComposingNormalizerBorrowed::new_nfc().normalize(&plain).into_owned()
}

/// Marks above, below, through and attached to a letter, the points of Hebrew and Arabic, and what nobody sees.
///
/// Told by the [combining class](https://www.unicode.org/reports/tr44/#Canonical_Combining_Class_Values): 1 goes through
/// a letter, 10 to 36 are points, 200 to 240 accents. Others, such as the voicing of Kana and the vowels of Thai, make
/// another word.
fn is_left_out(character: char) -> bool {
    use CanonicalCombiningClass as Class;

    let class = CodePointMapData::<Class>::new().get(character);
    class == Class::Overlay
        || (Class::CCC10..=Class::CCC36).contains(&class)
        || (Class::AttachedBelowLeft..=Class::IotaSubscript).contains(&class)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// Letters of the Latin script that Unicode doesn't take apart, as those without the letter on the keyboard write them.
const fn alike(character: char) -> Option<&'static str> {
    Some(match character {
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ħ' => "h",
        'ŧ' => "t",
        'þ' => "th",
        'æ' => "ae",
        'œ' => "oe",
        'ı' => "i",
        'ŋ' => "n",
        _ => return None,
    })
}

/// Katakana as the Hiragana that sounds the same: they stand 0x60 apart
/// ([Unicode, Katakana](https://www.unicode.org/charts/PDF/U30A0.pdf)).
fn hiragana(character: char) -> char {
    match character {
        'ァ'..='ヶ' | 'ヽ' | 'ヾ' => char::from_u32(u32::from(character) - 0x60).unwrap_or(character),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_take_for_the_same_is_the_same() {
        for (one, other) in [
            ("ADA", "ada"),
            ("Zoë", "zoe"),
            ("Zoe\u{308}", "zoe"),
            ("Øster Łódź", "oster lodz"),
            ("Straße", "STRASSE"),
            ("ﬁnance", "finance"),
            ("Ａｄａ　１", "ada 1"),
            ("ヤマダ", "やまだ"),
            ("ﾔﾏﾀﾞ", "やまだ"),
            ("İstanbul", "istanbul"),
            ("Ævar Þór", "aevar thor"),
            ("Σίσυφος", "σισυφοσ"),
            ("שָׁלוֹם", "שלום"),
            ("مُحَمَّد", "محمد"),
            ("علی\u{200c}رضا", "علیرضا"),
            ("Nguyễn", "nguyen"),
            ("한국", "한국"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
    }

    #[test]
    fn what_makes_another_word_stays() {
        for (one, other) in [("か", "が"), ("ハ", "パ"), ("นา", "น่า"), ("कि", "की"), ("o", "u"), ("山", "川")]
        {
            assert_ne!(fold(one), fold(other), "{one} and {other}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn folding_what_is_folded_changes_nothing(text in "\\PC{0,12}") {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded);
        }

        #[test]
        fn composed_or_not_is_the_same(text in "\\PC{0,12}") {
            let composed = ComposingNormalizerBorrowed::new_nfc().normalize(&text).into_owned();
            let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(&text).into_owned();
            prop_assert_eq!(fold(&composed), fold(&decomposed));
        }
    }
}
