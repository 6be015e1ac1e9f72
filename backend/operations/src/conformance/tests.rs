//! What is judged of an account, without one. That each check sees what is broken in a cloud is tested end to end.

use std::fs;

use rollcall_api::conformance::{Fact, FactOutcome};

use super::{
    account::{Account, Deployment, LaunchEnvironment},
    environment_facts,
    expected::{ENDPOINTS, SUBNETS, VPC, acl_rules, group_rules},
    facts,
    resources::{Bucket, EmployeesTable, ServingHost},
    topology,
};
use crate::{
    ec2::network::{
        Acl, AclRule, Endpoint, Gateway, Group, Network, Route, RouteTable, Subnet, Template, Volumes, Vpc,
    },
    ids::SubnetId,
};

pub(crate) const DEPLOYMENT: Deployment<'static> =
    Deployment { prefix: "rollcall", account: "123456789012", subnets: &[] };

fn subnet_id(index: usize) -> String {
    format!("subnet-0000000000000000{index}")
}

/// The subnets that hosts are launched into.
pub(crate) fn subnets() -> Vec<SubnetId> {
    let public = SUBNETS.iter().enumerate().filter(|(_, declared)| declared.is_public);
    public.map(|(index, _)| SubnetId::try_from(subnet_id(index)).expect("an id")).collect()
}

/// What may be changed of what a host is launched into.
type Change = fn(&mut LaunchEnvironment);

/// One change of each part that can be looked at by itself.
pub(crate) fn changed() -> Vec<Change> {
    vec![
        |it| it.network.iter_mut().flatten().for_each(|network| network.vpc.cidr = "10.2.0.0/16".into()),
        |it| it.template.iter_mut().flatten().for_each(|template| template.volumes = Volumes::NotNamed),
        |it| it.bucket.iter_mut().flatten().for_each(|bucket| bucket.policy = None),
        |it| it.table.iter_mut().flatten().for_each(|table| table.recoverable = false),
    ]
}

/// Each part, not to be looked at.
pub(crate) fn unknown() -> Vec<Change> {
    vec![
        |it| it.network = Err("SlowDown".into()),
        |it| it.template = Err("SlowDown".into()),
        |it| it.address = Err("SlowDown".into()),
        |it| it.bucket = Err("SlowDown".into()),
        |it| it.table = Err("SlowDown".into()),
    ]
}

/// Each resource, gone: what it is called, how it is brought back, and what is seen then.
pub(crate) fn missing() -> Vec<(&'static str, &'static str, Change)> {
    vec![
        ("the subnets that the function launches into", "infra/network.yaml", |it| it.network = Ok(None)),
        ("missing: subnet-00000000000000000", "infra/network.yaml", |it| {
            it.network.iter_mut().flatten().for_each(|network| drop(network.subnets.remove(0)));
        }),
        ("Launch template", "infra/host.yaml", |it| it.template = Ok(None)),
        ("Elastic IP", "infra/host.yaml", |it| it.address = Ok(false)),
        ("Photos bucket", "infra/storage.yaml", |it| it.bucket = Ok(None)),
        ("Employees table", "infra/storage.yaml", |it| it.table = Ok(None)),
    ]
}

fn network() -> Network {
    let id = subnet_id;
    let of = |is_public: bool| {
        let subnets = SUBNETS.iter().enumerate().filter(|(_, declared)| declared.is_public == is_public);
        subnets.map(|(index, _)| id(index)).collect::<Vec<_>>()
    };
    let deny =
        AclRule { number: 32767, allows: false, protocol: "-1".into(), ports: None, ..acl_rules().remove(0) };
    Network {
        vpc: Vpc { id: "vpc-1".into(), cidr: VPC.into() },
        subnets: SUBNETS
            .iter()
            .enumerate()
            .map(|(index, declared)| Subnet {
                id: id(index),
                cidr: declared.cidr.into(),
                zone: ["us-east-1a", "us-east-1b"][declared.zone].into(),
                maps_public_ip: declared.is_public,
                free_addresses: 250,
            })
            .collect(),
        gateways: vec![Gateway { id: "igw-1".into() }],
        route_tables: vec![
            RouteTable {
                id: "rtb-main".into(),
                is_main: true,
                subnets: vec![],
                routes: vec![route(VPC, "local")],
            },
            RouteTable {
                id: "rtb-public".into(),
                is_main: false,
                subnets: of(true),
                routes: vec![route(VPC, "local"), route("0.0.0.0/0", "igw-1")],
            },
            RouteTable {
                id: "rtb-private".into(),
                is_main: false,
                subnets: of(false),
                routes: vec![route(VPC, "local"), route("pl-1", "vpce-1")],
            },
        ],
        endpoints: ENDPOINTS
            .map(|service| Endpoint {
                service: service.into(),
                is_gateway: true,
                route_tables: vec!["rtb-private".into()],
            })
            .into(),
        acls: vec![Acl {
            name: Some("rollcall".into()),
            subnets: [of(true), of(false)].concat(),
            rules: [acl_rules(), vec![deny]].concat(),
        }],
        groups: vec![Group { id: "sg-1".into(), name: "rollcall-host".into(), rules: group_rules() }],
    }
}

