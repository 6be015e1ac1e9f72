//! Drives the relaunch in progress: looks, decides, does, records, and looks again.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_api::{audit::AuditAction, relaunch::BootReport};
use rollcall_web::problem::source_chain;
use tokio::time::Instant;

use super::{
    Record,
    apply::apply,
    decide::{Action, Decision, Event, Observation, Probe, decide},
    record::{Launch, Lease, Stage},
};
use crate::{
    Operations,
    audit::Entry,
    aws_error::{AwsError, Meaning},
    aws_id::InstanceId,
    boot_log::{StoredBootLog, end_of},
    ec2::{Instance, StatusChecks},
    revision::StoredRevision,
    table::{Expected, TableError},
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

/// A driver of one relaunch, as long as it holds the lease.
struct Driver<'a> {
    operations: &'a Operations,
    record: Record,
    /// What is to be launched; none for a termination.
    revision: Option<StoredRevision>,
}

impl Operations {
    /// Drives the relaunch in progress, if there is one, until it has ended or the time is up. `driver`
    /// names who does, for the log.
    ///
    /// # Errors
    /// When the operations table fails. An EC2 that fails is met by looking again, within each step's time.
    pub async fn drive(&self, driver: &str, until: Instant) -> Result<Drive, TableError> {
        let Some(id) = self.table().relaunch_in_progress().await? else { return Ok(Drive::Idle) };
        let Some(record) = self.relaunch(id).await? else { return Ok(Drive::Idle) };
        let Some(record) = self.take_lease(record, driver).await? else { return Ok(Drive::Elsewhere) };
        let revision = match record.to_revision {
            Some(number) => self.revision(number).await?,
            None => None,
        };
        let driver = Driver { operations: self, record, revision };
        match driver.run(until).await {
            Err(TableError::Conflict) => Ok(Drive::Elsewhere),
            result => result,
        }
    }

