//! Relaunches: recorded, resumable attempts to replace the host.
//!
//! A pure function, [`decide::decide`], looks at the record and at what EC2 says and names the next thing to
//! do; the driver in [`drive`] does it and records what came of it. Whatever wakes a driver (a request, a
//! timer tick, an EC2 state change) carries no state: it only makes it look again.

pub mod answers;
pub mod apply;
pub(crate) mod approve;
pub mod begin;
pub(crate) mod boot_log;
pub(crate) mod cancel;
mod cloud;
pub mod decide;
pub mod drive;
pub mod lease;
pub(crate) mod list;
mod look;
mod often;
mod perform;
pub mod preflight;
pub mod record;
pub(crate) mod show;
pub(crate) mod store;
mod sweep;
pub(crate) mod terminate;
pub mod timeouts;
mod watch;

#[cfg(test)]
mod tests;

pub(crate) use cloud::AwsCloud;
pub use drive::Drivers;
pub use record::Record;
pub(crate) use store::Store;
pub use sweep::Sweeper;

use std::num::NonZeroU32;

use axum::{Json, response::IntoResponse};
use http::{StatusCode, header};
use rollcall_api::relaunch::Relaunch;
use rollcall_aws::records::Readable;
use rollcall_error::Error;

use store::Journal;

use crate::{host::Hosts, ids::RelaunchId, invocation::Invocation, revision::Revisions, waker::Waker};

/// The relaunches of this deployment: begins, stops and tells them. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Relaunches {
    store: Store,
    revisions: Revisions,
    hosts: Hosts,
    waker: Waker,
    /// How many hosts may be launched in an hour; none is as many as one likes.
    most_per_hour: Option<NonZeroU32>,
}

impl Relaunches {
    pub(crate) const fn new(
        store: Store,
        revisions: Revisions,
        hosts: Hosts,
        waker: Waker,
        most_per_hour: Option<NonZeroU32>,
    ) -> Self {
        Self { store, revisions, hosts, waker, most_per_hour }
    }

    /// The relaunch with this id.
    ///
    /// # Errors
    /// When there is none, or the table can't be read.
    pub async fn get(&self, id: RelaunchId) -> Result<Record, Error> {
        self.store.relaunch(id).await?.ok_or_else(|| no_such_relaunch(id))
    }

    /// Relaunches, newest first.
    ///
    /// # Errors
    /// When the table can't be read.
    pub async fn list(&self, limit: u32, before: Option<RelaunchId>) -> Result<Readable<Record>, Error> {
        Ok(self.store.relaunches(limit, before).await?)
    }

    /// Has a driver go on with the relaunch in progress, in an invocation of its own.
    pub async fn wake_driver(&self) {
        self.waker.wake(&Invocation::Drive {}).await;
    }

    /// The answer to a request that a driver now has to carry out: wakes one, and says where to look.
    async fn accepted(&self, record: Record) -> impl IntoResponse + use<> {
        self.wake_driver().await;
        let location = [(header::LOCATION, format!("/api/operations/relaunches/{}", record.id))];
        (StatusCode::ACCEPTED, location, Json(Relaunch::from(record)))
    }
}

fn no_such_relaunch(id: RelaunchId) -> Error {
    Error::not_found(format!("There is no relaunch {id}."))
}
