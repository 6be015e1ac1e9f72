"""Sessions: someone signs in by browser, is known by a cookie alone, and loses that when they should."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import requests

from infra.local.cloud import LocalCloud
from infra.local.people import PEOPLE, Person, invite
from tests.support.browser import Browser, session_key
from tests.support.directory import Directory, employee
from tests.support.problems import problem
from tests.support.waiting import wait_until

Aws = Callable[[str], Any]

READER, EDITOR, OPERATOR = PEOPLE
# The site is on plain HTTP here, where a browser takes no cookie with the prefix __Host-.
SESSION, BROWSER = "rollcall", "rollcall-browser"
# A JSON Web Token: two JSON objects in base64url. Three letters alone come about by chance in what is sealed or random.
TOKEN = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.")


@pytest.fixture
def browser(cloud: LocalCloud) -> Browser:
    """A browser that was never at the site."""
    return Browser(cloud.url)


@pytest.fixture
def someone(cloud: LocalCloud, aws: Aws) -> Iterator[Person]:
    """An editor of whom no other test knows.

    What the table's stream tells late of an earlier one's address ends nobody's session here.
    """
    person = Person(f"edith-{uuid4().hex[:8]}", ("Editors",), "keeps records for a while")
    cognito, pool = aws("cognito-idp"), cloud.outputs["service"]["UserPoolId"]
    invite(cognito, pool, person)
    yield person
    cognito.admin_delete_user(UserPoolId=pool, Username=person.name)


def add(browser: Browser, **more: Any) -> requests.Response:
    return browser.ask("POST", "/api/employees", json=employee(), **more)


def why(answer: requests.Response) -> str:
    """What the page is told that says why nobody is signed in."""
    assert answer.status_code == 303, answer.text
    url = urlsplit(answer.headers["Location"])
    assert url.path == "/signed-in"
    return parse_qs(url.query)["problem"][0]


# ---- Signing in and out. ---------------------------------------------------------------------------------------------


def test_who_signs_in_comes_back_to_where_they_were_with_a_cookie_and_no_token(browser: Browser) -> None:
    answer = browser.sign_in(EDITOR, return_to="/employees/new?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/employees/new?x=1")
    set_cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in set_cookie and "SameSite=Strict" in set_cookie and "Path=/" in set_cookie
    assert set(browser.cookies) == {SESSION, BROWSER}
    # Nothing that a page could read is a token.
    assert not TOKEN.search(answer.text + str(dict(answer.headers)) + str(browser.cookies))
    assert browser.user() == {"name": "editor", "may_edit": True, "may_operate": False}
    assert add(browser).status_code == 201


def test_each_sign_in_has_an_id_of_its_own_and_ends_the_one_before(browser: Browser, cloud: LocalCloud) -> None:
    browser.sign_in(EDITOR)
    before = browser.cookies[SESSION]
    browser.sign_in(EDITOR)
    assert browser.cookies[SESSION] != before
    old = Browser(cloud.url)
    answer = old.ask("GET", "/api/sessions", headers={"Cookie": f"{SESSION}={before}"})
    problem(answer, 401)


def test_who_signs_out_is_nobody_here_and_somebody_elsewhere(browser: Browser, cloud: LocalCloud) -> None:
    other = Browser(cloud.url)
    for one in (browser, other):
        one.sign_in(EDITOR)
    taken = browser.cookies[SESSION]
    answer = browser.ask("POST", "/auth/sign-out", json={})
    assert answer.status_code == 200 and "logout_uri" in answer.json()["go_to"]
    assert SESSION not in browser.cookies and browser.user() is None
    # The id counts no more, whoever kept it.
    problem(Browser(cloud.url).ask("GET", "/api/sessions", headers={"Cookie": f"{SESSION}={taken}"}), 401)
    assert other.user() is not None


def test_who_signs_out_everywhere_is_nobody_anywhere(cloud: LocalCloud, someone: Person) -> None:
    browsers = [Browser(cloud.url) for _ in range(3)]
    for one in browsers:
        one.sign_in(someone)
    assert browsers[0].ask("POST", "/auth/sign-out", json={"everywhere": True}).status_code == 200
    assert [one.user() for one in browsers] == [None] * 3


def test_who_signs_out_everywhere_changes_nothing_more_by_a_token_from_before(
    browser: Browser, cloud: LocalCloud, someone: Person
) -> None:
    def changes(token: str) -> int:
        # Where it counts, it is found out that there is nobody with this id.
        return requests.delete(
            f"{cloud.url}/api/employees/nobody", headers={"Authorization": f"Bearer {token}"}
        ).status_code

    before = cloud.token(someone)
    assert changes(before) == 404
    browser.sign_in(someone)
    assert browser.ask("POST", "/auth/sign-out", json={"everywhere": True}).status_code == 200
    assert changes(before) == 401
    # Whoever signs in again has another one.
    wait_until(lambda: changes(cloud.token(someone)) == 404)


def test_two_tabs_sign_in_at_once(browser: Browser) -> None:
    first, second = browser.begin("/chart"), browser.begin("/former")
    for page, return_to in ((second, "/former"), (first, "/chart")):
        arrival = browser.open(browser.submit(page, EDITOR).headers["Location"])
        assert arrival.headers["Location"] == return_to
    assert browser.user() is not None


def test_an_address_that_counted_leads_home_whoever_is_signed_in_and_tells_others(
    browser: Browser, cloud: LocalCloud
) -> None:
    callback = browser.submit(browser.begin(), EDITOR).headers["Location"]
    assert browser.open(callback).headers["Location"] == "/"
    assert browser.open(callback).headers["Location"] == "/"
    stranger = Browser(cloud.url)
    stranger.begin()
    assert why(stranger.open(callback)) == "over"


def test_what_goes_wrong_while_signing_in_is_told(browser: Browser, cloud: LocalCloud) -> None:
    callback = browser.submit(browser.begin(), EDITOR).headers["Location"]
    assert why(Browser(cloud.url).open(callback)) == "no-cookie"
    stranger = Browser(cloud.url)
    stranger.begin()
    assert why(stranger.open(callback)) == "other-browser"
    assert why(browser.open("/auth/callback?code=stolen&state=guessed")) == "over"
    assert why(browser.open("/auth/callback")) == "over"
    page = browser.begin()
    state = parse_qs(urlsplit(page.url).query)["state"][0]
    assert why(browser.open(f"/auth/callback?error=access_denied&state={state}")) == "refused"
    page = browser.begin()
    state = parse_qs(urlsplit(page.url).query)["state"][0]
    assert why(browser.open(f"/auth/callback?code=made-up&state={state}")) == "refused"
    assert browser.user() is None


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "/signed-in?problem=over"]
)
def test_nobody_is_sent_to_another_site(browser: Browser, elsewhere: str) -> None:
    assert browser.sign_in(EDITOR, return_to=elsewhere).headers["Location"] == "/"


# ---- What counts, and what does not. ---------------------------------------------------------------------------------


def test_a_cookie_counts_before_a_token_and_one_that_is_over_is_nobodys(browser: Browser, cloud: LocalCloud) -> None:
    browser.sign_in(READER)
    token = {"Authorization": f"Bearer {cloud.token(EDITOR)}"}
    problem(add(browser, headers=token), 403)
    for cookie in ("made-up", "A" * 43, ""):
        headers = token | {"Cookie": f"{SESSION}={cookie}"}
        problem(Browser(cloud.url).ask("GET", "/api/sessions", headers=headers), 401)
    stale = Browser(cloud.url).ask("GET", "/api/session", headers={"Cookie": f"{SESSION}={'A' * 43}"})
    assert stale.json()["user"] is None and "Max-Age=0" in stale.headers["Set-Cookie"]


def test_who_leaves_a_group_changes_nothing_more_five_seconds_later(
    browser: Browser, cloud: LocalCloud, aws: Aws, someone: Person
) -> None:
    browser.sign_in(someone)
    assert add(browser).status_code == 201
    pool = cloud.outputs["service"]["UserPoolId"]
    aws("cognito-idp").admin_remove_user_from_group(UserPoolId=pool, Username=someone.name, GroupName="Editors")
    wait_until(lambda: add(browser).status_code == 403, patience=10)
    # They are themselves still.
    assert browser.user() == {"name": someone.name, "may_edit": False, "may_operate": False}


def test_who_is_disabled_is_signed_out(browser: Browser, cloud: LocalCloud, aws: Aws, someone: Person) -> None:
    browser.sign_in(someone)
    pool = cloud.outputs["service"]["UserPoolId"]
    aws("cognito-idp").admin_disable_user(UserPoolId=pool, Username=someone.name)
    wait_until(lambda: add(browser).status_code == 401, patience=10)
    assert browser.user() is None


def test_many_requests_at_once_ask_the_issuer_once_and_all_count(browser: Browser) -> None:
    browser.sign_in(EDITOR)
    for _ in range(2):
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: add(browser).status_code, range(8)))
        assert answers == [201] * 8


# ---- Whose sessions there are. ---------------------------------------------------------------------------------------


def sessions(browser: Browser, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    query = {"limit": "2"} | query
    while True:
        answer = browser.ask("GET", "/api/sessions", params=query)
        assert answer.status_code == 200, answer.text
        found += answer.json()["sessions"]
        if answer.json()["next_cursor"] is None:
            return found
        query["cursor"] = answer.json()["next_cursor"]


def test_someone_sees_their_sessions_and_ends_one(cloud: LocalCloud, someone: Person) -> None:
    here, there, away = (Browser(cloud.url) for _ in range(3))
    for one in (here, there, away):
        one.sign_in(someone)
    listed = sessions(here)
    assert [it["this"] for it in listed] == [False, False, True]
    assert {it["name"] for it in listed} == {someone.name}
    newest = listed[0]["id"]
    assert here.ask("DELETE", f"/api/sessions/{newest}").status_code == 204
    assert away.user() is None and there.user() is not None
    problem(here.ask("DELETE", f"/api/sessions/{newest}"), 404)


def test_an_operator_ends_anyones_session_and_others_do_not(cloud: LocalCloud, someone: Person) -> None:
    theirs, operators, readers = (Browser(cloud.url) for _ in range(3))
    theirs.sign_in(someone)
    operators.sign_in(OPERATOR)
    readers.sign_in(READER)
    problem(readers.ask("GET", "/api/sessions", params={"everyone": "true"}), 403)
    found = next(it for it in sessions(operators, everyone="true") if it["name"] == someone.name)
    problem(readers.ask("DELETE", f"/api/sessions/{found['id']}"), 404)
    assert theirs.user() is not None
    assert operators.ask("DELETE", f"/api/sessions/{found['id']}").status_code == 204
    assert theirs.user() is None


def test_to_end_somebody_elses_session_takes_a_sign_in_of_a_moment_ago(
    cloud: LocalCloud, aws: Aws, someone: Person
) -> None:
    theirs, operators, operators_other = (Browser(cloud.url) for _ in range(3))
    theirs.sign_in(someone)
    for one in (operators, operators_other):
        one.sign_in(OPERATOR)
    aws("dynamodb").update_item(
        TableName=cloud.outputs["storage"]["SessionsTableName"],
        Key=session_key(operators.cookies[SESSION]),
        UpdateExpression="SET signed_in_at = :then",
        ExpressionAttributeValues={":then": {"S": "2020-01-01T00:00:00Z"}},
    )
    found = next(it for it in sessions(operators, everyone="true") if it["name"] == someone.name)
    problem(operators.ask("DELETE", f"/api/sessions/{found['id']}"), 401, "sign-in-again")
    assert theirs.user() is not None
    # One's own are ended all the same.
    other = next(it for it in sessions(operators) if not it["this"])
    assert operators.ask("DELETE", f"/api/sessions/{other['id']}").status_code == 204


def test_the_table_of_sessions_gives_nobody_a_session_or_a_token(
    browser: Browser, cloud: LocalCloud, aws: Aws, someone: Person
) -> None:
    browser.sign_in(someone)
    table = cloud.outputs["storage"]["SessionsTableName"]
    stored = str(aws("dynamodb").scan(TableName=table)["Items"])
    assert browser.cookies[SESSION] not in stored and not TOKEN.search(stored)


@pytest.mark.parametrize("how", ["deleted here", "deleted by another program"])
def test_whoever_leaves_the_directory_is_signed_out(
    browser: Browser, directory: Directory, someone: Person, how: str
) -> None:
    employed = directory.add(email=f"{someone.name}@example.com")["id"]
    browser.sign_in(someone)
    assert browser.ask("GET", "/api/chart/me").json()["id"] == employed
    if how == "deleted here":
        assert directory.api.delete(f"/api/employees/{employed}").status_code == 204
    else:
        directory.delete_many([employed])
    wait_until(lambda: browser.user() is None)


def test_who_has_another_address_by_now_signs_in_with_that(
    browser: Browser, directory: Directory, someone: Person
) -> None:
    employed = directory.add(email=f"{someone.name}@example.com")["id"]
    browser.sign_in(someone)
    assert browser.ask("GET", "/api/chart/me").json()["id"] == employed
    sent = employee(email=f"{someone.name}@example.org", phone="+4930901820")
    assert directory.api.put(f"/api/employees/{employed}", json=sent).status_code == 200
    wait_until(lambda: browser.user() is None)


def test_who_has_another_record_stays_signed_in_when_one_is_merged_away(
    browser: Browser, directory: Directory, someone: Person
) -> None:
    kept, other = directory.add()["id"], directory.add(email=f"{someone.name}@example.com")["id"]
    browser.sign_in(someone)
    merge = {"other": other, "take": ["email"], "join": []}
    assert directory.api.post(f"/api/employees/{kept}/merge", json=merge).status_code == 200
    gone = directory.add()["id"]
    assert directory.api.delete(f"/api/employees/{gone}").status_code == 204
    # What comes later in the table's stream has been heard.
    wait_until(lambda: directory.api.get("/api/former-employees").json()["former"][0]["employee"]["id"] == gone)
    assert browser.ask("GET", "/api/chart/me").json()["id"] == kept
    directory.update(kept, email="nobody@example.com")


def test_who_is_no_employee_is_nobody_in_the_chart(browser: Browser, someone: Person) -> None:
    assert browser.ask("GET", "/api/chart/me").status_code == 401
    browser.sign_in(someone)
    problem(browser.ask("GET", "/api/chart/me"), 404)