    async fn take_lease(&self, record: Record, driver: &str) -> Result<Option<Record>, TableError> {
        let now = Timestamp::now();
        if record.lease.is_held(now) {
            return Ok(None);
        }
        let expected = Expected { epoch: record.lease.epoch, version: record.version };
        let mut taken = record.taken_by(driver.to_owned(), now);
        match self.table().save_relaunch(&mut taken, expected, None).await {
            Ok(()) => Ok(Some(taken)),
            Err(TableError::Conflict) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Driver<'_> {
    async fn run(mut self, until: Instant) -> Result<Drive, TableError> {
        let mut just_done = None;
        while Instant::now() < until {
            let began = Timestamp::now();
            let seen = match self.observe().await {
                Ok(seen) => seen,
                Err(error) => {
                    tracing::warn!(error = source_chain(&error), "EC2 can't be asked; looking again");
                    self.pause(until).await?;
                    self.record.nothing_done_since(began, Timestamp::now());
                    continue;
                }
            };
            match decide(&self.record, &seen, Timestamp::now(), &self.operations.settings().timeouts) {
                Decision::Record(event) => self.record(event).await?,
                // It takes EC2 a moment to show what was done, or the call has to be made again later.
                Decision::Do(action) if just_done.as_ref() == Some(&action) => {
                    just_done = None;
                    self.pause(until).await?;
                }
                Decision::Do(action) => {
                    if let Some(event) = self.perform(&action).await? {
                        self.record(event).await?;
                    }
                    just_done = Some(action);
                }
                Decision::Wait => self.pause(until).await?,
                Decision::Finished => return Ok(Drive::Ended(Box::new(self.record))),
            }
        }
        self.record.lease.release(Timestamp::now());
        self.save(None).await?;
        Ok(Drive::Unfinished(Box::new(self.record)))
    }

    /// Waits a moment, and keeps the lease meanwhile.
    async fn pause(&mut self, until: Instant) -> Result<(), TableError> {
        self.hold_lease().await?;
        tokio::time::sleep_until(until.min(Instant::now() + LOOK_AGAIN)).await;
        Ok(())
    }

    async fn observe(&self) -> Result<Observation, AwsError> {
        let ec2 = self.operations.ec2();
        let checks = async {
            match &self.record.stage {
                Stage::Boot(new) => ec2.status_checks(new).await,
                _ => Ok(StatusChecks::default()),
            }
        };
        let report = async { Ok(self.awaited_report().await) };
        let (instances, address_holder, checks, report) =
            tokio::try_join!(ec2.instances(), ec2.address_holder(), checks, report)?;
        let probe = self.awaited_answer(&instances).await;
        Ok(Observation { instances, address_holder, checks, report, probe })
    }

    /// A report that can't be read is as good as none: the step's time goes on.
    async fn awaited_report(&self) -> Option<BootReport> {
        let Stage::Report(new) = &self.record.stage else { return None };
        match self.operations.boot_reports().report(self.record.id, new).await {
            Ok(report) => report,
            Err(error) => {
                tracing::warn!(error = source_chain(&error), "the boot report can't be read; looking again");
                None
            }
        }
    }

    /// The address is the one EC2 tells, and nobody else's word.
    async fn awaited_answer(&self, instances: &[Instance]) -> Option<Probe> {
        let (Stage::Probe(new) | Stage::Bake(new)) = &self.record.stage else { return None };
        let address = instances.iter().find(|instance| &instance.id == new)?.public_ip.as_deref()?;
        let recipe = self.revision.as_ref()?.recipe;
        Some(self.operations.prober().ask(address, recipe, new).await)
    }

    async fn record(&mut self, event: Event) -> Result<(), TableError> {
        tracing::info!(relaunch = %self.record.id, ?event, "relaunch moves on");
        let now = Timestamp::now();
        self.record = apply(self.record.clone(), event, now);
        self.record.lease.renew(now);
        let ended = self.record.ending().map(|ending| {
            let who = self.record.requested_by.clone();
            Entry::new(now, who, AuditAction::EndRelaunch, self.record.id, ending)
        });
        self.save(ended.as_ref()).await?;
        if let Some(outcome) = self.record.outcome() {
            // An alarm counts this line: infra/monitoring.yaml.
            tracing::info!(relaunch = %self.record.id, outcome = outcome.as_str(), "relaunch ended");
        }
        Ok(())
    }

    async fn save(&mut self, told: Option<&Entry>) -> Result<(), TableError> {
        let expected = Expected { epoch: self.record.lease.epoch, version: self.record.version };
        self.operations.table().save_relaunch(&mut self.record, expected, told).await
    }

    /// Does what was decided. Says what came of it, or nothing when only another look can tell.
    async fn perform(&mut self, action: &Action) -> Result<Option<Event>, TableError> {
        self.hold_lease().await?;
        tracing::info!(relaunch = %self.record.id, ?action, "relaunch acts");
        let ec2 = self.operations.ec2();
        let result = match action {
            Action::Check => self.check().await.map(Some),
            Action::Launch(launch) => self.launch(launch).await.map(Some),
            Action::KeepReport(new) => return self.keep_report(new).await,
            Action::KeepBootLog(new) => return self.keep_boot_log(new).await.map(Some),
            Action::MoveAddress(to) => ec2.move_address(to).await.map(|()| moved(&self.record.stage)),
            Action::Terminate(instance) => ec2.terminate(instance).await.map(|()| None),
        };
        Ok(result.unwrap_or_else(|error| {
            tracing::warn!(relaunch = %self.record.id, error = source_chain(&error), "AWS refused or did not answer");
            failure(&error, action, &self.record.stage)
        }))
    }

    /// Makes sure that no other driver can take over while a call is under way.
    async fn hold_lease(&mut self) -> Result<(), TableError> {
        let now = Timestamp::now();
        if self.record.lease.is_short(now) {
            self.record.lease.renew(now);
            self.save(None).await?;
        }
        Ok(())
    }

    async fn check(&self) -> Result<Event, AwsError> {
        let Some(revision) = &self.revision else { return Ok(self.revision_is_missing()) };
        let preflight = self.operations.preflight(revision, self.record.id).await?;
        Ok(match preflight.launch {
            Ok(launch) => Event::Checked(launch),
            Err(reason) => Event::failed(reason),
        })
    }

    async fn launch(&self, launch: &Launch) -> Result<Event, AwsError> {
        let Some(revision) = &self.revision else { return Ok(self.revision_is_missing()) };
        let launched =
            self.operations.ec2().run(&launch.request, &revision.user_data, &launch.client_token).await?;
        Ok(Event::Launched(launched))
    }

    fn revision_is_missing(&self) -> Event {
        let number = self.record.to_revision.map_or_else(|| "none".to_owned(), |number| number.to_string());
        Event::failed(format!("the revision {number} is not in the operations table"))
    }

    async fn keep_report(&self, new: &InstanceId) -> Result<Option<Event>, TableError> {
        let Some(report) = self.awaited_report().await else { return Ok(None) };
        let kept = StoredBootLog {
            report: Some(report.clone()),
            cloud_init_log: self.cloud_init_log(new).await,
            console_output: None,
        };
        self.operations.table().keep_boot_log(&self.record, &kept).await?;
        Ok(Some(Event::Reported(report)))
    }

    /// Nothing here may keep a relaunch from being undone: what can't be had is left out.
    async fn keep_boot_log(&self, new: &InstanceId) -> Result<Event, TableError> {
        let table = self.operations.table();
        let console = async {
            let output = self.operations.ec2().console_output(new).await;
            output.unwrap_or_else(|error| {
                tracing::warn!(error = source_chain(&error), "the console output can't be had");
                None
            })
        };
        let (before, log, console) =
            tokio::join!(table.boot_log(self.record.id), self.cloud_init_log(new), console);
        let report = before?.and_then(|kept| kept.report);
        let kept = StoredBootLog {
            report,
            cloud_init_log: log,
            console_output: console.map(|output| end_of(&output)),
        };
        table.keep_boot_log(&self.record, &kept).await?;
        Ok(Event::BootLogKept)
    }

    async fn cloud_init_log(&self, new: &InstanceId) -> Option<String> {
        let log = self.operations.boot_reports().log(self.record.id, new).await;
        log.unwrap_or_else(|error| {
            tracing::warn!(error = source_chain(&error), "the log of the host's start can't be had");
            None
        })
    }
}

/// What a move of the address makes of the step: only while it is undone does it count by itself.
pub(super) fn moved(stage: &Stage) -> Option<Event> {
    matches!(stage, Stage::Undo(_)).then_some(Event::AddressAskedBack)
}

/// What a failed call makes of the step: nothing while the same call may pass later.
pub(super) fn failure(error: &AwsError, action: &Action, stage: &Stage) -> Option<Event> {
    match (error.meaning, action, stage) {
        (Meaning::NoCapacity, _, _) => Some(Event::NoCapacity { reason: error.to_string() }),
        (meaning, _, _) if meaning.may_pass() => None,
        // That says nothing of where the address is: it is asked for again, and looked at again.
        (_, Action::MoveAddress(_), Stage::Undo(_)) => None,
        // The new host has the address, serves and will go on to.
        (_, Action::Terminate(_), Stage::Retire(_)) => Some(Event::NotRetired { reason: error.to_string() }),
        _ => Some(Event::failed(error.to_string())),
    }
}

const _: () = assert!(Lease::MARGIN.as_secs() < Lease::TERM.as_secs());
