//! Looking at a revision: `GET /api/operations/revisions/{number}`.

use axum::{Router, extract::State, routing::get};
use rollcall_api::revision::Revision;
use rollcall_error::Error;
use rollcall_web::{access::Operator, json::Json, path::Path, problem::ApiError};

use super::Revisions;
use crate::{context::Context, ids::RevisionNumber};

pub(crate) fn route() -> Router<Context> {
    Router::new().route("/api/operations/revisions/{number}", get(show))
}

async fn show(
    _: Operator,
    State(revisions): State<Revisions>,
    Path(number): Path<RevisionNumber>,
) -> Result<Json<Revision>, ApiError> {
    let found = revisions.get(number).await.map_err(Error::from)?;
    let revision = found.ok_or_else(|| Error::not_found(format!("There is no revision {number}.")))?;
    Ok(Json(revision.into()))
}
