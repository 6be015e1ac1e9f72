//! The cursor of a listing: where the next page begins.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::employee_id::EmployeeId;

/// Tells cursors of this form from those of a later one, so that old ones are refused rather than misread.
const FORM: u8 = 1;

/// Begins after the employee with this id. Opaque to clients, who only hand it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor(pub(crate) EmployeeId);

impl Cursor {
    pub(crate) fn encode(&self) -> String {
        let mut bytes = vec![FORM];
        bytes.extend_from_slice(self.0.as_str().as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn decode(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (form, id) = bytes.split_first()?;
        let id = String::from_utf8(id.to_vec()).ok()?;
        (*form == FORM).then_some(Self(EmployeeId::try_from(id).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_handed_back_continues_where_the_page_ended(id in "\\PC{1,100}") {
            let cursor = Cursor(EmployeeId::try_from(id).expect("an id"));
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }

        #[test]
        fn no_text_makes_decoding_panic_or_gives_a_cursor_it_does_not_encode(text in ".{0,60}") {
            if let Some(cursor) = Cursor::decode(&text) {
                prop_assert_eq!(cursor.encode(), text);
            }
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "x", "!!!!", "AQ", "AmFiYw", "Af8"] {
            assert_eq!(Cursor::decode(text), None, "{text}");
        }
    }
}
