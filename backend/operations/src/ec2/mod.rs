//! The one place that speaks to EC2.
//!
//! Nothing here decides: each method is one API operation on the resources of this deployment.

mod describe_network;
pub mod network;

use aws_config::SdkConfig;
use aws_sdk_ec2::{
    Client,
    config::Builder,
    operation::run_instances::builders::RunInstancesFluentBuilder,
    types::{
        Filter, InstanceAttributeName, LaunchTemplateSpecification, ResourceType, StateReason, SummaryStatus,
        Tag, TagSpecification, builders::FilterBuilder,
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use rollcall_api::host::InstanceState;
use rollcall_aws::{AwsError, Meaning, pages, waits::Counting};
use serde::{Deserialize, Serialize};

use crate::ids::{
    AllocationId, ClientToken, ImageId, InstanceId, InstanceType, LaunchTemplateId, RelaunchId,
    RevisionNumber, SubnetId,
};

/// The tag by which a host of this deployment is found. An instance without it is never touched.
pub const HOST_TAG: &str = "rollcall:host";
/// The tag that says which relaunch launched an instance.
pub const RELAUNCH_TAG: &str = "rollcall:relaunch";
/// The tag that says from which revision an instance was launched.
pub const REVISION_TAG: &str = "rollcall:revision";

/// An instance of this deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    pub id: InstanceId,
    pub state: InstanceState,
    /// Why EC2 put it into that state, in EC2's words; nothing while it runs
    /// ([StateReason](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html)).
    pub state_reason: Option<String>,
    pub availability_zone: Option<String>,
    pub subnet: Option<String>,
    /// Its address inside the VPC.
    pub private_ip: Option<String>,
    /// Its address outside.
    pub public_ip: Option<String>,
    pub image: Option<String>,
    pub instance_type: Option<String>,
    /// The ARN of its instance profile.
    pub profile: Option<String>,
    /// Whether its metadata needs a session token (IMDSv2).
    pub tokens_required: bool,
    pub groups: Vec<String>,
    pub launched_at: Option<Timestamp>,
    /// The revision it was launched from, by its tag.
    pub revision: Option<RevisionNumber>,
    /// The relaunch that launched it, by its tag and its client token: whoever launches another one like it copies its tags,
    /// and can't copy that.
    pub relaunch: Option<RelaunchId>,
}

/// What `RunInstances` is asked for: frozen before the first call, so that a repeated call is the same call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchRequest {
    pub launch_template: LaunchTemplateId,
    pub launch_template_version: i64,
    pub subnet: SubnetId,
    pub image: ImageId,
    pub instance_type: InstanceType,
    /// The revision that holds the user data; immutable, so its number is enough.
    pub revision: RevisionNumber,
    pub relaunch: RelaunchId,
}

/// Which of the instances with this deployment's tag EC2 is asked for. It tells of terminated ones for an hour, so that an
/// answer with all of them would grow with each relaunch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Those that are not terminated.
    NotTerminated,
    /// Those that carry the tag of a relaunch, in whatever state.
    LaunchedBy(RelaunchId),
    /// These, in whatever state.
    Named(Vec<InstanceId>),
}

impl Which {
    fn filter(&self) -> Filter {
        let filter = Filter::builder();
        match self {
            Self::NotTerminated => {
                let states = ["pending", "running", "shutting-down", "stopping", "stopped"];
                states.into_iter().fold(filter.name("instance-state-name"), FilterBuilder::values)
            }
            Self::LaunchedBy(relaunch) => {
                filter.name(format!("tag:{RELAUNCH_TAG}")).values(relaunch.to_string())
            }
            Self::Named(ids) => {
                ids.iter().fold(filter.name("instance-id"), |filter, id| filter.values(id.as_str()))
            }
        }
        .build()
    }
}

/// The two status checks of an instance
/// ([status checks](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-system-instance-status-check.html)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatusChecks {
    pub instance_passed: bool,
    pub system_passed: bool,
}

impl StatusChecks {
    /// Whether both passed.
    #[must_use]
    pub const fn passed(self) -> bool {
        self.instance_passed && self.system_passed
    }
}

