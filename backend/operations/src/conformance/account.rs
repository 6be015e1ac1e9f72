//! What was seen of the account.

use super::resources::{Bucket, EmployeesTable, ServingHost};
use crate::ec2::{
    Instance,
    network::{Network, Template},
};

/// What was seen of one part of the account; when it could not be looked at, why.
pub(super) type Observed<T> = Result<T, String>;

/// All that was looked at.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) environment: LaunchEnvironment,
    pub(super) hosts: Observed<Vec<Instance>>,
    pub(super) host: Observed<Option<ServingHost>>,
    pub(super) mfa_devices: Observed<usize>,
}

/// What a new host is launched into, and works with.
#[derive(Debug, Clone)]
pub(super) struct LaunchEnvironment {
    pub(super) network: Observed<Option<Network>>,
    pub(super) template: Observed<Option<Template>>,
    pub(super) bucket: Observed<Bucket>,
    pub(super) table: Observed<EmployeesTable>,
}

/// The prefix of the deployment's names, from which those of its resources follow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prefix<'a>(pub(super) &'a str);

impl Prefix<'_> {
    /// The name of the host's security group, instance profile and role.
    pub(super) fn host(self) -> String {
        format!("{}-host", self.0)
    }

    /// The name of the function's role.
    pub(super) fn function(self) -> String {
        format!("{}-function", self.0)
    }

    /// The name of the IAM user for people.
    pub(super) fn ec2_admin(self) -> String {
        format!("{}-EC2Admin", self.0)
    }
}
