//! Conformance: the account held against what the templates declare.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    time,
    word::{Exact, Words},
};

/// The answer of `GET /api/operations/conformance`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Conformance, bound = ""))]
#[serde(bound = "")]
pub struct Conformance<W: Words = Exact> {
    /// When the account was looked at.
    #[serde(deserialize_with = "time::read")]
    pub checked_at: Timestamp,
    /// Every fact that was looked for, findings included.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Fact>))]
    pub facts: Vec<Fact<W>>,
    /// What stands where, for a picture.
    pub topology: Topology,
}

/// One fact, as it should be and as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Fact, bound = ""))]
#[serde(bound = "")]
pub struct Fact<W: Words = Exact> {
    /// What it is about; stays the same whatever is found, such as `subnet-10.1.1.0/24`.
    pub id: String,
    /// The part of the deployment it belongs to.
    #[cfg_attr(feature = "openapi", schema(value_type = Area))]
    pub area: W::Word<Area>,
    /// What is looked at, for people.
    pub name: String,
    #[cfg_attr(feature = "openapi", schema(value_type = FactOutcome))]
    pub outcome: W::Word<FactOutcome>,
    /// What the templates declare.
    pub expected: String,
    pub found: String,
    /// How to mend it; empty where nothing is to be mended.
    pub mend: String,
}

/// The parts of the deployment.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::EnumString,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Area {
    /// VPC, subnets, routes, endpoints.
    Network,
    /// Network ACL and security group.
    Firewall,
    /// Launch template and the running host.
    Host,
    /// Table and bucket.
    Storage,
    Identity,
}

/// Whether a fact is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FactOutcome {
    Conforms,
    /// A finding: it is otherwise, or there is something more.
    Differs,
    /// It could not be found out.
    Unknown,
}

/// What stands where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Topology {
    /// The VPC; none when it is gone.
    pub vpc: Option<TopologyVpc>,
}

/// The VPC with what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TopologyVpc {
    /// `vpc-…`.
    pub id: String,
    /// Its addresses, such as `10.1.0.0/16`.
    pub cidr: String,
    /// The internet gateway; none when none is attached.
    pub internet_gateway: Option<String>,
    /// The services that gateway endpoints lead to, such as `s3`.
    pub endpoints: Vec<String>,
    /// The zones with subnets, by name.
    pub zones: Vec<TopologyZone>,
}

/// An availability zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TopologyZone {
    /// Its name, such as `us-east-1a`.
    pub name: String,
    /// Its subnets, by address.
    pub subnets: Vec<TopologySubnet>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TopologySubnet {
    /// `subnet-…`.
    pub id: String,
    /// Its addresses, such as `10.1.1.0/24`.
    pub cidr: String,
    /// Whether it routes to the internet gateway.
    pub is_public: bool,
    /// The hosts in it: `i-…`.
    pub hosts: Vec<String>,
}
