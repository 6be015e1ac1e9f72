//! Listing the recipes: `GET /api/operations/recipes`.

use axum::{Router, extract::State, routing::get};
use rollcall_api::revision::RecipeList;
use rollcall_web::{access::Operator, json::Json};

use super::VariableDefaults;
use crate::context::Context;

pub(crate) fn route() -> Router<Context> {
    Router::new().route("/api/operations/recipes", get(list))
}

async fn list(_: Operator, State(defaults): State<VariableDefaults>) -> Json<RecipeList> {
    Json(super::all(&defaults))
}
