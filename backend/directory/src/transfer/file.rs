//! The bytes of a file: in which encoding, with which delimiter, in which rows
//! ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)).

use csv::{ReaderBuilder, StringRecord, Trim};
use encoding_rs::{Encoding, WINDOWS_1252};
use rollcall_api::{import::MAX_IMPORT_ROWS, problem::FieldError};
use rollcall_error::Error;

/// A file of rows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// The titles of the columns.
    pub(crate) titles: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

/// A row, with as many cells as it has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The line on which it begins, from 1.
    pub(crate) line: u64,
    pub(crate) cells: Vec<String>,
}

impl File {
    /// Reads the rows of a file. Empty lines are passed over.
    ///
    /// # Errors
    /// 422 when there is no head, or there are more rows than are taken at once.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Error> {
        let text = decoded(bytes);
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter(&text))
            .flexible(true)
            .has_headers(false)
            .trim(Trim::None)
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        let mut record = StringRecord::new();
        let mut lines = Lines::new(&text);
        // The text is UTF-8 and rows may be of any length, so that nothing can be wrong with it.
        while reader.read_record(&mut record).map_err(Error::broken)? {
            let line = lines.at(record.position().map_or(0, csv::Position::byte));
            if record.iter().any(|cell| !cell.trim().is_empty()) {
                rows.push(Row { line, cells: record.iter().map(str::to_owned).collect() });
            }
            if rows.len() > MAX_IMPORT_ROWS + 1 {
                let detail =
                    format!("has more than {MAX_IMPORT_ROWS} rows; send it in pieces, each with the head");
                return Err(refused(detail));
            }
        }
        if rows.is_empty() {
            return Err(refused("is empty; its first line must name the columns".to_owned()));
        }
        let titles = rows.remove(0).cells.into_iter().map(|title| title.trim().to_owned()).collect();
        Ok(Self { titles, rows })
    }
}

/// Counts lines. The reader's own count is one behind where lines end in two characters.
struct Lines<'a> {
    rest: &'a [u8],
    at: u64,
    line: u64,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text.as_bytes(), at: 0, line: 1 }
    }

    /// The line on which a row begins that begins at this byte, or behind the end of a line that stands there.
    fn at(&mut self, byte: u64) -> u64 {
        let passed = usize::try_from(byte.saturating_sub(self.at)).unwrap_or_default();
        let (passed, rest) = self.rest.split_at_checked(passed).unwrap_or((self.rest, &[]));
        let ends = rest.iter().take_while(|byte| matches!(**byte, b'\r' | b'\n')).count();
        let (more, rest) = rest.split_at_checked(ends).unwrap_or((rest, &[]));
        self.line += [passed, more].into_iter().flatten().filter(|byte| **byte == b'\n').count() as u64;
        self.at += (passed.len() + more.len()) as u64;
        self.rest = rest;
        self.line
    }
}

fn refused(detail: String) -> Error {
    Error::invalid(vec![FieldError::new("file", detail)])
}

/// The text: as its byte order mark says, else UTF-8 if it is that, else what Excel writes in the west.
fn decoded(bytes: &[u8]) -> String {
    let (encoding, marked) = Encoding::for_bom(bytes)
        .map_or((WINDOWS_1252, bytes), |(encoding, mark)| (encoding, bytes.get(mark..).unwrap_or_default()));
    match std::str::from_utf8(marked) {
        Ok(text) if encoding == WINDOWS_1252 => text.to_owned(),
        _ => encoding.decode_without_bom_handling(marked).0.into_owned(),
    }
}

/// Of those that are in use, the one that parts the head into the most columns.
fn delimiter(text: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for character in text.trim_start().bytes() {
        match character {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            other if !quoted => {
                counts.iter_mut().filter(|(it, _)| *it == other).for_each(|(_, count)| *count += 1);
            }
            _ => {}
        }
    }
    // Of equals the first counts.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| delimiter)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
        let File { titles, rows } = File::read(bytes).expect("a file");
        [titles].into_iter().chain(rows.into_iter().map(|row| row.cells)).collect()
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        ['\u{feff}']
            .into_iter()
            .chain(text.chars())
            .collect::<String>()
            .encode_utf16()
            .flat_map(bytes)
            .collect()
    }

    #[test]
    fn a_file_is_read_in_each_encoding_that_spreadsheets_write() {
        let expected = [["Name", "Ort"], ["Zoë", "Köln"]];
        let text = "Name;Ort\r\nZoë;Köln\r\n";
        let marked = format!("\u{feff}{text}");
        for bytes in [
            text.as_bytes().to_vec(),
            marked.as_bytes().to_vec(),
            utf16(text, u16::to_le_bytes),
            utf16(text, u16::to_be_bytes),
            b"Name;Ort\r\nZo\xeb;K\xf6ln\r\n".to_vec(),
        ] {
            assert_eq!(rows(&bytes), expected);
        }
    }

    #[test]
    fn the_head_tells_the_delimiter() {
        for (text, expected) in [
            ("a,b\n1,2;3", vec![vec!["a", "b"], vec!["1", "2;3"]]),
            ("a\tb\n1,5\t2", vec![vec!["a", "b"], vec!["1,5", "2"]]),
            ("\"a,b,c\";d\n1;2", vec![vec!["a,b,c", "d"], vec!["1", "2"]]),
            ("a\n1", vec![vec!["a"], vec!["1"]]),
        ] {
            assert_eq!(rows(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_row_is_told_by_the_line_on_which_it_begins() {
        for text in ["a,b\n\"two\nlines\",1\n\n,\nlast,2", "a,b\r\n\"two\nlines\",1\r\n\r\n,\r\nlast,2"] {
            let file = File::read(text.as_bytes()).expect("a file");
            assert_eq!(file.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 6]);
            assert_eq!(file.rows[0].cells, ["two\nlines", "1"]);
        }
    }

    #[test]
    fn what_is_no_file_of_rows_is_refused() {
        assert!(File::read(b"").is_err());
        assert!(File::read(b" \n\n").is_err());
        let many = "a\n".repeat(MAX_IMPORT_ROWS + 1);
        assert!(File::read(many.as_bytes()).is_ok());
        assert!(File::read(format!("{many}a\n").as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            File::read(&bytes).ok();
        }
    }
}
