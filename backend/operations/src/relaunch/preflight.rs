//! The checks before anything is started. They change nothing, so that a plan makes the same ones.

use rollcall_api::{
    conformance::Fact,
    plan::{Check, CheckOutcome},
};

use super::{
    RelaunchId,
    record::{Launch, Placement},
};
use crate::{
    Operations,
    aws_error::{AwsError, Meaning},
    aws_id::SubnetId,
    ec2::LaunchRequest,
    recipe,
    revision::StoredRevision,
};

/// What the checks found.
#[derive(Debug, Clone)]
pub struct Preflight {
    /// Each check.
    pub checks: Vec<Check>,
    /// What would be launched first, or why nothing would be.
    pub launch: Result<Launch, String>,
}

impl Operations {
    /// Makes every check for a relaunch to `revision`.
    ///
    /// # Errors
    /// When EC2 can't be asked; asking again may help.
    pub async fn preflight(
        &self,
        revision: &StoredRevision,
        relaunch: RelaunchId,
    ) -> Result<Preflight, AwsError> {
        let (ec2, settings) = (self.ec2(), self.settings());
        let findings = async { Ok(self.findings_against_relaunch().await) };
        let (version, image_is_available, free, findings) = tokio::try_join!(
            ec2.launch_template_version(),
            ec2.image_is_available(&revision.image),
            ec2.free_addresses(&settings.subnets),
            findings,
        )?;
        let mut checks = vec![
            check_size(revision),
            check_image(revision, image_is_available),
            check_conformance(&findings),
            check_addresses(&settings.subnets, &free),
        ];
        let usable: Vec<_> =
            settings.subnets.iter().filter(|subnet| free_in(&free, subnet) > 0).cloned().collect();
        let mut placements = Placement::all(&usable, &revision.instance_types()).into_iter();
        let Some(first) = placements.next().filter(|_| first_failure(&checks).is_none()) else {
            let reason =
                first_failure(&checks).unwrap_or_else(|| "there is no subnet to launch into".to_owned());
            return Ok(Preflight { checks, launch: Err(reason) });
        };
        let request = LaunchRequest {
            launch_template: settings.launch_template.clone(),
            launch_template_version: version,
            subnet: first.subnet,
            image: revision.image.clone(),
            instance_type: first.instance_type,
            revision: revision.number,
            relaunch,
        };
        checks.push(check_permission(ec2.dry_run(&request, &revision.user_data).await)?);
        let launch = match first_failure(&checks) {
            Some(reason) => Err(reason),
            None => Ok(Launch::first(request, placements.collect())),
        };
        Ok(Preflight { checks, launch })
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

fn check_conformance(findings: &[Fact]) -> Check {
    let told: Vec<_> = findings
        .iter()
        .map(|fact| format!("{}: expected {}, found {}", fact.name, fact.expected, fact.found))
        .collect();
    check(
        "Conformance",
        if told.is_empty() {
            Ok("the account is as the templates declare".to_owned())
        } else {
            Err(format!("the account is not as the templates declare: {}", told.join("; ")))
        },
    )
}

fn free_in(free: &[(SubnetId, i32)], subnet: &SubnetId) -> i32 {
    free.iter().find(|(id, _)| id == subnet).map_or(0, |(_, count)| *count)
}

fn check_addresses(subnets: &[SubnetId], free: &[(SubnetId, i32)]) -> Check {
    let told: Vec<_> =
        subnets.iter().map(|subnet| format!("{} in {subnet}", free_in(free, subnet))).collect();
    let told = told.join(", ");
    check(
        "Free addresses",
        if subnets.iter().any(|subnet| free_in(free, subnet) > 0) {
            Ok(told)
        } else {
            Err(format!("no subnet has a free address: {told}"))
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

    #[test]
    fn a_dry_run_that_meets_no_answer_is_made_again() {
        assert!(check_permission(Err(AwsError::incomplete("RunInstances", "broke off"))).is_err());
    }
}
