//! Reading what is kept of a new host's start: `GET /api/operations/relaunches/{id}/boot-log`.

use axum::extract::State;
use http::StatusCode;
use rollcall_api::relaunch::BootLog;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    json::Json,
    path::Path,
    problem::ApiError,
};

use super::{Relaunches, no_such_relaunch, store::Journal};
use crate::{boot_report::StoredBootLog, ids::RelaunchId};

pub(crate) fn route(relaunches: Relaunches, access: Access) -> Route {
    Route::get("/api/operations/relaunches/{id}/boot-log", boot_log)
        .says(|it| {
            it.does("What the new host of a relaunch reported and printed")
                .answers::<BootLog>(StatusCode::OK, "All that is kept.")
        })
        .with_state(Guarded::new(relaunches, access))
}

async fn boot_log(
    _: Operator,
    State(relaunches): State<Guarded<Relaunches>>,
    Path(id): Path<RelaunchId>,
) -> Result<Json<BootLog>, ApiError> {
    Ok(Json(relaunches.boot_log(id).await?.into()))
}

impl Relaunches {
    /// What is kept of the start of a relaunch's new host; nothing yet while there is nothing to keep.
    ///
    /// # Errors
    /// When there is no such relaunch, or the table can't be read.
    async fn boot_log(&self, id: RelaunchId) -> Result<StoredBootLog, Error> {
        let (record, log) = tokio::try_join!(self.store.relaunch(id), self.store.boot_log(id))?;
        record.map(|_| log.unwrap_or_default()).ok_or_else(|| no_such_relaunch(id))
    }
}
