//! The API's document, and a page to read it, for whoever asks: it tells nothing that the code, which is public, does not.
//!
//! The page is made of the document when it is asked for. It needs no script, and nothing of another site.

use std::sync::OnceLock;

use axum::{
    extract::State,
    response::{Html, IntoResponse, Response},
};
use headers::{HeaderMapExt, IfNoneMatch};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use minijinja::{Environment, context, value::Serde};
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::{
    Routes,
    access::Everyone,
    declared::{Route, document::PARTS},
    precondition::EntityTag,
    problem::ApiError,
};

/// It is asked for anew each time, and sent again only where it is another one.
const ASK_AGAIN: &str = "no-cache";

/// The page loads its style and nothing else.
const OWN_STYLE: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'self'; frame-ancestors 'none'");

const PAGE: &str = include_str!("openapi/reference.html");
const STYLE: &str = include_str!("openapi/reference.css");

/// The routes by which `document` is read.
pub fn routes(document: &'static str) -> Routes {
    let whole = Route::get("/api/openapi.json", show).says(|it| {
        it.does("This document")
            .answers_as(
                StatusCode::OK,
                "OpenAPI 3.1.",
                ("application/json", ObjectBuilder::new().schema_type(Type::Object).into()),
            )
            .with_header(StatusCode::OK, "etag", "What tells this document from all others.")
            .header("if-none-match", "The tag of the document that is known.", "entity-tags")
            .answers_nothing(StatusCode::NOT_MODIFIED, "It is known already.")
    });
    let page = Route::get("/api/reference", page)
        .says(|it| it.does("This document as a page").answers_file("The page.", "text/html"));
    let style = Route::get("/api/reference.css", style)
        .says(|it| it.does("How that page looks").answers_file("The style.", "text/css"));
    Routes::default().without_query([
        whole.with_state(document),
        page.with_state(document),
        style.with_state(()),
    ])
}

async fn show(_: Everyone, State(document): State<&'static str>, headers: HeaderMap) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    let Some(tag) = tag(document) else { return (kind, document).into_response() };
    let caching = [(header::CACHE_CONTROL, ASK_AGAIN), (header::ETAG, tag.as_str())];
    if is_known(&headers, tag.as_str()) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (kind, caching, document).into_response()
}

async fn page(_: Everyone, State(document): State<&'static str>) -> Result<Response, ApiError> {
    let page = Html(rendered(document).map_err(ApiError::internal)?);
    Ok(([(header::CONTENT_SECURITY_POLICY, OWN_STYLE)], page).into_response())
}

async fn style(_: Everyone) -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

fn rendered(document: &str) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let told: Value = serde_json::from_str(document)?;
    let mut pages = Environment::new();
    pages.add_filter("last_segment", last_segment);
    // By the ending of its name, whatever comes from the document is escaped.
    pages.add_template("reference.html", PAGE)?;
    Ok(pages
        .get_template("reference.html")?
        .render(context! { parts => PARTS.to_vec(), api => Serde(&told) })?)
}

/// The name of what a reference leads to.
fn last_segment(reference: &str) -> String {
    reference.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Made when it is first asked for, and once: a process serves one document.
fn tag(document: &'static str) -> Option<&'static EntityTag> {
    static TAG: OnceLock<Option<EntityTag>> = OnceLock::new();
    TAG.get_or_init(|| EntityTag::of(&document)).as_ref()
}

/// Whether whoever asks has it already (RFC 9110, section 13.1.2).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.typed_get::<IfNoneMatch>();
    known.zip(tag.parse().ok()).is_some_and(|(known, tag)| !known.precondition_passes(&tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_tells_all_there_is_and_takes_nothing_for_markup() {
        let page = rendered(include_str!("../../../docs/openapi.json")).expect("a page");
        for part in PARTS {
            assert!(page.contains(&format!("<h2>{part}</h2>")), "{part}");
        }
        assert!(page.contains("id=\"put_employees_id\"") && page.contains("id=\"schema-Employee\""));
        let odd = r#"{"openapi": "3.1.0", "info": {"description": "<script>"}, "paths": {}, "components": {"schemas": {}}}"#;
        assert!(!rendered(odd).expect("a page").contains("<script>"));
    }

    #[test]
    fn what_stands_between_backticks_is_shown_as_code() {
        let told = r#"{"openapi": "3.1.0", "info": {"description": "In `x-<b>` it is."}, "paths": {}, "components": {"schemas": {}}}"#;
        assert!(rendered(told).expect("a page").contains("<p>In <code>x-&lt;b&gt;</code> it is.</p>"));
    }
}
