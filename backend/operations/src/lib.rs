//! The operations of the host: recipes, revisions, relaunches, and the routes that reach them.
//!
//! EC2 is the truth about the host; the operations table holds what was asked for and what came of it.
//! Decisions are pure functions ([`host`], [`relaunch::decide`], [`recipe::render`]); each AWS service is
//! called in one thin place ([`boot_log`], [`conformance`], [`ec2`], [`image`], [`schedule`], [`table`], [`waker`]), and so are hosts
//! ([`probe`]).

pub mod audit;
pub mod aws_error;
pub mod aws_id;
pub mod boot_log;
pub mod conformance;
pub mod ec2;
pub mod host;
pub mod image;
pub mod plan;
pub mod probe;
pub mod recipe;
pub mod relaunch;
pub mod requester;
pub mod revision;
mod routes;
pub mod schedule;
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
    boot_reports: boot_log::BootReports,
    observer: conformance::Observer,
    prober: probe::Prober,
    scheduler: schedule::Scheduler,
    waker: waker::Waker,
}

impl Operations {
    /// Operations on the resources that `settings` names.
    ///
    /// # Errors
    /// When no HTTP client can be set up to ask hosts with, for want of system certificates or a valid proxy.
    pub fn new(config: &SdkConfig, settings: OperationsSettings) -> Result<Self, reqwest::Error> {
        let inner = Inner {
            table: table::Table::new(config, settings.operations_table.clone()),
            ec2: ec2::Ec2::new(config, &settings),
            images: image::Images::new(config),
            boot_reports: boot_log::BootReports::new(config, settings.reports.clone()),
            observer: conformance::Observer::new(config),
            prober: probe::Prober::new()?,
            scheduler: schedule::Scheduler::new(config, settings.scheduling.clone()),
            waker: waker::Waker::new(config, settings.function_name.clone()),
            settings,
        };
        Ok(Self { inner: Arc::new(inner) })
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

    pub(crate) fn boot_reports(&self) -> &boot_log::BootReports {
        &self.inner.boot_reports
    }

    pub(crate) fn observer(&self) -> &conformance::Observer {
        &self.inner.observer
    }

    pub(crate) fn prober(&self) -> &probe::Prober {
        &self.inner.prober
    }

    pub(crate) fn scheduler(&self) -> &schedule::Scheduler {
        &self.inner.scheduler
    }

    pub(crate) fn images(&self) -> &image::Images {
        &self.inner.images
    }

    /// Has a driver go on with the relaunch in progress, in an invocation of its own.
    pub async fn wake(&self) {
        self.inner.waker.wake().await;
    }
}
