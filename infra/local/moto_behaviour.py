"""What moto knows of, but leaves out when it comes from a template: CloudFormation's, or EC2's launch template.

Each function names the behaviour of AWS's that it gives, by its page, and the tests that need it. Below
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference is `aws-resource-ec2-….html` of each resource.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from moto.cloudformation.models import CloudFormationBackend
from moto.cloudformation.parsing import ResourceMap
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.models.instances import StateReason
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.models.subnets import Subnet, SubnetRouteTableAssociation
from moto.ec2.models.vpcs import VPC
from moto.ec2.responses.general import General
from moto.ec2.utils import (
    EC2_PREFIX_TO_RESOURCE,
    Base64EncodedString,
    convert_tag_spec,
    filter_iam_instance_profiles,
    get_prefix,
)

# The root volume of Amazon Linux images, in GiB; moto's images have none.
_IMAGE_SIZE = 8

# The last bytes of a console that GetConsoleOutput gives.
_CONSOLE_SIZE = 64 * 1024


def install() -> None:
    """Makes moto's classes do the rest. To be called once, before the server starts."""
    _after_creation(ElasticAddress, _set_tags)
    _after_creation(VPC, _set_dns)
    _after_creation(Subnet, _set_public_addresses)
    _after_creation(SubnetRouteTableAssociation, _associate)
    _after_creation(SecurityGroup, _set_egress)
    _launch_as_the_template_says()
    _split_lists_that_nobody_gave()
    _execute_change_sets()
    _delete_stacks()
    _find_tags_at_once()
    if "ROLLCALL_CONSOLES" in os.environ:
        _show_consoles(Path(os.environ["ROLLCALL_CONSOLES"]))
    if reason := os.environ.get("ROLLCALL_NO_HOSTS"):
        _give_up_what_would_boot(reason)


def _split_lists_that_nobody_gave() -> None:
    """A list parameter at its default is a list, and so is one that stays as it was.

    moto leaves the first a text with commas, and takes the second for such a text.

    parameters-section-structure.html of the user guide; tests/test_least_privilege_gate.py, tests/test_deploy.py.
    """
    load = ResourceMap.load_parameters

    def load_and_split(resources: ResourceMap) -> None:
        given = resources.input_parameters.items()
        resources.input_parameters = {name: ",".join(it) if isinstance(it, list) else it for name, it in given}
        load(resources)
        for name, declared in resources._template.get("Parameters", {}).items():
            value = resources.resolved_parameters[name]
            if declared["Type"] == "CommaDelimitedList" and isinstance(value, str):
                value = [it.strip() for it in value.split(",")]
                resources.resolved_parameters[name] = resources._parsed_resources[name] = value

    ResourceMap.load_parameters = load_and_split


def _find_tags_at_once() -> None:
    """The tags of a resource are found by its id; moto looks for them among those of all resources, each time.

    EC2 does not take longer to answer with each instance that was ever launched; needed by `tests/bench/relaunch.py`
    """

    def get_tags(self: Any) -> list[dict[str, str]]:
        type_ = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id), "") if self.id else ""
        tags = dict(self.ec2_backend.tags.get(self.id, {}))
        return [{"resource_id": self.id, "key": it, "value": tags[it], "resource_type": type_} for it in tags]

    TaggedEC2Resource.get_tags = get_tags


