//! Looking at a revision: `GET /api/operations/revisions/{number}`.

use axum::extract::State;
use http::StatusCode;
use rollcall_api::revision::Revision;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    path::Path,
    precondition::Tagged,
    problem::ApiError,
};

use super::Revisions;
use crate::ids::RevisionNumber;

pub(crate) fn route(revisions: Revisions, access: Access) -> Route {
    Route::get("/api/operations/revisions/{number}", show)
        .says(|it| {
            it.does("One revision")
                .answers::<Revision>(StatusCode::OK, "As it was made.")
                .tagged(StatusCode::OK)
        })
        .with_state(Guarded::new(revisions, access))
}

async fn show(
    _: Operator,
    State(revisions): State<Guarded<Revisions>>,
    Path(number): Path<RevisionNumber>,
) -> Result<Tagged<Revision>, ApiError> {
    let found = revisions.get(number).await.map_err(Error::from)?;
    let revision = found.ok_or_else(|| Error::not_found(format!("There is no revision {number}.")))?;
    Ok(revision.tagged())
}
