"""Every route × everyone who may ask: who is let in, and how the others are refused.

Whom a route is for is said once for each in `tests/support/who.py`; what comes of that for a caller is computed, and
each route is held against it. What is sent is nothing that a route accepts, so that nothing changes whoever asks.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.cloud import LocalCloud
from infra.local.people import PEOPLE, Person
from tests.support import tokens
from tests.support.api import Api
from tests.support.browser import Browser, session_key
from tests.support.copies import USUAL, Copies
from tests.support.document import Operation
from tests.support.forged import FORGED
from tests.support.problems import problem
from tests.support.routes import routes
from tests.support.scim import new_token, refused
from tests.support.who import Caller, Outcome, Who, outcome, who_may_use

READER, EDITOR, OPERATOR = PEOPLE

TABLE = "who may do what: routes by what comes of asking them"

COLUMNS = "{:50} {:>6} {:>5} {:>21} {:>5}  {:>24}"

# Where the site is on plain HTTP, a browser takes no cookie with the prefix __Host-.
SESSION = "rollcall"

HERE = {"sec-fetch-site": "same-origin"}

# What is answered to whom was let in: a request names something that there is not, or brings along what is not valid.
LET_IN = (200, 204, 303, 400, 404, 409, 415, 422)


@dataclass(frozen=True)
class Column:
    """Someone who asks every route."""

    name: str
    caller: Caller
    # What they send along.
    headers: dict[str, str] = field(default_factory=dict)
    # A word of the reason that who is nobody is told.
    reason: str = ""


# ---- What is asked. --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def for_the_signed_in(cloud: LocalCloud) -> Iterator[Copies]:
    """The function where reading takes a sign-in."""
    with Copies({**cloud.function_environment(), "READING": "signed-in"}) as running:
        yield running


@pytest.fixture(scope="module")
def scim_token(api: Callable[..., Api]) -> str:
    return new_token(api("operator"), "The matrix of access")["token"]


@pytest.fixture(scope="module")
def all_routes(copies: Copies, scim_token: str) -> list[Operation]:
    """Every route there is."""
    return list(routes(lambda method, address: copies.ask(method, address, bearer(scim_token))))


# ---- Who asks. -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def operators_token(cloud: LocalCloud) -> str:
    """A token that counts, of someone who may do everything."""
    return cloud.token(OPERATOR)


@pytest.fixture(scope="module")
def pool_key(cloud: LocalCloud) -> rsa.RSAPrivateKey:
    """The key that the pool signs access tokens with."""
    keys = cloud.logs.parent / "tmp/ministack/cognito-pool-keys"
    return tokens.pool_key(keys, cloud.outputs["service"]["UserPoolId"])


@pytest.fixture(scope="module")
def session_of(cloud: LocalCloud) -> Callable[[Person], str]:
    """The id of a session of someone's; each person has one in the whole file."""
    begun: dict[str, str] = {}

    def session(person: Person) -> str:
        if person.name not in begun:
            browser = Browser(cloud.url)
            browser.sign_in(person)
            begun[person.name] = browser.cookies[SESSION]
        return begun[person.name]

    return session


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def cookie(session: str) -> dict[str, str]:
    return {"cookie": f"{SESSION}={session}"}


def member(person: Person, **more: Any) -> Caller:
    return Caller(frozenset(person.groups), **more)


# ---- What comes of it. -----------------------------------------------------------------------------------------------


def ask(copies: Copies, route: Operation, column: Column) -> requests.Response:
    """Asks with a body that no route accepts."""
    address, headers, body = route.address, column.headers, None
    if route.changes:
        headers = {"content-type": "application/scim+json" if route.is_scim else "application/json"} | headers
        body = json.dumps({"no-such-field": 1})
    if str(route) == "DELETE /api/operations/host":
        # It takes no body.
        address += f"?reason={'x' * 1000}"
    if str(route) == "POST /auth/sign-out" and column.caller.is_foreign:
        # Whom it is from is looked at once it is understood.
        body = "{}"
    return copies.ask(route.method, address, headers, body)


