"""How much anyone may ask for: whoever asks for more is told when to come again, whichever process they come to."""

import itertools
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from infra.local.cloud import LocalCloud
from infra.local.faults.proxy import FaultProxy
from infra.local.people import PEOPLE
from tests.support.api import Api
from tests.support.copies import Copies
from tests.support.operations import Operations
from tests.support.problems import problem
from tests.support.scim import new_token
from tests.support.waiting import wait_until

Ask = Callable[..., requests.Response]

# What nobody has, so that nothing comes of a change but an answer.
NOBODY = "/api/employees/nobody"

VISITORS = itertools.count(1)


@contextmanager
def limited(cloud: LocalCloud, count: int = 2, **settings: object) -> Iterator[Ask]:
    """Asks processes that have these settings, each time from another visitor's address unless told otherwise."""
    said = {name: str(value) for name, value in settings.items()}
    with Copies({**cloud.function_environment(), **said}, count) as copies:

        def ask(method: str, address: str, headers: Mapping[str, str], visitor: str = "") -> requests.Response:
            number = next(VISITORS)
            visitor = visitor or f"198.51.{number // 250 % 250}.{number % 250}"
            told = {"x-forwarded-for": f"{visitor}, 192.0.2.1", "content-type": "application/json", **headers}
            return copies.ask(method, address, told, None if method in ("GET", "DELETE") else "{}")

        yield ask


@pytest.fixture
def visitor() -> str:
    """An address from which nobody has come."""
    return f"2001:db8:{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}::1"


@pytest.fixture
def someone(cloud: LocalCloud) -> dict[str, str]:
    """Shows a request as an operator's, who may do everything."""
    return {"authorization": f"Bearer {cloud.token(PEOPLE[2])}"}


@pytest.fixture
def somebody_else(cloud: LocalCloud) -> dict[str, str]:
    """Shows a request as an editor's."""
    return {"authorization": f"Bearer {cloud.token(PEOPLE[1])}"}


def refused(answer: requests.Response) -> bool:
    """Whether it was too much; it must be told as such."""
    if answer.status_code != 429:
        return False
    told = problem(answer, 429)
    wait = int(answer.headers["retry-after"])
    assert 1 <= wait <= 60 and f"Try again in {wait} s." in told["detail"]
    assert ";r=0;t=" in answer.headers["ratelimit"]
    return True


def test_of_a_person_s_writes_in_several_processes_as_many_are_let_through_as_a_minute_has(
    cloud: LocalCloud, someone: dict[str, str], somebody_else: dict[str, str]
) -> None:
    with limited(cloud, 4, WRITES_PER_MINUTE=60) as ask, ThreadPoolExecutor(8) as pool:
        began = time.monotonic()
        answers = list(pool.map(lambda _: ask("DELETE", NOBODY, someone), range(120)))
        minutes = (time.monotonic() - began) / 60
        let_through = [it for it in answers if not refused(it)]
        assert {it.status_code for it in let_through} == {404}
        # What comes in meanwhile may be used as well, and each process may once lose every race for a token.
        assert 60 <= len(let_through) <= 60 + 60 * minutes + 1 + 4
        assert all(it.headers["ratelimit-policy"] == '"writes";q=60;w=60' for it in answers)
        assert ask("DELETE", NOBODY, somebody_else).status_code == 404
        # Once what they were told to wait for has come in, they go on.
        wait_until(lambda: not refused(ask("DELETE", NOBODY, someone)))


def test_what_is_left_is_told_with_each_answer(cloud: LocalCloud, somebody_else: dict[str, str]) -> None:
    with limited(cloud, 1, WRITES_PER_MINUTE=50_000) as ask:
        first, second = (ask("DELETE", NOBODY, somebody_else).headers["ratelimit"] for _ in range(2))
        left = [int(it.split(";")[1].removeprefix("r=")) for it in (first, second)]
        assert left[1] == left[0] - 1


def test_an_address_that_shows_nothing_is_counted_as_well(
    cloud: LocalCloud, visitor: str, someone: dict[str, str]
) -> None:
    with limited(cloud, WRITES_PER_MINUTE=1) as ask:
        answers = [ask("DELETE", NOBODY, {}, visitor) for _ in range(14)]
        assert [it.status_code for it in answers if not refused(it)] == [401] * 10
        # Neither from another address of the same network, nor with a token.
        beside = visitor.removesuffix("1") + "2"
        assert refused(ask("DELETE", NOBODY, {}, beside)) and refused(ask("DELETE", NOBODY, someone, visitor))
        assert ask("DELETE", NOBODY, {}).status_code == 401


def test_whoever_claims_ever_other_addresses_is_counted_by_their_own(cloud: LocalCloud) -> None:
    with limited(cloud, SIGN_INS_PER_MINUTE=1) as ask:
        answers = [ask("GET", "/auth/sign-in", {}) for _ in range(120)]
        assert 100 <= sum(not refused(it) for it in answers) < 110


