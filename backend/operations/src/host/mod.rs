//! The host: which of the deployment's instances serves.

pub mod recorded;
pub(crate) mod show;
pub(crate) mod stress;

use rollcall_api::host::{Host, InstanceState};
use rollcall_aws::{AwsError, Meaning, records::Records};
use rollcall_error::Error;

use crate::{
    ec2::{Ec2, Instance, Which},
    ids::InstanceId,
    probe::{Probe, Prober},
    recipe,
    revision::Revisions,
};
use recorded::RecordedHost;

/// The instance that serves: the one the address points to or, when it points to none, the one that the newest relaunch has
/// left; what else there is was left behind by others. Where no relaunch has succeeded yet, the one that has been there
/// longest. An instance that is gone serves no more.
#[must_use]
pub fn serving<'a>(
    instances: &'a [Instance],
    address_holder: Option<&InstanceId>,
    recorded: Option<&RecordedHost>,
) -> Option<&'a Instance> {
    let alive = || instances.iter().filter(|instance| !instance.state.is_gone());
    let of = |id: Option<&InstanceId>| alive().find(|instance| Some(&instance.id) == id);
    of(address_holder).or_else(|| match recorded {
        Some(recorded) => of(recorded.instance()),
        None => alive().min_by_key(|instance| (!is_running(instance), instance.launched_at)),
    })
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

/// What EC2 refuses, in its own words: an operator can mend a permission or a resource, and a failure without a reason tells
/// nobody which.
pub(crate) fn told(error: AwsError) -> Error {
    match error.meaning {
        Meaning::Denied | Meaning::NotFound | Meaning::Gone | Meaning::Refused | Meaning::Invalid => {
            Error::conflict(format!("AWS refuses what has to be known first: {error}.")).caused_by(error)
        }
        _ => error.into(),
    }
}

/// The host as visitors meet it.
#[derive(Debug, Clone)]
pub struct Look {
    pub host: Option<Instance>,
    /// The instance that the address points to.
    pub holder: Option<InstanceId>,
    /// What the newest relaunch that succeeded has left.
    pub recorded: Option<RecordedHost>,
    /// Why it serves no visitor; none when it does, or when its app can't be known.
    pub out_of_service: Option<String>,
}

/// The host as EC2 and the operations table have it.
pub(crate) struct Sight {
    host: Option<Instance>,
    holder: Option<InstanceId>,
    recorded: Option<RecordedHost>,
}

impl Sight {
    /// The host among the instances.
    pub(crate) fn of(
        instances: &[Instance],
        holder: Option<InstanceId>,
        recorded: Option<RecordedHost>,
    ) -> Self {
        let host = serving(instances, holder.as_ref(), recorded.as_ref()).cloned();
        Self { host, holder, recorded }
    }

    /// The host, if its app is worth a question: what EC2 tells would let it serve.
    pub(crate) fn to_ask(&self) -> Option<&Instance> {
        self.host.as_ref().filter(|host| out_of_service(host, self.holder.as_ref()).is_none())
    }

    /// The host that serves, or is to.
    pub(crate) fn into_host(self) -> Option<Instance> {
        self.host
    }

    /// What it comes to with the app's answer, where it was asked.
    pub(crate) fn with_answer(self, answer: Option<&Probe>) -> Look {
        let Self { host, holder, recorded } = self;
        let out_of_service = host.as_ref().and_then(|host| {
            out_of_service(host, holder.as_ref()).or_else(|| match answer? {
                Probe::Answered { .. } => None,
                Probe::Failed { reason, .. } => {
                    Some(format!("{} does not answer as it should: {reason}", host.id))
                }
            })
        });
        Look { host, holder, recorded, out_of_service }
    }
}

/// The hosts of this deployment. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Hosts {
    ec2: Ec2,
    revisions: Revisions,
    prober: Prober,
    records: Records,
}

impl Hosts {
    pub(crate) const fn new(ec2: Ec2, revisions: Revisions, prober: Prober, records: Records) -> Self {
        Self { ec2, revisions, prober, records }
    }

    /// The host, and whether it serves: it has the address, runs, and answers there with its own id.
    ///
    /// # Errors
    /// When EC2 or the table can't be asked.
    pub async fn look(&self) -> Result<Look, Error> {
        let sight = self.sight().await?;
        let answer = match sight.to_ask() {
            Some(host) => self.answer(host).await?,
            None => None,
        };
        Ok(sight.with_answer(answer.as_ref()))
    }

