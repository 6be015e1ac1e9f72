//! Reads the network and the launch template from EC2.

use aws_sdk_ec2::types::{Filter, LaunchTemplateVersion, ResponseLaunchTemplateData};
use rollcall_aws::{AwsError, Meaning, pages};

use super::{
    Ec2,
    network::{
        Acl, AclRule, Endpoint, Gateway, Group, GroupRule, Network, Ports, Route, RouteTable, Subnet,
        Template, Volumes, Vpc,
    },
};
use crate::ids::SubnetId;

/// In place of what is there and of a kind that this version does not know: left out, it would pass for declared.
const UNKNOWN: &str = "something unknown";

impl Ec2 {
    /// The VPC that these subnets are in, with all in it; none when the subnets are gone.
    ///
    /// # Errors
    /// When EC2 can't be asked.
    pub async fn network(&self, subnets: &[SubnetId]) -> Result<Option<Network>, AwsError> {
        let Some(vpc) = self.vpc_of(subnets).await? else { return Ok(None) };
        let (vpc, subnets, gateways, route_tables, endpoints, acls, groups) = tokio::try_join!(
            self.vpc(&vpc),
            self.subnets_in(&vpc),
            self.gateways_of(&vpc),
            self.route_tables_in(&vpc),
            self.endpoints_in(&vpc),
            self.acls_in(&vpc),
            self.groups_in(&vpc),
        )?;
        Ok(vpc.map(|vpc| Network { vpc, subnets, gateways, route_tables, endpoints, acls, groups }))
    }

    async fn vpc_of(&self, subnets: &[SubnetId]) -> Result<Option<String>, AwsError> {
        let ids = subnets.iter().map(SubnetId::to_string);
        // By a filter: an id that is gone would be an error, and the others tell as well.
        let filter = Filter::builder().name("subnet-id").set_values(Some(ids.collect())).build();
        let reply = self.client.describe_subnets().filters(filter).send().await;
        let reply = reply.map_err(|error| AwsError::read("DescribeSubnets", error))?;
        Ok(reply.subnets.unwrap_or_default().into_iter().find_map(|subnet| subnet.vpc_id))
    }

    async fn vpc(&self, id: &str) -> Result<Option<Vpc>, AwsError> {
        let reply = self.client.describe_vpcs().filters(in_vpc(id)).send().await;
        let reply = reply.map_err(|error| AwsError::read("DescribeVpcs", error))?;
        let vpc = reply.vpcs.unwrap_or_default().into_iter().next();
        Ok(vpc.and_then(read_vpc))
    }

    async fn subnets_in(&self, vpc: &str) -> Result<Vec<Subnet>, AwsError> {
        let items = self
            .client
            .describe_subnets()
            .filters(in_vpc(vpc))
            .into_paginator()
            .page_size(pages::SIZE)
            .items()
            .send();
        Ok(pages::all("DescribeSubnets", items).await?.into_iter().filter_map(read_subnet).collect())
    }

    async fn gateways_of(&self, vpc: &str) -> Result<Vec<Gateway>, AwsError> {
        let filter = Filter::builder().name("attachment.vpc-id").values(vpc).build();
        let items = self
            .client
            .describe_internet_gateways()
            .filters(filter)
            .into_paginator()
            .page_size(pages::SIZE)
            .items()
            .send();
        let gateways = pages::all("DescribeInternetGateways", items).await?;
        Ok(gateways
            .into_iter()
            .filter_map(|gateway| Some(Gateway { id: gateway.internet_gateway_id? }))
            .collect())
    }

    async fn route_tables_in(&self, vpc: &str) -> Result<Vec<RouteTable>, AwsError> {
        let items = self
            .client
            .describe_route_tables()
            .filters(in_vpc(vpc))
            .into_paginator()
            .page_size(pages::SIZE)
            .items()
            .send();
        Ok(pages::all("DescribeRouteTables", items).await?.into_iter().filter_map(read_route_table).collect())
    }

