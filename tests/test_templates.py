"""The templates: well-formed, deployed into the local cloud in full, and there as declared when AWS is asked."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.local.cloud import LocalCloud
from infra.local.deploy import deploy
from infra.local.failure import Failure
from infra.local.listing import listed
from infra.policies import documents as policy_documents
from infra.stacks import INFRA, read_plans

Aws = Callable[[str], Any]

ROOT = Path(__file__).resolve().parents[1]
# Checkers in an environment of their own, which infra/setup makes for the tests.
CHECKS = ROOT / ".tools/checks/bin"

ANYWHERE = "0.0.0.0/0"
TEMPLATES = sorted(INFRA.glob("*.yaml"))
STACKS = [plan.name for plan in read_plans()]

# A function that answers everything with nothing, for copies whose function nobody calls.
BOOTSTRAP = """#!/bin/bash
while id=$(curl -sS -o /dev/null -w '%header{lambda-runtime-aws-request-id}' \\
  "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next"); do
  curl -sS -d null "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response"
done
"""


def function_zip(file: Path, note: str = "") -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap", date_time=(2026, 1, 1, 0, 0, 0))
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, f"{BOOTSTRAP}# {note}\n")
    return file


def policy(document: str | dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A policy's statements by their ids."""
    parsed = json.loads(document) if isinstance(document, str) else document
    return {statement["Sid"]: statement for statement in parsed["Statement"]}


# ---- The files. -----------------------------------------------------------------------------------------------------


def test_cfn_lint_has_nothing_to_say() -> None:
    templates = [str(INFRA / f"{name}.yaml") for name in STACKS]
    lint = subprocess.run([Path(sys.executable).with_name("cfn-lint"), *templates], capture_output=True, text=True)
    assert (lint.returncode, lint.stdout, lint.stderr) == (0, "", "")


def test_checkov_finds_nothing_that_is_not_answered_in_the_template() -> None:
    # Each answer stands under the resource's Metadata. Without --skip-download it would ask its maker for texts.
    command = [CHECKS / "checkov", "--framework", "cloudformation", "--skip-download", "--compact", "--quiet"]
    templates = [argument for name in STACKS for argument in ("--file", str(INFRA / f"{name}.yaml"))]
    check = subprocess.run(
        [*command, *templates], capture_output=True, text=True, env=os.environ | {"LOG_LEVEL": "ERROR"}
    )
    assert (check.returncode, check.stderr) == (0, ""), check.stdout


