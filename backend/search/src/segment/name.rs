//! The names of segments.

use std::{fmt, str::FromStr};

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
}

impl fmt::Display for SegmentName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// The text is no segment's name: 64 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a segment's name has 64 hex digits")]
pub struct NotAName;

impl FromStr for SegmentName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let mut name = [0; 32];
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(NotAName);
        }
        for (byte, digits) in name.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| NotAName)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| NotAName)?;
        }
        Ok(Self(name))
    }
}