    /// What the app of a host answers; none when it is not known which app it has.
    async fn answer(&self, host: &Instance) -> Result<Option<Probe>, Error> {
        let (Some(address), Some(number)) = (host.public_ip.as_deref(), host.revision) else {
            return Ok(None);
        };
        let Some(revision) = self.revisions.get(number).await? else { return Ok(None) };
        let questions = recipe::definition(revision.recipe).questions();
        Ok(Some(self.prober.ask(address, questions, &host.id).await))
    }

    /// The host that serves now, as EC2 sees it.
    ///
    /// # Errors
    /// When EC2 can't be asked.
    pub async fn serving(&self) -> Result<Option<Instance>, Error> {
        Ok(self.sight().await?.into_host())
    }

    /// The host without a question to it.
    async fn sight(&self) -> Result<Sight, Error> {
        let recorded = async { RecordedHost::read(&self.records).await.map_err(Error::from) };
        let instances = async { self.ec2.instances(&Which::NotTerminated).await.map_err(told) };
        let holder = async { self.ec2.address_holder().await.map_err(told) };
        let (instances, holder, recorded) = tokio::try_join!(instances, holder, recorded)?;
        Ok(Sight::of(&instances, holder, recorded))
    }

    /// An instance by its id, whatever its tags; none when EC2 knows of none.
    ///
    /// # Errors
    /// When EC2 can't be asked.
    pub async fn instance(&self, id: &InstanceId) -> Result<Option<Instance>, Error> {
        self.ec2.instance(id).await.map_err(told)
    }

    /// The user data a host was launched with; none of a host that went between two looks at it.
    ///
    /// # Errors
    /// When EC2 can't be asked.
    pub async fn user_data(&self, host: &Instance) -> Result<String, Error> {
        match self.ec2.user_data(&host.id).await {
            Err(error) if error.meaning == Meaning::NotFound => Ok(String::new()),
            user_data => user_data.map_err(told),
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
pub(crate) mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        ec2::LaunchRequest,
        ids::{RelaunchId, RevisionNumber},
    };
    use recorded::Launched;

    fn id<T: TryFrom<String, Error: std::fmt::Debug>>(text: &str) -> T {
        T::try_from(text.to_owned()).expect("a valid id")
    }

    /// What a relaunch that launched this instance has left.
    pub(crate) fn recorded(instance: &str) -> RecordedHost {
        let relaunch = RelaunchId::new(Timestamp::UNIX_EPOCH);
        let request = LaunchRequest {
            launch_template: id("lt-00000000000000001"),
            launch_template_version: 1,
            subnet: id("subnet-0000000000000000a"),
            image: id("ami-00000000000000001"),
            instance_type: id("t2.micro"),
            revision: RevisionNumber(2),
            relaunch,
        };
        let launched = Some(Launched { instance: id(instance), request });
        RecordedHost { relaunch, launched, since: Timestamp::UNIX_EPOCH, rollback: None }
    }

    pub(crate) fn instance(id: &str, state: InstanceState, launched_second: i64) -> Instance {
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
        serving(instances, holder.as_ref(), None).map(|instance| instance.id.to_string())
    }

    #[test]
    fn the_instance_with_the_address_is_the_host() {
        let both = [instance(OLD, InstanceState::Running, 1), instance(NEW, InstanceState::Running, 2)];
        assert_eq!(serving_id(&both, Some(NEW)).as_deref(), Some(NEW));
        assert_eq!(serving_id(&both, Some(OLD)).as_deref(), Some(OLD));
    }

    #[test]
    fn without_the_address_the_host_on_record_is_the_host_and_an_older_stray_is_not() {
        let both = [instance(OLD, InstanceState::Running, 1), instance(NEW, InstanceState::Running, 2)];
        let found =
            |recorded: &RecordedHost| serving(&both, None, Some(recorded)).map(|it| it.id.to_string());
        assert_eq!(found(&recorded(NEW)).as_deref(), Some(NEW));
        assert_eq!(found(&RecordedHost { launched: None, ..recorded(NEW) }), None, "it was terminated");
        assert_eq!(found(&recorded("i-00000000000000003")), None, "it is gone");
    }

    #[test]
    fn without_address_and_record_the_oldest_running_instance_is_the_host() {
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
