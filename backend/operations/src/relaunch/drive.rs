//! Drives the relaunch in progress: looks, decides, does, records, and looks again.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_api::{audit::AuditAction, relaunch::BootReport};
use rollcall_audit::{Caller, Entry};
use rollcall_aws::{
    AwsError, Meaning,
    records::{Expected, RecordsError},
};
use rollcall_error::source_chain;

use super::{
    Record,
    apply::apply,
    cloud::{AwsCloud, Cloud},
    decide::{Action, Decision, Event, Observation, Replaced, decide, decide_blind},
    lease::{Lease, after},
    preflight::Verdict,
    record::{Launch, Stage},
    store::{Journal, Store},
    timeouts::Timeouts,
};
use crate::{
    boot_report::{StoredBootLog, end_of},
    ec2::{Instance, StatusChecks},
    ids::InstanceId,
    probe::Probe,
    revision::StoredRevision,
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
    Ended(Box<Record>),
    /// The time was up; the next driver goes on.
    Unfinished(Box<Record>),
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
}

/// See [`Drivers::drive`].
pub(super) async fn drive<J: Journal, C: Cloud>(
    journal: &J,
    cloud: &C,
    timeouts: &Timeouts,
    driver: &str,
    until: Timestamp,
) -> Result<Drive, RecordsError> {
    let Some(id) = journal.in_progress().await? else { return Ok(Drive::Idle) };
    let Some(record) = journal.relaunch(id).await? else {
        tracing::error!(relaunch = %id, "a relaunch is in progress by name alone; the name goes");
        journal.forget_in_progress(id).await?;
        return Ok(Drive::Idle);
    };
    if cloud.now().duration_since(record.started_at).unsigned_abs() > timeouts.longest() {
        // An alarm counts this line: infra/monitoring.yaml.
        tracing::error!(relaunch = %id, "relaunch overdue");
    }
    let Some(record) = take_lease(journal, record, driver, cloud.now()).await? else {
        return Ok(Drive::Elsewhere);
    };
    let revision = match record.to_revision {
        Some(number) => journal.revision(number).await?,
        None => None,
    };
    let name = driver.to_owned();
    let driver = Driver {
        journal,
        cloud,
        timeouts,
        name,
        record,
        revision,
        unresolved_checks: None,
        last_refusal: None,
    };
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
    journal: &'a J,
    cloud: &'a C,
    timeouts: &'a Timeouts,
    name: String,
    record: Record,
    /// What is to be launched; none for a termination.
    revision: Option<StoredRevision>,
    /// See [`Observation::unresolved_checks`].
    unresolved_checks: Option<String>,
    /// See [`Observation::last_refusal`].
    last_refusal: Option<String>,
}

