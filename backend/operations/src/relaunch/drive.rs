//! Drives the relaunch in progress: looks, decides, does, records, and looks again.

use std::{pin::pin, time::Duration};

use jiff::Timestamp;
use rollcall_api::audit::AuditAction;
use rollcall_audit::{Caller, Entry};
use rollcall_aws::{
    AwsError,
    records::{Expected, RecordsError},
};
use rollcall_error::source_chain;

use super::{
    Record,
    apply::apply,
    cloud::{AwsCloud, Cloud},
    decide::{Action, Decision, Event, Observation, decide, decide_blind},
    lease::{Lease, after},
    look::Looker,
    perform::{Done, failure, perform},
    store::{Journal, Store},
    timeouts::Timeouts,
};
use crate::ids::RelaunchId;

/// How long a driver waits before it looks again when EC2 has to do something first.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What a driver left behind.
#[derive(Debug)]
pub enum Drive {
    /// No relaunch is in progress.
    Idle,
    /// Another driver holds the lease, or took it over.
    Elsewhere,
    Ended(Box<Record>),
    /// The time was up; the next driver goes on.
    Unfinished(Box<Record>),
    /// It waits for a person; the next tick looks again.
    Waiting(Box<Record>),
}

/// What somebody who stands by a driver has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoodBy {
    /// The driver is gone: nobody has held the lease since.
    DriverGone,
    /// Another driver has taken over, the relaunch has ended, or it waits for a person.
    Relieved,
    /// The time was up, and the driver is there.
    TimeUp,
}

/// Drives relaunches on AWS. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Drivers {
    journal: Store,
    cloud: AwsCloud,
    timeouts: Timeouts,
}

impl Drivers {
    pub(crate) const fn new(journal: Store, cloud: AwsCloud, timeouts: Timeouts) -> Self {
        Self { journal, cloud, timeouts }
    }

    /// Drives the relaunch in progress, if there is one, until it has ended or the time is up. `driver`
    /// names who does, for the log.
    ///
    /// # Errors
    /// When the operations table fails. An EC2 that fails is met by looking again, within each step's time.
    pub async fn drive(&self, driver: &str, until: Timestamp) -> Result<Drive, RecordsError> {
        drive(&self.journal, &self.cloud, &self.timeouts, driver, until).await
    }

    /// Waits until the lease that a relaunch's driver took with `epoch` has run out, so that another driver comes soon after
    /// one has died.
    ///
    /// # Errors
    /// When the operations table fails.
    pub async fn stand_by(
        &self,
        of: RelaunchId,
        epoch: u64,
        until: Timestamp,
    ) -> Result<StoodBy, RecordsError> {
        stand_by(&self.journal, &self.cloud, of, epoch, until).await
    }
}

/// See [`Drivers::stand_by`].
pub(super) async fn stand_by<J: Journal, C: Cloud>(
    journal: &J,
    cloud: &C,
    of: RelaunchId,
    epoch: u64,
    until: Timestamp,
) -> Result<StoodBy, RecordsError> {
    loop {
        let record = journal.relaunch(of).await?;
        let Some(record) = record.filter(|it| it.outcome().is_none() && it.lease.epoch == epoch) else {
            return Ok(StoodBy::Relieved);
        };
        if !record.lease.is_held(cloud.now()) {
            return Ok(if record.waits_for_a_person() { StoodBy::Relieved } else { StoodBy::DriverGone });
        }
        if record.lease.expires_at > until {
            return Ok(StoodBy::TimeUp);
        }
        cloud.wait_until(record.lease.expires_at).await;
    }
}

/// What a driver finds to do.
#[derive(Debug)]
pub(super) enum Due {
    Nothing,
    /// A relaunch is in progress by name alone.
    Forget(RelaunchId),
    Drive(Box<Record>),
}

/// What there is to do, by the name of the relaunch in progress and by its record. No other record is asked for, so that none
/// that can't be read keeps anybody from driving.
pub(super) fn due(named: Option<RelaunchId>, record: Option<Record>) -> Due {
    match (named, record) {
        (None, _) => Due::Nothing,
        (Some(id), None) => Due::Forget(id),
        (Some(_), Some(record)) => Due::Drive(Box::new(record)),
    }
}

