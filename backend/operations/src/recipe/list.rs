//! Listing the recipes: `GET /api/operations/recipes`.

use axum::extract::State;
use http::StatusCode;
use rollcall_api::revision::RecipeList;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    json::Json,
};

use super::VariableDefaults;

pub(crate) fn route(defaults: VariableDefaults, access: Access) -> Route {
    Route::get("/api/operations/recipes", list)
        .says(|it| it.does("The user-data templates").answers::<RecipeList>(StatusCode::OK, "All of them."))
        .with_state(Guarded::new(defaults, access))
}

async fn list(_: Operator, State(defaults): State<Guarded<VariableDefaults>>) -> Json<RecipeList> {
    Json(super::all(&defaults))
}