def _execute_change_sets() -> None:
    """A change set makes and changes a stack as CreateStack and UpdateStack do, its outputs included.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html, needed by
    `tests/test_deploy.py`
    """

    def execute_change_set(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
        wanted = self.describe_change_set(change_set_name)
        if wanted.change_set_type == "CREATE":
            # Its place was held by an empty stack, under the id that it keeps.
            del self.stacks[wanted.stack_id]
            made = self.create_stack(wanted.stack_name, wanted.template, wanted.parameters, tags=wanted.tags)
            del self.stacks[made.stack_id]
            made.stack_id = wanted.stack_id
            self.stacks[made.stack_id] = made
        else:
            wanted.stack.update(wanted.template, wanted.role_arn, wanted.parameters, wanted.tags)
        wanted.execution_status = "EXECUTE_COMPLETE"

    refuse_same = CloudFormationResponse._validate_different_update

    def refuse_same_update(self: Any, *arguments: Any) -> None:
        # A change set without changes is made, and fails; only an update is refused.
        if self._get_action() != "CreateChangeSet":
            refuse_same(self, *arguments)

    CloudFormationBackend.execute_change_set = execute_change_set
    CloudFormationResponse._validate_different_update = refuse_same_update


def _delete_stacks() -> None:
    """A stack takes its route tables with it, and what needs something else goes before it; moto goes in any order.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html, needed by
    `tests/test_deploy.py`
    """

    def delete(self: Any) -> None:
        # In the order of their making whatever a resource refers to comes before it.
        for logical_id, resource in reversed(list(self._parsed_resources.items())):
            if isinstance(resource, str) or logical_id not in self._resource_json_map:
                continue
            declared = self._resource_json_map[logical_id]
            if declared.get("DeletionPolicy") != "Retain":
                self._delete_resource(resource, declared)
            del self._parsed_resources[logical_id]

    ResourceMap.delete = delete
    # CloudFormation's part of moto asks a resource by this name before it asks its class.
    RouteTable.delete = lambda self, account, region: ec2_backends[account][region].delete_route_table(self.id)
    SubnetRouteTableAssociation.delete = _disassociate


def _disassociate(association: SubnetRouteTableAssociation, account: str, region: str) -> None:
    associations = ec2_backends[account][region].get_route_table(association.route_table_id)._associations
    for id_ in [id_ for id_, subnet in associations.items() if subnet == association.subnet_id]:
        del associations[id_]


def _show_consoles(folder: Path) -> None:
    """What an instance's console says is in its file, once it has booted; moto has one text for all.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html, needed by
    `tests/test_local_hosts.py` and wherever a boot log is kept
    """

    def get_console_output(self: Any) -> ActionResult:
        id_ = self.ec2_backend.get_instance(self._get_param("InstanceId")).id
        console = folder / f"{id_}.log"
        said = console.read_bytes()[-_CONSOLE_SIZE:] if console.exists() else b""
        output = Base64EncodedString.from_raw_string(said.decode(errors="replace"))
        return ActionResult({"InstanceId": id_, "Timestamp": utcnow(), "Output": output})

    General.get_console_output = get_console_output


def _after_creation(model: Any, finish: Callable[[Any, Any, dict[str, Any]], None]) -> None:
    """Has `finish(backend, resource, properties)` called when CloudFormation made a resource of this class."""
    create = model.create_from_cloudformation_json.__func__

    def create_and_finish(
        cls: Any, name: str, cloudformation_json: Any, account_id: str, region_name: str, **more: Any
    ) -> Any:
        resource = create(cls, name, cloudformation_json, account_id, region_name, **more)
        finish(ec2_backends[account_id][region_name], resource, cloudformation_json.get("Properties", {}))
        return resource

    model.create_from_cloudformation_json = classmethod(create_and_finish)


def _set_tags(_: Any, resource: Any, properties: dict[str, Any]) -> None:
    """aws-resource-ec2-eip.html, needed by `tests/test_templates.py`."""
    resource.add_tags({tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])})


def _set_dns(_: Any, vpc: VPC, properties: dict[str, Any]) -> None:
    """aws-resource-ec2-vpc.html, needed by `tests/test_templates.py`."""
    vpc.enable_dns_support = properties.get("EnableDnsSupport", True)
    vpc.enable_dns_hostnames = properties.get("EnableDnsHostnames", False)


def _set_public_addresses(_: Any, subnet: Subnet, properties: dict[str, Any]) -> None:
    """aws-resource-ec2-subnet.html, needed by `tests/test_templates.py` and `tests/test_conformance.py`."""
    subnet.map_public_ip_on_launch = properties.get("MapPublicIpOnLaunch", False)