/// See [`Drivers::drive`].
pub(super) async fn drive<J: Journal, C: Cloud>(
    journal: &J,
    cloud: &C,
    timeouts: &Timeouts,
    driver: &str,
    until: Timestamp,
) -> Result<Drive, RecordsError> {
    let named = journal.in_progress().await?;
    let record = match named {
        Some(id) => journal.relaunch(id).await?,
        None => None,
    };
    let (id, record) = match due(named, record) {
        Due::Nothing => return Ok(Drive::Idle),
        Due::Forget(id) => {
            tracing::error!(relaunch = %id, "a relaunch is in progress by name alone; the name goes");
            journal.forget_in_progress(id).await?;
            return Ok(Drive::Idle);
        }
        Due::Drive(record) => (record.id, *record),
    };
    let longest = timeouts.longest().saturating_add(record.approval_time());
    if cloud.now().duration_since(record.started_at).unsigned_abs() > longest {
        // An alarm counts this line: infra/monitoring.yaml.
        tracing::error!(relaunch = %id, "relaunch overdue");
    }
    let Some(record) = take_lease(journal, record, driver, cloud.now()).await? else {
        return Ok(Drive::Elsewhere);
    };
    let revision = async {
        match record.to_revision {
            Some(number) => journal.revision(number).await,
            None => Ok(None),
        }
    };
    // Before anything is done: whoever dies has somebody waiting who goes on.
    let watched = async {
        if !record.waits_for_a_person() {
            cloud.have_someone_stand_by(record.id, record.lease.epoch).await;
        }
    };
    let (revision, ()) = tokio::join!(revision, watched);
    let revision = revision?;
    let looker = &Looker { journal, cloud, revision: revision.as_ref() };
    let name = driver.to_owned();
    let driver = Driver { looker, timeouts, name, record, unresolved_checks: None, last_refusal: None };
    match driver.run(until).await {
        Err(RecordsError::Conflict) => Ok(Drive::Elsewhere),
        result => result,
    }
}

