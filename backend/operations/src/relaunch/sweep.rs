//! Terminates instances of this deployment that belong to no relaunch any more.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_api::{audit::AuditAction, relaunch::RelaunchOutcome};
use rollcall_audit::{Caller, Entry};
use rollcall_aws::records::RecordsError;
use rollcall_error::source_chain;

use super::{Record, Store, store::Journal};
use crate::{
    ec2::{Ec2, Instance, Which},
    host::{self, Hosts, recorded::RecordedHost},
    ids::{InstanceId, RelaunchId},
};

/// How old an instance must be before it is swept: far longer than a relaunch takes to store that it launched it.
const GRACE: Duration = Duration::from_secs(15 * 60);

/// The most that one sweep looks at; the next one goes on.
const MAX_AT_ONCE: usize = 10;

/// The instances that may have been left behind, of which their relaunches decide: old enough, alive, and not the
/// one that serves. An instance without the deployment's tag is never among `instances`.
fn candidates<'a>(
    instances: &'a [Instance],
    address_holder: Option<&InstanceId>,
    recorded: Option<&RecordedHost>,
    now: Timestamp,
) -> Vec<&'a Instance> {
    let serving = host::serving(instances, address_holder, recorded).map(|host| &host.id);
    let is_old = |instance: &Instance| {
        let age = instance.launched_at.map(|launched| now.duration_since(launched));
        age.is_some_and(|age| age.unsigned_abs() >= GRACE && age.is_positive())
    };
    let left_behind =
        |instance: &&Instance| !instance.state.is_gone() && Some(&instance.id) != serving && is_old(instance);
    instances.iter().filter(left_behind).take(MAX_AT_ONCE).collect()
}

/// Why an instance is to go; none when its relaunch still answers for it. `newest` is the newest relaunch that
/// succeeded: what an earlier one launched has had its time, even if it could not be retired then.
fn why_swept(instance: &Instance, of: Option<&Record>, newest: Option<RelaunchId>) -> Option<String> {
    match (instance.relaunch, of) {
        (None, _) => Some("no relaunch launched it".to_owned()),
        (Some(id), None) => Some(format!("the relaunch {id} that its tag names is not recorded")),
        (Some(id), Some(record)) => match record.outcome()? {
            RelaunchOutcome::Succeeded => newest
                .filter(|newest| *newest > id)
                .map(|newest| format!("the later relaunch {newest} replaced it")),
            RelaunchOutcome::Failed | RelaunchOutcome::RolledBack | RelaunchOutcome::Cancelled => {
                Some(format!("the relaunch {id} that launched it was undone"))
            }
        },
    }
}

/// Looks after the instances of this deployment while no relaunch is in progress. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Sweeper {
    pub(super) store: Store,
    pub(super) ec2: Ec2,
    pub(super) hosts: Hosts,
}

impl Sweeper {
    pub(crate) const fn new(store: Store, ec2: Ec2, hosts: Hosts) -> Self {
        Self { store, ec2, hosts }
    }

    /// Terminates what was left behind, and tells the audit log. To be called while no relaunch is in progress; what
    /// fails is left for the next time.
    ///
    /// # Errors
    /// When the operations table fails.
    pub async fn sweep(&self, now: Timestamp) -> Result<Vec<InstanceId>, RecordsError> {
        let seen =
            async { tokio::try_join!(self.ec2.instances(&Which::NotTerminated), self.ec2.address_holder()) };
        let (seen, recorded) = tokio::join!(seen, self.store.recorded_host());
        let (instances, holder) = match seen {
            Ok(seen) => seen,
            Err(error) => {
                tracing::warn!(error = source_chain(&error), "EC2 can't be asked for what was left behind");
                return Ok(Vec::new());
            }
        };
        let recorded = recorded?;
        let candidates = candidates(&instances, holder.as_ref(), recorded.as_ref(), now);
        let newest = recorded.as_ref().map(|it| it.relaunch);
        let mut swept = Vec::new();
        for instance in candidates {
            let record = match instance.relaunch {
                Some(id) => match self.store.relaunch(id).await {
                    // Whether it answers for its instance is not known, and the others are none the worse for that.
                    Err(RecordsError::Shape(_)) => continue,
                    record => record?,
                },
                None => None,
            };
            let Some(reason) = why_swept(instance, record.as_ref(), newest) else { continue };
            if self.terminate_stray(instance, reason, now).await {
                swept.push(instance.id.clone());
            }
        }
        Ok(swept)
    }

    async fn terminate_stray(&self, instance: &Instance, reason: String, now: Timestamp) -> bool {
        match self.ec2.terminate(&instance.id).await {
            Ok(()) => {
                tracing::warn!(instance = %instance.id, reason, "swept");
                self.store
                    .audit(Entry::new(now, Caller::ROLLCALL, AuditAction::Sweep, &instance.id, reason))
                    .await;
                true
            }
            Err(error) => {
                tracing::warn!(instance = %instance.id, error = source_chain(&error), "could not be swept");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rollcall_api::host::InstanceState;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).expect("a time")
    }

    fn id(text: &str) -> InstanceId {
        InstanceId::try_from(text.to_owned()).expect("an instance id")
    }

    const SERVING: &str = "i-00000000000000001";
    const STRAY: &str = "i-00000000000000002";

    fn instance(name: &str, age: Duration) -> Instance {
        Instance { launched_at: Some(now() - age), ..host::tests::instance(name, InstanceState::Running, 0) }
    }

    fn ids(instances: &[Instance]) -> BTreeSet<String> {
        candidates(instances, Some(&id(SERVING)), None, now()).iter().map(|it| it.id.to_string()).collect()
    }

    #[test]
    fn only_what_is_old_and_does_not_serve_is_looked_at() {
        let instances = [instance(SERVING, GRACE * 9), instance(STRAY, GRACE)];
        assert_eq!(ids(&instances), BTreeSet::from([STRAY.to_owned()]));
        assert_eq!(
            ids(&[instance(SERVING, GRACE), instance(STRAY, GRACE - Duration::from_secs(1))]),
            BTreeSet::new()
        );
    }

    #[test]
    fn the_host_on_record_is_not_swept_without_its_address_and_an_older_stray_is() {
        let instances = [instance(STRAY, GRACE * 2), instance(SERVING, GRACE)];
        let recorded = host::tests::recorded(SERVING);
        let found = candidates(&instances, None, Some(&recorded), now());
        assert_eq!(found.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), [STRAY]);
    }

    #[test]
    fn the_only_host_there_is_serves_even_without_the_address_and_without_a_record() {
        assert_eq!(candidates(&[instance(STRAY, GRACE)], None, None, now()), Vec::<&Instance>::new());
    }

    #[test]
    fn an_instance_whose_relaunch_is_not_recorded_goes() {
        let mut stray = instance(STRAY, GRACE);
        assert!(why_swept(&stray, None, None).is_some());
        stray.relaunch = Some(RelaunchId::new(now()));
        assert!(why_swept(&stray, None, None).is_some());
    }
}
