//! From an uploaded image to the pictures that are stored.

use std::io::Cursor;

use bytes::Bytes;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbaImage,
    error::LimitErrorKind, imageops, imageops::FilterType, metadata::Orientation,
};
use rollcall_error::Error;

mod colour;
mod complete;
pub(crate) mod decoders;
mod inks;
mod sharp;

use colour::Colours;
use complete::is_complete;
use inks::InkJpeg;

use crate::photo_key::Size;

/// The size of the small picture in pixels, by the data contract.
const WIDTH: u32 = 120;
const HEIGHT: u32 = 160;

/// The longest side of an upload in pixels.
const MAX_SIDE: u32 = 12_000;

/// The most pixels of an upload: what phones take by default has 12 or 24 million.
const MAX_PIXELS: u64 = 25_000_000;

/// So many pixels may come out of a file however small it is, and so many more of each of its bytes: what a file of a few bytes
/// unpacks to takes seconds, and a photo of a person has a byte for every few pixels.
const FREE_PIXELS: u64 = 4_000_000;
const PIXELS_OF_A_BYTE: u64 = 100;

/// The most memory decoding may take, in bytes: four for each pixel, and some room.
const MAX_ALLOCATION: u64 = 128 * 1024 * 1024;

/// The most memory a PNG's text and colour profile may take unpacked, in bytes.
const MAX_METADATA: u64 = 16 * 1024 * 1024;

/// A large image is first brought to this size with a quick filter, then to its final ones with a good filter.
const INTERMEDIATE: u32 = 2 * sharp::HEIGHT;

/// The two pictures of a photo, as they are stored.
#[derive(Debug, Clone)]
pub(crate) struct Pictures {
    small: Bytes,
    sharp: Bytes,
}

impl Pictures {
    pub(crate) const fn of(&self, size: Size) -> &Bytes {
        match size {
            Size::Small => &self.small,
            Size::Sharp => &self.sharp,
        }
    }
}

