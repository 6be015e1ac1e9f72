"""A relaunch that waits for a person, the reason for it, and what a plan tells of a host that is not as it was left."""

from typing import Any

import pytest

from infra.local.faults.proxy import FaultProxy
from tests.support.function import TICK, Function
from tests.support.operations import STEPS, Operations, launched, name_of, outcomes, step
from tests.support.problems import faulty_fields, problem
from tests.support.recipes import SERVES

WITH_APPROVAL = [*STEPS[:5], "approve", *STEPS[5:]]


def waits(relaunch: dict[str, Any]) -> bool:
    """Whether a relaunch waits for a person."""
    return (relaunch.get("approval") or {}).get("until") is not None


def approve(operations: Operations, relaunch: str) -> Any:
    """Finds a new host good."""
    return operations.api.post(f"/api/operations/relaunches/{relaunch}/approval")


@pytest.mark.needs_hosts
def test_the_address_moves_only_once_a_person_has_found_the_new_host_good(
    operations: Operations, function: Function, old_host: dict[str, Any]
) -> None:
    revision = operations.revise(approval_hours=1)["number"]
    assert [it["name"] for it in operations.plan(revision)["steps"]] == WITH_APPROVAL
    begun = operations.begin(revision)["id"]
    waiting = operations.once(begun, waits)
    assert waiting["approval"]["look_at"].startswith("http://")
    # Whoever looks in does nothing before that.
    function.call(TICK)
    assert operations.address_holder() == old_host["instance_id"]
    assert outcomes(operations.read(begun))["approve"] is None

    assert approve(operations, begun).status_code == 202
    ended = operations.ended(begun)
    assert outcomes(ended) == dict.fromkeys(WITH_APPROVAL, "succeeded")
    assert "wanted" not in step(ended, "probe")["message"], "the app as it is offered has all that its recipe wants"
    assert name_of(ended["approval"]["given_by"]) == "operator"
    assert operations.address_holder() == launched(ended)
    assert "ended" in problem(approve(operations, begun), 409)["detail"]
    assert ("operator", "approve") in [told[:2] for told in operations.told_of(begun)]


@pytest.mark.needs_hosts
def test_a_new_host_that_a_person_finds_bad_is_undone(operations: Operations, old_host: dict[str, Any]) -> None:
    begun = operations.begin(operations.revise(approval_hours=1)["number"])["id"]
    operations.once(begun, waits)
    assert operations.cancel(begun).status_code == 202
    ended = operations.ended(begun)
    assert (ended["outcome"], ended["old_host"]) == ("cancelled", "serves")
    assert operations.is_the_host(old_host)


def test_an_approval_takes_one_to_ninety_six_hours(operations: Operations) -> None:
    for hours in (0, 97):
        refused = operations.api.post("/api/operations/revisions", json=operations.revision_input(approval_hours=hours))
        assert faulty_fields(refused) == ["approval_hours"]


@pytest.mark.needs_hosts
def test_why_a_relaunch_was_asked_for_is_in_its_record_and_in_the_audit_log(operations: Operations) -> None:
    reason = "The certificate\nof the old image expires."
    operations.revise()
    answer = operations.api.post("/api/operations/relaunches", json={"force": True, "reason": f" {reason} "})
    assert answer.status_code == 202, answer.text
    begun = answer.json()
    assert begun["reason"] == reason
    assert operations.ended(begun["id"])["reason"] == reason
    assert any(reason in outcome for _, _, outcome in operations.told_of(begun["id"]))
    long = operations.api.post("/api/operations/relaunches", json={"reason": "x" * 501})
    assert faulty_fields(long) == ["reason"]


def test_a_plan_names_what_somebody_changed_of_the_host(operations: Operations, old_host: dict[str, Any]) -> None:
    def drift() -> list[tuple[str, str, str]]:
        return [(it["name"], it["recorded"], it["live"]) for it in operations.plan()["drift"]]

    before = drift()
    tag = {"Key": "rollcall:revision", "Value": "99999"}
    operations.ec2.create_tags(Resources=[old_host["instance_id"]], Tags=[tag])
    try:
        assert ("revision", str(old_host["revision"]), "99999") in drift()
    finally:
        operations.ec2.create_tags(
            Resources=[old_host["instance_id"]], Tags=[tag | {"Value": str(old_host["revision"])}]
        )
    assert drift() == before


def test_what_ec2_refuses_is_told_to_an_operator_and_is_no_failure_of_rollcall(
    operations: Operations, faults: FaultProxy
) -> None:
    operations.revise()
    faults.add("refused", action="DescribeAddresses", code="UnauthorizedOperation")
    for method, route in (("post", "plans"), ("post", "relaunches"), ("delete", "host"), ("get", "host")):
        answer = getattr(operations.api, method)(f"/api/operations/{route}")
        assert "UnauthorizedOperation" in problem(answer, 409)["detail"], route


@pytest.mark.needs_hosts
def test_the_steps_of_a_relaunch_tell_what_was_only_wanted_of_the_host(operations: Operations) -> None:
    # It has no page of that name.
    ended = operations.relaunch(operations.revise_to(SERVES)["number"])
    assert ended["outcome"] == "succeeded"
    for name in ("probe", "bake"):
        message = step(ended, name)["message"]
        assert "wanted, and not so: http://" in message and "/add answers with status 404" in message, message
