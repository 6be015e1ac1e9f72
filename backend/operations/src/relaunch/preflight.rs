//! The checks before anything is started. They change nothing, so that a plan makes the same ones.

use std::collections::BTreeSet;

use rollcall_api::{
    conformance::{Fact, FactOutcome},
    plan::{Check, CheckOutcome},
};
use rollcall_aws::{AwsError, Meaning};

use super::record::{Launch, Placement};
use crate::{
    conformance::{
        ConformanceCheck, Deployment, LaunchEnvironment, Observed, SUBNETS_GONE, environment_facts,
    },
    ec2::{Ec2, HostResources, LaunchRequest, network::Network},
    ids::{RelaunchId, SubnetId},
    recipe,
    revision::StoredRevision,
};

/// What the checks found.
#[derive(Debug, Clone)]
pub struct Preflight {
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
        let environment = async { Ok(self.conformance.environment().await) };
        let (image_is_available, environment) =
            tokio::try_join!(self.ec2.image_is_available(&revision.image), environment)?;
        let deployment = self.conformance.deployment();
        let resources = self.ec2.resources();
        let mut checks = vec![check_size(revision), check_image(revision, image_is_available)];
        checks.extend(check_environment(deployment, &environment, &resources.subnets));
        let launch = launch(resources, &environment, revision, relaunch);
        if let Some(launch) = launch.as_ref().filter(|_| first(&checks, CheckOutcome::Failed).is_none()) {
            let dry_run = self.ec2.dry_run(&launch.request, &revision.user_data).await;
            checks.push(check_permission(dry_run)?);
        }
        let verdict = verdict(&checks, launch);
        Ok(Preflight { checks, verdict })
    }
}

/// What would be launched first; nothing where there is no place for it, or none is known.
fn launch(
    resources: &HostResources,
    environment: &LaunchEnvironment,
    revision: &StoredRevision,
    relaunch: RelaunchId,
) -> Option<Launch> {
    let template = environment.template.as_ref().ok()?.as_ref()?;
    let network = environment.network.as_ref().ok()?.as_ref()?;
    let is_usable = |subnet: &&SubnetId| free_in(network, subnet).is_some_and(|free| free > 0);
    let usable: Vec<_> = resources.subnets.iter().filter(is_usable).cloned().collect();
    let mut placements = Placement::all(&usable, &revision.instance_types()).into_iter();
    let first = placements.next()?;
    let request = LaunchRequest {
        launch_template: resources.launch_template.clone(),
        launch_template_version: template.version,
        subnet: first.subnet,
        image: revision.image.clone(),
        instance_type: first.instance_type,
        revision: revision.number,
        relaunch,
    };
    Some(Launch::first(request, placements.collect()))
}

/// What follows from the checks. One that could not be made is no pass, whichever it is.
fn verdict(checks: &[Check], launch: Option<Launch>) -> Verdict {
    if let Some(reason) = first(checks, CheckOutcome::Failed) {
        return Verdict::Failed(reason);
    }
    if let Some(reason) = first(checks, CheckOutcome::Unknown) {
        return Verdict::Unknown(reason);
    }
    launch.map_or_else(|| Verdict::Failed("there is no subnet to launch into".to_owned()), Verdict::Launch)
}

/// The checks of what a host is launched into, by the facts that the conformance page tells of the same observation.
fn check_environment(
    deployment: Deployment<'_>,
    environment: &LaunchEnvironment,
    subnets: &[SubnetId],
) -> [Check; 2] {
    let facts = environment_facts(deployment, environment);
    [check_conformance(&facts), check_addresses(subnets, &environment.network)]
}

fn first(checks: &[Check], outcome: CheckOutcome) -> Option<String> {
    checks.iter().find(|check| check.outcome == outcome).map(|check| check.detail.clone())
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
fn check_conformance(facts: &[Fact]) -> Check {
    let of = |outcome| facts.iter().filter(move |fact| fact.outcome == outcome);
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
        (findings, unknown) => {
            let how: BTreeSet<_> = of(FactOutcome::Differs).map(|fact| fact.mend.as_str()).collect();
            let how = how.into_iter().collect::<Vec<_>>().join(" ");
            let all = [findings, unknown].concat().join("; ");
            (CheckOutcome::Failed, format!("the account is not as the templates declare: {all}. {how}"))
        }
    };
    Check { name: "Conformance".to_owned(), outcome, detail }
}

/// None where there is no such subnet.
fn free_in(network: &Network, subnet: &SubnetId) -> Option<i32> {
    network.subnets.iter().find(|it| it.id == subnet.as_str()).map(|it| it.free_addresses)
}

