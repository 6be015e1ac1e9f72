//! The only place that calls S3.

use aws_config::SdkConfig;
use aws_sdk_s3::{Client, primitives::ByteStream};
use bytes::Bytes;
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
        let object_key = key.object_key();
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
    matches!(error.meaning, Meaning::Denied | Meaning::NotFound)
}