def test_parliament_finds_no_fault_in_any_policy() -> None:
    policies = subprocess.run(
        [sys.executable, "-m", "infra.policies"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    judge = [CHECKS / "python", ROOT / "tests/support/judge_policies.py"]
    judged = subprocess.run(judge, input=policies, capture_output=True)
    assert (judged.returncode, judged.stdout.decode()) == (0, ""), judged.stderr.decode()


def test_every_policy_is_judged() -> None:
    documents = [place for place, _ in policy_documents()]
    for name in STACKS:
        written = (INFRA / f"{name}.yaml").read_text().count("PolicyDocument:")
        written += (INFRA / f"{name}.yaml").read_text().count("KeyPolicy:")
        assert len([place for place in documents if place.startswith(f"{name}.yaml")]) == written, name


def test_every_template_has_its_place_in_the_order() -> None:
    assert {file.stem for file in TEMPLATES} == {*STACKS, "stacks"}


def test_a_stack_gets_only_what_earlier_ones_give() -> None:
    made: set[str] = set()
    for plan in read_plans():
        outputs = {*plan.parameters.values(), *(upload["bucket"] for upload in plan.uploads.values())}
        assert outputs <= made, f"{plan.name} comes too early"
        assert {*plan.parameters, *plan.uploads} <= plan.declared.keys(), f"{plan.name} declares fewer parameters"
        made |= {f"{plan.name}.{output}" for output in plan.outputs}


@pytest.mark.parametrize("name", STACKS)
def test_the_prefix_is_declared_alike_everywhere(name: str) -> None:
    declared = {plan.name: plan.declared["Prefix"] for plan in read_plans()}
    assert declared[name] == declared[STACKS[0]]


# ---- Deploying them. ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def copy(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, dict[str, str]]]:
    """Deploys a second copy beside the first, with a trivial function, as often as it is called."""
    folder = tmp_path_factory.mktemp("copy")

    def deploy_copy(note: str = "", **parameters: str) -> dict[str, dict[str, str]]:
        zip_file = function_zip(folder / "function.zip", note)
        own = {"EmployeesTableName": "copy-employees", **parameters}
        return deploy(cloud.endpoints, "copy", own, {"FunctionArtifactKey": zip_file})

    return deploy_copy


@pytest.mark.parametrize("name", STACKS)
def test_every_logical_id_came_to_be(cloud: LocalCloud, name: str) -> None:
    plan = next(plan for plan in read_plans() if plan.name == name)
    client = cloud.endpoints.client(plan.emulator, "cloudformation")
    found = listed(client, "list_stack_resources", "StackResourceSummaries", StackName=f"rollcall-{name}")
    made = {it["LogicalResourceId"]: it["PhysicalResourceId"] for it in found}
    assert made.keys() == plan.resources
    assert all(made.values())


def test_a_second_copy_fits_in_the_same_account(cloud: LocalCloud, copy: Callable[..., Any]) -> None:
    outputs = copy()
    assert outputs["network"]["VpcId"] != cloud.outputs["network"]["VpcId"]
    assert outputs["service"]["FunctionName"] == "copy-control-plane"


def test_deploying_again_changes_nothing(cloud: LocalCloud, copy: Callable[..., Any]) -> None:
    before = copy(), versions(cloud)
    assert (copy(), versions(cloud)) == before


def versions(cloud: LocalCloud) -> list[tuple[str, str, str]]:
    """What each stack of the copy is made of, and when it was last changed."""
    found = []
    for plan in read_plans():
        client = cloud.endpoints.client(plan.emulator, "cloudformation")
        stack = client.describe_stacks(StackName=f"copy-{plan.name}")["Stacks"][0]
        resources = listed(client, "list_stack_resources", "StackResourceSummaries", StackName=f"copy-{plan.name}")
        ids = sorted(f"{it['LogicalResourceId']}={it['PhysicalResourceId']}" for it in resources)
        found.append((stack["StackStatus"], str(stack.get("LastUpdatedTime")), "; ".join(ids)))
    return found


def test_a_new_build_updates_the_function_and_keeps_the_data(aws: Aws, copy: Callable[..., Any]) -> None:
    function = copy("first build")["service"]["FunctionName"]
    aws("dynamodb").put_item(TableName="copy-employees", Item={"id": {"S": "1"}})
    first = aws("lambda").get_function_configuration(FunctionName=function)["CodeSha256"]
    copy("second build")
    assert aws("lambda").get_function_configuration(FunctionName=function)["CodeSha256"] != first
    assert aws("dynamodb").get_item(TableName="copy-employees", Key={"id": {"S": "1"}})["Item"]


def test_a_setting_can_be_changed(aws: Aws, copy: Callable[..., Any]) -> None:
    function = copy(Reading="open")["service"]["FunctionName"]
    assert environment(aws, function)["READING"] == "open"
    copy(Reading="signed-in")
    assert environment(aws, function)["READING"] == "signed-in"


def environment(aws: Aws, function: str) -> dict[str, str]:
    return dict(aws("lambda").get_function_configuration(FunctionName=function)["Environment"]["Variables"])


def test_a_resource_the_emulator_leaves_out_is_named(
    cloud: LocalCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stacks.yaml").write_text(yaml.safe_dump({"odd": {"emulator": "moto"}}))
    resource = {"Type": "AWS::EC2::IPAMPool", "Properties": {"AddressFamily": "ipv4", "IpamScopeId": "ipam-scope-1"}}
    (tmp_path / "odd.yaml").write_text(yaml.safe_dump({"Resources": {"Pool": resource}}))
    monkeypatch.setattr("infra.stacks.INFRA", tmp_path)
    with pytest.raises(Failure, match="odd-odd: moto made no Pool, and did not say so"):
        deploy(cloud.endpoints, "odd")


def test_a_stack_that_fails_says_why(cloud: LocalCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stacks.yaml").write_text(yaml.safe_dump({"taken": {"emulator": "ministack"}}))
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": cloud.outputs["storage"]["SiteBucketName"]}}
    (tmp_path / "taken.yaml").write_text(yaml.safe_dump({"Resources": {"Bucket": bucket}}))
    monkeypatch.setattr("infra.stacks.INFRA", tmp_path)
    with pytest.raises(Failure, match=r"odd-taken ended as ROLLBACK_COMPLETE: Bucket: .*exists"):
        deploy(cloud.endpoints, "odd")


def test_an_unknown_parameter_is_refused(cloud: LocalCloud, tmp_path: Path) -> None:
    with pytest.raises(Failure, match="Unknown: Colour"):
        deploy(cloud.endpoints, "odd", {"Colour": "red"}, {"FunctionArtifactKey": function_zip(tmp_path / "f.zip")})


# ---- The network, as EC2 tells it. ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def vpc(cloud: LocalCloud) -> str:
    return cloud.outputs["network"]["VpcId"]


def in_vpc(vpc: str) -> list[dict[str, Any]]:
    return [{"Name": "vpc-id", "Values": [vpc]}]


def subnets(aws: Aws, vpc: str) -> dict[str, dict[str, Any]]:
    """The subnets by their address range."""
    return {it["CidrBlock"]: it for it in listed(aws("ec2"), "describe_subnets", "Subnets", Filters=in_vpc(vpc))}


def test_the_vpc_has_the_tutorials_range_and_resolves_names(aws: Aws, vpc: str) -> None:
    assert aws("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["CidrBlock"] == "10.1.0.0/16"
    for attribute, answer in (("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")):
        assert aws("ec2").describe_vpc_attribute(VpcId=vpc, Attribute=attribute)[answer]["Value"] is True


def test_each_zone_has_a_public_and_a_private_subnet(aws: Aws, vpc: str) -> None:
    found = {
        cidr: (subnet["AvailabilityZone"], subnet["MapPublicIpOnLaunch"]) for cidr, subnet in subnets(aws, vpc).items()
    }
    assert found == {
        "10.1.1.0/24": ("us-east-1a", True),
        "10.1.2.0/24": ("us-east-1a", False),
        "10.1.3.0/24": ("us-east-1b", True),
        "10.1.4.0/24": ("us-east-1b", False),
    }


def test_hosts_are_launched_in_the_public_subnets_the_first_zone_first(aws: Aws, cloud: LocalCloud, vpc: str) -> None:
    found = subnets(aws, vpc)
    expected = ",".join(found[cidr]["SubnetId"] for cidr in ("10.1.1.0/24", "10.1.3.0/24"))
    assert cloud.outputs["network"]["PublicSubnetIds"] == expected


def routes(aws: Aws, vpc: str, cidr: str) -> dict[str, str]:
    """Where packets of a subnet go, by where they are bound for."""
    subnet = subnets(aws, vpc)[cidr]["SubnetId"]
    of_subnet = [{"Name": "association.subnet-id", "Values": [subnet]}]
    (table,) = listed(aws("ec2"), "describe_route_tables", "RouteTables", Filters=of_subnet)
    return {
        route.get("DestinationCidrBlock") or route["DestinationPrefixListId"]: route["GatewayId"]
        for route in table["Routes"]
    }


@pytest.mark.parametrize("cidr", ["10.1.1.0/24", "10.1.3.0/24"])
def test_a_public_subnet_reaches_the_internet_through_the_gateway(aws: Aws, vpc: str, cidr: str) -> None:
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
    (gateway,) = listed(aws("ec2"), "describe_internet_gateways", "InternetGateways", Filters=attached)
    assert routes(aws, vpc, cidr)[ANYWHERE] == gateway["InternetGatewayId"]


@pytest.mark.parametrize("cidr", ["10.1.2.0/24", "10.1.4.0/24"])
def test_a_private_subnet_reaches_only_s3_and_dynamodb(aws: Aws, vpc: str, cidr: str) -> None:
    # EC2 tells of those that were deleted for a while too.
    there = [*in_vpc(vpc), {"Name": "vpc-endpoint-state", "Values": ["available"]}]
    endpoints = list(listed(aws("ec2"), "describe_vpc_endpoints", "VpcEndpoints", Filters=there))
    assert {it["ServiceName"] for it in endpoints} == {"com.amazonaws.us-east-1.dynamodb", "com.amazonaws.us-east-1.s3"}
    found = routes(aws, vpc, cidr)
    assert found.pop("10.1.0.0/16") == "local"
    assert set(found.values()) == {it["VpcEndpointId"] for it in endpoints}


def test_there_is_no_nat_gateway(aws: Aws, vpc: str) -> None:
    assert list(listed(aws("ec2"), "describe_nat_gateways", "NatGateways", Filters=in_vpc(vpc))) == []


@pytest.mark.parametrize("egress", [False, True], ids=["in", "out"])
def test_the_acl_lets_http_https_and_replies_pass_and_nothing_else(aws: Aws, cloud: LocalCloud, egress: bool) -> None:
    acl = cloud.outputs["network"]["NetworkAclId"]
    entries = aws("ec2").describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]["Entries"]
    rules = {
        it["RuleNumber"]: (it["RuleAction"], it["Protocol"], it.get("PortRange"), it["CidrBlock"])
        for it in entries
        if it["Egress"] is egress
    }
    tcp = "6"
    assert rules == {
        100: ("allow", tcp, {"From": 80, "To": 80}, ANYWHERE),
        110: ("allow", tcp, {"From": 443, "To": 443}, ANYWHERE),
        120: ("allow", tcp, {"From": 1024, "To": 65535}, ANYWHERE),
        32767: ("deny", "-1", None, ANYWHERE),
    }


def test_the_acl_holds_for_every_subnet(aws: Aws, cloud: LocalCloud, vpc: str) -> None:
    acl = cloud.outputs["network"]["NetworkAclId"]
    associations = aws("ec2").describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]["Associations"]
    assert {it["SubnetId"] for it in associations} == {it["SubnetId"] for it in subnets(aws, vpc).values()}


@pytest.mark.parametrize("direction", ["IpPermissions", "IpPermissionsEgress"])
def test_the_security_group_lets_http_and_https_pass_and_no_ssh(aws: Aws, cloud: LocalCloud, direction: str) -> None:
    group = cloud.outputs["network"]["HostSecurityGroupId"]
    rules = aws("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0][direction]
    passing = {(it["IpProtocol"], it["FromPort"], it["ToPort"], it["IpRanges"][0]["CidrIp"]) for it in rules}
    assert passing == {("tcp", 80, 80, ANYWHERE), ("tcp", 443, 443, ANYWHERE)}


# ---- What a host is launched with. ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def launch_template(aws: Aws, cloud: LocalCloud) -> dict[str, Any]:
    template = cloud.outputs["host"]["LaunchTemplateId"]
    versions = aws("ec2").describe_launch_template_versions(LaunchTemplateId=template, Versions=["$Latest"])
    return dict(versions["LaunchTemplateVersions"][0]["LaunchTemplateData"])


def test_a_host_requires_imdsv2_and_answers_on_the_host_only(launch_template: dict[str, Any]) -> None:
    assert launch_template["MetadataOptions"] == {
        "HttpEndpoint": "enabled",
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 1,
        "InstanceMetadataTags": "enabled",
    }


def test_a_host_has_the_profile_the_group_and_an_encrypted_root(
    cloud: LocalCloud, launch_template: dict[str, Any]
) -> None:
    profile = cloud.outputs["identity"]["HostInstanceProfileArn"]
    assert launch_template["IamInstanceProfile"]["Name"] == profile.rpartition("/")[2]
    assert launch_template["SecurityGroupIds"] == [cloud.outputs["network"]["HostSecurityGroupId"]]
    (root,) = launch_template["BlockDeviceMappings"]
    assert (root["Ebs"]["Encrypted"], root["Ebs"]["VolumeType"]) == (True, "gp3")


def test_what_belongs_to_a_host_carries_its_tag(launch_template: dict[str, Any]) -> None:
    tagged = {
        it["ResourceType"]
        for it in launch_template["TagSpecifications"]
        if {"Key": "rollcall:host", "Value": "rollcall"} in it["Tags"]
    }
    assert tagged == {"instance", "network-interface", "volume"}


def test_image_type_and_user_data_are_left_to_the_revision(launch_template: dict[str, Any]) -> None:
    assert not {"ImageId", "InstanceType", "UserData", "NetworkInterfaces"} & launch_template.keys()


def test_an_instance_from_the_template_is_as_it_says(aws: Aws, copy: Callable[..., Any]) -> None:
    outputs = copy()
    ec2 = aws("ec2")
    subnet = outputs["network"]["PublicSubnetIds"].partition(",")[0]
    launched = ec2.run_instances(
        MinCount=1,
        MaxCount=1,
        ImageId="ami-12345678",
        InstanceType="t2.micro",
        SubnetId=subnet,
        LaunchTemplate={"LaunchTemplateId": outputs["host"]["LaunchTemplateId"]},
    )
    instance = launched["Instances"][0]["InstanceId"]
    try:
        found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        assert found["MetadataOptions"]["HttpTokens"] == "required"
        assert found["IamInstanceProfile"]["Arn"] == outputs["identity"]["HostInstanceProfileArn"]
        assert [group["GroupId"] for group in found["SecurityGroups"]] == [outputs["network"]["HostSecurityGroupId"]]
        assert {"Key": "rollcall:host", "Value": "copy"} in found["Tags"]
        assert "PublicIpAddress" in found
        volumes = [mapping["Ebs"]["VolumeId"] for mapping in found["BlockDeviceMappings"]]
        assert [it["Encrypted"] for it in ec2.describe_volumes(VolumeIds=volumes)["Volumes"]] == [True]
    finally:
        ec2.terminate_instances(InstanceIds=[instance])


def test_the_host_has_an_address_that_outlives_it(aws: Aws, cloud: LocalCloud) -> None:
    allocation = cloud.outputs["host"]["HostAddressAllocationId"]
    (address,) = aws("ec2").describe_addresses(AllocationIds=[allocation])["Addresses"]
    assert address["Domain"] == "vpc"
    assert {"Key": "rollcall:host", "Value": "rollcall"} in address["Tags"]


# ---- Who may do what. -----------------------------------------------------------------------------------------------


def statements(aws: Aws, role: str) -> dict[str, dict[str, Any]]:
    """All that a role may do, by statement."""
    iam = aws("iam")
    assert list(listed(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=role)) == []
    found: dict[str, dict[str, Any]] = {}
    for name in listed(iam, "list_role_policies", "PolicyNames", RoleName=role):
        found |= policy(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
    return found


def actions(statement: dict[str, Any]) -> list[str]:
    action = statement["Action"]
    return [action] if isinstance(action, str) else action


@pytest.mark.parametrize("role", ["rollcall-host", "rollcall-scheduler"])
def test_only_the_function_may_do_anything_to_ec2_or_pass_a_role(aws: Aws, role: str) -> None:
    allowed = {action for statement in statements(aws, role).values() for action in actions(statement)}
    assert not {action for action in allowed if action.startswith(("ec2:", "iam:", "sts:")) or "*" in action}


def test_the_host_keeps_to_its_table_its_photos_and_its_artifacts(aws: Aws) -> None:
    scopes = {name: it["Resource"] for name, it in statements(aws, "rollcall-host").items()}
    photos = "arn:aws:s3:::rollcall-photos-123456789012-us-east-1"
    artifacts = "arn:aws:s3:::rollcall-artifacts-123456789012-us-east-1"
    assert scopes == {
        "KeepEmployees": "arn:aws:dynamodb:us-east-1:123456789012:table/Employees",
        "KeepPhotos": f"{photos}/employee_pic/*",
        "ReadSearchIndex": "arn:aws:dynamodb:us-east-1:123456789012:table/rollcall-search-index",
        "ReadSegments": f"{artifacts}/search-index/*",
        "InstallRollcall": f"{artifacts}/host/*",
        "ReportItsStart": f"{artifacts}/boot-reports/*/${{aws:userid}}/*",
        "OpenSessions": "*",
    }


def test_the_function_launches_only_from_our_template(aws: Aws, cloud: LocalCloud) -> None:
    template = f":launch-template/{cloud.outputs['host']['LaunchTemplateId']}"
    launching = [it for it in statements(aws, "rollcall-function").values() if "ec2:RunInstances" in actions(it)]
    assert len(launching) == 4
    for statement in launching:
        assert statement["Condition"]["ArnEquals"]["ec2:LaunchTemplate"].endswith(template)


def test_the_function_launches_only_in_our_public_subnets(aws: Aws, cloud: LocalCloud) -> None:
    statement = statements(aws, "rollcall-function")["LaunchHostFromTemplate"]
    allowed = [resource.rpartition("/")[2] for resource in statement["Resource"] if ":subnet/" in resource]
    assert ",".join(allowed) == cloud.outputs["network"]["PublicSubnetIds"]
    # An interface that is there already counts by its own subnet.
    interfaces = statements(aws, "rollcall-function")["LaunchHostInOurSubnets"]
    named = interfaces["Condition"]["ArnEquals"]["ec2:Subnet"]
    assert [arn.rpartition("/")[2] for arn in named] == allowed


@pytest.mark.parametrize("role", ["rollcall-function", "rollcall-host", "rollcall-scheduler"])
def test_a_roles_policies_are_no_longer_than_iam_takes(aws: Aws, role: str) -> None:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: blanks are not counted.
    iam = aws("iam")
    names = listed(iam, "list_role_policies", "PolicyNames", RoleName=role)
    documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
    assert 0 < sum(len("".join(json.dumps(document).split())) for document in documents) <= 10_240


def test_the_function_retires_only_what_carries_our_tag(aws: Aws) -> None:
    statement = statements(aws, "rollcall-function")["RetireOwnHosts"]
    assert statement["Condition"] == {"StringEquals": {"aws:ResourceTag/rollcall:host": "rollcall"}}


def test_the_function_passes_only_the_hosts_role_and_only_to_ec2(aws: Aws, cloud: LocalCloud) -> None:
    statement = statements(aws, "rollcall-function")["GiveHostItsRole"]
    assert statement["Resource"] == cloud.outputs["identity"]["HostRoleArn"]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def test_the_function_reads_boot_reports_and_keeps_segments_and_nothing_else_of_the_artifacts(aws: Aws) -> None:
    found = statements(aws, "rollcall-function")
    artifacts = "arn:aws:s3:::rollcall-artifacts-123456789012-us-east-1"
    about = {name: it for name, it in found.items() if artifacts in str(it["Resource"])}
    assert {name: (actions(it), it["Resource"]) for name, it in about.items()} == {
        "ReadBootReports": (["s3:GetObject"], f"{artifacts}/boot-reports/*"),
        "MissBootReports": (["s3:ListBucket"], artifacts),
        "KeepSegments": (["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], f"{artifacts}/search-index/*"),
    }
    prefixes = ["boot-reports/*", "search-index/*"]
    assert about["MissBootReports"]["Condition"] == {"StringLikeIfExists": {"s3:prefix": prefixes}}


def test_the_function_looks_only_into_our_hosts(aws: Aws) -> None:
    statement = statements(aws, "rollcall-function")["LookIntoOwnHosts"]
    assert actions(statement) == ["ec2:DescribeInstanceAttribute", "ec2:GetConsoleOutput"]
    assert statement["Condition"] == {"StringEquals": {"aws:ResourceTag/rollcall:host": "rollcall"}}


def test_the_function_keeps_schedules_of_relaunches_and_never_the_tick(aws: Aws, cloud: LocalCloud) -> None:
    found = statements(aws, "rollcall-function")
    assert found["KeepSchedules"]["Resource"].endswith(":schedule/rollcall/relaunch-*")
    changing = [it for it in found.values() if any(action.startswith("scheduler:") for action in actions(it))]
    others = [it for it in changing if it is not found["KeepSchedules"]]
    assert [actions(it) for it in others] == [["scheduler:ListSchedules"]]
    role = found["GiveSchedulesTheirRole"]
    assert (actions(role), role["Resource"]) == (["iam:PassRole"], cloud.outputs["identity"]["SchedulerRoleArn"])
    assert role["Condition"] == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}


def test_the_function_deletes_no_record_but_the_mark_of_a_relaunch_and_the_history_of_who_is_erased(aws: Aws) -> None:
    found = statements(aws, "rollcall-function")
    deleting = [it for it in found.values() if "dynamodb:DeleteItem" in actions(it) and "operations" in it["Resource"]]
    assert deleting == [found["EndRelaunch"], found["EraseHistoryOfPeople"]]
    condition = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["in-progress"]}}
    assert found["EndRelaunch"]["Condition"] == condition
    condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["history/*"]}}
    assert found["EraseHistoryOfPeople"]["Condition"] == condition


def test_the_scheduler_may_invoke_one_function(aws: Aws, cloud: LocalCloud) -> None:
    (statement,) = statements(aws, "rollcall-scheduler").values()
    assert actions(statement) == ["lambda:InvokeFunction"]
    assert statement["Resource"] == cloud.outputs["service"]["FunctionArn"]


def test_the_administrator_is_in_the_group_with_full_access_to_ec2(aws: Aws) -> None:
    iam = aws("iam")
    groups = listed(iam, "list_groups_for_user", "Groups", UserName="rollcall-EC2Admin")
    assert [group["GroupName"] for group in groups] == ["rollcall-EC2Admins"]
    attached = listed(iam, "list_attached_group_policies", "AttachedPolicies", GroupName="rollcall-EC2Admins")
    assert [it["PolicyArn"] for it in attached] == ["arn:aws:iam::aws:policy/AmazonEC2FullAccess"]


def test_the_group_may_only_set_up_mfa_until_it_is_used(aws: Aws) -> None:
    document = aws("iam").get_group_policy(GroupName="rollcall-EC2Admins", PolicyName="mfa")["PolicyDocument"]
    denial = policy(document)["DenyAllButMfaSetUpWithoutMfa"]
    assert (denial["Effect"], denial["Resource"]) == ("Deny", "*")
    assert denial["Condition"] == {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    assert not [action for action in denial["NotAction"] if not action.startswith("iam:") and "Session" not in action]


def test_the_templates_hold_no_secret_of_the_administrator(aws: Aws) -> None:
    iam = aws("iam")
    assert list(listed(iam, "list_access_keys", "AccessKeyMetadata", UserName="rollcall-EC2Admin")) == []
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_login_profile(UserName="rollcall-EC2Admin")


# ---- Tables and buckets. --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "keys"),
    [
        ("EmployeesTableName", {"id": "HASH"}),
        ("OperationsTableName", {"pk": "HASH", "sk": "RANGE"}),
        ("PeopleTableName", {"pk": "HASH", "sk": "RANGE"}),
    ],
)
def test_a_table_is_encrypted_recoverable_and_paid_by_use(
    aws: Aws, cloud: LocalCloud, output: str, keys: dict[str, str]
) -> None:
    name = cloud.outputs["storage"][output]
    table = aws("dynamodb").describe_table(TableName=name)["Table"]
    assert {key["AttributeName"]: key["KeyType"] for key in table["KeySchema"]} == keys
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSEDescription"]["Status"] == "ENABLED"
    backups = aws("dynamodb").describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_what_is_kept_of_former_employees_goes_by_itself(aws: Aws, cloud: LocalCloud) -> None:
    storage = cloud.outputs["storage"]
    kept = aws("dynamodb").describe_time_to_live(TableName=storage["PeopleTableName"])["TimeToLiveDescription"]
    assert (kept["TimeToLiveStatus"], kept["AttributeName"]) == ("ENABLED", "expires_at")
    (template,) = (plan.template for plan in read_plans() if plan.name == "storage")
    # The emulator keeps the rules of old versions alone.
    rule = template.partition("Id: forget-former-employees\n")[2].partition("OwnershipControls")[0].split()
    assert rule == ["Status:", "Enabled", "Prefix:", "former_pic/30-days/", "ExpirationInDays:", "31"]


def test_the_stream_tells_who_was_deleted_as_they_were(aws: Aws, cloud: LocalCloud) -> None:
    table = aws("dynamodb").describe_table(TableName=cloud.outputs["storage"]["EmployeesTableName"])["Table"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"}


def test_the_employees_table_has_no_index(aws: Aws, cloud: LocalCloud) -> None:
    table = aws("dynamodb").describe_table(TableName=cloud.outputs["storage"]["EmployeesTableName"])["Table"]
    assert not table.get("GlobalSecondaryIndexes")


BUCKETS = ["PhotosBucketName", "ArtifactsBucketName", "SiteBucketName", "AuditBucketName"]


@pytest.mark.parametrize("output", BUCKETS)
def test_a_bucket_is_closed_to_the_public_and_encrypted(aws: Aws, cloud: LocalCloud, output: str) -> None:
    s3, bucket = aws("s3"), cloud.outputs["storage"][output]
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert block == dict.fromkeys(
        ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"], True
    )
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


@pytest.mark.parametrize("output", BUCKETS)
def test_a_bucket_is_reached_over_tls_only(aws: Aws, cloud: LocalCloud, output: str) -> None:
    bucket = cloud.outputs["storage"][output]
    denial = policy(aws("s3").get_bucket_policy(Bucket=bucket)["Policy"])["DenyWithoutTls"]
    assert (denial["Effect"], denial["Principal"], denial["Action"]) == ("Deny", "*", "s3:*")
    assert denial["Resource"] == [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_nothing_in_the_bucket_of_the_audit_log_is_changed_for_a_year(aws: Aws, cloud: LocalCloud) -> None:
    bucket = cloud.outputs["storage"]["AuditBucketName"]
    lock = aws("s3").get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    assert lock == {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 365}},
    }


def test_the_photo_policy_names_host_and_function(aws: Aws, cloud: LocalCloud) -> None:
    bucket, identity = cloud.outputs["storage"]["PhotosBucketName"], cloud.outputs["identity"]
    allowed = policy(aws("s3").get_bucket_policy(Bucket=bucket)["Policy"])["AllowHostAndFunction"]
    assert allowed["Principal"] == {"AWS": [identity["HostRoleArn"], identity["FunctionRoleArn"]]}
    assert allowed["Resource"] == f"arn:aws:s3:::{bucket}/employee_pic/*"


def test_a_deleted_photo_can_be_taken_back_for_thirty_days(aws: Aws, cloud: LocalCloud) -> None:
    s3, bucket = aws("s3"), cloud.outputs["storage"]["PhotosBucketName"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}


def test_only_the_distribution_reads_the_site(aws: Aws, cloud: LocalCloud) -> None:
    bucket = cloud.outputs["storage"]["SiteBucketName"]
    allowed = policy(aws("s3").get_bucket_policy(Bucket=bucket)["Policy"])["AllowTheDistribution"]
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    distribution = cloud.outputs["service"]["DistributionId"]
    assert allowed["Condition"]["StringEquals"]["aws:SourceArn"].endswith(f":distribution/{distribution}")


def test_the_distribution_is_told_that_a_file_is_missing_and_not_that_it_is_secret(aws: Aws, cloud: LocalCloud) -> None:
    # Who may not list a bucket is answered 403 for what is not in it.
    bucket = cloud.outputs["storage"]["SiteBucketName"]
    statements = policy(aws("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    missing, reading = statements["AnswerNotFound"], statements["AllowTheDistribution"]
    assert (missing["Action"], missing["Resource"]) == ("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    assert (missing["Principal"], missing["Condition"]) == (reading["Principal"], reading["Condition"])


@pytest.mark.parametrize(
    "name", ["EmployeesTable", "OperationsTable", "PeopleTable", "PhotosBucket", "AuditBucket", "UserPool"]
)
def test_what_holds_data_outlives_its_stack(cloud: LocalCloud, name: str) -> None:
    texts = {plan.name: plan.template for plan in read_plans() if name in plan.resources}
    ((stack, text),) = texts.items()
    declaration = text.partition(f"\n  {name}:\n")[2].partition("Properties:")[0]
    assert "DeletionPolicy: Retain\n" in declaration, stack
    assert "UpdateReplacePolicy: Retain" in declaration, stack


# ---- The function and its callers. ----------------------------------------------------------------------------------


# The small ones of three families: whoever may make a revision launches no dear machine.
INSTANCE_TYPES = ",".join(
    ["t2.micro", "t2.small"]
    + [f"{family}.{size}" for family in ("t3", "t3a", "t4g") for size in ("nano", "micro", "small", "medium")]
)


def test_the_function_is_told_all_it_needs(aws: Aws, cloud: LocalCloud) -> None:
    outputs = cloud.outputs
    told = environment(aws, outputs["service"]["FunctionName"])
    assert told == {
        "EMPLOYEES_TABLE": outputs["storage"]["EmployeesTableName"],
        "PHOTOS_BUCKET": outputs["storage"]["PhotosBucketName"],
        "PEOPLE_TABLE": outputs["storage"]["PeopleTableName"],
        "SEARCH_INDEX_TABLE": outputs["storage"]["SearchIndexTableName"],
        "SESSIONS_TABLE": outputs["storage"]["SessionsTableName"],
        "OPERATIONS_TABLE": outputs["storage"]["OperationsTableName"],
        "AUDIT_BUCKET": outputs["storage"]["AuditBucketName"],
        "ARTIFACTS_BUCKET": outputs["storage"]["ArtifactsBucketName"],
        "HOST_LAUNCH_TEMPLATE_ID": outputs["host"]["LaunchTemplateId"],
        "HOST_SUBNET_IDS": outputs["network"]["PublicSubnetIds"],
        "HOST_ADDRESS_ALLOCATION_ID": outputs["host"]["HostAddressAllocationId"],
        "HOST_TAG": "rollcall",
        "HOST_ROLE_ID": aws("iam").get_role(RoleName="rollcall-host")["Role"]["RoleId"],
        "SCHEDULE_GROUP": outputs["service"]["ScheduleGroupName"],
        "SCHEDULER_ROLE_ARN": outputs["identity"]["SchedulerRoleArn"],
        "FUNCTION_ARN": outputs["service"]["FunctionArn"],
        "RELAUNCH_TIMEOUTS": cloud.timeouts,
        "READING": "open",
        "OIDC_ISSUER": outputs["service"]["OidcIssuer"],
        "OIDC_CLIENT_ID": outputs["service"]["UserPoolClientId"],
        "OIDC_DISCOVERY_URL": (
            f"{cloud.endpoints.ministack}/{outputs['service']['UserPoolId']}/.well-known/openid-configuration"
        ),
        "SITE_URL": cloud.url.rstrip("/"),
        "SESSION_IDLE_MINUTES": "60",
        "SESSION_MINUTES": "720",
        "OPERATOR_SIGN_IN_MINUTES": "15",
        # A test asks as often as a company does.
        "WRITES_PER_MINUTE": "100000",
        "SEARCHES_PER_MINUTE": "100000",
        "SIGN_INS_PER_MINUTE": "100000",
        "MAX_RELAUNCHES_PER_HOUR": "0",
        "INSTANCE_TYPES": INSTANCE_TYPES,
        "RUST_LOG": "info",
        "METRICS_NAMESPACE": "Rollcall/rollcall",
    }


def test_without_a_sign_in_of_its_own_a_copy_discovers_cognitos(aws: Aws, copy: Callable[..., Any]) -> None:
    assert "OIDC_DISCOVERY_URL" not in environment(aws, copy()["service"]["FunctionName"])


def test_what_the_function_asks_of_aws_is_traced(aws: Aws, cloud: LocalCloud) -> None:
    name = cloud.outputs["service"]["FunctionName"]
    assert aws("lambda").get_function_configuration(FunctionName=name)["TracingConfig"] == {"Mode": "Active"}


def test_the_function_keeps_logs_for_thirty_days(aws: Aws, cloud: LocalCloud) -> None:
    group = cloud.outputs["service"]["FunctionLogGroupName"]
    (found,) = listed(aws("logs"), "describe_log_groups", "logGroups", logGroupNamePrefix=group)
    assert found["retentionInDays"] == 30


def test_an_event_given_up_on_is_kept(aws: Aws, cloud: LocalCloud) -> None:
    service = cloud.outputs["service"]
    config = aws("lambda").get_function_event_invoke_config(FunctionName=service["FunctionName"], Qualifier="$LATEST")
    assert config["MaximumRetryAttempts"] == 2
    queue = aws("sqs").get_queue_attributes(QueueUrl=service["FailedEventsQueueUrl"], AttributeNames=["All"])
    assert config["DestinationConfig"]["OnFailure"]["Destination"] == queue["Attributes"]["QueueArn"]
    assert queue["Attributes"]["SqsManagedSseEnabled"] == "true"


def test_the_tick_comes_every_minute_with_the_schedulers_role(aws: Aws, cloud: LocalCloud) -> None:
    schedule = aws("scheduler").get_schedule(
        GroupName=cloud.outputs["service"]["ScheduleGroupName"], Name="rollcall-tick"
    )
    assert (schedule["ScheduleExpression"], schedule["State"]) == ("rate(1 minute)", "ENABLED")
    assert schedule["Target"]["Arn"] == cloud.outputs["service"]["FunctionArn"]
    assert schedule["Target"]["RoleArn"] == cloud.outputs["identity"]["SchedulerRoleArn"]


def test_a_change_of_an_instances_state_wakes_the_function(aws: Aws, cloud: LocalCloud) -> None:
    events = aws("events")
    pattern = json.loads(events.describe_rule(Name="rollcall-instance-state")["EventPattern"])
    assert pattern == {"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"]}
    (target,) = listed(events, "list_targets_by_rule", "Targets", Rule="rollcall-instance-state")
    assert target["Arn"] == cloud.outputs["service"]["FunctionArn"]


def test_a_boot_report_wakes_the_function_and_no_other_object_does(aws: Aws, cloud: LocalCloud) -> None:
    events, artifacts = aws("events"), cloud.outputs["storage"]["ArtifactsBucketName"]
    assert json.loads(events.describe_rule(Name="rollcall-boot-report")["EventPattern"]) == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [artifacts]}, "object": {"key": [{"prefix": "boot-reports/"}]}},
    }
    (target,) = listed(events, "list_targets_by_rule", "Targets", Rule="rollcall-boot-report")
    assert target["Arn"] == cloud.outputs["service"]["FunctionArn"]
    assert "EventBridgeConfiguration" in aws("s3").get_bucket_notification_configuration(Bucket=artifacts)


@pytest.mark.parametrize("caller", ["apigateway.amazonaws.com", "events.amazonaws.com"])
def test_a_service_invokes_the_function_only_on_our_behalf(aws: Aws, cloud: LocalCloud, caller: str) -> None:
    found = aws("lambda").get_policy(FunctionName=cloud.outputs["service"]["FunctionName"])["Policy"]
    statements = [it for it in json.loads(found)["Statement"] if it["Principal"] == {"Service": caller}]
    sources = {it["Condition"]["ArnLike"]["AWS:SourceArn"].rpartition(":")[2] for it in statements}
    api = f"{cloud.outputs['service']['HttpApiId']}/*"
    rules = {"rule/rollcall-instance-state", "rule/rollcall-boot-report"}
    assert sources == {"apigateway.amazonaws.com": {api}, "events.amazonaws.com": rules}[caller]


# ---- Sign-in. -------------------------------------------------------------------------------------------------------


def test_people_are_invited_and_may_sign_in_with_a_code(aws: Aws, cloud: LocalCloud) -> None:
    pool = cloud.outputs["service"]["UserPoolId"]
    found = aws("cognito-idp").describe_user_pool(UserPoolId=pool)["UserPool"]
    assert found["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    mfa = aws("cognito-idp").get_user_pool_mfa_config(UserPoolId=pool)
    assert mfa["MfaConfiguration"] == "OPTIONAL"
    assert mfa["SoftwareTokenMfaConfiguration"] == {"Enabled": True}


def test_by_default_everyone_signs_in_with_a_code(aws: Aws, copy: Callable[..., Any]) -> None:
    mfa = aws("cognito-idp").get_user_pool_mfa_config(UserPoolId=copy()["service"]["UserPoolId"])
    assert mfa["MfaConfiguration"] == "ON"


def test_the_groups_are_those_the_api_asks_for(aws: Aws, cloud: LocalCloud) -> None:
    groups = listed(aws("cognito-idp"), "list_groups", "Groups", UserPoolId=cloud.outputs["service"]["UserPoolId"])
    assert {group["GroupName"] for group in groups} == {"Editors", "EC2Admins"}


def test_a_browser_signs_in_by_code_without_a_secret(aws: Aws, cloud: LocalCloud) -> None:
    service = cloud.outputs["service"]
    client = aws("cognito-idp").describe_user_pool_client(
        UserPoolId=service["UserPoolId"], ClientId=service["UserPoolClientId"]
    )["UserPoolClient"]
    assert "ClientSecret" not in client
    assert client["AllowedOAuthFlows"] == ["code"]
    assert sorted(client["AllowedOAuthScopes"]) == ["email", "openid"]
    assert client["CallbackURLs"] == [f"{cloud.url}/auth/callback"]
    assert client["LogoutURLs"] == [f"{cloud.url}/"]


def test_without_an_address_of_its_own_a_copy_signs_in_at_its_distribution(aws: Aws, copy: Callable[..., Any]) -> None:
    service = copy()["service"]
    client = aws("cognito-idp").describe_user_pool_client(
        UserPoolId=service["UserPoolId"], ClientId=service["UserPoolClientId"]
    )["UserPoolClient"]
    site = f"https://{service['DistributionDomainName']}"
    assert client["CallbackURLs"] == [f"{site}/auth/callback"]


# ---- The site. ------------------------------------------------------------------------------------------------------


def test_a_photo_is_asked_for_with_the_cookie_of_whoever_asks_where_reading_takes_a_sign_in(
    aws: Aws, cloud: LocalCloud, copy: Callable[..., Any]
) -> None:
    def behaviours(service: dict[str, str]) -> dict[str, tuple[str, str]]:
        found = aws("cloudfront").get_distribution(Id=service["DistributionId"])["Distribution"]
        cached = found["DistributionConfig"]["CacheBehaviors"]["Items"]
        return {it["PathPattern"]: (it["CachePolicyId"], it.get("OriginRequestPolicyId", "")) for it in cached}

    open_to_all = behaviours(cloud.outputs["service"])
    assert open_to_all["/photos/*"] == ("658327ea-f89d-4fab-a63d-7e88639e58f6", "")
    for_the_signed_in = behaviours(copy(Reading="signed-in")["service"])
    assert for_the_signed_in["/photos/*"] == for_the_signed_in["/api/*"] == open_to_all["/api/*"]


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/", "index.html"),
        ("/employees/jane.doe@example.com", "index.html"),
        ("/employees/a%2Fb.c", "index.html"),
        ("/employees/new/more", "index.html"),
        ("/employees/edit", "index.html"),
        ("/employees/new", "records.html"),
        ("/employees/new/", "records.html"),
        ("/employees/a.b/edit", "records.html"),
        ("/employees/~Li4/edit", "records.html"),
        ("/employees/operations", "index.html"),
        ("/signed-in?problem=a.b", "index.html"),
        ("/nowhere", "index.html"),
        ("/operationsroom", "index.html"),
        ("/chart", "records.html"),
        ("/chart/", "records.html"),
        ("/import", "records.html"),
        ("/former", "records.html"),
        ("/several?do=change", "records.html"),
        ("/sessions", "records.html"),
        ("/charts", "index.html"),
        ("/operations", "operations.html"),
        ("/operations/", "operations.html"),
        ("/operations?x=a.b", "operations.html"),
        ("/operations/relaunches/0198", "operations.html"),
        ("/operations/relaunches/a.b", "operations.html"),
    ],
)
def test_a_deep_link_is_answered_with_its_part_of_the_app(api: Callable[..., Any], path: str, document: str) -> None:
    deep, itself = api().get(path), api().get(f"/{document}")
    assert (deep.status_code, deep.content) == (200, itself.content)
    assert deep.headers["Cache-Control"] == "no-cache"


def test_each_part_of_the_app_has_a_document_of_its_own(api: Callable[..., Any]) -> None:
    front, operations = api().get("/").text, api().get("/operations").text
    assert "/assets/directory-" in front and "/assets/operations-" not in front
    assert "/assets/operations-" in operations and "/assets/directory-" not in operations


@pytest.mark.parametrize(
    "path", ["/assets/gone-4567.js", "/assets/", "/assets/gone", "/robots.txt", "/etc/passwd.conf"]
)
def test_a_file_that_does_not_exist_is_not_the_app(api: Callable[..., Any], path: str) -> None:
    # The emulator answers 403 whatever the bucket's policy says of listing.
    assert api().get(path).status_code in (403, 404)


def test_the_apis_own_404_is_left_alone(api: Callable[..., Any]) -> None:
    answer = api().get("/api/no-such-thing")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/", "/api/badges"])
def test_every_answer_carries_the_security_headers(api: Callable[..., Any], path: str) -> None:
    headers = api().get(path).headers
    assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_content_security_policy_is_strict(cloud: LocalCloud, api: Callable[..., Any]) -> None:
    header = api().get("/").headers["Content-Security-Policy"]
    directives = {name: sources for name, *sources in (part.split() for part in header.split(";"))}
    assert directives == {
        "default-src": ["'none'"],
        "script-src": ["'self'", "'wasm-unsafe-eval'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }


# ---- Alarms. --------------------------------------------------------------------------------------------------------


def test_every_alarm_is_told_to_the_one_topic(aws: Aws, cloud: LocalCloud) -> None:
    alarms = list(listed(aws("cloudwatch"), "describe_alarms", "MetricAlarms", AlarmNamePrefix="rollcall-"))
    assert {alarm["AlarmName"].removeprefix("rollcall-") for alarm in alarms} == {
        "api-errors",
        "audit-log-not-sealed",
        "employees-read-throttles",
        "employees-write-throttles",
        "failed-events",
        "function-errors",
        "function-throttles",
        "no-host",
        "no-tick",
        "operations-read-throttles",
        "operations-write-throttles",
        "record-unreadable",
        "relaunch-not-done",
        "relaunch-overdue",
        "search-index-behind",
        "search-index-size",
    }
    topic = cloud.outputs["monitoring"]["AlarmsTopicArn"]
    assert {action for alarm in alarms for action in alarm["AlarmActions"]} == {topic}
    assert {bool(alarm["AlarmDescription"]) for alarm in alarms} == {True}


def test_the_topic_is_encrypted_with_a_key_that_cloudwatch_may_use(aws: Aws, cloud: LocalCloud) -> None:
    topic = aws("sns").get_topic_attributes(TopicArn=cloud.outputs["monitoring"]["AlarmsTopicArn"])["Attributes"]
    key = topic["KmsMasterKeyId"].rpartition("/")[2]
    statements = policy(aws("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    assert statements["EncryptAlarms"]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}


def test_the_dashboard_names_every_alarm(aws: Aws, cloud: LocalCloud) -> None:
    name = cloud.outputs["monitoring"]["DashboardName"]
    widgets = json.loads(aws("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"])["widgets"]
    (shown,) = [widget["properties"]["alarms"] for widget in widgets if widget["type"] == "alarm"]
    alarms = list(listed(aws("cloudwatch"), "describe_alarms", "MetricAlarms", AlarmNamePrefix="rollcall-"))
    assert set(shown) == {alarm["AlarmArn"] for alarm in alarms}


def test_the_api_is_throttled_and_logs_who_asked_for_what(aws: Aws, cloud: LocalCloud) -> None:
    stage = aws("apigatewayv2").get_stage(ApiId=cloud.outputs["service"]["HttpApiId"], StageName="$default")
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 200
    assert {"requestId", "ip", "method", "path", "status"} <= json.loads(stage["AccessLogSettings"]["Format"]).keys()
    group = stage["AccessLogSettings"]["DestinationArn"].partition(":log-group:")[2].removesuffix(":*")
    (found,) = listed(aws("logs"), "describe_log_groups", "logGroups", logGroupNamePrefix=group)
    assert found["retentionInDays"] == 30


@pytest.mark.parametrize("output", ["EmployeesTableName", "OperationsTableName", "PeopleTableName"])
def test_a_table_can_not_be_deleted_by_mistake(aws: Aws, cloud: LocalCloud, output: str) -> None:
    table = aws("dynamodb").describe_table(TableName=cloud.outputs["storage"][output])["Table"]
    assert table["DeletionProtectionEnabled"] is True