fn route(destination: &str, target: &str) -> Route {
    Route { destination: destination.into(), target: target.into(), leads_nowhere: false }
}

fn policy() -> serde_json::Value {
    serde_json::json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "DenyWithoutTls", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
          "Resource": ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"],
          "Condition": { "Bool": { "aws:SecureTransport": "false" } } },
        { "Sid": "AllowHostAndFunction", "Effect": "Allow",
          "Principal": { "AWS": [
              "arn:aws:iam::123456789012:role/rollcall-host", "arn:aws:iam::123456789012:role/rollcall-function"] },
          "Action": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
          "Resource": "arn:aws:s3:::photos/employee_pic/*" },
    ]})
}

/// An account that is as it should be.
pub(crate) fn as_declared() -> Account {
    Account {
        environment: LaunchEnvironment {
            network: Ok(Some(network())),
            template: Ok(Some(Template {
                version: 7,
                profile: Some("rollcall-host".into()),
                tokens_required: true,
                groups: vec!["sg-1".into()],
                volumes: Volumes::Encrypted,
            })),
            address: Ok(true),
            bucket: Ok(Some(Bucket {
                name: "photos".into(),
                blocks_public_access: true,
                encryption: Some("AES256".into()),
                policy: Some(policy()),
            })),
            table: Ok(Some(EmployeesTable {
                key: vec!["id (HASH)".into()],
                indexes: vec![],
                recoverable: true,
            })),
        },
        hosts: Ok(vec![]),
        host: Ok(Some(ServingHost {
            id: "i-1".into(),
            subnet: Some(subnet_id(0)),
            profile: Some("arn:aws:iam::1:instance-profile/rollcall-host".into()),
            tokens_required: true,
            groups: vec!["sg-1".into()],
            user_data_sha256: "aa".into(),
            revision_sha256: Some("aa".into()),
        })),
        mfa_devices: Ok(Some(1)),
    }
}

fn findings(seen: &Account) -> Vec<Fact> {
    let subnets = subnets();
    let deployment = Deployment { subnets: &subnets, ..DEPLOYMENT };
    facts(deployment, seen).into_iter().filter(|fact| fact.outcome != FactOutcome::Conforms).collect()
}

/// The ids of what is found when just this is changed.
fn found_after(change: impl FnOnce(&mut Account)) -> Vec<String> {
    let mut seen = as_declared();
    change(&mut seen);
    findings(&seen).into_iter().map(|fact| fact.id).collect()
}

fn network_after(change: impl FnOnce(&mut Network)) -> Vec<String> {
    found_after(|seen| {
        if let Ok(Some(network)) = &mut seen.environment.network {
            change(network);
        }
    })
}