fn check_addresses(subnets: &[SubnetId], network: &Observed<Option<Network>>) -> Check {
    const NAME: &str = "Free addresses";
    let network = match network {
        Ok(Some(network)) => network,
        Ok(None) => return check(NAME, Err(SUBNETS_GONE.to_owned())),
        Err(why) => {
            let detail = format!("how many there are could not be found out: {why}");
            return Check { name: NAME.to_owned(), outcome: CheckOutcome::Unknown, detail };
        }
    };
    let free: Vec<_> = subnets.iter().map(|subnet| (subnet, free_in(network, subnet))).collect();
    let counts = free.iter().map(|(subnet, free)| match free {
        Some(free) => format!("{free} in {subnet}"),
        None => format!("{subnet} is missing"),
    });
    let counts = counts.collect::<Vec<_>>().join(", ");
    check(
        NAME,
        if free.iter().any(|(_, free)| free.is_some_and(|free| free > 0)) {
            Ok(counts)
        } else {
            Err(format!("no subnet has a free address: {counts}"))
        },
    )
}

/// A lack of capacity is no failure here: who may not launch is told so before, and the launch tries elsewhere.
fn check_permission(dry_run: Result<(), AwsError>) -> Result<Check, AwsError> {
    const NAME: &str = "Permission to launch";
    match dry_run {
        Ok(()) => Ok(check(NAME, Ok("EC2 would launch it".to_owned()))),
        Err(error) if error.meaning == Meaning::NoCapacity => {
            let detail = format!("EC2 permits it, and has no capacity there at this moment: {error}");
            Ok(check(NAME, Ok(detail)))
        }
        Err(error) if error.meaning == Meaning::NotFound => {
            let detail = format!(
                "something that would be launched with is missing: {error}; what is missing and how to mend it, \
                 conformance tells"
            );
            Ok(check(NAME, Err(detail)))
        }
        Err(error) if error.meaning.may_pass() => Err(error),
        Err(error) => Ok(check(NAME, Err(error.to_string()))),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::{prelude::*, sample::select};
    use rollcall_api::{audit::Actor, conformance::Area, revision::RecipeName};

    use super::*;
    use crate::{
        conformance::tests::{DEPLOYMENT, as_declared, changed, missing, subnets, unknown},
        ids::{ImageId, InstanceType, RevisionNumber},
    };

    fn resources() -> HostResources {
        HostResources {
            host_tag: "rollcall".to_owned(),
            address: "eipalloc-0123456789abcdef0".to_owned().try_into().expect("an id"),
            launch_template: "lt-0123456789abcdef0".to_owned().try_into().expect("an id"),
            subnets: subnets(),
        }
    }

    fn revision() -> StoredRevision {
        StoredRevision {
            number: RevisionNumber(1),
            recipe: RecipeName::Al2023Rollcall,
            variables: std::collections::BTreeMap::new(),
            image: ImageId::try_from("ami-0123456789abcdef0".to_owned()).expect("an id"),
            instance_type: InstanceType::try_from("t2.micro".to_owned()).expect("a type"),
            fallback_instance_types: Vec::new(),
            approval_hours: None,
            user_data: String::new(),
            user_data_sha256: String::new(),
            created_at: Timestamp::UNIX_EPOCH,
            created_by: Actor::Rollcall,
            note: None,
        }
    }

    /// The checks of this environment, what conformance tells of it, and what follows when EC2 would launch it.
    fn judged(environment: &LaunchEnvironment) -> ([Check; 2], Vec<Fact>, Verdict) {
        let subnets = subnets();
        let deployment = Deployment { subnets: &subnets, ..DEPLOYMENT };
        let checks = check_environment(deployment, environment, &subnets);
        let launch = launch(&resources(), environment, &revision(), RelaunchId::new(Timestamp::UNIX_EPOCH));
        let verdict = verdict(&checks, launch);
        (checks, environment_facts(deployment, environment), verdict)
    }

    fn environment() -> LaunchEnvironment {
        as_declared().environment
    }

    #[test]
    fn into_what_is_as_declared_a_host_is_launched() {
        let (_, _, verdict) = judged(&environment());
        let Verdict::Launch(launch) = verdict else { panic!("{verdict:?}") };
        assert_eq!((launch.request.launch_template_version, launch.alternatives.len()), (7, 1));
    }

    #[test]
    fn a_resource_of_ours_that_is_gone_is_a_failed_check_that_tells_how_to_mend_it() {
        for (name, mend, lose) in missing() {
            let mut environment = environment();
            lose(&mut environment);
            let ([conformance, _], _, verdict) = judged(&environment);
            assert_eq!(conformance.outcome, CheckOutcome::Failed, "{name}");
            assert!(conformance.detail.contains(name), "{}", conformance.detail);
            assert!(conformance.detail.contains(mend), "{}", conformance.detail);
            assert!(matches!(verdict, Verdict::Failed(_)), "{name}: {verdict:?}");
        }
    }

    #[test]
    fn one_subnet_with_a_free_address_is_enough() {
        let of = |free: &[Option<i32>]| {
            let mut environment = environment();
            let network = environment.network.as_mut().expect("seen").as_mut().expect("there");
            for (id, free) in subnets().iter().zip(free) {
                match free {
                    None => network.subnets.retain(|it| it.id != id.as_str()),
                    Some(free) => network
                        .subnets
                        .iter_mut()
                        .filter(|it| it.id == id.as_str())
                        .for_each(|it| it.free_addresses = *free),
                }
            }
            check_addresses(&subnets(), &environment.network)
        };
        assert_eq!(of(&[Some(0), Some(3)]).outcome, CheckOutcome::Passed);
        let none = of(&[Some(0), None]);
        assert_eq!(none.outcome, CheckOutcome::Failed);
        let [first, second] = subnets().try_into().expect("two");
        let (first, second) = (format!("0 in {first}"), format!("{second} is missing"));
        assert!(none.detail.contains(&first) && none.detail.contains(&second), "{}", none.detail);
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
    fn a_check_that_could_not_be_made_launches_nothing_whichever_it_is() {
        let launch =
            launch(&resources(), &environment(), &revision(), RelaunchId::new(Timestamp::UNIX_EPOCH));
        for name in ["User data", "Image", "Conformance", "Free addresses", "Permission to launch"] {
            let (name, detail) = (name.to_owned(), "SlowDown".to_owned());
            let unknown = Check { name, outcome: CheckOutcome::Unknown, detail: detail.clone() };
            let passed = check("Image", Ok(String::new()));
            let checks = [passed, unknown];
            assert_eq!(verdict(&checks, launch.clone()), Verdict::Unknown(detail));
        }
    }

    fn dry_run(meaning: Meaning) -> Result<Check, AwsError> {
        let mut error = AwsError::incomplete("RunInstances", "broke off");
        error.meaning = meaning;
        check_permission(Err(error))
    }

    #[test]
    fn a_dry_run_that_meets_no_answer_is_made_again() {
        assert!(dry_run(Meaning::Away).is_err());
        assert!(dry_run(Meaning::Throttled).is_err());
    }

    #[test]
    fn a_lack_of_capacity_is_no_lack_of_permission() {
        assert_eq!(dry_run(Meaning::NoCapacity).expect("a check").outcome, CheckOutcome::Passed);
    }

    #[test]
    fn what_a_launch_names_and_ec2_does_not_find_is_a_failed_check() {
        let check = dry_run(Meaning::NotFound).expect("a check");
        assert_eq!(check.outcome, CheckOutcome::Failed);
        assert!(check.detail.contains("is missing"), "{}", check.detail);
    }

    proptest! {
        #[test]
        fn the_gate_and_conformance_never_contradict_each_other(
            changes in proptest::collection::vec(select([changed(), unknown(), missing_changes()].concat()), 0..4),
        ) {
            let mut environment = environment();
            for change in changes {
                change(&mut environment);
            }
            let ([conformance, addresses], facts, verdict) = judged(&environment);
            let any = |outcome| facts.iter().any(|fact| fact.outcome == outcome);
            let expected = match (any(FactOutcome::Differs), any(FactOutcome::Unknown)) {
                (true, _) => CheckOutcome::Failed,
                (false, true) => CheckOutcome::Unknown,
                (false, false) => CheckOutcome::Passed,
            };
            prop_assert_eq!(conformance.outcome, expected);
            prop_assert_eq!(matches!(verdict, Verdict::Launch(_)), expected == CheckOutcome::Passed);
            prop_assert_eq!(matches!(verdict, Verdict::Unknown(_)), expected == CheckOutcome::Unknown);
            // Each of them may see more, and neither passes what the other misses.
            prop_assert!(addresses.outcome != CheckOutcome::Failed || expected == CheckOutcome::Failed);
            prop_assert!(addresses.outcome != CheckOutcome::Unknown || expected != CheckOutcome::Passed);
        }
    }

    fn missing_changes() -> Vec<fn(&mut LaunchEnvironment)> {
        missing().into_iter().map(|(_, _, lose)| lose).collect()
    }
}
