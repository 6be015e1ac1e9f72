//! The stored directory: what every thing that people do here is given.

use aws_config::SdkConfig;
use rollcall_error::Error;

use crate::{
    bucket::Bucket,
    picture::decoders::Decoders,
    search::{SearchIndex, keep::IndexKeeper},
    settings::DirectorySettings,
    table::Table,
};

/// The stored directory. A clone shares connections.
#[derive(Debug, Clone)]
pub struct Directory {
    pub(crate) table: Table,
    pub(crate) bucket: Bucket,
    pub(crate) decoders: Decoders,
    pub(crate) search: SearchIndex,
}

impl Directory {
    /// The directory in the table and the bucket that `settings` name. Calls nothing yet.
    #[must_use]
    pub fn from_settings(config: &SdkConfig, settings: DirectorySettings) -> Self {
        Self {
            table: Table::new(config, settings.employees_table),
            bucket: Bucket::new(config, settings.photos_bucket),
            decoders: Decoders::default(),
            search: SearchIndex::new(config, settings.search),
        }
    }

    /// Who keeps the search index; none where none is set up.
    #[must_use]
    pub fn index_keeper(&self) -> Option<IndexKeeper> {
        Some(IndexKeeper::new(self.search.store()?.clone(), self.table.clone()))
    }

    /// Opens the connection to the table, so that the first request need not; a failure is that request's to
    /// report.
    pub async fn warm_up(&self) {
        self.table.warm_up().await;
    }
}

/// What is told of an id that no row has.
pub(crate) fn no_such_employee() -> Error {
    Error::not_found("There is no such employee; perhaps it was deleted.")
}
