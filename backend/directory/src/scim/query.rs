//! What is asked of a list: by the parameters of an address, or by a body
//! ([RFC 7644, section 3.4](https://www.rfc-editor.org/rfc/rfc7644#section-3.4)).

use std::num::IntErrorKind;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rollcall_scim::{
    AttributePath, Filter, Mistake, Projection, Refusal,
    discovery::{DEFAULT_PAGE, MAX_PAGE},
};
use rollcall_web::page;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// How much of a hash tells one query from others, in bytes.
const DIGEST: usize = 12;

/// Which people are asked for.
#[derive(Debug)]
pub(super) struct ListQuery {
    pub(super) filter: Option<Filter>,
    pub(super) sort: Option<Sort>,
    pub(super) projection: Projection,
    pub(super) start: Start,
    /// How many at most.
    pub(super) count: usize,
    /// What tells this from what else may be asked, wherever the page begins.
    pub(super) digest: String,
}

/// In which order.
#[derive(Debug)]
pub(super) struct Sort {
    pub(super) by: AttributePath,
    pub(super) descending: bool,
}

/// Where the page begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// With the person of this number, from 1.
    Number(usize),
    /// Behind this position of the list; at its beginning where there is none.
    Behind(Option<String>),
}

impl ListQuery {
    /// # Errors
    /// What can't be read of the parameters.
    pub(super) fn of_pairs(pairs: &[(String, String)]) -> Result<Self, Refusal> {
        Self::read(|name| pair(pairs, name).map(str::to_owned))
    }

    /// # Errors
    /// What can't be read of the body.
    pub(super) fn of_body(body: &Value) -> Result<Self, Refusal> {
        let Some(body) = body.as_object() else {
            return Err(Refusal::new(Mistake::InvalidSyntax, "A search must be an object."));
        };
        Self::read(|name| {
            let (_, value) = body.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
            match value {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                Value::Array(texts) => {
                    Some(texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","))
                }
                other => Some(other.to_string()),
            }
        })
    }

    fn read(parameter: impl Fn(&str) -> Option<String>) -> Result<Self, Refusal> {
        let text = |name| parameter(name).unwrap_or_default();
        let filter = Some(text("filter")).filter(|filter| !filter.trim().is_empty());
        let filter: Option<Filter> = filter.map(|filter| filter.parse()).transpose()?;
        let by = Some(text("sortBy")).filter(|by| !by.trim().is_empty());
        let by: Option<AttributePath> = by.map(|by| by.parse()).transpose()?;
        let descending = text("sortOrder").eq_ignore_ascii_case("descending");
        let sort = by.map(|by| Sort { by, descending });
        let said = |sort: &Sort| format!("{} {}", sort.by, sort.descending);
        let asked = format!("{:?}\n{:?}", filter.as_ref().map(ToString::to_string), sort.as_ref().map(said));
        let hash = Sha256::digest(asked);
        let digest = BASE64_URL_SAFE_NO_PAD.encode(hash.get(..DIGEST).unwrap_or_default());
        let start = match parameter("cursor") {
            Some(cursor) => Start::Behind(position(&cursor, &digest)?),
            None => {
                Start::Number(number(parameter("startIndex"), Mistake::InvalidValue)?.unwrap_or(1).max(1))
            }
        };
        Ok(Self {
            filter,
            sort,
            projection: Projection::read(&text("attributes"), &text("excludedAttributes"))?,
            start,
            count: number(parameter("count"), Mistake::InvalidCount)?.unwrap_or(DEFAULT_PAGE).min(MAX_PAGE),
            digest,
        })
    }

    /// The cursor of the page behind a position of this list.
    pub(super) fn cursor(&self, position: &str) -> String {
        page::cursor(&format!("{}.{position}", self.digest))
    }
}

/// The position that a cursor is for; none for an empty one, which begins the list.
fn position(cursor: &str, digest: &str) -> Result<Option<String>, Refusal> {
    if cursor.is_empty() {
        return Ok(None);
    }
    let decoded: Option<String> = page::decode(cursor).ok();
    let position = decoded.as_deref().and_then(|it| it.strip_prefix(digest)?.strip_prefix('.'));
    position.map(|position| Some(position.to_owned())).ok_or_else(not_our_cursor)
}

