//! The operations of the host: recipes, revisions, relaunches, and the routes that reach them.
//!
//! EC2 is the truth about the host; the operations table holds what was asked for and what came of it.
//! Decisions are pure functions ([`host`], [`relaunch::decide`], [`recipe::render`]); each AWS service is
//! called in one thin place ([`ec2`], [`image`], [`table`], [`waker`]).

pub mod aws_error;
pub mod aws_id;
pub mod ec2;
pub mod host;
pub mod image;
pub mod recipe;
pub mod relaunch;
pub mod requester;
pub mod revision;
mod routes;
pub mod settings;
pub mod table;
pub mod waker;

use std::sync::Arc;

use aws_config::SdkConfig;

pub use routes::routes;
pub use settings::OperationsSettings;

/// Everything the operations need, shared by each request and event.
#[derive(Debug, Clone)]
pub struct Operations {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: OperationsSettings,
    table: table::Table,
    ec2: ec2::Ec2,
    images: image::Images,
    waker: waker::Waker,
}

impl Operations {
    /// Operations on the resources that `settings` names.
    #[must_use]
    pub fn new(config: &SdkConfig, settings: OperationsSettings) -> Self {
        let inner = Inner {
            table: table::Table::new(config, settings.operations_table.clone()),
            ec2: ec2::Ec2::new(config, &settings),
            images: image::Images::new(config),
            waker: waker::Waker::new(config, settings.function_name.clone()),
            settings,
        };
        Self { inner: Arc::new(inner) }
    }

    pub(crate) fn settings(&self) -> &OperationsSettings {
        &self.inner.settings
    }

    pub(crate) fn table(&self) -> &table::Table {
        &self.inner.table
    }

    pub(crate) fn ec2(&self) -> &ec2::Ec2 {
        &self.inner.ec2
    }

    pub(crate) fn images(&self) -> &image::Images {
        &self.inner.images
    }

    /// Has a driver go on with the relaunch in progress, in an invocation of its own.
    pub async fn wake(&self) {
        self.inner.waker.wake().await;
    }
}
