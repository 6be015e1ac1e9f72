//! The built front end: files, and one of its documents for every address inside the app.

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

/// The documents of the parts that have addresses of their own: these, and what lies below them.
const PARTS: [(&str, &str); 7] = [
    ("/operations", "/operations.html"),
    ("/chart", "/records.html"),
    ("/import", "/records.html"),
    ("/duplicates", "/records.html"),
    ("/former", "/records.html"),
    ("/several", "/records.html"),
    ("/sessions", "/records.html"),
];

/// The document of the form about an employee, which is below the page of one.
const FORM: &str = "/records.html";

/// The document of every other page.
const DIRECTORY: &str = "/index.html";

/// Anything else is asked for each time, and costs a 304 when it is the same.
const ASK_FIRST: HeaderValue = HeaderValue::from_static("no-cache");

/// The folder of the site.
#[derive(Debug, Clone)]
pub(crate) struct Site(PathBuf);

/// The folder is not the site's.
#[derive(Debug, thiserror::Error)]
#[error("SITE_DIR={folder}: there is no {missing} in it; build the front end first")]
pub(crate) struct NoSite {
    folder: String,
    missing: &'static str,
}

impl Site {
    pub(crate) fn open(folder: PathBuf) -> Result<Self, NoSite> {
        for document in [DIRECTORY].into_iter().chain(PARTS.map(|(_, document)| document)) {
            let missing = document.trim_start_matches('/');
            if !folder.join(missing).is_file() {
                return Err(NoSite { folder: folder.display().to_string(), missing });
            }
        }
        Ok(Self(folder))
    }

    /// What answers every address that is no route of the API.
    pub(crate) fn service(self) -> Router {
        let files = ServeDir::new(&self.0).append_index_html_on_directories(false);
        Router::new().fallback(file).with_state(files.precompressed_br().precompressed_gzip())
    }
}

async fn file(State(files): State<ServeDir>, mut request: Request) -> Response {
    let caching = if request.uri().path().starts_with(HASHED) { FOR_EVER } else { ASK_FIRST };
    if let Some(document) = document(request.uri().path()) {
        *request.uri_mut() = Uri::from_static(document);
    }
    let mut response = match files.oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    };
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(header::CACHE_CONTROL, caching);
    }
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(with_charset);
    if let Some(kind) = kind {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}

/// The type of a text with how its bytes are read, as `infra/site.py` tells it; none where it says so already, or where there is
/// nothing to say.
fn with_charset(kind: &HeaderValue) -> Option<HeaderValue> {
    let kind = kind.to_str().ok().filter(|kind| kind.starts_with("text/") && !kind.contains("charset="))?;
    HeaderValue::try_from(format!("{kind}; charset=utf-8")).ok()
}

/// The document of the page at a path; none where a file is meant. `SiteRoutes` in `infra/service.yaml` goes by the same
/// rule, and so does `Part::of` in the front end.
fn document(path: &str) -> Option<&'static str> {
    let is_inside = |address: &str| {
        path.strip_prefix(address).is_some_and(|inside| inside.is_empty() || inside.starts_with('/'))
    };
    let part = PARTS.into_iter().find(|part| is_inside(part.0)).map(|(_, document)| document);
    is_page(path).then_some(part.or_else(|| is_form(path).then_some(FORM)).unwrap_or(DIRECTORY))
}

/// Whether the form about an employee is at a path.
fn is_form(path: &str) -> bool {
    let inside = path.strip_prefix("/employees/").map(|inside| inside.strip_suffix('/').unwrap_or(inside));
    inside.is_some_and(|inside| {
        let changed = inside.strip_suffix("/edit");
        inside == "new" || changed.is_some_and(|id| !id.is_empty() && !id.contains('/'))
    })
}

/// Elsewhere files have an extension and pages have none.
fn is_page(path: &str) -> bool {
    let is_in_the_app = APP.iter().any(|prefix| path.starts_with(prefix));
    let has_extension = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    is_in_the_app || !(has_extension || path.starts_with(HASHED))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn a_text_says_its_charset_as_the_deployment_does() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("assets")).expect("a folder");
        let files = [
            ("/index.html", "text/html; charset=utf-8"),
            ("/operations.html", "text/html; charset=utf-8"),
            ("/records.html", "text/html; charset=utf-8"),
            ("/assets/app-1f.js", "text/javascript; charset=utf-8"),
            ("/assets/app-1f.css", "text/css; charset=utf-8"),
            ("/robots.txt", "text/plain; charset=utf-8"),
            ("/assets/app-1f.wasm", "application/wasm"),
            ("/assets/icon-1f.svg", "image/svg+xml"),
            ("/app.webmanifest", "application/manifest+json"),
        ];
        for (path, _) in files {
            fs::write(folder.path().join(path.trim_start_matches('/')), "é").expect("a file");
        }
        let site = Site::open(folder.path().to_owned()).expect("a site").service();
        for (path, kind) in files.into_iter().chain([("/chart", "text/html; charset=utf-8")]) {
            let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
            let answer = site.clone().oneshot(request).await.expect("an answer");
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            assert_eq!(answer.headers()[header::CONTENT_TYPE], kind, "{path}");
        }
    }

    #[test]
    fn an_address_inside_the_app_is_a_page_of_its_part() {
        for page in [
            "/",
            "/employees/7c9e",
            "/employees/jane.doe@example.com",
            "/employees/operations",
            "/signed-in",
            "/employees/",
            "/nowhere",
            "/operationsroom",
            "/charts",
            "/employees/chart",
            "/employees/edit",
            "/employees/7/edited",
            "/employees/a/b/edit",
        ] {
            assert_eq!(document(page), Some("/index.html"), "{page}");
        }
        for page in [
            "/operations",
            "/operations/",
            "/operations/revisions/new",
            "/operations/schedules/a.b/edit",
            "/operations/nowhere",
        ] {
            assert_eq!(document(page), Some("/operations.html"), "{page}");
        }
        let form = ["/employees/new", "/employees/new/", "/employees/a.js/edit", "/employees/~Li4/edit/"];
        for page in [
            "/chart",
            "/chart/",
            "/import",
            "/duplicates",
            "/former",
            "/former/nowhere",
            "/several",
            "/sessions",
        ]
        .into_iter()
        .chain(form)
        {
            assert_eq!(document(page), Some("/records.html"), "{page}");
        }
        for file in [
            "/index.html",
            "/operations.html",
            "/records.html",
            "/favicon.svg",
            "/gone.js",
            "/assets/",
            "/assets/directory-1f.wasm",
            "/assets/operations",
        ] {
            assert_eq!(document(file), None, "{file}");
        }
    }
}