#[test]
fn an_account_as_declared_has_no_finding_and_no_fact_twice() {
    let seen = as_declared();
    assert_eq!(findings(&seen), vec![]);
    let mut ids: Vec<_> = facts(DEPLOYMENT, &seen).into_iter().map(|fact| fact.id).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn each_change_of_the_network_is_one_finding() {
    assert_eq!(network_after(|it| it.vpc.cidr = "10.2.0.0/16".into()), ["vpc"]);
    assert_eq!(network_after(|it| it.subnets[0].maps_public_ip = false), ["subnet-10.1.1.0/24"]);
    assert_eq!(network_after(|it| it.subnets[1].zone = "us-east-1c".into()), ["zones"]);
    assert_eq!(network_after(|it| it.endpoints[1].route_tables.clear()), ["endpoint-s3"]);
    let nat = |it: &mut Network| {
        it.route_tables[2].routes.push(route("0.0.0.0/0", "nat-1"));
    };
    assert_eq!(network_after(nat), ["routes-10.1.2.0/24", "routes-10.1.4.0/24"]);
    let firewall = |it: &mut Network| it.route_tables[2].routes.push(route("0.0.0.0/0", "vpce-2"));
    assert_eq!(network_after(firewall), ["routes-10.1.2.0/24", "routes-10.1.4.0/24"]);
    let detached = |it: &mut Network| it.route_tables[1].routes[1].leads_nowhere = true;
    assert_eq!(network_after(detached), ["routes-10.1.1.0/24", "routes-10.1.3.0/24"]);
    assert_eq!(
        network_after(|it| it.subnets[0].id = "subnet-9".into()).last().map(String::as_str),
        Some("host-subnet")
    );
    let added = |it: &mut Network| {
        it.subnets.push(Subnet {
            id: "subnet-9".into(),
            cidr: "10.1.9.0/24".into(),
            ..it.subnets[0].clone()
        });
    };
    assert_eq!(network_after(added), ["subnet-10.1.9.0/24"]);
}

#[test]
fn each_rule_that_is_missing_changed_or_added_is_one_finding() {
    assert_eq!(network_after(|it| it.acls[0].rules[0].cidr = "10.0.0.0/8".into()), ["acl-in-100"]);
    assert_eq!(network_after(|it| drop(it.acls[0].rules.remove(5))), ["acl-out-120"]);
    let ssh = AclRule { number: 130, ..acl_rules().remove(0) };
    assert_eq!(network_after(|it| it.acls[0].rules.push(ssh)), ["acl-in-130"]);
    assert_eq!(network_after(|it| drop(it.acls[0].subnets.pop())), ["acl-subnets"]);
    assert_eq!(network_after(|it| drop(it.groups[0].rules.remove(0))), ["group-in-tcp-80-0.0.0.0/0"]);
    let mut open = group_rules().remove(0);
    (open.protocol, open.ports) = ("-1".into(), None);
    assert_eq!(network_after(|it| it.groups[0].rules.push(open)), ["group-in--1-all-0.0.0.0/0"]);
}

#[test]
fn each_change_of_storage_is_one_finding() {
    let bucket = |change: fn(&mut Bucket)| {
        found_after(|seen| seen.environment.bucket.iter_mut().flatten().for_each(change))
    };
    assert_eq!(bucket(|it| it.blocks_public_access = false), ["bucket-public-access"]);
    assert_eq!(bucket(|it| it.encryption = None), ["bucket-encryption"]);
    assert_eq!(bucket(|it| it.policy = None), ["bucket-policy"]);
    assert_eq!(
        bucket(|it| {
            let more = serde_json::json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*" });
            let statements = it.policy.as_mut().and_then(|policy| policy["Statement"].as_array_mut());
            statements.expect("statements").push(more);
        }),
        ["bucket-policy"]
    );
    let table = |change: fn(&mut EmployeesTable)| {
        found_after(|seen| seen.environment.table.iter_mut().flatten().for_each(change))
    };
    assert_eq!(table(|it| it.recoverable = false), ["table-recovery"]);
    assert_eq!(table(|it| it.indexes.push("by-name".into())), ["table-indexes"]);
}

/// What is found after this is changed in one of the policy's statements.
fn policy_after(statement: usize, part: &str, value: serde_json::Value) -> Vec<String> {
    found_after(|seen| {
        let bucket = seen.environment.bucket.as_mut().expect("seen").as_mut().expect("there");
        bucket.policy.as_mut().expect("a policy")["Statement"][statement][part] = value;
    })
}

#[test]
fn a_policy_that_only_looks_as_declared_is_a_finding() {
    use serde_json::json;
    let own = "arn:aws:iam::123456789012:role/rollcall-function";
    for (statement, part, value) in [
        (0, "Resource", json!("arn:aws:s3:::photos/public/*")),
        (0, "Resource", json!(["arn:aws:s3:::others", "arn:aws:s3:::others/*"])),
        (
            0,
            "Condition",
            json!({ "Bool": { "aws:SecureTransport": "false" }, "StringEquals": { "aws:PrincipalOrgID": "o-1" } }),
        ),
        (0, "NotAction", json!("s3:GetObject")),
        (0, "Principal", json!({ "AWS": "*", "Service": "ec2.amazonaws.com" })),
        (1, "Principal", json!({ "AWS": [own, "arn:aws:iam::999999999999:role/rollcall-host"] })),
        (1, "Principal", json!({ "AWS": [own, "arn:aws:iam::123456789012:user/rollcall-host"] })),
        (1, "Principal", json!({ "AWS": [own, "arn:aws:iam::123456789012:role/path/rollcall-host"] })),
        (1, "Principal", json!({ "Service": ["rollcall-function", "rollcall-host"] })),
        (1, "Resource", json!("arn:aws:s3:::others/employee_pic/*")),
        (1, "Condition", json!({})),
    ] {
        assert_eq!(policy_after(statement, part, value.clone()), ["bucket-policy"], "{part}: {value}");
    }
    let same = json!({ "AWS": ["arn:aws-us-gov:iam::123456789012:role/rollcall-host", own] });
    assert_eq!(policy_after(1, "Principal", same), Vec::<String>::new());
}

#[test]
fn what_is_gone_is_missing_and_not_unknown() {
    for (name, mend, lose) in missing() {
        let mut seen = as_declared();
        lose(&mut seen.environment);
        let found = findings(&seen);
        assert!(found.iter().all(|fact| fact.outcome == FactOutcome::Differs), "{name}: {found:?}");
        assert!(found.iter().any(|fact| fact.mend.contains(mend)), "{name}: {found:?}");
    }
    assert_eq!(found_after(|seen| seen.mfa_devices = Ok(None)), ["ec2-admin-mfa"]);
    assert_eq!(found_after(|seen| seen.environment.bucket = Ok(None)), ["bucket"]);
    assert_eq!(found_after(|seen| seen.environment.table = Ok(None)), ["table"]);
    assert_eq!(found_after(|seen| seen.environment.address = Ok(false)), ["address"]);
}

#[test]
fn a_template_that_names_no_volumes_is_not_told_to_encrypt_them() {
    let unnamed = |seen: &mut Account| {
        seen.environment.template.iter_mut().flatten().for_each(|it| it.volumes = Volumes::NotNamed);
    };
    assert_eq!(found_after(unnamed), ["template-volume"]);
}

#[test]
fn a_profile_of_the_same_name_below_a_path_is_another_one() {
    let other = |seen: &mut Account| {
        let profile = Some("arn:aws:iam::123456789012:instance-profile/other/rollcall-host".to_owned());
        seen.host.iter_mut().flatten().for_each(|host| host.profile.clone_from(&profile));
    };
    assert_eq!(found_after(other), ["host-profile"]);
}

#[test]
fn a_host_that_is_not_of_its_revision_has_drifted() {
    let drifted = |sha256: Option<&str>| {
        let sha256 = sha256.map(str::to_owned);
        found_after(move |seen| {
            if let Ok(Some(host)) = &mut seen.host {
                host.revision_sha256 = sha256;
            }
        })
    };
    assert_eq!(drifted(Some("bb")), ["host-user-data"]);
    assert_eq!(drifted(None), ["host-user-data"]);
}

#[test]
fn what_cannot_be_looked_at_is_unknown_and_hides_nothing_else() {
    let mut seen = as_declared();
    seen.environment.network = Err("AccessDenied".into());
    let unknown = findings(&seen);
    assert!(unknown.iter().all(|fact| fact.outcome == FactOutcome::Unknown), "{unknown:?}");
    assert!(facts(DEPLOYMENT, &seen).iter().any(|fact| fact.id == "table-recovery"));
}

#[test]
fn only_what_a_new_host_would_suffer_from_is_against_a_relaunch() {
    let Account { mut environment, .. } = as_declared();
    environment.table.iter_mut().flatten().for_each(|table| table.recoverable = false);
    let asked = environment_facts(DEPLOYMENT, &environment);
    let differing: Vec<_> = asked.iter().filter(|fact| fact.outcome != FactOutcome::Conforms).collect();
    assert_eq!(differing.iter().map(|fact| fact.id.as_str()).collect::<Vec<_>>(), ["table-recovery"]);
    assert!(!asked.iter().any(|fact| fact.id == "ec2-admin-mfa" || fact.id.starts_with("host-")));
}

#[test]
fn the_picture_shows_zones_with_their_subnets() {
    let vpc = topology::of(&as_declared()).vpc.expect("a VPC");
    let zones: Vec<_> = vpc.zones.iter().map(|zone| (zone.name.as_str(), zone.subnets.len())).collect();
    assert_eq!(zones, [("us-east-1a", 2), ("us-east-1b", 2)]);
    let public: Vec<_> = vpc.zones[0].subnets.iter().map(|subnet| subnet.is_public).collect();
    assert_eq!(public, [true, false]);
}

#[test]
fn what_is_expected_is_what_the_template_declares() {
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/network.yaml");
    let template = fs::read_to_string(template).expect("the template");
    let declares = |line: &str| template.lines().filter(|it| it.trim() == line).count();
    assert_eq!(declares(&format!("CidrBlock: {VPC}")), 1);
    for subnet in SUBNETS {
        assert_eq!(declares(&format!("CidrBlock: {}", subnet.cidr)), 1, "{}", subnet.cidr);
    }
    assert_eq!(declares("Type: AWS::EC2::NetworkAclEntry"), acl_rules().len());
    for rule in acl_rules() {
        let ports = rule.ports.expect("ports");
        assert!(declares(&format!("RuleNumber: {}", rule.number)) > 0);
        assert!(declares(&format!("PortRange: {{ From: {}, To: {} }}", ports.from, ports.to)) > 0);
    }
    let group_lines = template.lines().filter(|it| it.contains("IpProtocol: tcp")).count();
    assert_eq!(group_lines, group_rules().len());
}
