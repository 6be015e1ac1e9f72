//! Where an employee is in an address: `/employees/{segment}` of the pages, `/api/employees/{segment}` of the API.
//!
//! An id may be any text that the table holds, since others write it too. An id such as `a/b`, `..` or `emp7?old` can't
//! stand in a path: it would be another path there, and percent-encoding doesn't help, since the HTTP API hands on a
//! path that is decoded already, and browsers and CDNs resolve `%2e%2e`. So an id that is more than letters, digits,
//! `-` and `_` is written in base64url.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

/// The longest id, in bytes: the longest partition key
/// ([DynamoDB constraints](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html)).
pub const MAX_ID_BYTES: usize = 2048;

/// Ids that are written in base64url though they are plain: their own addresses would be that of the form for a new employee,
/// and those of files.
const RESERVED: [&str; 3] = ["new", "export", "import"];

/// What a segment begins with whose rest is an id in base64url. It needs no percent-encoding (RFC 3986, section 2.3).
const ENCODED: char = '~';

/// The path segment that stands for the employee with this id: one or more of `A-Z a-z 0-9 - _ ~`.
#[must_use]
pub fn to_segment(id: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !id.is_empty() && !RESERVED.contains(&id) && id.bytes().all(is_plain) {
        id.to_owned()
    } else {
        format!("{ENCODED}{}", BASE64_URL_SAFE_NO_PAD.encode(id))
    }
}

/// The id that a path segment, its percent-encoding removed, stands for. A segment that someone typed, such as
/// `jane.doe@example.com`, is the id itself.
///
/// None when a segment begins with `~` and [`to_segment`] would never have made it.
#[must_use]
pub fn from_segment(segment: &str) -> Option<String> {
    let Some(encoded) = segment.strip_prefix(ENCODED) else { return Some(segment.to_owned()) };
    let id = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()?;
    (to_segment(&id) == segment).then_some(id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_that_is_plain_is_its_own_address() {
        for id in ["emp7", "0190a0a0-0000-7000-8000-000000000fff", "A_b-9"] {
            assert_eq!(to_segment(id), id);
        }
    }

    #[test]
    fn any_other_id_is_written_in_base64url() {
        assert_eq!(to_segment("emp7?old"), "~ZW1wNz9vbGQ");
        assert_eq!(to_segment("a/b"), "~YS9i");
        assert_eq!(to_segment(".."), "~Li4");
        assert_eq!(to_segment("~YQ"), "~fllR");
        assert_eq!(to_segment(""), "~");
        assert_eq!(to_segment("new"), "~bmV3");
        assert_eq!(to_segment("export"), "~ZXhwb3J0");
        assert_eq!(to_segment("import"), "~aW1wb3J0");
    }

    #[test]
    fn an_address_that_someone_typed_is_the_id_itself() {
        assert_eq!(from_segment("jane.doe@example.com").as_deref(), Some("jane.doe@example.com"));
        assert_eq!(from_segment("a/b").as_deref(), Some("a/b"));
        assert_eq!(from_segment("new").as_deref(), Some("new"));
    }

    #[test]
    fn an_address_that_stands_for_nobody_is_no_address() {
        for segment in ["~!", "~YQ==", "~YS9i=", "~YS9j\n", "~YR", "~_w", "~YQ"] {
            assert_eq!(from_segment(segment), None, "{segment}");
        }
    }

    proptest! {
        #[test]
        fn an_address_leads_back_to_its_id(id in any::<String>()) {
            prop_assert_eq!(from_segment(&to_segment(&id)), Some(id));
        }

        #[test]
        fn an_address_is_safe_in_any_path(id in ".{0,9}") {
            let segment = to_segment(&id);
            prop_assert!(!segment.is_empty());
            prop_assert!(segment.bytes().all(|it| it.is_ascii_alphanumeric() || b"_~-".contains(&it)));
        }

        #[test]
        fn two_addresses_of_one_make_are_two_people(id in "[~a-zA-Z0-9_-]{0,6}") {
            if let Some(found) = from_segment(&id) && id.starts_with('~') {
                prop_assert_eq!(to_segment(&found), id);
            }
        }
    }
}
