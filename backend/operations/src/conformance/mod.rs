//! Conformance: each fact the templates set up, held against the account. Read only.
//!
//! Looking is thin ([`observe`]) and judging is pure ([`network`], [`firewall`], [`host`], [`storage`]). What could not
//! be looked at is unknown, and neither a finding nor a pass.

mod account;
mod expected;
mod firewall;
mod host;
mod network;
mod observe;
mod resources;
pub(crate) mod show;
mod storage;
mod subject;
mod topology;

#[cfg(test)]
pub(crate) mod tests;

use aws_config::SdkConfig;
use jiff::Timestamp;
use rollcall_api::conformance::{Conformance, Fact};
use rollcall_aws::records::Records;

pub use self::observe::ConformanceSettings;
use self::{account::Account, observe::Observer};
pub(crate) use self::{
    account::{Deployment, LaunchEnvironment, Observed},
    network::SUBNETS_GONE,
};
use crate::{ec2::Ec2, revision::Revisions};

/// Holds the account against the templates. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct ConformanceCheck {
    observer: Observer,
}

impl ConformanceCheck {
    pub(crate) fn new(
        config: &SdkConfig,
        settings: ConformanceSettings,
        ec2: Ec2,
        revisions: Revisions,
        records: Records,
    ) -> Self {
        Self { observer: Observer::new(config, settings, ec2, revisions, records) }
    }

    /// The account held against the templates. What can't be looked at is told fact by fact.
    pub async fn check(&self, now: Timestamp) -> Conformance {
        let account = self.observer.account().await;
        let facts = facts(self.observer.deployment(), &account);
        Conformance { checked_at: now, facts, topology: topology::of(&account) }
    }

    /// What a new host would be launched into, and work with.
    pub(crate) async fn environment(&self) -> LaunchEnvironment {
        self.observer.environment().await
    }

    /// What the deployment's resources are known by.
    pub(crate) fn deployment(&self) -> Deployment<'_> {
        self.observer.deployment()
    }
}

/// Every fact, held against what was seen.
fn facts(deployment: Deployment<'_>, account: &Account) -> Vec<Fact> {
    let mut facts = environment_facts(deployment, &account.environment);
    facts.extend(host::facts(deployment, &account.host, &account.environment.network));
    facts.push(storage::mfa(deployment, &account.mfa_devices));
    facts
}

/// The facts on which a relaunch depends: a host would not come up as declared, or not be reached. A running host that is
/// not as declared is mended by a relaunch, and whether people use MFA has no part in one.
pub(crate) fn environment_facts(deployment: Deployment<'_>, environment: &LaunchEnvironment) -> Vec<Fact> {
    let mut facts = network::facts(deployment, &environment.network);
    facts.extend(firewall::facts(deployment, &environment.network));
    facts.extend(host::template_facts(deployment, &environment.template, &environment.network));
    facts.push(host::address_fact(&environment.address));
    facts.extend(storage::facts(deployment, environment));
    facts
}