/// Why an upload is no photo.
#[derive(Debug, thiserror::Error)]
pub(super) enum PictureError {
    /// Neither PNG nor JPEG nor WebP.
    #[error("the file is neither PNG nor JPEG nor WebP")]
    UnknownFormat,
    /// The end is missing.
    #[error("the file is cut off")]
    Truncated,
    /// More pixels than are decoded here.
    #[error("the image has {width} × {height} pixels")]
    TooManyPixels { width: u32, height: u32 },
    /// More pixels than a file of so few bytes has when it is a photo.
    #[error("the image has {pixels} pixels in {bytes} bytes")]
    TooSparse { pixels: u64, bytes: u64 },
    /// More memory than decoding may take.
    #[error("the image takes too much memory")]
    TooMuchMemory,
    /// More time than decoding may take.
    #[error("the image takes too much time")]
    TooMuchTime,
    /// Inside of it something is wrong.
    #[error("the image is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Our own part failed.
    #[error("the picture could not be encoded")]
    Encoding(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<PictureError> for Error {
    fn from(error: PictureError) -> Self {
        let invalid = |detail: String| Self::invalid_field("photo", detail);
        match &error {
            PictureError::UnknownFormat => {
                Self::unsupported("A photo is a PNG, JPEG or WebP file, and this is none of these.")
            }
            PictureError::Truncated => invalid("is cut off before its end; upload the whole file".to_owned()),
            PictureError::TooManyPixels { width, height } => invalid(format!(
                "has {width} × {height} pixels; at most {MAX_SIDE} on a side and {} million in all are allowed",
                MAX_PIXELS / 1_000_000
            )),
            PictureError::TooSparse { pixels, bytes } => invalid(format!(
                "has {pixels} pixels in a file of {bytes} bytes, which no photo has; save it with fewer pixels"
            )),
            PictureError::TooMuchTime => invalid(
                "takes too much time to decode; save it anew, with fewer pixels and not progressive"
                    .to_owned(),
            ),
            PictureError::TooMuchMemory => invalid(
                "takes too much memory to decode; save it with fewer pixels or 8 bits a channel".to_owned(),
            ),
            PictureError::Damaged(_) => {
                invalid("is damaged and cannot be decoded; save it anew".to_owned()).caused_by(error)
            }
            PictureError::Encoding(_) => Self::broken(error),
        }
    }
}

/// The pictures to store for an upload, both without metadata and with the image upright.
pub(super) fn pictures(upload: &[u8]) -> Result<Pictures, PictureError> {
    let upright = decode(upload)?;
    let small = small(&upright)?;
    let sharp = sharp::encoded(upright).map_err(|error| PictureError::Encoding(error.into()))?;
    Ok(Pictures { small: small.into(), sharp: sharp.into() })
}

/// A PNG of exactly 120 × 160 pixels, the image in its middle and as large as fits, transparent around it.
fn small(upright: &DynamicImage) -> Result<Vec<u8>, PictureError> {
    let fitted = upright.resize(WIDTH, HEIGHT, FilterType::Lanczos3).into_rgba8();
    let mut canvas = RgbaImage::new(WIDTH, HEIGHT);
    let left = i64::from(WIDTH.saturating_sub(fitted.width()) / 2);
    let top = i64::from(HEIGHT.saturating_sub(fitted.height()) / 2);
    imageops::replace(&mut canvas, &fitted, left, top);
    let mut png = Cursor::new(Vec::new());
    canvas.write_to(&mut png, ImageFormat::Png).map_err(|error| PictureError::Encoding(error.into()))?;
    Ok(png.into_inner())
}

/// An image as its file holds it, whichever way the camera was held and in whatever colours.
struct Source {
    image: DynamicImage,
    colours: Colours,
    orientation: Orientation,
}

/// The image upright, in sRGB and not much larger than needed, decoded within the limits.
fn decode(upload: &[u8]) -> Result<DynamicImage, PictureError> {
    let format = format(upload)?;
    if !is_complete(format, upload) {
        return Err(PictureError::Truncated);
    }
    let ink = if format == ImageFormat::Jpeg { InkJpeg::open(upload) } else { None };
    let Source { mut image, colours, orientation } = match ink {
        Some(jpeg) => read_ink(jpeg, upload.len() as u64)?,
        None => read_light(format, upload)?,
    };
    if image.width().max(image.height()) > INTERMEDIATE {
        image = image.thumbnail(INTERMEDIATE, INTERMEDIATE);
    }
    // At this size it costs little time, whatever the profile.
    let mut image = colours.to_srgb(image);
    image.apply_orientation(orientation);
    Ok(image)
}

fn read_light(format: ImageFormat, upload: &[u8]) -> Result<Source, PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(upload), format);
    let mut limits = Limits::default();
    // The decoders count the pixels out of this; those are looked at below.
    limits.max_alloc = Some(MAX_METADATA);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    check_size(decoder.dimensions(), decoder.total_bytes(), upload.len() as u64)?;
    let orientation = decoder.orientation().map_err(damaged)?;
    let profile = match format {
        ImageFormat::Png => colour::of_png(upload),
        _ => decoder.icc_profile().ok().flatten().and_then(|icc| colour::profile(&icc)),
    };
    let image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    Ok(Source { image, colours: Colours::Light(profile), orientation })
}

fn read_ink(jpeg: InkJpeg<'_>, file: u64) -> Result<Source, PictureError> {
    let (width, height) = (jpeg.width, jpeg.height);
    check_size((width, height), u64::from(width) * u64::from(height) * 4, file)?;
    let profile = jpeg.icc_profile().and_then(|icc| colour::profile(&icc));
    let (colours, orientation) = (Colours::Ink(jpeg.form, profile), jpeg.orientation());
    Ok(Source { image: jpeg.pixels().map_err(damaged)?.into(), colours, orientation })
}

/// Whether an image of these sides, which takes so much memory, may be decoded from a file of so many bytes. Of an animation
/// the first image is all that is read.
fn check_size((width, height): (u32, u32), memory: u64, bytes: u64) -> Result<(), PictureError> {
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > MAX_SIDE || pixels > MAX_PIXELS {
        return Err(PictureError::TooManyPixels { width, height });
    }
    if memory > MAX_ALLOCATION {
        return Err(PictureError::TooMuchMemory);
    }
    if pixels > FREE_PIXELS.saturating_add(PIXELS_OF_A_BYTE.saturating_mul(bytes)) {
        return Err(PictureError::TooSparse { pixels, bytes });
    }
    Ok(())
}

/// The format by the first bytes: what a client says of it may be wrong.
fn format(upload: &[u8]) -> Result<ImageFormat, PictureError> {
    match image::guess_format(upload) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) => Ok(format),
        _ => Err(PictureError::UnknownFormat),
    }
}

fn damaged(error: ImageError) -> PictureError {
    match &error {
        ImageError::Limits(limit) if matches!(limit.kind(), LimitErrorKind::InsufficientMemory) => {
            PictureError::TooMuchMemory
        }
        _ => PictureError::Damaged(error.into()),
    }
}

#[cfg(test)]
mod tests;