    async fn endpoints_in(&self, vpc: &str) -> Result<Vec<Endpoint>, AwsError> {
        let items = self
            .client
            .describe_vpc_endpoints()
            .filters(in_vpc(vpc))
            .into_paginator()
            .page_size(pages::SIZE)
            .items()
            .send();
        let endpoints = pages::all("DescribeVpcEndpoints", items).await?.into_iter().filter_map(|endpoint| {
            // EC2 goes on telling of an endpoint for a while after it is gone.
            if endpoint.state.as_ref().is_some_and(|state| !state.as_str().eq_ignore_ascii_case("available"))
            {
                return None;
            }
            Some(Endpoint {
                service: endpoint.service_name?.rsplit('.').next()?.to_owned(),
                is_gateway: endpoint.vpc_endpoint_type?.as_str() == "Gateway",
                route_tables: endpoint.route_table_ids.unwrap_or_default(),
            })
        });
        Ok(endpoints.collect())
    }

    async fn acls_in(&self, vpc: &str) -> Result<Vec<Acl>, AwsError> {
        let items = self
            .client
            .describe_network_acls()
            .filters(in_vpc(vpc))
            .into_paginator()
            .page_size(pages::SIZE)
            .items()
            .send();
        Ok(pages::all("DescribeNetworkAcls", items).await?.into_iter().map(read_acl).collect())
    }

    async fn groups_in(&self, vpc: &str) -> Result<Vec<Group>, AwsError> {
        let items = self
            .client
            .describe_security_groups()
            .filters(in_vpc(vpc))
            .into_paginator()
            .page_size(pages::SIZE)
            .items()
            .send();
        Ok(pages::all("DescribeSecurityGroups", items).await?.into_iter().filter_map(read_group).collect())
    }

    /// What the newest version of the launch template gives every host; none when there is no such template.
    ///
    /// # Errors
    /// When EC2 can't be asked.
    pub async fn template(&self) -> Result<Option<Template>, AwsError> {
        const OPERATION: &str = "DescribeLaunchTemplateVersions";
        let request = self
            .client
            .describe_launch_template_versions()
            .launch_template_id(self.resources.launch_template.as_str())
            .versions("$Latest");
        let reply = match request.send().await.map_err(|error| AwsError::read(OPERATION, error)) {
            Err(error) if error.meaning == Meaning::NotFound => return Ok(None),
            reply => reply?,
        };
        let newest = reply.launch_template_versions.unwrap_or_default().into_iter().next();
        newest
            .map(|newest| {
                read_template(newest).ok_or_else(|| AwsError::incomplete(OPERATION, "names no version"))
            })
            .transpose()
    }
}

fn read_template(newest: LaunchTemplateVersion) -> Option<Template> {
    let version = newest.version_number?;
    let data = newest.launch_template_data.unwrap_or_else(|| ResponseLaunchTemplateData::builder().build());
    let encrypted: Vec<_> = data
        .block_device_mappings()
        .iter()
        .map(|mapping| mapping.ebs().and_then(|ebs| ebs.encrypted()).unwrap_or_default())
        .collect();
    Some(Template {
        version,
        volumes: match encrypted.as_slice() {
            [] => Volumes::NotNamed,
            all if all.contains(&false) => Volumes::NotEncrypted,
            _ => Volumes::Encrypted,
        },
        profile: data.iam_instance_profile.and_then(|profile| profile.name),
        tokens_required: data
            .metadata_options
            .and_then(|options| options.http_tokens)
            .is_some_and(|tokens| tokens.as_str() == "required"),
        groups: data.security_group_ids.unwrap_or_default(),
    })
}

/// All its addresses, those that were added later included.
fn read_vpc(vpc: aws_sdk_ec2::types::Vpc) -> Option<Vpc> {
    let first = vpc.cidr_block.unwrap_or_else(|| UNKNOWN.to_owned());
    let v4 = vpc.cidr_block_association_set.unwrap_or_default().into_iter().filter_map(|it| it.cidr_block);
    let v6 = vpc.ipv6_cidr_block_association_set.unwrap_or_default();
    let v6 = v6.into_iter().filter_map(|it| it.ipv6_cidr_block);
    let added = v4.chain(v6).filter(|cidr| *cidr != first);
    let cidrs: Vec<_> = std::iter::once(first.clone()).chain(added).collect();
    Some(Vpc { id: vpc.vpc_id?, cidr: cidrs.join(", ") })
}

