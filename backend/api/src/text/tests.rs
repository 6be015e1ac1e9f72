use proptest::prelude::*;

use super::*;

const NAME: Rules = Rules::line(200);

fn accepted(text: &str) -> String {
    let accepted = Text::parse(text, NAME).map(String::from);
    accepted.unwrap_or_else(|fault| panic!("{}: {fault}", text.escape_unicode()))
}

/// The refused character and its place.
fn refused(text: &str) -> (char, usize, Refusal) {
    match Text::parse(text, NAME) {
        Err(TextFault::Refused { character, place, refusal }) => (character, place, refusal),
        other => panic!("{}: {other:?}", text.escape_unicode()),
    }
}

#[test]
fn a_name_in_any_script_stays_as_it_is() {
    for name in [
        "Ada Lovelace",
        "a <b> & \"c\" 'd' \\ %41 {e} ;--",
        "Nguyễn Thị Minh Khai",
        "Þórunn Ólafsdóttir",
        "דָּוִד בֶּן־גּוּרְיוֹן",
        "عُمَر الخَيَّام",
        "山田 太郎",
        "김민수",
        "สมชาย ใจดี",
        "ကျော်စွာလွှိုင်",
        "བསྟན་འཛིན་རྒྱ་མཚོ",
        "தமிழ்ச்செல்வன்",
        "ភាវិណី",
        "ᠲᠡᠮᠦᠵᠢᠨ",
        "Ἀριστοτέλης",
        "₿ © ™ ½ № – — … “x” · •",
    ] {
        assert_eq!(accepted(name), name);
    }
}

#[test]
fn joiners_stay_where_a_script_needs_them() {
    for (language, name) in [
        ("Persian", "علی\u{200C}رضا"),
        ("Persian after a letter that joins nothing", "کار\u{200C}آفرین"),
        ("Persian with a vowel sign", "مَی\u{200C}خواهَم"),
        ("Arabic, the middle form at the end of a word", "ه\u{200D}"),
        ("Hindi", "क्\u{200D}षमा"),
        ("Hindi at the end of a word", "श्रीमान्\u{200C}"),
        ("Sinhala", "ශ්\u{200D}රී"),
        ("Malayalam", "ജോണ്\u{200D}"),
        ("Bengali", "র\u{200D}্যাব"),
        ("Kannada", "ರ\u{200D}್ಯಾಂಕ್"),
        ("Nepali", "गर्\u{200D}यो"),
        ("Khmer", "ប\u{200C}៊ី"),
        ("Mongolian", "ᠠᠷᠠᠲ\u{180E}ᠠ"),
        ("Mongolian variants", "ᠰᠡᠴᠡᠨ\u{180B}"),
        ("Japanese", "葛\u{E0100}城"),
        ("Myanmar", "\u{1000}\u{FE00}"),
    ] {
        assert_eq!(accepted(name), name, "{language}");
    }
}

#[test]
fn an_emoji_stays_whole() {
    for emoji in [
        "👩🏽\u{200D}💻",
        "👨\u{200D}👩\u{200D}👧\u{200D}👦",
        "👩🏽\u{200D}❤\u{FE0F}\u{200D}💋\u{200D}👨🏿",
        "🏳\u{FE0F}\u{200D}🌈",
        "🏴\u{200D}☠\u{FE0F}",
        "❤\u{FE0F}",
        "☎\u{FE0E}",
        "7\u{FE0F}\u{20E3} #\u{FE0F}\u{20E3}",
        "🇳🇴",
        "🏴\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
    ] {
        assert_eq!(accepted(emoji), emoji);
    }
}

