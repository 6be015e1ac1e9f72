//! A driver's look: what EC2, the new host and its report say, as far as the record's stage needs it.

use rollcall_api::{host::InstanceState, relaunch::BootReport};
use rollcall_aws::AwsError;
use rollcall_error::source_chain;

use super::{
    Record,
    cloud::Cloud,
    decide::Observation,
    record::{Approval, Stage},
    store::Journal,
};
use crate::{
    ec2::{Instance, StatusChecks, Which},
    ids::InstanceId,
    probe::Probe,
    revision::StoredRevision,
};

/// Looks at what a relaunch to a revision has come to.
#[derive(Debug)]
pub(super) struct Looker<'a, J, C> {
    pub(super) journal: &'a J,
    pub(super) cloud: &'a C,
    /// What is to be launched; none for a termination.
    pub(super) revision: Option<&'a StoredRevision>,
}

impl<J: Journal, C: Cloud> Looker<'_, J, C> {
    /// What can be seen now. What a driver knows of its own calls is not in it.
    pub(super) async fn look(&self, record: &Record) -> Result<Observation, AwsError> {
        let cloud = self.cloud;
        let checks = async {
            match &record.stage {
                Stage::Boot(new) => cloud.status_checks(new).await,
                _ => Ok(StatusChecks::default()),
            }
        };
        let report = async { Ok(self.awaited_report(record).await) };
        let which = which(record);
        let (mut instances, address_holder, checks, report) =
            tokio::try_join!(cloud.instances(&which), cloud.address_holder(), checks, report)?;
        if let Some(old) = self.old_host_by_id(record, &instances).await? {
            instances.push(old);
        }
        let probe = self.awaited_answer(record, &instances);
        let old_probe = self.old_answer(record, &instances, address_holder.as_ref());
        let (probe, old_probe) = tokio::join!(probe, old_probe);
        Ok(Observation {
            instances,
            address_holder,
            checks,
            report,
            probe,
            old_probe,
            ..Observation::default()
        })
    }

    /// The old host where what becomes of it counts and it is not among those that were found: whoever took its tag away has
    /// not ended it.
    async fn old_host_by_id(
        &self,
        record: &Record,
        found: &[Instance],
    ) -> Result<Option<Instance>, AwsError> {
        let counts =
            matches!(record.stage, Stage::Preflight | Stage::Retire(_) | Stage::Terminate | Stage::Undo(_));
        let old = record.old_host.as_ref().filter(|_| counts);
        match old.filter(|old| found.iter().all(|instance| instance.id != **old)) {
            Some(old) => self.cloud.instance(old).await,
            None => Ok(None),
        }
    }

    /// A report that can't be read is as good as none: the step's time goes on.
    pub(super) async fn awaited_report(&self, record: &Record) -> Option<BootReport> {
        let Stage::Report(new) = &record.stage else { return None };
        match self.cloud.boot_report(record.id, new).await {
            Ok(report) => report,
            Err(error) => {
                tracing::warn!(error = source_chain(&error), "the boot report can't be read; looking again");
                None
            }
        }
    }

    /// The address is the one EC2 tells, and nobody else's word.
    async fn awaited_answer(&self, record: &Record, instances: &[Instance]) -> Option<Probe> {
        let new = asked_host(record)?;
        let address = instances.iter().find(|instance| instance.id == *new)?.public_ip.as_deref()?;
        Some(self.cloud.probe(address, self.revision?.recipe, new).await)
    }

    /// Whether the old host answers, once it runs with the address again; none where it can't be asked.
    async fn old_answer(
        &self,
        record: &Record,
        instances: &[Instance],
        holder: Option<&InstanceId>,
    ) -> Option<Probe> {
        let old = record.old_host.as_ref().filter(|old| holder == Some(*old))?;
        let host = instances.iter().find(|instance| instance.id == *old)?;
        if !matches!(record.stage, Stage::Undo(_)) || host.state != InstanceState::Running {
            return None;
        }
        let number = host.revision.or(record.from_revision)?;
        match self.journal.revision(number).await {
            Ok(revision) => Some(self.cloud.probe(host.public_ip.as_deref()?, revision?.recipe, old).await),
            Err(error) => {
                tracing::warn!(error = source_chain(&error), "the old host's revision can't be read");
                None
            }
        }
    }
}

/// The instances that the record's stage speaks of.
fn which(record: &Record) -> Which {
    match &record.stage {
        Stage::Preflight | Stage::Terminate | Stage::Ended(_) => Which::NotTerminated,
        // One that was launched and has ended counts as well: none is to come any more.
        Stage::Launch(_) | Stage::Undo(_) => Which::LaunchedBy(record.id),
        Stage::Boot(new)
        | Stage::Report(new)
        | Stage::Probe(new)
        | Stage::Approve(new)
        | Stage::Switch(new)
        | Stage::Bake(new) => Which::Named(vec![new.clone()]),
        Stage::Retire(new) => Which::Named([new].into_iter().chain(&record.old_host).cloned().collect()),
    }
}

/// The new host, where it counts whether it answers.
fn asked_host(record: &Record) -> Option<&InstanceId> {
    match &record.stage {
        Stage::Probe(new) | Stage::Bake(new) => Some(new),
        Stage::Approve(new) => record.approval.as_ref().is_some_and(Approval::is_given).then_some(new),
        _ => None,
    }
}
