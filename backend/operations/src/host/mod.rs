//! The host: which of the deployment's instances serves.

pub(crate) mod show;

use rollcall_api::host::{Host, InstanceState};
use rollcall_aws::Meaning;
use rollcall_error::Error;

use crate::{
    ec2::{Ec2, Instance},
    ids::InstanceId,
    probe::{Probe, Prober},
    recipe,
    revision::Revisions,
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

/// Why EC2 alone says that a host serves no visitor; none when it may.
fn out_of_service(host: &Instance, address_holder: Option<&InstanceId>) -> Option<String> {
    match address_holder {
        None => Some("the address points to no instance".to_owned()),
        Some(holder) if *holder != host.id => Some(format!("the address points to {holder}")),
        Some(_) if !is_running(host) => Some(format!("{} is {}", host.id, host.state.as_str())),
        Some(_) => None,
    }
}

/// The host as visitors meet it.
#[derive(Debug, Clone)]
pub struct Look {
    pub host: Option<Instance>,
    /// Why it serves no visitor; none when it does, or when its app can't be known.
    pub out_of_service: Option<String>,
}

/// The hosts of this deployment. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Hosts {
    ec2: Ec2,
    revisions: Revisions,
    prober: Prober,
}

impl Hosts {
    pub(crate) const fn new(ec2: Ec2, revisions: Revisions, prober: Prober) -> Self {
        Self { ec2, revisions, prober }
    }

    /// The host, and whether it serves: it has the address, runs, and answers there with its own id.
    ///
    /// # Errors
    /// When EC2 or the table can't be asked.
    pub async fn look(&self) -> Result<Look, Error> {
        let (instances, holder) = tokio::try_join!(self.ec2.instances(), self.ec2.address_holder())?;
        let Some(host) = serving(&instances, holder.as_ref()).cloned() else {
            return Ok(Look { host: None, out_of_service: None });
        };
        let out_of_service = match out_of_service(&host, holder.as_ref()) {
            Some(reason) => Some(reason),
            None => self.silence(&host).await?,
        };
        Ok(Look { host: Some(host), out_of_service })
    }

    /// Why the app of a host does not answer; none when it does, or when it is not known which app it has.
    async fn silence(&self, host: &Instance) -> Result<Option<String>, Error> {
        let (Some(address), Some(number)) = (host.public_ip.as_deref(), host.revision) else {
            return Ok(None);
        };
        let Some(revision) = self.revisions.get(number).await? else { return Ok(None) };
        let identity = recipe::definition(revision.recipe).identity();
        Ok(match self.prober.ask(address, identity, &host.id).await {
            Probe::Answered => None,
            Probe::Failed { reason } => Some(format!("{} does not answer as it should: {reason}", host.id)),
        })
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
    fn a_host_serves_where_the_address_leads_to_it_and_it_runs() {
        let told = |state, holder: Option<&str>| {
            let holder = holder.map(|id| InstanceId::try_from(id.to_owned()).expect("an instance id"));
            out_of_service(&instance(OLD, state, 1), holder.as_ref())
        };
        assert_eq!(told(InstanceState::Running, Some(OLD)), None);
        assert_eq!(
            told(InstanceState::Stopped, Some(OLD)).as_deref(),
            Some("i-00000000000000001 is stopped")
        );
        assert!(told(InstanceState::Running, None).is_some_and(|told| told.contains("no instance")));
        assert!(told(InstanceState::Running, Some(NEW)).is_some_and(|told| told.contains(NEW)));
    }

    #[test]
    fn a_terminated_instance_is_no_host() {
        let gone =
            [instance(OLD, InstanceState::Terminated, 1), instance(NEW, InstanceState::ShuttingDown, 2)];
        assert_eq!(serving_id(&gone, Some(OLD)), None);
    }
}
