"""The audit log: who asked for what, when, and what came of it; and what Rollcall sweeps by itself."""

import hashlib
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.local.faults.proxy import FaultProxy
from tests.support.function import Function
from tests.support.operations import MISSING_IMAGE, Operations
from tests.support.problems import faulty_fields, problem

# How old an instance is before it is swept, in seconds.
GRACE = 15 * 60


# ---- The log. --------------------------------------------------------------------------------------------------------


@pytest.mark.needs_hosts
def test_a_revision_and_a_relaunch_are_told_with_who_asked_and_how_it_ended(operations: Operations) -> None:
    revision = operations.revise()["number"]
    relaunch = operations.relaunch(revision)
    assert [it[:2] for it in operations.told_of(revision)] == [("operator", "create_revision")]
    assert operations.told_of(relaunch["id"]) == [
        ("operator", "relaunch", f"to revision {revision}"),
        ("operator", "end_relaunch", "succeeded"),
    ]
    entries = operations.audit_entries(relaunch["id"])
    assert all(it["request_id"] for it in entries), entries
    told = [datetime.fromisoformat(it["at"]) for it in entries]
    expected = [datetime.fromisoformat(relaunch[it]) for it in ("started_at", "ended_at")]
    assert [abs(one - other) < timedelta(milliseconds=2) for one, other in zip(told, expected, strict=True)] == [
        True
    ] * 2


@pytest.mark.usefixtures("old_host")
def test_of_a_relaunch_that_failed_the_step_and_the_reason_are_told(operations: Operations) -> None:
    relaunch = operations.relaunch(operations.revise(image=MISSING_IMAGE)["number"])
    _, (who, action, outcome) = operations.told_of(relaunch["id"])
    assert (who, action) == ("operator", "end_relaunch")
    assert outcome.startswith("rolled back; preflight: ") and MISSING_IMAGE in outcome


@pytest.mark.usefixtures("old_host")
def test_who_stopped_a_relaunch_is_told(operations: Operations, faults: FaultProxy) -> None:
    faults.add("never-passes-checks")
    revision = operations.revise()["number"]
    relaunch = operations.begin(revision)["id"]
    operations.cancel(relaunch)
    operations.ended(relaunch)
    assert operations.told_of(relaunch) == [
        ("operator", "relaunch", f"to revision {revision}"),
        ("operator", "cancel", "being undone"),
        ("operator", "end_relaunch", 'cancelled by "operator"'),
    ]


@pytest.mark.usefixtures("old_host")
def test_a_termination_is_told(operations: Operations) -> None:
    relaunch = operations.api.delete("/api/operations/host").json()["id"]
    operations.ended(relaunch)
    assert operations.told_of(relaunch) == [
        ("operator", "terminate", "asked for"),
        ("operator", "end_relaunch", "succeeded"),
    ]


@pytest.mark.needs_hosts
def test_a_direct_invocation_is_told_as_one(operations: Operations, function: Function) -> None:
    operations.revise()
    relaunch = function.call({"action": "relaunch", "force": True})
    assert {who for who, _, _ in operations.told_of(relaunch["id"])} == {"direct_invocation"}


def test_what_becomes_of_a_schedule_is_told(operations: Operations) -> None:
    name = f"nightly-{uuid.uuid4().hex[:8]}"
    path = f"/api/operations/schedules/{name}"
    operations.api.post("/api/operations/schedules", json={"name": name, "expression": "rate(1 day)"})
    operations.api.put(path, json={"expression": "cron(0 3 ? * SUN *)", "time_zone": "Europe/Oslo", "enabled": False})
    operations.api.delete(path)
    assert operations.told_of(name) == [
        ("operator", "create_schedule", "rate(1 day) in UTC"),
        ("operator", "change_schedule", "cron(0 3 ? * SUN *) in Europe/Oslo, not enabled"),
        ("operator", "delete_schedule", "removed"),
    ]


@pytest.mark.usefixtures("old_host", "no_ticks")
def test_what_was_refused_is_told_as_that(operations: Operations) -> None:
    operations.relaunch(operations.revise()["number"])
    operations.api.post("/api/operations/relaunches", json={"revision": 4_000_000_000})
    operations.api.post("/api/operations/revisions", json={"recipe": "windows"})
    told = operations.audit_log(limit=2)["entries"]
    assert [(it["action"], it["thing"], it["outcome"]) for it in told] == [
        ("refuse", "POST /api/operations/revisions", "422 Unprocessable Entity"),
        ("refuse", "POST /api/operations/relaunches", "422 Unprocessable Entity"),
    ]


