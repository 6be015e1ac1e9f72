//! JPEG files in the inks of printing (CMYK), which `image` turns into light without regard to their profile.

use image::{ImageError, ImageFormat, ImageResult, RgbaImage, error::DecodingError, metadata::Orientation};
use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::JpegDecoder;

/// What the four numbers of a pixel stand for. Both are turned around, so that 255 is no ink: Adobe's programs
/// write them so, and others do as they do
/// ([how the colours of a JPEG are told](https://entropymine.wordpress.com/2018/10/22/how-is-a-jpeg-images-color-type-determined/)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Cyan, magenta, yellow, black.
    Cmyk,
    /// The first three as luminance and two differences of colour.
    Ycck,
}

/// A JPEG in ink, of which the pixels are still to be decoded.
pub(super) struct InkJpeg<'a> {
    decoder: JpegDecoder<ZCursor<&'a [u8]>>,
    pub(super) form: Form,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl<'a> InkJpeg<'a> {
    /// Reads the headers; none for a JPEG in light, or one whose headers can't be read.
    pub(super) fn open(file: &'a [u8]) -> Option<Self> {
        let options = DecoderOptions::default().set_strict_mode(false);
        let options = options.set_max_width(usize::MAX).set_max_height(usize::MAX);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
        decoder.decode_headers().ok()?;
        let space = decoder.input_colorspace()?;
        let form = match space {
            ColorSpace::CMYK => Form::Cmyk,
            ColorSpace::YCCK => Form::Ycck,
            _ => return None,
        };
        // The marker may speak of four numbers in a file that holds three.
        let info = decoder.info().filter(|info| info.components == 4)?;
        let as_stored = decoder.options().jpeg_set_out_colorspace(space);
        decoder.set_options(as_stored);
        Some(Self { decoder, form, width: info.width.into(), height: info.height.into() })
    }

    pub(super) fn icc_profile(&self) -> Option<Vec<u8>> {
        self.decoder.icc_profile()
    }

    pub(super) fn orientation(&self) -> Orientation {
        let exif = self.decoder.exif();
        exif.and_then(|exif| Orientation::from_exif_chunk(exif)).unwrap_or(Orientation::NoTransforms)
    }

    /// The four numbers of each pixel, as they are stored.
    pub(super) fn pixels(mut self) -> ImageResult<RgbaImage> {
        let numbers = self.decoder.decode().map_err(damaged)?;
        RgbaImage::from_raw(self.width, self.height, numbers).ok_or_else(|| damaged("pixels are missing"))
    }
}

fn damaged(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ImageError {
    ImageError::Decoding(DecodingError::new(ImageFormat::Jpeg.into(), error))
}

impl Form {
    /// How much of each ink a pixel has: cyan, magenta, yellow, black; 255 is all of it.
    pub(super) fn inks(self, stored: [u8; 4]) -> [u8; 4] {
        match self {
            Self::Cmyk => stored.map(|number| u8::MAX - number),
            Self::Ycck => {
                let [luminance, blue, red, black] = stored;
                let [cyan, magenta, yellow] = light(luminance, blue, red);
                [cyan, magenta, yellow, u8::MAX - black]
            }
        }
    }
}

/// From luminance and differences of colour to red, green and blue
/// ([ITU T.871, section 7](https://www.itu.int/rec/T-REC-T.871)), which in YCCK are how much ink there is.
fn light(luminance: u8, blue: u8, red: u8) -> [u8; 3] {
    let [luminance, blue, red] = [luminance.into(), f32::from(blue) - 128.0, f32::from(red) - 128.0];
    let numbers =
        [luminance + 1.402 * red, luminance - 0.344_136 * blue - 0.714_136 * red, luminance + 1.772 * blue];
    // A conversion from a float keeps within the bounds of the integer.
    numbers.map(|number: f32| number.round() as u8)
}