#[test]
fn a_direction_mark_stays_where_text_runs_from_right_to_left() {
    for text in ["מפתח C++\u{200F}", "(HQ) תל אביב\u{200E}", "طهران\u{61C} 7-8"] {
        assert_eq!(accepted(text), text);
    }
    for mark in ['\u{200E}', '\u{200F}', '\u{61C}'] {
        assert_eq!(refused(&format!("Ada{mark} Lovelace")), (mark, 4, Refusal::Direction));
        assert_eq!(refused(&mark.to_string()), (mark, 1, Refusal::Direction));
        assert_eq!(refused(&format!("א{mark}{mark}")), (mark, 3, Refusal::Direction));
    }
}

#[test]
fn what_nobody_can_see_is_refused_with_its_place() {
    for invisible in [
        '\u{AD}',
        '\u{34F}',
        '\u{115F}',
        '\u{1160}',
        '\u{17B4}',
        '\u{200B}',
        '\u{2060}',
        '\u{2063}',
        '\u{206F}',
        '\u{2800}',
        '\u{3164}',
        '\u{FEFF}',
        '\u{FFA0}',
        '\u{FFF9}',
        '\u{1BCA0}',
        '\u{1D159}',
        '\u{1D173}',
        '\u{13441}',
        '\u{E0001}',
    ] {
        assert_eq!(refused(&invisible.to_string()), (invisible, 1, Refusal::Invisible));
        assert_eq!(refused(&format!("👩🏽\u{200D}💻 {invisible}x")).0, invisible);
    }
    assert_eq!(refused("👩🏽\u{200D}💻 A\u{200B}da"), ('\u{200B}', 4, Refusal::Invisible));
}

#[test]
fn a_joiner_that_joins_nothing_is_refused() {
    for (text, place) in [
        ("\u{200D}", 1),
        ("a\u{200D}b", 1),
        ("Ada\u{200C}", 3),
        ("ب\u{200C}", 1),
        ("ب\u{200C}\u{200C}ب", 1),
        ("क्\u{200D}\u{200D}ष", 1),
        ("💻\u{200D}", 1),
        ("💻\u{200D}a", 1),
        ("🇳\u{200D}🇴", 1),
        ("山\u{200D}田", 1),
    ] {
        let (joiner, at, refusal) = refused(text);
        assert!(matches!(joiner, '\u{200C}' | '\u{200D}'), "{}", text.escape_unicode());
        assert_eq!((at, refusal), (place, Refusal::Purposeless), "{}", text.escape_unicode());
    }
}

#[test]
fn a_selector_that_selects_nothing_is_refused() {
    for text in [
        "\u{FE0F}",
        "a\u{FE0F}",
        "7\u{FE0F}",
        "❤\u{FE0F}\u{FE0F}",
        "a\u{FE00}",
        "葛\u{E0100}\u{E0101}",
        "a\u{E0100}",
        "\u{180B}",
        "a\u{180E}",
        "\u{180E}",
    ] {
        assert_eq!(refused(text).2, Refusal::Purposeless, "{}", text.escape_unicode());
    }
}

#[test]
fn tags_are_refused_outside_a_flag() {
    let word: String =
        "hidden".chars().filter_map(|letter| char::from_u32(0xE0000 + letter as u32)).collect();
    let long: String = "\u{E0061}".repeat(7);
    for text in [
        format!("Ada{word}"),
        format!("🏴{word}"),
        format!("🏴{long}\u{E007F}"),
        "🏴\u{E007F}".to_owned(),
        "🏴\u{E0067}\u{E0062}\u{E007F}".to_owned(),
        format!("💻{word}\u{E007F}"),
    ] {
        assert_eq!(refused(&text).2, Refusal::Invisible, "{}", text.escape_unicode());
    }
}

#[test]
fn what_turns_text_around_is_refused() {
    for turn in ('\u{202A}'..='\u{202E}').chain('\u{2066}'..='\u{2069}') {
        assert_eq!(refused(&format!("Ada{turn}ecalevoL")), (turn, 4, Refusal::Direction));
        assert_eq!(refused(&format!("א{turn}")), (turn, 2, Refusal::Direction));
    }
}

