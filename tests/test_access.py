"""Who may do what: reader, editor, operator, and those with a token that does not count or none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local.cloud import LocalCloud
from infra.local.people import PEOPLE
from tests.support import tokens
from tests.support.directory import Directory, employee
from tests.support.function import FunctionLog
from tests.support.problems import problem
from tests.support.waiting import wait_until

Api = Callable[..., requests.Session]

NOBODY = "3f2b0c52-0000-4000-8000-000000000000"

READING = [("GET", "/api/employees"), ("GET", f"/api/employees/{NOBODY}"), ("GET", "/api/badges"), ("GET", "/api/info")]
EDITING = [
    ("POST", "/api/employees"),
    ("PUT", f"/api/employees/{NOBODY}"),
    ("DELETE", f"/api/employees/{NOBODY}"),
    ("PUT", f"/api/employees/{NOBODY}/photo"),
    ("DELETE", f"/api/employees/{NOBODY}/photo"),
]
OPERATING = [
    ("GET", "/api/operations/host"),
    ("GET", "/api/operations/recipes"),
    ("GET", "/api/operations/revisions"),
    ("POST", "/api/operations/revisions"),
    ("GET", "/api/operations/revisions/1"),
    ("GET", "/api/operations/relaunches"),
    ("POST", "/api/operations/relaunches"),
    ("GET", f"/api/operations/relaunches/{NOBODY}"),
    ("POST", f"/api/operations/relaunches/{NOBODY}/cancel"),
    ("GET", f"/api/operations/relaunches/{NOBODY}/boot-log"),
    ("POST", "/api/operations/plans"),
    ("GET", "/api/operations/schedules"),
    ("POST", "/api/operations/schedules"),
    ("GET", "/api/operations/schedules/none"),
    ("PUT", "/api/operations/schedules/none"),
    ("DELETE", "/api/operations/schedules/none"),
    ("GET", "/api/operations/audit"),
    ("GET", "/api/scim-tokens"),
    ("POST", "/api/scim-tokens"),
    ("DELETE", f"/api/scim-tokens/{NOBODY}"),
]
# Needs no body, so that who is let in has it done.
TERMINATING = [("DELETE", "/api/operations/host")]


@pytest.fixture(scope="module")
def operators_token(cloud: LocalCloud) -> str:
    """A token that counts, of someone who may do everything."""
    return cloud.token(next(person for person in PEOPLE if person.name == "operator"))


def knock(client: requests.Session, method: str, path: str, **more: Any) -> requests.Response:
    """Asks with a body that no route accepts, so that nothing changes whoever asks."""
    body = {} if method == "GET" else {"json": {"no-such-field": 1}}
    return client.request(method, path, **body, **more)


# ---- By role. --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, "reader", "editor", "operator"])
@pytest.mark.parametrize(("method", "path"), READING)
def test_everyone_reads_an_open_directory(api: Api, role: str | None, method: str, path: str) -> None:
    assert knock(api(role), method, path).status_code in (200, 404)


@pytest.mark.parametrize(("method", "path"), EDITING + OPERATING + TERMINATING)
def test_without_a_token_nothing_is_changed_or_operated(api: Api, method: str, path: str) -> None:
    refused = knock(api(), method, path)
    problem(refused, 401)
    assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), EDITING)
def test_changing_employees_takes_the_group_editors(api: Api, method: str, path: str) -> None:
    assert "Editors" in problem(knock(api("reader"), method, path), 403)["detail"]
    for role in ("editor", "operator"):
        assert knock(api(role), method, path).status_code in (204, 404, 415, 422)


@pytest.mark.parametrize(("method", "path"), OPERATING + TERMINATING)
def test_operating_the_host_takes_the_group_ec2admins(api: Api, method: str, path: str) -> None:
    for role in ("reader", "editor"):
        assert "EC2Admins" in problem(knock(api(role), method, path), 403)["detail"]


@pytest.mark.parametrize(("method", "path"), OPERATING)
def test_who_is_in_the_group_ec2admins_operates_the_host(api: Api, method: str, path: str) -> None:
    assert knock(api("operator"), method, path).status_code in (200, 404, 422)


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


@pytest.fixture(scope="module")
def pool_keys(cloud: LocalCloud) -> Path:
    """Where the emulator keeps the keys that the pool signs with."""
    return cloud.logs.parent / "tmp/ministack/cognito-pool-keys"


Forge = Callable[[str, Any], str]


def expired(token: str, key: Any) -> str:
    header, claims = tokens.parts(token)
    times = {"auth_time": tokens.hours_ago(2), "iat": tokens.hours_ago(2), "exp": tokens.hours_ago(1)}
    return tokens.signed(header, claims | times, key)


def for_another_application(token: str, key: Any) -> str:
    header, claims = tokens.parts(token)
    return tokens.signed(header, claims | {"client_id": "another"}, key)


def of_another_issuer(token: str, key: Any) -> str:
    header, claims = tokens.parts(token)
    return tokens.signed(header, claims | {"iss": claims["iss"] + "x"}, key)


def a_refresh_token(token: str, key: Any) -> str:
    header, claims = tokens.parts(token)
    return tokens.signed(header, claims | {"token_use": "refresh"}, key)


def that_never_expires(token: str, key: Any) -> str:
    header, claims = tokens.parts(token)
    del claims["exp"]
    return tokens.signed(header, claims, key)


def signed_by_a_stranger(token: str, _: Any) -> str:
    header, claims = tokens.parts(token)
    return tokens.signed(header, claims, tokens.own_key())


def signed_with_a_key_of_ones_own(token: str, _: Any) -> str:
    header, claims = tokens.parts(token)
    return tokens.signed(header | {"kid": "mine"}, claims, tokens.own_key())


def unsigned(token: str, _: Any) -> str:
    return tokens.unsigned(token)


def without_its_signature(token: str, _: Any) -> str:
    return token.rpartition(".")[0] + "."


def with_a_group_added(token: str, _: Any) -> str:
    return tokens.with_claims(token, **{"cognito:groups": ["Editors", "EC2Admins", "Kings"]})


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (expired, "expired"),
        (for_another_application, "another application"),
        (of_another_issuer, "another issuer"),
        (a_refresh_token, "no access token"),
        (that_never_expires, "lacks"),
        (signed_by_a_stranger, "signature"),
        (signed_with_a_key_of_ones_own, "key"),
        (unsigned, "not a signed JWT"),
        (without_its_signature, "signature"),
        (with_a_group_added, "signature"),
    ],
)
def test_a_token_that_does_not_count_is_refused_by_saying_why(
    api: Api, cloud: LocalCloud, operators_token: str, pool_keys: Path, forge: Forge, reason: str
) -> None:
    key = tokens.pool_key(pool_keys, cloud.outputs["service"]["UserPoolId"])
    headers = {"Authorization": f"Bearer {forge(operators_token, key)}"}
    for path in ("/api/employees", "/api/operations/revisions"):
        refused = knock(api(), "POST", path, headers=headers)
        assert reason in problem(refused, 401)["detail"]
        assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("forge", [expired, of_another_issuer, signed_by_a_stranger, unsigned, with_a_group_added])
def test_who_reads_an_open_directory_with_a_token_that_does_not_count_reads_it_as_nobody(
    api: Api, cloud: LocalCloud, operators_token: str, pool_keys: Path, forge: Forge
) -> None:
    key = tokens.pool_key(pool_keys, cloud.outputs["service"]["UserPoolId"])
    headers = {"Authorization": f"Bearer {forge(operators_token, key)}"}
    for method, path in READING:
        assert knock(api(), method, path, headers=headers).status_code in (200, 404)


@pytest.mark.parametrize("signed_in", [1, 0.26, None], ids=["an hour ago", "just too long ago", "nobody knows when"])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/operations/relaunches"), ("DELETE", "/api/operations/host")]
)
def test_who_takes_a_host_down_proved_a_moment_ago_who_they_are(
    api: Api,
    cloud: LocalCloud,
    operators_token: str,
    pool_keys: Path,
    method: str,
    path: str,
    signed_in: float | None,
) -> None:
    header, claims = tokens.parts(operators_token)
    del claims["auth_time"]
    claims |= {} if signed_in is None else {"auth_time": tokens.hours_ago(signed_in)}
    key = tokens.pool_key(pool_keys, cloud.outputs["service"]["UserPoolId"])
    headers = {"Authorization": f"Bearer {tokens.signed(header, claims, key)}"}
    refused = knock(api(), method, path, headers=headers)
    problem(refused, 401, "sign-in-again")
    assert "insufficient_user_authentication" in refused.headers["www-authenticate"]
    assert api().get("/api/operations/host", headers=headers).status_code == 200


def test_a_token_signed_as_the_pool_does_counts(
    api: Api, cloud: LocalCloud, operators_token: str, pool_keys: Path
) -> None:
    # So that the refusals above come of what was forged, and of nothing else.
    key = tokens.pool_key(pool_keys, cloud.outputs["service"]["UserPoolId"])
    again = tokens.signed(*tokens.parts(operators_token), key)
    found = api().get("/api/operations/recipes", headers={"Authorization": f"Bearer {again}"})
    assert found.status_code == 200


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer garbage", "Bearer a.b.c", "Basic b3BlcmF0b3I6eA==", "Bearer " + "x" * 7000]
)
def test_a_header_that_holds_no_token_is_refused(api: Api, header: str) -> None:
    problem(knock(api(), "POST", "/api/employees", headers={"Authorization": header}), 401)


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
