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
mod tests;

use aws_config::SdkConfig;
use jiff::Timestamp;
use rollcall_api::conformance::{Conformance, Fact, FactOutcome};

pub use self::observe::ConformanceSettings;
use self::{
    account::{Account, LaunchEnvironment, Prefix},
    observe::Observer,
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
    ) -> Self {
        Self { observer: Observer::new(config, settings, ec2, revisions) }
    }

    /// The account held against the templates. What can't be looked at is told fact by fact.
    pub async fn check(&self, now: Timestamp) -> Conformance {
        let account = self.observer.account().await;
        let facts = facts(self.observer.prefix(), &account);
        Conformance { checked_at: now, facts, topology: topology::of(&account) }
    }

    /// The facts on which a relaunch depends and that are not seen to be as declared: a host would not come up as
    /// declared, or not be reached. A running host that is not as declared is mended by a relaunch, and whether people
    /// use MFA has no part in one.
    pub(crate) async fn doubts_about_relaunch(&self) -> Vec<Fact> {
        let mut facts = environment_facts(self.observer.prefix(), &self.observer.environment().await);
        facts.retain(|fact| fact.outcome != FactOutcome::Conforms);
        facts
    }
}

/// Every fact, held against what was seen.
fn facts(prefix: Prefix<'_>, account: &Account) -> Vec<Fact> {
    let mut facts = environment_facts(prefix, &account.environment);
    facts.extend(host::facts(prefix, &account.host, &account.environment.network));
    facts.push(storage::mfa(prefix, &account.mfa_devices));
    facts
}

fn environment_facts(prefix: Prefix<'_>, environment: &LaunchEnvironment) -> Vec<Fact> {
    let mut facts = network::facts(&environment.network);
    facts.extend(firewall::facts(prefix, &environment.network));
    facts.extend(host::template_facts(prefix, &environment.template, &environment.network));
    facts.extend(storage::facts(prefix, environment));
    facts
}
