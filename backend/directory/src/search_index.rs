//! How the search index is: `GET /api/search-index`, for operators.

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::search_index::SearchIndexState;
use rollcall_error::Error;
use rollcall_search::{Pointer, Store};
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    json::Json,
    problem::ApiError,
};

use crate::directory::Directory;

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::get("/api/search-index", show)
        .says(|it| {
            it.does("How the search index is").answers::<SearchIndexState>(StatusCode::OK, "Its state.")
        })
        .with_state(Guarded::new(directory, access))
}

async fn show(
    _: Operator,
    State(directory): State<Guarded<Directory>>,
) -> Result<Json<SearchIndexState>, ApiError> {
    let none = || Error::not_found("No search index is set up here.");
    let store = directory.search.store().ok_or_else(none)?;
    let (pointer, newest, rebuild) =
        tokio::try_join!(store.pointer(), store.newest_change(), store.rebuild())?;
    let (newest, changed_at) = newest.unzip();
    let batches = |pointer: &Pointer| newest.map_or(0, |newest| newest.0.saturating_sub(pointer.position.0));
    Ok(Json(SearchIndexState {
        people: pointer.as_ref().map(|pointer| pointer.people),
        bytes: pointer.as_ref().map(|pointer| pointer.bytes),
        batches_since: pointer.as_ref().map(batches),
        made_at: pointer.as_ref().map(|pointer| time(pointer.made_at)),
        rebuilt_at: pointer.as_ref().map(|pointer| time(pointer.rebuilt_at)),
        changed_at: changed_at.map(time),
        rebuild_began_at: rebuild.map(|rebuild| time(rebuild.began_at)),
    }))
}

fn time(milliseconds: u64) -> Timestamp {
    let milliseconds = i64::try_from(milliseconds).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}
