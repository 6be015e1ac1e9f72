//! Whether an image file is whole.
//!
//! The decoders fill what is missing with grey, so that half an upload would pass for a photo.

use image::ImageFormat;

/// Whether nothing is cut off at the end of an image file of this format.
pub(super) fn is_complete(format: ImageFormat, file: &[u8]) -> bool {
    match format {
        ImageFormat::Png => png(file),
        ImageFormat::Jpeg => jpeg(file),
        ImageFormat::WebP => webp(file),
        _ => Some(false),
    }
    .unwrap_or(false)
}

/// Walks the chunks up to `IEND` ([PNG, section 5](https://www.w3.org/TR/png-3/#5DataRep)).
fn png(file: &[u8]) -> Option<bool> {
    let mut rest = file.get(8..)?;
    loop {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let kind = after.first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        // The kind, the data and the checksum.
        rest = after.get(length.checked_add(8)?..)?;
        if kind == b"IEND" {
            return Some(true);
        }
    }
}

/// Walks the segments up to the first scan, then looks for the end marker
/// ([ITU T.81, annex B](https://www.w3.org/Graphics/JPEG/itu-t81.pdf)). A preview inside a segment has an end
/// marker of its own, which does not count.
fn jpeg(file: &[u8]) -> Option<bool> {
    const START_OF_SCAN: u8 = 0xDA;
    const END_OF_IMAGE: u8 = 0xD9;
    let mut rest = file.get(2..)?;
    loop {
        let (marker, after) = rest.split_first_chunk::<2>()?;
        match *marker {
            [0xFF, START_OF_SCAN] => return Some(after.windows(2).any(|pair| pair == [0xFF, END_OF_IMAGE])),
            // Any number of fill bytes may stand before a marker.
            [0xFF, 0xFF] => rest = rest.get(1..)?,
            [0xFF, _] => {
                let length = usize::from(u16::from_be_bytes(*after.first_chunk::<2>()?));
                rest = after.get(length..)?;
            }
            _ => return None,
        }
    }
}

/// Compares the size in the header with the file's
/// ([WebP container](https://developers.google.com/speed/webp/docs/riff_container)).
fn webp(file: &[u8]) -> Option<bool> {
    let size = file.get(4..)?.first_chunk::<4>()?;
    let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
    Some(file.len() >= size.checked_add(8)?)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, RgbImage};
    use proptest::prelude::*;

    use super::*;

    const FORMATS: [ImageFormat; 3] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP];

    fn file(format: ImageFormat) -> Vec<u8> {
        let image = RgbImage::from_fn(40, 30, |x, y| image::Rgb([(x * 6) as u8, (y * 8) as u8, 7]));
        let mut file = Cursor::new(Vec::new());
        DynamicImage::from(image).write_to(&mut file, format).expect("an image");
        file.into_inner()
    }

    #[test]
    fn a_file_is_whole_up_to_its_last_byte() {
        for format in FORMATS {
            let file = file(format);
            assert!(is_complete(format, &file), "{format:?}");
            assert!((0..file.len()).all(|end| !is_complete(format, &file[..end])), "{format:?}");
        }
    }

    #[test]
    fn what_a_camera_adds_after_the_end_does_not_matter() {
        for format in FORMATS {
            let mut file = file(format);
            file.extend_from_slice(b"trailer");
            assert!(is_complete(format, &file), "{format:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            for format in FORMATS {
                is_complete(format, &bytes);
            }
        }
    }
}
