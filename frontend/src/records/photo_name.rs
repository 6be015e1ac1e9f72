//! Whose photo a file is, by its name: an id or an e-mail address.

use rollcall_api::{field::EMAIL, import::ImportRow, problem::FieldError};

use crate::{api::sentence, ui::save::cell};

/// The endings of pictures, which are no part of an e-mail address.
const ENDINGS: [&str; 11] =
    ["jpg", "jpeg", "png", "webp", "heic", "heif", "avif", "gif", "bmp", "tif", "tiff"];

/// The id or e-mail address that a file is named by; none for what only systems put into archives.
pub(super) fn named(path: &str) -> Option<&str> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let is_of_a_system = name.is_empty() || name.starts_with('.') || path.starts_with("__MACOSX/");
    if is_of_a_system || name.eq_ignore_ascii_case("thumbs.db") || name.eq_ignore_ascii_case("desktop.ini") {
        return None;
    }
    Some(match name.rsplit_once('.') {
        Some((stem, ending)) if ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) => stem,
        _ => name,
    })
}

/// The names without those that stand there before, and for each of all names where it is among these.
pub(super) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> (Vec<&'a str>, Vec<usize>) {
    let mut distinct: Vec<&str> = Vec::new();
    let is_same =
        |one: &str, other: &str| one == other || (one.contains('@') && one.eq_ignore_ascii_case(other));
    let places = names.map(|name| match distinct.iter().position(|known| is_same(known, name)) {
        Some(place) => place,
        None => {
            distinct.push(name);
            distinct.len() - 1
        }
    });
    let places = places.collect();
    (distinct, places)
}

/// What is asked of the import about these names, as rows: of each, whether it is an id, and whether it is an e-mail address.
pub(super) const COLUMNS: &str = "id,email";

pub(super) fn question(names: &[&str]) -> String {
    let mut rows = format!("{COLUMNS}\r\n");
    for name in names {
        let name = cell(name);
        rows.push_str(&format!("{name},\r\n,{name}\r\n"));
    }
    rows
}

/// The id of whoever is meant by the name that stands at this place of the question; otherwise why nobody is.
pub(super) fn answer(rows: &[ImportRow], at: usize) -> Result<String, String> {
    let of = |line: usize| rows.iter().find(move |row| row.line == line as u64);
    let (by_id, by_email) = (of(2 + 2 * at), of(3 + 2 * at));
    // An id may look like an address, and counts first.
    let found = by_id.into_iter().chain(by_email).find_map(|row| row.id.clone());
    found.ok_or_else(|| {
        let errors = by_email.map_or(&[][..], |row| &row.errors);
        let told = |error: &&FieldError| error.field.is_empty() || error.field == EMAIL;
        let told = errors.iter().find(told).filter(|error| !error.detail.contains(NO_ADDRESS));
        told.map_or_else(
            || "Nobody has this id or e-mail address.".to_owned(),
            |error| sentence(&error.detail),
        )
    })
}

/// In the words of the API: of an id that nobody has there is nothing more to say.
const NO_ADDRESS: &str = "no e-mail address";

#[cfg(test)]
mod tests {
    use rollcall_api::import::ImportOutcome;

    use super::*;

    #[test]
    fn a_file_is_named_by_an_id_or_an_address() {
        for (path, name) in [
            ("ada@example.org.jpg", "ada@example.org"),
            ("photos/2026/ada@example.org.JPEG", "ada@example.org"),
            ("ada@example.org", "ada@example.org"),
            ("7f1c.png", "7f1c"),
            ("a\\b\\7f1c.webp", "7f1c"),
            ("7f1c", "7f1c"),
        ] {
            assert_eq!(named(path), Some(name), "{path}");
        }
        for path in ["__MACOSX/._ada.jpg", ".DS_Store", "a/.hidden.png", "a/Thumbs.db", "a/"] {
            assert_eq!(named(path), None, "{path}");
        }
    }

    #[test]
    fn whoever_stands_there_twice_is_asked_about_once() {
        let names = ["a@b.c", "7", "A@B.c", "7", "x", "X"];
        assert_eq!(distinct(names.into_iter()), (vec!["a@b.c", "7", "x", "X"], vec![0, 1, 0, 1, 2, 3]));
    }

    fn row(line: u64, id: Option<&str>, error: Option<(&str, &str)>) -> ImportRow {
        ImportRow {
            line,
            outcome: ImportOutcome::Same,
            full_name: String::new(),
            id: id.map(str::to_owned),
            changed: Vec::new(),
            errors: error.map(|(field, detail)| FieldError::new(field, detail)).into_iter().collect(),
        }
    }

    #[test]
    fn whoever_has_the_id_is_meant_before_whoever_has_the_address() {
        assert_eq!(
            question(&["a@b.c", "=7"]),
            "id,email\r\n\"a@b.c\",\r\n,\"a@b.c\"\r\n\"'=7\",\r\n,\"'=7\"\r\n"
        );
        let rows = [
            row(2, Some("one"), None),
            row(3, Some("other"), None),
            row(4, None, None),
            row(5, Some("third"), None),
        ];
        assert_eq!(answer(&rows, 0), Ok("one".to_owned()));
        assert_eq!(answer(&rows, 1), Ok("third".to_owned()));
    }

    #[test]
    fn why_nobody_is_meant_is_told() {
        let nobody = Err("Nobody has this id or e-mail address.".to_owned());
        let required = row(3, None, Some(("full_name", "is empty")));
        assert_eq!(answer(&[row(2, None, Some(("full_name", "is empty"))), required], 0), nobody);
        assert_eq!(answer(&[row(3, None, Some(("email", "is \"7f\", and no e-mail address")))], 0), nobody);
        assert_eq!(answer(&[], 0), nobody);
        let shared = row(3, None, Some(("email", "is shared by 2 people with this e-mail address")));
        assert_eq!(answer(&[shared], 0), Err("Is shared by 2 people with this e-mail address.".to_owned()));
        let away = row(3, None, Some(("", "The index is being made.")));
        assert_eq!(answer(&[away], 0), Err("The index is being made.".to_owned()));
    }
}
