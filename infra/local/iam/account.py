"""What checks depend on, as the account has it: policies as deployed, and what EC2, DynamoDB and S3 hold."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from infra.local.endpoints import ACCOUNT_ID, Endpoints
from infra.local.iam.check import Principal
from infra.local.iam.condition import Context
from infra.local.iam.policy import Policy
from infra.local.listing import listed

# A policy may be deployed anew; then it holds after this many seconds, which is sooner than at AWS.
_POLICIES_LAST = 5.0

# The accounts from which Amazon publishes its images, for emulated images without an owner's alias.
_AMAZON = frozenset(("137112412989", "591542846629", "801119661308"))

Tags = dict[str, str]
T = TypeVar("T")


@dataclass(frozen=True)
class Role:
    """A role as deployed."""

    name: str
    arn: str
    id: str
    policies: tuple[Policy, ...]
    trust: Policy

    def session(self, name: str) -> Principal:
        """Whoever took the role on: of an EC2 host, `name` is the instance's id; of a function, the function's name.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
        """
        account = self.arn.split(":")[4]
        context = {
            "aws:PrincipalArn": self.arn,
            "aws:PrincipalAccount": account,
            "aws:PrincipalType": "AssumedRole",
            "aws:userid": f"{self.id}:{name}",
            # On loopback there is nothing to encrypt; at AWS the SDKs speak TLS alone.
            "aws:SecureTransport": "true",
        }
        return Principal(self.arn, Context(context), f"arn:aws:sts::{account}:assumed-role/{self.name}/{name}")


@dataclass(frozen=True)
class Image:
    """An image's owner as policies name it: `amazon`, or an account."""

    id: str
    owner: str | None


class Account(Protocol):
    """What readers of requests ask."""

    region: str
    id: str

    def launch_template(self, given: Mapping[str, str]) -> tuple[str, Mapping[str, Any]]:
        """Id and data of a launch template, by the parameters `LaunchTemplateId` or `LaunchTemplateName`, `Version`."""

    def image(self, image: str) -> Image:
        """An image."""

    def instance(self, instance: str) -> tuple[Tags, dict[str, Tags]]:
        """The tags of an instance, and those of each of its network interfaces."""

    def subnet_of(self, interface: str) -> str:
        """The subnet of a network interface; an empty text when there is no such interface."""

    def profile_roles(self, profile: str) -> list[str]:
        """The ARNs of an instance profile's roles."""

    def partition_key(self, table: str) -> str:
        """The name of a table's partition key."""


