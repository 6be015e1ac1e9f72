//! The API's document, for whoever asks: it tells nothing that the code, which is public, does not.

use std::sync::OnceLock;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use headers::{HeaderMapExt, IfNoneMatch};
use http::{HeaderMap, StatusCode, header};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::{Routes, access::Everyone, declared::Route, precondition::EntityTag};

/// It is asked for anew each time, and sent again only where it is another one.
const ASK_AGAIN: &str = "no-cache";

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
    Routes::default().without_query([whole.with_state(document)])
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