/// A subnet may have addresses of IPv6 alone.
fn read_subnet(subnet: aws_sdk_ec2::types::Subnet) -> Option<Subnet> {
    let v6 = subnet.ipv6_cidr_block_association_set.unwrap_or_default();
    let v6 = v6.into_iter().find_map(|it| it.ipv6_cidr_block);
    Some(Subnet {
        id: subnet.subnet_id?,
        cidr: subnet.cidr_block.or(v6).unwrap_or_else(|| UNKNOWN.to_owned()),
        zone: subnet.availability_zone.unwrap_or_else(|| UNKNOWN.to_owned()),
        maps_public_ip: subnet.map_public_ip_on_launch.unwrap_or_default(),
        free_addresses: subnet.available_ip_address_count.unwrap_or_default(),
    })
}

fn in_vpc(id: &str) -> Filter {
    Filter::builder().name("vpc-id").values(id).build()
}

fn read_route_table(table: aws_sdk_ec2::types::RouteTable) -> Option<RouteTable> {
    let associations = table.associations.unwrap_or_default();
    let routes = table.routes.unwrap_or_default().into_iter().map(read_route);
    Some(RouteTable {
        id: table.route_table_id?,
        is_main: associations.iter().any(|association| association.main.unwrap_or_default()),
        subnets: associations.into_iter().filter_map(|association| association.subnet_id).collect(),
        routes: routes.collect(),
    })
}

fn read_route(route: aws_sdk_ec2::types::Route) -> Route {
    let destination = route
        .destination_cidr_block
        .or(route.destination_ipv6_cidr_block)
        .or(route.destination_prefix_list_id);
    let target = route
        .gateway_id
        .or(route.nat_gateway_id)
        .or(route.network_interface_id)
        .or(route.instance_id)
        .or(route.transit_gateway_id)
        .or(route.vpc_peering_connection_id)
        .or(route.egress_only_internet_gateway_id)
        .or(route.carrier_gateway_id)
        .or(route.local_gateway_id)
        .or(route.core_network_arn)
        .or(route.odb_network_arn);
    Route {
        destination: destination.unwrap_or_else(|| UNKNOWN.to_owned()),
        target: target.unwrap_or_else(|| UNKNOWN.to_owned()),
        leads_nowhere: route.state.is_some_and(|state| state.as_str() == "blackhole"),
    }
}

fn read_acl(acl: aws_sdk_ec2::types::NetworkAcl) -> Acl {
    let name = acl.tags().iter().find(|tag| tag.key() == Some("Name"));
    let name = name.and_then(|tag| tag.value().map(str::to_owned));
    let rules = acl.entries.unwrap_or_default().into_iter().map(|entry| AclRule {
        number: entry.rule_number.unwrap_or_default(),
        is_egress: entry.egress.unwrap_or_default(),
        allows: entry.rule_action.is_some_and(|action| action.as_str() == "allow"),
        protocol: entry.protocol.unwrap_or_else(|| UNKNOWN.to_owned()),
        ports: entry.port_range.and_then(|range| Some(Ports { from: range.from?, to: range.to? })),
        cidr: entry.cidr_block.or(entry.ipv6_cidr_block).unwrap_or_else(|| UNKNOWN.to_owned()),
    });
    Acl {
        name,
        subnets: acl.associations.unwrap_or_default().into_iter().filter_map(|it| it.subnet_id).collect(),
        rules: rules.collect(),
    }
}