impl<J: Journal, C: Cloud> Driver<'_, J, C> {
    async fn run(mut self, until: Timestamp) -> Result<Drive, RecordsError> {
        let mut just_done = None;
        while self.cloud.now() < until {
            if self.record.outcome().is_some() {
                return Ok(Drive::Ended(Box::new(self.record)));
            }
            let began = self.cloud.now();
            let seen = match self.observe().await {
                Ok(seen) => seen,
                Err(error) => {
                    tracing::warn!(error = source_chain(&error), "EC2 can't be asked; looking again");
                    self.go_on_blind(&error, began, until).await?;
                    continue;
                }
            };
            match decide(&self.record, &seen, self.cloud.now(), self.timeouts) {
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
                Decision::Finished => return Ok(Drive::Ended(Box::new(self.record))),
            }
        }
        self.record.lease.release(self.cloud.now());
        self.save(None).await?;
        Ok(Drive::Unfinished(Box::new(self.record)))
    }

    /// EC2 could not be asked at the look that began at a moment.
    async fn go_on_blind(
        &mut self,
        error: &AwsError,
        began: Timestamp,
        until: Timestamp,
    ) -> Result<(), RecordsError> {
        let event = decide_blind(&self.record, &error.to_string(), self.cloud.now(), self.timeouts);
        if let Some(event) = event {
            return self.record(event).await;
        }
        self.pause(until).await?;
        self.record.nothing_done_since(began, self.cloud.now());
        Ok(())
    }

    /// Waits a moment, and keeps the lease meanwhile.
    async fn pause(&mut self, until: Timestamp) -> Result<(), RecordsError> {
        self.hold_lease().await?;
        self.cloud.wait_until(until.min(after(self.cloud.now(), LOOK_AGAIN))).await;
        Ok(())
    }

    async fn observe(&mut self) -> Result<Observation, AwsError> {
        let cloud = self.cloud;
        let checks = async {
            match &self.record.stage {
                Stage::Boot(new) => cloud.status_checks(new).await,
                _ => Ok(StatusChecks::default()),
            }
        };
        let report = async { Ok(self.awaited_report().await) };
        let (mut instances, address_holder, checks, report) =
            tokio::try_join!(cloud.instances(), cloud.address_holder(), checks, report)?;
        if let Some(old) = self.untagged_old_host(&instances).await? {
            instances.push(old);
        }
        let asked_at = cloud.now();
        let probe = self.awaited_answer(&instances).await;
        if let (Stage::Bake(_), Some(probe)) = (&self.record.stage, &probe) {
            self.record.answers.note(probe, asked_at);
        }
        let is_failing = self.record.answers.is_failing(cloud.now());
        let (unresolved_checks, last_refusal) = (self.unresolved_checks.clone(), self.last_refusal.clone());
        Ok(Observation {
            instances,
            address_holder,
            checks,
            report,
            probe,
            is_failing,
            unresolved_checks,
            last_refusal,
        })
    }

    /// The old host where what becomes of it counts and it is not among those with the tag: whoever took that away has not
    /// ended it.
    async fn untagged_old_host(&self, tagged: &[Instance]) -> Result<Option<Instance>, AwsError> {
        let counts = matches!(
            self.record.stage,
            Stage::Preflight | Stage::Retire(_) | Stage::Terminate | Stage::Undo(_)
        );
        let old = self.record.old_host.as_ref().filter(|_| counts);
        match old.filter(|old| tagged.iter().all(|instance| instance.id != **old)) {
            Some(old) => self.cloud.instance(old).await,
            None => Ok(None),
        }
    }

    /// A report that can't be read is as good as none: the step's time goes on.
    async fn awaited_report(&self) -> Option<BootReport> {
        let Stage::Report(new) = &self.record.stage else { return None };
        match self.cloud.boot_report(self.record.id, new).await {
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
        Some(self.cloud.probe(address, recipe, new).await)
    }

    async fn record(&mut self, event: Event) -> Result<(), RecordsError> {
        tracing::info!(relaunch = %self.record.id, ?event, "relaunch moves on");
        let now = self.cloud.now();
        self.record = apply(self.record.clone(), event, now);
        self.last_refusal = None;
        self.record.lease.renew(now);
        let ended = self.record.ending().map(|ending| {
            let caller =
                Caller { actor: self.record.requested_by.clone(), request_id: Some(self.name.clone()) };
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
        self.journal.save(&mut self.record, expected, entry).await
    }

    /// Does what was decided. Says what came of it, or nothing when only another look can tell.
    async fn perform(&mut self, action: &Action, seen: &Observation) -> Result<Option<Event>, RecordsError> {
        self.hold_lease().await?;
        tracing::info!(relaunch = %self.record.id, ?action, "relaunch acts");
        let cloud = self.cloud;
        let result = match action {
            Action::Check => self.check(seen).await,
            Action::Launch(launch) => self.launch(launch).await.map(Some),
            Action::KeepReport(new) => return self.keep_report(new).await,
            Action::KeepBootLog(new) => return self.keep_boot_log(new).await.map(Some),
            Action::MoveAddress(to) => cloud.move_address(to).await.map(|()| moved(&self.record.stage)),
            Action::Terminate(instance) => cloud.terminate(instance).await.map(|()| None),
        };
        Ok(result.unwrap_or_else(|error| {
            tracing::warn!(relaunch = %self.record.id, error = source_chain(&error), "AWS refused or did not answer");
            let waited = self.record.in_stage_for(cloud.now());
            let event = failure(&error, action, &self.record.stage, waited);
            self.last_refusal = Some(error.to_string());
            event
        }))
    }

    /// Makes sure that no other driver can take over while a call is under way.
    async fn hold_lease(&mut self) -> Result<(), RecordsError> {
        let now = self.cloud.now();
        if self.record.lease.is_short(now) {
            self.record.lease.renew(now);
            self.save(None).await?;
        }
        Ok(())
    }

    async fn check(&mut self, seen: &Observation) -> Result<Option<Event>, AwsError> {
        let Some(revision) = &self.revision else { return Ok(Some(self.revision_is_missing())) };
        let preflight = self.cloud.preflight(revision, self.record.id).await;
        let preflight = preflight.inspect_err(|error| self.unresolved_checks = Some(error.to_string()))?;
        Ok(match preflight.verdict {
            Verdict::Launch(launch) => {
                let replaced = Replaced::seen(&self.record, seen);
                Some(Event::Checked { launch, replaced })
            }
            Verdict::Failed(reason) => Some(Event::failed(reason)),
            Verdict::Unknown(reason) => {
                self.unresolved_checks = Some(reason);
                None
            }
        })
    }

    async fn launch(&self, launch: &Launch) -> Result<Event, AwsError> {
        let Some(revision) = &self.revision else { return Ok(self.revision_is_missing()) };
        Ok(Event::Launched(self.cloud.run_instance(launch, &revision.user_data).await?))
    }

    fn revision_is_missing(&self) -> Event {
        let number = self.record.to_revision.map_or_else(|| "none".to_owned(), |number| number.to_string());
        Event::failed(format!("the revision {number} is not in the operations table"))
    }

    async fn keep_report(&self, new: &InstanceId) -> Result<Option<Event>, RecordsError> {
        let Some(report) = self.awaited_report().await else { return Ok(None) };
        let kept = StoredBootLog {
            report: Some(report.clone()),
            cloud_init_log: self.cloud_init_log(new).await,
            console_output: None,
        };
        self.journal.keep_boot_log(&self.record, &kept).await?;
        Ok(Some(Event::Reported(report)))
    }

    /// Nothing here may keep a relaunch from being undone: what can't be had is left out.
    async fn keep_boot_log(&self, new: &InstanceId) -> Result<Event, RecordsError> {
        let console = async {
            let output = self.cloud.console_output(new).await;
            output.unwrap_or_else(|error| {
                tracing::warn!(error = source_chain(&error), "the console output can't be had");
                None
            })
        };
        let (before, log, console) =
            tokio::join!(self.journal.boot_log(self.record.id), self.cloud_init_log(new), console);
        let report = before?.and_then(|kept| kept.report);
        let kept = StoredBootLog {
            report,
            cloud_init_log: log,
            console_output: console.map(|output| end_of(&output)),
        };
        self.journal.keep_boot_log(&self.record, &kept).await?;
        Ok(Event::BootLogKept)
    }

    async fn cloud_init_log(&self, new: &InstanceId) -> Option<String> {
        let log = self.cloud.cloud_init_log(self.record.id, new).await;
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

/// How long EC2 may say of what the preflight checks have just seen that it is not there
/// ([eventual consistency](https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html)).
const NOT_FOUND_YET: Duration = Duration::from_secs(20);

/// What a failed call makes of the step, which has lasted for so long: nothing while the same call may pass later.
pub(super) fn failure(error: &AwsError, action: &Action, stage: &Stage, waited: Duration) -> Option<Event> {
    match (error.meaning, action, stage) {
        (Meaning::NotFound, Action::Launch(_), _) if waited >= NOT_FOUND_YET => {
            Some(Event::failed(error.to_string()))
        }
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