async fn take_lease<J: Journal>(
    journal: &J,
    record: Record,
    driver: &str,
    now: Timestamp,
) -> Result<Option<Record>, RecordsError> {
    if record.lease.is_held(now) {
        return Ok(None);
    }
    let expected = Expected { epoch: record.lease.epoch, version: record.version };
    let mut taken = record.taken_by(driver.to_owned(), now);
    match journal.save(&mut taken, expected, None).await {
        Ok(()) => Ok(Some(taken)),
        Err(RecordsError::Conflict) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A driver of one relaunch, as long as it holds the lease.
struct Driver<'a, J, C> {
    looker: &'a Looker<'a, J, C>,
    timeouts: &'a Timeouts,
    name: String,
    record: Record,
    /// See [`Observation::unresolved_checks`].
    unresolved_checks: Option<String>,
    /// See [`Observation::last_refusal`].
    last_refusal: Option<String>,
}

impl<J: Journal, C: Cloud> Driver<'_, J, C> {
    fn now(&self) -> Timestamp {
        self.looker.cloud.now()
    }

    async fn run(mut self, until: Timestamp) -> Result<Drive, RecordsError> {
        let mut just_done = None;
        while self.now() < until {
            if self.record.outcome().is_some() {
                return Ok(Drive::Ended(Box::new(self.record)));
            }
            let began = self.now();
            let seen = match self.look().await? {
                Ok(seen) => seen,
                Err(error) => {
                    tracing::warn!(error = source_chain(&error), "EC2 can't be asked; looking again");
                    self.go_on_blind(&error, began, until).await?;
                    continue;
                }
            };
            // For what is done next; and whoever was stopped for longer than its lease comes back here: that time counts
            // against no step.
            self.hold_lease().await?;
            match decide(&self.record, &seen, self.now(), self.timeouts) {
                Decision::Record(event) => self.record(event).await?,
                // It takes EC2 a moment to show what was done, or the call has to be made again later.
                Decision::Do(action) if just_done.as_ref() == Some(&action) => {
                    just_done = None;
                    self.pause(until).await?;
                }
                Decision::Do(action) => {
                    if let Some(event) = self.perform(&action, &seen).await? {
                        self.record(event).await?;
                    }
                    just_done = Some(action);
                }
                Decision::Wait => self.pause(until).await?,
                Decision::Leave => {
                    self.release().await?;
                    return Ok(Drive::Waiting(Box::new(self.record)));
                }
                Decision::Finished => return Ok(Drive::Ended(Box::new(self.record))),
            }
        }
        self.release().await?;
        Ok(Drive::Unfinished(Box::new(self.record)))
    }

    /// EC2 could not be asked at the look that began at a moment.
    async fn go_on_blind(
        &mut self,
        error: &AwsError,
        began: Timestamp,
        until: Timestamp,
    ) -> Result<(), RecordsError> {
        let event = decide_blind(&self.record, &error.to_string(), self.now(), self.timeouts);
        if let Some(event) = event {
            return self.record(event).await;
        }
        self.pause(until).await?;
        let now = self.now();
        self.record.nothing_done_since(began, now);
        Ok(())
    }

    /// Waits a moment, and keeps the lease meanwhile.
    async fn pause(&mut self, until: Timestamp) -> Result<(), RecordsError> {
        self.hold_lease().await?;
        let cloud = self.looker.cloud;
        cloud.wait_until(until.min(after(cloud.now(), LOOK_AGAIN))).await;
        Ok(())
    }

    /// What can be seen, or why EC2 can't be asked.
    async fn look(&mut self) -> Result<Result<Observation, AwsError>, RecordsError> {
        let (looker, record) = (self.looker, self.record.clone());
        let seen = self.keeping_lease(async { looker.look(&record).await }).await?;
        Ok(seen.map(|seen| self.with_what_it_knows(seen)))
    }

    /// Adds what the driver knows of its own calls, and of the answers so far.
    fn with_what_it_knows(&mut self, mut seen: Observation) -> Observation {
        let now = self.now();
        if let Some(probe) = &seen.probe {
            self.record.answers.note(probe, now);
        }
        seen.is_failing = self.record.answers.is_failing(now);
        seen.unresolved_checks.clone_from(&self.unresolved_checks);
        seen.last_refusal.clone_from(&self.last_refusal);
        seen
    }

    async fn record(&mut self, event: Event) -> Result<(), RecordsError> {
        tracing::info!(relaunch = %self.record.id, ?event, "relaunch moves on");
        let now = self.now();
        self.record = apply(self.record.clone(), event, now);
        self.last_refusal = None;
        self.record.lease.renew(now);
        let ended = self.record.ending().map(|ending| {
            let caller = Caller::of(self.record.requested_by.clone(), self.name.clone());
            Entry::new(now, caller, AuditAction::EndRelaunch, self.record.id, ending)
        });
        self.save(ended.as_ref()).await?;
        if let Some(outcome) = self.record.outcome() {
            // An alarm counts this line: infra/monitoring.yaml.
            tracing::info!(relaunch = %self.record.id, outcome = outcome.as_str(), "relaunch ended");
        }
        Ok(())
    }

    async fn save(&mut self, entry: Option<&Entry>) -> Result<(), RecordsError> {
        let expected = Expected { epoch: self.record.lease.epoch, version: self.record.version };
        self.looker.journal.save(&mut self.record, expected, entry).await
    }

    /// Does what was decided, under the lease that was kept for it. Says what came of it, or nothing when only another look
    /// can tell.
    async fn perform(&mut self, action: &Action, seen: &Observation) -> Result<Option<Event>, RecordsError> {
        tracing::info!(relaunch = %self.record.id, ?action, "relaunch acts");
        let (looker, record) = (self.looker, self.record.clone());
        let work = async { perform(looker, &record, action, seen).await };
        match self.keeping_lease(work).await?? {
            Done::Event(event) => Ok(event),
            Done::Unresolved(why) => {
                self.unresolved_checks = Some(why);
                Ok(None)
            }
            Done::Refused(error) => {
                tracing::warn!(relaunch = %self.record.id, error = source_chain(&error), "AWS refused or did not answer");
                let waited = self.record.in_stage_for(self.now());
                self.last_refusal = Some(error.to_string());
                Ok(failure(&error, action, &self.record.stage, waited))
            }
        }
    }

    /// What comes of some work. The lease is kept while it takes, so that nobody takes over from a driver that only waits
    /// for an answer.
    async fn keeping_lease<T>(&mut self, work: impl Future<Output = T>) -> Result<T, RecordsError> {
        let cloud = self.looker.cloud;
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = cloud.wait_until(self.record.lease.short_at()) => self.hold_lease().await?,
            }
        }
    }

    /// Makes sure that no other driver can take over while a call is under way.
    async fn hold_lease(&mut self) -> Result<(), RecordsError> {
        let now = self.now();
        if self.record.lease.is_short(now) {
            self.record.keep(now);
            self.save(None).await?;
        }
        Ok(())
    }

    /// Gives the lease up, so that the next driver need not wait.
    async fn release(&mut self) -> Result<(), RecordsError> {
        let now = self.now();
        self.record.release(now);
        self.save(None).await
    }
}

const _: () = assert!(Lease::MARGIN.as_secs() < Lease::TERM.as_secs());
