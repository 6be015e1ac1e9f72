//! Zip archives that people open here. Of one, only the list of its files and a file at a time are read.

use std::io;

use crc::{CRC_32_ISO_HDLC, Crc};
use js_sys::{Array, Function, Reflect, Uint8Array};
use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipLocator};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableStreamDefaultReader, ReadableWritablePair};

/// How much of an archive's end is read at first, and of its list at most, in bytes: that of 100,000 files takes about so much.
const END: u64 = 256 * 1024;
const MOST_OF_LIST: u64 = 16 * 1024 * 1024;

/// The most that a file may have, packed and unpacked, in bytes.
const MOST_OF_FILE: u64 = 60 * 1024 * 1024;

/// With a table of 1 KB: those of rawzip's own take 16 KB, which no compression makes smaller.
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// How much of a file is read at once for its checksum, in bytes.
const PIECE: u64 = 1024 * 1024;

/// What stands before each file, and where the lengths of its name and of what is behind that stand there
/// ([APPNOTE, section 4.3.7](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT)).
const HEAD: u64 = 30;

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its name, with the folders it is in.
    pub(super) name: String,
    method: CompressionMethod,
    is_encrypted: bool,
    /// Where its head is in the archive.
    head: u64,
    packed: u64,
    /// How large it says that it is.
    size: u64,
    /// The checksum of its content.
    crc: u32,
}

/// The end of an archive, from a place on.
struct End {
    from: u64,
    bytes: Vec<u8>,
}

impl ReaderAt for End {
    /// What stands before it is as if it were empty: whoever seeks the very end reads a piece of a size of its own.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        if let Some(before) = self.from.checked_sub(offset).filter(|before| *before > 0) {
            let empty = place(before).min(buffer.len());
            buffer.iter_mut().take(empty).for_each(|byte| *byte = 0);
            return Ok(empty);
        }
        let mut rest = self.bytes.get(place(offset - self.from)..).unwrap_or_default();
        io::Read::read(&mut rest, buffer)
    }
}

/// What the end of an archive tells.
enum Told {
    All(Vec<Entry>),
    /// The list begins before it.
    BeginsAt(u64),
}

/// The files in an archive; otherwise what is wrong with it, as the rest of a sentence.
pub(super) async fn entries(archive: &Blob) -> Result<Vec<Entry>, String> {
    let mut from = size_of(archive).saturating_sub(END);
    // A list that was not read to its beginning is read once more.
    for _ in 0..2 {
        let bytes = bytes(archive, from, size_of(archive)).await.ok_or("can’t be read by this browser")?;
        match told(End { from, bytes })? {
            Told::All(entries) => return Ok(entries),
            Told::BeginsAt(begin) if size_of(archive) - begin.min(size_of(archive)) > MOST_OF_LIST => {
                return Err("holds too many files; part it into several".to_owned());
            }
            Told::BeginsAt(begin) => from = begin,
        }
    }
    Err("is damaged".to_owned())
}

fn told(end: End) -> Result<Told, String> {
    let size = end.from + end.bytes.len() as u64;
    let from = end.from;
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    let archive = ZipLocator::new().locate_in_reader(end, &mut buffer, size);
    let archive = archive.map_err(|_| "is no zip file, or is cut off".to_owned())?;
    if archive.directory_offset() < from {
        return Ok(Told::BeginsAt(archive.directory_offset()));
    }
    let mut listed = archive.entries(&mut buffer);
    let mut entries = Vec::new();
    while let Some(file) = listed.next_entry().map_err(|_| "is damaged".to_owned())? {
        if !file.is_dir() {
            entries.push(Entry {
                name: String::from_utf8_lossy(file.file_path().as_bytes()).into_owned(),
                method: file.compression_method(),
                is_encrypted: file.flags().is_encrypted(),
                head: file.local_header_offset(),
                packed: file.compressed_size_hint(),
                size: file.uncompressed_size_hint(),
                crc: file.crc32(),
            });
        }
    }
    Ok(Told::All(entries))
}

/// A file of an archive, unpacked; otherwise what is wrong with it, as the rest of a sentence. What unpacks to more than is said
/// is left when that is seen.
pub(super) async fn unpacked(archive: &Blob, entry: &Entry) -> Result<Blob, String> {
    if entry.is_encrypted {
        return Err("is encrypted; save the archive without a password".to_owned());
    }
    if entry.packed.max(entry.size) > MOST_OF_FILE {
        return Err(too_large());
    }
    let damaged = || "is damaged in the archive".to_owned();
    let head = bytes(archive, entry.head, entry.head + HEAD).await.ok_or_else(damaged)?;
    let start = entry.head + behind_head(&head).ok_or_else(damaged)?;
    let packed = slice(archive, start, start + entry.packed).ok_or_else(damaged)?;
    match entry.method {
        CompressionMethod::STORE => whole(packed, entry).await,
        CompressionMethod::DEFLATE => whole(inflated(&packed).await?, entry).await,
        _ => Err("is packed in a way that browsers don’t know; save the archive as an ordinary zip file"
            .to_owned()),
    }
}

/// A file, if it has the checksum that the archive tells of it.
async fn whole(file: Blob, entry: &Entry) -> Result<Blob, String> {
    let (mut crc, mut at) = (CRC.digest(), 0);
    while at < size_of(&file) {
        let piece = bytes(&file, at, at + PIECE).await.ok_or("can’t be read by this browser")?;
        crc.update(&piece);
        at += PIECE;
    }
    if crc.finalize() == entry.crc { Ok(file) } else { Err("is damaged in the archive".to_owned()) }
}

