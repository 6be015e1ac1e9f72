//! The headers that keep a browser safe, the same as the CDN adds in front of the function.
//!
//! Without Strict-Transport-Security, which must not be sent over plain HTTP (RFC 6797, section 7.2).

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use rollcall_api::session::SignIn;

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

/// Adds them to those of an answer. `sign_in` tells where people sign in as far as that is known now, since a page waits
/// for nobody but this host.
pub(crate) fn add(headers: &mut HeaderMap, sign_in: impl FnOnce() -> Option<SignIn>) {
    let policy = if is_page(headers) { page_policy(sign_in()) } else { NO_PAGE };
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
}

fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

/// The page may talk to this host, and to where a browser exchanges a sign-in code for tokens.
fn page_policy(sign_in: Option<SignIn>) -> HeaderValue {
    let origin = sign_in.and_then(|sign_in| origin(&sign_in.token_endpoint));
    HeaderValue::from_str(&policy(origin.as_deref())).unwrap_or(NO_PAGE)
}

/// `wasm-unsafe-eval` lets WebAssembly be compiled and no JavaScript be evaluated; `blob:` is the preview of a
/// photo before it is sent.
fn policy(sign_in_origin: Option<&str>) -> String {
    let connect = sign_in_origin.map(|origin| format!(" {origin}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data: blob:; font-src 'self'; connect-src 'self'{connect}; manifest-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
}

fn origin(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_talk_to_the_sign_in_and_to_nobody_else() {
        let origin = origin("https://pool.auth.us-east-1.amazoncognito.com/oauth2/token");
        let policy = policy(origin.as_deref());
        assert!(
            policy.contains("connect-src 'self' https://pool.auth.us-east-1.amazoncognito.com; "),
            "{policy}"
        );
    }

    #[test]
    fn no_script_or_style_stands_in_the_page_itself() {
        let policy = policy(None);
        assert!(policy.contains("connect-src 'self'; ") && !policy.contains("unsafe-inline"), "{policy}");
        assert!(!policy.contains("'unsafe-eval'"), "{policy}");
    }
}