def test_a_browser_whose_sign_in_is_one_too_many_is_shown_a_page_and_a_script_is_told(
    cloud: LocalCloud, visitor: str
) -> None:
    browsers = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    with limited(cloud, 1, SIGN_INS_PER_MINUTE=1) as ask:
        for path, headers in [
            ("/auth/sign-in?return_to=/chart", browsers),
            ("/auth/callback?state=none", browsers),
            ("/auth/sign-in", {"accept": "*/*", "sec-fetch-mode": "navigate"}),
        ]:

            def too_many(path: str = path, headers: dict[str, str] = headers) -> list[requests.Response]:
                answer = ask("GET", path, headers, visitor)
                return [answer] if answer.status_code == 429 else []

            (shown,) = wait_until(too_many)
            assert shown.headers["content-type"] == "text/html; charset=utf-8"
            wait = int(shown.headers["retry-after"])
            assert 1 <= wait <= 60 and f"</a> in {wait} s." in shown.text
            # Where all that goes wrong with signing in is told.
            assert 'content="0; url=/signed-in?problem=too-many"' in shown.text
            assert ";r=0;t=" in shown.headers["ratelimit"]
            assert "default-src 'none'" in shown.headers["content-security-policy"]
        wait_until(lambda: refused(ask("GET", "/auth/sign-in", {"accept": "application/json"}, visitor)))


def test_what_many_processes_took_and_do_not_use_is_little(cloud: LocalCloud, visitor: str) -> None:
    with limited(cloud, 16, SEARCHES_PER_MINUTE=60) as ask:
        answers = [ask("GET", "/api/employees?q=a", {}, visitor) for _ in range(32)]
    assert answers[-1].headers["ratelimit-policy"] == '"searches";q=600;w=60'
    left = int(answers[-1].headers["ratelimit"].split(";")[1].removeprefix("r="))
    assert left >= 600 - 2 * 32


def test_searching_is_counted_and_looking_at_somebody_is_not(cloud: LocalCloud, visitor: str) -> None:
    with limited(cloud, SEARCHES_PER_MINUTE=1) as ask:
        searches = [ask("GET", "/api/employees?q=a", {}, visitor) for _ in range(14)]
        assert [it.status_code for it in searches if not refused(it)] == [200] * 10
        assert all(ask("GET", NOBODY, {}, visitor).status_code == 404 for _ in range(5))


def test_a_provider_is_told_so_in_words_of_scim(cloud: LocalCloud, api: Callable[..., Api]) -> None:
    shown = {"authorization": f"Bearer {new_token(api('operator'), 'Too much')['token']}"}
    with limited(cloud, SEARCHES_PER_MINUTE=1) as ask:
        answers = [ask("GET", "/scim/v2/Users?count=1", shown) for _ in range(13)]
        assert [it.status_code for it in answers].count(200) == 10
        last = answers[-1]
        assert last.status_code == 429 and int(last.headers["retry-after"]) >= 1
        assert last.headers["content-type"] == "application/scim+json"
        assert last.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


def test_what_was_refused_for_coming_too_early_is_done_once_it_is_sent_again(
    cloud: LocalCloud, somebody_else: dict[str, str]
) -> None:
    key = {"idempotency-key": str(uuid.uuid4())}
    # One more comes in each ten seconds.
    with limited(cloud, WRITES_PER_MINUTE=6) as ask:
        wait_until(lambda: refused(ask("DELETE", NOBODY, somebody_else)))
        assert refused(ask("POST", "/api/employees", somebody_else | key))
        # An empty form lacks what an employee must have, which is found out only now.
        wait_until(lambda: ask("POST", "/api/employees", somebody_else | key).status_code == 422)


def test_while_the_table_does_not_answer_each_process_counts_for_itself(cloud: LocalCloud, visitor: str) -> None:
    with limited(cloud, 1, SEARCHES_PER_MINUTE=1, SESSIONS_TABLE="nothing-is-there") as ask:
        answers = [ask("GET", "/api/employees?q=a", {}, visitor) for _ in range(12)]
        assert [it.status_code for it in answers if not refused(it)] == [200] * 10


def test_so_many_hosts_are_launched_in_an_hour_and_no_more(
    cloud: LocalCloud, operations: Operations, faults: FaultProxy, someone: dict[str, str]
) -> None:
    faults.add("no-capacity")
    operations.revise()
    operations.ended(operations.begin()["id"])
    environment = {**cloud.function_environment(), "MAX_RELAUNCHES_PER_HOUR": "1"}
    with Copies(environment, 1) as copies:
        headers = someone | {"content-type": "application/json"}
        refused = copies.ask("POST", "/api/operations/relaunches", headers, json.dumps({"force": True}))
        told = problem(refused, 429)
        assert "there may be 1 in an hour" in told["detail"] and 3_000 < int(refused.headers["retry-after"]) <= 3_600


def test_of_many_who_ask_at_the_same_moment_nobody_is_refused_for_want_of_luck(cloud: LocalCloud) -> None:
    # Who may change nothing is counted as well.
    reader = {"authorization": f"Bearer {cloud.token(PEOPLE[0])}"}
    with limited(cloud, 8, WRITES_PER_MINUTE=50_000) as ask, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask("DELETE", NOBODY, reader).status_code, range(64)))
    assert answers == [403] * 64
