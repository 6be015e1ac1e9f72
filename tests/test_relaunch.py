"""Launch and relaunch through the API: what becomes of the host, and what can be read of it afterwards."""

import ipaddress
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from infra.local.cloud import LocalCloud
from infra.local.faults.proxy import FaultProxy
from tests.support.function import Function
from tests.support.operations import MISSING_IMAGE, STEPS, Operations, failure, launched, name_of, outcomes
from tests.support.problems import faulty_fields, problem
from tests.support.waiting import wait_until

PUBLIC_SUBNETS = [ipaddress.ip_network("10.1.1.0/24"), ipaddress.ip_network("10.1.3.0/24")]

TICK = {"source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": {}}
STATE_CHANGE = {
    "source": "aws.ec2",
    "detail-type": "EC2 Instance State-change Notification",
    "detail": {"instance-id": "i-0123456789abcdef0", "state": "running"},
}


# ---- What a relaunch does. -------------------------------------------------------------------------------------------


def test_a_relaunch_is_accepted_at_once_and_says_where_to_look(operations: Operations) -> None:
    revision = operations.revise()["number"]
    accepted = operations.api.post("/api/operations/relaunches", json={"revision": revision, "force": True})
    assert accepted.status_code == 202
    begun = accepted.json()
    assert accepted.headers["location"] == f"/api/operations/relaunches/{begun['id']}"
    assert begun["to_revision"] == revision
    assert name_of(begun["requested_by"]) == "operator"
    assert (begun["outcome"], begun["ended_at"]) == (None, None)
    assert [step["name"] for step in begun["steps"]] == STEPS
    ended = operations.ended(begun["id"])
    assert {name: ended[name] for name in ("id", "kind", "from_revision", "to_revision", "started_at")} == {
        name: begun[name] for name in ("id", "kind", "from_revision", "to_revision", "started_at")
    }


@pytest.mark.needs_hosts
@pytest.mark.usefixtures("no_host")
def test_without_a_host_the_first_one_is_launched(operations: Operations) -> None:
    assert operations.host() is None
    revision = operations.revise()["number"]
    launch = operations.relaunch(revision)
    assert (launch["kind"], launch["from_revision"], launch["outcome"]) == ("launch", None, "succeeded")
    assert outcomes(launch) == dict.fromkeys(STEPS[:-1], "succeeded") | {"retire": "skipped"}
    assert operations.the_instance()["InstanceId"] == launched(launch)
    assert operations.address_holder() == launched(launch)


@pytest.mark.needs_hosts
def test_the_new_host_is_as_templates_and_revision_say(operations: Operations, cloud: LocalCloud) -> None:
    revision = operations.revise(instance_type="t3.small")
    relaunch = operations.relaunch(revision["number"])
    instance = operations.the_instance()
    assert instance["InstanceId"] == launched(relaunch)
    assert instance["InstanceType"] == "t3.small"
    assert instance["ImageId"] == revision["image"]
    assert instance["VpcId"] == cloud.outputs["network"]["VpcId"]
    assert instance["SubnetId"] in cloud.outputs["network"]["PublicSubnetIds"].split(",")
    assert any(ipaddress.ip_address(instance["PrivateIpAddress"]) in subnet for subnet in PUBLIC_SUBNETS)
    assert instance["PublicIpAddress"] == cloud.outputs["host"]["HostAddress"]
    groups = [group["GroupId"] for group in instance["SecurityGroups"]]
    assert groups == [cloud.outputs["network"]["HostSecurityGroupId"]]
    assert instance["IamInstanceProfile"]["Arn"] == cloud.outputs["identity"]["HostInstanceProfileArn"]
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    assert tags["rollcall:host"] == "rollcall"
    assert tags["rollcall:relaunch"] == relaunch["id"]
    assert tags["rollcall:revision"] == str(revision["number"])


def test_the_subnets_of_the_hosts_are_the_tutorials(operations: Operations, cloud: LocalCloud) -> None:
    ids = cloud.outputs["network"]["PublicSubnetIds"].split(",")
    found = operations.ec2.describe_subnets(SubnetIds=ids)["Subnets"]
    assert sorted(subnet["CidrBlock"] for subnet in found) == [str(subnet) for subnet in PUBLIC_SUBNETS]


@pytest.mark.needs_hosts
@pytest.mark.parametrize("recipe", ["al2-flask", "al2023-flask", "al2023-flask-rpm-lock", "al2023-rollcall"])
def test_the_new_host_gets_the_user_data_of_the_revision(operations: Operations, recipe: str) -> None:
    recipes = operations.api.get("/api/operations/recipes").json()["recipes"]
    (chosen,) = [it for it in recipes if it["name"] == recipe]
    variables = {variable["name"]: variable["default"] for variable in chosen["variables"]}
    revision = operations.revise(recipe=recipe, variables=variables)
    operations.relaunch(revision["number"])
    assert operations.user_data(operations.the_instance()["InstanceId"]) == revision["user_data"]