def _associate(backend: Any, _: Any, properties: dict[str, Any]) -> None:
    """aws-resource-ec2-subnetroutetableassociation.html, needed by `tests/test_templates.py`."""
    backend.associate_route_table(properties["RouteTableId"], subnet_id=properties["SubnetId"])


def _set_egress(backend: Any, group: SecurityGroup, properties: dict[str, Any]) -> None:
    """aws-resource-ec2-securitygroup.html, needed by `tests/test_templates.py`."""
    rules = properties.get("SecurityGroupEgress", [])
    if rules:
        # CloudFormation takes away the rule that lets everything out as soon as a template states another.
        backend.revoke_security_group_egress(group.id, "-1", None, None, [{"CidrIp": "0.0.0.0/0"}])
    for rule in rules:
        range_ = {"CidrIp": rule["CidrIp"], "Description": rule.get("Description", "")}
        backend.authorize_security_group_egress(
            group.id, rule["IpProtocol"], rule["FromPort"], rule["ToPort"], [range_]
        )


def _launch_as_the_template_says() -> None:
    """A launch template's instance profile, metadata options, root volume, and tags of volumes and interfaces.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/launch-instances-from-launch-template.html, needed by
    `tests/test_templates.py` and by every relaunch: what the function may do to an interface depends on its tags
    """
    run = EC2Backend.run_instances

    def run_by_template(self: Any, *arguments: Any, **request: Any) -> Any:
        wanted = request.get("launch_template")
        template = self._get_template_from_args(wanted).data if wanted else {}
        profile = _profile(self, template, request)
        request["metadata_options"] = template.get("MetadataOptions", {}) | (request.get("metadata_options") or {})
        request["tags"] = _merge(convert_tag_spec(template.get("TagSpecifications", [])), request.get("tags", {}))
        if "BlockDeviceMappings" in template:
            # Given by the request, they take the place of moto's own root volume instead of coming on top.
            request.setdefault("block_device_mappings", [_sized(it) for it in template["BlockDeviceMappings"]])
        interface_tags = request["tags"].get("network-interface", {})
        reservation = run(self, *arguments, **request)
        for instance in reservation.instances:
            if profile:
                self.associate_iam_instance_profile(instance.id, iam_instance_profile_name=profile)
            for interface in instance.nics.values():
                interface.add_tags(interface_tags)
        return reservation

    EC2Backend.run_instances = run_by_template


def _give_up_what_would_boot(reason: str) -> None:
    """Where no host boots, an instance with user data ends as one does that EC2 can't start, and says why.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html (Instance terminates immediately),
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html
    """
    run = EC2Backend.run_instances

    def run_and_give_up(self: Any, *arguments: Any, **request: Any) -> Any:
        reservation = run(self, *arguments, **request)
        for instance in reservation.instances:
            if instance.user_data:
                instance.terminate()
                instance.state_reason = StateReason(f"Server.InternalError: {reason}", "Server.InternalError")
        return reservation

    EC2Backend.run_instances = run_and_give_up


def _sized(mapping: dict[str, Any]) -> dict[str, Any]:
    """A volume whose size nobody states has the image's."""
    return mapping | {"Ebs": {"VolumeSize": _IMAGE_SIZE} | mapping["Ebs"]}


def _profile(backend: Any, template: dict[str, Any], request: dict[str, Any]) -> str | None:
    """The template's profile, unless the request has its own, which moto sees to. Refused if there is none such."""
    if request.get("iam_instance_profile_name") or request.get("iam_instance_profile_arn"):
        return None
    name: str | None = template.get("IamInstanceProfile", {}).get("Name")
    if name:
        filter_iam_instance_profiles(
            backend.account_id,
            partition=backend.partition,
            iam_instance_profile_arn=None,
            iam_instance_profile_name=name,
        )
    return name


def _merge(template: dict[str, dict[str, str]], request: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Tags by kind of resource; where both have a key the request's value holds."""
    return {kind: template.get(kind, {}) | request.get(kind, {}) for kind in template.keys() | request.keys()}
