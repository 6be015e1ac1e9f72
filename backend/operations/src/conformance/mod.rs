//! Conformance: each fact the templates set up, held against the account. Read only.
//!
//! Looking is thin ([`observe`]) and judging is pure ([`network`], [`firewall`], [`host`], [`storage`]). What could not
//! be looked at is unknown, and neither a finding nor a pass.

mod expected;
mod firewall;
mod host;
mod network;
mod observe;
pub mod seen;
mod storage;
mod topology;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
pub(crate) use observe::Observer;
use rollcall_api::conformance::{Area, Conformance, Fact, FactOutcome};

use self::seen::{Bucket, EmployeesTable, Network, ServingHost, Template};
use crate::{Operations, ec2::Instance};

/// What came of looking at one part of the account; when it failed, why.
type Looked<T> = Result<T, String>;

/// All that was looked at.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    ground: Ground,
    hosts: Looked<Vec<Instance>>,
    host: Looked<Option<ServingHost>>,
    mfa_devices: Looked<usize>,
}

/// What a new host is launched into, and works with.
#[derive(Debug, Clone)]
pub(crate) struct Ground {
    network: Looked<Option<Network>>,
    template: Looked<Option<Template>>,
    bucket: Looked<Bucket>,
    table: Looked<EmployeesTable>,
}

/// The prefix of the deployment's names, from which those of its resources follow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prefix<'a>(pub(crate) &'a str);

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

impl Operations {
    /// The account held against the templates. What can't be looked at is told fact by fact.
    pub async fn conformance(&self, now: Timestamp) -> Conformance {
        let seen = self.look_at_account().await;
        let prefix = Prefix(&self.settings().host_tag);
        Conformance { checked_at: now, facts: facts(prefix, &seen), topology: topology::of(&seen) }
    }

    /// The findings with which no relaunch should begin: a host would not come up as declared, or not be reached. A
    /// running host that is not as declared is mended by a relaunch, and whether people use MFA has no part in one.
    pub(crate) async fn findings_against_relaunch(&self) -> Vec<Fact> {
        let ground = self.look_at_ground().await;
        let mut facts = facts_of_ground(Prefix(&self.settings().host_tag), &ground);
        facts.retain(|fact| fact.outcome == FactOutcome::Differs);
        facts
    }
}

/// Every fact, held against what was seen.
fn facts(prefix: Prefix<'_>, seen: &Seen) -> Vec<Fact> {
    let mut facts = facts_of_ground(prefix, &seen.ground);
    facts.extend(host::facts(prefix, &seen.host, &seen.ground.network));
    facts.push(storage::mfa(prefix, &seen.mfa_devices));
    facts
}

fn facts_of_ground(prefix: Prefix<'_>, ground: &Ground) -> Vec<Fact> {
    let mut facts = network::facts(&ground.network);
    facts.extend(firewall::facts(prefix, &ground.network));
    facts.extend(host::template_facts(prefix, &ground.template, &ground.network));
    facts.extend(storage::facts(prefix, ground));
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
    fn held(self, expected: impl Into<String>, found: impl Into<String>) -> Fact {
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
