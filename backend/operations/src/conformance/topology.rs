//! What stands where, for a picture.

use std::collections::BTreeMap;

use rollcall_api::conformance::{Topology, TopologySubnet, TopologyVpc, TopologyZone};

use super::{account::Account, network::is_public};
use crate::ec2::{Instance, network::Network};

pub(super) fn of(account: &Account) -> Topology {
    let network = account.environment.network.as_ref().ok().and_then(Option::as_ref);
    let hosts = account.hosts.as_deref().unwrap_or_default();
    Topology { vpc: network.map(|network| draw(network, hosts)) }
}

fn draw(network: &Network, hosts: &[Instance]) -> TopologyVpc {
    let mut zones: BTreeMap<&str, Vec<TopologySubnet>> = BTreeMap::new();
    for subnet in &network.subnets {
        let alive = hosts.iter().filter(|host| !host.state.is_gone());
        let here = alive.filter(|host| host.subnet.as_ref() == Some(&subnet.id));
        zones.entry(&subnet.zone).or_default().push(TopologySubnet {
            id: subnet.id.clone(),
            cidr: subnet.cidr.clone(),
            is_public: is_public(network, subnet),
            hosts: here.map(|host| host.id.to_string()).collect(),
        });
    }
    TopologyVpc {
        id: network.vpc.id.clone(),
        cidr: network.vpc.cidr.clone(),
        internet_gateway: network.gateways.first().map(|gateway| gateway.id.clone()),
        endpoints: network.endpoints.iter().map(|endpoint| endpoint.service.clone()).collect(),
        zones: zones
            .into_iter()
            .map(|(name, mut subnets)| {
                subnets.sort_by(|one, other| one.cidr.cmp(&other.cidr));
                TopologyZone { name: name.to_owned(), subnets }
            })
            .collect(),
    }
}
