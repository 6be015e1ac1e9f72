//! Listing the recipes: `GET /api/operations/recipes`.

use axum::{Router, extract::State, routing::get};
use rollcall_api::revision::RecipeList;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    json::Json,
};

use super::VariableDefaults;

pub(crate) fn route(defaults: VariableDefaults, access: Access) -> Router {
    Router::new().route("/api/operations/recipes", get(list)).with_state(Guarded::new(defaults, access))
}

async fn list(_: Operator, State(defaults): State<Guarded<VariableDefaults>>) -> Json<RecipeList> {
    Json(super::all(&defaults))
}
