//! VPC, subnets, gateway, routes and endpoints.

use std::collections::BTreeSet;

use rollcall_api::conformance::{Area, Fact};

use super::{
    account::{Deployment, Observed},
    expected::{Declared, ENDPOINTS, SUBNETS, VPC},
    subject::{Subject, deploy_again},
};
use crate::{
    ec2::network::{Network, Route, RouteTable, Subnet},
    ids::SubnetId,
};

/// What is found where not one of the subnets is there any more, and no VPC by them.
pub(crate) const SUBNETS_GONE: &str = "the subnets that the function launches into are gone";

const DEFAULT_ROUTE: &str = "0.0.0.0/0";

pub(super) fn facts(deployment: Deployment<'_>, network: &Observed<Option<Network>>) -> Vec<Fact> {
    let vpc = subject("vpc", "VPC");
    let network = match network {
        Err(why) => return vec![vpc.unknown(VPC, why)],
        Ok(None) => return vec![vpc.compared(VPC, SUBNETS_GONE)],
        Ok(Some(network)) => network,
    };
    let mut facts = vec![vpc.compared(VPC, &network.vpc.cidr), gateway(network)];
    facts.extend(SUBNETS.iter().map(|declared| subnet(network, declared)));
    facts.extend(added_subnets(network));
    facts.push(launch_subnets(deployment, network));
    facts.push(zones(network));
    facts.extend(SUBNETS.iter().map(|declared| routes(network, declared)));
    facts.extend(ENDPOINTS.iter().map(|service| endpoint(network, service)));
    facts
}

fn subject(id: impl Into<String>, name: impl Into<String>) -> Subject {
    Subject::new(Area::Network, id, name, deploy_again("network"))
}

fn gateway(network: &Network) -> Fact {
    let found = match network.gateways.len() {
        1 => "attached".to_owned(),
        0 => "none is attached".to_owned(),
        several => format!("{several} are attached"),
    };
    subject("internet-gateway", "Internet gateway").compared("attached", found)
}

fn of<'a>(network: &'a Network, cidr: &str) -> Option<&'a Subnet> {
    network.subnets.iter().find(|subnet| subnet.cidr == cidr)
}

fn subnet(network: &Network, declared: &Declared) -> Fact {
    let words = |maps: bool| if maps { "gives public addresses" } else { "gives no public addresses" };
    let found = of(network, declared.cidr).map_or("missing", |subnet| words(subnet.maps_public_ip));
    let kind = if declared.is_public { "Public" } else { "Private" };
    subject(format!("subnet-{}", declared.cidr), format!("{kind} subnet {}", declared.cidr))
        .compared(words(declared.is_public), found)
}

fn added_subnets(network: &Network) -> impl Iterator<Item = Fact> {
    let is_declared = |subnet: &&Subnet| SUBNETS.iter().any(|declared| declared.cidr == subnet.cidr);
    network.subnets.iter().filter(move |subnet| !is_declared(subnet)).map(|added| {
        subject(format!("subnet-{}", added.cidr), format!("Subnet {}", added.cidr))
            .compared("not declared", format!("{} is there", added.id))
    })
}

/// By their ids: a subnet that was made again is another one.
fn launch_subnets(deployment: Deployment<'_>, network: &Network) -> Fact {
    let is_missing = |id: &&SubnetId| !network.subnets.iter().any(|subnet| subnet.id == id.as_str());
    let missing: Vec<_> = deployment.subnets.iter().filter(is_missing).map(SubnetId::as_str).collect();
    let found =
        if missing.is_empty() { "there".to_owned() } else { format!("missing: {}", missing.join(", ")) };
    subject("launch-subnets", "Subnets that hosts are launched into").compared("there", found)
}

