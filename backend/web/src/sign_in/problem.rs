//! Why nobody is signed in now, told by a page of the site.

use axum::response::{IntoResponse, Redirect, Response};
use rollcall_api::session::SignInProblem;

use crate::signed_in::{SIGNED_IN, address, noted};

/// Sends the browser to the page that says what went wrong, and what to do.
pub(super) fn told(problem: SignInProblem) -> Response {
    noted(problem);
    Redirect::to(&address(problem)).into_response()
}

/// Where to go on: a page of this site, and none that another site chose.
pub(super) fn own_page(path: &str) -> &str {
    let is_own = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\n', '\r', '\t']);
    let is_page =
        path == SIGNED_IN || !["/api/", "/auth/", SIGNED_IN].iter().any(|other| path.starts_with(other));
    if is_own && is_page { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for path in ["/", "/employees/7?q=1#x", "/operations", "/signed-in"] {
            assert_eq!(own_page(path), path);
        }
        for path in [
            "",
            "employees",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/signed-in?problem=used",
            "/auth/sign-in",
            "/api/employees",
        ] {
            assert_eq!(own_page(path), "/", "{path:?}");
        }
    }
}
