//! What stands in a cell of a file: a field's value as one text.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula
//! ([OWASP](https://owasp.org/www-community/attacks/CSV_Injection)). Such a text goes out behind an apostrophe, which
//! spreadsheets read as "this is text", and comes in without it.

use rollcall_api::{badge::Badge, field::Field, values::Value};

/// The texts of a value, each on a line of its own.
pub(crate) fn written(value: Option<&Value>) -> String {
    guarded(value.map(|value| value.texts().join("\n")).unwrap_or_default())
}

/// The ids of badges, each on a line of its own.
pub(crate) fn badges(worn: &[Badge]) -> String {
    worn.iter().map(|badge| badge.id()).collect::<Vec<_>>().join("\n")
}

/// What a cell says of a field. A cell that says what is there already is taken for that, whatever another program left.
pub(crate) fn read(field: &Field, cell: &str, seen: Option<&Value>) -> Value {
    if let Some(seen) = seen.filter(|seen| written(Some(seen)) == cell) {
        return seen.clone();
    }
    let text = unguarded(cell);
    if field.kind.is_list() {
        Value::List(lines(text).map(str::to_owned).collect())
    } else {
        Value::Text(text.to_owned())
    }
}

/// The badges that a cell names: by their ids, or as people read them.
pub(crate) fn read_badges(cell: &str) -> Vec<String> {
    let named = |text: &str| {
        let badge = Badge::ALL.iter().find(|badge| badge.label().eq_ignore_ascii_case(text));
        badge.map_or_else(|| text.to_owned(), |badge| badge.id().to_owned())
    };
    let parts = unguarded(cell).split(['\n', ',', ';']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(named).collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').map(|line| line.trim_end_matches('\r')).filter(|line| !line.trim().is_empty())
}

/// Whether a spreadsheet takes the text for a formula, or the apostrophes before it would be lost.
fn is_guarded(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A text that no spreadsheet takes for a formula.
pub(crate) fn guarded(text: String) -> String {
    if is_guarded(&text) { format!("'{text}") } else { text }
}

/// The text that was guarded.
pub(crate) fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_guarded(text)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rollcall_api::field::FIELDS;

    use super::*;

    #[test]
    fn a_formula_is_text_to_a_spreadsheet() {
        for formula in ["=1+1", "+49 30", "-2", "@SUM(A1)", "\t=1", "'=1", "''+1"] {
            let cell = guarded(formula.to_owned());
            assert!(cell.starts_with('\''), "{cell}");
            assert_eq!(unguarded(&cell), formula);
        }
        for text in ["Ada", "'Ada'", "O'Brien", "", "'"] {
            assert_eq!(guarded(text.to_owned()), text);
            assert_eq!(unguarded(text), text);
        }
    }

    #[test]
    fn badges_are_read_by_id_and_by_name() {
        assert_eq!(read_badges("bug\nCoffee Snob; unicorn,"), ["bug", "coffee", "unicorn"]);
    }

    proptest! {
        #[test]
        fn a_text_comes_back_as_it_went_out(text in "['=+@\\-\t\r]{0,3}\\PC{0,8}") {
            let cell = guarded(text.clone());
            prop_assert_eq!(unguarded(&cell), text);
        }

        #[test]
        fn a_cell_that_says_what_is_there_changes_nothing(texts in prop::collection::vec("\\PC{1,6}|[=\n\r' ]{1,4}", 1..4)) {
            for field in FIELDS {
                let seen = if field.kind.is_list() { Value::List(texts.clone()) } else { Value::Text(texts.concat()) };
                prop_assert_eq!(read(field, &written(Some(&seen)), Some(&seen)), seen);
            }
        }
    }
}
