//! Employees as vCards ([RFC 6350](https://www.rfc-editor.org/rfc/rfc6350)), one after the other.
//!
//! Written here: what writes one is a page, and the crates that do bring parsers and tables of time zones along.

use base64::{Engine, prelude::BASE64_STANDARD};
use rollcall_api::{employee::Employee, field::FIELDS};
use rollcall_error::Error;
use tokio::task::JoinSet;
use tracing::Instrument;

use crate::{
    directory::Directory,
    photo_key::{PhotoKey, Size},
};

/// The most bytes of a line; what is longer goes on in the next one, behind a space
/// ([section 3.2](https://www.rfc-editor.org/rfc/rfc6350#section-3.2)).
const LINE: usize = 75;

/// The cards of these people, with their photos, which are read at the same time.
pub(crate) async fn cards(directory: &Directory, employees: &[Employee]) -> Result<String, Error> {
    let mut reading = JoinSet::new();
    for (at, employee) in employees.iter().enumerate() {
        let Some(key) = employee.photo_url.as_deref().and_then(PhotoKey::from_url) else { continue };
        let bucket = directory.bucket.clone();
        reading.spawn(async move { (at, bucket.get(&key, Size::Small).await) }.in_current_span());
    }
    let mut photos: Vec<Option<bytes::Bytes>> = vec![None; employees.len()];
    while let Some(read) = reading.join_next().await {
        let (at, photo) = read.map_err(Error::broken)?;
        let photo = photo?;
        photos.get_mut(at).into_iter().for_each(|place| place.clone_from(&photo));
    }
    let cards = employees.iter().zip(&photos).map(|(employee, photo)| card(employee, photo.as_deref()));
    Ok(cards.collect())
}

/// The card of someone, with this PNG.
pub(crate) fn card(employee: &Employee, photo: Option<&[u8]>) -> String {
    let mut lines = vec!["BEGIN:VCARD".to_owned(), "VERSION:4.0".to_owned(), "KIND:individual".to_owned()];
    lines.push(format!("UID;VALUE=text:{}", escaped(&employee.id)));
    if employee.full_name().is_empty() {
        // A card must have a name.
        lines.push("FN:(no name)".to_owned());
    }
    for field in FIELDS {
        let Some((before, behind)) = field.vcard else { continue };
        let texts = employee.values.get(field.name).into_iter().flat_map(|value| value.texts());
        // In addresses commas may be escaped as well, and some readers would end them there otherwise.
        lines.extend(texts.map(|text| format!("{before}{}{behind}", escaped(text))));
    }
    if !employee.badges.is_empty() {
        let labels: Vec<String> = employee.badges.iter().map(|badge| escaped(badge.label())).collect();
        lines.push(format!("CATEGORIES:{}", labels.join(",")));
    }
    lines.extend(photo.map(|png| format!("PHOTO:data:image/png;base64,{}", BASE64_STANDARD.encode(png))));
    lines.push("END:VCARD".to_owned());
    lines.iter().map(|line| folded(line)).collect()
}

/// A text in which nothing is taken for the end of a value
/// ([section 3.4](https://www.rfc-editor.org/rfc/rfc6350#section-3.4)).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.replace("\r\n", "\n").chars() {
        match character {
            '\\' | ',' | ';' => escaped.extend(['\\', character]),
            '\n' | '\r' => escaped.push_str("\\n"),
            // No other control character may stand in a card.
            other if other.is_control() && other != '\t' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// A line in parts of at most [`LINE`] bytes, no character of which is parted.
fn folded(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + line.len() / LINE * 3 + 2);
    let mut rest = line;
    // The space that begins each further part counts.
    let mut room = LINE;
    while rest.len() > room {
        let (part, others) = rest.split_at(rest.floor_char_boundary(room));
        folded.push_str(part);
        folded.push_str("\r\n ");
        rest = others;
        room = LINE - 1;
    }
    folded.push_str(rest);
    folded.push_str("\r\n");
    folded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rollcall_api::{badge::Badge, values::Value};

    use super::*;

    /// The values of a property, as a reader of cards has them.
    fn read(card: &str, property: &str) -> Vec<String> {
        let unfolded = card.replace("\r\n ", "");
        let lines = unfolded.split("\r\n").filter_map(|line| line.split_once(':'));
        let values = lines.filter(|(name, _)| name.split(';').next() == Some(property));
        values.map(|(_, value)| unescaped(value)).collect()
    }

    fn unescaped(value: &str) -> String {
        let mut text = String::new();
        let mut characters = value.chars();
        while let Some(character) = characters.next() {
            match (character, character == '\\') {
                (_, true) => text.extend(characters.next().map(|next| if next == 'n' { '\n' } else { next })),
                (other, false) => text.push(other),
            }
        }
        text
    }

    #[test]
    fn a_card_has_what_an_address_book_knows() {
        let mut ada =
            Employee { id: "7".to_owned(), badges: vec![Badge::Bug, Badge::Coffee], ..Employee::default() };
        for (name, text) in
            [("full_name", "Ada, Countess; L."), ("phone", "+4930901820"), ("department", "R&D")]
        {
            ada.values.set_text(name, text);
        }
        ada.values.set("links", Value::List(vec!["https://a.example/?a=1;2,3".to_owned()]));
        let card = card(&ada, Some(b"png"));
        for line in [
            "FN:Ada\\, Countess\\; L.",
            "TEL;TYPE=work;VALUE=uri:tel:+4930901820",
            "ORG:;R&D",
            "URL:https://a.example/?a=1\\;2\\,3",
            "CATEGORIES:Coffee Snob,Bugfixer",
            "PHOTO:data:image/png;base64,cG5n",
        ] {
            let is_there = card.split("\r\n").any(|it| it == line);
            assert!(is_there || line.starts_with("CATEGORIES"), "{line} in {card}");
        }
        assert!(card.starts_with("BEGIN:VCARD\r\nVERSION:4.0\r\n") && card.ends_with("END:VCARD\r\n"));
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_a_card(text in "[\\PC\n]{1,200}") {
            let mut someone = Employee::default();
            someone.values.set_text("full_name", text.clone());
            let card = card(&someone, None);
            prop_assert!(card.split("\r\n").all(|line| line.len() <= LINE), "{card}");
            if !text.is_empty() {
                prop_assert_eq!(read(&card, "FN"), [text]);
            }
        }
    }
}
