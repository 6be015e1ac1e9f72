//! The checks before anything is started. They change nothing, so that a plan makes the same ones.

use rollcall_api::{
    conformance::{Fact, FactOutcome},
    plan::{Check, CheckOutcome},
};
use rollcall_aws::{AwsError, Meaning};

use super::record::{Launch, Placement};
use crate::{
    conformance::ConformanceCheck,
    ec2::{Ec2, LaunchRequest},
    ids::{RelaunchId, SubnetId},
    recipe,
    revision::StoredRevision,
};

/// What the checks found.
#[derive(Debug, Clone)]
pub struct Preflight {
    /// Each check.
    pub checks: Vec<Check>,
    /// What follows from them.
    pub verdict: Verdict,
}

/// What follows from the preflight checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// This would be launched first.
    Launch(Launch),
    /// Nothing would be launched, for this reason.
    Failed(String),
    /// A check could not be made, for this reason. It is made again until the time for the checks is over.
    Unknown(String),
}

/// Makes the checks. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct PreflightChecks {
    ec2: Ec2,
    conformance: ConformanceCheck,
}

impl PreflightChecks {
    pub(crate) const fn new(ec2: Ec2, conformance: ConformanceCheck) -> Self {
        Self { ec2, conformance }
    }

    /// Makes every check for a relaunch to `revision`.
    ///
    /// # Errors
    /// When EC2 can't be asked; asking again may help.
    pub async fn make(&self, revision: &StoredRevision, relaunch: RelaunchId) -> Result<Preflight, AwsError> {
        let resources = self.ec2.resources();
        let subnets = &resources.subnets;
        let doubts = async { Ok(self.conformance.doubts_about_relaunch().await) };
        let (version, image_is_available, free, doubts) = tokio::try_join!(
            self.ec2.launch_template_version(),
            self.ec2.image_is_available(&revision.image),
            self.ec2.free_addresses(subnets),
            doubts,
        )?;
        let conformance = check_conformance(&doubts);
        let unknown = (conformance.outcome == CheckOutcome::Unknown).then(|| conformance.detail.clone());
        let mut checks = vec![
            check_size(revision),
            check_image(revision, image_is_available),
            conformance,
            check_addresses(subnets, &free),
        ];
        let usable: Vec<_> = subnets.iter().filter(|subnet| free_in(&free, subnet) > 0).cloned().collect();
        let mut placements = Placement::all(&usable, &revision.instance_types()).into_iter();
        let Some(first) = placements.next().filter(|_| first_failure(&checks).is_none()) else {
            let reason =
                first_failure(&checks).unwrap_or_else(|| "there is no subnet to launch into".to_owned());
            return Ok(Preflight { checks, verdict: Verdict::Failed(reason) });
        };
        let request = LaunchRequest {
            launch_template: resources.launch_template.clone(),
            launch_template_version: version,
            subnet: first.subnet,
            image: revision.image.clone(),
            instance_type: first.instance_type,
            revision: revision.number,
            relaunch,
        };
        checks.push(check_permission(self.ec2.dry_run(&request, &revision.user_data).await)?);
        let verdict = match (first_failure(&checks), unknown) {
            (Some(reason), _) => Verdict::Failed(reason),
            (None, Some(reason)) => Verdict::Unknown(reason),
            (None, None) => Verdict::Launch(Launch::first(request, placements.collect())),
        };
        Ok(Preflight { checks, verdict })
    }
}

fn first_failure(checks: &[Check]) -> Option<String> {
    checks.iter().find(|check| check.outcome == CheckOutcome::Failed).map(|check| check.detail.clone())
}

fn check(name: &str, result: Result<String, String>) -> Check {
    let (outcome, detail) = match result {
        Ok(detail) => (CheckOutcome::Passed, detail),
        Err(detail) => (CheckOutcome::Failed, detail),
    };
    Check { name: name.to_owned(), outcome, detail }
}

fn check_size(revision: &StoredRevision) -> Check {
    let bytes = revision.user_data.len();
    let found = recipe::check_size(&revision.user_data)
        .map(|()| format!("{bytes} of at most {} bytes", recipe::MAX_USER_DATA_BYTES));
    check("User data", found.map_err(|error| error.to_string()))
}

fn check_image(revision: &StoredRevision, is_available: bool) -> Check {
    let image = &revision.image;
    check(
        "Image",
        if is_available {
            Ok(format!("{image} is there"))
        } else {
            Err(format!("the image {image} is not there any more; make a revision with another image"))
        },
    )
}

