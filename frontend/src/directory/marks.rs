//! Which parts of a text are what someone typed.

use leptos::prelude::*;

use crate::erased::live;

/// A text as it is compared: without accents, case and width.
pub(crate) fn folded(text: &str) -> String {
    text.chars().flat_map(|letter| folded_letter(letter).chars().collect::<Vec<_>>()).collect()
}

fn folded_letter(letter: char) -> String {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase().to_string();
    }
    let is_mark = |part: &char| ('\u{300}'..='\u{36f}').contains(part);
    decomposed(letter).chars().filter(|part| !is_mark(part)).flat_map(char::to_lowercase).collect()
}

/// A letter and its marks apart, by the browser's own tables.
#[cfg(not(test))]
fn decomposed(letter: char) -> String {
    js_sys::JsString::from(letter.to_string()).normalize("NFKD").into()
}

#[cfg(test)]
fn decomposed(letter: char) -> String {
    icu_normalizer::DecomposingNormalizerBorrowed::new_nfkd().normalize(&letter.to_string()).into_owned()
}

/// The parts of a text, each with whether a word that was typed begins a word there.
fn parts(text: &str, typed: &str) -> Vec<(bool, String)> {
    let typed = folded(typed);
    let words: Vec<&str> = typed.split_whitespace().collect();
    // Each letter with what it is compared by.
    let letters: Vec<(char, String)> = text.chars().map(|letter| (letter, folded_letter(letter))).collect();
    let mut marked = vec![false; letters.len()];
    for start in 0..letters.len() {
        let begins = start.checked_sub(1).and_then(|before| letters.get(before));
        if begins.is_some_and(|(before, _)| before.is_alphanumeric()) {
            continue;
        }
        for word in &words {
            let count = letters_of(letters.get(start..).unwrap_or_default(), word);
            marked.iter_mut().skip(start).take(count).for_each(|marked| *marked = true);
        }
    }
    let mut parts: Vec<(bool, String)> = Vec::new();
    for ((letter, _), marked) in letters.into_iter().zip(marked) {
        match parts.last_mut().filter(|(last, _)| *last == marked) {
            Some((_, part)) => part.push(letter),
            None => parts.push((marked, letter.to_string())),
        }
    }
    parts
}

/// How many of these letters a word covers; none unless it covers them whole.
fn letters_of(letters: &[(char, String)], word: &str) -> usize {
    let mut rest = word;
    for (count, (_, folded)) in letters.iter().enumerate() {
        // A mark belongs to the letter before it.
        if folded.is_empty() {
            continue;
        }
        if rest.is_empty() {
            return count;
        }
        match rest.strip_prefix(folded.as_str()) {
            Some(behind) => rest = behind,
            // The word ends within a letter that stands for several.
            None if folded.starts_with(rest) => return count + 1,
            None => return 0,
        }
    }
    if rest.is_empty() { letters.len() } else { 0 }
}

/// A text with what was typed marked in it.
#[component]
pub(crate) fn Marked(text: String, typed: Signal<String>) -> impl IntoView {
    live(move || {
        let parts = typed.with(|typed| parts(&text, typed));
        let view = |(marked, part): (bool, String)| {
            if marked { view! { <mark>{part}</mark> }.into_any() } else { part.into_any() }
        };
        parts.into_iter().map(view).collect_view()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, typed: &str) -> String {
        let show = |(marked, part): (bool, String)| if marked { format!("[{part}]") } else { part };
        parts(text, typed).into_iter().map(show).collect()
    }

    #[test]
    fn words_are_marked_where_they_begin_whatever_their_accents() {
        assert_eq!(marked("Zoë Quillfeather", "zoe quill"), "[Zoë] [Quill]feather");
        assert_eq!(marked("Ada Canada", "ada"), "[Ada] Canada");
        assert_eq!(marked("Zoe\u{308} X", "zoë"), "[Zoe\u{308}] X");
        assert_eq!(marked("O’Brannigan", "brann"), "O’[Brann]igan");
        assert_eq!(marked("ﬁnance", "f"), "[ﬁ]nance");
        assert_eq!(marked("Ada", ""), "Ada");
        assert_eq!(marked("Ada", "adamant"), "Ada");
    }
}
