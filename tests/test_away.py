"""Every part of AWS, and the issuer, away in every way under every route that asks it.

Each route is asked once while all is there, which tells the parts that it asks. Then each of these is slow, refuses,
resets or throttles: the route answers what it needs that part for no more, or 503 with the time to come again, within
the time that a visitor waits for. As soon as the part is back the same process answers as ever.
"""

import itertools
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from infra.local.cloud import LocalCloud
from infra.local.people import PEOPLE
from infra.local.ports import LOOPBACK, ReservedPort, listen_at_free_port
from tests.support.api import Api
from tests.support.away import Away, Fault, Parts
from tests.support.browser import Browser, session_key
from tests.support.copies import Copies, Copy
from tests.support.directory import Directory
from tests.support.document import Operation
from tests.support.doing import Doing
from tests.support.operations import Operations
from tests.support.problems import problem
from tests.support.routes import routes
from tests.support.scim import new_token
from tests.support.waiting import wait_until
from tests.support.who import Who, who_may_use

OPERATOR = PEOPLE[2]

# The longest that anyone waits for an answer, in seconds.
PATIENCE = 5

# In how many seconds a process answers as ever, once a part is back.
BACK = 10

TABLE = "a part is away: what the routes answer that ask it"

COLUMNS = "{:22} {:12} {:>7} {:>9} {:>6} {:>6} {:>12} {:>10}"

# They wait most of the time.
COPIES = 32

# Which parts a session asks.
BY_SESSION = frozenset(("SESSIONS_TABLE", "issuer"))

# Whom it is not asked who they are, or by another token.
WITHOUT_SIGN_IN = (Who.EVERYONE, Who.READER, Who.PROVIDER)


@dataclass(frozen=True)
class Question:
    """A route, and how whoever asks shows who they are."""

    route: Operation
    by_session: bool = False

    def __str__(self) -> str:
        return f"{self.route}{', by a session' if self.by_session else ''}"


@dataclass(frozen=True)
class Met:
    """What came of a fault under a route."""

    asked: Question
    fault: Fault
    status: int
    seconds: float
    # How long it took until the route answered as ever.
    back: float
    wrong: str


# ---- A cloud of this file's own, in which nothing serves. ------------------------------------------------------------


@pytest.fixture(scope="module")
def own_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(tmp_path_factory.mktemp("away")) as running:
        yield running


@pytest.fixture(scope="module")
def operator(own_cloud: LocalCloud) -> Iterator[Api]:
    with Api(own_cloud.url, lambda: own_cloud.token(OPERATOR)) as api:
        yield api


@pytest.fixture(scope="module")
def parts(own_cloud: LocalCloud) -> Iterator[Parts]:
    """What stands between the function and all that it calls."""
    proxy = Parts(listen_at_free_port(), own_cloud)
    proxy.start()
    yield proxy
    proxy.stop()


@pytest.fixture(scope="module")
def behind(own_cloud: LocalCloud, parts: Parts) -> Iterator[Copies]:
    """Copies of the function that find everything behind the parts."""
    with Copies({}, COPIES, each=parts.environment) as running:
        yield running


@pytest.fixture(scope="module")
def doing(own_cloud: LocalCloud, operator: Api) -> Iterator[Doing]:
    storage, aws = own_cloud.outputs["storage"], own_cloud.client
    directory = Directory(
        operator, aws("dynamodb"), aws("s3"), storage["EmployeesTableName"], storage["PhotosBucketName"]
    )
    operations = Operations(operator, aws, own_cloud.outputs)
    operations.revise()
    shown = {"authorization": f"Bearer {own_cloud.token(OPERATOR)}", "content-type": "application/json"}
    with Copies(own_cloud.function_environment()) as copies:

        def prepare(method: str, address: str, body: Mapping[str, Any]) -> requests.Response:
            return copies.ask(method, address, shown, json.dumps(body))

        yield Doing(directory, operations.revision_input(), prepare)


Ask = Callable[[Copy, Question], requests.Response]


