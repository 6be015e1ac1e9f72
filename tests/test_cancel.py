"""What an operator stops: a relaunch, as long as visitors notice nothing of it, and the host itself."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.local.faults.proxy import FaultProxy
from tests.support.operations import STEPS, Operations, launched, name_of, outcomes, step
from tests.support.problems import problem
from tests.support.recipes import FAILS, HANGS, ONLY_ANSWERS_ITSELF
from tests.support.waiting import wait_until


def is_at(name: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a relaunch has begun a step and not ended it."""
    return lambda relaunch: bool(step(relaunch, name)["started_at"]) and step(relaunch, name)["outcome"] is None


class Stopped:
    """A relaunch that goes no further than a step."""

    def __init__(self, operations: Operations, faults: FaultProxy) -> None:
        self._operations, self._faults = operations, faults

    def at(self, name: str) -> str:
        """Its id, once it is there."""
        revision, action = None, None
        match name:
            case "preflight":
                action = self._hold("RunInstances", dry_run=True)
            case "launch":
                action = self._hold("RunInstances")
            case "boot":
                self._faults.add("never-passes-checks")
            case "report":
                revision = self._operations.revise_to(HANGS)
            case "probe":
                revision = self._operations.revise_to(ONLY_ANSWERS_ITSELF)
            case "switch":
                action = self._hold("AssociateAddress")
            case "retire":
                action = self._hold("TerminateInstances")
        number = (revision or self._operations.revise())["number"]
        begun = self._operations.begin(number)["id"]
        if action:
            wait_until(lambda: self._faults.held(action))
        self._operations.once(begun, is_at(name))
        return begun

    def _hold(self, action: str, **limits: Any) -> str:
        self._faults.add("hold", action=action, **limits)
        return action


@pytest.fixture
def stopped(operations: Operations, faults: FaultProxy) -> Stopped:
    return Stopped(operations, faults)


# ---- Cancelling. -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["preflight", "launch", "boot", "report", "probe"])
def test_before_the_address_moves_a_relaunch_is_stopped_and_undone(
    operations: Operations,
    faults: FaultProxy,
    stopped: Stopped,
    old_host: dict[str, Any],
    name: str,
) -> None:
    relaunch = stopped.at(name)
    assert operations.read(relaunch)["cancellable"] is True
    answer = operations.cancel(relaunch)
    assert answer.status_code == 202
    asked = answer.json()
    assert (name_of(asked["cancelled_by"]), asked["undoing"], asked["cancellable"]) == ("operator", True, False)
    faults.clear()
    ended = operations.ended(relaunch)
    assert (ended["outcome"], name_of(ended["cancelled_by"]), ended["undoing"]) == ("cancelled", "operator", False)
    at = STEPS.index(name)
    assert outcomes(ended) == dict.fromkeys(STEPS[:at], "succeeded") | dict.fromkeys(STEPS[at:], "skipped")
    assert step(ended, name)["message"] == 'stopped by "operator"'
    assert len(operations.instances(relaunch)) == (0 if name == "preflight" else 1)
    assert operations.is_the_host(old_host)
    # What its driver was about to do is as if it had never been.
    assert operations.relaunch(operations.revise()["number"])["outcome"] == "succeeded"


@pytest.mark.parametrize("name", ["switch", "retire"])
def test_once_the_address_has_begun_to_move_it_is_not_stopped(
    operations: Operations, faults: FaultProxy, stopped: Stopped, old_host: dict[str, Any], name: str
) -> None:
    relaunch = stopped.at(name)
    assert operations.read(relaunch)["cancellable"] is False
    assert "address has begun to move" in problem(operations.cancel(relaunch), 409)["detail"]
    faults.clear()
    ended = operations.ended(relaunch)
    assert (ended["outcome"], ended["cancelled_by"]) == ("succeeded", None)
    assert operations.the_instance()["InstanceId"] == launched(ended) != old_host["instance_id"]


def test_what_has_ended_is_not_stopped(operations: Operations) -> None:
    relaunch = operations.relaunch(operations.revise()["number"])
    assert "ended already" in problem(operations.cancel(relaunch["id"]), 409)["detail"]
    assert operations.read(relaunch["id"]) == relaunch


