//! The built front end: files, and `index.html` for every address inside the app.

use std::path::PathBuf;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::Response,
};
use http::{HeaderValue, StatusCode, Uri, header};
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// The names of these files carry a hash of their content, so that they never change.
const HASHED: &str = "/assets/";
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Below these is nothing but pages, whatever an address ends with: an id may end as the name of a file does.
const APP: [&str; 2] = ["/employees/", "/operations/"];

/// Anything else is asked for each time, and costs a 304 when it is the same.
const ASK_FIRST: HeaderValue = HeaderValue::from_static("no-cache");

/// The folder of the site.
#[derive(Debug, Clone)]
pub(crate) struct Site(PathBuf);

/// The folder is not the site's.
#[derive(Debug, thiserror::Error)]
#[error("SITE_DIR={0}: there is no index.html in it; build the front end first")]
pub(crate) struct NoSite(String);

impl Site {
    pub(crate) fn open(folder: PathBuf) -> Result<Self, NoSite> {
        if folder.join("index.html").is_file() {
            Ok(Self(folder))
        } else {
            Err(NoSite(folder.display().to_string()))
        }
    }

    /// What answers every address that is no route of the API.
    pub(crate) fn service(self) -> Router {
        let files = ServeDir::new(&self.0).append_index_html_on_directories(false);
        Router::new().fallback(file).with_state(files.precompressed_br().precompressed_gzip())
    }
}

async fn file(State(files): State<ServeDir>, mut request: Request) -> Response {
    let caching = if request.uri().path().starts_with(HASHED) { FOR_EVER } else { ASK_FIRST };
    if is_page(request.uri().path()) {
        *request.uri_mut() = Uri::from_static("/index.html");
    }
    let mut response = match files.oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    };
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(header::CACHE_CONTROL, caching);
    }
    response
}

/// Elsewhere files have an extension and pages have none. `SiteRoutes` in `infra/service.yaml` goes by the same rule.
fn is_page(path: &str) -> bool {
    let is_in_the_app = APP.iter().any(|prefix| path.starts_with(prefix));
    let has_extension = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    is_in_the_app || !(has_extension || path.starts_with(HASHED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_inside_the_app_is_a_page() {
        for page in [
            "/",
            "/employees/7c9e",
            "/employees/jane.doe@example.com",
            "/employees/a.js/edit",
            "/operations/revisions/new",
            "/operations/schedules/a.b/edit",
            "/signed-in",
            "/employees/",
        ] {
            assert!(is_page(page), "{page}");
        }
        for file in
            ["/index.html", "/favicon.svg", "/gone.js", "/assets/", "/assets/app-1f.wasm", "/assets/app"]
        {
            assert!(!is_page(file), "{file}");
        }
    }
}
