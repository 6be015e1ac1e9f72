//! What a driver looks at and acts on.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_api::{relaunch::BootReport, revision::RecipeName};
use rollcall_aws::AwsError;

use super::{
    preflight::{Preflight, PreflightChecks},
    record::Launch,
};
use crate::{
    boot_report::{BootReports, ReportError},
    ec2::{Ec2, Instance, StatusChecks, Which},
    ids::{InstanceId, RelaunchId},
    invocation::Invocation,
    probe::{Probe, Prober},
    recipe,
    revision::StoredRevision,
    waker::Waker,
};

/// EC2, the hosts and what they report, and the time. Tests put a stand-in in its place.
pub(crate) trait Cloud {
    /// The time.
    fn now(&self) -> Timestamp;

    /// Returns at that moment.
    async fn wait_until(&self, moment: Timestamp);

    /// The instances with this deployment's tag that are wanted.
    async fn instances(&self, which: &Which) -> Result<Vec<Instance>, AwsError>;

    /// An instance by its id, whatever its tags.
    async fn instance(&self, id: &InstanceId) -> Result<Option<Instance>, AwsError>;

    /// The instance that holds the Elastic IP.
    async fn address_holder(&self) -> Result<Option<InstanceId>, AwsError>;

    /// The status checks of an instance.
    async fn status_checks(&self, instance: &InstanceId) -> Result<StatusChecks, AwsError>;

    /// What the new host of a relaunch reports; none before it did.
    async fn boot_report(&self, of: RelaunchId, host: &InstanceId)
    -> Result<Option<BootReport>, ReportError>;

    /// The log that came with the report.
    async fn cloud_init_log(&self, of: RelaunchId, host: &InstanceId) -> Result<Option<String>, AwsError>;

    /// The console output of an instance.
    async fn console_output(&self, instance: &InstanceId) -> Result<Option<Vec<u8>>, AwsError>;

    /// Asks the app of `recipe` at `address` whether it runs on `instance` and is as it should be.
    async fn probe(&self, address: &str, recipe: RecipeName, instance: &InstanceId) -> Probe;

    /// Makes the checks before anything is started.
    async fn preflight(&self, revision: &StoredRevision, of: RelaunchId) -> Result<Preflight, AwsError>;

    /// Launches one instance.
    async fn run_instance(&self, launch: &Launch, user_data: &str) -> Result<InstanceId, AwsError>;

    /// Moves the Elastic IP to an instance.
    async fn move_address(&self, to: &InstanceId) -> Result<(), AwsError>;

    /// Terminates an instance.
    async fn terminate(&self, instance: &InstanceId) -> Result<(), AwsError>;

    /// Has someone stand by a driver that took the lease with `epoch`, who goes on soon after it has died.
    async fn have_someone_stand_by(&self, of: RelaunchId, epoch: u64);
}

/// AWS itself, and the hosts over HTTP.
#[derive(Debug, Clone)]
pub(crate) struct AwsCloud {
    pub(crate) ec2: Ec2,
    pub(crate) boot_reports: BootReports,
    pub(crate) prober: Prober,
    pub(crate) preflight: PreflightChecks,
    pub(crate) waker: Waker,
}

impl Cloud for AwsCloud {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn wait_until(&self, moment: Timestamp) {
        tokio::time::sleep(Duration::try_from(moment.duration_since(self.now())).unwrap_or_default()).await;
    }

    async fn instances(&self, which: &Which) -> Result<Vec<Instance>, AwsError> {
        self.ec2.instances(which).await
    }

    async fn instance(&self, id: &InstanceId) -> Result<Option<Instance>, AwsError> {
        self.ec2.instance(id).await
    }

    async fn address_holder(&self) -> Result<Option<InstanceId>, AwsError> {
        self.ec2.address_holder().await
    }

    async fn status_checks(&self, instance: &InstanceId) -> Result<StatusChecks, AwsError> {
        self.ec2.status_checks(instance).await
    }

    async fn boot_report(
        &self,
        of: RelaunchId,
        host: &InstanceId,
    ) -> Result<Option<BootReport>, ReportError> {
        self.boot_reports.report(of, host).await
    }

    async fn cloud_init_log(&self, of: RelaunchId, host: &InstanceId) -> Result<Option<String>, AwsError> {
        self.boot_reports.log(of, host).await
    }

    async fn console_output(&self, instance: &InstanceId) -> Result<Option<Vec<u8>>, AwsError> {
        self.ec2.console_output(instance).await
    }

    async fn probe(&self, address: &str, recipe: RecipeName, instance: &InstanceId) -> Probe {
        self.prober.ask(address, recipe::definition(recipe).questions(), instance).await
    }

    async fn preflight(&self, revision: &StoredRevision, of: RelaunchId) -> Result<Preflight, AwsError> {
        self.preflight.make(revision, of).await
    }

    async fn run_instance(&self, launch: &Launch, user_data: &str) -> Result<InstanceId, AwsError> {
        self.ec2.run(&launch.request, user_data, &launch.client_token).await
    }

    async fn move_address(&self, to: &InstanceId) -> Result<(), AwsError> {
        self.ec2.move_address(to).await
    }

    async fn terminate(&self, instance: &InstanceId) -> Result<(), AwsError> {
        self.ec2.terminate(instance).await
    }

    async fn have_someone_stand_by(&self, of: RelaunchId, epoch: u64) {
        self.waker.wake(&Invocation::StandBy { relaunch: of, epoch }).await;
    }
}
