//! Files of rows that people open here.

use js_sys::Uint8Array;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

/// The text of a file: as its byte order mark says, else UTF-8 if it is that, else what Excel writes in the west. None when
/// the browser can't read it.
pub(crate) async fn text_of(file: &File) -> Option<String> {
    let bytes = Uint8Array::new(&JsFuture::from(file.array_buffer()).await.ok()?).to_vec();
    Some(decoded(&bytes))
}

fn decoded(bytes: &[u8]) -> String {
    let utf16 = |of: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().skip(1).map(|pair| of(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, text @ ..] => String::from_utf8_lossy(text).into_owned(),
        text => match std::str::from_utf8(text) {
            Ok(text) => text.to_owned(),
            Err(_) => text.iter().map(|byte| windows_1252(*byte)).collect(),
        },
    }
}

/// A character of Windows-1252: Latin 1 but for these
/// ([WHATWG](https://encoding.spec.whatwg.org/index-windows-1252.txt)).
fn windows_1252(byte: u8) -> char {
    const HIGH: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    match byte {
        0x80..0xa0 => HIGH.chars().nth(usize::from(byte - 0x80)).unwrap_or('\u{fffd}'),
        other => char::from(other),
    }
}

/// The head of a file and pieces of at most so many rows. A row ends where no quote is open.
pub(crate) fn pieces(text: &str, rows: usize) -> (String, Vec<Piece>) {
    let mut all = lines(text).into_iter();
    let head = all.next().unwrap_or_default();
    let mut line = 1 + line_ends(head);
    let mut pieces: Vec<Piece> = Vec::new();
    for row in all {
        let first = line;
        line += line_ends(row);
        if pieces.last().is_none_or(|piece| piece.rows == rows) {
            pieces.push(Piece { first, rows: 0, text: String::new() });
        }
        if let Some(piece) = pieces.last_mut() {
            piece.text.push_str(row);
            piece.rows += 1;
        }
    }
    (head.to_owned(), pieces)
}

/// Some rows of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The line of the file on which it begins, from 1.
    pub(crate) first: usize,
    pub(crate) rows: usize,
    pub(crate) text: String,
}

/// Each row with its end.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    let mut rows = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => {
                rows.extend(text.get(start..=at));
                start = at + 1;
            }
            _ => {}
        }
    }
    rows.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    rows
}

/// How many lines end in a text.
pub(crate) fn line_ends(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_in_each_encoding_that_spreadsheets_write() {
        let utf16 = |of: fn(u16) -> [u8; 2]| "\u{feff}Zoë".encode_utf16().flat_map(of).collect::<Vec<u8>>();
        for bytes in [
            "Zoë".as_bytes(),
            "\u{feff}Zoë".as_bytes(),
            b"Zo\xeb",
            &utf16(u16::to_le_bytes),
            &utf16(u16::to_be_bytes),
        ] {
            assert_eq!(decoded(bytes), "Zoë");
        }
        assert_eq!(decoded(b"\x80 \x9f\xff"), "€ Ÿÿ");
    }

    #[test]
    fn a_file_is_parted_between_rows() {
        let (head, pieces) = pieces("a,b\r\n\"1\n2\",x\r\n3,y\r\n4,z", 2);
        assert_eq!(head, "a,b\r\n");
        let told: Vec<_> =
            pieces.iter().map(|piece| (piece.first, piece.rows, piece.text.as_str())).collect();
        assert_eq!(told, [(2, 2, "\"1\n2\",x\r\n3,y\r\n"), (5, 1, "4,z")]);
    }
}
