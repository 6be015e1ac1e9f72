//! What EC2 has of the network a host is launched into, and the launch template.

/// The VPC with all in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    pub vpc: Vpc,
    pub subnets: Vec<Subnet>,
    /// The internet gateways attached to it.
    pub gateways: Vec<Gateway>,
    pub route_tables: Vec<RouteTable>,
    pub endpoints: Vec<Endpoint>,
    pub acls: Vec<Acl>,
    pub groups: Vec<Group>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vpc {
    /// `vpc-…`.
    pub id: String,
    pub cidr: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// `subnet-…`.
    pub id: String,
    pub cidr: String,
    pub zone: String,
    /// Whether an instance in it gets a public address.
    pub maps_public_ip: bool,
    /// How many addresses are free.
    pub free_addresses: i32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    /// `igw-…`.
    pub id: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTable {
    /// `rtb-…`.
    pub id: String,
    /// Whether it holds for subnets that are associated with none.
    pub is_main: bool,
    pub subnets: Vec<String>,
    pub routes: Vec<Route>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub destination: String,
    /// By way of what: `local`, `igw-…`, `vpce-…`.
    pub target: String,
    /// Whether what it leads by way of is gone or detached, so that it leads nowhere.
    pub leads_nowhere: bool,
}

/// A VPC endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The service it leads to, such as `s3`.
    pub service: String,
    /// Whether it is one that routes lead to.
    pub is_gateway: bool,
    /// The route tables that have those routes.
    pub route_tables: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acl {
    /// Its `Name` tag.
    pub name: Option<String>,
    pub subnets: Vec<String>,
    /// Its rules, the last one that denies the rest included.
    pub rules: Vec<AclRule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclRule {
    /// The rule's number: lower ones come first.
    pub number: i32,
    /// Whether it is for what goes out.
    pub is_egress: bool,
    pub allows: bool,
    /// The protocol by its IANA number; `-1` for all.
    pub protocol: String,
    /// The ports; none for all.
    pub ports: Option<Ports>,
    pub cidr: String,
}

/// A range of ports, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    pub from: i32,
    pub to: i32,
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// `sg-…`.
    pub id: String,
    pub name: String,
    /// Its rules, one for each range of addresses.
    pub rules: Vec<GroupRule>,
}

/// A rule of a security group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRule {
    /// Whether it is for what goes out.
    pub is_egress: bool,
    /// The protocol by its name; `-1` for all.
    pub protocol: String,
    /// The ports; none for all.
    pub ports: Option<Ports>,
    /// From or to where: addresses, another group, a prefix list.
    pub peer: String,
}

/// What the newest version of the launch template gives every host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub version: i64,
    /// The name of the instance profile.
    pub profile: Option<String>,
    /// Whether instance metadata needs a session token (IMDSv2).
    pub tokens_required: bool,
    pub groups: Vec<String>,
    pub volumes: Volumes,
}

/// What a launch template says of the volumes of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volumes {
    Encrypted,
    /// One at least is not.
    NotEncrypted,
    /// It names none, so that the image decides.
    NotNamed,
}
