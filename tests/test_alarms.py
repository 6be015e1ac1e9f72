"""The alarms that read what the function logs: its real lines, held against the filters of the template."""

import re
import time
from collections.abc import Callable
from typing import Any

import jmespath
import pytest

from infra.local.cloud import LocalCloud
from infra.stacks import INFRA
from tests.support.audit_table import AuditTable
from tests.support.function import MOST_LOG_EVENTS, TICK, Function, FunctionLog
from tests.support.operations import MISSING_IMAGE, Operations, launched
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs_hosts

LogFromNow = Callable[[], FunctionLog]


def pattern(name: str) -> jmespath.parser.ParsedResult:
    """A metric filter's pattern (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html)
    in a language that can be run here: of it the templates use fields, texts, `*`, `&&`, `||` and brackets.
    """
    filters = dict(
        re.findall(r"FilterName: (\S+)\n +FilterPattern: '\{ (.+) \}'", (INFRA / "monitoring.yaml").read_text())
    )
    text = re.sub(r"= \*", "!= null", filters[name])
    text = re.sub(r"= \"([^\"]*)\"", r"== '\1'", text)
    return jmespath.compile(text.replace("$.", ""))


def counted(log: FunctionLog, name: str) -> list[dict[str, Any]]:
    """The lines that a filter counts."""
    matches = pattern(name)
    return [line for line in log.records() if matches.search(line)]


@pytest.fixture(scope="module", autouse=True)
def a_long_log(cloud: LocalCloud, aws: Callable[[str], Any]) -> None:
    """More was logged before than one answer tells, as on a busy day."""
    logs, stream = aws("logs"), "a-busy-day"
    group = {"logGroupName": cloud.outputs["service"]["FunctionLogGroupName"], "logStreamName": stream}
    an_hour_ago = int(time.time() - 3600) * 1000
    logs.create_log_stream(**group)
    logs.put_log_events(**group, logEvents=[{"timestamp": an_hour_ago, "message": "-"}] * MOST_LOG_EVENTS)


@pytest.mark.parametrize(("image", "outcome"), [(MISSING_IMAGE, "rolled_back"), (None, "succeeded")])
def test_a_relaunch_that_was_rolled_back_is_counted_once_and_one_that_succeeded_is_not(
    operations: Operations, log_from_now: LogFromNow, image: str | None, outcome: str
) -> None:
    operations.some_host()
    log = log_from_now()
    relaunch = operations.relaunch(operations.revise(**({"image": image} if image else {}))["number"])
    assert relaunch["outcome"] == outcome

    def is_about(line: dict[str, Any]) -> bool:
        return line.get("relaunch") == relaunch["id"]

    def ends() -> bool:
        return any(is_about(line) and line.get("message") == "relaunch ended" for line in log.records())

    wait_until(ends)
    found = [line["outcome"] for line in counted(log, "relaunches-not-done") if is_about(line)]
    assert found == ([] if outcome == "succeeded" else [outcome])


@pytest.mark.usefixtures("no_ticks")
def test_each_tick_says_whether_the_host_is_missing(
    operations: Operations, function: Function, log_from_now: LogFromNow
) -> None:
    def is_said_by_a_tick(missing: int) -> None:
        log = log_from_now()
        function.call(TICK)
        wait_until(lambda: missing in [line["missing"] for line in counted(log, "hosts-missing")])

    operations.relaunch(operations.revise()["number"])
    is_said_by_a_tick(missing=0)
    operations.ec2.terminate_instances(InstanceIds=[operations.the_instance()["InstanceId"]])
    is_said_by_a_tick(missing=1)


@pytest.mark.parametrize("harm", ["stopped", "without the address"])
@pytest.mark.usefixtures("no_ticks")
def test_a_host_that_serves_nobody_is_missing_and_may_be_relaunched_as_it_is(
    operations: Operations, function: Function, log_from_now: LogFromNow, harm: str
) -> None:
    revision = operations.revise()["number"]
    operations.relaunch(revision)
    assert not operations.plan(revision)["changes"]
    if harm == "stopped":
        operations.ec2.stop_instances(InstanceIds=[operations.the_instance()["InstanceId"]])
    else:
        operations.lose_the_address()
    log = log_from_now()
    function.call(TICK)
    wait_until(lambda: 1 in [line["missing"] for line in counted(log, "hosts-missing")])
    plan = operations.plan(revision)
    assert (plan["changes"], plan["settings"][0]["name"]) == (True, "Service")
    relaunch = operations.ended(operations.begin(revision, force=False)["id"])
    assert relaunch["outcome"] == "succeeded"
    assert operations.address_holder() == launched(relaunch)


def test_what_can_not_be_read_is_named_left_out_and_told_and_stops_nothing(
    operations: Operations, function: Function, log_from_now: LogFromNow
) -> None:
    # The newest of all.
    newer = "ffffffff-0000-7000-8000-000000000000"
    operations.store_relaunch_of_a_newer_version(newer)
    try:
        log = log_from_now()
        relaunch = operations.relaunch(operations.revise()["number"])
        assert relaunch["outcome"] == "succeeded"
        page = operations.relaunches(limit=2)
        assert (page["relaunches"][0]["id"], len(page["relaunches"]), page["unreadable"]) == (
            relaunch["id"],
            2,
            [newer],
        )
        assert function.call({"action": "status"})["relaunch"]["id"] == relaunch["id"]
        function.call(TICK)
        wait_until(lambda: newer in [line["key"] for line in counted(log, "records-unreadable")])
        assert [line["missing"] for line in counted(log, "hosts-missing")][-1] == 0
    finally:
        operations.forget_relaunch(newer)


@pytest.mark.usefixtures("no_ticks")
def test_an_audit_log_that_can_not_be_sealed_is_told_at_each_tick(
    cloud: LocalCloud, function: Function, log_from_now: LogFromNow
) -> None:
    table, log = AuditTable(cloud), log_from_now()
    block = {"pk": {"S": "audit-seal"}, "sk": {"S": "9" * 20}}
    table.put(block)
    function.call(TICK)
    table.delete(block)
    wait_until(lambda: counted(log, "audit-logs-not-sealed"))


@pytest.mark.usefixtures("no_ticks")
def test_a_relaunch_that_takes_longer_than_all_its_steps_may_is_told_at_each_look(
    operations: Operations, function: Function, log_from_now: LogFromNow
) -> None:
    relaunch = operations.abandoned(function)
    operations.age(relaunch)
    log = log_from_now()
    assert function.call(TICK)["state"] == "elsewhere"
    wait_until(lambda: relaunch in [line["relaunch"] for line in counted(log, "relaunches-overdue")])
    operations.expire_lease(relaunch)
    function.call(TICK)
    assert operations.ended(relaunch)["outcome"]


def test_whoever_looks_after_the_search_index_says_how_large_it_is(
    function: Function, log_from_now: LogFromNow
) -> None:
    log = log_from_now()
    kept = function.make_index()
    wait_until(lambda: kept["bytes"] in [line["bytes"] for line in counted(log, "search-index-bytes")])
