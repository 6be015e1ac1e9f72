"""The stress test of the host, from an operator's click to the host's processors."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from infra.local.cloud import LocalCloud
from tests.support.api import Api
from tests.support.operations import Operations
from tests.support.waiting import wait_until

PATH = "/api/host/stress"


@pytest.fixture(scope="module")
def rollcall_host(cloud: LocalCloud, api: Callable[..., Api], aws: Callable[[str], Any]) -> Iterator[str]:
    """A host with Rollcall's own app; gives the address at which it serves."""
    operations = Operations(api("operator"), aws, cloud.outputs)
    operations.settle()
    recipes = operations.api.get("/api/operations/recipes").json()["recipes"]
    (chosen,) = [it for it in recipes if it["name"] == "al2023-rollcall"]
    variables = {variable["name"]: variable["default"] for variable in chosen["variables"]}
    revision = operations.revise(recipe="al2023-rollcall", variables=variables)
    assert operations.relaunch(revision["number"])["outcome"] == "succeeded"
    host = operations.host()
    assert host is not None
    yield f"http://{host['public_ip']}"
    # Its processors are this machine's.
    wait_until(lambda: operations.api.delete(PATH).status_code in (200, 409))


def asked(cloud: LocalCloud, method: str, url: str, **more: Any) -> requests.Response:
    """Asks a host itself, as any visitor can."""
    proxies = {"http": cloud.endpoints.hosts_proxy}
    return requests.request(method, url, proxies=proxies, timeout=30, **more)


@pytest.mark.needs_hosts
def test_an_operator_keeps_the_hosts_processors_busy_and_stops_it(
    rollcall_host: str, cloud: LocalCloud, api: Callable[..., Api]
) -> None:
    operator = api("operator")
    assert "stressed_until" not in operator.get(PATH).json()
    begun = operator.post(PATH, json={"minutes": 1})
    seen = asked(cloud, "GET", f"{rollcall_host}/api/info").json()
    stopped = operator.delete(PATH)
    assert begun.status_code == 200, begun.text
    assert seen["stressed_until"] == begun.json()["stressed_until"]
    assert stopped.status_code == 200 and "stressed_until" not in stopped.json()
    assert "stressed_until" not in asked(cloud, "GET", f"{rollcall_host}/api/info").json()


@pytest.mark.needs_hosts
def test_who_stressed_the_host_and_who_stopped_it_is_on_record(
    rollcall_host: str, cloud: LocalCloud, operations: Operations
) -> None:
    instance = asked(cloud, "GET", f"{rollcall_host}/api/info").json()["instance_id"]
    assert operations.api.post(PATH, json={"minutes": 1}).status_code == 200
    assert operations.api.delete(PATH).status_code == 200
    told = wait_until(lambda: operations.told_of(instance))
    assert told[-2:] == [("operator", "stress_host", "kept busy for 1 min"), ("operator", "stress_host", "stopped")]


@pytest.mark.needs_hosts
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_host_takes_no_order_but_the_functions(
    rollcall_host: str, cloud: LocalCloud, api: Callable[..., Api], method: str
) -> None:
    for token in (None, "x", api("operator").token):
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        answer = asked(cloud, method, rollcall_host + PATH, json={"minutes": 1}, headers=headers)
        assert answer.status_code == 401, (token, answer.text)
    assert "stressed_until" not in asked(cloud, "GET", f"{rollcall_host}/api/info").json()


@pytest.mark.needs_hosts
@pytest.mark.parametrize("minutes", [0, 2, 11, -1, 256, "5", None])
def test_a_stress_test_lasts_one_five_or_ten_minutes(
    rollcall_host: str, api: Callable[..., Api], minutes: int | str | None
) -> None:
    answer = api("operator").post(PATH, json={"minutes": minutes})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == "minutes"


@pytest.mark.parametrize("role", [None, "reader", "editor"])
def test_nobody_but_an_operator_has_a_host_stressed(api: Callable[..., Api], role: str | None) -> None:
    expected = 401 if role is None else 403
    assert api(role).post(PATH, json={"minutes": 1}).status_code == expected
    assert api(role).delete(PATH).status_code == expected


def test_a_host_with_the_original_app_is_refused_with_the_reason(
    operations: Operations, old_host: dict[str, Any]
) -> None:
    relaunched = operations.relaunch(operations.revise()["number"])
    assert relaunched["outcome"] == "succeeded"
    answer = operations.api.post(PATH, json={"minutes": 1})
    assert answer.status_code == 409, answer.text
    assert "al2023-rollcall" in answer.json()["detail"]


def test_without_a_host_there_is_none_to_test(operations: Operations, no_host: None) -> None:
    for answer in (operations.api.get(PATH), operations.api.post(PATH, json={"minutes": 1})):
        assert answer.status_code == 409, answer.text
