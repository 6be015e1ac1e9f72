//! Pages of a list: how many items one holds, and where the next one begins. The same for every list.

use std::str::FromStr;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rollcall_api::problem::FieldError;
use serde::Deserialize;

use crate::problem::ApiError;

/// Tells cursors of this form from those of a later one, so that old ones are refused rather than misread.
const FORM: u8 = 1;

/// How many items a page of some list may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimits {
    /// When the request does not say.
    pub default: u32,
    pub max: u32,
}

/// The query parameters of a list, not checked yet.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    limit: Option<String>,
    cursor: Option<String>,
}

/// Which page is asked for. `K` is the key of an item: the page begins after the item with that key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest<K> {
    /// How many items at most.
    pub limit: u32,
    /// The key after which it begins; none for the first page.
    pub after: Option<K>,
}

impl PageQuery {
    /// The parameters of a list that takes others besides, which serde reads together with these.
    #[must_use]
    pub const fn new(limit: Option<String>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// The page that is asked for.
    ///
    /// # Errors
    /// 422 with each parameter that is not valid.
    pub fn parse<K: FromStr>(&self, limits: PageLimits) -> Result<PageRequest<K>, ApiError> {
        let limit = limit(self.limit.as_deref(), limits);
        let after = of_a_page(self.cursor.as_deref()).map(decode).transpose();
        match (limit, after) {
            (Ok(limit), Ok(after)) => Ok(PageRequest { limit, after }),
            (limit, after) => {
                Err(ApiError::invalid([limit.err(), after.err()].into_iter().flatten().collect()))
            }
        }
    }
}

/// A cursor that stands for a page; an empty one stands for the first, as none does.
#[must_use]
pub fn of_a_page(cursor: Option<&str>) -> Option<&str> {
    cursor.filter(|cursor| !cursor.is_empty())
}

/// The cursor of the page that begins after the item with this key. Opaque to clients, who only hand it back.
#[must_use]
pub fn cursor(key: &str) -> String {
    let mut bytes = vec![FORM];
    bytes.extend_from_slice(key.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn key(cursor: &str) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (form, key) = bytes.split_first()?;
    let key = String::from_utf8(key.to_vec()).ok()?;
    (*form == FORM).then_some(key)
}

/// The key after which the page of a cursor begins.
///
/// # Errors
/// What is wrong with the parameter `cursor`.
pub fn decode<K: FromStr>(cursor: &str) -> Result<K, FieldError> {
    let detail = "is none that this list gave out; pass next_cursor of the page before as it is";
    key(cursor).and_then(|key| key.parse().ok()).ok_or_else(|| FieldError::new("cursor", detail))
}

/// How many items a page holds.
///
/// # Errors
/// What is wrong with the parameter `limit`.
pub fn limit(text: Option<&str>, limits: PageLimits) -> Result<u32, FieldError> {
    let Some(text) = text else { return Ok(limits.default) };
    let limit = text.parse().ok().filter(|limit| (1..=limits.max).contains(limit));
    limit.ok_or_else(|| FieldError::new("limit", format!("must be a whole number from 1 to {}", limits.max)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: PageLimits = PageLimits { default: 50, max: 200 };

    fn parse(limit: Option<&str>, cursor: Option<&str>) -> Result<PageRequest<u32>, Vec<String>> {
        let query = PageQuery { limit: limit.map(str::to_owned), cursor: cursor.map(str::to_owned) };
        let fields = |error: ApiError| error.problem().errors.into_iter().map(|error| error.field).collect();
        query.parse(LIMITS).map_err(fields)
    }

    #[test]
    fn a_page_holds_the_lists_own_number_unless_told_otherwise() {
        assert_eq!(parse(None, None), Ok(PageRequest { limit: 50, after: None }));
        assert_eq!(parse(Some("200"), None).map(|page| page.limit), Ok(200));
        assert_eq!(parse(Some("1"), None).map(|page| page.limit), Ok(1));
    }

    #[test]
    fn a_limit_out_of_range_is_refused() {
        for limit in ["0", "201", "-1", "ten", "", "1.5", "99999999999999"] {
            assert_eq!(parse(Some(limit), None), Err(vec!["limit".to_owned()]), "{limit}");
        }
    }

    #[test]
    fn everything_wrong_with_a_query_is_told_at_once() {
        assert_eq!(parse(Some("0"), Some("?")), Err(vec!["limit".to_owned(), "cursor".to_owned()]));
    }

    #[test]
    fn a_cursor_handed_back_continues_where_the_page_ended() {
        assert_eq!(parse(None, Some(&cursor("7"))).map(|page| page.after), Ok(Some(7)));
    }

    #[test]
    fn an_empty_cursor_is_that_of_the_first_page() {
        assert_eq!(parse(None, Some("")).map(|page| page.after), Ok(None));
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        assert_eq!(parse(None, Some(&cursor("seven"))), Err(vec!["cursor".to_owned()]));
    }

    proptest! {
        #[test]
        fn no_text_makes_decoding_panic_or_gives_a_key_it_does_not_encode(text in ".{0,60}") {
            if let Some(key) = key(&text) {
                prop_assert_eq!(cursor(&key), text);
            }
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "x", "!!!!", "AmFiYw", "Af8"] {
            assert_eq!(key(text), None, "{text}");
        }
    }
}
