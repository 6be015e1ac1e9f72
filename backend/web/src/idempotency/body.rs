//! What a handler has read of the body of a request.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use aws_lc_rs::digest;
use axum::body::{Body, BodyDataStream, Bytes, to_bytes};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use futures_util::Stream;
use serde::{Deserialize, Serialize};

/// As much of a body as was read. What was not has no part in the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Read {
    /// In bytes.
    length: usize,
    /// The SHA-256 of these.
    hash: String,
    /// Whether it ended there.
    ended: bool,
}

impl Read {
    /// Whether another body would have been read the same.
    pub(super) async fn is_the_same(&self, body: Body) -> bool {
        if !self.ended {
            return true;
        }
        // No more of it is read than of the first one.
        let read = to_bytes(body, self.length).await;
        read.is_ok_and(|bytes| bytes.len() == self.length && hash_of(&bytes) == self.hash)
    }
}

/// Tells what was read of a body.
pub(super) struct Reading(Arc<Mutex<State>>);

struct State {
    length: usize,
    hash: digest::Context,
    ended: bool,
}

impl Reading {
    /// The body, and who tells what was read of it: it is handed on as it comes, and nothing of it is held.
    pub(super) fn of(body: Body) -> (Body, Self) {
        let hash = digest::Context::new(&digest::SHA256);
        let state = Arc::new(Mutex::new(State { length: 0, hash, ended: false }));
        let watched = Watched { body: body.into_data_stream(), state: Arc::clone(&state) };
        (Body::from_stream(watched), Self(state))
    }

    /// What was read by now.
    pub(super) fn so_far(&self) -> Read {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = BASE64_URL_SAFE_NO_PAD.encode(state.hash.clone().finish());
        Read { length: state.length, hash, ended: state.ended }
    }
}

struct Watched {
    body: BodyDataStream,
    state: Arc<Mutex<State>>,
}

impl Stream for Watched {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = ready!(Pin::new(&mut self.body).poll_next(context));
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &chunk {
            Some(Ok(bytes)) => {
                state.length = state.length.saturating_add(bytes.len());
                state.hash.update(bytes);
            }
            Some(Err(_)) => {}
            None => state.ended = true,
        }
        drop(state);
        Poll::Ready(chunk)
    }
}

fn hash_of(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, bytes))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn in_chunks(chunks: &[&'static str]) -> Body {
        let chunks: Vec<_> = chunks.iter().map(|chunk| Ok::<_, axum::Error>(Bytes::from(*chunk))).collect();
        Body::from_stream(stream::iter(chunks))
    }

    async fn read(chunks: &[&'static str]) -> Read {
        let (body, reading) = Reading::of(in_chunks(chunks));
        to_bytes(body, 100).await.expect("read");
        reading.so_far()
    }

    #[tokio::test]
    async fn a_body_is_the_same_in_whatever_chunks_it_comes() {
        let first = read(&["{\"a\"", ": 1}"]).await;
        assert!(first.is_the_same(in_chunks(&["{", "\"a\": 1}"])).await);
        for other in ["{\"a\": 2}", "{\"a\": 1", "{\"a\": 1} ", ""] {
            assert!(!first.is_the_same(Body::from(other)).await, "{other}");
        }
        assert!(read(&[]).await.is_the_same(Body::empty()).await);
    }

    #[tokio::test]
    async fn what_nobody_read_has_no_part_in_it() {
        let (_, reading) = Reading::of(Body::from("left aside"));
        assert!(reading.so_far().is_the_same(Body::from("something else")).await);
    }
}
