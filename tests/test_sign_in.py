"""Signing in at an issuer that is not Cognito, and goes on working while the issuer does not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from infra.local.cloud import LocalCloud
from infra.local.people import PEOPLE
from infra.local.ports import listen_at_free_port
from tests.support.away import Away, Fault, Parts
from tests.support.browser import Browser, session_key
from tests.support.copies import Copies, Copy
from tests.support.directory import employee
from tests.support.lambda_service import Issuer
from tests.support.problems import problem

OPERATOR = PEOPLE[2]
# The site is on plain HTTP here, where a browser takes no cookie with the prefix __Host-.
SESSION, BROWSER = "rollcall", "rollcall-browser"

HERE = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


@pytest.fixture
def elsewhere(cloud: LocalCloud, issuer: Issuer) -> Iterator[Copy]:
    """The function where people sign in at an issuer of one's own."""
    environment = {**cloud.function_environment(), **issuer.environment, "OIDC_DISCOVERY_URL": ""}
    with Copies(environment, 1) as copies, copies.one() as copy:
        yield copy


def cookie(answer: requests.Response, name: str) -> str:
    """A cookie that a browser is to keep."""
    held = next(it for it in answer.headers["set-cookie"].split(", ") if it.startswith(f"{name}="))
    return held.partition("=")[2].partition(";")[0]


def asked_at_sign_in(copy: Copy, **query: str) -> tuple[dict[str, str], str]:
    """What the issuer is asked when somebody signs in, and by what their browser is known."""
    answer = copy.ask("GET", "/auth/sign-in?" + "&".join(f"{name}={value}" for name, value in query.items()))
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in asked.items()}, cookie(answer, BROWSER)


def signed_in(copy: Copy, issuer: Issuer, **claims: Any) -> dict[str, str]:
    """Signs an operator in, of whom the issuer says this besides; answers what their browser sends along."""
    asked, browser = asked_at_sign_in(copy)
    whom = {"sub": "7-e", "preferred_username": "edith", "cognito:groups": ["EC2Admins"]}
    issuer.codes["a-code"] = whom | {"nonce": asked["nonce"]} | claims
    address = f"/auth/callback?code=a-code&state={asked['state']}"
    arrival = copy.ask("GET", address, {"cookie": f"{BROWSER}={browser}"})
    assert (arrival.status_code, arrival.headers["location"]) == (303, "/"), arrival.text
    return {"cookie": f"{SESSION}={cookie(arrival, SESSION)}"} | HERE


# ---- When somebody proved who they are. ------------------------------------------------------------------------------


def test_an_issuer_is_asked_so_that_it_has_to_tell_when_somebody_signed_in(elsewhere: Copy) -> None:
    asked, _ = asked_at_sign_in(elsewhere)
    assert (asked["max_age"], asked.get("prompt")) == (str(12 * 60 * 60), None)
    asked, _ = asked_at_sign_in(elsewhere, again="true")
    assert (asked["max_age"], asked.get("prompt")) == ("0", "login")


def test_who_signed_in_nobody_knows_when_takes_no_host_down(elsewhere: Copy, issuer: Issuer) -> None:
    browser = signed_in(elsewhere, issuer)
    assert elsewhere.ask("GET", "/api/operations/recipes", browser).status_code == 200
    refused = elsewhere.ask("DELETE", "/api/operations/host?reason=" + "x" * 1000, browser)
    problem(refused, 401, "sign-in-again")
    # It began when they arrived, which is all that is known.
    (session,) = [it for it in elsewhere.ask("GET", "/api/sessions", browser).json()["sessions"] if it["this"]]
    began = datetime.fromisoformat(session["signed_in_at"])
    assert abs(datetime.now(UTC) - began) < timedelta(minutes=5)


def test_who_signed_in_a_moment_ago_as_the_issuer_tells_does(elsewhere: Copy, issuer: Issuer) -> None:
    browser = signed_in(elsewhere, issuer, auth_time=int(datetime.now(UTC).timestamp()))
    # It is read what for, which is not valid.
    problem(elsewhere.ask("DELETE", "/api/operations/host?reason=" + "x" * 1000, browser), 422)


# ---- An issuer that does not answer. ---------------------------------------------------------------------------------


@pytest.fixture
def parts(cloud: LocalCloud) -> Iterator[Parts]:
    proxy = Parts(listen_at_free_port(), cloud)
    proxy.start()
    yield proxy
    proxy.stop()


def test_an_issuer_that_hangs_is_waited_for_once_and_not_at_each_change(cloud: LocalCloud, parts: Parts) -> None:
    browser = Browser(cloud.url)
    browser.sign_in(OPERATOR)
    session = browser.cookies[SESSION]
    shown = {"cookie": f"{SESSION}={session}", "content-type": "application/json"} | HERE
    with Copies({}, 1, each=parts.environment) as copies, copies.one() as copy:
        # The issuer's addresses are known by then.
        assert copy.ask("GET", "/auth/sign-in").status_code == 303
        parts.have(copy.name, Fault("issuer", Away.SLOW))
        cloud.client("dynamodb").update_item(
            TableName=cloud.outputs["storage"]["SessionsTableName"],
            Key=session_key(session),
            UpdateExpression="SET vouched_at = :then",
            ExpressionAttributeValues={":then": {"S": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}},
        )
        changes = [copy.ask("POST", "/api/employees", shown, json.dumps(employee())) for _ in range(4)]
    assert [it.status_code for it in changes] == [201] * 4
    seconds = [it.elapsed.total_seconds() for it in changes]
    assert seconds[0] < 5 and all(it < 1 for it in seconds[1:]), seconds
