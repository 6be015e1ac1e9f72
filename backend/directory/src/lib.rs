//! The directory: employees, their photos and badges, and the routes people reach them by.
//!
//! One file for each thing people do; [`table`] and [`bucket`] are the only places that call AWS. What is
//! stored is laid out as the original Flask app lays it out, so that both can use the same table at once.

mod add;
mod badges;
mod bucket;
mod change;
mod cursor;
mod employee_id;
mod info;
mod list;
mod outlive;
mod photo;
mod record;
mod remove;
mod settings;
mod storage_error;
mod table;
mod view;

use std::sync::Arc;

use aws_config::SdkConfig;
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef},
    routing::{get, put},
};
use rollcall_api::{employee::MAX_PHOTO_BYTES, info::RunsOn};
use rollcall_web::{access::Access, problem::ApiError};

pub use settings::{DirectorySettings, SettingsError};

use bucket::Bucket;
use photo::Decoders;
use table::Table;

/// The stored directory. A clone shares connections.
#[derive(Debug, Clone)]
pub struct Directory {
    table: Table,
    bucket: Bucket,
    decoders: Decoders,
}

impl Directory {
    /// The directory in the table and the bucket that `settings` name. Calls nothing yet.
    #[must_use]
    pub fn from_settings(config: &SdkConfig, settings: DirectorySettings) -> Self {
        Self {
            table: Table::new(config, settings.employees_table),
            bucket: Bucket::new(config, settings.photos_bucket),
            decoders: Decoders::default(),
        }
    }

    /// Opens the connection to the table, so that the first request need not; a failure is that request's to
    /// report.
    pub async fn warm_up(&self) {
        self.table.touch().await;
    }
}

#[derive(Debug, Clone)]
struct Shared {
    directory: Directory,
    access: Access,
    runs_on: Arc<RunsOn>,
}

impl FromRef<Shared> for Directory {
    fn from_ref(shared: &Shared) -> Self {
        shared.directory.clone()
    }
}

impl FromRef<Shared> for Access {
    fn from_ref(shared: &Shared) -> Self {
        shared.access.clone()
    }
}

impl FromRef<Shared> for Arc<RunsOn> {
    fn from_ref(shared: &Shared) -> Self {
        Arc::clone(&shared.runs_on)
    }
}

/// The directory's routes; `runs_on` is what `GET /api/info` answers.
pub fn routes(directory: Directory, access: Access, runs_on: RunsOn) -> Router {
    let photo = put(photo::upload::upload)
        .delete(photo::remove::remove)
        .layer(DefaultBodyLimit::max(MAX_PHOTO_BYTES));
    Router::new()
        .route("/api/employees", get(list::list).post(add::add))
        .route("/api/employees/{id}", get(view::view).put(change::change).delete(remove::remove))
        .route("/api/employees/{id}/photo", photo)
        .route("/photos/{key}", get(photo::show::show))
        .route("/api/badges", get(badges::badges))
        .route("/api/info", get(info::info))
        .with_state(Shared { directory, access, runs_on: Arc::new(runs_on) })
}

fn no_such_employee() -> ApiError {
    ApiError::not_found("There is no such employee; perhaps it was deleted.")
}

#[cfg(test)]
mod tests;
