//! The launch template, and the host that serves.

use rollcall_api::conformance::{Area, Fact};

use super::{
    Prefix, Seen, Subject, deploy_again,
    expected::SUBNETS,
    seen::{Network, ServingHost, Template},
};

/// How the ids of facts about the running host begin: a relaunch mends them.
pub(super) const RUNNING_HOST: &str = "host-";

pub(super) fn facts(prefix: Prefix<'_>, seen: &Seen) -> Vec<Fact> {
    let network = seen.network.as_ref().ok().and_then(Option::as_ref);
    let group = network.and_then(|network| group_id(prefix, network));
    let mut facts = match &seen.template {
        Err(why) => vec![template_subject("template", "Launch template").unknown("as declared", why)],
        Ok(None) => vec![template_subject("template", "Launch template").held("there", "missing")],
        Ok(Some(template)) => template_facts(prefix, template, group),
    };
    match &seen.host {
        Err(why) => facts.push(host_subject("host-as-declared", "Host").unknown("as declared", why)),
        Ok(None) => {}
        Ok(Some(host)) => facts.extend(host_facts(prefix, host, network, group)),
    }
    facts
}

fn group_id<'a>(prefix: Prefix<'_>, network: &'a Network) -> Option<&'a str> {
    let name = prefix.host();
    network.groups.iter().find(|group| group.name == name).map(|group| group.id.as_str())
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

fn template_facts(prefix: Prefix<'_>, template: &Template, group: Option<&str>) -> Vec<Fact> {
    let encrypted = |all: bool| if all { "encrypted" } else { "not encrypted" };
    vec![
        template_subject("template-profile", "Launch template, instance profile")
            .held(prefix.host(), template.profile.as_deref().unwrap_or("none")),
        template_subject("template-metadata", "Launch template, instance metadata")
            .held(required(true), required(template.tokens_required)),
        template_subject("template-group", "Launch template, security group")
            .held(group.unwrap_or("the host's security group"), template.groups.join(", ")),
        template_subject("template-volume", "Launch template, volumes")
            .held(encrypted(true), encrypted(template.volumes_encrypted)),
    ]
}

fn host_facts(
    prefix: Prefix<'_>,
    host: &ServingHost,
    network: Option<&Network>,
    group: Option<&str>,
) -> Vec<Fact> {
    let profile = host.profile.as_deref().and_then(|arn| arn.rsplit('/').next()).unwrap_or("none");
    vec![
        host_subject("host-profile", "Host, instance profile").held(prefix.host(), profile),
        host_subject("host-metadata", "Host, instance metadata")
            .held(required(true), required(host.tokens_required)),
        host_subject("host-group", "Host, security group")
            .held(group.unwrap_or("the host's security group"), host.groups.join(", ")),
        host_subject("host-subnet", "Host, subnet").held("a public subnet", subnet(host, network)),
        user_data(host),
    ]
}

fn subnet(host: &ServingHost, network: Option<&Network>) -> String {
    let of_host = |subnets: &Network| {
        subnets
            .subnets
            .iter()
            .find(|subnet| Some(&subnet.id) == host.subnet.as_ref())
            .map(|it| it.cidr.clone())
    };
    match network.and_then(of_host) {
        Some(cidr) if SUBNETS.iter().any(|declared| declared.is_public && declared.cidr == cidr) => {
            "a public subnet".to_owned()
        }
        Some(cidr) => cidr,
        None => host.subnet.clone().unwrap_or_else(|| "none".to_owned()),
    }
}

/// What runs against what was to run: someone may have launched the host by other means, or changed its tag.
fn user_data(host: &ServingHost) -> Fact {
    let subject = host_subject("host-user-data", "Host, user data");
    match &host.revision_sha256 {
        None => subject.held("that of a revision", "its tag names no revision that is stored"),
        Some(sha256) => subject.held(format!("sha256 {sha256}"), format!("sha256 {}", host.user_data_sha256)),
    }
}
