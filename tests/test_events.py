"""The function's callers other than HTTP: direct invocations, schedules, EC2, and those who are mistaken."""

import base64
import json
from typing import Any

import pytest

from tests.support.directory import Directory
from tests.support.function import TICK, Function
from tests.support.images import encoded, landscape
from tests.support.operations import MISSING_IMAGE, STEPS, Operations, launched, outcomes
from tests.support.waiting import wait_until

# As EventBridge sends it; the times and ids are AWS's own example.
STATE_CHANGE = {
    "version": "0",
    "id": "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "123456789012",
    "time": "2026-11-11T21:29:54Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],
    "detail": {"instance-id": "i-abcd1111", "state": "pending"},
}

# As S3 sends it through EventBridge.
BOOT_REPORT = {
    "version": "0",
    "id": "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": "Object Created",
    "source": "aws.s3",
    "account": "123456789012",
    "time": "2026-11-12T00:00:00Z",
    "region": "us-east-1",
    "resources": ["arn:aws:s3:::rollcall-artifacts"],
    "detail": {
        "version": "0",
        "bucket": {"name": "rollcall-artifacts"},
        "object": {"key": "boot-reports/01a20c4c/AROAEXAMPLE:i-abcd1111/report.json", "size": 53},
        "reason": "PutObject",
    },
}


def http(method: str, path: str, **more: Any) -> dict[str, Any]:
    """A request as the HTTP API passes it on, in payload version 2.0."""
    path, _, query = path.partition("?")
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "example.execute-api.us-east-1.amazonaws.com"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "example",
            "domainName": "example.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "example",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "10/Mar/2026:05:16:23 +0000",
            "timeEpoch": 1583817383220,
        },
        "isBase64Encoded": False,
    } | more


# ---- Direct invocations. ---------------------------------------------------------------------------------------------


@pytest.mark.needs_hosts
def test_a_direct_relaunch_is_to_the_newest_revision_and_seen_through(
    operations: Operations, function: Function
) -> None:
    operations.revise()
    newest = operations.revise()["number"]
    relaunch = function.call({"action": "relaunch", "force": True})
    assert (relaunch["to_revision"], relaunch["outcome"]) == (newest, "succeeded")
    assert relaunch["requested_by"] == "direct_invocation"
    assert relaunch == operations.read(relaunch["id"])
    assert operations.the_instance()["InstanceId"] == launched(relaunch) == operations.address_holder()


@pytest.mark.needs_hosts
def test_a_direct_relaunch_may_name_the_revision(operations: Operations, function: Function) -> None:
    wanted = operations.revise(instance_type="t3.nano")
    operations.revise()
    relaunch = function.call({"action": "relaunch", "revision": wanted["number"]})
    assert relaunch["to_revision"] == wanted["number"]
    assert operations.the_instance()["InstanceType"] == "t3.nano"


@pytest.mark.needs_hosts
def test_a_schedules_relaunch_says_which_schedule_asked(operations: Operations, function: Function) -> None:
    operations.revise()
    relaunch = function.call({"action": "relaunch", "schedule": "nightly", "force": True})
    assert relaunch["requested_by"] == {"schedule": {"name": "nightly"}}


def test_status_tells_the_host_and_the_newest_relaunch(operations: Operations, function: Function) -> None:
    relaunch = operations.relaunch(operations.revise()["number"])
    assert function.call({"action": "status"}) == {"host": operations.host(), "relaunch": relaunch}


@pytest.mark.parametrize(
    "event",
    [{"action": "drive"}, TICK, STATE_CHANGE, BOOT_REPORT],
    ids=["drive", "tick", "state change", "boot report"],
)
@pytest.mark.usefixtures("operations")
def test_with_nothing_in_progress_a_driver_has_nothing_to_do(function: Function, event: dict[str, Any]) -> None:
    assert function.call(event) == {"state": "idle", "relaunch": None}


