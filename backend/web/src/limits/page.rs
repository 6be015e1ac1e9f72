//! What a browser is shown whose sign-in is one too many: nobody reads JSON there.

use axum::response::{Html, IntoResponse, Response};
use headers::HeaderMapExt;
use headers_accept::Accept;
use http::{HeaderMap, StatusCode, header};
use mediatype::{
    MediaType,
    names::{APPLICATION, HTML, JSON, TEXT},
};
use rollcall_api::session::SignInProblem;

use crate::signed_in::{address, noted};

/// The header by which a browser says what it does with the answer
/// ([Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-mode-header)).
const MODE: &str = "sec-fetch-mode";

/// Whether whoever asks is better off with a page: a browser that goes there, or who would rather have HTML than JSON.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let (json, html) = (MediaType::new(APPLICATION, JSON), MediaType::new(TEXT, HTML));
    let navigates = headers.get(MODE).is_some_and(|mode| mode == "navigate");
    let accept = headers.typed_get::<Accept>();
    navigates || accept.is_some_and(|accept| accept.negotiate([&json, &html]) == Some(&html))
}

/// The same refusal as a page. It leads on to the one by which all other failures of signing in are told, and says by itself
/// what to do where a browser does not follow.
pub(super) fn shown(refusal: &Response) -> Response {
    noted(SignInProblem::TooMany);
    let after = refusal.headers().get(header::RETRY_AFTER);
    let seconds = after.and_then(|after| after.to_str().ok()).and_then(|text| text.parse::<u64>().ok());
    let when = seconds.map_or_else(|| "in a minute".to_owned(), |seconds| format!("in {seconds} s"));
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Sign-in failed – Rollcall</title>\n\
         <meta http-equiv=\"refresh\" content=\"0; url={}\">\n<h1>You are not signed in</h1>\n\
         <p>From where you are, more sign-ins were begun than may be in a minute. <a href=\"/auth/sign-in\">Try again</a> \
         {when}.</p>\n",
        address(SignInProblem::TooMany)
    );
    let mut shown = (StatusCode::TOO_MANY_REQUESTS, Html(page)).into_response();
    if let Some(after) = after {
        shown.headers_mut().insert(header::RETRY_AFTER, after.clone());
    }
    shown
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn wanted(name: &'static str, value: &'static str) -> bool {
        is_wanted(&HeaderMap::from_iter([(name.parse().expect("a name"), HeaderValue::from_static(value))]))
    }

    #[test]
    fn a_browser_that_goes_there_wants_a_page_and_a_script_does_not() {
        let browsers = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";
        for (name, value) in [("accept", browsers), ("accept", "text/html"), (MODE, "navigate")] {
            assert!(wanted(name, value), "{value}");
        }
        for (name, value) in [
            ("accept", "*/*"),
            ("accept", "application/json"),
            ("accept", "application/problem+json"),
            ("accept", "text/html;q=0.5, application/json"),
            (MODE, "cors"),
            ("x-other", "navigate"),
        ] {
            assert!(!wanted(name, value), "{value}");
        }
    }

    #[test]
    fn the_page_says_when_to_try_again_and_leads_to_the_site_s_own() {
        let refusal = [(header::RETRY_AFTER, "7")].into_response();
        let shown = shown(&refusal);
        assert_eq!(shown.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(shown.headers()[header::RETRY_AFTER], "7");
        assert_eq!(shown.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(address(SignInProblem::TooMany), "/signed-in?problem=too-many");
    }
}
