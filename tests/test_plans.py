"""Plans: what a relaunch would do, changing nothing; and what happens when it would change nothing."""

from typing import Any

import pytest

from infra.local.faults.proxy import FaultProxy
from tests.support.function import Function
from tests.support.operations import MISSING_IMAGE, STEPS, Operations
from tests.support.problems import faulty_fields, problem

CHECKS = ["User data", "Image", "Conformance", "Free addresses", "Permission to launch"]


def settings(plan: dict[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    """Each setting before and after."""
    return {it["name"]: (it["from"], it["to"]) for it in plan["settings"]}


def checks(plan: dict[str, Any]) -> dict[str, str]:
    """How each check ends."""
    return {it["name"]: it["outcome"] for it in plan["preflight"]}


def changed_lines(plan: dict[str, Any], change: str) -> list[str]:
    """The lines of the user data that are removed, or added."""
    lines = [line for hunk in plan["user_data_diff"] for line in hunk["lines"]]
    return [line["text"] for line in lines if line["change"] == change]


# ---- What a plan tells. ----------------------------------------------------------------------------------------------


def test_a_plan_tells_what_would_change_and_which_checks_pass(operations: Operations, old_host: dict[str, Any]) -> None:
    before = operations.api.get(f"/api/operations/revisions/{old_host['revision']}").json()
    revision = operations.revise_differently(instance_type="t3.small")
    bucket = revision["variables"]["photos_bucket"]
    plan = operations.plan(revision["number"])
    assert (plan["kind"], plan["host"], plan["changes"]) == ("relaunch", old_host["instance_id"], True)
    assert (plan["from_revision"], plan["to_revision"]) == (before["number"], revision["number"])
    assert f"export PHOTOS_BUCKET={before['variables']['photos_bucket']}" in changed_lines(plan, "removed")
    assert f"export PHOTOS_BUCKET={bucket}" in changed_lines(plan, "added")
    assert [line for line in changed_lines(plan, "added") if bucket not in line] == []
    assert settings(plan) == {
        "recipe": ("al2023-flask", "al2023-flask"),
        "image": (old_host["image_id"], revision["image"]),
        "instance_type": (old_host["instance_type"], "t3.small"),
        "variables.photos_bucket": (before["variables"]["photos_bucket"], bucket),
        "variables.region": ("us-east-1", "us-east-1"),
    }
    assert checks(plan) == dict.fromkeys(CHECKS, "passed")
    steps = {it["name"]: it["what"] for it in plan["steps"]}
    assert list(steps) == STEPS
    assert revision["image"] in steps["launch"] and "t3.small" in steps["launch"]
    assert old_host["instance_id"] in steps["switch"] and old_host["instance_id"] in steps["retire"]


@pytest.mark.usefixtures("no_ticks")
def test_a_plan_starts_nothing_and_leaves_no_trace(
    operations: Operations, faults: FaultProxy, old_host: dict[str, Any]
) -> None:
    revision = operations.revise_differently()["number"]
    relaunch, audit = operations.newest_relaunch(), operations.audit_log()
    faults.forget_calls()
    operations.plan(revision)
    changing = [it for it in faults.calls() if not it.action.startswith("Describe") and not it.dry_run]
    assert changing == []
    assert operations.is_the_host(old_host)
    assert (operations.newest_relaunch(), operations.audit_log()) == (relaunch, audit)


@pytest.mark.parametrize("body", [{"json": {}}, {"json": {"revision": None}}, {}])
def test_without_a_revision_a_plan_is_for_the_newest(operations: Operations, body: dict[str, Any]) -> None:
    newest = operations.revise()["number"]
    assert operations.api.post("/api/operations/plans", **body).json()["to_revision"] == newest


@pytest.mark.needs_hosts
def test_a_plan_back_to_an_earlier_revision_is_for_a_rollback(operations: Operations) -> None:
    earlier, later = operations.revise(), operations.revise_differently()
    assert operations.relaunch(later["number"])["outcome"] == "succeeded"
    plan = operations.plan(earlier["number"])
    assert (plan["kind"], plan["from_revision"], plan["to_revision"]) == (
        "rollback",
        later["number"],
        earlier["number"],
    )


@pytest.mark.usefixtures("no_host")
def test_a_plan_without_a_host_is_for_a_launch_of_all_there_is(operations: Operations) -> None:
    revision = operations.revise()
    plan = operations.plan(revision["number"])
    assert (plan["kind"], plan["host"], plan["from_revision"], plan["changes"]) == ("launch", None, None, True)
    (hunk,) = plan["user_data_diff"]
    assert (hunk["before"], hunk["after"], changed_lines(plan, "removed")) == (1, 1, [])
    assert changed_lines(plan, "added") == revision["user_data"].splitlines()
    assert {before for before, _ in settings(plan).values()} == {None}


@pytest.mark.usefixtures("old_host")
def test_a_check_that_fails_is_told_with_what_to_do(operations: Operations) -> None:
    plan = operations.plan(operations.revise(image=MISSING_IMAGE)["number"])
    assert checks(plan)["Image"] == "failed"
    assert checks(plan)["User data"] == "passed"
    (detail,) = [it["detail"] for it in plan["preflight"] if it["name"] == "Image"]
    assert MISSING_IMAGE in detail and "make a revision with another image" in detail
    assert plan["steps"][STEPS.index("launch")]["what"] == "nothing: a check fails"


def test_user_data_that_grew_too_large_is_told_by_the_plan(operations: Operations) -> None:
    revision = operations.revise()["number"]
    operations.overwrite_user_data(revision, "#!/bin/bash\n" + "#" * 16 * 1024)
    assert checks(operations.plan(revision))["User data"] == "failed"


def test_who_may_not_launch_is_told_by_the_plan(operations: Operations, faults: FaultProxy) -> None:
    revision = operations.revise()["number"]
    faults.add("refused", action="RunInstances", code="UnauthorizedOperation", dry_run=True)
    assert checks(operations.plan(revision))["Permission to launch"] == "failed"


def test_a_lack_of_capacity_is_no_failed_check(operations: Operations, faults: FaultProxy) -> None:
    revision = operations.revise()["number"]
    faults.add("no-capacity", dry_run=True)
    plan = operations.plan(revision)
    assert checks(plan)["Permission to launch"] == "passed"
    assert plan["steps"][STEPS.index("launch")]["what"].startswith("one ")


@pytest.mark.parametrize(
    ("body", "field"),
    [({"revision": "3"}, "revision"), ({"force": 1}, "force")],
)
def test_a_plan_for_what_is_no_revision_is_refused(operations: Operations, body: dict[str, Any], field: str) -> None:
    operations.revise()
    assert faulty_fields(operations.api.post("/api/operations/plans", json=body)) == [field]


def test_a_plan_for_a_revision_there_is_not_is_not_found(operations: Operations) -> None:
    operations.revise()
    problem(operations.api.post("/api/operations/plans", json={"revision": 4_000_000_000}), 404)


# ---- When nothing would change. --------------------------------------------------------------------------------------


@pytest.mark.needs_hosts
def test_when_nothing_would_change_the_plan_says_so_and_a_relaunch_is_refused(operations: Operations) -> None:
    operations.relaunch(operations.revise()["number"])
    # Another number for the same thing.
    revision = operations.revise()["number"]
    plan = operations.plan(revision)
    assert (plan["changes"], plan["user_data_diff"]) == (False, [])
    assert all(before == after for before, after in settings(plan).values())
    newest = operations.newest_relaunch()
    refused = operations.api.post("/api/operations/relaunches", json={"revision": revision})
    detail = problem(refused, 409)["detail"]
    assert "Nothing would change" in detail and "by force" in detail
    assert operations.newest_relaunch() == newest


def test_by_force_the_host_is_replaced_by_its_like(operations: Operations, old_host: dict[str, Any]) -> None:
    relaunch = operations.relaunch(old_host["revision"])
    assert relaunch["outcome"] == "succeeded"
    assert operations.the_instance()["InstanceId"] != old_host["instance_id"]


@pytest.mark.usefixtures("old_host")
def test_what_changes_something_needs_no_force(operations: Operations) -> None:
    for revision in (operations.revise_differently(), operations.revise(), operations.revise(instance_type="t3.nano")):
        begun = operations.begin(revision["number"], force=False)
        assert operations.ended(begun["id"])["outcome"] == "succeeded"


@pytest.mark.needs_hosts
def test_a_direct_invocation_needs_force_as_well(operations: Operations, function: Function) -> None:
    operations.relaunch(operations.revise()["number"])
    newest = operations.newest_relaunch()
    assert "Nothing would change" in function.fail({"action": "relaunch"})
    assert function.error_type({"action": "relaunch"}) == "Refused"
    assert operations.newest_relaunch() == newest
    assert function.call({"action": "relaunch", "force": True})["outcome"] == "succeeded"


@pytest.mark.parametrize("force", ["yes", 1, None])
def test_force_is_true_or_false(operations: Operations, force: Any) -> None:
    operations.revise()
    assert faulty_fields(operations.api.post("/api/operations/relaunches", json={"force": force})) == ["force"]
