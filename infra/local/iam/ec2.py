"""What EC2 asks IAM for.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html tells the resources and keys of
each action, https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html how a launch uses them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.iam.account import Account, Tags
from infra.local.iam.check import Check, tagged
from infra.local.iam.condition import Context, Value

# Actions on instances, which know their tags.
_OF_INSTANCES = frozenset(
    (
        *("DescribeInstanceAttribute", "GetConsoleOutput", "GetConsoleScreenshot", "GetPasswordData"),
        *("ModifyInstanceAttribute", "ModifyInstanceMetadataOptions", "MonitorInstances", "UnmonitorInstances"),
        *("RebootInstances", "StartInstances", "StopInstances", "TerminateInstances"),
    )
)

# The kinds of resources by how their ids begin, as far as tags are given to them here.
_KINDS = {
    "i": "instance",
    "vol": "volume",
    "eni": "network-interface",
    "eipalloc": "elastic-ip",
    "lt": "launch-template",
    "subnet": "subnet",
    "sg": "security-group",
}


@dataclass(frozen=True)
class Launch:
    """A RunInstances: the request, over what its launch template says."""

    image: str
    owner: str | None
    subnet: str
    security_groups: tuple[str, ...]
    # The template's id; none when it is launched without one.
    template: str | None = None
    # The instance profile's name, and the ARNs of its roles.
    profile: str | None = None
    roles: tuple[str, ...] = ()
    metadata_tokens: str = "optional"
    instance_type: str = "t3.micro"
    # By kind of resource.
    tags: Mapping[str, Tags] = field(default_factory=dict)
    # What is there already, as far as the request names it.
    interfaces: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()
    key_pair: str | None = None


def arn(account: Account, kind: str, name: str) -> str:
    """A resource's ARN. Images and snapshots are of no account."""
    owner = "" if kind in ("image", "snapshot") else account.id
    return f"arn:aws:ec2:{account.region}:{owner}:{kind}/{name}"


def launch_checks(account: Account, launch: Launch) -> list[Check]:
    """RunInstances is asked for every resource of the launch; then tagging and passing a role are actions of their own.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/use-launch-templates-to-control-launching-instances.html,
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
    """
    common: dict[str, Value] = {"ec2:Region": account.region}
    if launch.template is not None:
        common["ec2:LaunchTemplate"] = arn(account, "launch-template", launch.template)
    instance: dict[str, Value] = {
        "ec2:InstanceType": launch.instance_type,
        "ec2:MetadataHttpTokens": launch.metadata_tokens,
    }
    if launch.profile is not None:
        instance["ec2:InstanceProfile"] = f"arn:aws:iam::{account.id}:instance-profile/{launch.profile}"
    image: dict[str, Value] = {"ec2:ImageID": launch.image}
    if launch.owner is not None:
        image["ec2:Owner"] = launch.owner

    def run(kind: str, name: str, *more: Mapping[str, Value]) -> Check:
        return Check("ec2:RunInstances", arn(account, kind, name), Context(common, *more))

    # What does not exist yet has a wildcard for its id.
    checks = [
        run("instance", "*", instance, _requested(launch.tags.get("instance", {}))),
        run("volume", "*", _requested(launch.tags.get("volume", {}))),
        run("image", launch.image, image),
        run("subnet", launch.subnet, {"ec2:SubnetID": launch.subnet}),
        *(run("security-group", it, {"ec2:SecurityGroupID": it}) for it in launch.security_groups),
        *(run("snapshot", it) for it in launch.snapshots),
    ]
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances-subnet
    if launch.interfaces:
        checks += [
            run("network-interface", it, {"ec2:Subnet": arn(account, "subnet", account.subnet_of(it))})
            for it in launch.interfaces
        ]
    else:
        asked = {"ec2:Subnet": arn(account, "subnet", launch.subnet)}
        checks.append(run("network-interface", "*", asked, _requested(launch.tags.get("network-interface", {}))))
    if launch.template is not None:
        checks.append(run("launch-template", launch.template))
    if launch.key_pair is not None:
        checks.append(run("key-pair", launch.key_pair))
    for kind, tags in launch.tags.items():
        created = {"ec2:CreateAction": "RunInstances", "ec2:Region": account.region}
        if tags:
            checks.append(Check("ec2:CreateTags", arn(account, kind, "*"), Context(created, _requested(tags))))
    return checks + [pass_role(it, "ec2.amazonaws.com") for it in launch.roles]


