//! Conformance: each fact the templates set up, held against the account. Read only.
//!
//! Looking is thin ([`observe`]) and judging is pure ([`network`], [`firewall`], [`host`], [`storage`]). What could not
//! be looked at is unknown, and neither a finding nor a pass.

mod expected;
mod firewall;
mod host;
mod network;
mod observe;
mod resources;
pub(crate) mod show;
mod storage;
mod topology;

#[cfg(test)]
mod tests;

use aws_config::SdkConfig;
use jiff::Timestamp;
use rollcall_api::conformance::{Area, Conformance, Fact, FactOutcome};

use self::{
    observe::Observer,
    resources::{Bucket, EmployeesTable, ServingHost},
};
use crate::{
    ec2::{
        Ec2, Instance,
        network::{Network, Template},
    },
    revision::Revisions,
};

/// What was seen of one part of the account; when it could not be looked at, why.
type Observed<T> = Result<T, String>;

/// All that was looked at.
#[derive(Debug, Clone)]
struct Account {
    environment: LaunchEnvironment,
    hosts: Observed<Vec<Instance>>,
    host: Observed<Option<ServingHost>>,
    mfa_devices: Observed<usize>,
}

/// What a new host is launched into, and works with.
#[derive(Debug, Clone)]
struct LaunchEnvironment {
    network: Observed<Option<Network>>,
    template: Observed<Option<Template>>,
    bucket: Observed<Bucket>,
    table: Observed<EmployeesTable>,
}

/// The prefix of the deployment's names, from which those of its resources follow.
#[derive(Debug, Clone, Copy)]
struct Prefix<'a>(&'a str);

impl Prefix<'_> {
    /// The name of the host's security group, instance profile and role.
    fn host(self) -> String {
        format!("{}-host", self.0)
    }

    /// The name of the function's role.
    fn function(self) -> String {
        format!("{}-function", self.0)
    }

    /// The name of the IAM user for people.
    fn ec2_admin(self) -> String {
        format!("{}-EC2Admin", self.0)
    }
}

/// Which resources beside the host's own are held against the templates.
#[derive(Debug, Clone)]
pub struct ConformanceSettings {
    /// The prefix of the deployment's names.
    pub prefix: String,
    /// The bucket of the photos; none where the function is not told its name.
    pub photos_bucket: Option<String>,
    /// The table of the employees; none where the function is not told its name.
    pub employees_table: Option<String>,
}

/// Holds the account against the templates. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct ConformanceCheck {
    settings: ConformanceSettings,
    ec2: Ec2,
    observer: Observer,
    revisions: Revisions,
}

impl ConformanceCheck {
    pub(crate) fn new(
        config: &SdkConfig,
        settings: ConformanceSettings,
        ec2: Ec2,
        revisions: Revisions,
    ) -> Self {
        Self { settings, ec2, observer: Observer::new(config), revisions }
    }

    /// The account held against the templates. What can't be looked at is told fact by fact.
    pub async fn check(&self, now: Timestamp) -> Conformance {
        let account = self.observe_account().await;
        Conformance {
            checked_at: now,
            facts: facts(self.prefix(), &account),
            topology: topology::of(&account),
        }
    }

    /// The facts on which a relaunch depends and that are not seen to be as declared: a host would not come up as
    /// declared, or not be reached. A running host that is not as declared is mended by a relaunch, and whether people
    /// use MFA has no part in one.
    pub(crate) async fn doubts_about_relaunch(&self) -> Vec<Fact> {
        let mut facts = environment_facts(self.prefix(), &self.observe_environment().await);
        facts.retain(|fact| fact.outcome != FactOutcome::Conforms);
        facts
    }

    fn prefix(&self) -> Prefix<'_> {
        Prefix(&self.settings.prefix)
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

/// How a fact is put: what it is about, and how to mend it where it differs.
#[derive(Debug, Clone)]
struct Subject {
    id: String,
    area: Area,
    name: String,
    mend: String,
}

impl Subject {
    fn new(area: Area, id: impl Into<String>, name: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { id: id.into(), area, name: name.into(), mend: mend.into() }
    }

    /// It is as it should be when the two texts are the same.
    fn compared(self, expected: impl Into<String>, found: impl Into<String>) -> Fact {
        let (expected, found) = (expected.into(), found.into());
        let conforms = expected == found;
        Fact {
            id: self.id,
            area: self.area,
            name: self.name,
            outcome: if conforms { FactOutcome::Conforms } else { FactOutcome::Differs },
            mend: if conforms { String::new() } else { self.mend },
            expected,
            found,
        }
    }

    fn unknown(self, expected: impl Into<String>, why: &str) -> Fact {
        Fact {
            id: self.id,
            area: self.area,
            name: self.name,
            outcome: FactOutcome::Unknown,
            expected: expected.into(),
            found: format!("could not be found out: {why}"),
            mend: "Look again in a moment; if it stays so, see the function's log.".to_owned(),
        }
    }
}

/// How to bring back what a template declares.
fn deploy_again(template: &str) -> String {
    format!(
        "Undo the change by hand, or deploy infra/{template}.yaml again after drift detection has named it."
    )
}
