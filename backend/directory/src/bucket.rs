//! The only place that calls S3.

use aws_config::SdkConfig;
use aws_sdk_s3::{Client, primitives::ByteStream};
use bytes::Bytes;
use rollcall_api::former::How;
use rollcall_aws::{AwsError, Meaning, s3};
use rollcall_error::{Error, source_chain};

use crate::photo_key::PhotoKey;

/// The largest picture handed out, in bytes. 120 × 160 pixels have 77 KB before compression.
const MAX_PICTURE_BYTES: i64 = 512 * 1024;

/// The bucket of photos.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    pub(crate) fn new(config: &SdkConfig, name: String) -> Self {
        Self { client: s3::client(config), name }
    }

    pub(crate) async fn put(&self, key: &PhotoKey, png: Bytes) -> Result<(), Error> {
        self.client
            .put_object()
            .bucket(&self.name)
            .key(key.object_key())
            .content_type("image/png")
            .body(ByteStream::from(png))
            .send()
            .await
            .map_err(|error| AwsError::read("PutObject", error))?;
        Ok(())
    }

    /// Whether there is a picture under this key.
    pub(crate) async fn has(&self, key: &PhotoKey) -> Result<bool, Error> {
        let request = self.client.head_object().bucket(&self.name).key(key.object_key());
        match request.send().await.map_err(|error| AwsError::read("HeadObject", error)) {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The picture; none when there is none under this key.
    pub(crate) async fn get(&self, key: &PhotoKey) -> Result<Option<Bytes>, Error> {
        let request = self.client.get_object().bucket(&self.name).key(key.object_key());
        let found = match request.send().await.map_err(|error| AwsError::read("GetObject", error)) {
            Ok(found) => found,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if found.content_length().is_none_or(|length| length > MAX_PICTURE_BYTES) {
            return Err(Error::broken(format!("{} is larger than any photo", key.object_key())));
        }
        let body = found.body.collect().await;
        let body = body.map_err(|_| AwsError::incomplete("GetObject", "broke off"))?;
        Ok(Some(body.into_bytes()))
    }

    /// Deletes a picture the table does not name any more. A failure is logged and not returned: what was
    /// asked for is done, and an object nobody can find does no harm.
    pub(crate) async fn discard(&self, key: &PhotoKey) {
        self.discard_object(&key.object_key()).await;
    }

    /// Copies a photo to where those of former employees are; the original stays. There may be none.
    pub(crate) async fn keep(&self, key: &PhotoKey, how: How) -> Result<(), Error> {
        self.copy(&key.object_key(), &key.former_object_key(how)).await.map(drop)
    }

    /// Copies a former employee's photo back, under a new key: whoever is still about to delete the old one deletes nothing
    /// that is in use. None when the photo is nowhere.
    pub(crate) async fn bring_back(&self, key: &PhotoKey) -> Result<Option<PhotoKey>, Error> {
        let back = PhotoKey::random();
        // The first place once more, since someone may be moving it from the last one to it.
        let places = key.object_keys();
        for place in places.iter().chain(places.first()) {
            if self.copy(place, &back.object_key()).await? {
                return Ok(Some(back));
            }
        }
        Ok(None)
    }

    /// Deletes all there is of a photo that nobody has any more, as `discard` does.
    pub(crate) async fn discard_everywhere(&self, key: &PhotoKey) {
        for object_key in key.object_keys() {
            self.discard_object(&object_key).await;
        }
    }

    /// Deletes every version of a photo, so that nobody can bring it back.
    pub(crate) async fn erase(&self, key: &PhotoKey) -> Result<(), Error> {
        for object_key in key.object_keys() {
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

    async fn discard_object(&self, object_key: &str) {
        let deleted = self.client.delete_object().bucket(&self.name).key(object_key).send().await;
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
