//! The answer to what is no request. hyper gives one by itself, before there is anything that could have an id; here it gets
//! one, under which it is logged, and says what was wrong.

use std::{
    fmt::Write as _,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, HeaderValue, StatusCode, header};
use rollcall_api::problem::{PROBLEM_JSON, Problem};
use rollcall_web::{
    problem::ApiError,
    request_id::{REQUEST_ID, RequestId},
    safe_headers,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream on which hyper's own refusals are written with an id and a reason.
#[derive(Debug)]
pub(crate) struct Explained<S> {
    stream: S,
    instead: Option<Instead>,
}

/// What is written in place of so many bytes.
#[derive(Debug)]
struct Instead {
    left: Vec<u8>,
    of: usize,
}

impl<S> Explained<S> {
    pub(crate) const fn new(stream: S) -> Self {
        Self { stream, instead: None }
    }
}

/// A refusal of hyper's own: its status, and the time that it tells.
#[derive(Debug, PartialEq, Eq)]
struct Refusal<'a> {
    status: StatusCode,
    date: Option<&'a str>,
}

impl<'a> Refusal<'a> {
    /// What was written, where it is one: a head without a body, and without the id that each answer of the app has.
    fn read(written: &'a [u8]) -> Option<Self> {
        let version = [b"HTTP/1.1 ", b"HTTP/1.0 "].into_iter();
        let status = version.filter_map(|version| written.strip_prefix(version)).next()?.get(..3)?;
        let status = StatusCode::from_bytes(status).ok().filter(StatusCode::is_client_error)?;
        let head = str::from_utf8(written).ok()?.strip_suffix("\r\n\r\n")?;
        let mut date = None;
        for line in head.split("\r\n").skip(1) {
            let (name, value) = line.split_once(':')?;
            if name.eq_ignore_ascii_case(REQUEST_ID.as_str()) {
                return None;
            }
            if name.eq_ignore_ascii_case("date") {
                date = Some(value.trim());
            }
        }
        Some(Self { status, date })
    }

    /// The whole answer in its place, head and body.
    fn explained(&self, id: &RequestId) -> Vec<u8> {
        let error = match self.status {
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
                ApiError::headers_too_large("Delete this site's cookies, or send less.")
            }
            StatusCode::URI_TOO_LONG => ApiError::bad_request("The address is longer than any here."),
            _ => ApiError::bad_request("What was sent is no request of HTTP/1.1."),
        };
        let status = self.status.as_u16();
        let problem = Problem { status, request_id: Some(id.to_string()), ..error.problem() };
        // Texts and a number only: this always serialises.
        let body = serde_json::to_string(&problem).unwrap_or_default();
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CONTENT_LENGTH, body.len().into());
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.extend(HeaderValue::from_str(id.as_str()).ok().map(|id| (REQUEST_ID, id)));
        headers
            .extend(self.date.and_then(|date| HeaderValue::from_str(date).ok()).map(|it| (header::DATE, it)));
        safe_headers::add(&mut headers);
        let mut text = format!("HTTP/1.1 {}\r\n", self.status);
        for (name, value) in &headers {
            // Into a String nothing fails.
            let _ = write!(text, "{name}: {}\r\n", value.to_str().unwrap_or_default());
        }
        text.push_str("\r\n");
        text.push_str(&body);
        text.into_bytes()
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Explained<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, instead } = &mut *self;
        if instead.is_none()
            && let Some(refusal) = Refusal::read(bytes)
        {
            let id = RequestId::random();
            tracing::info!(request_id = %id, status = refusal.status.as_u16(), "refused what is no request");
            *instead = Some(Instead { left: refusal.explained(&id), of: bytes.len() });
        }
        let Some(Instead { left, of }) = instead else {
            return Pin::new(stream).poll_write(context, bytes);
        };
        while !left.is_empty() {
            match ready!(Pin::new(&mut *stream).poll_write(context, left))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => drop(left.drain(..written.min(left.len()))),
            }
        }
        let of = *of;
        *instead = None;
        Poll::Ready(Ok(of))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match slices {
            // A head alone is one slice.
            [only] => self.poll_write(context, only),
            _ => Pin::new(&mut self.stream).poll_write_vectored(context, slices),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Explained<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[test]
    fn a_refusal_of_hypers_own_is_told_from_every_answer_of_the_app() {
        let own = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\ndate: now\r\n\r\n";
        let refusal = Refusal { status: StatusCode::BAD_REQUEST, date: Some("now") };
        assert_eq!(Refusal::read(own.as_bytes()), Some(refusal));
        for other in [
            "HTTP/1.1 400 Bad Request\r\nX-Request-Id: 1\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}",
            "HTTP/1.1 400 ",
            "HTTP/1.1 4",
            "{}",
            "",
        ] {
            assert_eq!(Refusal::read(other.as_bytes()), None, "{other}");
        }
    }

    #[tokio::test]
    async fn however_little_a_client_takes_at_once_it_reads_all_of_the_reason() {
        let (here, mut client) = duplex(7);
        let mut stream = Explained::new(here);
        let writing = tokio::spawn(async move {
            let own = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(own).await.expect("written");
            stream.write_all(b"and what follows").await.expect("written");
        });
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.expect("an answer");
        writing.await.expect("no panic");
        let (head, rest) = answer.split_once("\r\n\r\n").expect("a head");
        let (body, follows) = rest.split_at(rest.rfind('}').expect("JSON") + 1);
        let problem: Problem = serde_json::from_str(body).expect("a problem");
        let id = problem.request_id.expect("an id");
        assert!(head.starts_with("HTTP/1.1 431 ") && head.contains(&format!("x-request-id: {id}")), "{head}");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        assert_eq!((problem.status, follows), (431, "and what follows"));
    }
}
