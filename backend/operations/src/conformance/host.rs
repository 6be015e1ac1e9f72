//! The launch template, and the host that serves.

use rollcall_api::conformance::{Area, Fact};

use super::{
    account::{Deployment, Observed},
    expected::SUBNETS,
    resources::ServingHost,
    subject::{Subject, deploy_again},
};
use crate::ec2::network::{Network, Template, Volumes};

/// What the network has, which the host is held against; when it could not be looked at, why.
type NetworkView<'a> = Result<Option<&'a Network>, &'a str>;

/// What the launch template gives to every host.
pub(super) fn template_facts(
    deployment: Deployment<'_>,
    template: &Observed<Option<Template>>,
    network: &Observed<Option<Network>>,
) -> Vec<Fact> {
    match template {
        Err(why) => vec![template_subject("template", "Launch template").unknown("as declared", why)],
        Ok(None) => vec![template_subject("template", "Launch template").compared("there", "missing")],
        Ok(Some(template)) => template_facts_in(deployment, template, network_view(network)),
    }
}

/// What visitors know the host by.
pub(super) fn address_fact(is_there: &Observed<bool>) -> Fact {
    let subject = template_subject("address", "Elastic IP");
    let words = |is_there: bool| if is_there { "there" } else { "missing" };
    match is_there {
        Err(why) => subject.unknown(words(true), why),
        Ok(is_there) => subject.compared(words(true), words(*is_there)),
    }
}

/// The host that serves; nothing when there is none. A relaunch mends what differs.
pub(super) fn facts(
    deployment: Deployment<'_>,
    host: &Observed<Option<ServingHost>>,
    network: &Observed<Option<Network>>,
) -> Vec<Fact> {
    match host {
        Err(why) => vec![host_subject("host-as-declared", "Host").unknown("as declared", why)],
        Ok(None) => Vec::new(),
        Ok(Some(host)) => host_facts_in(deployment, host, network_view(network)),
    }
}

fn network_view(network: &Observed<Option<Network>>) -> NetworkView<'_> {
    network.as_ref().map(Option::as_ref).map_err(String::as_str)
}

/// The groups are the host's own group and no other.
fn group(subject: Subject, deployment: Deployment<'_>, groups: &[String], network: NetworkView<'_>) -> Fact {
    const EXPECTED: &str = "the host's security group";
    let name = deployment.host();
    match network {
        Err(why) => subject.unknown(EXPECTED, why),
        Ok(network) => {
            let own = network.and_then(|network| network.groups.iter().find(|group| group.name == name));
            subject.compared(own.map_or(EXPECTED, |group| group.id.as_str()), groups.join(", "))
        }
    }
}

fn template_subject(id: &str, name: &str) -> Subject {
    Subject::new(Area::Host, id, name, deploy_again("host"))
}

fn host_subject(id: &str, name: &str) -> Subject {
    Subject::new(Area::Host, id, name, "Relaunch the host: the new one is launched as declared.")
}

fn required(is_required: bool) -> &'static str {
    if is_required { "a session token is required (IMDSv2)" } else { "no session token is required (IMDSv1)" }
}

fn template_facts_in(deployment: Deployment<'_>, template: &Template, network: NetworkView<'_>) -> Vec<Fact> {
    let encrypted = |volumes| match volumes {
        Volumes::Encrypted => "encrypted",
        Volumes::NotEncrypted => "not encrypted",
        Volumes::NotNamed => "not named, so that the image decides",
    };
    vec![
        template_subject("template-profile", "Launch template, instance profile")
            .compared(deployment.host(), template.profile.as_deref().unwrap_or("none")),
        template_subject("template-metadata", "Launch template, instance metadata")
            .compared(required(true), required(template.tokens_required)),
        group(
            template_subject("template-group", "Launch template, security group"),
            deployment,
            &template.groups,
            network,
        ),
        template_subject("template-volume", "Launch template, volumes")
            .compared(encrypted(Volumes::Encrypted), encrypted(template.volumes)),
    ]
}

fn host_facts_in(deployment: Deployment<'_>, host: &ServingHost, network: NetworkView<'_>) -> Vec<Fact> {
    // All that follows: a profile of the same name below a path is another one.
    let profile = host.profile.as_deref().unwrap_or("none");
    let profile = profile.split_once(":instance-profile/").map_or(profile, |(_, name)| name);
    vec![
        host_subject("host-profile", "Host, instance profile").compared(deployment.host(), profile),
        host_subject("host-metadata", "Host, instance metadata")
            .compared(required(true), required(host.tokens_required)),
        group(host_subject("host-group", "Host, security group"), deployment, &host.groups, network),
        subnet(host, network),
        user_data(host),
    ]
}

fn subnet(host: &ServingHost, network: NetworkView<'_>) -> Fact {
    const EXPECTED: &str = "a public subnet";
    let subject = host_subject("host-subnet", "Host, subnet");
    let network = match network {
        Err(why) => return subject.unknown(EXPECTED, why),
        Ok(network) => network,
    };
    let subnets = network.into_iter().flat_map(|network| &network.subnets);
    let cidr =
        subnets.filter(|subnet| Some(&subnet.id) == host.subnet.as_ref()).map(|it| it.cidr.as_str()).next();
    let is_public = SUBNETS.iter().any(|declared| declared.is_public && Some(declared.cidr) == cidr);
    let found = if is_public { EXPECTED } else { cidr.or(host.subnet.as_deref()).unwrap_or("none") };
    subject.compared(EXPECTED, found)
}

/// What runs against what was to run: someone may have launched the host by other means, or changed its tag.
fn user_data(host: &ServingHost) -> Fact {
    let subject = host_subject("host-user-data", "Host, user data");
    match &host.revision_sha256 {
        None => subject.compared("that of a revision", "its tag names no revision that is stored"),
        Some(sha256) => {
            subject.compared(format!("sha256 {sha256}"), format!("sha256 {}", host.user_data_sha256))
        }
    }
}
