//! The key of a photo: 16 hex digits, never used twice.

use rollcall_api::former::How;
use serde::Deserialize;
use uuid::Uuid;

/// Where the original app keeps photos in the bucket.
const FOLDER: &str = "employee_pic/";

/// Where the photos of former employees are, out of reach of the original app and of `/photos/…`: of those who are kept
/// for 30 days and, in a folder that the bucket does not empty by itself, of those who are kept for ever
/// (`infra/storage.yaml`).
const FORMER_FOLDER: &str = "former_pic/30-days/";
const KEPT_FOLDER: &str = "former_pic/kept/";

const EXTENSION: &str = ".png";

const DIGITS: usize = 16;

/// The key of a photo, as the last part of its address: 16 lower-case hex digits and `.png`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PhotoKey(String);

/// The text is no key of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a photo's key is 16 lower-case hex digits and .png")]
pub(crate) struct NotAKey;

impl PhotoKey {
    /// A new key of 64 bits from the system's random numbers: nobody can guess it, and none comes twice.
    pub(crate) fn random() -> Self {
        // The last eight bytes of a random UUID hold 62 random bits; folding in the first eight fills all 64.
        let (high, low) = Uuid::new_v4().as_u64_pair();
        Self(format!("{:016x}", high.rotate_left(32) ^ low))
    }

    /// The key of the object, when it is one by the data contract.
    pub(crate) fn from_object_key(object_key: &str) -> Option<Self> {
        Self::parse(object_key.strip_prefix(FOLDER)?)
    }

    /// The key of the photo at this path of the site.
    pub(crate) fn from_url(url: &str) -> Option<Self> {
        Self::parse(url.strip_prefix("/photos/")?)
    }

    fn parse(name: &str) -> Option<Self> {
        let digits = name.strip_suffix(EXTENSION)?;
        let hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (digits.len() == DIGITS && hex).then(|| Self(digits.to_owned()))
    }

    /// The digits alone.
    pub(crate) fn digits(&self) -> &str {
        &self.0
    }

    /// The key of the object in the bucket.
    pub(crate) fn object_key(&self) -> String {
        format!("{FOLDER}{}{EXTENSION}", self.0)
    }

    /// The key of the object while it is the photo of someone who left in this way.
    pub(crate) fn former_object_key(&self, how: How) -> String {
        let folder = match how {
            How::Deleted | How::Elsewhere => FORMER_FOLDER,
            How::Provider => KEPT_FOLDER,
        };
        format!("{folder}{}{EXTENSION}", self.0)
    }

    /// Every key that an object of this photo may have.
    pub(crate) fn object_keys(&self) -> [String; 3] {
        [self.former_object_key(How::Deleted), self.former_object_key(How::Provider), self.object_key()]
    }

    /// The path of the photo on the site.
    pub(crate) fn url(&self) -> String {
        format!("/photos/{}{EXTENSION}", self.0)
    }
}

impl TryFrom<String> for PhotoKey {
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
            "0123456789abcdef",
            "0123456789abcdef.PNG",
            "0123456789ABCDEF.png",
            "0123456789abcde.png",
            "0123456789abcdef0.png",
            "../0123456789abcdef.png",
            "0123456789abcdef.png/",
        ] {
            assert_eq!(PhotoKey::try_from(name.to_owned()), Err(NotAKey), "{name}");
        }
        assert_eq!(PhotoKey::from_object_key("0123456789abcdef.png"), None);
    }

    proptest! {
        #[test]
        fn a_key_reads_as_it_is_written(name in "[0-9a-f]{15,17}\\.png|\\PC{0,24}") {
            if let Ok(key) = PhotoKey::try_from(name.clone()) {
                prop_assert_eq!(key.url(), format!("/photos/{name}"));
            }
        }
    }
}