/// The Elastic IP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The instance that it points to.
    pub holder: Option<InstanceId>,
}

/// The resources of this deployment in EC2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostResources {
    /// The value of the tag by which a host of this deployment is found.
    pub host_tag: String,
    /// The Elastic IP that moves from host to host.
    pub address: AllocationId,
    /// The launch template of every host.
    pub launch_template: LaunchTemplateId,
    /// The public subnets in the order they are tried.
    pub subnets: Vec<SubnetId>,
}

/// EC2, as far as this deployment's resources go. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Ec2 {
    client: Client,
    resources: HostResources,
}

impl Ec2 {
    pub(crate) fn new(config: &SdkConfig, resources: HostResources) -> Self {
        Self { client: Client::from_conf(Builder::from(config).interceptor(Counting).build()), resources }
    }

    /// The resources it deals with.
    pub(crate) const fn resources(&self) -> &HostResources {
        &self.resources
    }

    /// The instances with this deployment's tag that are wanted.
    ///
    /// # Errors
    /// When EC2 can't be asked.
    pub async fn instances(&self, which: &Which) -> Result<Vec<Instance>, AwsError> {
        let tag = Filter::builder().name(format!("tag:{HOST_TAG}")).values(&self.resources.host_tag).build();
        let items = self
            .client
            .describe_instances()
            .filters(tag)
            .filters(which.filter())
            .into_paginator()
            .page_size(pages::SIZE)
            .items()
            .send();
        let reservations = pages::all("DescribeInstances", items).await?;
        let instances =
            reservations.into_iter().flat_map(|reservation| reservation.instances.unwrap_or_default());
        Ok(instances.filter_map(read_instance).collect())
    }

