"""The resource types of our templates that moto's CloudFormation drops without a word.

moto finds types through the direct subclasses of `CloudFormationModel`, so that importing this is enough. It counts
them by the second part of `__module__`, which therefore has to look like a module of moto's.
"""

from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition


def _ec2(account_id: str, region_name: str) -> Any:
    return ec2_backends[account_id][region_name]


def _iam(account_id: str, region_name: str) -> Any:
    return iam_backends[account_id][get_partition(region_name)]


class _Added:
    """The part of moto's protocol that is the same for every added type.

    A subclass says how it is made and unmade; an update is an unmaking and a making, which is enough for resources
    that hold no data.
    """

    type_name = ""
    name_property = ""

    def __init__(self, physical_id: str) -> None:
        self.physical_resource_id = physical_id

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.type_name

    @classmethod
    def cloudformation_name_type(cls) -> str:
        return cls.name_property

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return False

    def is_created(self) -> bool:
        return True

    @classmethod
    def make(cls, name: str, properties: dict[str, Any], account_id: str, region_name: str) -> str:
        """Makes the resource and answers its physical id."""
        raise NotImplementedError

    @classmethod
    def unmake(cls, physical_id: str, account_id: str, region_name: str) -> None:
        """Takes the resource away."""
        raise NotImplementedError

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **_: Any
    ) -> "_Added":
        return cls(cls.make(resource_name, cloudformation_json["Properties"], account_id, region_name))

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: "_Added",
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> "_Added":
        cls.unmake(original_resource.physical_resource_id, account_id, region_name)
        return cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str
    ) -> None:
        cls.unmake(resource_name, account_id, region_name)


class NetworkAcl(_Added, CloudFormationModel):
    """A network ACL, with no rule but the last."""

    __module__ = "moto.ec2.added"
    type_name = "AWS::EC2::NetworkAcl"

    @classmethod
    def make(cls, name: str, properties: dict[str, Any], account_id: str, region_name: str) -> str:
        backend = _ec2(account_id, region_name)
        acl = backend.create_network_acl(properties["VpcId"], tags=properties.get("Tags"))
        for egress in (False, True):
            cls._deny_the_rest(backend, acl.id, egress)
        return str(acl.id)

    @staticmethod
    def _deny_the_rest(backend: Any, acl_id: str, egress: bool) -> None:
        """The last rule of every ACL, which AWS shows as `*` and numbers 32767; moto has it in default ACLs only."""
        backend.create_network_acl_entry(
            network_acl_id=acl_id,
            rule_number=32767,
            protocol="-1",
            rule_action="deny",
            egress=egress,
            cidr_block="0.0.0.0/0",
            icmp_code=None,
            icmp_type=None,
            port_range_from=None,
            port_range_to=None,
            ipv6_cidr_block=None,
        )

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: "_Added",
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> "_Added":
        # Only its tags can change without a new VPC, and making it again would lose rules and associations.
        tags = {tag["Key"]: tag["Value"] for tag in cloudformation_json["Properties"].get("Tags", [])}
        _ec2(account_id, region_name).create_tags([original_resource.physical_resource_id], tags)
        return original_resource

    @classmethod
    def unmake(cls, physical_id: str, account_id: str, region_name: str) -> None:
        _ec2(account_id, region_name).delete_network_acl(physical_id)


class NetworkAclEntry(_Added, CloudFormationModel):
    """One rule; its physical id is `<acl>|<number>|<egress>`."""

    __module__ = "moto.ec2.added"
    type_name = "AWS::EC2::NetworkAclEntry"

    @classmethod
    def make(cls, name: str, properties: dict[str, Any], account_id: str, region_name: str) -> str:
        ports = properties.get("PortRange", {})
        icmp = properties.get("Icmp", {})
        entry = _ec2(account_id, region_name).create_network_acl_entry(
            network_acl_id=properties["NetworkAclId"],
            rule_number=int(properties["RuleNumber"]),
            protocol=str(properties["Protocol"]),
            rule_action=properties["RuleAction"],
            egress=properties.get("Egress", False),
            cidr_block=properties.get("CidrBlock"),
            icmp_code=icmp.get("Code"),
            icmp_type=icmp.get("Type"),
            port_range_from=ports.get("From"),
            port_range_to=ports.get("To"),
            ipv6_cidr_block=properties.get("Ipv6CidrBlock"),
        )
        return f"{entry.network_acl_id}|{entry.rule_number}|{entry.egress}"

    @classmethod
    def unmake(cls, physical_id: str, account_id: str, region_name: str) -> None:
        acl, number, egress = physical_id.split("|")
        _ec2(account_id, region_name).delete_network_acl_entry(acl, int(number), egress == "True")


class SubnetNetworkAclAssociation(_Added, CloudFormationModel):
    """Puts a subnet under an ACL, in place of the one it is under."""

    __module__ = "moto.ec2.added"
    type_name = "AWS::EC2::SubnetNetworkAclAssociation"

    @classmethod
    def make(cls, name: str, properties: dict[str, Any], account_id: str, region_name: str) -> str:
        backend = _ec2(account_id, region_name)
        current = next(
            association.id
            for acl in backend.network_acls.values()
            for association in acl.associations
            if association.subnet_id == properties["SubnetId"]
        )
        return str(backend.replace_network_acl_association(current, properties["NetworkAclId"]).id)

    @classmethod
    def unmake(cls, physical_id: str, account_id: str, region_name: str) -> None:
        # A subnet is always under some ACL: it falls back to its VPC's default one.
        backend = _ec2(account_id, region_name)
        vpc_id = next(acl.vpc_id for acl in backend.network_acls.values() if physical_id in acl._associations)
        default = next(acl for acl in backend.network_acls.values() if acl.default and acl.vpc_id == vpc_id)
        backend.replace_network_acl_association(physical_id, default.id)


class Group(_Added, CloudFormationModel):
    """A group of IAM users with its managed policies."""

    __module__ = "moto.iam.added"
    type_name = "AWS::IAM::Group"
    name_property = "GroupName"

    @classmethod
    def make(cls, name: str, properties: dict[str, Any], account_id: str, region_name: str) -> str:
        backend = _iam(account_id, region_name)
        group = backend.create_group(name, properties.get("Path", "/"))
        for arn in properties.get("ManagedPolicyArns", []):
            backend.attach_group_policy(arn, group.name)
        return str(group.name)

    @classmethod
    def unmake(cls, physical_id: str, account_id: str, region_name: str) -> None:
        backend = _iam(account_id, region_name)
        for policy in list(backend.get_group(physical_id).managed_policies):
            backend.detach_group_policy(policy, physical_id)
        backend.delete_group(physical_id)


class UserToGroupAddition(_Added, CloudFormationModel):
    """Membership; its physical id is `<group>|<user>,<user>`."""

    __module__ = "moto.iam.added"
    type_name = "AWS::IAM::UserToGroupAddition"

    @classmethod
    def make(cls, name: str, properties: dict[str, Any], account_id: str, region_name: str) -> str:
        for user in properties["Users"]:
            _iam(account_id, region_name).add_user_to_group(properties["GroupName"], user)
        return f"{properties['GroupName']}|{','.join(properties['Users'])}"

    @classmethod
    def unmake(cls, physical_id: str, account_id: str, region_name: str) -> None:
        group, users = physical_id.split("|")
        for user in users.split(","):
            _iam(account_id, region_name).remove_user_from_group(group, user)
