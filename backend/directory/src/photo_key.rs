//! The key of a photo: 16 hex digits, never used twice; and of its two pictures.

use rollcall_api::former::How;
use rollcall_web::declared;
use serde::Deserialize;
use utoipa::openapi::{
    Object,
    schema::{ObjectBuilder, Type},
};
use uuid::Uuid;

/// Where the original app keeps photos in the bucket.
const FOLDER: &str = "employee_pic/";

/// Where the photos of former employees are, out of reach of the original app and of `/photos/…`: of those who are kept
/// for 30 days and, in a folder that the bucket does not empty by itself, of those who are kept for ever
/// (`infra/storage.yaml`).
const FORMER_FOLDER: &str = "former_pic/30-days/";
const KEPT_FOLDER: &str = "former_pic/kept/";

/// The folders of which pictures are swept that nobody names, in the order of their names. That of those who are kept for 30
/// days the bucket empties by itself.
pub(crate) const SWEPT_FOLDERS: [&str; 2] = [FOLDER, KEPT_FOLDER];

const DIGITS: usize = 16;

/// The key of a photo. A row names it by its small picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PhotoKey(String);

/// The key of a photo as a number, of which a million take little memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PhotoNumber(u64);

/// Which of the two pictures of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// 120 × 160 pixels, by the data contract.
    Small,
    /// Up to 480 × 640 pixels. Of a photo that the original app took in there is none.
    Sharp,
}

impl Size {
    pub(crate) const BOTH: [Self; 2] = [Self::Small, Self::Sharp];

    const fn extension(self) -> &'static str {
        match self {
            Self::Small => ".png",
            Self::Sharp => ".webp",
        }
    }

    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Small => "image/png",
            Self::Sharp => "image/webp",
        }
    }
}

/// The key of a picture, as the last part of its address: 16 lower-case hex digits, and `.png` or `.webp`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PictureKey {
    pub(crate) photo: PhotoKey,
    pub(crate) size: Size,
}

/// The text is no key of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a picture's key is 16 lower-case hex digits and .png or .webp")]
pub(crate) struct NotAKey;

impl PhotoKey {
    /// A new key of 64 bits from the system's random numbers: nobody can guess it, and none comes twice.
    pub(crate) fn random() -> Self {
        // The last eight bytes of a random UUID hold 62 random bits; folding in the first eight fills all 64.
        let (high, low) = Uuid::new_v4().as_u64_pair();
        Self(format!("{:016x}", high.rotate_left(32) ^ low))
    }

    /// The key of the photo whose small picture this object is, as the data contract has it.
    pub(crate) fn from_object_key(object_key: &str) -> Option<Self> {
        Self::parse(object_key.strip_prefix(FOLDER)?, Size::Small)
    }

    /// The key of the photo at this path of the site.
    pub(crate) fn from_url(url: &str) -> Option<Self> {
        Self::parse(url.strip_prefix("/photos/")?, Size::Small)
    }

    fn parse(name: &str, size: Size) -> Option<Self> {
        let digits = name.strip_suffix(size.extension())?;
        let hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (digits.len() == DIGITS && hex).then(|| Self(digits.to_owned()))
    }

    /// The digits alone.
    pub(crate) fn digits(&self) -> &str {
        &self.0
    }

    pub(crate) fn number(&self) -> PhotoNumber {
        // All keys are of so many digits that this is never zero by mistake.
        PhotoNumber(u64::from_str_radix(&self.0, 16).unwrap_or_default())
    }

    /// What a row names: the key of the small picture in the bucket.
    pub(crate) fn object_key(&self) -> String {
        self.picture(Size::Small)
    }

    /// The key of a picture in the bucket.
    pub(crate) fn picture(&self, size: Size) -> String {
        format!("{FOLDER}{}{}", self.0, size.extension())
    }

    /// The key of a picture while it is of someone who left in this way.
    pub(crate) fn former_picture(&self, how: How, size: Size) -> String {
        let folder = match how {
            How::Deleted | How::Elsewhere => FORMER_FOLDER,
            How::Provider => KEPT_FOLDER,
        };
        format!("{folder}{}{}", self.0, size.extension())
    }

    /// Every key that a picture may have.
    pub(crate) fn places(&self, size: Size) -> [String; 3] {
        [
            self.former_picture(How::Deleted, size),
            self.former_picture(How::Provider, size),
            self.picture(size),
        ]
    }

    /// The path of a picture on the site.
    pub(crate) fn url(&self, size: Size) -> String {
        format!("/photos/{}{}", self.0, size.extension())
    }
}

impl PictureKey {
    /// The picture that is stored under this key in one of the folders that are swept.
    pub(crate) fn from_object_key(object_key: &str) -> Option<Self> {
        Self::parse(SWEPT_FOLDERS.iter().find_map(|folder| object_key.strip_prefix(folder))?)
    }

    fn parse(name: &str) -> Option<Self> {
        let mut sizes = Size::BOTH.into_iter();
        sizes.find_map(|size| Some(Self { photo: PhotoKey::parse(name, size)?, size }))
    }
}

impl declared::Segment for PictureKey {
    fn schema() -> Object {
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.pattern(Some("^[0-9a-f]{16}\\.(png|webp)$")).build()
    }
}

impl TryFrom<String> for PictureKey {
    type Error = NotAKey;

    fn try_from(name: String) -> Result<Self, NotAKey> {
        Self::parse(&name).ok_or(NotAKey)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_new_key_is_stored_by_the_contract() {
        let key = PhotoKey::random();
        assert_eq!(key.digits().len(), 16);
        assert_eq!(PhotoKey::from_object_key(&key.object_key()), Some(key));
    }

    #[test]
    fn what_is_no_photo_is_out_of_reach() {
        for name in [
            "",
            ".png",
            ".webp",
            "0123456789abcdef",
            "0123456789abcdef.PNG",
            "0123456789ABCDEF.png",
            "0123456789abcde.png",
            "0123456789abcdef0.png",
            "../0123456789abcdef.png",
            "0123456789abcdef.png/",
            "0123456789abcdef.png.webp",
        ] {
            assert_eq!(PictureKey::try_from(name.to_owned()), Err(NotAKey), "{name}");
        }
        assert_eq!(PhotoKey::from_object_key("0123456789abcdef.png"), None);
        // A row names the small picture alone.
        assert_eq!(PhotoKey::from_object_key("employee_pic/0123456789abcdef.webp"), None);
    }

    proptest! {
        #[test]
        fn a_key_reads_as_it_is_written(name in "[0-9a-f]{15,17}\\.(png|webp)|\\PC{0,24}") {
            if let Ok(key) = PictureKey::try_from(name.clone()) {
                prop_assert_eq!(key.photo.url(key.size), format!("/photos/{name}"));
            }
        }
    }
}
