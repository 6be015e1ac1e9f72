//! From the colour space that an image says it is in to sRGB.
//!
//! A picture is stored without a profile, which browsers read as sRGB
//! ([CSS Color 4](https://www.w3.org/TR/css-color-4/#untagged)); the numbers of a camera's wider space would look
//! pale there. What can't be read of a profile is as if it were not there, as browsers take it: the photo is stored in
//! the colours that its owner knows it by.

use std::io::Cursor;

use image::{DynamicImage, ImageBuffer, RgbImage, RgbaImage};
use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace, Layout,
    MatrixCoefficients, ParsingOptions, ToneReprCurve, TransferCharacteristics, TransformOptions,
};
use png::{ScaledFloat, SourceChromaticities};

use super::inks::Form;

/// The largest profile that is read, in bytes: those of cameras and screens have some kilobytes, those of printing
/// presses two million.
const MAX_PROFILE_BYTES: usize = 4 * 1024 * 1024;

/// The gamma that stands for the curve of sRGB where a PNG has no better word for it
/// ([PNG, section 11.3.2.5](https://www.w3.org/TR/png-3/#srgb-gamma-and-chromaticity)).
const GAMMA_OF_SRGB: f32 = 0.45455;

/// The profile in an ICC file; none when it is damaged.
pub(super) fn profile(icc: &[u8]) -> Option<Box<ColorProfile>> {
    let options = ParsingOptions { max_profile_size: MAX_PROFILE_BYTES, ..ParsingOptions::default() };
    let profile = ColorProfile::new_from_slice_with_options(icc, options);
    profile.inspect_err(|error| tracing::debug!(?error, "a colour profile is damaged")).map(Box::new).ok()
}

/// The colour space of a PNG, when it says one that is not sRGB. The first of these that is there counts: code
/// points, a profile, sRGB, primaries and gamma ([PNG, section 4.3](https://www.w3.org/TR/png-3/#4Concepts.ColourSpaces)).
pub(super) fn of_png(file: &[u8]) -> Option<Box<ColorProfile>> {
    // Room for the packed profile beside the unpacked one.
    let limits = png::Limits { bytes: 2 * MAX_PROFILE_BYTES };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), limits);
    decoder.set_ignore_text_chunk(true);
    let reader = decoder.read_info().ok()?;
    let info = reader.info();
    if let Some(points) = info.coding_independent_code_points {
        return of_code_points(points);
    }
    if let Some(icc) = &info.icc_profile {
        return profile(icc);
    }
    if info.srgb.is_some() || (info.gama_chunk.is_none() && info.chrm_chunk.is_none()) {
        return None;
    }
    Some(Box::new(of_measures(info.chrm_chunk, info.gama_chunk.map(ScaledFloat::into_value))))
}

/// High dynamic range is left as it is: its numbers reach far above what sRGB can show.
fn of_code_points(points: png::CodingIndependentCodePoints) -> Option<Box<ColorProfile>> {
    let transfer_characteristics = TransferCharacteristics::try_from(points.transfer_function).ok()?;
    if matches!(transfer_characteristics, TransferCharacteristics::Smpte2084 | TransferCharacteristics::Hlg) {
        return None;
    }
    Some(Box::new(ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(points.color_primaries).ok()?,
        transfer_characteristics,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    })))
}

fn of_measures(primaries: Option<SourceChromaticities>, gamma: Option<f32>) -> ColorProfile {
    let mut profile = ColorProfile::new_srgb();
    if let Some((white, primaries)) = primaries.and_then(primaries_of) {
        profile.update_rgb_colorimetry(white.to_xyyb(), primaries);
    }
    // It would count before the curve.
    profile.cicp = None;
    if let Some(gamma) = gamma.filter(|gamma| (gamma - GAMMA_OF_SRGB).abs() > 0.001) {
        let curve = Some(ToneReprCurve::Parametric(vec![gamma.recip()]));
        (profile.red_trc, profile.green_trc, profile.blue_trc) = (curve.clone(), curve.clone(), curve);
    }
    profile
}

