//! Showing a photo: `GET /photos/{key}`.
//!
//! Readable by whoever knows its key, since an `<img>` sends no token: a key has 64 random bits and is only
//! told to those who may read the directory.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing,
};
use headers::{HeaderMapExt, IfNoneMatch};
use http::{HeaderMap, StatusCode, header};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded},
    path::Path,
    problem::ApiError,
};

use crate::{directory::Directory, photo_key::PhotoKey};

/// A key never names another picture, but the picture may be deleted: what is deleted is out of every cache after five
/// minutes, of which a cache on the way tells the browser how many are over.
const FOR_A_WHILE: &str = "public, max-age=300";

pub(crate) fn route(directory: Directory, access: Access) -> Router {
    Router::new().route("/photos/{key}", routing::get(show)).with_state(Guarded::new(directory, access))
}

async fn show(
    State(directory): State<Guarded<Directory>>,
    Path(key): Path<PhotoKey>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let tag = format!("\"{}\"", key.digits());
    let caching = [(header::CACHE_CONTROL, FOR_A_WHILE.to_owned()), (header::ETAG, tag.clone())];
    let gone = || Error::not_found("There is no such photo; perhaps it was replaced.");
    if knows(&headers, &tag) {
        let is_there = directory.bucket.has(&key).await?;
        return if is_there {
            Ok((StatusCode::NOT_MODIFIED, caching).into_response())
        } else {
            Err(gone().into())
        };
    }
    let picture = directory.bucket.get(&key).await?.ok_or_else(gone)?;
    let kind = [(header::CONTENT_TYPE, "image/png"), (header::CONTENT_SECURITY_POLICY, "default-src 'none'")];
    Ok((caching, kind, picture).into_response())
}

/// Whether the client has the picture already (RFC 9110, section 13.1.2).
fn knows(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.typed_get::<IfNoneMatch>();
    known.zip(tag.parse().ok()).is_some_and(|(known, tag)| !known.precondition_passes(&tag))
}
