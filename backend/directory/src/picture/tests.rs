use image::{
    ImageEncoder, Rgb, RgbImage, Rgba,
    codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder},
};
use proptest::prelude::*;

use super::*;

const RED: Rgba<u8> = Rgba([255, 0, 0, 255]);
const BLUE: Rgba<u8> = Rgba([0, 0, 255, 255]);
const CLEAR: Rgba<u8> = Rgba([0, 0, 0, 0]);

/// An image, red above and blue below.
fn two_halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |_, y| if y < height / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) })
}

/// Metadata that says how the camera was held (1 upright, 6 turned right, 8 turned left), and where it was.
fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend_from_slice(b"GPS 51.5 N");
    exif
}

fn encoded(image: &RgbImage, format: ImageFormat, orientation: u8) -> Vec<u8> {
    let mut file = Vec::new();
    match format {
        ImageFormat::Jpeg => write(JpegEncoder::new(&mut file), image, orientation),
        ImageFormat::WebP => write(WebPEncoder::new_lossless(&mut file), image, orientation),
        _ => write(PngEncoder::new(&mut file), image, orientation),
    }
    file
}

fn write(mut encoder: impl ImageEncoder, image: &RgbImage, orientation: u8) {
    encoder.set_exif_metadata(exif(orientation)).expect("metadata");
    let (width, height) = image.dimensions();
    encoder.write_image(image, width, height, image::ExtendedColorType::Rgb8).expect("an image");
}

fn png(image: &RgbImage) -> Vec<u8> {
    encoded(image, ImageFormat::Png, 1)
}

/// The picture stored for an upload, decoded again.
fn stored(upload: &[u8]) -> RgbaImage {
    let png = picture(upload).expect("a photo");
    image::load_from_memory_with_format(&png, ImageFormat::Png).expect("a PNG").into_rgba8()
}

fn refusal(upload: &[u8]) -> Error {
    picture(upload).expect_err("no photo").into()
}

/// What is wrong with the field `photo`.
fn invalid(upload: &[u8]) -> String {
    let refusal = refusal(upload);
    let errors = refusal.fields();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].field, "photo");
    errors[0].detail.clone()
}

fn resembles(left: Rgba<u8>, right: Rgba<u8>) -> bool {
    left.0.iter().zip(right.0).all(|(left, right)| left.abs_diff(right) < 40)
}

#[test]
fn a_photo_of_any_format_is_120_by_160() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let picture = stored(&encoded(&two_halves(300, 400), format, 1));
        assert_eq!(picture.dimensions(), (120, 160));
        assert!(resembles(picture[(60, 20)], RED) && resembles(picture[(60, 140)], BLUE), "{format:?}");
    }
}

#[test]
fn a_wide_photo_stands_in_the_middle_with_nothing_above_and_below() {
    let picture = stored(&png(&two_halves(1200, 600)));
    assert_eq!((picture[(60, 49)], picture[(60, 110)]), (CLEAR, CLEAR));
    assert!(resembles(picture[(0, 52)], RED) && resembles(picture[(119, 107)], BLUE));
}

#[test]
fn a_photo_taken_with_the_camera_on_its_side_stands_upright() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        // Turned right, what was above is on the right.
        let turned_right = stored(&encoded(&two_halves(1600, 1200), format, 6));
        assert!(resembles(turned_right[(110, 80)], RED), "{format:?}");
        assert!(resembles(turned_right[(10, 80)], BLUE), "{format:?}");
        let turned_left = stored(&encoded(&two_halves(1600, 1200), format, 8));
        assert!(resembles(turned_left[(10, 80)], RED), "{format:?}");
        let upside_down = stored(&encoded(&two_halves(300, 400), format, 3));
        assert!(resembles(upside_down[(60, 20)], BLUE), "{format:?}");
    }
}

#[test]
fn nothing_of_the_metadata_is_stored() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let upload = encoded(&two_halves(300, 400), format, 1);
        assert!(upload.windows(3).any(|bytes| bytes == b"GPS"), "{format:?}");
        let picture = picture(&upload).expect("a photo");
        assert!(!picture.windows(3).any(|bytes| bytes == b"GPS"), "{format:?}");
    }
}

