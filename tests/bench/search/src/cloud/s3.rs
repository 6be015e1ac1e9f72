//! S3, as fast as one stream of it is reckoned to be: 30 ms until the first byte, then 80 MB a second
//! (its guide says 85 to 90 for each request:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-design-patterns.html>).

use std::{collections::HashMap, convert::Infallible, sync::Mutex, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use tokio::time::{Instant, sleep, sleep_until};

const FIRST_BYTE: Duration = Duration::from_millis(30);
const BYTES_PER_SECOND: f64 = 80e6;

/// What is sent at once, in bytes: a millisecond's worth.
const PART: usize = 80_000;

/// The answer to who looks for what may be deleted: nothing is old enough.
const NOTHING_LISTED: &str = r#"<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>"#;

/// The answer to who has an object copied.
const COPIED: &str = r#"<CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ETag>"-"</ETag></CopyObjectResult>"#;

/// The header that names what is to be copied: bucket and key.
const COPY_SOURCE: &str = "x-amz-copy-source";

/// Objects by the path of their address.
#[derive(Default)]
pub(crate) struct S3(Mutex<HashMap<String, Bytes>>);

impl S3 {
    pub(crate) async fn answer(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Response {
        let path = uri.path();
        match *method {
            Method::PUT if headers.contains_key(COPY_SOURCE) => {
                sleep(FIRST_BYTE).await;
                let source = headers.get(COPY_SOURCE).and_then(|source| source.to_str().ok());
                let path_of = |source: &str| format!("/{}", source.trim_start_matches('/'));
                let mut objects = self.objects();
                let object = source.and_then(|source| objects.get(&path_of(source)).cloned());
                object.map_or(StatusCode::NOT_FOUND.into_response(), |object| {
                    objects.insert(path.to_owned(), object);
                    COPIED.into_response()
                })
            }
            Method::PUT => {
                sleep(FIRST_BYTE + duration(body.len())).await;
                self.objects().insert(path.to_owned(), body);
                StatusCode::OK.into_response()
            }
            Method::GET if uri.query().is_some_and(|query| query.contains("list-type=2")) => {
                sleep(FIRST_BYTE).await;
                NOTHING_LISTED.into_response()
            }
            Method::GET => {
                let object = self.objects().get(path).cloned();
                sleep(FIRST_BYTE).await;
                object.map_or(StatusCode::NOT_FOUND.into_response(), |object| part(&object, headers))
            }
            Method::HEAD => {
                sleep(FIRST_BYTE).await;
                let is_there = self.objects().contains_key(path);
                if is_there { StatusCode::OK } else { StatusCode::NOT_FOUND }.into_response()
            }
            Method::DELETE => {
                sleep(FIRST_BYTE).await;
                self.objects().remove(path);
                StatusCode::NO_CONTENT.into_response()
            }
            _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        }
    }

    fn objects(&self) -> std::sync::MutexGuard<'_, HashMap<String, Bytes>> {
        self.0.lock().expect("nobody panicked")
    }
}

/// The part of an object that is asked for, at its pace.
fn part(object: &Bytes, headers: &HeaderMap) -> Response {
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
    let asked = range.and_then(|range| {
        let (first, last) = range.split_once('-')?;
        Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?))
    });
    let whole = object.len();
    let (first, last) = asked.unwrap_or((0, whole));
    let end = (last + 1).min(whole);
    if first >= end {
        return StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    }
    let length = [(header::CONTENT_LENGTH, (end - first).to_string())];
    let body = Body::from_stream(paced(object.slice(first..end)));
    let of_whole = [(header::CONTENT_RANGE, format!("bytes {first}-{}/{whole}", end - 1))];
    (StatusCode::PARTIAL_CONTENT, length, of_whole, body).into_response()
}

fn paced(content: Bytes) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> {
    let begun = Instant::now();
    stream::unfold(0, move |sent| {
        let content = content.clone();
        async move {
            let end = (sent + PART).min(content.len());
            sleep_until(begun + duration(end)).await;
            (sent < end).then(|| (Ok(content.slice(sent..end)), end))
        }
    })
}

/// How long so many bytes take.
fn duration(bytes: usize) -> Duration {
    Duration::from_secs_f64(bytes as f64 / BYTES_PER_SECOND)
}