fn read_group(group: aws_sdk_ec2::types::SecurityGroup) -> Option<Group> {
    let read = |is_egress: bool, permissions: Option<Vec<aws_sdk_ec2::types::IpPermission>>| {
        permissions.unwrap_or_default().into_iter().flat_map(move |permission| {
            let ports = permission.from_port.zip(permission.to_port).map(|(from, to)| Ports { from, to });
            let protocol = permission.ip_protocol.unwrap_or_default();
            let v4 = permission.ip_ranges.unwrap_or_default().into_iter().filter_map(|range| range.cidr_ip);
            let v6 =
                permission.ipv6_ranges.unwrap_or_default().into_iter().filter_map(|range| range.cidr_ipv6);
            let groups = permission
                .user_id_group_pairs
                .unwrap_or_default()
                .into_iter()
                .map(|pair| pair.group_id.or(pair.group_name).unwrap_or_else(|| UNKNOWN.to_owned()));
            let lists = permission
                .prefix_list_ids
                .unwrap_or_default()
                .into_iter()
                .map(|list| list.prefix_list_id.unwrap_or_else(|| UNKNOWN.to_owned()));
            let peers: Vec<_> = v4.chain(v6).chain(groups).chain(lists).collect();
            peers.into_iter().map(move |peer| GroupRule {
                is_egress,
                protocol: protocol.clone(),
                ports,
                peer,
            })
        })
    };
    Some(Group {
        id: group.group_id?,
        name: group.group_name?,
        rules: read(false, group.ip_permissions).chain(read(true, group.ip_permissions_egress)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{
        LaunchTemplateBlockDeviceMapping, LaunchTemplateEbsBlockDevice, Route as Ec2Route, RouteState,
        SubnetIpv6CidrBlockAssociation, VpcCidrBlockAssociation,
    };

    use super::*;

    fn volumes(encrypted: &[bool]) -> Option<Volumes> {
        let mapping = |encrypted: &bool| {
            let ebs = LaunchTemplateEbsBlockDevice::builder().encrypted(*encrypted).build();
            LaunchTemplateBlockDeviceMapping::builder().ebs(ebs).build()
        };
        let data = ResponseLaunchTemplateData::builder()
            .set_block_device_mappings(Some(encrypted.iter().map(mapping).collect()))
            .build();
        let version = LaunchTemplateVersion::builder().version_number(1).launch_template_data(data).build();
        read_template(version).map(|template| template.volumes)
    }

    #[test]
    fn a_template_that_names_no_volume_encrypts_none() {
        assert_eq!(volumes(&[]), Some(Volumes::NotNamed));
        assert_eq!(volumes(&[true, false]), Some(Volumes::NotEncrypted));
        assert_eq!(volumes(&[true, true]), Some(Volumes::Encrypted));
    }

    #[test]
    fn a_route_shows_whatever_it_leads_by_way_of() {
        let to = || Ec2Route::builder().destination_cidr_block("0.0.0.0/0");
        for (route, target) in [
            (to().gateway_id("igw-1"), "igw-1"),
            (to().egress_only_internet_gateway_id("eigw-1"), "eigw-1"),
            (to().carrier_gateway_id("cagw-1"), "cagw-1"),
            (to().local_gateway_id("lgw-1"), "lgw-1"),
            (
                to().core_network_arn("arn:aws:networkmanager::1:core-network/1"),
                "arn:aws:networkmanager::1:core-network/1",
            ),
            (to(), UNKNOWN),
        ] {
            assert_eq!(read_route(route.build()).target, target);
        }
        assert_eq!(read_route(Ec2Route::builder().gateway_id("igw-1").build()).destination, UNKNOWN);
        assert!(read_route(to().gateway_id("igw-1").state(RouteState::Blackhole).build()).leads_nowhere);
    }

    #[test]
    fn addresses_that_were_added_are_addresses_of_the_vpc() {
        let associated = |cidr: &str| VpcCidrBlockAssociation::builder().cidr_block(cidr).build();
        let vpc = aws_sdk_ec2::types::Vpc::builder().vpc_id("vpc-1").cidr_block("10.1.0.0/16");
        let vpc = vpc.cidr_block_association_set(associated("10.1.0.0/16"));
        assert_eq!(read_vpc(vpc.clone().build()).map(|it| it.cidr).as_deref(), Some("10.1.0.0/16"));
        let added = vpc.cidr_block_association_set(associated("10.9.0.0/16")).build();
        assert_eq!(read_vpc(added).map(|it| it.cidr).as_deref(), Some("10.1.0.0/16, 10.9.0.0/16"));
    }

    #[test]
    fn a_subnet_of_ipv6_alone_is_seen() {
        let v6 = SubnetIpv6CidrBlockAssociation::builder().ipv6_cidr_block("2001:db8::/64").build();
        let subnet = aws_sdk_ec2::types::Subnet::builder().subnet_id("subnet-1");
        let subnet = subnet.ipv6_cidr_block_association_set(v6).build();
        assert_eq!(read_subnet(subnet).map(|it| it.cidr).as_deref(), Some("2001:db8::/64"));
    }
}