#[test]
fn controls_are_refused() {
    for control in ('\0'..='\u{1F}').chain('\u{7F}'..='\u{9F}').chain(['\u{2028}', '\u{2029}']) {
        assert_eq!(refused(&format!("Ada{control}x")), (control, 4, Refusal::Control));
    }
}

#[test]
fn what_is_no_character_for_everyone_is_refused() {
    for (character, reason) in [
        ('\u{FFFD}', Refusal::Lost),
        ('\u{FFFC}', Refusal::Lost),
        ('\u{E000}', Refusal::PrivateUse),
        ('\u{F8FF}', Refusal::PrivateUse),
        ('\u{10FFFD}', Refusal::PrivateUse),
        ('\u{378}', Refusal::Unassigned),
        ('\u{FDD0}', Refusal::Unassigned),
        ('\u{FFFF}', Refusal::Unassigned),
        ('\u{10FFFF}', Refusal::Unassigned),
        ('\u{E0080}', Refusal::Unassigned),
    ] {
        assert_eq!(refused(&format!("Ada {character}")), (character, 5, reason));
    }
}

#[test]
fn a_mark_needs_something_to_stand_on() {
    for (text, place) in
        [("\u{301}", 1), (" \u{301}a", 1), ("Ada \u{301}a", 4), ("x\u{3000}\u{93E}", 2), ("\u{20E3}", 1)]
    {
        let (_, at, refusal) = refused(text);
        assert_eq!((at, refusal), (place, Refusal::LoneMark), "{}", text.escape_unicode());
    }
}

#[test]
fn a_character_has_few_marks_and_few_parts() {
    assert_eq!(
        Text::parse(&format!("Z{}", "\u{335}".repeat(9)), NAME),
        Err(TextFault::TooManyMarks { marks: 9, place: 1 })
    );
    assert!(Text::parse(&format!("Z{}", "\u{335}".repeat(8)), NAME).is_ok());
    let chain = "👩\u{200D}".repeat(20) + "👩";
    assert_eq!(Text::parse(&chain, NAME), Err(TextFault::TooManyJoined { code_points: 41, place: 1 }));
    let jamo = "\u{1100}".repeat(33);
    assert_eq!(Text::parse(&jamo, NAME), Err(TextFault::TooManyJoined { code_points: 33, place: 1 }));
    let flag = "🏴\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}".repeat(5);
    assert_eq!(Text::parse(&flag, Rules::line(1)), Err(TextFault::TooLarge { bytes: 140, most: 40 }));
}

#[test]
fn length_is_counted_as_people_count() {
    for character in ["x", "語", "g\u{308}", "👩🏽\u{200D}💻", "क्षि", "🇳🇴"] {
        assert!(Text::parse(&character.repeat(200), NAME).is_ok(), "{character}");
        let fault = Text::parse(&character.repeat(201), NAME);
        assert_eq!(fault, Err(TextFault::TooLong { characters: 201, most: 200 }), "{character}");
    }
}

#[test]
fn text_is_stored_composed_and_without_space_around_it() {
    assert_eq!(accepted("  Zoe\u{308} A\u{30A}ngstro\u{308}m\u{3000}"), "Zoë Ångström");
    assert_eq!(accepted("\u{1112}\u{1161}\u{11AB}"), "한");
}

#[test]
fn a_note_may_have_several_lines() {
    let note = |text| Text::parse(text, Rules::lines(500)).map(String::from);
    assert_eq!(note("one\r\n\ttwo\n"), Ok("one\n\ttwo".to_owned()));
    for control in ["a\rb", "a\u{B}b", "a\u{85}b", "a\u{2028}b", "a\n\u{301}b"] {
        assert!(matches!(note(control), Err(TextFault::Refused { .. })), "{}", control.escape_unicode());
    }
}

