//! The host: which of the deployment's instances serves.

pub(crate) mod show;

use rollcall_api::host::{Host, InstanceState};
use rollcall_aws::Meaning;
use rollcall_error::Error;

use crate::{
    ec2::{Ec2, Instance},
    ids::InstanceId,
};

/// The instance that serves: the one the address points to or, when it points nowhere, the one that has
/// been there longest. An instance that is gone serves no more.
#[must_use]
pub fn serving<'a>(instances: &'a [Instance], address_holder: Option<&InstanceId>) -> Option<&'a Instance> {
    let alive = || instances.iter().filter(|instance| !instance.state.is_gone());
    alive()
        .find(|instance| Some(&instance.id) == address_holder)
        .or_else(|| alive().min_by_key(|instance| (!is_running(instance), instance.launched_at)))
}

fn is_running(instance: &Instance) -> bool {
    instance.state == InstanceState::Running
}

/// The hosts of this deployment. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Hosts {
    ec2: Ec2,
}

impl Hosts {
    pub(crate) const fn new(ec2: Ec2) -> Self {
        Self { ec2 }
    }

    /// The host that serves now, as EC2 sees it.
    ///
    /// # Errors
    /// When EC2 can't be asked.
    pub async fn serving(&self) -> Result<Option<Instance>, Error> {
        let (instances, holder) = tokio::try_join!(self.ec2.instances(), self.ec2.address_holder())?;
        Ok(serving(&instances, holder.as_ref()).cloned())
    }

    /// The user data a host was launched with; none of a host that went between two looks at it.
    ///
    /// # Errors
    /// When EC2 can't be asked.
    pub async fn user_data(&self, host: &Instance) -> Result<String, Error> {
        match self.ec2.user_data(&host.id).await {
            Err(error) if error.meaning == Meaning::NotFound => Ok(String::new()),
            user_data => Ok(user_data?),
        }
    }
}

impl From<Instance> for Host {
    fn from(instance: Instance) -> Self {
        Self {
            instance_id: instance.id.into(),
            state: instance.state,
            availability_zone: instance.availability_zone,
            subnet_id: instance.subnet,
            private_ip: instance.private_ip,
            public_ip: instance.public_ip,
            image_id: instance.image,
            instance_type: instance.instance_type,
            launched_at: instance.launched_at,
            revision: instance.revision.map(|number| number.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn instance(id: &str, state: InstanceState, launched_second: i64) -> Instance {
        Instance {
            id: InstanceId::try_from(id.to_owned()).expect("an instance id"),
            state,
            state_reason: None,
            availability_zone: None,
            subnet: None,
            private_ip: None,
            public_ip: None,
            image: None,
            instance_type: None,
            profile: None,
            tokens_required: true,
            groups: Vec::new(),
            launched_at: Timestamp::from_second(launched_second).ok(),
            revision: None,
            relaunch: None,
        }
    }

    const OLD: &str = "i-00000000000000001";
    const NEW: &str = "i-00000000000000002";

    fn serving_id(instances: &[Instance], holder: Option<&str>) -> Option<String> {
        let holder = holder.map(|id| InstanceId::try_from(id.to_owned()).expect("an instance id"));
        serving(instances, holder.as_ref()).map(|instance| instance.id.to_string())
    }

    #[test]
    fn the_instance_with_the_address_is_the_host() {
        let both = [instance(OLD, InstanceState::Running, 1), instance(NEW, InstanceState::Running, 2)];
        assert_eq!(serving_id(&both, Some(NEW)).as_deref(), Some(NEW));
        assert_eq!(serving_id(&both, Some(OLD)).as_deref(), Some(OLD));
    }

    #[test]
    fn without_the_address_the_oldest_running_instance_is_the_host() {
        let both = [instance(NEW, InstanceState::Running, 2), instance(OLD, InstanceState::Running, 1)];
        assert_eq!(serving_id(&both, None).as_deref(), Some(OLD));
    }

    #[test]
    fn a_terminated_instance_is_no_host() {
        let gone =
            [instance(OLD, InstanceState::Terminated, 1), instance(NEW, InstanceState::ShuttingDown, 2)];
        assert_eq!(serving_id(&gone, Some(OLD)), None);
    }
}
