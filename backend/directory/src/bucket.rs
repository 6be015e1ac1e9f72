//! The only place that calls S3.

use aws_config::SdkConfig;
use aws_sdk_s3::{Client, primitives::ByteStream};
use bytes::Bytes;
use jiff::Timestamp;
use rollcall_api::former::How;
use rollcall_aws::{AwsError, Meaning, s3};
use rollcall_error::{Error, source_chain};

use crate::{
    photo_key::{PhotoKey, PictureKey, Size},
    picture::Pictures,
};

/// The largest picture handed out, in bytes. 120 × 160 pixels have 77 KB before compression, and 480 × 640 of pure noise
/// 300 KB as WebP.
const MAX_PICTURE_BYTES: i64 = 512 * 1024;

/// The bucket of photos.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    client: Client,
    name: String,
}

/// An object, and when it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) object_key: String,
    pub(crate) at: Timestamp,
}

impl Bucket {
    pub(crate) fn new(config: &SdkConfig, name: String) -> Self {
        Self { client: s3::client(config), name }
    }

    /// Stores both pictures of a photo.
    pub(crate) async fn put(&self, key: &PhotoKey, pictures: &Pictures) -> Result<(), Error> {
        let put = |size| self.put_picture(key, size, pictures.of(size).clone());
        tokio::try_join!(put(Size::Small), put(Size::Sharp)).map(drop)
    }

    async fn put_picture(&self, key: &PhotoKey, size: Size, picture: Bytes) -> Result<(), Error> {
        self.client
            .put_object()
            .bucket(&self.name)
            .key(key.picture(size))
            .content_type(size.media_type())
            .body(ByteStream::from(picture))
            .send()
            .await
            .map_err(|error| AwsError::read("PutObject", error))?;
        Ok(())
    }

