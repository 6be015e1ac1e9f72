//! What the templates `infra/network.yaml` and `infra/host.yaml` declare. A test holds this against the files.

use crate::ec2::network::{AclRule, GroupRule, Ports};

/// The VPC's addresses.
pub(super) const VPC: &str = "10.1.0.0/16";

/// A declared subnet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Declared {
    pub(super) cidr: &'static str,
    pub(super) is_public: bool,
    /// The first or the second of the two zones.
    pub(super) zone: usize,
}

/// The subnets, the first zone's first.
pub(super) const SUBNETS: [Declared; 4] = [
    Declared { cidr: "10.1.1.0/24", is_public: true, zone: 0 },
    Declared { cidr: "10.1.2.0/24", is_public: false, zone: 0 },
    Declared { cidr: "10.1.3.0/24", is_public: true, zone: 1 },
    Declared { cidr: "10.1.4.0/24", is_public: false, zone: 1 },
];

/// The services with a gateway endpoint for the private subnets.
pub(super) const ENDPOINTS: [&str; 2] = ["dynamodb", "s3"];

const EVERYWHERE: &str = "0.0.0.0/0";
const TCP: &str = "6";

/// The ports that replies arrive at.
const REPLIES: Ports = Ports { from: 1024, to: 65535 };
const HTTP: Ports = Ports { from: 80, to: 80 };
const HTTPS: Ports = Ports { from: 443, to: 443 };

/// The number of the rule that denies the rest; every ACL has it.
pub(super) const DENY_THE_REST: i32 = 32767;

/// The rules of the network ACL, apart from the one that denies the rest.
pub(super) fn acl_rules() -> Vec<AclRule> {
    let rule = |number, is_egress, ports| AclRule {
        number,
        is_egress,
        allows: true,
        protocol: TCP.to_owned(),
        ports: Some(ports),
        cidr: EVERYWHERE.to_owned(),
    };
    [false, true]
        .into_iter()
        .flat_map(|is_egress| {
            [rule(100, is_egress, HTTP), rule(110, is_egress, HTTPS), rule(120, is_egress, REPLIES)]
        })
        .collect()
}

/// The rules of the host's security group.
pub(super) fn group_rules() -> Vec<GroupRule> {
    let rule = |is_egress, ports| GroupRule {
        is_egress,
        protocol: "tcp".to_owned(),
        ports: Some(ports),
        peer: EVERYWHERE.to_owned(),
    };
    vec![rule(false, HTTP), rule(false, HTTPS), rule(true, HTTP), rule(true, HTTPS)]
}
