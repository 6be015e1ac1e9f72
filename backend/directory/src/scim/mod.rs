//! SCIM 2.0 at `/scim/v2`: an identity provider keeps the directory
//! ([RFC 7644](https://www.rfc-editor.org/rfc/rfc7644), cursors by [RFC 9865](https://www.rfc-editor.org/rfc/rfc9865)).
//!
//! What the protocol means is in [`rollcall_scim`], without storage. Here is a file for each thing that providers do.

mod answer;
mod arrive;
mod change;
mod changing;
mod create;
mod discover;
mod find;
mod list;
mod manager;
mod person;
mod query;
mod remove;
mod request;
mod view;
mod walk;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_extractor_with_state,
    response::{IntoResponse, Response},
    routing,
};
use http::StatusCode;
use rollcall_web::{
    access::{Access, Guarded},
    problem::ApiError,
};

use self::{
    answer::ScimError,
    request::{Caller, OfSomeone},
};
use crate::directory::Directory;

/// The largest body, in bytes: one person with all that a provider knows.
const MAX_BODY: usize = 256 * 1024;

/// A refusal of a request that reached no route, as a provider is told one.
#[must_use]
pub fn scim_refusal(error: ApiError) -> Response {
    ScimError::from(error).into_response()
}

/// The routes of SCIM. Nothing of it answers whoever has no token for it.
pub(crate) fn route(directory: Directory, access: Access) -> Router {
    let state = Guarded::new(directory, access);
    let users = routing::get(list::list).post(create::create);
    let user = routing::get(view::view).put(change::put).patch(change::patch).delete(remove::remove);
    let user = user.route_layer(from_extractor_with_state::<OfSomeone, _>(state.clone()));
    let routes = Router::new()
        .route("/Users", users)
        .route("/Users/.search", routing::post(list::search))
        .route("/.search", routing::post(list::search))
        .route("/Users/{id}", user)
        .route("/ServiceProviderConfig", routing::get(discover::service_provider_config))
        .route("/ResourceTypes", routing::get(discover::resource_types))
        .route("/ResourceTypes/{id}", routing::get(discover::resource_type))
        .route("/Schemas", routing::get(discover::schemas))
        .route("/Schemas/{id}", routing::get(discover::schema))
        .method_not_allowed_fallback(no_such_method)
        .fallback(nothing_here)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(state.clone());
    // What lies below is the router's that is nested; what the address begins with is not.
    let bare = Router::new()
        .route("/scim", routing::any(nothing_here))
        .route("/scim/", routing::any(nothing_here))
        .route("/scim/v2/", routing::any(nothing_here))
        .with_state(state);
    Router::new().nest("/scim/v2", routes).merge(bare)
}

async fn nothing_here(_: Caller) -> ScimError {
    ScimError::new(StatusCode::NOT_FOUND, "Nothing has this address.")
}

async fn no_such_method(_: Caller) -> ScimError {
    ScimError::new(StatusCode::METHOD_NOT_ALLOWED, "This address does not take this method.")
}