#[test]
fn transparency_stays() {
    let mut file = Cursor::new(Vec::new());
    RgbaImage::from_pixel(120, 160, CLEAR).write_to(&mut file, ImageFormat::Png).expect("an image");
    assert_eq!(stored(file.get_ref())[(60, 80)], CLEAR);
}

#[test]
fn a_file_of_another_kind_is_refused() {
    for upload in [&b""[..], b"GIF89a", b"<svg/>", b"--boundary\r\ncontent-disposition: form-data"] {
        assert_eq!(refusal(upload).kind(), rollcall_error::Kind::Unsupported);
    }
}

#[test]
fn half_a_photo_is_refused() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let upload = encoded(&two_halves(300, 400), format, 1);
        for end in [upload.len() / 2, upload.len() - 1] {
            assert_eq!(invalid(&upload[..end]), "is cut off before its end; upload the whole file");
        }
    }
}

#[test]
fn a_damaged_photo_is_refused() {
    let mut upload = png(&two_halves(300, 400));
    let middle = upload.len() / 2;
    upload[middle] ^= 0xFF;
    assert_eq!(invalid(&upload), "is damaged and cannot be decoded; save it anew");
}

/// A PNG that claims a size and bits a channel, and holds next to nothing.
fn claiming(width: u32, height: u32, bits: u8) -> Vec<u8> {
    let mut file = png(&two_halves(8, 8));
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    file[24] = bits;
    let checksum = crc32(&file[12..29]);
    file[29..33].copy_from_slice(&checksum.to_be_bytes());
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), step))
}

#[test]
fn an_image_bomb_is_refused_before_it_is_decoded() {
    let refused = |width, height| {
        format!("has {width} × {height} pixels; at most 12000 on a side and 25 million in all are allowed")
    };
    for (width, height) in [(50_000, 50_000), (12_001, 1), (5_001, 5_000)] {
        assert_eq!(invalid(&claiming(width, height, 8)), refused(width, height));
    }
}

#[test]
fn a_photo_at_the_limit_is_taken() {
    assert_eq!(stored(&png(&RgbImage::new(12_000, 3))).dimensions(), (120, 160));
    assert_eq!(stored(&png(&RgbImage::new(1, 12_000))).dimensions(), (120, 160));
}

#[test]
fn deep_colour_that_takes_too_much_memory_is_refused() {
    let detail = invalid(&claiming(5_000, 5_000, 16));
    assert_eq!(detail, "takes too much memory to decode; save it with fewer pixels or 8 bits a channel");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_its_size_and_orientation_a_photo_is_120_by_160(
        width in 1_u32..900, height in 1_u32..900, orientation in 0_u8..10,
        format in prop_oneof![Just(ImageFormat::Png), Just(ImageFormat::Jpeg), Just(ImageFormat::WebP)],
    ) {
        let picture = stored(&encoded(&two_halves(width, height), format, orientation));
        prop_assert_eq!(picture.dimensions(), (120, 160));
        // The middle lies between four pixels; a picture that is one pixel wide covers those on one side of it.
        let middle = [(59, 79), (60, 79), (59, 80), (60, 80)];
        prop_assert!(middle.iter().any(|&at| picture[at].0[3] == 255), "the middle is not covered");
    }

    #[test]
    fn a_picture_that_is_stored_can_be_uploaded_again(width in 1_u32..300, height in 1_u32..300) {
        let once = picture(&png(&two_halves(width, height))).expect("a photo");
        prop_assert_eq!(stored(&once).dimensions(), (120, 160));
    }
}

/// First bytes by which a file passes for an image.
const STARTS: &[&[u8]] = &[b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"RIFF\x10\0\0\0WEBPVP8 "];

proptest! {
    #[test]
    fn no_bytes_make_decoding_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        start in prop::sample::select(STARTS),
    ) {
        let _ = picture(&[start, &bytes[..]].concat());
    }

    #[test]
    fn no_damage_makes_decoding_panic(
        at in any::<prop::sample::Index>(), value in any::<u8>(),
        format in prop_oneof![Just(ImageFormat::Png), Just(ImageFormat::Jpeg), Just(ImageFormat::WebP)],
    ) {
        let mut upload = encoded(&two_halves(30, 40), format, 6);
        let at = at.index(upload.len());
        upload[at] = value;
        let _ = picture(&upload);
    }
}
