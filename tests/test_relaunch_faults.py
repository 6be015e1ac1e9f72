"""What becomes of a relaunch when EC2 fails as it does in earnest; the faults are those of the proxy in front of it."""

from typing import Any

import pytest

from infra.local.faults.proxy import FaultProxy
from tests.support.function import Function
from tests.support.operations import Operations, failure, launched, outcomes
from tests.support.waiting import wait_until


def assert_one_new_host(operations: Operations, relaunch: dict[str, Any]) -> None:
    """Of all that ever ran, the relaunch launched one, and that one serves."""
    assert relaunch["outcome"] == "succeeded", relaunch
    (only,) = operations.instances(relaunch["id"])
    assert operations.the_instance()["InstanceId"] == only["InstanceId"] == launched(relaunch)
    assert operations.address_holder() == only["InstanceId"]


@pytest.mark.usefixtures("old_host")
def test_without_capacity_in_the_first_zone_the_host_is_launched_in_the_second(
    operations: Operations, faults: FaultProxy
) -> None:
    operations.relaunch(operations.revise()["number"])
    subnet = faults.calls("RunInstances", carried_out=True)[0].parameters["SubnetId"]
    faults.add("no-capacity", match={"SubnetId": subnet})
    relaunch = operations.relaunch(operations.revise()["number"])
    assert_one_new_host(operations, relaunch)
    assert operations.the_instance()["SubnetId"] != subnet


def test_without_capacity_anywhere_the_old_host_serves_on(
    operations: Operations, faults: FaultProxy, old_host: dict[str, Any]
) -> None:
    faults.add("no-capacity")
    relaunch = operations.relaunch(operations.revise()["number"])
    assert (relaunch["outcome"], outcomes(relaunch)["launch"]) == ("rolled_back", "failed")
    assert "InsufficientInstanceCapacity" in failure(relaunch)[1]
    assert operations.is_the_host(old_host)


@pytest.mark.usefixtures("old_host")
@pytest.mark.parametrize("action", ["RunInstances", "AssociateAddress", "TerminateInstances"])
def test_a_lost_reply_makes_no_difference(operations: Operations, faults: FaultProxy, action: str) -> None:
    # More often than the SDK repeats a call by itself.
    faults.add("reply-lost", action=action, times=4)
    assert_one_new_host(operations, operations.relaunch(operations.revise()["number"]))
    assert len(faults.calls("RunInstances", carried_out=True)) == 1


@pytest.mark.usefixtures("old_host")
@pytest.mark.parametrize("action", ["RunInstances", "DescribeInstanceStatus", "AssociateAddress", "TerminateInstances"])
def test_throttling_delays_a_relaunch_and_no_more(operations: Operations, faults: FaultProxy, action: str) -> None:
    faults.add("throttled", action=action, times=4)
    assert_one_new_host(operations, operations.relaunch(operations.revise()["number"]))


@pytest.mark.usefixtures("old_host")
def test_a_new_host_that_ec2_does_not_show_yet_is_waited_for(operations: Operations, faults: FaultProxy) -> None:
    faults.add("not-found-after-launch", seconds=4)
    assert_one_new_host(operations, operations.relaunch(operations.revise()["number"]))


def test_a_new_host_terminated_from_outside_is_undone(
    operations: Operations, faults: FaultProxy, old_host: dict[str, Any]
) -> None:
    faults.add("terminated-from-outside", action="RunInstances", at="after")
    relaunch = operations.relaunch(operations.revise()["number"])
    assert (relaunch["outcome"], outcomes(relaunch)["boot"]) == ("rolled_back", "failed")
    assert operations.is_the_host(old_host)


@pytest.mark.usefixtures("old_host", "no_ticks")
@pytest.mark.parametrize("at", ["before", "after"])
@pytest.mark.parametrize("action", ["RunInstances", "AssociateAddress", "TerminateInstances"])
def test_a_driver_killed_at_a_call_is_followed_by_one_that_makes_no_second_host(
    operations: Operations, faults: FaultProxy, function: Function, action: str, at: str
) -> None:
    faults.add("hold", action=action, at=at)
    driver = function.call_in_vain({"action": "relaunch", "revision": operations.revise()["number"], "force": True})
    wait_until(lambda: faults.held(action))
    function.kill(function.processes())
    driver.join()
    faults.clear()
    begun = operations.newest_relaunch()["id"]
    operations.expire_lease(begun)
    assert function.call({"action": "drive"})["relaunch"]["id"] == begun
    assert_one_new_host(operations, operations.read(begun))
    assert len(faults.calls("RunInstances", carried_out=True)) == 1


# ---- Instance types to fall back on. ---------------------------------------------------------------------------------


def asked_for(faults: FaultProxy) -> list[tuple[str, str]]:
    """The instance types and subnets that EC2 was asked for in earnest, each once, in turn."""
    calls = [it.parameters for it in faults.calls("RunInstances") if not it.dry_run]
    return list(dict.fromkeys((it["InstanceType"], it["SubnetId"]) for it in calls))


@pytest.mark.usefixtures("old_host")
def test_without_capacity_in_both_zones_the_next_instance_type_is_tried(
    operations: Operations, faults: FaultProxy
) -> None:
    faults.forget_calls()
    faults.add("no-capacity", match={"InstanceType": "t2.micro"})
    revision = operations.revise(fallback_instance_types=["t3.micro", "t3.small"])
    relaunch = operations.relaunch(revision["number"])
    assert_one_new_host(operations, relaunch)
    assert operations.the_instance()["InstanceType"] == "t3.micro"
    first, second = (subnet for _, subnet in asked_for(faults)[:2])
    assert asked_for(faults) == [("t2.micro", first), ("t2.micro", second), ("t3.micro", first)]
    tokens = {it.parameters["ClientToken"] for it in faults.calls("RunInstances") if not it.dry_run}
    assert len(tokens) == 3
    # It is as good as the first: nothing would change.
    assert operations.plan(revision["number"])["changes"] is False


def test_without_capacity_for_any_of_the_types_the_old_host_serves_on(
    operations: Operations, faults: FaultProxy, old_host: dict[str, Any]
) -> None:
    faults.forget_calls()
    faults.add("no-capacity")
    relaunch = operations.relaunch(operations.revise(fallback_instance_types=["t3.micro"])["number"])
    assert (relaunch["outcome"], failure(relaunch)[0]) == ("rolled_back", "launch")
    assert [kind for kind, _ in asked_for(faults)] == ["t2.micro", "t2.micro", "t3.micro", "t3.micro"]
    assert operations.instances(relaunch["id"]) == []
    assert operations.is_the_host(old_host)
