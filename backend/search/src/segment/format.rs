//! A segment's bytes: a mark, then parts, each with its length before it.

use std::{ops::Range, sync::Arc};

/// Why bytes are no segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    /// They are not those that were written.
    #[error("the segment's content does not match its name")]
    Content,
    /// They are laid out otherwise.
    #[error("the segment is not laid out as this version reads it")]
    Layout,
}

/// How every segment of this layout begins. Another layout gets another mark.
pub(super) const MARK: &[u8; 8] = b"rollcal3";

/// Writes parts one after the other.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new() -> Self {
        Self(MARK.to_vec())
    }

    pub(super) fn part(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn done(self) -> Vec<u8> {
        self.0
    }
}

/// Some of a segment's bytes, which it shares with the segment.
#[derive(Debug, Clone)]
pub(super) struct Part {
    bytes: Arc<[u8]>,
    range: Range<usize>,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(self.range.clone()).unwrap_or_default()
    }
}

impl Part {
    /// The bytes from `start` up to `end`; none where they are not there.
    pub(super) fn slice(&self, start: usize, end: usize) -> &[u8] {
        self.as_ref().get(start..end).unwrap_or_default()
    }

    /// Numbers of four bytes.
    pub(super) fn numbers(&self) -> Vec<u32> {
        self.as_ref().as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect()
    }

    /// Texts, each behind its length.
    pub(super) fn texts(&self) -> Result<Vec<String>, Damaged> {
        let mut rest = self.as_ref();
        let mut texts = Vec::new();
        while !rest.is_empty() {
            let (length, behind) = rest.split_first_chunk::<4>().ok_or(Damaged::Layout)?;
            let length = u32::from_le_bytes(*length) as usize;
            let (text, behind) = behind.split_at_checked(length).ok_or(Damaged::Layout)?;
            texts.push(std::str::from_utf8(text).map_err(|_| Damaged::Layout)?.to_owned());
            rest = behind;
        }
        Ok(texts)
    }
}

/// Texts as [`Part::texts`] reads them.
pub(super) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for text in texts {
        bytes.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

/// Numbers as [`Part::numbers`] reads them.
pub(super) fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// Reads parts one after the other.
pub(super) struct Reader {
    bytes: Arc<[u8]>,
    at: usize,
}

impl Reader {
    pub(super) fn new(bytes: Arc<[u8]>) -> Result<Self, Damaged> {
        if bytes.starts_with(MARK) { Ok(Self { bytes, at: MARK.len() }) } else { Err(Damaged::Layout) }
    }

    pub(super) fn part(&mut self) -> Result<Part, Damaged> {
        let rest = self.bytes.get(self.at..).ok_or(Damaged::Layout)?;
        let (length, _) = rest.split_first_chunk::<8>().ok_or(Damaged::Layout)?;
        let start = self.at + 8;
        let end =
            usize::try_from(u64::from_le_bytes(*length)).ok().and_then(|length| start.checked_add(length));
        let end = end.filter(|end| *end <= self.bytes.len()).ok_or(Damaged::Layout)?;
        self.at = end;
        Ok(Part { bytes: Arc::clone(&self.bytes), range: start..end })
    }
}