fn too_large() -> String {
    format!("has more than {} MB", MOST_OF_FILE / 1024 / 1024)
}

/// How far behind the beginning of its head a file begins.
fn behind_head(head: &[u8]) -> Option<u64> {
    let length =
        |at: usize| head.get(at..)?.first_chunk::<2>().map(|bytes| u64::from(u16::from_le_bytes(*bytes)));
    head.starts_with(b"PK\x03\x04").then_some(())?;
    Some(HEAD + length(26)? + length(28)?)
}

/// What the browser itself unpacks, piece by piece.
async fn inflated(packed: &Blob) -> Result<Blob, String> {
    let reader = inflater(packed).ok_or("can’t be unpacked by this browser; use a newer one")?;
    let (pieces, mut size) = (Array::new(), 0);
    loop {
        let read = JsFuture::from(reader.read()).await.map_err(|_| "is damaged in the archive".to_owned())?;
        let piece = Reflect::get(&read, &"value".into()).ok().and_then(|it| it.dyn_into::<Uint8Array>().ok());
        let Some(piece) = piece else { break };
        size += u64::from(piece.length());
        if size > MOST_OF_FILE {
            drop(reader.cancel());
            return Err(too_large());
        }
        pieces.push(&piece);
    }
    Blob::new_with_u8_array_sequence(&pieces).map_err(|_| "is too large for this browser".to_owned())
}

/// By its name, since it is not among what bindings to the browser hold as settled.
fn inflater(packed: &Blob) -> Option<ReadableStreamDefaultReader> {
    let kind =
        Reflect::get(&js_sys::global(), &"DecompressionStream".into()).ok()?.dyn_into::<Function>().ok()?;
    let stream: JsValue = Reflect::construct(&kind, &Array::of1(&"deflate-raw".into())).ok()?;
    let inflated = packed.stream().pipe_through(stream.unchecked_ref::<ReadableWritablePair>());
    inflated.get_reader().dyn_into().ok()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of bytes")]
fn size_of(blob: &Blob) -> u64 {
    blob.size() as u64
}

#[allow(clippy::cast_precision_loss, reason = "no file has so many bytes")]
fn slice(blob: &Blob, from: u64, to: u64) -> Option<Blob> {
    blob.slice_with_f64_and_f64(from as f64, to as f64).ok()
}

async fn bytes(blob: &Blob, from: u64, to: u64) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(slice(blob, from, to)?.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rawzip::ZipArchiveWriter;

    use super::*;

    /// An archive of stored files.
    fn archive(names: &[String], content: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut archive = ZipArchiveWriter::new(&mut file);
        for name in names {
            let (mut entry, config) = archive.new_file(name).start().expect("a file");
            let mut writer = config.wrap(&mut entry);
            io::Write::write_all(&mut writer, content).expect("written");
            let (_, descriptor) = writer.finish().expect("ended");
            entry.finish(descriptor).expect("ended");
        }
        archive.finish().expect("an archive");
        file
    }

    fn names_of(told: Told) -> Vec<String> {
        match told {
            Told::All(entries) => entries.into_iter().map(|entry| entry.name).collect(),
            Told::BeginsAt(at) => panic!("begins at {at}"),
        }
    }

    proptest! {
        #[test]
        fn the_list_is_read_whatever_part_of_the_archive_is_there(
            names in prop::collection::vec("[a-z]{1,9}/[a-zA-Z0-9@._-]{1,20}\\.jpg", 1..20), from: prop::sample::Index,
        ) {
            let file = archive(&names, &[7; 100]);
            // The end of an archive, with its list or without.
            let from = from.index(file.len() - 22);
            let end = |from: usize| End { from: from as u64, bytes: file[from..].to_vec() };
            let all = match told(end(from)).map_err(TestCaseError::fail)? {
                Told::BeginsAt(begin) => {
                    prop_assert!((begin as usize) < from);
                    names_of(told(end(begin as usize)).map_err(TestCaseError::fail)?)
                }
                all => names_of(all),
            };
            prop_assert_eq!(all, names);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), from in 0_u64..99) {
            drop(told(End { from, bytes: [&bytes[..], b"PK\x05\x06", &bytes[..]].concat() }));
            behind_head(&bytes);
            behind_head(&[b"PK\x03\x04", &bytes[..]].concat());
        }

        #[test]
        fn no_damage_makes_it_panic(at: prop::sample::Index, byte: u8) {
            let mut file = archive(&["a/b.jpg".to_owned()], b"content");
            let at = at.index(file.len());
            file[at] = byte;
            drop(told(End { from: 0, bytes: file }));
        }
    }

    #[test]
    fn a_file_begins_behind_its_head_its_name_and_what_else_is_there() {
        let file = archive(&["a/b.jpg".to_owned()], b"content");
        let start = behind_head(&file[..30]).expect("a head");
        assert!(file[usize::try_from(start).expect("small")..].starts_with(b"content"));
        assert_eq!(behind_head(&[0; 30]), None);
    }

    #[test]
    fn what_is_no_archive_is_told_apart() {
        let is_none = |bytes: &[u8]| told(End { from: 0, bytes: bytes.to_vec() }).is_err();
        assert!(is_none(b"") && is_none(b"Name;Mail\r\n") && is_none(&[0; 5_000]));
    }
}