/// What could not be found out is no pass, and no finding either.
fn check_conformance(doubts: &[Fact]) -> Check {
    let of = |outcome| doubts.iter().filter(move |fact| fact.outcome == outcome);
    let findings: Vec<_> = of(FactOutcome::Differs)
        .map(|fact| format!("{}: expected {}, found {}", fact.name, fact.expected, fact.found))
        .collect();
    let unknown: Vec<_> =
        of(FactOutcome::Unknown).map(|fact| format!("{} {}", fact.name, fact.found)).collect();
    let (outcome, detail) = match (findings.as_slice(), unknown.as_slice()) {
        ([], []) => (CheckOutcome::Passed, "the account is as the templates declare".to_owned()),
        ([], unknown) => (
            CheckOutcome::Unknown,
            format!("whether the account is as the templates declare is not known: {}", unknown.join("; ")),
        ),
        (findings, unknown) => (
            CheckOutcome::Failed,
            format!(
                "the account is not as the templates declare: {}",
                [findings, unknown].concat().join("; ")
            ),
        ),
    };
    Check { name: "Conformance".to_owned(), outcome, detail }
}

fn free_in(free: &[(SubnetId, i32)], subnet: &SubnetId) -> i32 {
    free.iter().find(|(id, _)| id == subnet).map_or(0, |(_, count)| *count)
}

fn check_addresses(subnets: &[SubnetId], free: &[(SubnetId, i32)]) -> Check {
    let counts: Vec<_> =
        subnets.iter().map(|subnet| format!("{} in {subnet}", free_in(free, subnet))).collect();
    let counts = counts.join(", ");
    check(
        "Free addresses",
        if subnets.iter().any(|subnet| free_in(free, subnet) > 0) {
            Ok(counts)
        } else {
            Err(format!("no subnet has a free address: {counts}"))
        },
    )
}

/// A lack of capacity is no failure here: the launch tries elsewhere.
fn check_permission(dry_run: Result<(), AwsError>) -> Result<Check, AwsError> {
    const NAME: &str = "Permission to launch";
    match dry_run {
        Ok(()) => Ok(check(NAME, Ok("EC2 would launch it".to_owned()))),
        Err(error) if error.meaning == Meaning::NoCapacity => {
            Ok(Check { name: NAME.to_owned(), outcome: CheckOutcome::Unknown, detail: error.to_string() })
        }
        Err(error) if error.meaning.may_pass() => Err(error),
        Err(error) => Ok(check(NAME, Err(error.to_string()))),
    }
}

#[cfg(test)]
mod tests {
    use rollcall_api::conformance::Area;

    use super::*;

    fn subnet(last: char) -> SubnetId {
        SubnetId::try_from(format!("subnet-0000000000000000{last}")).expect("a subnet id")
    }

    #[test]
    fn one_subnet_with_a_free_address_is_enough() {
        let subnets = [subnet('a'), subnet('b')];
        let enough = check_addresses(&subnets, &[(subnet('a'), 0), (subnet('b'), 3)]);
        assert_eq!(enough.outcome, CheckOutcome::Passed);
        let none = check_addresses(&subnets, &[(subnet('a'), 0)]);
        assert_eq!(none.outcome, CheckOutcome::Failed);
        assert!(none.detail.contains("0 in subnet-0000000000000000b"), "{}", none.detail);
    }

    fn fact(outcome: FactOutcome) -> Fact {
        Fact {
            id: "bucket-policy".to_owned(),
            area: Area::Storage,
            name: "Photos bucket, policy".to_owned(),
            outcome,
            expected: "as declared".to_owned(),
            found: "could not be found out: SlowDown".to_owned(),
            mend: String::new(),
        }
    }

    #[test]
    fn what_could_not_be_found_out_is_unknown_and_told() {
        let check = check_conformance(&[fact(FactOutcome::Unknown)]);
        assert_eq!(check.outcome, CheckOutcome::Unknown);
        assert!(
            check.detail.ends_with("Photos bucket, policy could not be found out: SlowDown"),
            "{}",
            check.detail
        );
        assert_eq!(check_conformance(&[]).outcome, CheckOutcome::Passed);
    }

    #[test]
    fn a_finding_is_a_failure_whatever_else_is_not_known() {
        let check = check_conformance(&[fact(FactOutcome::Unknown), fact(FactOutcome::Differs)]);
        assert_eq!(check.outcome, CheckOutcome::Failed);
    }

    #[test]
    fn a_dry_run_that_meets_no_answer_is_made_again() {
        assert!(check_permission(Err(AwsError::incomplete("RunInstances", "broke off"))).is_err());
    }
}