def pass_role(role: str, service: str) -> Check:
    """Handing a role to a service.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    return Check("iam:PassRole", role, Context({"iam:PassedToService": service}))


def associate_address_checks(account: Account, address: str, instance: str) -> list[Check]:
    """Moving an address to an instance.

    The reference names three kinds of resources and leaves open when each is asked for; here it is all three.
    """
    tags, interfaces = account.instance(instance)
    return [
        Check("ec2:AssociateAddress", arn(account, "elastic-ip", address), Context({"ec2:Region": account.region})),
        _of_resource(account, "AssociateAddress", "instance", instance, tags),
        *(_of_resource(account, "AssociateAddress", "network-interface", it, own) for it, own in interfaces.items()),
    ]


def instance_check(account: Account, action: str, instance: str) -> Check:
    """An action on an instance that is there; one that is not has no tags."""
    return _of_resource(account, action, "instance", instance, account.instance(instance)[0])


def checks(account: Account, action: str, parameters: Mapping[str, str]) -> list[Check]:
    """What a call of the Query API asks for. An action that is not modelled is asked for on all resources."""
    if action == "RunInstances":
        return launch_checks(account, read_launch(account, parameters))
    if action == "AssociateAddress" and {"AllocationId", "InstanceId"} <= parameters.keys():
        return associate_address_checks(account, parameters["AllocationId"], parameters["InstanceId"])
    if action in _OF_INSTANCES:
        named = [value for name, value in parameters.items() if name.partition(".")[0] == "InstanceId"]
        return [instance_check(account, action, it) for it in named]
    if action == "CreateTags":
        keys = _requested(_pairs(parameters, "Tag."))
        named = [value for name, value in parameters.items() if name.startswith("ResourceId.")]
        return [
            Check("ec2:CreateTags", arn(account, _KINDS.get(it.rpartition("-")[0], "unknown"), it), Context(keys))
            for it in named
        ]
    return [Check(f"ec2:{action}", "*", Context({"ec2:Region": account.region}))]


def read_launch(account: Account, parameters: Mapping[str, str]) -> Launch:
    """A RunInstances as EC2 carries it out: what the request leaves out is the launch template's."""
    prefix = "LaunchTemplate."
    named = {name.removeprefix(prefix): value for name, value in parameters.items() if name.startswith(prefix)}
    template, data = account.launch_template(named) if named else (None, {})
    image = parameters.get("ImageId") or data.get("ImageId", "")
    profile = _profile(parameters.get("IamInstanceProfile.Name"), parameters.get("IamInstanceProfile.Arn")) or _profile(
        data.get("IamInstanceProfile", {}).get("Name"), data.get("IamInstanceProfile", {}).get("Arn")
    )
    tags: dict[str, Tags] = {}
    for it in data.get("TagSpecifications", []):
        tags[it["ResourceType"]] = {tag["Key"]: tag["Value"] for tag in it["Tags"]}
    for kind, own in _tag_specifications(parameters).items():
        tags[kind] = tags.get(kind, {}) | own
    mappings = data.get("BlockDeviceMappings", [])
    snapshots = [it["Ebs"]["SnapshotId"] for it in mappings if "SnapshotId" in it.get("Ebs", {})]
    return Launch(
        image=image,
        owner=account.image(image).owner,
        subnet=parameters.get("SubnetId") or data.get("SubnetId", ""),
        security_groups=tuple(_listed(parameters, "SecurityGroupId.") or data.get("SecurityGroupIds", ())),
        template=template,
        profile=profile,
        roles=tuple(account.profile_roles(profile)) if profile else (),
        metadata_tokens=parameters.get("MetadataOptions.HttpTokens")
        or data.get("MetadataOptions", {}).get("HttpTokens", "optional"),
        instance_type=parameters.get("InstanceType") or data.get("InstanceType", ""),
        tags=tags,
        interfaces=tuple(_ending(parameters, "NetworkInterface.", ".NetworkInterfaceId")),
        snapshots=tuple(snapshots + _ending(parameters, "BlockDeviceMapping.", ".SnapshotId")),
        key_pair=parameters.get("KeyName") or data.get("KeyName"),
    )


def _of_resource(account: Account, action: str, kind: str, name: str, tags: Tags) -> Check:
    keys: dict[str, Value] = {"ec2:Region": account.region}
    context = Context(keys, tagged(tags, "aws:ResourceTag"), tagged(tags, "ec2:ResourceTag"))
    return Check(f"ec2:{action}", arn(account, kind, name), context)


def _requested(tags: Tags) -> dict[str, Value]:
    return tagged(tags, "aws:RequestTag") | ({"aws:TagKeys": tuple(sorted(tags))} if tags else {})


def _profile(name: str | None, arn: str | None) -> str | None:
    return name or (arn.rpartition("/")[2] if arn else None)


def _listed(parameters: Mapping[str, str], prefix: str) -> list[str]:
    return [value for name, value in parameters.items() if name.startswith(prefix)]


def _ending(parameters: Mapping[str, str], prefix: str, suffix: str) -> list[str]:
    return [value for name, value in parameters.items() if name.startswith(prefix) and name.endswith(suffix)]


def _pairs(parameters: Mapping[str, Any], prefix: str) -> Tags:
    """Tags as the Query API spells them: `<prefix><n>.Key` and `<prefix><n>.Value`."""
    keys: Iterable[str] = (name for name in parameters if name.startswith(prefix) and name.endswith(".Key"))
    return {parameters[name]: parameters.get(f"{name.removesuffix('Key')}Value", "") for name in keys}


def _tag_specifications(parameters: Mapping[str, str]) -> dict[str, Tags]:
    found: dict[str, Tags] = {}
    for name, kind in parameters.items():
        if name.startswith("TagSpecification.") and name.endswith(".ResourceType"):
            found[kind] = _pairs(parameters, f"{name.removesuffix('ResourceType')}Tag.")
    return found