#[test]
fn a_refusal_says_what_where_and_what_to_do() {
    let words = |text| Text::parse(text, NAME).expect_err("refused").to_string();
    assert_eq!(words(" "), "is empty; enter at least one character");
    assert_eq!(
        words("Ada\u{202E}x"),
        "contains U+202E at character 4, which changes the direction of the text unseen; remove it"
    );
    assert_eq!(
        words("\u{FFFD}"),
        "contains U+FFFD at character 1, which stands for something that was lost; enter what was meant"
    );
    assert_eq!(
        words("a\nb"),
        "contains U+000A at character 2, a control character such as a line break; remove it"
    );
}

/// What the issue lists as refused wherever it is, spelled out by hand.
fn is_never_allowed(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{AD}' | '\u{115F}' | '\u{1160}' | '\u{200B}'
        | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{E000}'..='\u{F8FF}'
        | '\u{FDD0}'..='\u{FDEF}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFFC}' | '\u{FFFD}'
        | '\u{F0000}'..='\u{10FFFF}')
        || u32::from(character) & 0xFFFE == 0xFFFE
}

/// Text that holds many of the characters that need others around them.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "\\PC",
        3 => any::<char>().prop_map(String::from),
        4 => prop::sample::select(vec![
            "\u{200C}", "\u{200D}", "\u{200F}", "\u{FE0F}", "\u{E0100}", "\u{301}", "\u{20E3}", "\u{180E}", "\u{E007F}",
            "\u{E0061}", "\u{1F3F4}", "💻", "ب", "ر", "क", "्", "ि", "葛", "7", " ", "a", "א", "\n", "\u{202E}", "\u{1100}",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_accepted_shows_something_and_reads_back_as_it_is(text in any_text()) {
        for rules in [NAME, Rules::lines(500), Rules::line(3)] {
            let Ok(accepted) = Text::parse(&text, rules) else { continue };
            let shown = accepted.as_str();
            let layout = |character| rules.several_lines && matches!(character, '\n' | '\t');
            prop_assert!(!shown.chars().any(|character| is_never_allowed(character) && !layout(character)));
            prop_assert!(shown.chars().any(|character| !character.is_whitespace()));
            prop_assert!(shown.graphemes(true).count() <= rules.max_characters);
            prop_assert!(shown.len() <= rules.max_characters * BYTES_FOR_CHARACTER);
            prop_assert_eq!(shown, shown.trim());
            prop_assert_eq!(Text::parse(shown, rules), Ok(accepted.clone()));
        }
    }

    #[test]
    fn letters_digits_and_punctuation_are_accepted(text in "[\\p{Lu}\\p{Ll}\\p{Lt}\\p{Nd}\\p{P}&&[^\u{E000}-\u{10FFFF}]]{1,200}") {
        prop_assert!(Text::parse(&text, NAME).is_ok(), "{}", text.escape_unicode());
    }

    #[test]
    fn one_bad_character_anywhere_is_named_with_its_place(
        left in "[a-zA-Z]{0,9}", right in "[a-zA-Z]{1,9}",
        bad in any::<char>().prop_filter("one of those never allowed", |&character| is_never_allowed(character)),
    ) {
        prop_assume!(!(left.is_empty() && bad.is_whitespace()));
        let (character, place, _) = refused(&format!("{left}{bad}{right}"));
        prop_assert_eq!((character, place), (bad, left.len() + 1));
    }

    #[test]
    fn taking_out_every_mark_leaves_the_same_number_of_characters(text in "([a-z][\u{300}-\u{304}]{0,8}){1,40}") {
        let letters = text.chars().filter(char::is_ascii_lowercase).count();
        prop_assert_eq!(Text::parse(&text, Rules::line(letters)).map(|text| text.as_str().graphemes(true).count()), Ok(letters));
        if letters > 1 {
            // Fewer bytes may be allowed then, which is told first.
            let fault = Text::parse(&text, Rules::line(letters - 1));
            let too_much = matches!(fault, Err(TextFault::TooLong { .. } | TextFault::TooLarge { .. }));
            prop_assert!(too_much);
        }
    }
}
