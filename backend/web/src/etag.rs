//! Strong entity tags ([RFC 9110, section 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)).

use aws_lc_rs::digest::{SHA256, digest};
use axum::response::Response;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use headers::{ETag, HeaderMapExt, IfMatch};
use serde::Serialize;

/// How much of a hash a tag has, in bytes: nobody makes two things by accident, or by trying, that share so much.
const BYTES: usize = 16;

/// What tells one state of something from all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag {
    text: String,
    parsed: ETag,
}

impl EntityTag {
    /// The tag of something that shows this; none for what no JSON can tell.
    pub fn of(shown: &impl Serialize) -> Option<Self> {
        let text = serde_json::to_vec(shown).ok()?;
        let hash = digest(&SHA256, &text);
        let short = hash.as_ref().get(..BYTES)?;
        let text = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(short));
        let parsed = text.parse().ok()?;
        Some(Self { text, parsed })
    }

    /// As it stands in a header, quotes included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is one of those that are expected.
    pub(crate) fn is_among(&self, expected: &IfMatch) -> bool {
        expected.precondition_passes(&self.parsed)
    }

    /// Has an answer say that it shows what this is the tag of.
    pub(crate) fn mark(self, response: &mut Response) {
        response.headers_mut().typed_insert(self.parsed);
    }
}
