//! Every rule of the network ACL and of the host's security group. One that was added is a finding too.

use rollcall_api::conformance::{Area, Fact};

use super::{
    account::{Deployment, Observed},
    expected::{DENY_THE_REST, SUBNETS, acl_rules, group_rules},
    subject::{Subject, deploy_again},
};
use crate::ec2::network::{Acl, AclRule, Group, GroupRule, Network, Ports};

pub(super) fn facts(deployment: Deployment<'_>, network: &Observed<Option<Network>>) -> Vec<Fact> {
    match network {
        Err(why) => vec![
            subject("acl", "Network ACL").unknown("as declared", why),
            subject("group", "Security group").unknown("as declared", why),
        ],
        // That the VPC is gone is one finding, and told with the network.
        Ok(None) => Vec::new(),
        Ok(Some(network)) => {
            let mut facts = acl_facts(deployment, network);
            facts.extend(group_facts(deployment, network));
            facts
        }
    }
}

fn subject(id: impl Into<String>, name: impl Into<String>) -> Subject {
    Subject::new(Area::Firewall, id, name, deploy_again("network"))
}

fn acl_facts(deployment: Deployment<'_>, network: &Network) -> Vec<Fact> {
    let Some(acl) = network.acls.iter().find(|acl| acl.name.as_deref() == Some(deployment.prefix)) else {
        return vec![subject("acl", "Network ACL").compared("there", "missing")];
    };
    let mut facts = vec![subnets_under(network, acl)];
    facts.extend(acl_rules().iter().map(|declared| acl_rule(acl, declared)));
    let declared = acl_rules();
    let added = acl.rules.iter().filter(|rule| {
        let is_declared =
            declared.iter().any(|it| (it.number, it.is_egress) == (rule.number, rule.is_egress));
        !is_declared && rule.number != DENY_THE_REST
    });
    facts.extend(
        added.map(|rule| subject(acl_id(rule), acl_name(rule)).compared("not declared", describe_acl(rule))),
    );
    facts
}

fn subnets_under(network: &Network, acl: &Acl) -> Fact {
    let outside: Vec<_> = SUBNETS
        .iter()
        .filter_map(|declared| network.subnets.iter().find(|subnet| subnet.cidr == declared.cidr))
        .filter(|subnet| !acl.subnets.contains(&subnet.id))
        .map(|subnet| subnet.cidr.as_str())
        .collect();
    let expected = "every declared subnet is under it";
    let found = if outside.is_empty() {
        expected.to_owned()
    } else {
        format!("not under it: {}", outside.join(", "))
    };
    subject("acl-subnets", "Subnets under the network ACL").compared(expected, found)
}

fn acl_id(rule: &AclRule) -> String {
    format!("acl-{}-{}", direction(rule.is_egress), rule.number)
}

fn acl_name(rule: &AclRule) -> String {
    format!("Network ACL, {} rule {}", if rule.is_egress { "outbound" } else { "inbound" }, rule.number)
}

const fn direction(is_egress: bool) -> &'static str {
    if is_egress { "out" } else { "in" }
}

fn acl_rule(acl: &Acl, declared: &AclRule) -> Fact {
    let same_place = |rule: &&AclRule| (rule.number, rule.is_egress) == (declared.number, declared.is_egress);
    let found = acl.rules.iter().find(same_place).map_or_else(|| "missing".to_owned(), describe_acl);
    subject(acl_id(declared), acl_name(declared)).compared(describe_acl(declared), found)
}

fn describe_acl(rule: &AclRule) -> String {
    let verb = if rule.allows { "allows" } else { "denies" };
    let protocol = match rule.protocol.as_str() {
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "-1" => "everything",
        other => other,
    };
    format!("{verb} {protocol}{} {} {}", ports(rule.ports), preposition(rule.is_egress), rule.cidr)
}

fn ports(ports: Option<Ports>) -> String {
    match ports {
        None => String::new(),
        Some(Ports { from, to }) if from == to => format!(" {from}"),
        Some(Ports { from, to }) => format!(" {from}-{to}"),
    }
}

const fn preposition(is_egress: bool) -> &'static str {
    if is_egress { "to" } else { "from" }
}

fn group_facts(deployment: Deployment<'_>, network: &Network) -> Vec<Fact> {
    let name = deployment.host();
    let Some(group) = network.groups.iter().find(|group| group.name == name) else {
        return vec![subject("group", "Security group").compared("there", "missing")];
    };
    let declared = group_rules();
    let mut facts: Vec<_> = declared.iter().map(|rule| group_rule(group, rule)).collect();
    let added = group.rules.iter().filter(|rule| !declared.contains(rule));
    facts.extend(added.map(|rule| {
        subject(group_id(rule), group_name(rule)).compared("not declared", describe_group(rule))
    }));
    facts
}

fn group_rule(group: &Group, declared: &GroupRule) -> Fact {
    let expected = describe_group(declared);
    let found = if group.rules.contains(declared) { expected.clone() } else { "missing".to_owned() };
    subject(group_id(declared), group_name(declared)).compared(expected, found)
}

fn group_id(rule: &GroupRule) -> String {
    let ports = ports(rule.ports);
    let ports = if ports.is_empty() { "all".to_owned() } else { ports.trim().to_owned() };
    format!("group-{}-{}-{ports}-{}", direction(rule.is_egress), rule.protocol, rule.peer)
}

fn group_name(rule: &GroupRule) -> String {
    let direction = if rule.is_egress { "outbound" } else { "inbound" };
    format!("Security group, {direction}{}", ports(rule.ports))
}

fn describe_group(rule: &GroupRule) -> String {
    let protocol = if rule.protocol == "-1" { "everything" } else { rule.protocol.as_str() };
    format!("allows {protocol}{} {} {}", ports(rule.ports), preposition(rule.is_egress), rule.peer)
}
