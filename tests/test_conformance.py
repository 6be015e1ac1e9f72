"""Conformance: each fact is broken in the cloud, and exactly that finding seen; then it is mended."""

import base64
import copy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any

import pytest

from infra.local.cloud import LocalCloud
from infra.local.listing import listed
from tests.support.operations import Operations
from tests.support.problems import problem
from tests.support.waiting import wait_until

# Nobody has set up MFA for a user that was just made.
AT_FIRST = ["ec2-admin-mfa"]

EVERYWHERE = "0.0.0.0/0"


@pytest.fixture
def conformance(operations: Operations) -> Callable[[], dict[str, Any]]:
    """The account held against the templates."""

    def look() -> dict[str, Any]:
        answer = operations.api.get("/api/operations/conformance")
        assert answer.status_code == 200, answer.text
        return answer.json()

    return look


@pytest.fixture
def findings(conformance: Callable[[], dict[str, Any]]) -> Callable[[], list[str]]:
    """The ids of what is otherwise than declared, apart from what always is at first."""

    def known() -> list[dict[str, Any]] | None:
        # On a busy machine a call of AWS may take longer than the function waits.
        facts = conformance()["facts"]
        return None if any(fact["outcome"] == "unknown" for fact in facts) else facts

    def look() -> list[str]:
        facts = wait_until(known)
        return [fact["id"] for fact in facts if fact["outcome"] == "differs" and fact["id"] not in AT_FIRST]

    return look