class DeployedAccount:
    """The account that a local cloud plays. Its methods wait for the emulators, and may be called from any thread."""

    id = ACCOUNT_ID

    def __init__(self, endpoints: Endpoints) -> None:
        self.region = endpoints.region
        self._ec2, self._iam = endpoints.client_of("ec2"), endpoints.client_of("iam")
        self._dynamodb, self._s3 = endpoints.client_of("dynamodb"), endpoints.client_of("s3")
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], tuple[float, Any]] = {}

    def role(self, name: str) -> Role | None:
        """A role, by its name."""
        return self._kept_for_a_while("role", name, self._read_role)

    def bucket_policy(self, bucket: str) -> Policy | None:
        """A bucket's policy; none when it has none."""
        return self._kept_for_a_while("bucket", bucket, self._read_bucket_policy)

    def group_policies(self, group: str) -> list[Policy]:
        """Every policy of a group of users."""
        iam = self._iam
        found = []
        for name in listed(iam, "list_group_policies", "PolicyNames", GroupName=group):
            document = iam.get_group_policy(GroupName=group, PolicyName=name)["PolicyDocument"]
            found.append(Policy.of(name, _document(document)))
        for attached in listed(iam, "list_attached_group_policies", "AttachedPolicies", GroupName=group):
            found.append(self._managed(attached["PolicyArn"]))
        return found

    def launch_template(self, given: Mapping[str, str]) -> tuple[str, Mapping[str, Any]]:
        named = {name: given[name] for name in ("LaunchTemplateId", "LaunchTemplateName") if name in given}
        version = given.get("Version", "$Default")
        found = self._ec2.describe_launch_template_versions(**named, Versions=[version])
        (template,) = found["LaunchTemplateVersions"]
        return template["LaunchTemplateId"], template["LaunchTemplateData"]

    def image(self, image: str) -> Image:
        found = _or_nothing(lambda: self._ec2.describe_images(ImageIds=[image])["Images"])
        for it in found or []:
            owner = it.get("ImageOwnerAlias") or ("amazon" if it["OwnerId"] in _AMAZON else it["OwnerId"])
            return Image(image, owner)
        return Image(image, None)

    def instance(self, instance: str) -> tuple[Tags, dict[str, Tags]]:
        found = _or_nothing(lambda: self._ec2.describe_instances(InstanceIds=[instance])["Reservations"])
        for it in (each for reservation in found or [] for each in reservation["Instances"]):
            interfaces = [each["NetworkInterfaceId"] for each in it.get("NetworkInterfaces", [])]
            tags: dict[str, Tags] = {}
            if interfaces:
                described = self._ec2.describe_network_interfaces(NetworkInterfaceIds=interfaces)
                tags = {each["NetworkInterfaceId"]: _tags(each["TagSet"]) for each in described["NetworkInterfaces"]}
            return _tags(it.get("Tags", [])), tags
        return {}, {}

    def subnet_of(self, interface: str) -> str:
        asked = {"NetworkInterfaceIds": [interface]}
        found = _or_nothing(lambda: self._ec2.describe_network_interfaces(**asked)["NetworkInterfaces"])
        return found[0]["SubnetId"] if found else ""

    def profile_roles(self, profile: str) -> list[str]:
        found = _or_nothing(lambda: self._iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"])
        return [role["Arn"] for role in found["Roles"]] if found else []

    def partition_key(self, table: str) -> str:
        def read(name: str) -> str:
            keys = self._dynamodb.describe_table(TableName=name)["Table"]["KeySchema"]
            return next(key["AttributeName"] for key in keys if key["KeyType"] == "HASH")

        return self._kept_for_a_while("table", table, read)

    def _read_role(self, name: str) -> Role | None:
        iam = self._iam
        found = _or_nothing(lambda: iam.get_role(RoleName=name)["Role"])
        if found is None:
            return None
        policies = [
            Policy.of(it, _document(iam.get_role_policy(RoleName=name, PolicyName=it)["PolicyDocument"]))
            for it in listed(iam, "list_role_policies", "PolicyNames", RoleName=name)
        ]
        attached = listed(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
        policies += [self._managed(it["PolicyArn"]) for it in attached]
        trust = Policy.of("trust", _document(found["AssumeRolePolicyDocument"]))
        return Role(name, found["Arn"], found["RoleId"], tuple(policies), trust)

    def _managed(self, arn: str) -> Policy:
        version = self._iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = self._iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        return Policy.of(arn.rpartition("/")[2], _document(document))

    def _read_bucket_policy(self, bucket: str) -> Policy | None:
        found = _or_nothing(lambda: self._s3.get_bucket_policy(Bucket=bucket)["Policy"])
        return Policy.of("bucket", json.loads(found)) if found else None

    def _kept_for_a_while(self, kind: str, name: str, read: Callable[[str], T]) -> T:
        with self._lock:
            until, kept = self._kept.get((kind, name), (0.0, None))
            if time.monotonic() < until:
                return kept  # type: ignore[no-any-return]
        found = read(name)
        with self._lock:
            self._kept[kind, name] = (time.monotonic() + _POLICIES_LAST, found)
        return found


def _or_nothing(ask: Callable[[], T]) -> T | None:
    """What there is; nothing where AWS refuses to tell. That AWS is away is no such refusal, and is raised."""
    try:
        return ask()
    except ClientError as error:
        if is_away(error):
            raise
        return None


def is_away(error: Exception) -> bool:
    """Whether AWS could not be asked, or failed by itself: what was asked for is not known then."""
    if isinstance(error, ClientError):
        return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500)
    # An emulator that fails answers with a page, which botocore can't read.
    return isinstance(error, (BotoCoreError, ResponseParserError))


def _document(found: Any) -> Mapping[str, Any]:
    return json.loads(found) if isinstance(found, str) else found


def _tags(found: list[dict[str, str]]) -> Tags:
    return {it["Key"]: it["Value"] for it in found}