def came_of_it(route: Operation, answer: requests.Response, reason: str) -> Outcome:
    """What an answer says, after checking all of a refusal."""
    if answer.status_code in LET_IN:
        return Outcome.IN
    if route.is_scim:
        refused(answer, 401)
        return Outcome.NOBODY
    if answer.status_code == 403:
        problem(answer, 403)
        return Outcome.FORBIDDEN
    again = answer.json()["type"].endswith("sign-in-again")
    told = problem(answer, 401, "sign-in-again" if again else None)
    assert reason in told["detail"], f"{route}: {told}"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    return Outcome.AGAIN if again else Outcome.NOBODY


def hold(copies: Copies, asked: list[Operation], column: Column, *, reading_is_open: bool) -> Counter[Outcome]:
    """Asks each route as someone, and holds each against what is to come of it: so often that."""

    def one(route: Operation) -> tuple[Operation, Outcome, Outcome]:
        found = came_of_it(route, ask(copies, route, column), column.reason)
        return route, found, outcome(route, column.caller, reading_is_open=reading_is_open)

    with ThreadPoolExecutor(USUAL) as pool:
        held = list(pool.map(one, asked))
    wrong = {str(route): f"{found.value}, not {wanted.value}" for route, found, wanted in held if found != wanted}
    assert not wrong, column.name
    return Counter(found for _, found, _ in held)


Hold = Callable[[Column], None]


@pytest.fixture(scope="module")
def holds(
    all_routes: list[Operation], copies: Copies, for_the_signed_in: Copies, tell: Callable[[str, str], None]
) -> Hold:
    """Holds every route against what is to come of someone, where everyone may read and where not."""
    tell(TABLE, COLUMNS.format("", *(it.value for it in Outcome), "reads for the signed-in"))

    def held(column: Column) -> None:
        came = hold(copies, all_routes, column, reading_is_open=True)
        reading = [route for route in all_routes if who_may_use(route) is Who.READER]
        signed_in = hold(for_the_signed_in, reading, column, reading_is_open=False)
        reads = f"{signed_in[Outcome.IN]} of {len(reading)}"
        tell(TABLE, COLUMNS.format(column.name, *(came[it] for it in Outcome), reads))

    return held


# ---- The matrix. -----------------------------------------------------------------------------------------------------


def test_nobody(holds: Hold) -> None:
    holds(Column("nobody", Caller(), reason="Sign in"))


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.name)
def test_each_role_by_its_token(holds: Hold, cloud: LocalCloud, person: Person) -> None:
    holds(Column(f"{person.name}, by a token", member(person), bearer(cloud.token(person))))


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.name)
def test_each_role_by_a_session(holds: Hold, session_of: Callable[[Person], str], person: Person) -> None:
    holds(Column(f"{person.name}, by a session", member(person), cookie(session_of(person)) | HERE))


def test_an_identity_provider(holds: Hold, scim_token: str) -> None:
    holds(Column("an identity provider", Caller(is_provider=True), bearer(scim_token)))


@pytest.mark.parametrize("forge", FORGED, ids=lambda forge: forge.__name__)
def test_a_token_that_does_not_count(
    holds: Hold, operators_token: str, pool_key: rsa.RSAPrivateKey, forge: Callable[..., str]
) -> None:
    headers = bearer(forge(operators_token, pool_key))
    holds(Column(f"operator, {forge.__name__.replace('_', ' ')}", Caller(), headers, FORGED[forge]))