class Cloud:
    """The deployment's resources, to be broken."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.ec2, self.s3, self.dynamodb = (cloud.client(name) for name in ("ec2", "s3", "dynamodb"))
        self.iam, self.functions = cloud.client("iam"), cloud.client("lambda")
        self.faults = cloud.faults
        network, storage = cloud.outputs["network"], cloud.outputs["storage"]
        self.vpc = network["VpcId"]
        self.acl = network["NetworkAclId"]
        self.group = network["HostSecurityGroupId"]
        self.public = network["PublicSubnetIds"].split(",")
        self.private = network["PrivateSubnetIds"].split(",")
        self.template = cloud.outputs["host"]["LaunchTemplateId"]
        self.bucket, self.table = storage["PhotosBucketName"], storage["EmployeesTableName"]
        self.admin = cloud.outputs["identity"]["Ec2AdminUserName"]

    def follow(self, stream: str) -> None:
        """Has the function follow another stream in place of the one there was: a table made anew has its own."""
        # Other stacks of the same cloud follow tables of their own.
        there = listed(self.functions, "list_event_source_mappings", "EventSourceMappings")
        *older, old = [it for it in there if f":table/{self.table}/stream/" in it["EventSourceArn"]]
        kept = {name: old[name] for name in ("BatchSize", "StartingPosition") if name in old}
        for mapping in [*older, old]:
            self.functions.delete_event_source_mapping(UUID=mapping["UUID"])
        self.functions.create_event_source_mapping(
            **{"StartingPosition": "TRIM_HORIZON"} | kept, FunctionName=old["FunctionArn"], EventSourceArn=stream
        )

    def route_table(self, subnet: str) -> str:
        """The route table of a subnet."""
        of_subnet = [{"Name": "association.subnet-id", "Values": [subnet]}]
        (table,) = listed(self.ec2, "describe_route_tables", "RouteTables", Filters=of_subnet)
        return table["RouteTableId"]

    def endpoint(self, service: str) -> dict[str, Any]:
        """The VPC endpoint of a service."""
        in_vpc = [{"Name": "vpc-id", "Values": [self.vpc]}]
        endpoints = listed(self.ec2, "describe_vpc_endpoints", "VpcEndpoints", Filters=in_vpc)
        (found,) = [endpoint for endpoint in endpoints if endpoint["ServiceName"].endswith(f".{service}")]
        return found

    def acl_entry(self, number: int, egress: bool, **changes: Any) -> dict[str, Any]:
        """A rule of the network ACL as a call takes it, that of HTTP unless changed."""
        return {
            "NetworkAclId": self.acl,
            "RuleNumber": number,
            "Protocol": "6",
            "RuleAction": "allow",
            "Egress": egress,
            "CidrBlock": EVERYWHERE,
            "PortRange": {"From": 80, "To": 80},
        } | changes


@pytest.fixture(scope="module")
def it(cloud: LocalCloud) -> Cloud:
    """What can be broken."""
    return Cloud(cloud)


# ---- As deployed. ----------------------------------------------------------------------------------------------------


def test_what_was_just_deployed_conforms_but_for_mfa(conformance: Callable[[], dict[str, Any]]) -> None:
    facts = conformance()["facts"]
    assert [fact["id"] for fact in facts if fact["outcome"] != "conforms"] == AT_FIRST
    assert {fact["area"] for fact in facts} == {"network", "firewall", "host", "storage", "identity"}
    (mfa,) = [fact for fact in facts if fact["id"] == "ec2-admin-mfa"]
    assert (mfa["expected"], mfa["found"]) == ("set up", "not set up")
    assert "set up an MFA device" in mfa["mend"]


@pytest.mark.needs_hosts
def test_the_picture_shows_where_the_host_is(
    conformance: Callable[[], dict[str, Any]], operations: Operations, it: Cloud
) -> None:
    host = operations.some_host()
    vpc = conformance()["topology"]["vpc"]
    assert (vpc["id"], vpc["cidr"], sorted(vpc["endpoints"])) == (it.vpc, "10.1.0.0/16", ["dynamodb", "s3"])
    subnets = [subnet for zone in vpc["zones"] for subnet in zone["subnets"]]
    assert [zone["name"] for zone in vpc["zones"]] == ["us-east-1a", "us-east-1b"]
    assert {subnet["cidr"]: subnet["is_public"] for subnet in subnets} == {
        "10.1.1.0/24": True,
        "10.1.2.0/24": False,
        "10.1.3.0/24": True,
        "10.1.4.0/24": False,
    }
    (home,) = [subnet for subnet in subnets if host["instance_id"] in subnet["hosts"]]
    assert home["id"] == host["subnet_id"]


def test_only_operators_may_look(api: Callable[..., Any]) -> None:
    problem(api().get("/api/operations/conformance"), 401)
    problem(api("editor").get("/api/operations/conformance"), 403)


# ---- Each thing, broken. ---------------------------------------------------------------------------------------------


def mended(breaking: Callable[..., Iterator[Any]]) -> Callable[..., AbstractContextManager[Any]]:
    """Makes a context manager of a function that breaks something, yields and mends it; it is mended in any case."""

    @contextmanager
    def manager(*arguments: Any) -> Iterator[Any]:
        steps = breaking(*arguments)
        try:
            yield next(steps)
        finally:
            next(steps, None)

    return wraps(breaking)(manager)


@mended
def public_addresses_off(it: Cloud) -> Iterator[list[str]]:
    def maps(value: bool) -> None:
        it.ec2.modify_subnet_attribute(SubnetId=it.public[0], MapPublicIpOnLaunch={"Value": value})

    maps(False)
    yield ["subnet-10.1.1.0/24"]
    maps(True)


@mended
def an_added_subnet(it: Cloud) -> Iterator[list[str]]:
    added = it.ec2.create_subnet(VpcId=it.vpc, CidrBlock="10.1.9.0/24", AvailabilityZone="us-east-1a")["Subnet"]
    yield ["subnet-10.1.9.0/24"]
    it.ec2.delete_subnet(SubnetId=added["SubnetId"])


@mended
def a_detached_gateway(it: Cloud) -> Iterator[list[str]]:
    attached = [{"Name": "attachment.vpc-id", "Values": [it.vpc]}]
    (gateway,) = listed(it.ec2, "describe_internet_gateways", "InternetGateways", Filters=attached)
    ids = {"InternetGatewayId": gateway["InternetGatewayId"], "VpcId": it.vpc}
    it.ec2.detach_internet_gateway(**ids)
    yield ["internet-gateway"]
    it.ec2.attach_internet_gateway(**ids)


@mended
def a_lost_default_route(it: Cloud) -> Iterator[list[str]]:
    table = it.route_table(it.public[0])
    (route,) = [
        route
        for route in it.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        if route.get("DestinationCidrBlock") == EVERYWHERE
    ]
    it.ec2.delete_route(RouteTableId=table, DestinationCidrBlock=EVERYWHERE)
    yield ["routes-10.1.1.0/24", "routes-10.1.3.0/24"]
    it.ec2.create_route(RouteTableId=table, DestinationCidrBlock=EVERYWHERE, GatewayId=route["GatewayId"])


@mended
def a_way_out_of_the_private_subnets(it: Cloud) -> Iterator[list[str]]:
    table = it.route_table(it.private[0])
    attached = [{"Name": "attachment.vpc-id", "Values": [it.vpc]}]
    (gateway,) = listed(it.ec2, "describe_internet_gateways", "InternetGateways", Filters=attached)
    it.ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.0.2.0/24", GatewayId=gateway["InternetGatewayId"])
    yield ["routes-10.1.2.0/24", "routes-10.1.4.0/24"]
    it.ec2.delete_route(RouteTableId=table, DestinationCidrBlock="192.0.2.0/24")


@mended
def an_endpoint_nobody_is_routed_to(it: Cloud) -> Iterator[list[str]]:
    tables, endpoint = [it.route_table(it.private[0])], it.endpoint("s3")["VpcEndpointId"]
    it.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveRouteTableIds=tables)
    yield ["endpoint-s3"]
    it.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=tables)


@mended
def a_lost_endpoint(it: Cloud) -> Iterator[list[str]]:
    lost = it.endpoint("dynamodb")
    it.ec2.delete_vpc_endpoints(VpcEndpointIds=[lost["VpcEndpointId"]])
    yield ["endpoint-dynamodb"]
    kept = ("VpcId", "ServiceName", "VpcEndpointType", "RouteTableIds")
    it.ec2.create_vpc_endpoint(**{name: lost[name] for name in kept})


# What nobody can change in AWS, once it is made, EC2 is had to tell otherwise.


@mended
def ec2_answers(it: Cloud, action: str, says: str, instead_of: str) -> Iterator[None]:
    it.faults.add("told-otherwise", action=action, says=says, instead_of=instead_of)
    yield
    it.faults.clear()


@mended
def a_vpc_with_other_addresses(it: Cloud) -> Iterator[list[str]]:
    with ec2_answers(it, "DescribeVpcs", "10.2.0.0/16", "10.1.0.0/16"):
        yield ["vpc"]


@mended
def everything_in_one_zone(it: Cloud) -> Iterator[list[str]]:
    with ec2_answers(it, "DescribeSubnets", "us-east-1a", "us-east-1b"):
        yield ["zones"]


@mended
def a_subnet_with_other_addresses(it: Cloud) -> Iterator[list[str]]:
    with ec2_answers(it, "DescribeSubnets", "10.1.40.0/24", "10.1.4.0/24"):
        yield ["subnet-10.1.4.0/24", "subnet-10.1.40.0/24", "zones", "routes-10.1.4.0/24"]


@mended
def a_narrower_acl_rule(it: Cloud) -> Iterator[list[str]]:
    it.ec2.replace_network_acl_entry(**it.acl_entry(100, False, CidrBlock="198.51.100.0/24"))
    yield ["acl-in-100"]
    it.ec2.replace_network_acl_entry(**it.acl_entry(100, False))


@mended
def a_lost_acl_rule(it: Cloud) -> Iterator[list[str]]:
    it.ec2.delete_network_acl_entry(NetworkAclId=it.acl, RuleNumber=120, Egress=True)
    yield ["acl-out-120"]
    it.ec2.create_network_acl_entry(**it.acl_entry(120, True, PortRange={"From": 1024, "To": 65535}))


@mended
def an_added_acl_rule(it: Cloud) -> Iterator[list[str]]:
    it.ec2.create_network_acl_entry(**it.acl_entry(130, False, PortRange={"From": 22, "To": 22}))
    yield ["acl-in-130"]
    it.ec2.delete_network_acl_entry(NetworkAclId=it.acl, RuleNumber=130, Egress=False)


@mended
def a_subnet_under_another_acl(it: Cloud) -> Iterator[list[str]]:
    def association(acl: dict[str, Any]) -> str | None:
        of_subnet = [one for one in acl["Associations"] if one["SubnetId"] == it.private[0]]
        return of_subnet[0]["NetworkAclAssociationId"] if of_subnet else None

    in_vpc = [{"Name": "vpc-id", "Values": [it.vpc]}]
    acls = list(listed(it.ec2, "describe_network_acls", "NetworkAcls", Filters=in_vpc))
    (default,) = [acl for acl in acls if acl["IsDefault"]]
    (ours,) = [acl for acl in acls if acl["NetworkAclId"] == it.acl]
    moved = it.ec2.replace_network_acl_association(
        AssociationId=association(ours), NetworkAclId=default["NetworkAclId"]
    )
    yield ["acl-subnets"]
    it.ec2.replace_network_acl_association(AssociationId=moved["NewAssociationId"], NetworkAclId=it.acl)


def permission(port: int) -> list[dict[str, Any]]:
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": EVERYWHERE}]}]


@mended
def a_group_open_for_ssh(it: Cloud) -> Iterator[list[str]]:
    it.ec2.authorize_security_group_ingress(GroupId=it.group, IpPermissions=permission(22))
    yield [f"group-in-tcp-22-{EVERYWHERE}"]
    it.ec2.revoke_security_group_ingress(GroupId=it.group, IpPermissions=permission(22))


@mended
def a_group_closed_for_visitors(it: Cloud) -> Iterator[list[str]]:
    it.ec2.revoke_security_group_ingress(GroupId=it.group, IpPermissions=permission(80))
    yield [f"group-in-tcp-80-{EVERYWHERE}"]
    it.ec2.authorize_security_group_ingress(GroupId=it.group, IpPermissions=permission(80))


@mended
def a_group_that_lets_everything_out(it: Cloud) -> Iterator[list[str]]:
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": EVERYWHERE}]}]
    it.ec2.authorize_security_group_egress(GroupId=it.group, IpPermissions=everything)
    yield [f"group-out--1-all-{EVERYWHERE}"]
    it.ec2.revoke_security_group_egress(GroupId=it.group, IpPermissions=everything)


@mended
def template_version(it: Cloud, change: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """A newer version of the launch template with a change, and after it one without."""
    versions = it.ec2.describe_launch_template_versions(LaunchTemplateId=it.template, Versions=["$Latest"])
    data = versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    changed = copy.deepcopy(data)
    change(changed)
    it.ec2.create_launch_template_version(LaunchTemplateId=it.template, LaunchTemplateData=changed)
    yield
    it.ec2.create_launch_template_version(LaunchTemplateId=it.template, LaunchTemplateData=data)


@mended
def a_template_without_session_tokens(it: Cloud) -> Iterator[list[str]]:
    with template_version(it, lambda data: data["MetadataOptions"].update(HttpTokens="optional")):
        yield ["template-metadata"]


@mended
def a_template_with_another_profile(it: Cloud) -> Iterator[list[str]]:
    with template_version(it, lambda data: data["IamInstanceProfile"].update(Name="admin")):
        yield ["template-profile"]


@mended
def a_template_with_another_group(it: Cloud) -> Iterator[list[str]]:
    with template_version(it, lambda data: data["SecurityGroupIds"].append("sg-0123456789abcdef0")):
        yield ["template-group"]


@mended
def a_template_with_plain_volumes(it: Cloud) -> Iterator[list[str]]:
    with template_version(it, lambda data: data["BlockDeviceMappings"][0]["Ebs"].update(Encrypted=False)):
        yield ["template-volume"]


@mended
def a_lost_template(it: Cloud) -> Iterator[list[str]]:
    # A template that is made again has another id, so that this one is only said to be gone.
    it.faults.add("refused", action="DescribeLaunchTemplateVersions", code="InvalidLaunchTemplateId.NotFound")
    yield ["template"]
    it.faults.clear()


@mended
def a_bucket_open_to_the_public(it: Cloud) -> Iterator[list[str]]:
    block = it.s3.get_public_access_block(Bucket=it.bucket)["PublicAccessBlockConfiguration"]
    it.s3.put_public_access_block(Bucket=it.bucket, PublicAccessBlockConfiguration=block | {"BlockPublicPolicy": False})
    yield ["bucket-public-access"]
    it.s3.put_public_access_block(Bucket=it.bucket, PublicAccessBlockConfiguration=block)


@mended
def a_bucket_with_another_encryption(it: Cloud) -> Iterator[list[str]]:
    # S3 encrypts with AES256 whatever is asked for, so that there is no bucket without encryption.
    rules = it.s3.get_bucket_encryption(Bucket=it.bucket)["ServerSideEncryptionConfiguration"]
    kms = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}
    it.s3.put_bucket_encryption(Bucket=it.bucket, ServerSideEncryptionConfiguration=kms)
    yield ["bucket-encryption"]
    it.s3.put_bucket_encryption(Bucket=it.bucket, ServerSideEncryptionConfiguration=rules)


@mended
def a_bucket_without_policy(it: Cloud) -> Iterator[list[str]]:
    policy = it.s3.get_bucket_policy(Bucket=it.bucket)["Policy"]
    it.s3.delete_bucket_policy(Bucket=it.bucket)
    yield ["bucket-policy"]
    it.s3.put_bucket_policy(Bucket=it.bucket, Policy=policy)


@mended
def a_table_without_recovery(it: Cloud) -> Iterator[list[str]]:
    def recovery(enabled: bool) -> None:
        it.dynamodb.update_continuous_backups(
            TableName=it.table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled}
        )

    recovery(False)
    yield ["table-recovery"]
    recovery(True)


@mended
def a_table_with_an_index(it: Cloud) -> Iterator[list[str]]:
    def change(change: dict[str, Any]) -> None:
        it.dynamodb.update_table(
            TableName=it.table,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "location")],
            GlobalSecondaryIndexUpdates=[change],
        )

    key = [{"AttributeName": "location", "KeyType": "HASH"}]
    change({"Create": {"IndexName": "by-place", "KeySchema": key, "Projection": {"ProjectionType": "ALL"}}})
    yield ["table-indexes"]
    change({"Delete": {"IndexName": "by-place"}})


@mended
def a_table_with_another_key(it: Cloud) -> Iterator[list[str]]:
    def made(attribute: str) -> str:
        it.dynamodb.update_table(TableName=it.table, DeletionProtectionEnabled=False)
        it.dynamodb.delete_table(TableName=it.table)
        it.dynamodb.create_table(
            TableName=it.table,
            KeySchema=[{"AttributeName": attribute, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            SSESpecification={"Enabled": True},
            DeletionProtectionEnabled=True,
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"},
        )
        it.dynamodb.update_continuous_backups(
            TableName=it.table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        return it.dynamodb.describe_table(TableName=it.table)["Table"]["LatestStreamArn"]

    items = list(listed(it.dynamodb, "scan", "Items", TableName=it.table))
    made("employee")
    yield ["table-key"]
    it.follow(made("id"))
    for item in items:
        it.dynamodb.put_item(TableName=it.table, Item=item)


BROKEN = [
    a_vpc_with_other_addresses,
    everything_in_one_zone,
    a_subnet_with_other_addresses,
    a_lost_endpoint,
    a_lost_template,
    a_table_with_another_key,
    public_addresses_off,
    an_added_subnet,
    a_detached_gateway,
    a_lost_default_route,
    a_way_out_of_the_private_subnets,
    an_endpoint_nobody_is_routed_to,
    a_narrower_acl_rule,
    a_lost_acl_rule,
    an_added_acl_rule,
    a_subnet_under_another_acl,
    a_group_open_for_ssh,
    a_group_closed_for_visitors,
    a_group_that_lets_everything_out,
    a_template_without_session_tokens,
    a_template_with_another_profile,
    a_template_with_another_group,
    a_template_with_plain_volumes,
    a_bucket_open_to_the_public,
    a_bucket_with_another_encryption,
    a_bucket_without_policy,
    a_table_without_recovery,
    a_table_with_an_index,
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_what_is_broken_is_exactly_what_is_found(
    findings: Callable[[], list[str]], it: Cloud, broken: Callable[[Cloud], Any]
) -> None:
    with broken(it) as expected:
        found = findings()
    # Looked at again first, so that what is left broken does not hide behind what was not found.
    assert findings() == []
    assert found == expected


@pytest.mark.parametrize("egress", [False, True], ids=["in", "out"])
@pytest.mark.parametrize("number", [100, 110, 120])
def test_each_rule_of_the_acl_that_is_lost_is_found(
    findings: Callable[[], list[str]], it: Cloud, number: int, egress: bool
) -> None:
    (acl,) = it.ec2.describe_network_acls(NetworkAclIds=[it.acl])["NetworkAcls"]
    (entry,) = [one for one in acl["Entries"] if (one["RuleNumber"], one["Egress"]) == (number, egress)]
    it.ec2.delete_network_acl_entry(NetworkAclId=it.acl, RuleNumber=number, Egress=egress)
    try:
        found = findings()
    finally:
        it.ec2.create_network_acl_entry(NetworkAclId=it.acl, **entry)
    assert findings() == []
    assert found == [f"acl-{'out' if egress else 'in'}-{number}"]


@pytest.mark.parametrize("direction", ["in", "out"])
@pytest.mark.parametrize("port", [80, 443])
def test_each_rule_of_the_group_that_is_lost_is_found(
    findings: Callable[[], list[str]], it: Cloud, port: int, direction: str
) -> None:
    rule = {"GroupId": it.group, "IpPermissions": permission(port)}
    group = it.ec2
    lose, bring_back = {
        "in": (group.revoke_security_group_ingress, group.authorize_security_group_ingress),
        "out": (group.revoke_security_group_egress, group.authorize_security_group_egress),
    }[direction]
    lose(**rule)
    try:
        found = findings()
    finally:
        bring_back(**rule)
    assert findings() == []
    assert found == [f"group-{direction}-tcp-{port}-{EVERYWHERE}"]


# ---- The host that serves, changed. ----------------------------------------------------------------------------------


@mended
def a_host_without_session_tokens(it: Cloud, host: str) -> Iterator[list[str]]:
    it.ec2.modify_instance_metadata_options(InstanceId=host, HttpTokens="optional")
    yield ["host-metadata"]
    it.ec2.modify_instance_metadata_options(InstanceId=host, HttpTokens="required")


@mended
def a_host_with_another_profile(it: Cloud, host: str) -> Iterator[list[str]]:
    # The emulator goes on telling the profile that an instance was launched with.
    (reservation,) = it.ec2.describe_instances(InstanceIds=[host])["Reservations"]
    profile = reservation["Instances"][0]["IamInstanceProfile"]["Arn"]
    with ec2_answers(it, "DescribeInstances", profile.replace("rollcall-host", "admin"), profile):
        yield ["host-profile"]


@mended
def a_host_in_another_group(it: Cloud, host: str) -> Iterator[list[str]]:
    other = it.ec2.create_security_group(GroupName="other", Description="other", VpcId=it.vpc)["GroupId"]
    it.ec2.modify_instance_attribute(InstanceId=host, Groups=[other])
    yield ["host-group"]
    it.ec2.modify_instance_attribute(InstanceId=host, Groups=[it.group])
    it.ec2.delete_security_group(GroupId=other)


@mended
def a_host_in_a_private_subnet(it: Cloud, host: str) -> Iterator[list[str]]:
    # An instance never leaves its subnet, so that another one is made to serve, from the same revision.
    (reservation,) = it.ec2.describe_instances(InstanceIds=[host])["Reservations"]
    tags = [tag for tag in reservation["Instances"][0]["Tags"] if not tag["Key"].startswith("aws:")]
    user_data = it.ec2.describe_instance_attribute(InstanceId=host, Attribute="userData")["UserData"]["Value"]
    run = it.ec2.run_instances(
        MinCount=1,
        MaxCount=1,
        LaunchTemplate={"LaunchTemplateId": it.template, "Version": "$Latest"},
        ImageId=reservation["Instances"][0]["ImageId"],
        InstanceType="t3.micro",
        SubnetId=it.private[0],
        UserData=base64.b64decode(user_data).decode(),
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )
    other = run["Instances"][0]["InstanceId"]
    (address,) = it.ec2.describe_addresses(Filters=[{"Name": "instance-id", "Values": [host]}])["Addresses"]

    def give_address(to: str) -> None:
        it.ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=to, AllowReassociation=True)

    give_address(other)
    yield ["host-subnet"]
    give_address(host)
    it.ec2.terminate_instances(InstanceIds=[other])


CHANGED = [
    a_host_without_session_tokens,
    a_host_with_another_profile,
    a_host_in_another_group,
    a_host_in_a_private_subnet,
]


@pytest.mark.needs_hosts
@pytest.mark.usefixtures("no_ticks")
@pytest.mark.parametrize("changed", CHANGED, ids=lambda changed: changed.__name__)
def test_a_host_that_was_changed_is_found(
    findings: Callable[[], list[str]],
    operations: Operations,
    it: Cloud,
    changed: Callable[[Cloud, str], Any],
) -> None:
    host = operations.some_host()["instance_id"]
    with changed(it, host) as expected:
        found = findings()
    assert findings() == []
    assert found == expected


@pytest.mark.needs_hosts
def test_a_host_that_is_otherwise_than_its_revision_is_found(
    findings: Callable[[], list[str]], operations: Operations, it: Cloud
) -> None:
    host = operations.some_host()
    tags = [{"Key": "rollcall:revision", "Value": "4000000000"}]
    it.ec2.create_tags(Resources=[host["instance_id"]], Tags=tags)
    try:
        assert findings() == ["host-user-data"]
    finally:
        it.ec2.create_tags(Resources=[host["instance_id"]], Tags=[tags[0] | {"Value": str(host["revision"])}])
    assert findings() == []


def test_with_mfa_set_up_nothing_is_found(conformance: Callable[[], dict[str, Any]], it: Cloud) -> None:
    device = it.iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]["SerialNumber"]
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    it.iam.enable_mfa_device(UserName=it.admin, SerialNumber=device, **codes)
    try:
        facts = conformance()["facts"]
        assert [fact["id"] for fact in facts if fact["outcome"] != "conforms"] == []
    finally:
        it.iam.deactivate_mfa_device(UserName=it.admin, SerialNumber=device)
        it.iam.delete_virtual_mfa_device(SerialNumber=device)


# ---- As a gate. ------------------------------------------------------------------------------------------------------


@pytest.mark.needs_hosts
def test_no_relaunch_begins_in_a_network_that_is_otherwise_than_declared(operations: Operations, it: Cloud) -> None:
    host = operations.some_host()
    revision = operations.revise(instance_type="t3.small")["number"]
    with a_group_closed_for_visitors(it):
        plan = operations.api.post("/api/operations/plans", json={"revision": revision}).json()
        (check,) = [check for check in plan["preflight"] if check["name"] == "Conformance"]
        assert check["outcome"] == "failed"
        assert "Security group, inbound 80: expected allows tcp 80 from 0.0.0.0/0, found missing" in check["detail"]
        relaunch = operations.relaunch(revision)
    assert relaunch["outcome"] == "rolled_back"
    assert check["detail"] in relaunch["steps"][0]["message"]
    assert operations.the_instance()["InstanceId"] == host["instance_id"]