@pytest.mark.usefixtures("old_host")
def test_what_is_being_stopped_is_not_stopped_again(
    operations: Operations, faults: FaultProxy, stopped: Stopped
) -> None:
    relaunch = stopped.at("boot")
    faults.add("hold", action="TerminateInstances")
    assert operations.cancel(relaunch).status_code == 202
    assert "stopped already" in problem(operations.cancel(relaunch), 409)["detail"]
    faults.clear()
    assert operations.ended(relaunch)["outcome"] == "cancelled"


@pytest.mark.usefixtures("old_host")
def test_what_has_failed_is_not_stopped(operations: Operations, faults: FaultProxy) -> None:
    faults.add("hold", action="TerminateInstances")
    relaunch = operations.begin(operations.revise_to(FAILS)["number"])["id"]
    wait_until(lambda: faults.held("TerminateInstances"))
    seen = operations.read(relaunch)
    assert (seen["undoing"], seen["cancellable"], seen["outcome"]) == (True, False, None)
    assert "being undone already" in problem(operations.cancel(relaunch), 409)["detail"]
    faults.clear()
    assert operations.ended(relaunch)["outcome"] == "rolled_back"


@pytest.mark.needs_hosts
@pytest.mark.usefixtures("no_host")
def test_a_first_launch_that_is_stopped_leaves_no_host(operations: Operations, stopped: Stopped) -> None:
    relaunch = stopped.at("boot")
    operations.cancel(relaunch)
    assert operations.ended(relaunch)["outcome"] == "cancelled"
    assert operations.instances() == []


@pytest.mark.parametrize("relaunch", ["first", "0193a1b2-0000-7000-8000-000000000000"])
def test_there_is_nothing_to_stop_where_there_is_no_relaunch(operations: Operations, relaunch: str) -> None:
    problem(operations.cancel(relaunch), 404)


# ---- Terminating the host. -------------------------------------------------------------------------------------------


def test_the_host_is_terminated_without_a_successor(operations: Operations, old_host: dict[str, Any]) -> None:
    accepted = operations.api.delete("/api/operations/host")
    assert accepted.status_code == 202
    begun = accepted.json()
    assert accepted.headers["location"] == f"/api/operations/relaunches/{begun['id']}"
    assert (begun["kind"], begun["from_revision"], begun["to_revision"]) == (
        "terminate",
        old_host["revision"],
        None,
    )
    assert begun["cancellable"] is False
    ended = operations.ended(begun["id"])
    assert ended["outcome"] == "succeeded"
    assert outcomes(ended) == dict.fromkeys(STEPS[:-1], "skipped") | {"retire": "succeeded"}
    assert step(ended, "retire")["resources"] == [old_host["instance_id"]]
    assert operations.state(old_host["instance_id"]) in ("shutting-down", "terminated")
    assert operations.instances() == []
    assert operations.host() is None


@pytest.mark.usefixtures("no_host")
def test_without_a_host_there_is_nothing_to_terminate(operations: Operations) -> None:
    before = operations.newest_relaunch()
    assert "no host" in problem(operations.api.delete("/api/operations/host"), 409)["detail"]
    assert operations.newest_relaunch() == before


def test_while_a_relaunch_is_in_progress_the_host_is_not_terminated(
    operations: Operations, stopped: Stopped, old_host: dict[str, Any]
) -> None:
    relaunch = stopped.at("boot")
    assert relaunch in problem(operations.api.delete("/api/operations/host"), 409)["detail"]
    operations.cancel(relaunch)
    operations.ended(relaunch)
    assert operations.is_the_host(old_host)


def test_a_lost_reply_to_the_termination_makes_no_difference(
    operations: Operations, faults: FaultProxy, old_host: dict[str, Any]
) -> None:
    faults.add("reply-lost", action="TerminateInstances", times=4)
    ended = operations.ended(operations.api.delete("/api/operations/host").json()["id"])
    assert ended["outcome"] == "succeeded"
    assert operations.state(old_host["instance_id"]) in ("shutting-down", "terminated")
