"""The resource types of our templates that moto's CloudFormation drops without a word.

Without one of them a deployment ends by naming it. They are known as far as the templates and tests use them, which is
without an update. Below https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference is the page of each.

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


def _add_rule(ec2: Any, acl: str, rule: dict[str, Any]) -> None:
    """Adds a rule, in CloudFormation's words, to an ACL."""
    ports = rule.get("PortRange", {})
    ec2.create_network_acl_entry(
        network_acl_id=acl,
        rule_number=int(rule["RuleNumber"]),
        protocol=str(rule["Protocol"]),
        rule_action=rule["RuleAction"],
        egress=rule.get("Egress", False),
        cidr_block=rule["CidrBlock"],
        icmp_code=None,
        icmp_type=None,
        port_range_from=ports.get("From"),
        port_range_to=ports.get("To"),
        ipv6_cidr_block=None,
    )


class _Added:
    """The part of moto's protocol that is the same for every added type.

    A subclass says how it is made, and how unmade where that takes something.
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
        """Takes the resource away, unless it goes with its VPC or its group."""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **_: Any
    ) -> "_Added":
        return cls(cls.make(resource_name, cloudformation_json["Properties"], account_id, region_name))

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str
    ) -> None:
        cls.unmake(resource_name, account_id, region_name)


class NetworkAcl(_Added, CloudFormationModel):
    """A network ACL, with no rule but the last: aws-resource-ec2-networkacl.html."""

    __module__ = "moto.ec2.added"
    type_name = "AWS::EC2::NetworkAcl"

    @classmethod
    def make(cls, name: str, properties: dict[str, Any], account_id: str, region_name: str) -> str:
        backend = _ec2(account_id, region_name)
        acl = backend.create_network_acl(properties["VpcId"], tags=properties.get("Tags"))
        # The last rule of every ACL, which AWS shows as `*` and numbers 32767; moto has it in default ACLs only.
        last = {"RuleNumber": 32767, "Protocol": -1, "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"}
        for egress in (False, True):
            _add_rule(backend, acl.id, last | {"Egress": egress})
        return str(acl.id)


class NetworkAclEntry(_Added, CloudFormationModel):
    """One rule; its physical id is `<acl>|<number>|<egress>`: aws-resource-ec2-networkaclentry.html."""

    __module__ = "moto.ec2.added"
    type_name = "AWS::EC2::NetworkAclEntry"

    @classmethod
    def make(cls, name: str, properties: dict[str, Any], account_id: str, region_name: str) -> str:
        _add_rule(_ec2(account_id, region_name), properties["NetworkAclId"], properties)
        return f"{properties['NetworkAclId']}|{properties['RuleNumber']}|{properties.get('Egress', False)}"


class SubnetNetworkAclAssociation(_Added, CloudFormationModel):
    """Puts a subnet under an ACL instead of the one it is under: aws-resource-ec2-subnetnetworkaclassociation.html."""

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


class Group(_Added, CloudFormationModel):
    """A group of IAM users with its managed policies: aws-resource-iam-group.html."""

    __module__ = "moto.iam.added"
    type_name = "AWS::IAM::Group"
    name_property = "GroupName"

    @classmethod
    def make(cls, name: str, properties: dict[str, Any], account_id: str, region_name: str) -> str:
        backend = _iam(account_id, region_name)
        group = backend.create_group(name, "/")
        for arn in properties.get("ManagedPolicyArns", []):
            backend.attach_group_policy(arn, group.name)
        return str(group.name)

    @classmethod
    def unmake(cls, physical_id: str, account_id: str, region_name: str) -> None:
        _iam(account_id, region_name).delete_group(physical_id)


class UserToGroupAddition(_Added, CloudFormationModel):
    """Membership; its physical id is `<group>|<user>,<user>`: aws-resource-iam-usertogroupaddition.html."""

    __module__ = "moto.iam.added"
    type_name = "AWS::IAM::UserToGroupAddition"

    @classmethod
    def make(cls, name: str, properties: dict[str, Any], account_id: str, region_name: str) -> str:
        for user in properties["Users"]:
            _iam(account_id, region_name).add_user_to_group(properties["GroupName"], user)
        return f"{properties['GroupName']}|{','.join(properties['Users'])}"