def test_the_old_host_goes_and_the_address_moves(operations: Operations, old_host: dict[str, Any]) -> None:
    relaunch = operations.relaunch(operations.revise()["number"])
    assert (relaunch["kind"], relaunch["outcome"]) == ("relaunch", "succeeded")
    assert relaunch["from_revision"] == old_host["revision"]
    assert operations.state(old_host["instance_id"]) in ("shutting-down", "terminated")
    assert operations.the_instance()["InstanceId"] == launched(relaunch) != old_host["instance_id"]
    assert operations.address_holder() == launched(relaunch)


@pytest.mark.needs_hosts
def test_the_host_is_shown_as_ec2_sees_it(operations: Operations, cloud: LocalCloud) -> None:
    revision = operations.revise()
    operations.relaunch(revision["number"])
    instance = operations.the_instance()
    shown = operations.host()
    assert shown == {
        "instance_id": instance["InstanceId"],
        "state": "running",
        "availability_zone": instance["Placement"]["AvailabilityZone"],
        "subnet_id": instance["SubnetId"],
        "private_ip": instance["PrivateIpAddress"],
        "public_ip": cloud.outputs["host"]["HostAddress"],
        "image_id": revision["image"],
        "instance_type": revision["instance_type"],
        "launched_at": shown["launched_at"],
        "revision": revision["number"],
    }
    assert datetime.fromisoformat(shown["launched_at"]) == instance["LaunchTime"]


@pytest.mark.needs_hosts
def test_to_an_earlier_revision_it_is_a_rollback(operations: Operations) -> None:
    earlier, later = operations.revise(), operations.revise()
    operations.relaunch(later["number"])
    rollback = operations.relaunch(earlier["number"])
    assert rollback["kind"] == "rollback"
    assert (rollback["from_revision"], rollback["to_revision"]) == (later["number"], earlier["number"])
    assert operations.user_data(launched(rollback)) == earlier["user_data"]


@pytest.mark.needs_hosts
def test_to_the_same_revision_it_is_a_relaunch(operations: Operations) -> None:
    number = operations.revise()["number"]
    assert [operations.relaunch(number)["outcome"], operations.relaunch(number)["kind"]] == ["succeeded", "relaunch"]


@pytest.mark.parametrize("body", [{"json": {}}, {"json": {"revision": None}}, {}])
def test_without_a_revision_it_is_to_the_newest(operations: Operations, body: dict[str, Any]) -> None:
    newest = operations.revise_differently()["number"]
    accepted = operations.api.post("/api/operations/relaunches", **body)
    assert accepted.status_code == 202
    assert accepted.json()["to_revision"] == newest


def test_instances_of_others_are_left_alone(operations: Operations, old_host: dict[str, Any]) -> None:
    image, subnet = old_host["image_id"], old_host["subnet_id"]
    tags = [[], [{"Key": "rollcall:host", "Value": "another"}], [{"Key": "Name", "Value": "rollcall-host"}]]
    others = []
    for tag in tags:
        specification = [{"ResourceType": "instance", "Tags": tag}] if tag else []
        run = operations.ec2.run_instances(
            ImageId=image, SubnetId=subnet, MinCount=1, MaxCount=1, TagSpecifications=specification
        )
        others.append(run["Instances"][0]["InstanceId"])
    try:
        assert operations.relaunch(operations.revise()["number"])["outcome"] == "succeeded"
        assert operations.relaunch(operations.revise(image=MISSING_IMAGE)["number"])["outcome"] == "rolled_back"
        assert {operations.state(other) for other in others} == {"running"}
    finally:
        operations.ec2.terminate_instances(InstanceIds=others)


@pytest.mark.usefixtures("old_host")
def test_the_new_host_is_found_among_a_hundred_that_ec2_still_tells_of(operations: Operations) -> None:
    # EC2 tells of an instance for about an hour after its end, and of a hundred on a page.
    for _ in range(100):
        run = operations.ec2.run_instances(
            ImageId=MISSING_IMAGE,
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "rollcall:host", "Value": "rollcall"}]}],
        )
        operations.ec2.terminate_instances(InstanceIds=[run["Instances"][0]["InstanceId"]])
    relaunch = operations.relaunch(operations.revise()["number"])
    assert relaunch["outcome"] == "succeeded", relaunch
    assert operations.the_instance()["InstanceId"] == operations.host()["instance_id"] == launched(relaunch)


