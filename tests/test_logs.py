"""What the function's log tells of requests, and the metrics that CloudWatch takes out of it."""

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from infra.local.cloud import LocalCloud
from infra.local.people import PEOPLE, Person
from tests.support.browser import Browser
from tests.support.copies import FUNCTION
from tests.support.directory import Directory, employee
from tests.support.function import FunctionLog
from tests.support.lambda_service import PARENT, REQUEST_ID, TRACE, RuntimeApi, Table, get, started
from tests.support.waiting import wait_until

Api = Callable[..., requests.Session]
LogFromNow = Callable[[], FunctionLog]

READER, EDITOR, OPERATOR = PEOPLE


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
        (api().get(f"/api/employees/{added}"), "/api/employees/{id}", set()),
        (api().get("/api/employees/nobody-at-all"), "/api/employees/{id}", {"Refused"}),
        (api().get("/api/there/is/no/such/thing"), "/api/{*path}", {"Refused"}),
    ]:
        line = line_of(log, answer)
        dimensions, measured = metrics(line)
        assert dimensions == {"Route": route, "Method": "GET"}
        latency = measured.pop("Latency")
        assert 0 < latency < 60_000 and line["milliseconds"] == int(latency)
        assert measured == dict.fromkeys(counted, 1)
        assert (line["level"], line["status"]) == ("INFO", answer.status_code)
        # Whoever is looked up is read from DynamoDB.
        assert (line["aws_calls"] >= 1) == (route == "/api/employees/{id}")
        assert (line["aws_milliseconds"] > 0) == (line["aws_calls"] > 0)
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


# ---- What belongs together. ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("namespace", ["", "Rollcall/rollcall"])
def test_each_line_of_an_invocation_has_its_request_and_its_trace(namespace: str, tmp_path: Path) -> None:
    settings = {"METRICS_NAMESPACE": namespace}
    with (
        (tmp_path / "log").open("wb") as log,
        RuntimeApi() as runtime,
        Table() as table,
        started([str(FUNCTION)], runtime, table, settings, log),
    ):
        # There is no index to search, which is logged beside the answer.
        assert runtime.invoke(get("/api/employees", "q=a"))[1]["statusCode"] == 200
        runtime.next()
        runtime.events.put({"action": "unknown"})
        assert runtime.answered.get(timeout=runtime.patience)[1] == "error"
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    messages = [line["message"] for line in lines]
    assert {"searching is limited", "answered", "the event was refused"} <= set(messages)
    # Lambda's runtime says once more, in its own words, what failed.
    for line in (line for line in lines if not line["target"].startswith("lambda_runtime")):
        assert line["span"]["request_id"] == REQUEST_ID
        assert line["span"]["trace_id"] == TRACE
        # The rest of what Lambda tells of the trace is about this call alone.
        assert PARENT not in str(line)


# ---- Traces. ---------------------------------------------------------------------------------------------------------


def test_each_call_of_aws_is_a_part_of_the_trace_where_that_is_sampled() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon,
        RuntimeApi() as runtime,
        Table() as table,
    ):
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(runtime.patience)
        settings = {"AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}"}
        with started([str(FUNCTION)], runtime, table, settings):
            runtime.next()
            began = time.time()
            for sampled in (False, True, False):
                runtime.sampled = sampled
                # What comes of it is the same.
                assert runtime.invoke(get("/api/employees/somebody"))[1]["statusCode"] == 404
                runtime.next()
            ended = time.time()
        header, told = daemon.recv(100_000).decode().split("\n")
        assert json.loads(header) == {"format": "json", "version": 1}
        part = json.loads(told)
        assert (part["trace_id"], part["parent_id"], part["type"]) == (TRACE, PARENT, "subsegment")
        assert len(part["id"]) == 16 and part["id"] != PARENT
        assert (part["name"], part["namespace"], part["aws"]["operation"]) == ("DynamoDB", "aws", "GetItem")
        assert (part["http"]["response"]["status"], part["aws"]["retries"]) == (200, 0)
        assert not (part["error"] or part["throttle"] or part["fault"])
        assert began <= part["start_time"] <= part["end_time"] <= ended
        # Of whom it was asked stands nowhere.
        assert "somebody" not in told
        # The function is gone, and on one machine what it sent is there.
        daemon.setblocking(False)
        with pytest.raises(BlockingIOError):
            daemon.recv(100_000)


# ---- Who signed in, and who was refused. -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ids(cloud: LocalCloud, aws: Callable[[str], Any]) -> Callable[[Person], dict[str, str]]:
    """Gives what the issuer calls someone."""
    service = cloud.outputs["service"]

    def of(person: Person) -> dict[str, str]:
        user = aws("cognito-idp").admin_get_user(UserPoolId=service["UserPoolId"], Username=person.name)
        subject = {it["Name"]: it["Value"] for it in user["UserAttributes"]}["sub"]
        return {"issuer": service["OidcIssuer"], "subject": subject}

    return of


def test_who_signs_in_and_out_is_logged_by_ids_alone(
    cloud: LocalCloud, ids: Callable[[Person], dict[str, str]], log_from_now: LogFromNow
) -> None:
    log, browser = log_from_now(), Browser(cloud.url)
    arrival = browser.sign_in(EDITOR)
    left = browser.ask("POST", "/auth/sign-out", json={})
    assert (arrival.status_code, left.status_code) == (303, 200)
    for answer, message in ((arrival, "signed in"), (left, "signed out")):
        request = answer.headers["x-request-id"]
        line = found(log, message, lambda line, request=request: line["span"]["request_id"] == request)
        assert {name: line[name] for name in ("issuer", "subject")} == ids(EDITOR)
        assert EDITOR.name not in str(line)


def test_each_sign_in_that_fails_is_logged_with_why(cloud: LocalCloud, log_from_now: LogFromNow) -> None:
    log, browser, stranger = log_from_now(), Browser(cloud.url), Browser(cloud.url)
    callback = browser.submit(browser.begin(), EDITOR).headers["Location"]
    without_a_cookie = stranger.open(callback)
    stranger.begin()
    elsewhere = stranger.open(callback)
    state = parse_qs(urlsplit(browser.begin().url).query)["state"][0]
    refused = browser.open(f"/auth/callback?error=access_denied&state={state}")
    # Whoever is signed in is led home by an address that counted before, and does not see that it did.
    browser.sign_in(EDITOR)
    again = browser.open(callback)
    assert again.headers["Location"] == "/"
    for answer, problem in [
        (without_a_cookie, "no-cookie"),
        (elsewhere, "other-browser"),
        (refused, "refused"),
        (again, "over"),
    ]:
        request = answer.headers["x-request-id"]
        line = found(log, "sign-in failed", lambda line, request=request: line["span"]["request_id"] == request)
        assert line["problem"] == problem


def test_who_is_refused_is_logged_by_ids_alone_and_who_is_served_is_not(
    api: Api, ids: Callable[[Person], dict[str, str]], log_from_now: LogFromNow
) -> None:
    log = log_from_now()
    line = line_of(log, api("reader").post("/api/employees", json=employee()))
    assert (line["status"], line["issuer"], line["subject"]) == (403, *ids(READER).values())
    assert READER.name not in str(line)
    # A request that only reads is refused likewise.
    line = line_of(log, api("reader").get("/api/operations/recipes"))
    assert (line["status"], line["subject"]) == (403, ids(READER)["subject"])
    for answer, status in (
        (api().get("/api/operations/recipes"), 401),
        (api("operator").get("/api/operations/recipes"), 200),
    ):
        line = line_of(log, answer)
        assert line["status"] == status and not {"issuer", "subject"} & line.keys()