    /// An instance by its id, whatever its tags; none when EC2 knows of none.
    ///
    /// # Errors
    /// When EC2 can't be asked.
    pub async fn instance(&self, id: &InstanceId) -> Result<Option<Instance>, AwsError> {
        let reply = self.client.describe_instances().instance_ids(id.as_str()).send().await;
        let reply = match reply.map_err(|error| AwsError::read("DescribeInstances", error)) {
            Ok(reply) => reply,
            Err(error) if error.meaning == Meaning::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut reservations = reply.reservations.unwrap_or_default().into_iter();
        let instance = reservations.find_map(|reservation| reservation.instances?.into_iter().next());
        Ok(instance.and_then(read_instance))
    }

    /// The Elastic IP; none when it is gone.
    ///
    /// # Errors
    /// When EC2 can't be asked.
    pub async fn address(&self) -> Result<Option<Address>, AwsError> {
        let reply = self
            .client
            .describe_addresses()
            .allocation_ids(self.resources.address.as_str())
            .send()
            .await
            .map_err(|error| AwsError::read("DescribeAddresses", error));
        read_address(reply.map(|reply| reply.addresses.unwrap_or_default()))
    }

    /// The instance that holds the Elastic IP; none as well when that is gone.
    ///
    /// # Errors
    /// When EC2 can't be asked.
    pub async fn address_holder(&self) -> Result<Option<InstanceId>, AwsError> {
        Ok(self.address().await?.and_then(|address| address.holder))
    }

    /// The status checks of an instance; neither passed while EC2 does not know of them.
    ///
    /// # Errors
    /// When EC2 can't be asked.
    pub async fn status_checks(&self, instance: &InstanceId) -> Result<StatusChecks, AwsError> {
        let reply = self.client.describe_instance_status().instance_ids(instance.as_str()).send().await;
        let reply = match reply.map_err(|error| AwsError::read("DescribeInstanceStatus", error)) {
            Ok(reply) => reply,
            Err(error) if error.meaning == Meaning::NotFound => return Ok(StatusChecks::default()),
            Err(error) => return Err(error),
        };
        let Some(status) = reply.instance_statuses.unwrap_or_default().into_iter().next() else {
            return Ok(StatusChecks::default());
        };
        let passed = |summary: Option<aws_sdk_ec2::types::InstanceStatusSummary>| {
            summary.and_then(|summary| summary.status) == Some(SummaryStatus::Ok)
        };
        Ok(StatusChecks {
            instance_passed: passed(status.instance_status),
            system_passed: passed(status.system_status),
        })
    }

    /// The user data an instance was launched with; empty when it has none.
    ///
    /// # Errors
    /// When EC2 can't be asked or does not know the instance.
    pub async fn user_data(&self, instance: &InstanceId) -> Result<String, AwsError> {
        const OPERATION: &str = "DescribeInstanceAttribute";
        let reply = self
            .client
            .describe_instance_attribute()
            .instance_id(instance.as_str())
            .attribute(InstanceAttributeName::UserData)
            .send()
            .await
            .map_err(|error| AwsError::read(OPERATION, error))?;
        let encoded = reply.user_data.and_then(|data| data.value).unwrap_or_default();
        let decoded = BASE64_STANDARD
            .decode(encoded)
            .map_err(|_| AwsError::incomplete(OPERATION, "holds user data that is no base64"))?;
        Ok(String::from_utf8_lossy(&decoded).into_owned())
    }

    /// The console output of an instance, its last 64 KB, as EC2 has it now; none before there is any
    /// ([console output](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-console.html)).
    ///
    /// # Errors
    /// When EC2 can't be asked or does not know the instance.
    pub async fn console_output(&self, instance: &InstanceId) -> Result<Option<Vec<u8>>, AwsError> {
        const OPERATION: &str = "GetConsoleOutput";
        let reply = self
            .client
            .get_console_output()
            .instance_id(instance.as_str())
            .send()
            .await
            .map_err(|error| AwsError::read(OPERATION, error))?;
        let decode = |text: String| {
            // EC2 breaks the lines of its base64.
            let encoded: String = text.split_ascii_whitespace().collect();
            BASE64_STANDARD
                .decode(encoded)
                .map_err(|_| AwsError::incomplete(OPERATION, "holds console output that is no base64"))
        };
        reply.output.filter(|text| !text.is_empty()).map(decode).transpose()
    }

    /// Whether the image is there and this account may use it.
    ///
    /// # Errors
    /// When EC2 can't be asked.
    pub async fn image_is_available(&self, image: &ImageId) -> Result<bool, AwsError> {
        let reply = self.client.describe_images().image_ids(image.as_str()).send().await;
        match reply.map_err(|error| AwsError::read("DescribeImages", error)) {
            Ok(reply) => Ok(!reply.images().is_empty()),
            Err(error) if error.meaning == Meaning::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Asks EC2 whether it would launch this, launching nothing.
    ///
    /// # Errors
    /// Why EC2 would refuse, or that it can't be asked.
    pub async fn dry_run(&self, request: &LaunchRequest, user_data: &str) -> Result<(), AwsError> {
        const OPERATION: &str = "RunInstances (dry run)";
        let reply = self.run_instances(request, user_data).dry_run(true).send().await;
        match reply.map_err(|error| AwsError::read(OPERATION, error)) {
            Err(error) if error.meaning == Meaning::DryRunPassed => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(AwsError::incomplete(OPERATION, "is that of a real launch")),
        }
    }

    /// Launches one instance. The same request with the same token launches none a second time
    /// ([idempotency](https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html)).
    ///
    /// # Errors
    /// Why EC2 refused, or that its answer is not known.
    pub async fn run(
        &self,
        request: &LaunchRequest,
        user_data: &str,
        token: &ClientToken,
    ) -> Result<InstanceId, AwsError> {
        let reply = self
            .run_instances(request, user_data)
            .client_token(token.as_str())
            .send()
            .await
            .map_err(|error| AwsError::read("RunInstances", error))?;
        reply
            .instances
            .unwrap_or_default()
            .into_iter()
            .find_map(|instance| instance.instance_id)
            .and_then(|id| InstanceId::try_from(id).ok())
            .ok_or_else(|| AwsError::incomplete("RunInstances", "names no instance"))
    }

    fn run_instances(&self, request: &LaunchRequest, user_data: &str) -> RunInstancesFluentBuilder {
        let template = LaunchTemplateSpecification::builder()
            .launch_template_id(request.launch_template.as_str())
            .version(request.launch_template_version.to_string())
            .build();
        self.client
            .run_instances()
            .min_count(1)
            .max_count(1)
            .launch_template(template)
            .subnet_id(request.subnet.as_str())
            .image_id(request.image.as_str())
            .instance_type(request.instance_type.as_str().into())
            .user_data(BASE64_STANDARD.encode(user_data))
            .tag_specifications(self.tags(ResourceType::Instance, request))
            .tag_specifications(self.tags(ResourceType::Volume, request))
    }

    fn tags(&self, resource_type: ResourceType, request: &LaunchRequest) -> TagSpecification {
        let tag = |key: &str, value: String| Tag::builder().key(key).value(value).build();
        TagSpecification::builder()
            .resource_type(resource_type)
            .tags(tag("Name", format!("{}-host", self.resources.host_tag)))
            .tags(tag(HOST_TAG, self.resources.host_tag.clone()))
            .tags(tag(RELAUNCH_TAG, request.relaunch.to_string()))
            .tags(tag(REVISION_TAG, request.revision.to_string()))
            .build()
    }

    /// Moves the Elastic IP to an instance, from wherever it is; may be repeated.
    ///
    /// # Errors
    /// Why EC2 refused, or that its answer is not known.
    pub async fn move_address(&self, to: &InstanceId) -> Result<(), AwsError> {
        self.client
            .associate_address()
            .allocation_id(self.resources.address.as_str())
            .instance_id(to.as_str())
            .allow_reassociation(true)
            .send()
            .await
            .map(drop)
            .map_err(|error| AwsError::read("AssociateAddress", error))
    }

    /// Terminates an instance; may be repeated.
    ///
    /// # Errors
    /// Why EC2 refused, or that its answer is not known.
    pub async fn terminate(&self, instance: &InstanceId) -> Result<(), AwsError> {
        self.client
            .terminate_instances()
            .instance_ids(instance.as_str())
            .send()
            .await
            .map(drop)
            .map_err(|error| AwsError::read("TerminateInstances", error))
    }
}

/// That EC2 finds no such address is an answer like any other.
fn read_address(
    found: Result<Vec<aws_sdk_ec2::types::Address>, AwsError>,
) -> Result<Option<Address>, AwsError> {
    match found {
        Ok(addresses) => Ok(addresses.into_iter().next().map(|address| Address {
            holder: address.instance_id.and_then(|id| InstanceId::try_from(id).ok()),
        })),
        Err(error) if error.meaning == Meaning::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// An instance without an id or with a state unknown to this version is none we could deal with.
fn read_instance(instance: aws_sdk_ec2::types::Instance) -> Option<Instance> {
    let tag = |key: &str| {
        instance
            .tags()
            .iter()
            .find(|tag| tag.key() == Some(key))
            .and_then(|tag| tag.value().map(str::to_owned))
    };
    Some(Instance {
        revision: tag(REVISION_TAG).and_then(|text| text.parse().ok()).map(RevisionNumber),
        relaunch: tag(RELAUNCH_TAG).and_then(|text| text.parse().ok()).filter(|relaunch| {
            instance.client_token().is_some_and(|token| ClientToken::is_of(token, *relaunch))
        }),
        id: InstanceId::try_from(instance.instance_id?).ok()?,
        state: instance.state?.name?.as_str().parse().ok()?,
        state_reason: state_reason(instance.state_reason, instance.state_transition_reason),
        availability_zone: instance.placement.and_then(|placement| placement.availability_zone),
        subnet: instance.subnet_id,
        private_ip: instance.private_ip_address,
        public_ip: instance.public_ip_address,
        image: instance.image_id,
        instance_type: instance.instance_type.map(|it| it.as_str().to_owned()),
        profile: instance.iam_instance_profile.and_then(|profile| profile.arn),
        tokens_required: instance
            .metadata_options
            .and_then(|options| options.http_tokens)
            .is_some_and(|tokens| tokens.as_str() == "required"),
        groups: instance
            .security_groups
            .unwrap_or_default()
            .into_iter()
            .filter_map(|group| group.group_id)
            .collect(),
        launched_at: instance.launch_time.and_then(|time| Timestamp::from_second(time.secs()).ok()),
    })
}

/// What EC2 says of how an instance came into its state: the reason, and who asked for it and when
/// ([StateTransitionReason](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html)).
fn state_reason(reason: Option<StateReason>, transition: Option<String>) -> Option<String> {
    let words = [reason.and_then(|reason| reason.message), transition];
    let words: Vec<_> = words.into_iter().flatten().filter(|it| !it.is_empty()).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{InstanceState as Ec2State, InstanceStateName};

    use super::*;

    fn failed(meaning: Meaning) -> AwsError {
        let mut error = AwsError::incomplete("DescribeAddresses", "broke off");
        error.meaning = meaning;
        error
    }

    #[test]
    fn an_address_that_is_gone_has_no_holder() {
        let address = |instance: Option<&str>| {
            let instance = instance.map(str::to_owned);
            aws_sdk_ec2::types::Address::builder().set_instance_id(instance).build()
        };
        let held = read_address(Ok(vec![address(Some("i-0123456789abcdef0"))])).expect("an answer");
        assert!(held.is_some_and(|address| address.holder.is_some()));
        let free = read_address(Ok(vec![address(None)])).expect("an answer");
        assert_eq!(free, Some(Address { holder: None }));
        assert_eq!(read_address(Err(failed(Meaning::NotFound))).expect("an answer"), None);
        assert!(read_address(Err(failed(Meaning::Throttled))).is_err());
    }

    #[test]
    fn each_state_that_ec2_names_is_known() {
        for name in InstanceStateName::values() {
            let state = Ec2State::builder().name(InstanceStateName::from(*name)).build();
            let instance = aws_sdk_ec2::types::Instance::builder()
                .instance_id("i-0123456789abcdef0")
                .state(state)
                .build();
            assert_eq!(read_instance(instance).map(|it| it.state.as_str()), Some(*name));
        }
    }

    #[test]
    fn an_instance_that_copies_the_tags_of_another_is_not_the_relaunch_s_own() {
        let relaunch = RelaunchId::new(Timestamp::UNIX_EPOCH);
        let of = |token: Option<&str>| {
            let tag = Tag::builder().key(RELAUNCH_TAG).value(relaunch.to_string()).build();
            let state = Ec2State::builder().name(InstanceStateName::Running).build();
            let instance = aws_sdk_ec2::types::Instance::builder()
                .instance_id("i-0123456789abcdef0")
                .set_client_token(token.map(str::to_owned))
                .state(state)
                .tags(tag);
            read_instance(instance.build()).expect("an instance").relaunch
        };
        for attempt in [1, 2, 12] {
            assert_eq!(of(Some(ClientToken::derive(relaunch, attempt).as_str())), Some(relaunch));
        }
        let another = RelaunchId::new(Timestamp::from_second(1).expect("a time"));
        for token in [
            None,
            Some("3b1e9d8a-0000-4000-8000-5a5a5a5a5a5a"),
            Some(ClientToken::derive(another, 1).as_str()),
        ] {
            assert_eq!(of(token), None, "{token:?}");
        }
    }

    #[test]
    fn who_stopped_an_instance_and_when_is_told_as_ec2_tells_it() {
        let reason = |message: &str| Some(StateReason::builder().message(message).build());
        let by = "User initiated (2026-11-26 09:00:00 GMT)";
        let told = state_reason(
            reason("Client.UserInitiatedShutdown: User initiated shutdown"),
            Some(by.to_owned()),
        );
        assert_eq!(told, Some(format!("Client.UserInitiatedShutdown: User initiated shutdown; {by}")));
        assert_eq!(state_reason(reason(""), Some(String::new())), None);
        assert_eq!(state_reason(None, None), None);
    }
}
