//! What was seen of the account.

use super::resources::{Bucket, EmployeesTable, ServingHost};
use crate::{
    ec2::{
        Instance,
        network::{Network, Template},
    },
    ids::SubnetId,
};

/// What was seen of one part of the account; when it could not be looked at, why.
pub(crate) type Observed<T> = Result<T, String>;

/// All that was looked at.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) environment: LaunchEnvironment,
    pub(super) hosts: Observed<Vec<Instance>>,
    pub(super) host: Observed<Option<ServingHost>>,
    /// None when the people's user is gone.
    pub(super) mfa_devices: Observed<Option<usize>>,
}

/// What a new host is launched into, and works with.
#[derive(Debug, Clone)]
pub(crate) struct LaunchEnvironment {
    /// None when the subnets are gone.
    pub(crate) network: Observed<Option<Network>>,
    /// None when there is no such template.
    pub(crate) template: Observed<Option<Template>>,
    /// Whether the Elastic IP is there.
    pub(crate) address: Observed<bool>,
    /// None when there is no such bucket.
    pub(super) bucket: Observed<Option<Bucket>>,
    /// None when there is no such table.
    pub(super) table: Observed<Option<EmployeesTable>>,
}

/// What the deployment's resources are known by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deployment<'a> {
    /// The prefix of the names, from which those of its resources follow.
    pub(crate) prefix: &'a str,
    pub(crate) account: &'a str,
    /// The subnets that hosts are launched into.
    pub(crate) subnets: &'a [SubnetId],
}

impl Deployment<'_> {
    /// The name of the host's security group, instance profile and role.
    pub(super) fn host(self) -> String {
        format!("{}-host", self.prefix)
    }

    /// The name of the function's role.
    pub(super) fn function(self) -> String {
        format!("{}-function", self.prefix)
    }

    /// The name of the IAM user for people.
    pub(super) fn ec2_admin(self) -> String {
        format!("{}-EC2Admin", self.prefix)
    }
}
