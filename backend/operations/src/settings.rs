//! The settings of the operations, from the environment that the template gives the function.

use std::{env, num::NonZeroU32};

use thiserror::Error;

use crate::{
    boot_report::ReportPlace, ec2::HostResources, recipe::VariableDefaults, relaunch::timeouts::Timeouts,
    revision::InstanceTypes, schedule::SchedulingSettings,
};

const MAX_RELAUNCHES: &str = "MAX_RELAUNCHES_PER_HOUR";

/// How many hosts may be launched in an hour where nothing is said: one each five minutes, the least that one takes.
const USUAL_RELAUNCHES: NonZeroU32 = NonZeroU32::MIN.saturating_add(11);

/// The most that can be said: so many are looked at whenever another one is asked for.
const MOST_RELAUNCHES: u32 = 100;

/// Which resources the operations work on.
#[derive(Debug, Clone)]
pub struct OperationsSettings {
    /// `OPERATIONS_TABLE`: the table of revisions and relaunches.
    pub operations_table: String,
    /// `AUDIT_BUCKET`: the bucket in which nothing can be changed, where hashes of the audit log go; none where it is not sealed.
    pub audit_bucket: Option<String>,
    /// `HOST_LAUNCH_TEMPLATE_ID`, `HOST_SUBNET_IDS` (separated by commas), `HOST_ADDRESS_ALLOCATION_ID` and `HOST_TAG`:
    /// what hosts are launched from and found by.
    pub host: HostResources,
    /// What a new revision's form starts with.
    pub variable_defaults: VariableDefaults,
    /// `AWS_LAMBDA_FUNCTION_NAME`: this function, to wake it; none outside Lambda.
    pub function_name: Option<String>,
    /// Where hosts report how their start went.
    pub reports: ReportPlace,
    /// `RELAUNCH_TIMEOUTS`: how long the parts of a relaunch may take, where not the default.
    pub timeouts: Timeouts,
    /// `MAX_RELAUNCHES_PER_HOUR`: how many hosts may be launched in an hour, 12 where nothing is said; none is as many as
    /// one likes, and stands as 0.
    pub max_relaunches_per_hour: Option<NonZeroU32>,
    /// `INSTANCE_TYPES`: which hosts may have, separated by commas.
    pub instance_types: InstanceTypes,
    /// Where schedules are kept, and what they invoke.
    pub scheduling: SchedulingSettings,
}

