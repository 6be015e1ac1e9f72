//! Drives the relaunch in progress: looks, decides, does, records, and looks again.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_web::problem::source_chain;
use thiserror::Error;
use tokio::time::Instant;

use super::{
    Record,
    apply::apply,
    decide::{Action, Decision, Event, Observation, decide},
    record::{Launch, Lease, Stage},
    timeouts::Timeouts,
};
use crate::{
    Operations,
    aws_error::{AwsError, Meaning},
    ec2::{LaunchRequest, StatusChecks},
    recipe,
    revision::StoredRevision,
    table::TableError,
};

/// How long a driver waits before it looks again when EC2 has to do something first.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What a driver left behind.
#[derive(Debug)]
pub enum Drive {
    /// No relaunch is in progress.
    Idle,
    /// Another driver holds the lease, or took it over.
    Elsewhere,
    /// The relaunch has ended.
    Ended(Box<Record>),
    /// The time was up; the next driver goes on.
    Unfinished(Box<Record>),
}

/// Why a driver had to stop.
#[derive(Debug, Error)]
pub enum DriveError {
    /// The operations table failed.
    #[error("the operations table could not be read or written")]
    Table(#[from] TableError),
    /// What the record refers to is not there.
    #[error("the relaunch {relaunch} is to launch revision {revision}, which is not in the table")]
    RevisionMissing {
        /// The relaunch.
        relaunch: super::RelaunchId,
        /// Its revision.
        revision: crate::revision::RevisionNumber,
    },
}

/// A driver of one relaunch, as long as it holds the lease.
struct Driver<'a> {
    operations: &'a Operations,
    record: Record,
    revision: StoredRevision,
    timeouts: Timeouts,
}

impl Operations {
    /// Drives the relaunch in progress, if there is one, until it has ended or the time is up. `driver`
    /// names who does, for the log.
    ///
    /// # Errors
    /// When the operations table fails. An EC2 that fails is met by looking again, within each step's time.
    pub async fn drive(&self, driver: &str, until: Instant) -> Result<Drive, DriveError> {
        let Some(id) = self.table().relaunch_in_progress().await? else { return Ok(Drive::Idle) };
        let Some(record) = self.relaunch(id).await? else { return Ok(Drive::Idle) };
        let Some(record) = self.take_lease(record, driver).await? else { return Ok(Drive::Elsewhere) };
        let Some(revision) = self.revision(record.to_revision).await? else {
            return Err(DriveError::RevisionMissing { relaunch: record.id, revision: record.to_revision });
        };
        let driver = Driver { operations: self, record, revision, timeouts: Timeouts::default() };
        match driver.run(until).await {
            Err(DriveError::Table(TableError::Conflict)) => Ok(Drive::Elsewhere),
            result => result,
        }
    }

