"""What the function's log tells of requests, and the metrics that CloudWatch takes out of it."""

import time
from collections.abc import Callable
from typing import Any

import requests

from tests.support.directory import Directory
from tests.support.function import FunctionLog
from tests.support.waiting import wait_until

Api = Callable[..., requests.Session]
LogFromNow = Callable[[], FunctionLog]


def found(log: FunctionLog, message: str, matches: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The one line with this message that is looked for, as soon as it is there."""

    def one() -> dict[str, Any] | None:
        lines = [line for line in log.records() if line.get("message") == message and matches(line)]
        assert len(lines) < 2, lines
        return lines[0] if lines else None

    line = wait_until(one)
    assert line is not None
    return line


def line_of(log: FunctionLog, answer: requests.Response) -> dict[str, Any]:
    """The line that tells of an answer."""
    request = answer.headers["x-request-id"]
    return found(log, "answered", lambda line: line["span"]["request_id"] == request)


def metrics(line: dict[str, Any]) -> tuple[dict[str, Any], dict[str, float]]:
    """What CloudWatch takes out of a line: dimensions and metrics, each by its name
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
    """
    assert abs(line["_aws"]["Timestamp"] / 1000 - time.time()) < 600
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Rollcall/rollcall"
    (dimensions,) = directive["Dimensions"]
    return {name: line[name] for name in dimensions}, {it["Name"]: line[it["Name"]] for it in directive["Metrics"]}


# ---- Metrics. --------------------------------------------------------------------------------------------------------


def test_each_answer_is_one_line_in_which_cloudwatch_finds_metrics_by_route(
    api: Api, directory: Directory, log_from_now: LogFromNow
) -> None:
    added = directory.add()["id"]
    log = log_from_now()
    for answer, route, counted in [
        (api().get(f"/api/employees/{added}"), "/api/employees/{id}", {"Requests"}),
        (api().get("/api/employees/nobody-at-all"), "/api/employees/{id}", {"Requests", "Refused"}),
        (api().get("/api/there/is/no/such/thing"), "/api/{*path}", {"Requests", "Refused"}),
    ]:
        line = line_of(log, answer)
        dimensions, measured = metrics(line)
        assert dimensions == {"Route": route, "Method": "GET"}
        latency = measured.pop("Latency")
        assert 0 < latency < 60_000 and line["milliseconds"] == int(latency)
        assert measured == dict.fromkeys(counted, 1)
        assert (line["level"], line["status"]) == ("INFO", answer.status_code)
        # Of whom it was asked stands nowhere.
        assert added not in str(line)


def test_the_search_index_tells_how_long_a_change_waited_for_it(directory: Directory, log_from_now: LogFromNow) -> None:
    log = log_from_now()
    directory.add()

    def told() -> list[dict[str, Any]]:
        return [line for line in log.records() if line.get("message") == "the search index follows the table"]

    line = wait_until(told)[0]
    dimensions, measured = metrics(line)
    assert (dimensions, measured.keys()) == ({}, {"SearchIndexLag"})
    assert 0 <= measured["SearchIndexLag"] < 60_000 and line["people"] >= 1
