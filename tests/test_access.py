"""Who may do what, as it is met by the site's own address; `test_access_matrix.py` has every route and everyone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local.cloud import LocalCloud
from infra.local.people import PEOPLE
from tests.support import tokens
from tests.support.directory import Directory, employee
from tests.support.forged import expired, signed_by_a_stranger
from tests.support.function import FunctionLog
from tests.support.problems import problem
from tests.support.waiting import wait_until

Api = Callable[..., requests.Session]


@pytest.fixture(scope="module")
def operators_token(cloud: LocalCloud) -> str:
    """A token that counts, of someone who may do everything."""
    return cloud.token(next(person for person in PEOPLE if person.name == "operator"))


def test_a_refused_change_changes_nothing(api: Api, directory: Directory) -> None:
    added = directory.add()
    before = directory.ids()
    for client in (api(), api("reader")):
        client.post("/api/employees", json=employee())
        client.put(f"/api/employees/{added['id']}", json=employee(full_name="Mallory"))
        client.delete(f"/api/employees/{added['id']}")
    assert directory.ids() == before
    assert directory.get(added["id"]) == added


@pytest.mark.parametrize(
    ("role", "user"),
    [
        (None, None),
        ("reader", {"name": "reader", "may_edit": False, "may_operate": False}),
        ("editor", {"name": "editor", "may_edit": True, "may_operate": False}),
        ("operator", {"name": "operator", "may_edit": True, "may_operate": True}),
    ],
)
def test_the_session_says_who_someone_is_and_that_one_can_sign_in(
    api: Api, role: str | None, user: dict[str, Any] | None
) -> None:
    session = api(role).get("/api/session").json()
    assert session["user"] == user
    assert session["reading"] == "open"
    assert session["can_sign_in"]


# ---- Tokens that do not count. ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer garbage", "Bearer a.b.c", "Basic b3BlcmF0b3I6eA==", "Bearer " + "x" * 7000]
)
def test_a_header_that_holds_no_token_is_refused(api: Api, header: str) -> None:
    problem(api().post("/api/employees", json=employee(), headers={"Authorization": header}), 401)


def test_whoever_asks_with_a_token_that_is_over_is_told_that_nobody_is_signed_in(
    api: Api, cloud: LocalCloud, operators_token: str, pool_keys: Path
) -> None:
    key = tokens.pool_key(pool_keys, cloud.outputs["service"]["UserPoolId"])
    headers = {"Authorization": f"Bearer {expired(operators_token, key)}"}
    session = api().get("/api/session", headers=headers).json()
    assert session["user"] is None
    assert session["can_sign_in"]


# ---- What is left behind. --------------------------------------------------------------------------------------------


def test_the_logs_hold_requests_and_no_tokens(
    api: Api,
    cloud: LocalCloud,
    log_from_now: Callable[[], FunctionLog],
    operators_token: str,
    pool_keys: Path,
) -> None:
    log = log_from_now()
    key = tokens.pool_key(pool_keys, cloud.outputs["service"]["UserPoolId"])
    used = [operators_token, expired(operators_token, key), signed_by_a_stranger(operators_token, key)]
    answers = [api().get("/api/operations/recipes", headers={"Authorization": f"Bearer {token}"}) for token in used]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert [answer.status_code for answer in answers] == [200, 401, 401]

    def logged() -> str | None:
        text = "\n".join(log.lines())
        return text if all(request_id in text for request_id in ids) else None

    text = wait_until(logged)
    for token in used:
        assert not any(part in text for part in token.split("."))