@pytest.fixture(scope="module")
def ask(own_cloud: LocalCloud, operator: Api, doing: Doing) -> Ask:
    """Asks a copy what a route accepts, as who may do everything."""
    token, scim = own_cloud.token(OPERATOR), new_token(operator, "The table of faults")["token"]
    sessions = Sessions(own_cloud)

    def asked(copy: Copy, question: Question) -> requests.Response:
        one = doing.request(question.route)
        shown = {"authorization": f"Bearer {scim if question.route.is_scim else token}"}
        if question.by_session:
            shown = sessions.shown_by(copy)
        return copy.ask(one.method, one.address, one.all_headers | shown, one.content)

    return asked


class Sessions:
    """A session of the operator's for each copy, for which the issuer is to be asked again."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud, self._begun = cloud, dict[str, str]()
        self._table = cloud.client("dynamodb")
        self._name = cloud.outputs["storage"]["SessionsTableName"]

    def shown_by(self, copy: Copy) -> dict[str, str]:
        """What a browser sends along, long after the issuer last vouched for the person."""
        if copy.name not in self._begun:
            browser = Browser(self._cloud.url)
            browser.sign_in(OPERATOR)
            self._begun[copy.name] = browser.cookies["rollcall"]
        session = self._begun[copy.name]
        vouched = (datetime.now(UTC) - timedelta(minutes=2)).isoformat()
        try:
            self._table.update_item(
                TableName=self._name,
                Key=session_key(session),
                UpdateExpression="SET vouched_at = :then REMOVE asking_until",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":then": {"S": vouched}},
            )
        except self._table.exceptions.ConditionalCheckFailedException:
            # It has ended, which this request is answered with; the next one has another.
            del self._begun[copy.name]
        return {"cookie": f"rollcall={session}", "sec-fetch-site": "same-origin"}


# ---- The table. ------------------------------------------------------------------------------------------------------


def usual(copies: Copies, parts: Parts, ask: Ask, asked: Question) -> tuple[int, set[str]]:
    """What a route answers while all is there, and which parts it asks for that."""
    with copies.one() as copy:
        parts.asked(copy.name)
        answer = ask(copy, asked)
        found = parts.asked(copy.name)
        # All else is the same for whoever shows a token.
        # By a token nobody is asked who that is, once the issuer's keys are known.
        return answer.status_code, found & BY_SESSION if asked.by_session else found - {"issuer"}


def wrong(asked: Question, answer: requests.Response, status: int) -> str:
    """What is wrong with an answer while a part is away; nothing in most cases."""
    if answer.elapsed.total_seconds() > PATIENCE:
        return f"{answer.status_code} after {answer.elapsed.total_seconds():.1f} s"
    if answer.status_code == status:
        return ""
    if answer.status_code != 503:
        return f"{answer.status_code}: {answer.text[:200]}"
    if not asked.route.is_scim:
        problem(answer, 503)
    return "" if answer.headers.get("retry-after", "").isdigit() else "503 without Retry-After"


def met(copies: Copies, parts: Parts, ask: Ask, asked: Question, fault: Fault, status: int) -> Met:
    """Has a route asked while a part is away, and when it is back."""
    with copies.one() as copy:
        parts.have(copy.name, fault)
        try:
            answer = ask(copy, asked)
        finally:
            parts.have(copy.name, None)
        found = wrong(asked, answer, status)
        began = time.monotonic()

        def is_back() -> bool:
            nonlocal found
            again = ask(copy, asked).status_code
            if again not in (status, 503):
                found = found or f"{again} once it was back"
            return again == status

        try:
            wait_until(is_back, patience=BACK)
        except AssertionError:
            found = found or "is not back"
        return Met(asked, fault, answer.status_code, answer.elapsed.total_seconds(), time.monotonic() - began, found)


def test_whatever_is_away_is_told_within_five_seconds_and_is_back_without_a_restart(
    behind: Copies,
    parts: Parts,
    ask: Ask,
    operator: Api,
    tell: Callable[[str, str], None],
    pytestconfig: pytest.Config,
) -> None:
    scim = {"authorization": f"Bearer {new_token(operator, 'What there is')['token']}"}
    all_routes = list(routes(lambda method, address: behind.ask(method, address, scim)))
    questions = [Question(it) for it in all_routes]
    questions += by_session(all_routes, pytestconfig.getoption("whole_table"))
    with ThreadPoolExecutor(COPIES) as pool:
        known = dict(zip(questions, pool.map(lambda it: usual(behind, parts, ask, it), questions), strict=True))
        assert not {str(it): status for it, (status, _) in known.items() if status >= 500}
        cells = [
            (asked, Fault(part, how), status)
            for how, (asked, (status, found)) in itertools.product(Away, known.items())
            for part in sorted(found)
        ]
        came = list(pool.map(lambda cell: met(behind, parts, ask, *cell), cells))
    # Many at once make each other slow: what took too long is asked once more when nothing else is.
    came = [met(behind, parts, ask, *cell) if it.wrong else it for it, cell in zip(came, cells, strict=True)]
    tell_all(tell, known, came)
    wrong = [f"{it.fault.part} {it.fault.how.value}: {it.asked}: {it.wrong}" for it in came if it.wrong]
    assert not wrong, "\n".join(wrong)


def test_where_nothing_listens_whoever_asks_is_told_all_the_same(
    own_cloud: LocalCloud, behind: Copies, ask: Ask, operator: Api
) -> None:
    scim = {"authorization": f"Bearer {new_token(operator, 'What there was')['token']}"}
    all_routes = list(routes(lambda method, address: behind.ask(method, address, scim)))
    known = own_cloud.function_environment()
    nowhere = ReservedPort()
    gone = {name: f"http://{LOOPBACK}:{nowhere.number}" for name in known if name.startswith("AWS_ENDPOINT_URL")}

    def asked(route: Operation) -> str:
        with copies.one() as copy:
            answer = ask(copy, Question(route))
        # What needs nothing of AWS's is answered, and what was sent wrongly is told.
        return wrong(Question(route), answer, answer.status_code if answer.status_code < 500 else 503)

    with Copies({**known, **gone}, COPIES) as copies, ThreadPoolExecutor(COPIES) as pool:
        found = dict(zip(all_routes, pool.map(asked, all_routes), strict=True))
        # Many at once make each other slow here, too.
        found = {route: it and asked(route) for route, it in found.items()}
    nowhere.close()
    assert not {str(route): it for route, it in found.items() if it}


def by_session(all_routes: list[Operation], whole: bool) -> list[Question]:
    """The routes that are asked by a session as well: all, or one of each kind, since who asks is told in one place."""
    taken = [it for it in all_routes if who_may_use(it) not in WITHOUT_SIGN_IN]
    kinds = {(who_may_use(it), it.changes): it for it in taken}
    return [Question(it, by_session=True) for it in (taken if whole else kinds.values())]


def tell_all(tell: Callable[[str, str], None], known: dict[Question, tuple[int, set[str]]], came: list[Met]) -> None:
    """Prints a line for each part and each way in which it is away."""
    rows: dict[Fault, list[Met]] = defaultdict(list)
    for it in sorted(came, key=lambda it: (it.fault.part, list(Away).index(it.fault.how))):
        rows[it.fault].append(it)
    tell(TABLE, COLUMNS.format("part", "away", "routes", "as ever", "503", "other", "slowest, s", "back in, s"))
    for fault, row in rows.items():
        as_ever = sum(it.status == known[it.asked][0] for it in row)
        away = sum(it.status == 503 for it in row)
        slowest, back = max(it.seconds for it in row), max(it.back for it in row)
        counts = (len(row), as_ever, away, len(row) - as_ever - away)
        tell(TABLE, COLUMNS.format(fault.part, fault.how.value, *counts, f"{slowest:.1f}", f"{back:.1f}"))