def test_the_pools_own_id_token(holds: Hold, cloud: LocalCloud) -> None:
    service = cloud.outputs["service"]
    answer = cloud.client("cognito-idp").admin_initiate_auth(
        UserPoolId=service["UserPoolId"],
        ClientId=service["UserPoolClientId"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": OPERATOR.name, "PASSWORD": OPERATOR.password},
    )
    token = answer["AuthenticationResult"]["IdToken"]
    holds(Column("operator, by the pool's own ID token", Caller(), bearer(token), "no access token"))


def test_a_token_signed_as_the_pool_does(holds: Hold, operators_token: str, pool_key: rsa.RSAPrivateKey) -> None:
    # So that the refusals above come of what was forged, and of nothing else.
    again = tokens.signed(*tokens.parts(operators_token), pool_key)
    holds(Column("operator, by a token signed once more", member(OPERATOR), bearer(again)))


@pytest.mark.parametrize("hours", [1, 0.26, None], ids=["an hour ago", "just too long ago", "nobody knows when"])
def test_an_operator_who_signed_in_too_long_ago(
    holds: Hold, operators_token: str, pool_key: rsa.RSAPrivateKey, hours: float | None
) -> None:
    header, claims = tokens.parts(operators_token)
    del claims["auth_time"]
    claims |= {} if hours is None else {"auth_time": tokens.hours_ago(hours)}
    name = "operator, signed in " + ("at a time not told" if hours is None else f"{hours * 60:.0f} minutes ago")
    headers = bearer(tokens.signed(header, claims, pool_key))
    holds(Column(name, member(OPERATOR, is_fresh=False), headers))


def test_an_operator_whose_session_began_too_long_ago(holds: Hold, cloud: LocalCloud) -> None:
    browser = Browser(cloud.url)
    browser.sign_in(OPERATOR)
    session = browser.cookies[SESSION]
    cloud.client("dynamodb").update_item(
        TableName=cloud.outputs["storage"]["SessionsTableName"],
        Key=session_key(session),
        UpdateExpression="SET signed_in_at = :then",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":then": {"S": "2020-01-01T00:00:00Z"}},
    )
    holds(Column("operator, by a session of long ago", member(OPERATOR, is_fresh=False), cookie(session) | HERE))


def test_a_session_that_ended(holds: Hold, cloud: LocalCloud) -> None:
    browser = Browser(cloud.url)
    browser.sign_in(OPERATOR)
    session = browser.cookies[SESSION]
    assert browser.ask("POST", "/auth/sign-out", json={}).status_code == 200
    holds(Column("operator, by a session that ended", Caller(), cookie(session) | HERE, "over"))


@pytest.mark.parametrize("made_up", ["", "x", "A" * 43], ids=["empty", "short", "as long as one"])
def test_a_session_that_never_was(holds: Hold, operators_token: str, made_up: str) -> None:
    # A token beside a cookie does not count.
    headers = cookie(made_up) | HERE | bearer(operators_token)
    holds(Column(f"operator's token, beside a cookie {made_up[:3]!r}", Caller(), headers, "over"))


ELSEWHERE = {
    "from another origin": {"sec-fetch-site": "cross-site"},
    "from another subdomain": {"sec-fetch-site": "same-site"},
    "from no page": {"sec-fetch-site": "none"},
    "without Sec-Fetch-Site": {},
    "without it, of another Origin": {"origin": "https://evil.example"},
    "without it, of Origin null": {"origin": "null"},
    "of the site's Origin, cross-site": {"sec-fetch-site": "cross-site", "origin": "SITE"},
}


@pytest.mark.parametrize("where", ELSEWHERE)
def test_an_operators_session_in_a_request_of_another_page(
    holds: Hold, cloud: LocalCloud, session_of: Callable[[Person], str], where: str
) -> None:
    told = {name: cloud.url if value == "SITE" else value for name, value in ELSEWHERE[where].items()}
    headers = cookie(session_of(OPERATOR)) | told
    holds(Column(f"operator, {where}", member(OPERATOR, is_foreign=True), headers))


def test_a_browser_that_tells_its_origin_alone(
    holds: Hold, cloud: LocalCloud, session_of: Callable[[Person], str]
) -> None:
    headers = cookie(session_of(OPERATOR)) | {"origin": cloud.url}
    holds(Column("operator, of the site's Origin alone", member(OPERATOR), headers))
