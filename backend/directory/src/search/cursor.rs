//! Cursors of searches: where the next page begins, signed, and good for one search alone.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac, digest::InvalidLength};
use rollcall_search::{Closeness, Place, Position};
use sha2::Sha256;

/// Tells these cursors from those of other lists, which begin with other numbers.
const FORM: u8 = 3;

/// How much of the code is kept, in bytes: enough that nobody guesses one
/// ([RFC 2104, section 5](https://www.rfc-editor.org/rfc/rfc2104#section-5)).
const CODE: usize = 16;

/// The key that cursors are signed with: the same wherever the directory is served.
#[derive(Debug, Clone)]
pub(crate) struct CursorKey(Hmac<Sha256>);

impl CursorKey {
    /// # Errors
    /// When the text can't be a key; none is known that can't.
    pub(crate) fn new(text: &str) -> Result<Self, InvalidLength> {
        Hmac::new_from_slice(text.as_bytes()).map(Self)
    }

    /// A key that nobody knows.
    pub(crate) fn random() -> String {
        let halves = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()];
        halves.map(|half| half.simple().to_string()).concat()
    }

    /// The cursor of the page behind `place` of what is asked for with `search`, for whoever knows the log up to `position`.
    pub(crate) fn cursor(&self, search: &str, position: Position, place: &Place) -> String {
        let mut bytes = vec![FORM, closeness_number(place.closeness)];
        bytes.extend(position.0.to_be_bytes());
        let name = place.name.as_bytes();
        bytes.extend(u32::try_from(name.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(name);
        bytes.extend(place.id.as_bytes());
        let code = self.code(search, &bytes);
        bytes.extend(code);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Where the page begins that a cursor is for, and up to where the log must be known, so that nobody is missing who was on
    /// the page before; none when this key didn't sign it for this search.
    pub(crate) fn place(&self, search: &str, cursor: &str) -> Option<(Position, Place)> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (said, code) = bytes.split_at_checked(bytes.len().checked_sub(CODE)?)?;
        self.mac(search, said).verify_truncated_left(code).ok()?;
        let ([form, closeness], rest) = said.split_first_chunk()?;
        if *form != FORM {
            return None;
        }
        let (position, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (name, id) = rest.split_at_checked(length)?;
        let place = Place {
            closeness: closeness_of(*closeness)?,
            name: String::from_utf8(name.to_vec()).ok()?,
            id: String::from_utf8(id.to_vec()).ok()?,
        };
        Some((Position(u64::from_be_bytes(*position)), place))
    }

    fn code(&self, search: &str, said: &[u8]) -> Vec<u8> {
        self.mac(search, said).finalize().into_bytes().into_iter().take(CODE).collect()
    }

    fn mac(&self, search: &str, said: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(&(search.len() as u64).to_be_bytes());
        mac.update(search.as_bytes());
        mac.update(said);
        mac
    }
}

/// Whether a cursor says that it is one of these, whoever made it.
pub(crate) fn is_of_a_search(cursor: &str) -> bool {
    BASE64_URL_SAFE_NO_PAD.decode(cursor).is_ok_and(|bytes| bytes.first() == Some(&FORM))
}

/// The place of a closeness among all.
const fn closeness_number(closeness: Closeness) -> u8 {
    closeness as u8
}

fn closeness_of(number: u8) -> Option<Closeness> {
    Closeness::ALL.get(usize::from(number)).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place() -> impl Strategy<Value = Place> {
        let closeness = prop::sample::select(Closeness::ALL.to_vec());
        (closeness, ".{0,40}", ".{1,40}").prop_map(|(closeness, name, id)| Place { closeness, name, id })
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_back_for_its_search_alone(
            place in place(), position: u64, search in ".{0,20}", other in ".{0,20}",
        ) {
            let key = CursorKey::new("key").expect("a key");
            let cursor = key.cursor(&search, Position(position), &place);
            prop_assert!(is_of_a_search(&cursor));
            prop_assert_eq!(key.place(&search, &cursor), Some((Position(position), place)));
            prop_assert_eq!(key.place(&other, &cursor).is_some(), other == search);
            prop_assert_eq!(CursorKey::new("another").expect("a key").place(&search, &cursor), None);
        }

        #[test]
        fn a_cursor_that_was_tampered_with_is_none(place in place(), at: prop::sample::Index, bit in 0_u8..8) {
            let key = CursorKey::new("key").expect("a key");
            let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(key.cursor("ada", Position(7), &place)).expect("base64");
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(key.place("ada", &BASE64_URL_SAFE_NO_PAD.encode(bytes)), None);
        }

        #[test]
        fn no_text_makes_reading_a_cursor_panic(text in ".{0,60}", bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let key = CursorKey::new("key").expect("a key");
            prop_assert_eq!(key.place("", &text), None);
            prop_assert_eq!(key.place("", &BASE64_URL_SAFE_NO_PAD.encode(bytes)), None);
        }
    }

    #[test]
    fn keys_differ() {
        assert_ne!(CursorKey::random(), CursorKey::random());
        assert_eq!(CursorKey::random().len(), 64);
    }
}