fn zones(network: &Network) -> Fact {
    let expected = "two zones, each with a public and a private subnet";
    let placed: Vec<_> = SUBNETS
        .iter()
        .filter_map(|declared| Some((declared, of(network, declared.cidr)?.zone.as_str())))
        .collect();
    let fits = |(one, in_zone): &(&Declared, &str)| {
        placed.iter().all(|(other, zone)| (one.zone == other.zone) == (in_zone == zone))
    };
    let found = if placed.len() == SUBNETS.len() && placed.iter().all(fits) {
        expected.to_owned()
    } else {
        let places = placed.iter().map(|(declared, zone)| format!("{} in {zone}", declared.cidr));
        places.collect::<Vec<_>>().join(", ")
    };
    subject("zones", "Availability zones").compared(expected, found)
}

/// The table that is associated with the subnet, or the main one.
pub(super) fn table_of<'a>(network: &'a Network, subnet: &Subnet) -> Option<&'a RouteTable> {
    let tables = &network.route_tables;
    tables
        .iter()
        .find(|table| table.subnets.contains(&subnet.id))
        .or_else(|| tables.iter().find(|table| table.is_main))
}

/// Whether the default route leads to an internet gateway.
pub(super) fn is_public(network: &Network, subnet: &Subnet) -> bool {
    let leads_out = |route: &Route| route.destination == DEFAULT_ROUTE && is_gateway(&route.target);
    table_of(network, subnet).is_some_and(|table| table.routes.iter().any(leads_out))
}

/// Whether it is attached is a fact of its own.
fn is_gateway(target: &str) -> bool {
    target.starts_with("igw-")
}

/// A route inside the VPC, or to one of its gateway endpoints, comes by itself. One to another kind of endpoint does not,
/// and leads wherever someone has it lead.
fn comes_by_itself(route: &Route) -> bool {
    let to_gateway_endpoint = route.destination.starts_with("pl-") && route.target.starts_with("vpce-");
    !route.leads_nowhere && (route.target == "local" || to_gateway_endpoint)
}

fn routes(network: &Network, declared: &Declared) -> Fact {
    let to_the_world = format!("{DEFAULT_ROUTE} to the internet gateway");
    let nowhere = "nowhere but the VPC and its endpoints".to_owned();
    let expected = if declared.is_public { to_the_world.clone() } else { nowhere.clone() };
    let found = match of(network, declared.cidr) {
        None => "the subnet is missing".to_owned(),
        Some(subnet) => {
            let table = table_of(network, subnet);
            let mut routes: Vec<_> = table
                .into_iter()
                .flat_map(|table| &table.routes)
                .filter(|route| !comes_by_itself(route))
                .map(|route| {
                    let target =
                        if is_gateway(&route.target) { "the internet gateway" } else { &route.target };
                    let nowhere = if route.leads_nowhere { ", which leads nowhere" } else { "" };
                    format!("{} to {target}{nowhere}", route.destination)
                })
                .collect();
            routes.sort();
            if routes.is_empty() { nowhere } else { routes.join(", ") }
        }
    };
    subject(format!("routes-{}", declared.cidr), format!("Routes of {}", declared.cidr))
        .compared(expected, found)
}

fn endpoint(network: &Network, service: &str) -> Fact {
    let private: BTreeSet<_> = SUBNETS
        .iter()
        .filter(|declared| !declared.is_public)
        .filter_map(|declared| table_of(network, of(network, declared.cidr)?))
        .map(|table| &table.id)
        .collect();
    let expected = "a gateway endpoint, routed to from the private subnets";
    let endpoint = network.endpoints.iter().find(|endpoint| endpoint.service == service);
    let found = match endpoint {
        None => "missing",
        Some(endpoint) if !endpoint.is_gateway => "no gateway endpoint",
        Some(endpoint) if !private.iter().all(|table| endpoint.route_tables.contains(table)) => {
            "not routed to from every private subnet"
        }
        Some(_) => expected,
    };
    subject(format!("endpoint-{service}"), format!("Endpoint of {service}")).compared(expected, found)
}