@pytest.mark.usefixtures("no_ticks")
def test_entries_are_listed_newest_first_and_reached_page_by_page(operations: Operations) -> None:
    for _ in range(5):
        operations.revise()
    entries, cursor = [], None
    while len(entries) < 6:
        page = operations.audit_log(limit=2, **({"cursor": cursor} if cursor else {}))
        assert len(page["entries"]) == 2
        entries += page["entries"]
        cursor = page["next_cursor"]
    assert entries == operations.audit_log(limit=6)["entries"]
    times = [datetime.fromisoformat(it["at"]) for it in entries]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("query", "field"), [("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("cursor=x", "cursor")]
)
def test_a_page_that_cannot_be_is_refused_by_naming_why(operations: Operations, query: str, field: str) -> None:
    assert faulty_fields(operations.api.get(f"/api/operations/audit?{query}")) == [field]


def test_the_log_only_grows(operations: Operations) -> None:
    for method in ("POST", "PUT", "DELETE"):
        problem(operations.api.request(method, "/api/operations/audit", json={}), 405)


# ---- The sweep. ------------------------------------------------------------------------------------------------------


class Strays:
    """Instances that no relaunch of Rollcall's has launched."""

    def __init__(self, ec2: Any, host: dict[str, Any]) -> None:
        self._ec2, self._host = ec2, host
        self.launched: list[str] = []

    def launch(self, **tags: str) -> str:
        """Launches one with these tags, whose names go without `rollcall:`."""
        given = [{"Key": f"rollcall:{key}", "Value": value} for key, value in tags.items()]
        # By its token an instance is a relaunch's own; of an attempt that none of these relaunches made.
        attempt = f"{tags['relaunch']}/9" if "relaunch" in tags else str(uuid.uuid4())
        specification = [{"ResourceType": "instance", "Tags": given}] if given else []
        run = self._ec2.run_instances(
            ImageId=self._host["image_id"],
            SubnetId=self._host["subnet_id"],
            MinCount=1,
            MaxCount=1,
            TagSpecifications=specification,
            ClientToken=hashlib.sha256(attempt.encode()).hexdigest(),
        )
        self.launched.append(run["Instances"][0]["InstanceId"])
        return self.launched[-1]


@pytest.fixture
def strays(operations: Operations, old_host: dict[str, Any]) -> Iterator[Strays]:
    own = Strays(operations.ec2, old_host)
    yield own
    if own.launched:
        operations.ec2.terminate_instances(InstanceIds=own.launched)


def is_gone(operations: Operations, instance: str) -> bool:
    return operations.state(instance) in ("shutting-down", "terminated")


@pytest.mark.usefixtures("no_ticks")
def test_what_belongs_to_no_relaunch_is_swept_after_its_grace_and_never_what_lacks_the_tag(
    operations: Operations,
    function: Function,
    faults: FaultProxy,
    strays: Strays,
    old_host: dict[str, Any],
    request: pytest.FixtureRequest,
) -> None:
    untagged, of_another = strays.launch(), strays.launch(host="another")
    of_none = strays.launch(host="rollcall")
    of_an_unknown = strays.launch(host="rollcall", relaunch=str(uuid.uuid4()))
    # What can't be read may answer for its instance, and keeps nobody from the others.
    unreadable = str(uuid.uuid4())
    operations.store_relaunch_of_a_newer_version(unreadable)
    request.addfinalizer(lambda: operations.forget_relaunch(unreadable))
    of_unreadable = strays.launch(host="rollcall", relaunch=unreadable)

    # Not yet.
    faults.add("launched-earlier", seconds=GRACE - 300)
    assert function.call({"action": "drive"}) == {"state": "idle", "relaunch": None}
    assert not [it for it in strays.launched if is_gone(operations, it)]

    faults.clear()
    faults.add("launched-earlier", seconds=GRACE)
    swept = function.call({"action": "drive"})
    assert (swept["state"], set(swept["swept"])) == ("idle", {of_none, of_an_unknown})
    assert is_gone(operations, of_none) and is_gone(operations, of_an_unknown)
    assert {operations.state(it) for it in (untagged, of_another, of_unreadable)} == {"running"}
    operations.forget_relaunch(unreadable)
    assert function.call({"action": "drive"})["swept"] == [of_unreadable]
    assert operations.is_the_host(old_host)
    for instance, why in ((of_none, "no relaunch launched it"), (of_an_unknown, "not recorded")):
        ((who, action, outcome),) = operations.told_of(instance)
        assert (who, action) == ("rollcall", "sweep")
        assert why in outcome


@pytest.mark.usefixtures("no_ticks")
def test_what_a_relaunch_that_was_undone_left_behind_is_swept(
    operations: Operations, function: Function, faults: FaultProxy, strays: Strays, old_host: dict[str, Any]
) -> None:
    undone = operations.relaunch(operations.revise(image=MISSING_IMAGE)["number"])
    assert undone["outcome"] == "rolled_back"
    late = strays.launch(host="rollcall", relaunch=undone["id"])
    faults.add("launched-earlier", seconds=GRACE)
    assert function.call({"action": "drive"})["swept"] == [late]
    assert is_gone(operations, late)
    assert operations.is_the_host(old_host)


@pytest.mark.usefixtures("no_ticks")
def test_an_old_host_that_could_not_be_retired_is_swept(
    operations: Operations, function: Function, faults: FaultProxy, old_host: dict[str, Any]
) -> None:
    faults.add("refused", action="TerminateInstances", code="UnauthorizedOperation")
    relaunch = operations.relaunch(operations.revise()["number"])
    # The new host serves all the same.
    assert relaunch["outcome"] == "succeeded"
    assert relaunch["steps"][-1]["outcome"] == "failed"
    assert not is_gone(operations, old_host["instance_id"])
    faults.clear()
    faults.add("launched-earlier", seconds=GRACE)
    assert function.call({"action": "drive"})["swept"] == [old_host["instance_id"]]
    assert is_gone(operations, old_host["instance_id"])
    assert operations.the_instance()["InstanceId"] == operations.address_holder()


@pytest.mark.usefixtures("no_ticks")
def test_while_a_relaunch_is_in_progress_nothing_is_swept(
    operations: Operations, function: Function, faults: FaultProxy, strays: Strays
) -> None:
    stray = strays.launch(host="rollcall")
    relaunch = operations.abandoned(function)
    faults.add("launched-earlier", seconds=GRACE)
    assert function.call({"action": "drive"}) == {"state": "elsewhere", "relaunch": None}
    operations.expire_lease(relaunch)
    assert function.call({"action": "drive"})["relaunch"]["id"] == relaunch
    assert operations.ended(relaunch)["outcome"] == "succeeded"
    assert not is_gone(operations, stray)
    assert function.call({"action": "drive"})["swept"] == [stray]