@pytest.mark.needs_hosts
@pytest.mark.usefixtures("no_ticks")
def test_a_relaunch_that_is_in_progress_by_name_alone_is_mended_by_the_tick(
    operations: Operations, function: Function
) -> None:
    operations.settle()
    operations.name_in_progress("019ac1de-0000-7000-8000-000000000000")
    assert operations.api.post("/api/operations/relaunches", json={"force": True}).status_code == 409
    assert function.call(TICK) == {"state": "idle", "relaunch": None}
    assert operations.relaunch(operations.revise()["number"])["outcome"] == "succeeded"


@pytest.mark.needs_hosts
@pytest.mark.usefixtures("no_ticks")
def test_a_driver_leaves_alone_what_another_one_drives(operations: Operations, function: Function) -> None:
    relaunch = operations.abandoned(function)
    # For half a minute nobody can tell a driver that was killed from one that waits.
    for event in ({"action": "drive"}, TICK, STATE_CHANGE, BOOT_REPORT):
        assert function.call(event) == {"state": "elsewhere", "relaunch": None}
    operations.expire_lease(relaunch)
    assert function.call({"action": "drive"})["relaunch"] == operations.read(relaunch)


# ---- What fails is a failed invocation. ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        None,
        7,
        "relaunch",
        {"revision": 3},
        {"Records": [{"eventSource": "aws:s3"}]},
        {"source": "aws.s3", "detail-type": "Object Created", "detail": {}},
        {
            "source": "aws.s3",
            "detail-type": "Object Created",
            "detail": {"object": {"key": "host/rollcall-host.tar.gz"}},
        },
        {
            "source": "aws.s3",
            "detail-type": "Object Created",
            "detail": {"object": {"key": "boot-reports-of-others/x"}},
        },
        {"httpMethod": "GET", "path": "/api/info"},
    ],
    ids=json.dumps,
)
def test_an_event_of_no_known_kind_fails_by_naming_what_is_accepted(function: Function, event: Any) -> None:
    error = function.fail(event)
    for accepted in (
        "HTTP API",
        '{"action":"relaunch","revision":3}',
        '{"action":"status"}',
        "Scheduled Event",
        "EC2 Instance State-change Notification",
        "Object Created",
    ):
        assert accepted in error


@pytest.mark.parametrize(
    ("event", "slip"),
    [
        ({"action": "reboot"}, "reboot"),
        ({"action": "relaunch", "revison": 3}, "revison"),
        ({"action": "relaunch", "revision": "3"}, "string"),
        ({"action": "relaunch", "revision": -3}, "-3"),
        ({"action": "relaunch", "force": "yes"}, "boolean"),
        ({"action": "relaunch", "schedule": 7}, "string"),
        ({"action": True}, "boolean"),
    ],
)
def test_a_direct_invocation_with_a_slip_fails_by_naming_it(function: Function, event: Any, slip: str) -> None:
    assert slip in function.fail(event)


def test_a_relaunch_to_a_revision_there_is_not_fails(operations: Operations, function: Function) -> None:
    before = operations.newest_relaunch()
    error = function.fail({"action": "relaunch", "revision": 4_000_000_000})
    assert "4000000000" in error
    assert operations.newest_relaunch() == before


@pytest.mark.needs_hosts
@pytest.mark.usefixtures("no_ticks")
def test_a_relaunch_while_another_is_in_progress_fails(operations: Operations, function: Function) -> None:
    begun = operations.abandoned(function)
    assert begun in function.fail({"action": "relaunch", "force": True})
    assert operations.newest_relaunch()["id"] == begun
    operations.expire_lease(begun)
    assert function.call({"action": "drive"})["relaunch"]["outcome"] == "succeeded"


