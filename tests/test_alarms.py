"""The alarms that read what the function logs: its real lines, held against the filters of the template."""

import json
import re
from collections.abc import Callable
from typing import Any

import jmespath
import pytest

from infra.local.cloud import LocalCloud
from infra.stacks import INFRA
from tests.support.function import Function
from tests.support.operations import MISSING_IMAGE, Operations
from tests.test_events import TICK

Lines = Callable[[], list[dict[str, Any]]]


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


@pytest.fixture
def logged(cloud: LocalCloud, aws: Callable[[str], Any]) -> Lines:
    """What the function has logged, as CloudWatch has it."""
    group = cloud.outputs["service"]["FunctionLogGroupName"]

    def lines() -> list[dict[str, Any]]:
        pages = aws("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        texts = [line for page in pages for event in page["events"] for line in event["message"].splitlines()]
        return [json.loads(line) for line in texts if line.startswith("{")]

    return lines


def counted(logged: Lines, name: str, of: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """The lines about something that a filter counts."""
    matches = pattern(name)
    return [line for line in logged() if of(line) and matches.search(line)]


@pytest.mark.parametrize(("image", "outcome"), [(MISSING_IMAGE, "rolled_back"), (None, "succeeded")])
def test_a_relaunch_that_was_rolled_back_is_counted_once_and_one_that_succeeded_is_not(
    operations: Operations, logged: Lines, image: str | None, outcome: str
) -> None:
    operations.some_host()
    relaunch = operations.relaunch(operations.revise(**({"image": image} if image else {}))["number"])
    assert relaunch["outcome"] == outcome

    def is_about(line: dict[str, Any]) -> bool:
        return line.get("relaunch") == relaunch["id"]

    def ends() -> bool:
        return any(is_about(line) and line.get("message") == "relaunch ended" for line in logged())

    operations.wait_until(ends)
    found = [line["outcome"] for line in counted(logged, "relaunches-not-done", is_about)]
    assert found == ([] if outcome == "succeeded" else [outcome])


@pytest.mark.usefixtures("no_ticks")
def test_each_tick_says_whether_the_host_is_missing(operations: Operations, function: Function, logged: Lines) -> None:
    def is_said_by_a_tick(missing: int) -> None:
        before = len(counted(logged, "hosts-missing", lambda _: True))
        function.call(TICK)

        def said() -> list[int]:
            return [line["missing"] for line in counted(logged, "hosts-missing", lambda _: True)[before:]]

        operations.wait_until(lambda: missing in said())

    operations.relaunch(operations.revise()["number"])
    is_said_by_a_tick(missing=0)
    operations.ec2.terminate_instances(InstanceIds=[operations.the_instance()["InstanceId"]])
    is_said_by_a_tick(missing=1)
