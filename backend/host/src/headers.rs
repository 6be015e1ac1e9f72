//! The headers that keep a browser safe, with what a page of this host may do.

use http::{HeaderMap, HeaderValue, header};
use rollcall_web::safe_headers;

/// For a page, which may talk to this host alone. `wasm-unsafe-eval` lets WebAssembly be compiled and no JavaScript be
/// evaluated; `blob:` is the preview of a photo before it is sent.
const PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; \
     base-uri 'none'",
);

/// Adds them to those of an answer.
pub(crate) fn add(headers: &mut HeaderMap) {
    if is_page(headers) {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(PAGE);
    }
    safe_headers::add(headers);
}

fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}