    /// Whether there is a picture under this key.
    pub(crate) async fn has(&self, key: &PhotoKey, size: Size) -> Result<bool, Error> {
        let request = self.client.head_object().bucket(&self.name).key(key.picture(size));
        match request.send().await.map_err(|error| AwsError::read("HeadObject", error)) {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The picture; none when there is none under this key.
    pub(crate) async fn get(&self, key: &PhotoKey, size: Size) -> Result<Option<Bytes>, Error> {
        let object_key = key.picture(size);
        let request = self.client.get_object().bucket(&self.name).key(&object_key);
        let found = match request.send().await.map_err(|error| AwsError::read("GetObject", error)) {
            Ok(found) => found,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if found.content_length().is_none_or(|length| length > MAX_PICTURE_BYTES) {
            return Err(Error::broken(format!("{object_key} is larger than any photo")));
        }
        let body = found.body.collect().await;
        let body = body.map_err(|_| AwsError::incomplete("GetObject", "broke off"))?;
        Ok(Some(body.into_bytes()))
    }

    /// Deletes both pictures of a photo that the table does not name any more. A failure is logged and not returned: what was
    /// asked for is done, and an object nobody can find does no harm.
    pub(crate) async fn discard(&self, key: &PhotoKey) {
        let discard = |size| self.discard_object(key.picture(size));
        tokio::join!(discard(Size::Small), discard(Size::Sharp));
    }

    /// Copies both pictures of a photo to where those of former employees are; the originals stay. There may be none.
    pub(crate) async fn keep(&self, key: &PhotoKey, how: How) -> Result<(), Error> {
        let keep = |size| self.keep_picture(key, how, size);
        tokio::try_join!(keep(Size::Small), keep(Size::Sharp)).map(drop)
    }

    async fn keep_picture(&self, key: &PhotoKey, how: How, size: Size) -> Result<(), Error> {
        self.copy(&key.picture(size), &key.former_picture(how, size)).await.map(drop)
    }

    /// Moves the photo of someone whom the provider made inactive to where the bucket forgets it by itself.
    pub(crate) async fn let_go(&self, key: &PhotoKey) -> Result<(), Error> {
        for size in Size::BOTH {
            let kept = key.former_picture(How::Provider, size);
            if self.copy(&kept, &key.former_picture(How::Deleted, size)).await? {
                self.discard_object(kept).await;
            }
        }
        Ok(())
    }

    /// Copies a former employee's photo back, under a new key: whoever is still about to delete the old one deletes nothing
    /// that is in use. None when the photo is nowhere.
    pub(crate) async fn bring_back(&self, key: &PhotoKey) -> Result<Option<PhotoKey>, Error> {
        let back = PhotoKey::random();
        let bring = |size| self.bring_picture_back(key, &back, size);
        let (is_back, _) = tokio::try_join!(bring(Size::Small), bring(Size::Sharp))?;
        Ok(is_back.then_some(back))
    }

    async fn bring_picture_back(&self, key: &PhotoKey, back: &PhotoKey, size: Size) -> Result<bool, Error> {
        // The first place once more, since someone may be moving it from the last one to it.
        let places = key.places(size);
        for place in places.iter().chain(places.first()) {
            if self.copy(place, &back.picture(size)).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Deletes all there is of a photo that nobody has any more, as `discard` does.
    pub(crate) async fn discard_everywhere(&self, key: &PhotoKey) {
        for place in Size::BOTH.into_iter().flat_map(|size| key.places(size)) {
            self.discard_object(place).await;
        }
    }

    /// Some of the objects in a folder behind this one, in the order of their keys; none when there are no more.
    pub(crate) async fn list(&self, folder: &str, after: Option<String>) -> Result<Vec<Stored>, Error> {
        let list = self.client.list_objects_v2().bucket(&self.name).prefix(folder).set_start_after(after);
        let list = list.send().await.map_err(|error| AwsError::read("ListObjectsV2", error))?;
        let stored = list.contents.into_iter().flatten().filter_map(|object| {
            // What is not known to be old is as if it were new.
            let at = object.last_modified.and_then(|at| Timestamp::from_second(at.secs()).ok());
            Some(Stored { object_key: object.key?, at: at.unwrap_or(Timestamp::MAX) })
        });
        Ok(stored.collect())
    }

    /// Moves a picture that nobody names to where the bucket forgets it by itself.
    pub(crate) async fn put_away(&self, object_key: &str, key: &PictureKey) -> Result<(), Error> {
        let PictureKey { photo, size } = key;
        self.copy(object_key, &photo.former_picture(How::Deleted, *size)).await?;
        self.discard_object(object_key.to_owned()).await;
        Ok(())
    }

    /// Deletes every version of a photo, so that nobody can bring it back.
    pub(crate) async fn erase(&self, key: &PhotoKey) -> Result<(), Error> {
        for object_key in Size::BOTH.into_iter().flat_map(|size| key.places(size)) {
            let mut found = self.versions(&object_key).await?;
            while !found.is_empty() {
                for version in found {
                    let delete = self.client.delete_object().bucket(&self.name).key(&object_key);
                    let deleted = delete.version_id(version).send().await;
                    deleted.map_err(|error| AwsError::read("DeleteObject", error))?;
                }
                found = self.versions(&object_key).await?;
            }
        }
        Ok(())
    }

    /// Some of the versions of an object, and of the marks of its deletion; none when there are none.
    async fn versions(&self, object_key: &str) -> Result<Vec<String>, Error> {
        let list = self.client.list_object_versions().bucket(&self.name).prefix(object_key);
        let list = list.send().await.map_err(|error| AwsError::read("ListObjectVersions", error))?;
        let is_of_it = |key: Option<&str>| key == Some(object_key);
        let versions =
            list.versions().iter().filter(|it| is_of_it(it.key())).filter_map(|it| it.version_id());
        let marks =
            list.delete_markers().iter().filter(|it| is_of_it(it.key())).filter_map(|it| it.version_id());
        Ok(versions.chain(marks).map(str::to_owned).collect())
    }

    /// Copies an object: `false` when there is none to copy.
    async fn copy(&self, from: &str, to: &str) -> Result<bool, Error> {
        let source = format!("{}/{from}", self.name);
        let copy = self.client.copy_object().copy_source(source).bucket(&self.name).key(to).send().await;
        match copy.map_err(|error| AwsError::read("CopyObject", error)) {
            Ok(_) => Ok(true),
            // Denied may mean that the copy can't be written: then it must not be taken for a photo that is gone.
            Err(error) if may_be_missing(&error) && !self.is_there(from).await? => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn is_there(&self, object_key: &str) -> Result<bool, Error> {
        let head = self.client.head_object().bucket(&self.name).key(object_key).send().await;
        match head.map_err(|error| AwsError::read("HeadObject", error)) {
            Ok(_) => Ok(true),
            Err(error) if may_be_missing(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn discard_object(&self, object_key: String) {
        let deleted = self.client.delete_object().bucket(&self.name).key(&object_key).send().await;
        if let Err(error) = deleted {
            tracing::error!(object_key, error = source_chain(&error), "an unused photo stays in the bucket");
        }
    }
}

/// S3 denies access to what is missing, unless the role may list the bucket
/// ([GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)).
fn is_missing(error: &AwsError) -> bool {
    if error.meaning == Meaning::Denied {
        tracing::warn!("S3 denies access to a photo: it is missing, or the role may not read the bucket");
    }
    may_be_missing(error)
}

const fn may_be_missing(error: &AwsError) -> bool {
    matches!(error.meaning, Meaning::Denied | Meaning::NotFound)
}
