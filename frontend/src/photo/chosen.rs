//! A picture that someone chose, as the browser has decoded it.

use js_sys::{Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement, ImageBitmap, ImageBitmapOptions,
    ResizeQuality, Url,
};

use super::crop::{Crop, HEIGHT, Placement, WIDTH};

/// The most that is read, in megabytes and in millions of pixels: what phones take at their largest has 200.
const MOST_MEGABYTES: u32 = 60;
const MOST_MILLIONS: u32 = 200;

/// The longest side that is kept, in pixels: as sharp as the frame at the largest zoom.
const LONGEST: f64 = 2560.0;

/// What is sent. A browser that can't write it sends PNG instead.
const MEDIA_TYPE: &str = "image/webp";
const QUALITY: f64 = 0.95;

/// A picture, and which part of it becomes the photo.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    bitmap: ImageBitmap,
    pub(super) crop: ArcRwSignal<Crop>,
}

impl Chosen {
    /// Reads a file, whatever its kind and however large its picture: what is kept of it is small. Otherwise what is wrong with
    /// it, as the rest of a sentence that the file's name begins.
    pub(crate) async fn read(file: &Blob, name: &str) -> Result<Self, String> {
        let megabytes = whole(file.size() / 1024.0 / 1024.0);
        if megabytes > MOST_MEGABYTES {
            return Err(format!("has {megabytes} MB; at most {MOST_MEGABYTES} MB are allowed"));
        }
        if file.size() < 1.0 {
            return Err("is empty; choose another file".to_owned());
        }
        let refused = || unreadable(&file.type_(), name);
        let (width, height) = sides(file).await.ok_or_else(refused)?;
        let millions = whole(width * height / 1e6);
        if millions > MOST_MILLIONS {
            return Err(format!(
                "has {millions} million pixels; at most {MOST_MILLIONS} million are allowed"
            ));
        }
        let bitmap = shrunk(file, width, height).await.ok_or_else(refused)?;
        let crop = Crop::of(bitmap.width().into(), bitmap.height().into());
        Ok(Self { bitmap, crop: ArcRwSignal::new(crop) })
    }

    /// What is in the frame, as it is sent; none when the browser has no memory left for it.
    pub(crate) async fn file(&self) -> Option<Blob> {
        let canvas = new_canvas()?;
        let crop = self.crop.get_untracked();
        self.draw(&canvas, crop, crop.reduction());
        file_of(&canvas).await
    }

    /// All of the picture, with nothing around it, as it is sent.
    pub(crate) async fn whole(&self) -> Option<Blob> {
        let canvas = new_canvas()?;
        let (width, height) = (f64::from(self.bitmap.width()), f64::from(self.bitmap.height()));
        let scale = (WIDTH / width).min(HEIGHT / height).min(1.0);
        let (across, down) = (width * scale, height * scale);
        let placement = Placement { scale, angle: 0.0, x: across / 2.0, y: down / 2.0 };
        self.place(&canvas, (across, down), placement, 1.0);
        // Its memory needn't wait until somebody collects it: thousands may follow.
        self.bitmap.close();
        file_of(&canvas).await
    }

    /// Draws what is in the frame, in this part of its size.
    pub(super) fn draw(&self, canvas: &HtmlCanvasElement, crop: Crop, size: f64) {
        self.place(canvas, (WIDTH, HEIGHT), crop.placement(), size);
    }

    fn place(&self, canvas: &HtmlCanvasElement, (across, down): (f64, f64), placement: Placement, size: f64) {
        canvas.set_width(pixels(across * size));
        canvas.set_height(pixels(down * size));
        let context = canvas.get_context("2d").ok().flatten();
        let Some(context) = context.and_then(|it| it.dyn_into::<CanvasRenderingContext2d>().ok()) else {
            return;
        };
        // Where it can't be set, the picture is coarser.
        Reflect::set(&context, &"imageSmoothingQuality".into(), &"high".into()).ok();
        let scale = placement.scale * size;
        context.translate(placement.x * size, placement.y * size).ok();
        context.rotate(placement.angle).ok();
        context.scale(scale, scale).ok();
        let (across, down) = (f64::from(self.bitmap.width()), f64::from(self.bitmap.height()));
        context.draw_image_with_image_bitmap(&self.bitmap, -across / 2.0, -down / 2.0).ok();
    }
}

fn new_canvas() -> Option<HtmlCanvasElement> {
    document().create_element("canvas").ok()?.dyn_into().ok()
}

async fn file_of(canvas: &HtmlCanvasElement) -> Option<Blob> {
    let made = Promise::new(&mut |resolve, _| {
        canvas.to_blob_with_type_and_encoder_options(&resolve, MEDIA_TYPE, &QUALITY.into()).ok();
    });
    JsFuture::from(made).await.ok()?.dyn_into().ok()
}

fn pixels(side: f64) -> u32 {
    whole(side).max(1)
}

/// Numbers are told as whole ones: to write others is as much code as all of this.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is no more than a few thousand"
)]
fn whole(number: f64) -> u32 {
    number.round() as u32
}

/// The sides of a picture as it stands upright, read without decoding it.
async fn sides(file: &Blob) -> Option<(f64, f64)> {
    let image = HtmlImageElement::new().ok()?;
    let address = Url::create_object_url_with_blob(file).ok()?;
    let loaded = Promise::new(&mut |resolve, reject| {
        image.set_onload(Some(&resolve));
        image.set_onerror(Some(&reject));
        image.set_src(&address);
    });
    let loaded = JsFuture::from(loaded).await;
    Url::revoke_object_url(&address).ok();
    loaded.ok()?;
    let (width, height) = (image.natural_width().into(), image.natural_height().into());
    (width >= 1.0 && height >= 1.0).then_some((width, height))
}

/// The picture upright and no larger than needed. The browser decodes it beside the page, which stays alive meanwhile.
async fn shrunk(file: &Blob, width: f64, height: f64) -> Option<ImageBitmap> {
    let scale = (LONGEST / width.max(height)).min(1.0);
    let options = ImageBitmapOptions::new();
    options.set_resize_width(pixels(width * scale));
    options.set_resize_height(pixels(height * scale));
    options.set_resize_quality(ResizeQuality::High);
    let made = window().create_image_bitmap_with_blob_and_image_bitmap_options(file, &options);
    let made: Result<JsValue, JsValue> = JsFuture::from(made.ok()?).await;
    made.ok()?.dyn_into().ok()
}

/// What is told of a picture that the browser can't read.
fn unreadable(media_type: &str, name: &str) -> String {
    let name = name.to_lowercase();
    let is_heic = ["heic", "heif"].iter().any(|kind| media_type.ends_with(kind) || name.ends_with(kind));
    if is_heic {
        "is a HEIC picture, which this browser can’t read; choose it as a JPEG, or use a browser such as Safari".to_owned()
    } else {
        "is no picture that this browser can read; choose a JPEG, PNG or WebP".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_as_phones_of_one_kind_take_it_is_told_apart() {
        for (media_type, name) in [("image/heic", "x"), ("image/heif", ""), ("", "IMG_0007.HEIC")] {
            assert!(unreadable(media_type, name).starts_with("is a HEIC picture"), "{media_type} {name}");
        }
        assert!(unreadable("text/plain", "heic.txt").starts_with("is no picture"));
    }
}