    async fn take_lease(&self, mut record: Record, driver: &str) -> Result<Option<Record>, TableError> {
        let now = Timestamp::now();
        if record.lease.is_held(now) {
            return Ok(None);
        }
        let epoch = record.lease.epoch;
        record.lease = record.lease.taken_by(driver.to_owned(), now);
        match self.table().save_relaunch(&record, epoch).await {
            Ok(()) => Ok(Some(record)),
            Err(TableError::Conflict) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Driver<'_> {
    async fn run(mut self, until: Instant) -> Result<Drive, DriveError> {
        let mut just_done = None;
        while Instant::now() < until {
            let seen = match self.observe().await {
                Ok(seen) => seen,
                Err(error) => {
                    tracing::warn!(error = source_chain(&error), "EC2 can't be asked; looking again");
                    self.pause(until).await;
                    continue;
                }
            };
            match decide(&self.record, &seen, Timestamp::now(), &self.timeouts) {
                Decision::Record(event) => self.record(event).await?,
                // It takes EC2 a moment to show what was done, or the call has to be made again later.
                Decision::Do(action) if just_done.as_ref() == Some(&action) => {
                    just_done = None;
                    self.pause(until).await;
                }
                Decision::Do(action) => {
                    if let Some(event) = self.perform(&action).await? {
                        self.record(event).await?;
                    }
                    just_done = Some(action);
                }
                Decision::Wait => self.pause(until).await,
                Decision::Finished => return Ok(Drive::Ended(Box::new(self.record))),
            }
        }
        self.record.lease.release(Timestamp::now());
        self.save().await?;
        Ok(Drive::Unfinished(Box::new(self.record)))
    }

    async fn pause(&self, until: Instant) {
        tokio::time::sleep_until(until.min(Instant::now() + LOOK_AGAIN)).await;
    }

    async fn observe(&self) -> Result<Observation, AwsError> {
        let ec2 = self.operations.ec2();
        let checks = async {
            match &self.record.stage {
                Stage::Boot(new) => ec2.status_checks(new).await,
                _ => Ok(StatusChecks::default()),
            }
        };
        let (instances, address_holder, checks) =
            tokio::try_join!(ec2.instances(), ec2.address_holder(), checks)?;
        Ok(Observation { instances, address_holder, checks })
    }

    async fn record(&mut self, event: Event) -> Result<(), TableError> {
        tracing::info!(relaunch = %self.record.id, ?event, "relaunch moves on");
        let now = Timestamp::now();
        self.record = apply(self.record.clone(), event, now);
        self.record.lease.renew(now);
        self.save().await
    }

    async fn save(&self) -> Result<(), TableError> {
        self.operations.table().save_relaunch(&self.record, self.record.lease.epoch).await
    }

    /// Does what was decided. Says what came of it, or nothing when only another look can tell.
    async fn perform(&mut self, action: &Action) -> Result<Option<Event>, TableError> {
        self.hold_lease().await?;
        tracing::info!(relaunch = %self.record.id, ?action, "relaunch acts");
        let ec2 = self.operations.ec2();
        let result = match action {
            Action::Check => self.check().await.map(Some),
            Action::Launch(launch) => self.launch(launch).await.map(Some),
            Action::MoveAddress(to) => ec2.move_address(to).await.map(|()| None),
            Action::Terminate(instance) => ec2.terminate(instance).await.map(|()| None),
        };
        Ok(result.unwrap_or_else(|error| {
            tracing::warn!(relaunch = %self.record.id, error = source_chain(&error), "AWS refused or did not answer");
            failure(&error)
        }))
    }

    /// Makes sure that no other driver can take over while a call is under way.
    async fn hold_lease(&mut self) -> Result<(), TableError> {
        let now = Timestamp::now();
        if self.record.lease.is_short(now) {
            self.record.lease.renew(now);
            self.save().await?;
        }
        Ok(())
    }

    async fn check(&self) -> Result<Event, AwsError> {
        let ec2 = self.operations.ec2();
        let settings = self.operations.settings();
        let mut subnets = settings.subnets.iter().cloned();
        let Some(subnet) = subnets.next() else {
            return Ok(Event::failed("no subnet is configured to launch into"));
        };
        if let Err(error) = recipe::check_size(&self.revision.user_data) {
            return Ok(Event::failed(error.to_string()));
        }
        let image = &self.revision.image;
        let (version, image_is_available) =
            tokio::try_join!(ec2.launch_template_version(), ec2.image_is_available(image))?;
        if !image_is_available {
            return Ok(Event::failed(format!(
                "the image {image} is not there any more; make a revision with another image"
            )));
        }
        let request = LaunchRequest {
            launch_template: settings.launch_template.clone(),
            launch_template_version: version,
            subnet,
            image: image.clone(),
            instance_type: self.revision.instance_type.clone(),
            revision: self.revision.number,
            relaunch: self.record.id,
        };
        ec2.dry_run(&request, &self.revision.user_data).await?;
        Ok(Event::Checked(Launch::first(request, subnets.collect())))
    }

    async fn launch(&self, launch: &Launch) -> Result<Event, AwsError> {
        let ec2 = self.operations.ec2();
        ec2.run(&launch.request, &self.revision.user_data, &launch.client_token).await.map(Event::Launched)
    }
}

/// What a failed call makes of the step: nothing while the same call may pass later.
fn failure(error: &AwsError) -> Option<Event> {
    match error.meaning {
        Meaning::NoCapacity => Some(Event::NoCapacity { reason: error.to_string() }),
        meaning if meaning.may_pass() => None,
        _ => Some(Event::failed(error.to_string())),
    }
}

const _: () = assert!(Lease::MARGIN.as_secs() < Lease::TERM.as_secs());