/// The white point and the primaries; none where they span no space of colours.
fn primaries_of(chunk: SourceChromaticities) -> Option<(Chromaticity, ColorPrimaries)> {
    let point = |(x, y): (ScaledFloat, ScaledFloat)| Chromaticity::new(x.into_value(), y.into_value());
    let [white, red, green, blue] = [chunk.white, chunk.red, chunk.green, chunk.blue].map(point);
    let twice_the_area = (red.x - blue.x) * (green.y - blue.y) - (green.x - blue.x) * (red.y - blue.y);
    let spans = twice_the_area.abs() > 0.001 && white.y > 0.001;
    spans.then_some((white, ColorPrimaries { red, green, blue }))
}

/// What the numbers of an image stand for.
pub(super) enum Colours {
    /// Light or grey, in this space; sRGB when it is none.
    Light(Option<Box<ColorProfile>>),
    /// Ink, with what it looks like on paper.
    Ink(Form, Option<Box<ColorProfile>>),
}

impl Colours {
    /// The image with its numbers in sRGB.
    pub(super) fn to_srgb(&self, image: DynamicImage) -> DynamicImage {
        match self {
            Self::Light(None) => image,
            Self::Light(Some(profile)) => light_to_srgb(image, profile),
            Self::Ink(form, profile) => ink_to_srgb(image.into_rgba8(), *form, profile.as_deref()),
        }
    }
}

/// The image as it is when the profile is for images of another kind.
fn light_to_srgb(image: DynamicImage, profile: &ColorProfile) -> DynamicImage {
    let converted = match profile.color_space {
        // An image of greys is taken for one whose colours are all grey.
        DataColorSpace::Rgb => converted(&image.to_rgba16(), Layout::Rgba, profile, Layout::Rgba),
        DataColorSpace::Gray if !image.color().has_color() => {
            converted(&image.to_luma_alpha16(), Layout::GrayAlpha, profile, Layout::Rgba)
        }
        _ => None,
    };
    let (width, height) = (image.width(), image.height());
    let converted = converted.and_then(|numbers| ImageBuffer::from_raw(width, height, numbers));
    converted.map_or(image, DynamicImage::ImageRgba16)
}

/// Sixteen bits, so that nothing is lost to rounding before the picture is at its size.
fn converted(numbers: &[u16], layout: Layout, profile: &ColorProfile, to: Layout) -> Option<Vec<u16>> {
    let srgb = ColorProfile::new_srgb();
    let transform = profile.create_transform_16bit(layout, &srgb, to, TransformOptions::default());
    let mut converted = vec![0; numbers.len() / layout.channels() * to.channels()];
    transform.ok()?.transform(numbers, &mut converted).ok()?;
    Some(converted)
}

/// An image in ink as light. Without a profile for ink, each ink takes its part of the light away, as browsers
/// have it.
fn ink_to_srgb(mut inks: RgbaImage, form: Form, profile: Option<&ColorProfile>) -> DynamicImage {
    for pixel in inks.pixels_mut() {
        pixel.0 = form.inks(pixel.0);
    }
    let profiled = profile.and_then(|profile| inks_by_profile(&inks, profile));
    profiled.unwrap_or_else(|| inks_alone(&inks).into())
}

fn inks_by_profile(inks: &RgbaImage, profile: &ColorProfile) -> Option<DynamicImage> {
    if profile.color_space != DataColorSpace::Cmyk {
        return None;
    }
    let numbers: Vec<u16> = inks.as_raw().iter().map(|ink| u16::from(*ink) * 257).collect();
    let light = converted(&numbers, Layout::Rgba, profile, Layout::Rgb)?;
    ImageBuffer::from_raw(inks.width(), inks.height(), light).map(DynamicImage::ImageRgb16)
}

fn inks_alone(inks: &RgbaImage) -> RgbImage {
    RgbImage::from_fn(inks.width(), inks.height(), |x, y| {
        let [cyan, magenta, yellow, black] = inks.get_pixel(x, y).0.map(|ink| u16::from(u8::MAX - ink));
        let left = |passed: u16| u8::try_from((passed * black + 127) / 255).unwrap_or(u8::MAX);
        image::Rgb([cyan, magenta, yellow].map(left))
    })
}