/// A setting that is missing or not what it should be.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The variable is not set.
    #[error("the environment variable {0} is not set; the template infra/service.yaml sets it")]
    Missing(&'static str),
    /// The variable does not hold what it should.
    #[error("the environment variable {name}: {reason}")]
    Invalid { name: &'static str, reason: String },
}

impl OperationsSettings {
    /// The settings in the environment.
    ///
    /// # Errors
    /// The first variable that is missing or not valid.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::from_lookup(|name| env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// The settings as `lookup` has them.
    ///
    /// # Errors
    /// The first variable that is missing or not valid.
    pub fn from_lookup(lookup: impl Fn(&'static str) -> Option<String>) -> Result<Self, SettingsError> {
        let required = |name| lookup(name).ok_or(SettingsError::Missing(name));
        Ok(Self {
            operations_table: required("OPERATIONS_TABLE")?,
            audit_bucket: lookup("AUDIT_BUCKET"),
            host: HostResources {
                launch_template: id("HOST_LAUNCH_TEMPLATE_ID", required("HOST_LAUNCH_TEMPLATE_ID")?)?,
                subnets: required("HOST_SUBNET_IDS")?
                    .split(',')
                    .map(|subnet| id("HOST_SUBNET_IDS", subnet.trim().to_owned()))
                    .collect::<Result<_, _>>()?,
                address: id("HOST_ADDRESS_ALLOCATION_ID", required("HOST_ADDRESS_ALLOCATION_ID")?)?,
                host_tag: required("HOST_TAG")?,
            },
            variable_defaults: VariableDefaults {
                photos_bucket: lookup("PHOTOS_BUCKET"),
                employees_table: lookup("EMPLOYEES_TABLE"),
                people_table: lookup("PEOPLE_TABLE"),
                search_index_table: lookup("SEARCH_INDEX_TABLE"),
                artifacts_bucket: lookup("ARTIFACTS_BUCKET"),
                region: lookup("AWS_REGION"),
            },
            function_name: lookup("AWS_LAMBDA_FUNCTION_NAME"),
            reports: ReportPlace {
                bucket: required("ARTIFACTS_BUCKET")?,
                region: required("AWS_REGION")?,
                host_role_id: required("HOST_ROLE_ID")?,
            },
            timeouts: Timeouts::parse(&lookup("RELAUNCH_TIMEOUTS").unwrap_or_default())
                .map_err(|reason| SettingsError::Invalid { name: "RELAUNCH_TIMEOUTS", reason })?,
            max_relaunches_per_hour: max_relaunches(lookup(MAX_RELAUNCHES))?,
            instance_types: InstanceTypes::parse(&required("INSTANCE_TYPES")?)
                .map_err(|reason| SettingsError::Invalid { name: "INSTANCE_TYPES", reason })?,
            scheduling: SchedulingSettings {
                group: required("SCHEDULE_GROUP")?,
                role_arn: required("SCHEDULER_ROLE_ARN")?,
                account: account_of("FUNCTION_ARN", &required("FUNCTION_ARN")?)?,
                function_arn: required("FUNCTION_ARN")?,
            },
        })
    }
}

fn max_relaunches(value: Option<String>) -> Result<Option<NonZeroU32>, SettingsError> {
    let Some(value) = value else { return Ok(Some(USUAL_RELAUNCHES)) };
    let number = value.trim().parse().ok().filter(|number| *number <= MOST_RELAUNCHES);
    let reason = || format!("{value:?} is no number from 0 to {MOST_RELAUNCHES}");
    let number = number.ok_or_else(|| SettingsError::Invalid { name: MAX_RELAUNCHES, reason: reason() })?;
    Ok(NonZeroU32::new(number))
}

fn id<T: TryFrom<String, Error: std::fmt::Display>>(
    name: &'static str,
    text: String,
) -> Result<T, SettingsError> {
    T::try_from(text).map_err(|error| SettingsError::Invalid { name, reason: error.to_string() })
}

/// The account in an ARN
/// ([format](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html)).
fn account_of(name: &'static str, arn: &str) -> Result<String, SettingsError> {
    let account = arn.split(':').nth(4).filter(|it| !it.is_empty() && arn.starts_with("arn:"));
    let reason = || format!("{arn:?} is no ARN with an account");
    account.map(str::to_owned).ok_or_else(|| SettingsError::Invalid { name, reason: reason() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SubnetId;

    fn complete(name: &'static str) -> Option<String> {
        Some(
            match name {
                "HOST_LAUNCH_TEMPLATE_ID" => "lt-0123456789abcdef0",
                "HOST_SUBNET_IDS" => "subnet-0123456789abcdef0, subnet-0123456789abcdef1",
                "HOST_ADDRESS_ALLOCATION_ID" => "eipalloc-0123456789abcdef0",
                "RELAUNCH_TIMEOUTS" => "bake=0",
                "FUNCTION_ARN" => "arn:aws:lambda:us-east-1:123456789012:function:rollcall",
                "MAX_RELAUNCHES_PER_HOUR" => "5",
                "INSTANCE_TYPES" => "t2.micro,t3.micro",
                _ => "rollcall",
            }
            .to_owned(),
        )
    }

    #[test]
    fn subnets_keep_the_order_they_are_tried_in() {
        let settings = OperationsSettings::from_lookup(complete).expect("complete settings");
        let subnets: Vec<_> = settings.host.subnets.iter().map(SubnetId::as_str).collect();
        assert_eq!(subnets, ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]);
    }

    #[test]
    fn how_many_hosts_may_be_launched_in_an_hour_is_a_setting_and_twelve_where_it_is_missing() {
        let read =
            |value: Option<&str>| max_relaunches(value.map(str::to_owned)).map(|it| it.map(NonZeroU32::get));
        assert_eq!(read(None).expect("usable"), Some(12));
        assert_eq!(read(Some("5")).expect("usable"), Some(5));
        assert_eq!(read(Some("0")).expect("usable"), None);
        for bad in ["-1", "101", "many"] {
            assert!(read(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_account_is_that_of_the_function() {
        let settings = OperationsSettings::from_lookup(complete).expect("complete settings");
        assert_eq!(settings.scheduling.account, "123456789012");
        assert!(account_of("FUNCTION_ARN", "arn:aws:s3:::photos").is_err());
    }

    #[test]
    fn a_missing_variable_is_named() {
        let error =
            OperationsSettings::from_lookup(|name| (name != "HOST_TAG").then(|| complete(name)).flatten())
                .expect_err("HOST_TAG is missing");
        assert!(error.to_string().contains("HOST_TAG"), "{error}");
    }

    #[test]
    fn an_invalid_id_is_named_with_its_variable() {
        let error = OperationsSettings::from_lookup(|name| match name {
            "HOST_SUBNET_IDS" => Some("vpc-1".to_owned()),
            name => complete(name),
        })
        .expect_err("not a subnet");
        assert!(error.to_string().starts_with("the environment variable HOST_SUBNET_IDS"), "{error}");
    }
}