# ---- What can be read of it. -----------------------------------------------------------------------------------------


def test_every_step_tells_when_it_ran_what_came_of_it_and_with_which_ids(
    operations: Operations, cloud: LocalCloud, old_host: dict[str, Any]
) -> None:
    relaunch = operations.relaunch(operations.revise()["number"])
    new = launched(relaunch)
    assert outcomes(relaunch) == dict.fromkeys(STEPS, "succeeded")
    times = [relaunch["started_at"]]
    for step in relaunch["steps"]:
        times += [step["started_at"], step["ended_at"]]
        assert step["message"]
    times.append(relaunch["ended_at"])
    parsed = [datetime.fromisoformat(time) for time in times]
    assert parsed == sorted(parsed)
    resources = {step["name"]: step["resources"] for step in relaunch["steps"]}
    assert cloud.outputs["host"]["LaunchTemplateId"] in resources["preflight"]
    for name in ("launch", "boot", "report", "probe", "switch", "bake"):
        assert new in resources[name], name
    assert old_host["instance_id"] in resources["retire"]


def test_relaunches_are_listed_newest_first_and_reached_page_by_page(operations: Operations) -> None:
    begun = [operations.relaunch(operations.revise()["number"])["id"] for _ in range(2)]
    listed, cursor = [], None
    while True:
        page = operations.relaunches(limit="5", **({"cursor": cursor} if cursor else {}))
        listed += page["relaunches"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    ids = [relaunch["id"] for relaunch in listed]
    assert ids[:2] == begun[::-1]
    assert ids == sorted(set(ids), reverse=True)
    assert [operations.read(it["id"]) for it in listed[:2]] == listed[:2]
    whole = operations.relaunches(limit="100")["relaunches"]
    assert [relaunch["id"] for relaunch in whole] == ids[:100]


# ---- What is refused. ------------------------------------------------------------------------------------------------


@pytest.mark.needs_hosts
@pytest.mark.usefixtures("no_ticks")
def test_while_one_is_in_progress_another_is_refused(operations: Operations, function: Function) -> None:
    begun = operations.abandoned(function)
    refused = operations.api.post("/api/operations/relaunches", json={"force": True})
    assert begun in problem(refused, 409)["detail"]
    assert operations.newest_relaunch()["id"] == begun
    operations.expire_lease(begun)
    assert function.call({"action": "drive"})["relaunch"]["outcome"] == "succeeded"
    assert operations.relaunch()["outcome"] == "succeeded"


@pytest.mark.needs_hosts
def test_asked_for_at_the_same_moment_one_relaunch_begins_and_none_overlaps_it(
    operations: Operations, faults: FaultProxy
) -> None:
    operations.revise()
    # So that it has not ended before everyone has asked.
    faults.add("hold", action="RunInstances")

    def ask(_: int) -> Any:
        return operations.api.post("/api/operations/relaunches", json={"force": True})

    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(ask, range(4)))

    faults.clear()
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    ended = [operations.ended(answer.json()["id"]) for answer in answers if answer.status_code == 202]
    assert {relaunch["outcome"] for relaunch in ended} == {"succeeded"}
    in_turn = sorted(ended, key=lambda relaunch: relaunch["started_at"])
    assert all(earlier["ended_at"] <= later["started_at"] for earlier, later in pairwise(in_turn))
    assert len(operations.instances()) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"revision": 4_000_000_000}, "revision"),
        ({"revision": 0}, "revision"),
        ({"revision": -1}, "revision"),
        ({"revision": "newest"}, "revision"),
        ({"revision": 1.5}, "revision"),
        ({"revison": 1}, "revison"),
    ],
)
def test_a_relaunch_to_what_is_no_revision_is_refused_and_not_recorded(
    operations: Operations, body: dict[str, Any], field: str
) -> None:
    operations.revise()
    before = operations.newest_relaunch()
    assert faulty_fields(operations.api.post("/api/operations/relaunches", json=body)) == [field]
    assert operations.newest_relaunch() == before


# ---- What fails leaves the old host serving. -------------------------------------------------------------------------


def test_when_the_image_is_gone_nothing_is_started(operations: Operations, old_host: dict[str, Any]) -> None:
    relaunch = operations.relaunch(operations.revise(image=MISSING_IMAGE)["number"])
    assert relaunch["outcome"] == "rolled_back"
    assert outcomes(relaunch) == {"preflight": "failed"} | dict.fromkeys(STEPS[1:], "skipped")
    assert MISSING_IMAGE in relaunch["steps"][0]["message"]
    assert operations.instances(relaunch["id"]) == []
    assert operations.is_the_host(old_host)


