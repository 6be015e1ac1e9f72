//! The names of segments.

use std::fmt;

use sha2::{Digest, Sha256};

/// The name of a segment: the SHA-256 of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SegmentName([u8; 32]);

impl SegmentName {
    /// The name for a content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// Reads the name as it is written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut name = [0; 32];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if !rest.is_empty() || pairs.len() != name.len() || text.bytes().any(|byte| byte.is_ascii_uppercase())
        {
            return None;
        }
        for (byte, pair) in name.iter_mut().zip(pairs) {
            let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
            *byte = u8::try_from(high? << 4 | low?).ok()?;
        }
        Some(Self(name))
    }
}

impl fmt::Display for SegmentName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}
