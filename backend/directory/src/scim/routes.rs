//! The routes of SCIM, and what answers beside them. Nothing of it answers whoever has no token for it.

use axum::{Router, extract::DefaultBodyLimit, routing};
use http::StatusCode;
use rollcall_web::{
    access::Guarded,
    declared::{Operation, Route, formatted},
};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::{
    answer::{SCIM_JSON, ScimError, any_resource},
    change, create, discover, list, remove,
    request::Caller,
    view,
};
use crate::directory::Directory;

/// The largest body, in bytes: one person with all that a provider knows.
const MAX_BODY: usize = 256 * 1024;

pub(crate) fn routes() -> Vec<Route<Guarded<Directory>>> {
    vec![
        Route::get("/scim/v2/Users", list::list).says(listed),
        Route::post("/scim/v2/Users", create::create).says(|it| {
            let it = answered(projected(it.does("Make a user")), StatusCode::CREATED);
            versioned(answered(it, StatusCode::OK), StatusCode::CREATED).refuses(StatusCode::CONFLICT)
        }),
        Route::post("/scim/v2/Users/.search", list::search).says(searched),
        Route::post("/scim/v2/.search", list::search).says(searched),
        Route::get("/scim/v2/Users/{id}", view::view).says(|it| {
            versioned(answered(projected(it.does("A user")), StatusCode::OK), StatusCode::OK)
                .header("if-none-match", "The version that is known.", "entity-tags")
                .answers_nothing(StatusCode::NOT_MODIFIED, "It is known already.")
        }),
        Route::put("/scim/v2/Users/{id}", change::put).says(|it| changed(it.does("Say all that a user is"))),
        Route::patch("/scim/v2/Users/{id}", change::patch).says(|it| changed(it.does("Change a user"))),
        Route::delete("/scim/v2/Users/{id}", remove::remove).says(|it| {
            conditional(it.does("Delete a user")).answers_nothing(StatusCode::NO_CONTENT, "They left.")
        }),
        Route::get("/scim/v2/ServiceProviderConfig", discover::service_provider_config)
            .says(|it| answered(it.does("What this service can do"), StatusCode::OK)),
        Route::get("/scim/v2/ResourceTypes", discover::resource_types)
            .says(|it| answered(it.does("What there is"), StatusCode::OK)),
        Route::get("/scim/v2/ResourceTypes/{id}", discover::resource_type)
            .says(|it| answered(it.does("One kind of what there is"), StatusCode::OK)),
        Route::get("/scim/v2/Schemas", discover::schemas)
            .says(|it| answered(it.does("What users have"), StatusCode::OK)),
        Route::get("/scim/v2/Schemas/{id}", discover::schema)
            .says(|it| answered(it.does("What users have by one schema"), StatusCode::OK)),
    ]
}

/// What answers beside them: whoever has a token is told what is wrong with an address in words of SCIM.
pub(crate) fn beside(routes: Router<Guarded<Directory>>) -> Router<Guarded<Directory>> {
    let nothing = ["/scim", "/scim/", "/scim/v2", "/scim/v2/", "/scim/v2/{*path}"];
    let routes = routes.method_not_allowed_fallback(no_such_method);
    let routes = nothing.iter().fold(routes, |routes, path| routes.route(path, routing::any(nothing_here)));
    routes.layer(DefaultBodyLimit::max(MAX_BODY))
}

async fn nothing_here(_: Caller) -> ScimError {
    ScimError::new(StatusCode::NOT_FOUND, "Nothing has this address.")
}

async fn no_such_method(_: Caller) -> ScimError {
    ScimError::new(StatusCode::METHOD_NOT_ALLOWED, "This address does not take this method.")
}

fn listed(it: Operation) -> Operation {
    let number = || ObjectBuilder::new().schema_type(Type::Integer).build();
    let filter = "Which users, such as `userName eq \"ada@example.org\"` (RFC 7644, section 3.4.2.2).";
    answered(projected(it.does("Find users")), StatusCode::OK)
        .query("filter", filter, formatted("scim-filter"))
        .query("startIndex", "The first one, counted from 1.", number())
        .query("count", "How many at the most.", number())
}

fn searched(it: Operation) -> Operation {
    answered(it.does("Find users, as a GET of them does"), StatusCode::OK)
}

/// May ask for a part of what is known.
fn projected(it: Operation) -> Operation {
    let paths = || formatted("scim-paths");
    it.query("attributes", "The attributes that are answered, with commas between.", paths())
        .query("excludedAttributes", "Those that are not.", paths())
        .refuses(StatusCode::BAD_REQUEST)
}

/// Changes what is there, if it is as it was seen.
fn changed(it: Operation) -> Operation {
    let it = answered(conditional(projected(it)), StatusCode::OK).refuses(StatusCode::CONFLICT);
    versioned(it, StatusCode::OK)
}

fn conditional(it: Operation) -> Operation {
    let version = "The version of what is to be changed, as it was seen.";
    it.header("if-match", version, "entity-tags").refuses(StatusCode::PRECONDITION_FAILED)
}

fn versioned(it: Operation, status: StatusCode) -> Operation {
    it.with_header(status, "etag", "Its version.").with_header(status, "location", "Where it is.")
}

fn answered(it: Operation, status: StatusCode) -> Operation {
    it.answers_as(status, "As SCIM has it.", (SCIM_JSON, any_resource()))
}