@pytest.mark.usefixtures("no_host")
def test_a_first_launch_that_cannot_be_has_failed(operations: Operations) -> None:
    relaunch = operations.relaunch(operations.revise(image=MISSING_IMAGE)["number"])
    assert (relaunch["kind"], relaunch["outcome"]) == ("launch", "failed")
    assert operations.host() is None


@pytest.fixture
def a_lost_profile(aws: Callable[[str], Any], cloud: LocalCloud) -> Iterator[None]:
    """The instance profile is deleted, which the dry run does not show."""
    iam = aws("iam")
    name = cloud.outputs["identity"]["HostInstanceProfileArn"].rpartition("/")[2]
    role = cloud.outputs["identity"]["HostRoleArn"].rpartition("/")[2]
    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role)
    iam.delete_instance_profile(InstanceProfileName=name)
    yield
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)


def test_when_ec2_refuses_the_launch_its_reason_is_recorded(
    operations: Operations, old_host: dict[str, Any], a_lost_profile: None
) -> None:
    relaunch = operations.relaunch(operations.revise()["number"])
    assert relaunch["outcome"] == "rolled_back"
    expected = {"preflight": "succeeded", "launch": "failed"} | dict.fromkeys(STEPS[2:], "skipped")
    assert outcomes(relaunch) == expected
    assert "RunInstances" in relaunch["steps"][1]["message"]
    assert operations.instances(relaunch["id"]) == []
    assert operations.is_the_host(old_host)


def test_user_data_that_grew_too_large_is_refused_before_anything_starts(
    operations: Operations, old_host: dict[str, Any]
) -> None:
    revision = operations.revise()
    operations.overwrite_user_data(revision["number"], "#!/bin/bash\n" + "#" * 16 * 1024)
    relaunch = operations.relaunch(revision["number"])
    assert relaunch["outcome"] == "rolled_back"
    assert outcomes(relaunch)["preflight"] == "failed"
    assert "16384" in relaunch["steps"][0]["message"]
    assert operations.is_the_host(old_host)


# ---- What stops half-way is finished by whatever looks next. ---------------------------------------------------------


def address_is_moving(relaunch: dict[str, Any]) -> bool:
    return outcomes(relaunch)["probe"] == "succeeded"


def old_host_is_going(relaunch: dict[str, Any]) -> bool:
    return outcomes(relaunch)["bake"] == "succeeded"


@pytest.mark.usefixtures("no_ticks")
@pytest.mark.parametrize(
    ("moment", "event"),
    [(bool, {"action": "drive"}), (address_is_moving, STATE_CHANGE), (old_host_is_going, TICK)],
)
def test_a_relaunch_whose_driver_died_is_finished_by_the_next(
    operations: Operations,
    function: Function,
    old_host: dict[str, Any],
    moment: Callable[[dict[str, Any]], Any],
    event: dict[str, Any],
) -> None:
    relaunch = operations.abandoned(function, moment)
    operations.expire_lease(relaunch)
    driven = function.call(event)
    assert (driven["state"], driven["relaunch"]["id"]) == ("ended", relaunch)
    assert driven["relaunch"]["outcome"] == "succeeded"
    # Of all that ever ran, this relaunch launched one.
    (only,) = operations.instances(relaunch)
    assert operations.the_instance()["InstanceId"] == only["InstanceId"] == operations.address_holder()
    assert operations.state(old_host["instance_id"]) in ("shutting-down", "terminated")


@pytest.mark.usefixtures("old_host", "no_ticks")
def test_a_new_host_that_dies_before_it_serves_is_undone(
    operations: Operations, function: Function, faults: FaultProxy
) -> None:
    faults.add("hold", action="AssociateAddress")
    driver = function.call_in_vain({"action": "relaunch", "force": True})
    wait_until(lambda: faults.held("AssociateAddress"))
    function.kill(function.processes())
    driver.join()
    faults.clear()
    relaunch = operations.newest_relaunch()["id"]
    new = launched(operations.read(relaunch))
    (serving,) = [it["InstanceId"] for it in operations.instances() if it["InstanceId"] != new]
    operations.ec2.terminate_instances(InstanceIds=[new])
    operations.expire_lease(relaunch)
    driven = function.call({"action": "drive"})
    assert driven["relaunch"]["outcome"] == "rolled_back"
    step, reason = failure(driven["relaunch"])
    assert step == "switch"
    assert new in reason
    assert operations.the_instance()["InstanceId"] == operations.address_holder() == serving
