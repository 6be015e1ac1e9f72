"""Least privilege: who can do what, and that whatever is granted is needed and enough.

The policies are those that the templates deploy. The document of all rows is `docs/access.md`.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.cloud import ROOT, LocalCloud
from infra.local.iam import others, s3
from infra.local.iam.check import Check
from infra.local.iam.gate import Asked
from infra.local.iam.policy import decide, parts, without
from infra.local.listing import listed
from tests.support.directory import Directory
from tests.support.function import Function
from tests.support.iam_flows import everything
from tests.support.iam_table import ROWS, Row, World, log_checks, queue_check, stream_checks, trace_checks, write
from tests.support.operations import Operations

DOCUMENT = ROOT / "docs/access.md"

# What is granted and nothing here can make use of, with the reason.
_AGENT = "Session Manager's agent is Amazon Linux's, and no part of a local host"
NOT_EXERCISED = {
    "directory.KeepSegments s3:DeleteObject": "a segment goes an hour after it was written",
    "host.OpenSessions": _AGENT,
    "host.OpenSessions ssm:UpdateInstanceInformation": _AGENT,
    "host.OpenSessions ssmmessages:CreateControlChannel": _AGENT,
    "host.OpenSessions ssmmessages:CreateDataChannel": _AGENT,
    "host.OpenSessions ssmmessages:OpenControlChannel": _AGENT,
    "host.OpenSessions ssmmessages:OpenDataChannel": _AGENT,
}


@pytest.fixture(scope="module")
def world(cloud: LocalCloud) -> World:
    """The account with our deployment, and others' things beside it."""
    return World(cloud)


# ---- Who can do what. ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.who}-{'can' if row.allowed else 'cannot'}-{row.what}")
def test_each_principal_can_do_what_it_must_and_nothing_else(world: World, row: Row) -> None:
    decided = world.decide(row)
    told = [f"{check.action} on {check.resource}: {it.why}" for check, it in decided]
    assert all(it.allowed for _, it in decided) == row.allowed, "\n".join(told)


def test_the_document_says_what_is_so(world: World) -> None:
    written = write(world)
    if "UPDATE_DOCS" in os.environ:
        DOCUMENT.write_text(written)
    assert DOCUMENT.read_text() == written, "run this test with UPDATE_DOCS=1 and look at the difference"


# ---- What is granted is needed and enough. ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def asked(
    cloud: LocalCloud,
    directory: Directory,
    api: Callable[..., Any],
    aws: Callable[[str], Any],
    function: Function,
    tmp_path_factory: pytest.TempPathFactory,
    world: World,
) -> dict[str, list[Asked]]:
    """What each role asked for while everything was done, by the role's name."""
    panel = Operations(api("operator"), aws, cloud.outputs)
    panel.settle()
    cloud.faults.clear()
    cloud.gate.forget()
    everything(cloud, directory, panel, function, tmp_path_factory.mktemp("host"))
    found: dict[str, list[Asked]] = {"rollcall-function": [], "rollcall-host": [], "rollcall-scheduler": []}
    for it in cloud.gate.passed():
        found.setdefault(it.role, []).append(it)
    for role, checks in by_aws_itself(world, aws).items():
        found[role] += [Asked(role, "by-aws", check) for check in checks]
    return found


def by_aws_itself(world: World, aws: Callable[[str], Any]) -> dict[str, list[Check]]:
    """What AWS does in a role's name as it is configured, and emulators do without asking."""
    group = world.outputs["service"]["ScheduleGroupName"]
    scheduler = aws("scheduler")
    targets = [
        scheduler.get_schedule(GroupName=group, Name=it["Name"])["Target"]
        for it in listed(scheduler, "list_schedules", "Schedules", GroupName=group)
    ]
    of_function = [*log_checks(world), queue_check(world, "SendMessage"), *stream_checks(world), *trace_checks()]
    found = {"rollcall-function": of_function}
    for target in targets:
        role = target["RoleArn"].rpartition("/")[2]
        found.setdefault(role, []).append(others.function_check(world, "InvokeFunction", target["Arn"]))
    return found


def test_whatever_is_needed_is_granted(cloud: LocalCloud, world: World, asked: dict[str, list[Asked]]) -> None:
    assert asked["rollcall-function"] and asked["rollcall-host"]
    # To who may not list a bucket S3 does not say that something isn't there, and the product knows: a photo that is
    # gone, the host archive of a revision whose start is to fail.
    untold = {"rollcall-function": [world.photos], "rollcall-host": [world.photos, world.artifacts]}
    for role, buckets in untold.items():
        silent = [s3.existence_check(bucket) for bucket in buckets]
        refused = [it for it in cloud.gate.refused(role) if it.asked.check not in silent]
        assert not refused, refused


@pytest.mark.parametrize("role", ["rollcall-function", "rollcall-host", "rollcall-scheduler"])
def test_whatever_is_granted_is_needed(world: World, asked: dict[str, list[Asked]], role: str) -> None:
    deployed = world.role(role)

    def all_pass(policies: Any) -> bool:
        return all(decide(it.check, deployed.session(it.session), policies).allowed for it in asked[role])

    assert all_pass(deployed.policies)
    unused = {str(part) for part in parts(deployed.policies) if all_pass(without(deployed.policies, part))}
    exempt = {it for it in NOT_EXERCISED if it.partition(".")[0] in {policy.name for policy in deployed.policies}}
    assert unused == exempt
