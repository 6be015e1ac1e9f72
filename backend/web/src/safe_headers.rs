//! The headers that keep a browser safe, on every answer of whatever server: the same as the CDN adds in front of both.

use http::{HeaderMap, HeaderName, HeaderValue, header};

const FIXED: [(HeaderName, HeaderValue); 4] = [
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// For what is no page: nothing may be loaded, nobody may frame it.
const NO_PAGE: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// That the address is only ever asked over TLS, for two years. Not to be sent over plain HTTP
/// ([RFC 6797, section 7.2](https://www.rfc-editor.org/rfc/rfc6797#section-7.2)).
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// Adds them to an answer that is no page.
pub fn add(headers: &mut HeaderMap) {
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(NO_PAGE);
}

/// The same where every request comes over TLS, as an HTTP API of AWS's takes no other.
pub fn add_over_tls(headers: &mut HeaderMap) {
    add(headers);
    headers.insert(header::STRICT_TRANSPORT_SECURITY, ONLY_TLS);
}