@pytest.mark.needs_hosts
def test_a_relaunch_that_fails_is_a_failed_invocation_and_the_old_host_still_serves(
    operations: Operations, function: Function
) -> None:
    host = operations.some_host()
    revision = operations.revise(image=MISSING_IMAGE)["number"]
    error = function.fail({"action": "relaunch", "revision": revision})
    relaunch = operations.newest_relaunch()
    assert relaunch["to_revision"] == revision
    assert relaunch["outcome"] == "rolled_back"
    for told in (relaunch["id"], "rolled_back", "preflight", MISSING_IMAGE):
        assert told in error
    assert operations.host() == host
    assert operations.address_holder() == host["instance_id"] == operations.the_instance()["InstanceId"]


def test_a_failed_invocation_names_its_kind_of_error(operations: Operations, function: Function) -> None:
    assert function.error_type({}) == "UnknownEvent"
    assert function.error_type({"action": "relaunch", "revision": 4_000_000_000}) == "Refused"
    revision = operations.revise(image=MISSING_IMAGE)["number"]
    assert function.error_type({"action": "relaunch", "revision": revision}) == "NotRelaunched"


# ---- Asynchronous invocations and the tick. --------------------------------------------------------------------------


@pytest.mark.needs_hosts
def test_an_asynchronous_relaunch_needs_nobody_to_wait(operations: Operations, function: Function) -> None:
    revision = operations.revise()["number"]

    def ended() -> dict[str, Any] | None:
        newest = operations.newest_relaunch()
        return newest if newest and newest["to_revision"] == revision and newest["outcome"] else None

    function.send({"action": "relaunch", "revision": revision, "force": True})
    relaunch = wait_until(ended)
    assert outcomes(relaunch)["boot"] == "succeeded"
    assert operations.the_instance()["InstanceId"] == launched(relaunch)


@pytest.mark.needs_hosts
def test_the_tick_finishes_what_was_left_half_way(operations: Operations, function: Function) -> None:
    operations.some_host()
    relaunch = operations.abandoned(function, lambda it: outcomes(it)["boot"] == "succeeded")
    operations.expire_lease(relaunch)
    ended = operations.ended(relaunch)
    assert ended["outcome"] == "succeeded"
    assert outcomes(ended) == dict.fromkeys(STEPS, "succeeded")
    assert operations.the_instance()["InstanceId"] == launched(ended) == operations.address_holder()


# ---- HTTP requests, as an event. -------------------------------------------------------------------------------------


def test_a_request_of_the_http_api_is_answered_as_one(function: Function) -> None:
    answer = function.call(http("GET", "/api/badges"))
    assert answer["statusCode"] == 200
    assert answer["isBase64Encoded"] is False
    assert {"id": "bug", "label": "Bugfixer"} in json.loads(answer["body"])["badges"]
    assert answer["headers"]["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["/api/badges", "/api/nothing", "/photos/none.png"])
def test_an_answer_is_safe_at_the_http_apis_own_address_as_well(function: Function, path: str) -> None:
    headers = function.call(http("GET", path))["headers"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["strict-transport-security"].startswith("max-age=63072000")
    assert (headers["x-frame-options"], headers["referrer-policy"]) == ("DENY", "same-origin")


def test_a_refused_request_is_an_answer_and_no_failed_invocation(function: Function) -> None:
    answer = function.call(http("POST", "/api/operations/relaunches"))
    assert answer["statusCode"] == 401
    assert json.loads(answer["body"])["type"] == "urn:rollcall:problem:unauthorized"


def test_a_photo_travels_as_base64(function: Function, directory: Directory) -> None:
    employee = directory.add_with_photo(encoded(landscape(), "PNG"))
    answer = function.call(http("GET", employee["photo_url"]))
    assert answer["isBase64Encoded"] is True
    assert base64.b64decode(answer["body"]) == directory.photo(employee["id"])


def test_a_body_that_looks_like_a_direct_invocation_is_a_request_all_the_same(function: Function) -> None:
    event = http("POST", "/api/operations/relaunches", body='{"action":"relaunch"}', action="relaunch")
    assert function.call(event)["statusCode"] == 401
