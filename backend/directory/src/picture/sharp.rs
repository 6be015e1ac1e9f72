//! The sharp picture of a photo: what is shown where someone is shown large.

use image::{DynamicImage, imageops::FilterType};
use webp::Encoder;

/// The most pixels of its sides: four times those of the small one.
const WIDTH: u32 = 480;
pub(super) const HEIGHT: u32 = 640;

/// Of 100: a face of this size takes some 30 KB, and nobody sees the difference to more.
const QUALITY: f32 = 82.0;

/// A WebP of the image within 480 × 640 pixels, in its own proportions and never enlarged. Where nothing is transparent the
/// encoder stores no transparency. Otherwise what libwebp says.
pub(super) fn encoded(upright: DynamicImage) -> Result<Vec<u8>, String> {
    let fits = upright.width() <= WIDTH && upright.height() <= HEIGHT;
    let fitted = if fits { upright } else { upright.resize(WIDTH, HEIGHT, FilterType::Lanczos3) };
    let pixels = fitted.into_rgba8();
    let encoder = Encoder::from_rgba(&pixels, pixels.width(), pixels.height());
    match encoder.encode_simple(false, QUALITY) {
        Ok(file) => Ok(file.to_vec()),
        Err(error) => Err(format!("libwebp says {error:?}")),
    }
}
