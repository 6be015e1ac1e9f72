//! Showing a photo: `GET /photos/{key}`, small as `.png` and sharp as `.webp`.
//!
//! For those who may read the directory: where that takes a sign-in, a browser's `<img>` sends the session's cookie along.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use headers::{HeaderMapExt, IfNoneMatch};
use http::{HeaderMap, StatusCode, header};
use rollcall_api::session::Reading;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Reader},
    declared::Route,
    path::Path,
    problem::ApiError,
};

use crate::{
    directory::Directory,
    photo_key::{PictureKey, Size},
};

/// A key never names another picture, but the picture may be deleted: what is deleted is out of every cache after five
/// minutes, of which a cache on the way tells the browser how many are over.
const FOR_A_WHILE: &str = "public, max-age=300";

/// The same where a picture is for whoever signed in: no cache on the way asks who that is.
const FOR_A_WHILE_BY_ONE: &str = "private, max-age=300";

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::get("/photos/{key}", show)
        .says(|it| {
            it.does("A picture of a photo")
                .answers_file("The picture.", "image/png")
                .answers_file("The picture.", "image/webp")
                .with_header(StatusCode::OK, "etag", "What tells this picture from all others.")
                .answers_nothing(StatusCode::NOT_MODIFIED, "It is known already.")
                .answers_nothing(StatusCode::FOUND, "There is a small picture alone.")
                .with_header(StatusCode::FOUND, "location", "Where that is.")
        })
        .with_state(Guarded::new(directory, access))
}

async fn show(
    _: Reader,
    State(access): State<Access>,
    State(directory): State<Guarded<Directory>>,
    Path(key): Path<PictureKey>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let PictureKey { photo, size } = &key;
    let tag = format!("\"{}\"", photo.digits());
    let kept = match access.reading() {
        Reading::Open => FOR_A_WHILE,
        Reading::SignedIn => FOR_A_WHILE_BY_ONE,
    };
    let caching = [(header::CACHE_CONTROL, kept.to_owned()), (header::ETAG, tag.clone())];
    if knows(&headers, &tag) && directory.bucket.has(photo, *size).await? {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let Some(picture) = directory.bucket.get(photo, *size).await? else {
        return stand_in(&directory, &key, kept).await;
    };
    let kind = [(header::CONTENT_TYPE, size.media_type())];
    Ok((caching, kind, picture).into_response())
}

/// What there is in place of a picture that is not there. A photo that the original app took in has no sharp one: whoever asks
/// for it is sent to the small one, so that a page need not know of which photo there is which picture.
async fn stand_in(directory: &Directory, key: &PictureKey, kept: &'static str) -> Result<Response, ApiError> {
    if key.size == Size::Sharp && directory.bucket.has(&key.photo, Size::Small).await? {
        let there =
            [(header::LOCATION, key.photo.url(Size::Small)), (header::CACHE_CONTROL, kept.to_owned())];
        return Ok((StatusCode::FOUND, there).into_response());
    }
    Err(Error::not_found("There is no such photo; perhaps it was replaced.").into())
}

/// Whether the client has the picture already (RFC 9110, section 13.1.2).
fn knows(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.typed_get::<IfNoneMatch>();
    known.zip(tag.parse().ok()).is_some_and(|(known, tag)| !known.precondition_passes(&tag))
}