/// 400: a cursor of another list, or none at all.
pub(super) fn not_our_cursor() -> Refusal {
    let detail = "The cursor is none that this list gave out. Send nextCursor of the page before as it is, with the same \
                  filter and order; or an empty one for the first page.";
    Refusal::new(Mistake::InvalidCursor, detail)
}

/// A number that must not be negative; one that is counts as 0
/// ([RFC 7644, section 3.4.2.4](https://www.rfc-editor.org/rfc/rfc7644#section-3.4.2.4)).
fn number(text: Option<String>, mistake: Mistake) -> Result<Option<usize>, Refusal> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let number = text.trim().parse::<i64>().or_else(|error| match error.kind() {
        // However large it is: there are not so many.
        IntErrorKind::PosOverflow => Ok(i64::MAX),
        IntErrorKind::NegOverflow => Ok(i64::MIN),
        _ => Err(Refusal::new(mistake, format!("{text:?} is no whole number."))),
    });
    number.map(|number| Some(usize::try_from(number).unwrap_or(0)))
}

/// What a parameter says, whose name is written in any case.
pub(super) fn pair<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Which attributes of one person are wanted.
///
/// # Errors
/// Where the parameters are no attributes.
pub(super) fn projection(pairs: &[(String, String)]) -> Result<Projection, Refusal> {
    let text = |name| pair(pairs, name).unwrap_or_default();
    Projection::read(text("attributes"), text("excludedAttributes"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<ListQuery, Refusal> {
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ListQuery::of_pairs(&pairs)
    }

    #[test]
    fn a_page_is_where_the_parameters_say_and_as_long() {
        for (pairs, start, count) in [
            (vec![], 1, DEFAULT_PAGE),
            (vec![("startIndex", "1"), ("count", "2")], 1, 2),
            (vec![("startindex", "-7"), ("count", "-2")], 1, 0),
            (vec![("startIndex", "11"), ("count", "999999")], 11, MAX_PAGE),
            (vec![("startIndex", "-239277886604761071616"), ("count", "239277886604761071616")], 1, MAX_PAGE),
        ] {
            let query = of(&pairs).expect("a query");
            assert_eq!((query.start, query.count), (Start::Number(start), count), "{pairs:?}");
        }
        for (pairs, mistake) in [
            (("count", "many"), Mistake::InvalidCount),
            (("startIndex", "first"), Mistake::InvalidValue),
            (("filter", "userName"), Mistake::InvalidFilter),
            (("sortBy", "a b"), Mistake::InvalidPath),
            (("cursor", "x"), Mistake::InvalidCursor),
        ] {
            assert_eq!(of(&[pairs]).expect_err("refused").mistake, mistake, "{pairs:?}");
        }
    }

    #[test]
    fn a_cursor_is_good_for_its_list_alone() {
        let filter = ("filter", "title pr");
        let cursor = of(&[filter]).expect("a query").cursor("e:7");
        let start = |pairs: &[(&str, &str)]| of(pairs).map(|query| query.start);
        assert_eq!(
            start(&[filter, ("cursor", &cursor), ("count", "7")]),
            Ok(Start::Behind(Some("e:7".to_owned())))
        );
        assert_eq!(start(&[filter, ("cursor", "")]), Ok(Start::Behind(None)));
        assert!(start(&[("cursor", &cursor)]).is_err());
        assert!(start(&[filter, ("sortBy", "title"), ("cursor", &cursor)]).is_err());
        assert!(cursor.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it)), "{cursor}");
    }

    #[test]
    fn a_body_asks_the_same_as_an_address() {
        let body = json!({"filter": "title pr", "startIndex": 3, "count": 4, "attributes": ["userName", "title"], "sortBy": null});
        let (one, other) = (
            ListQuery::of_body(&body).expect("a query"),
            of(&[
                ("filter", "title pr"),
                ("startIndex", "3"),
                ("count", "4"),
                ("attributes", "userName,title"),
            ])
            .expect("a query"),
        );
        assert_eq!(format!("{one:?}"), format!("{other:?}"));
        assert!(ListQuery::of_body(&json!([])).is_err());
    }
}
