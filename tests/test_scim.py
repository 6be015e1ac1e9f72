"""SCIM 2.0: what the standards ask, by a tester that others wrote, and what only Rollcall has."""

import base64
import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
import requests
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server
from scim2_tester.discovery import get_all_available_tags

from infra.local.cloud import LocalCloud
from infra.local.listing import listed
from infra.local.people import PEOPLE
from tests.support.api import Api
from tests.support.browser import Browser
from tests.support.directory import Directory, employee
from tests.support.images import encoded, landscape
from tests.support.problems import faulty_fields, problem
from tests.support.scim import ENTERPRISE, LIST, OWN, PATCH, USER, Provider, new_token, patch, refused, user
from tests.support.waiting import wait_until

Aws = Callable[[str], Any]

MANAGER = f"{ENTERPRISE}:manager"
OFF = {"op": "replace", "value": {"active": False}}
ON = {"op": "replace", "value": {"active": True}}


@pytest.fixture(scope="module")
def operator(api: Callable[..., Api]) -> Api:
    """Who makes tokens."""
    return api("operator")


@pytest.fixture(scope="module")
def editor(api: Callable[..., Api]) -> Api:
    """Who keeps records beside the provider."""
    return api("editor")


# ---- The tester. -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results(cloud: LocalCloud, operator: Api) -> list[Any]:
    """What the tester finds."""
    token = new_token(operator, "scim2-tester")["token"]
    with httpx2.Client(
        base_url=f"{cloud.url}/scim/v2", headers={"Authorization": f"Bearer {token}"}, timeout=35
    ) as http:
        return check_server(SyncSCIMClient(http))


def test_the_tester_finds_no_fault_on_any_tag(results: list[Any], tell: Callable[[str, str], None]) -> None:
    faults = [it for it in results if it.status in (Status.ERROR, Status.CRITICAL, Status.DEVIATION)]
    assert not faults, "\n".join(f"{it.title}: {it.reason}" for it in faults)
    counted = {status.name: sum(it.status == status for it in results) for status in Status}
    tell("scim2-tester", ", ".join(f"{name} {count}" for name, count in counted.items() if count))
    assert counted["SKIPPED"] == 0 and counted["SUCCESS"] > 100, counted
    assert {tag for it in results for tag in it.tags} >= set(get_all_available_tags())


# ---- Tokens. ---------------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_kept_as_a_hash(operator: Api, cloud: LocalCloud, aws: Aws) -> None:
    made = new_token(operator, " Okta ")
    assert made["token"].startswith("rollcall_scim_") and len(made["token"]) == 57
    assert made["base_url"] == f"{cloud.url}/scim/v2"
    newest = operator.get("/api/scim-tokens").json()["tokens"][0]
    assert (newest["id"], newest["name"], newest["made_by"]) == (made["id"], "Okta", "operator")
    assert newest["last_used_at"] is None
    secret = made["token"].removeprefix("rollcall_scim_")
    table = cloud.outputs["storage"]["SessionsTableName"]
    items = listed(aws("dynamodb"), "scan", "Items", TableName=table, ConsistentRead=True)
    assert secret not in str(list(items)) + operator.get("/api/scim-tokens").text


def test_the_last_use_of_a_token_is_told(operator: Api, cloud: LocalCloud) -> None:
    made = new_token(operator)
    with Provider(cloud.url, made["token"]) as provider:
        for _ in range(3):
            assert provider.get("/Users?count=0").status_code == 200
    found = {it["id"]: it for it in operator.get("/api/scim-tokens").json()["tokens"]}[made["id"]]
    assert found["last_used_at"] >= found["made_at"]


def test_a_token_that_was_revoked_opens_nothing(operator: Api, cloud: LocalCloud) -> None:
    made = new_token(operator, "for a while")
    with Provider(cloud.url, made["token"]) as provider:
        assert provider.get("/Users?count=0").status_code == 200
        assert operator.delete(f"/api/scim-tokens/{made['id']}").status_code == 204
        refused(provider.get("/Users?count=0"), 401)
    problem(operator.delete(f"/api/scim-tokens/{made['id']}"), 404)
    assert made["id"] not in operator.get("/api/scim-tokens").text
    told = [it for it in operator.get("/api/operations/audit").json()["entries"] if f"({made['id']})" in it["thing"]]
    assert [it["action"] for it in told] == ["revoke_scim_token", "create_scim_token"]
    assert {it["who"]["person"]["name"] for it in told} == {"operator"}


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "two\nlines"])
def test_a_token_must_be_called_something(operator: Api, name: str) -> None:
    assert faulty_fields(operator.post("/api/scim-tokens", json={"name": name})) == ["name"]


def test_nothing_else_opens_scim(cloud: LocalCloud, api: Callable[..., Api]) -> None:
    browser = Browser(cloud.url)
    browser.sign_in(PEOPLE[2])
    refused(browser.ask("GET", "/scim/v2/Users"), 401)
    for token in ("", api("operator").token, "rollcall_scim_", f"rollcall_scim_{'A' * 43}", "x" * 5000):
        with Provider(cloud.url, token) as stranger:
            for method, address in (
                ("GET", "/Users"),
                ("POST", "/Users"),
                ("POST", "/.search"),
                ("DELETE", f"/Users/{uuid.uuid4()}"),
                ("GET", "/ServiceProviderConfig"),
                ("GET", "/nowhere"),
            ):
                answer = stranger.request(method, address, json={})
                assert "rollcall_scim" not in refused(answer, 401)
                assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_and_a_token_opens_nothing_else(cloud: LocalCloud, operator: Api) -> None:
    token = new_token(operator)["token"]
    headers = {"Authorization": f"Bearer {token}"}
    for method, path in (
        ("POST", "/api/employees"),
        ("GET", "/api/operations/host"),
        ("GET", "/api/scim-tokens"),
        ("GET", "/api/sessions"),
    ):
        problem(requests.request(method, f"{cloud.url}{path}", headers=headers, json={}, timeout=35), 401)


# ---- What the service says of itself. --------------------------------------------------------------------------------


def test_the_service_tells_what_it_can(provider: Provider) -> None:
    config = provider.get("/ServiceProviderConfig").json()
    assert not config["bulk"]["supported"] and config["patch"]["supported"] and config["etag"]["supported"]
    assert config["pagination"]["cursor"] and config["pagination"]["index"]
    (kind,) = provider.get("/ResourceTypes").json()["Resources"]
    assert (kind["name"], kind["endpoint"]) == ("User", "/Users")
    schemas = {it["id"]: it for it in provider.get("/Schemas").json()["Resources"]}
    assert set(schemas) == {USER, ENTERPRISE, OWN}
    assert {it["name"] for it in schemas[OWN]["attributes"]} == {"otherNames", "pronouns", "startDate", "links"}
    assert provider.get(f"/Schemas/{OWN}").json() == schemas[OWN]
    for address in ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas"):
        refused(provider.get(address, params={"Filter": "id pr"}), 403)


@pytest.mark.parametrize(
    "address", ["/Groups", "/Me", "/Bulk", "/Users/a/b", "/Schemas/x", "/ResourceTypes/Group", "/"]
)
def test_there_is_nothing_else(provider: Provider, address: str) -> None:
    refused(provider.get(address), 404)


def test_what_can_not_be_read_is_refused_in_words_of_scim(provider: Provider) -> None:
    refused(provider.post("/Users", data=b"{"), 400, "invalidSyntax")
    refused(provider.post("/Users", data=b'{"userName": "a", "userName": "b"}'), 400, "invalidSyntax")
    refused(provider.post("/Users", json=[]), 400, "invalidSyntax")
    refused(provider.post("/Users", data=b"x", headers={"Content-Type": "text/plain"}), 415)
    refused(provider.post("/Users", json=user(title="x" * 300_000)), 413)
    refused(provider.post("/Users", json=user(title="x" * 100_000)), 413)
    refused(provider.post("/Users", json={"schemas": [USER]}), 400, "invalidValue")
    refused(provider.post("/Users", json=user(userName=" ")), 400, "invalidValue")
    refused(provider.post("/Users", json=user(emails=[{"value": "x"}] * 101)), 400, "invalidValue")
    refused(provider.post("/Users", json=user(name=[[[[[["x"]]]]]])), 400, "invalidValue")
    refused(provider.post("/Users", data=b"[" * 10_000), 400, "invalidSyntax")
    refused(provider.get("/Users", params={"filter": "userName eq"}), 400, "invalidFilter")
    refused(provider.get("/Users", params={"filter": "(" * 2000}), 400, "invalidFilter")
    refused(provider.get("/Users", params={"cursor": "made-up"}), 400, "invalidCursor")
    refused(provider.get("/Users", params={"count": "many"}), 400, "invalidCount")
    refused(provider.get("/Users", params={"attributes": "a b"}), 400, "invalidPath")
    refused(provider.get(f"/Users/{uuid.uuid4()}"), 404)
    refused(provider.delete(f"/Users/{uuid.uuid4()}"), 404)
    refused(provider.patch(f"/Users/{uuid.uuid4()}", json=patch(OFF)), 404)
    answer = provider.put("/ServiceProviderConfig", json={})
    refused(answer, 405)
    assert "GET" in answer.headers["Allow"]
    someone = provider.create()
    refused(provider.patch(f"/Users/{someone['id']}", json={"schemas": [PATCH]}), 400, "invalidSyntax")
    path = {"op": "replace", "path": "id", "value": "7"}
    refused(provider.patch(f"/Users/{someone['id']}", json=patch(path)), 400, "mutability")
    assert provider.read(someone["id"]) == someone


@pytest.mark.parametrize("id_", ["x" * 5000, "~", "~YQ=="], ids=["long", "empty", "odd"])
def test_what_no_id_can_be_is_refused_in_words_of_scim(provider: Provider, cloud: LocalCloud, id_: str) -> None:
    with Provider(cloud.url, "") as stranger:
        for method in ("GET", "PATCH", "PUT", "DELETE"):
            refused(provider.request(method, f"/Users/{id_}", json=patch(OFF)), 404)
            refused(stranger.request(method, f"/Users/{id_}", json=patch(OFF)), 401)
    refused(provider.post(f"/Users/{id_}", json={}), 405)


def test_a_cursor_that_no_list_gave_out_is_refused(provider: Provider) -> None:
    provider.create()
    cursor = provider.get("/Users", params={"cursor": "", "count": "1"}).json()["nextCursor"]
    form, digest = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).split(b".")[0].decode().split("\x01")
    for place in ("i:", "i:x", f"i:{'7' * 3000}", "e:", f"e:{'x' * 2049}", "e:x:" * 1000):
        made_up = base64.urlsafe_b64encode(f"{form}\x01{digest}.{place}".encode()).decode().rstrip("=")
        refused(provider.get("/Users", params={"cursor": made_up}), 400, "invalidCursor")


def test_a_name_has_an_end(provider: Provider) -> None:
    made = provider.create(userName=f"{uuid.uuid4()}{'x' * 988}", externalId=f"{uuid.uuid4()}{'x' * 988}")
    for name in ("userName", "externalId"):
        refused(provider.post("/Users", json=user(**{name: "é" * 513})), 400, "invalidValue")
        longer = patch({"op": "replace", "path": name, "value": "x" * 1025})
        refused(provider.patch(f"/Users/{made['id']}", json=longer), 400, "invalidValue")


# ---- One person. -----------------------------------------------------------------------------------------------------


def test_a_resource_has_a_place_and_a_version(provider: Provider) -> None:
    answer = provider.post("/Users", json=user(title="Engineer"))
    made = answer.json()
    assert answer.headers["Location"] == made["meta"]["location"] and made["id"] in made["meta"]["location"]
    assert answer.headers["ETag"] == made["meta"]["version"]
    assert made["meta"]["resourceType"] == "User" and made["meta"]["created"]
    assert requests.get(made["meta"]["location"], headers=provider.headers, timeout=35).json() == made


def test_whoever_has_not_seen_the_last_version_changes_nothing(provider: Provider) -> None:
    someone = provider.create(title="Engineer")
    address, first = f"/Users/{someone['id']}", someone["meta"]["version"]
    unchanged = provider.get(address, headers={"If-None-Match": first})
    assert (unchanged.status_code, unchanged.text, unchanged.headers["ETag"]) == (304, "", first)
    title = {"op": "replace", "path": "title", "value": "Countess"}
    second = provider.patch(address, json=patch(title), headers={"If-Match": first}).json()["meta"]["version"]
    assert second != first
    for tag in (first, f'"{uuid.uuid4()}"'):
        for answer in (
            provider.patch(address, json=patch(OFF), headers={"If-Match": tag}),
            provider.put(address, json=user(), headers={"If-Match": tag}),
            provider.delete(address, headers={"If-Match": tag}),
        ):
            refused(answer, 412)
    assert provider.get(address, headers={"If-None-Match": first}).json()["title"] == "Countess"
    # A change of nothing makes no new version, and each way to write a tag counts.
    for tag in (second, second.removeprefix("W/"), "*"):
        answer = provider.patch(address, json=patch(title), headers={"If-Match": tag})
        assert answer.json()["meta"]["version"] == second
    assert provider.delete(address, headers={"If-Match": second}).status_code == 204


def test_a_version_that_is_no_text_is_none_that_there_is(provider: Provider) -> None:
    made = provider.create()
    for verb in ("PATCH", "DELETE"):
        answer = provider.request(
            verb, f"/Users/{made['id']}", json=patch(OFF), headers={"If-Match": 'W/"é"'.encode("latin-1")}
        )
        refused(answer, 412)
    assert provider.read(made["id"]) == made


def test_of_many_who_change_one_version_one_does(provider: Provider) -> None:
    someone = provider.create(title="Engineer")

    def change(number: int) -> int:
        title = {"op": "replace", "path": "title", "value": f"Engineer {number}"}
        headers = {"If-Match": someone["meta"]["version"]}
        return provider.patch(f"/Users/{someone['id']}", json=patch(title), headers=headers).status_code

    with ThreadPoolExecutor(6) as pool:
        codes = sorted(pool.map(change, range(6)))
    assert codes == [200, 412, 412, 412, 412, 412]


def test_only_what_is_asked_for_is_answered(provider: Provider) -> None:
    someone = provider.create(title="Engineer", name={"givenName": "Ada", "familyName": "King"})
    address = f"/Users/{someone['id']}"
    only = provider.get(address, params={"attributes": "userName,name.givenName"}).json()
    assert set(only) == {"schemas", "id", "userName", "name"} and only["name"] == {"givenName": "Ada"}
    without = provider.get(address, params={"excludedAttributes": "title,meta"}).json()
    assert "title" not in without and "meta" not in without and without["name"]["familyName"] == "King"
    title = {"op": "replace", "path": "title", "value": "Countess"}
    answer = provider.patch(address, json=patch(title), params={"attributes": "title"}).json()
    assert set(answer) == {"schemas", "id", "title"}


def test_what_one_person_has_alone_nobody_else_gets(provider: Provider, directory: Directory) -> None:
    name = f"{uuid.uuid4()}@example.org"
    mail = [{"type": "work", "value": f"mail-{name}"}]
    first = provider.create(userName=name, externalId=f"X-{name}", emails=mail)
    for other in (
        user(userName=name.upper()),
        user(externalId=f"X-{name}"),
        user(emails=[{"type": "work", "value": f"MAIL-{name}"}]),
    ):
        refused(provider.post("/Users", json=other), 409, "uniqueness")
    # The provider's own id is compared with its case.
    other = provider.create(externalId=f"x-{name}")
    for path, value in (("userName", name), ("externalId", f"X-{name}")):
        change = {"op": "replace", "path": path, "value": value}
        refused(provider.patch(f"/Users/{other['id']}", json=patch(change)), 409, "uniqueness")
    # Whoever gives something up leaves it to others.
    provider.change(first["id"], {"op": "remove", "path": "externalId"})
    provider.change(other["id"], {"op": "replace", "path": "externalId", "value": f"X-{name}"})
    assert [it["id"] for it in provider.find(f'externalId eq "X-{name}"')] == [other["id"]]
    directory.update(first["id"], full_name="Ada")
    assert provider.read(first["id"])["userName"] == name


def test_of_many_who_make_the_same_person_one_does(provider: Provider) -> None:
    body = user(externalId=str(uuid.uuid4()))
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: provider.post("/Users", json=body), range(6)))
    codes = sorted(it.status_code for it in answers)
    assert codes == [201, 409, 409, 409, 409, 409], [it.text for it in answers]
    assert len(provider.find(f'userName eq "{body["userName"]}"')) == 1


# ---- Leaving and coming back. ----------------------------------------------------------------------------------------


def former(editor: requests.Session, id_: str) -> dict[str, Any] | None:
    """Someone among the former employees."""
    found = editor.get("/api/former-employees?limit=100").json()["former"]
    return next((it for it in found if it["employee"]["id"] == id_), None)


def test_whoever_is_made_inactive_leaves_for_ever_and_comes_back_with_all(
    provider: Provider, directory: Directory, editor: Api
) -> None:
    boss = provider.create(displayName="Bo")
    made = provider.create(
        displayName="Ada", title="Engineer", **{ENTERPRISE: {"manager": {"value": boss["id"]}, "costCenter": "7"}}
    )
    id_ = made["id"]
    photo = directory.put_photo(id_, encoded(landscape(), "PNG")).json()
    form = {name: photo[name] for name in ("full_name", "job_title", "location", "manager")}
    assert editor.put(f"/api/employees/{id_}", json=form | {"badges": ["camera"]}).status_code == 200
    directory.update(id_, salary="a stranger's")
    gone = provider.change(id_, OFF)
    assert gone["active"] is False and gone["title"] == "Engineer" and directory.row(id_) is None
    problem(editor.get(f"/api/employees/{id_}"), 404)
    kept = former(editor, id_)
    assert kept is not None and (kept["how"], kept["expires_at"]) == ("provider", None)
    assert kept["by"]["name"] == "The provider of the tests"
    assert provider.read(id_)["active"] is False
    refused(provider.post("/Users", json=user(userName=made["userName"].upper())), 409, "uniqueness")
    back = provider.change(id_, ON)
    assert back["active"] is True and back["meta"]["version"] != gone["meta"]["version"]
    row = directory.row(id_)
    assert row is not None and row["badges"] == ["camera"] and row["salary"] == "a stranger's"
    assert row["manager"] == boss["id"] and directory.photo(id_)
    assert former(editor, id_) is None


def test_whoever_is_deleted_is_kept_for_a_while_and_nobody_to_scim(provider: Provider, editor: Api) -> None:
    for inactive in (False, True):
        made = provider.create(active=not inactive)
        address = f"/Users/{made['id']}"
        assert provider.delete(address).status_code == 204
        refused(provider.get(address), 404)
        refused(provider.delete(address), 404)
        kept = former(editor, made["id"])
        assert kept is not None and kept["how"] == "deleted" and kept["expires_at"] is not None
        # Somebody else may be called so now, and then the one who left can't come back by that name.
        again = provider.create(userName=made["userName"])
        assert again["id"] != made["id"]
        detail = problem(editor.post(f"/api/employees/{made['id']}/restore"), 409)
        assert "user name" in str(detail)
        assert provider.delete(f"/Users/{again['id']}").status_code == 204
        assert editor.post(f"/api/employees/{made['id']}/restore").status_code == 200
        assert provider.read(made["id"])["active"] is True


def test_what_is_changed_of_someone_inactive_outlasts_what_the_stream_tells(
    provider: Provider, directory: Directory
) -> None:
    made = provider.create(title="Engineer", nickName="Addie")
    for title in ("Countess", "Analyst"):
        provider.change(made["id"], OFF)
        provider.change(
            made["id"],
            {"op": "replace", "path": "title", "value": title},
            {"op": "remove", "path": "nickName"},
        )
        back = provider.change(made["id"], ON)
        assert (back["title"], back.get("nickName")) == (title, None)
    # Another program's deletion is told apart from those.
    directory.delete_many([made["id"]])
    kept = wait_until(lambda: former(directory.api, made["id"]))
    assert (kept["how"], kept["employee"]["job_title"]) == ("elsewhere", "Analyst")
    refused(provider.get(f"/Users/{made['id']}"), 404)


def test_whom_an_editor_deletes_the_provider_may_make_anew(provider: Provider, editor: Api) -> None:
    made = provider.create()
    assert editor.delete(f"/api/employees/{made['id']}").status_code == 204
    refused(provider.get(f"/Users/{made['id']}"), 404)
    assert provider.find(f'userName eq "{made["userName"]}"') == []
    assert provider.create(userName=made["userName"])["id"] != made["id"]


# ---- Beside editors and other programs. ------------------------------------------------------------------------------


def test_a_provider_finds_and_takes_over_whoever_is_there_already(
    provider: Provider, directory: Directory, editor: Api
) -> None:
    mail = f"{uuid.uuid4()}@example.org"
    there = directory.add(full_name="Ada Lovelace", email=mail, phone="+49 30 901820", other_names=["Addie", "A. L."])
    (found,) = provider.find(f'userName eq "{mail.upper()}"')
    assert found["id"] == there["id"] and found["displayName"] == "Ada Lovelace" and "externalId" not in found
    assert found[OWN]["otherNames"] == "Addie\nA. L."
    refused(provider.post("/Users", json=user(userName=mail)), 409, "uniqueness")
    assert "provider_fields" not in directory.get(there["id"])
    provider.change(there["id"], {"op": "add", "value": {"externalId": mail, "title": "Countess"}})
    taken_over = directory.get(there["id"])
    assert taken_over["provider_fields"] == ["job_title"] and taken_over["job_title"] == "Countess"
    assert taken_over["location"] == "London" and taken_over["other_names"] == ["Addie", "A. L."]


def test_what_an_editor_changes_is_told_until_the_provider_says_otherwise(
    provider: Provider, directory: Directory, editor: Api
) -> None:
    made = provider.create(displayName="Ada", title="Engineer", phoneNumbers=[{"type": "work", "value": "0100"}])
    assert directory.get(made["id"])["provider_fields"] == ["full_name", "job_title"]
    form = employee(full_name="Ada King", job_title="Countess", location="Oslo", phone="+49 30 901820")
    assert editor.put(f"/api/employees/{made['id']}", json=form).status_code == 200
    told = provider.read(made["id"])
    assert (told["displayName"], told["title"]) == ("Ada King", "Countess")
    assert told["addresses"] == [{"type": "work", "locality": "Oslo"}]
    assert told["phoneNumbers"] == [{"type": "work", "value": "+4930901820"}]
    told = provider.change(made["id"], {"op": "replace", "path": "title", "value": "Analyst"})
    assert (told["displayName"], told["title"]) == ("Ada King", "Analyst")
    row = directory.row(made["id"])
    assert row is not None and (row["full_name"], row["job_title"], row["location"]) == ("Ada King", "Analyst", "Oslo")


def test_whatever_another_program_left_is_told_and_changed(provider: Provider, directory: Directory) -> None:
    odd = directory.write({"full_name": 7, "badges": "none", "scim": "{", "user_name": ["x"], "email": ""})
    told = provider.read(odd)
    assert (told["userName"], told["active"]) == (odd, True)
    provider.change(odd, {"op": "replace", "value": {"userName": f"odd-{odd}", "displayName": "Ada"}})
    assert provider.find(f'userName eq "ODD-{odd}"')[0]["displayName"] == "Ada"
    slashed = directory.write({"id": f"a/b {odd}", "full_name": "Slashed"})
    (found,) = [it for it in pages_by_cursor(provider, 1000) if it.get("displayName") == "Slashed"]
    assert provider.read(found["id"])["id"] == found["id"] != slashed
    assert provider.delete(f"/Users/{found['id']}").status_code == 204


# ---- Managers. -------------------------------------------------------------------------------------------------------


def manager_of(directory: Directory, id_: str) -> str | None:
    """Whom someone reports to, as their row says."""
    row = directory.row(id_)
    assert row is not None
    return row.get("manager")


@pytest.mark.parametrize("by", ["externalId", "userName"])
def test_a_manager_may_come_after_those_who_report_to_them(provider: Provider, directory: Directory, by: str) -> None:
    name = f"Boss-{uuid.uuid4()}"
    reports = [provider.create(**{ENTERPRISE: {"manager": {"value": name}}}) for _ in range(3)]
    assert reports[0][ENTERPRISE]["manager"] == {"value": name}
    boss = provider.create(**{by: name})
    for report in reports:
        wait_until(lambda id_=report["id"]: manager_of(directory, id_) == boss["id"])
        manager = provider.read(report["id"])[ENTERPRISE]["manager"]
        assert manager == {"value": boss["id"], "$ref": boss["meta"]["location"]}
        assert "manager" in directory.get(report["id"])["provider_fields"]


def test_a_manager_may_get_the_name_later_and_come_back(provider: Provider, directory: Directory) -> None:
    name = f"Boss-{uuid.uuid4()}"
    report = provider.create(**{ENTERPRISE: {"manager": name}})
    boss = provider.create(active=False)
    provider.change(boss["id"], {"op": "add", "path": "externalId", "value": name})
    assert manager_of(directory, report["id"]) is None
    provider.change(boss["id"], ON)
    wait_until(lambda: manager_of(directory, report["id"]) == boss["id"])
    late = provider.create(**{ENTERPRISE: {"manager": f"new-{name}"}})
    provider.change(boss["id"], {"op": "add", "path": "externalId", "value": f"new-{name}"})
    wait_until(lambda: manager_of(directory, late["id"]) == boss["id"])


def test_all_of_many_who_wait_get_their_manager(provider: Provider, directory: Directory) -> None:
    name = f"Boss-{uuid.uuid4()}"
    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda _: provider.create(**{MANAGER: name})["id"], range(240)))
    boss = provider.create(externalId=name)["id"]
    wait_until(lambda: {row.get("manager") for row in directory.rows(reports).values()} == {boss})


@pytest.mark.parametrize("by", ["externalId", "userName"])
def test_a_manager_who_is_deleted_and_made_anew_has_their_reports_again(
    provider: Provider, directory: Directory, by: str
) -> None:
    name = f"Boss-{uuid.uuid4()}"
    boss = provider.create(**{by: name})
    # As providers name a manager, and as an editor does.
    kept = provider.create(**{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    added = directory.add(manager=boss["id"])
    assert provider.delete(f"/Users/{boss['id']}").status_code == 204
    again = provider.create(**{by: name.upper() if by == "userName" else name})
    for report in (kept, added):
        wait_until(lambda id_=report["id"]: manager_of(directory, id_) == again["id"])
    assert provider.read(kept["id"])[ENTERPRISE]["manager"]["value"] == again["id"]
    assert "manager" in directory.get(kept["id"])["provider_fields"]


def test_whoever_got_another_manager_meanwhile_keeps_that_one(provider: Provider, directory: Directory) -> None:
    name, other = f"Boss-{uuid.uuid4()}", provider.create()
    boss = provider.create(userName=name)
    moved, left = (provider.create(**{ENTERPRISE: {"manager": {"value": boss["id"]}}}) for _ in range(2))
    assert provider.delete(f"/Users/{boss['id']}").status_code == 204
    provider.change(moved["id"], {"op": "add", "path": MANAGER, "value": other["id"]})
    again = provider.create(userName=name)
    wait_until(lambda: manager_of(directory, left["id"]) == again["id"])
    assert manager_of(directory, moved["id"]) == other["id"]


def test_whoever_is_added_by_hand_is_nobody_elses_successor(provider: Provider, directory: Directory) -> None:
    email = f"{uuid.uuid4()}@example.org"
    boss = provider.create(userName=email, emails=[{"type": "work", "value": email}])
    left = provider.create(**{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    waits = provider.create(**{ENTERPRISE: {"manager": f"b-{email}"}})
    assert provider.delete(f"/Users/{boss['id']}").status_code == 204
    # An address is given to someone else. Who waits for another is told of it only after them.
    directory.add(email=email)
    later = provider.create(externalId=f"b-{email}")
    wait_until(lambda: manager_of(directory, waits["id"]) == later["id"])
    assert manager_of(directory, left["id"]) == boss["id"]


def test_nobody_comes_to_be_above_themselves(provider: Provider, directory: Directory) -> None:
    ada, bob = provider.create(), provider.create()
    provider.change(bob["id"], {"op": "add", "path": MANAGER, "value": ada["id"]})
    provider.change(ada["id"], {"op": "add", "path": MANAGER, "value": bob["id"]})
    assert "manager" not in (directory.row(ada["id"]) or {})
    assert provider.read(ada["id"])[ENTERPRISE]["manager"] == {"value": bob["id"]}
    # What the provider meant comes about when the way is free.
    provider.change(bob["id"], {"op": "remove", "path": MANAGER})
    provider.change(ada["id"], {"op": "add", "path": "title", "value": "Countess"})
    assert (directory.row(ada["id"]) or {})["manager"] == bob["id"]


# ---- Lists. ----------------------------------------------------------------------------------------------------------


def pages_by_cursor(provider: Provider, count: int, **more: str) -> Iterator[dict[str, Any]]:
    """Everyone, by cursors."""
    cursor: str | None = ""
    while cursor is not None:
        answer = provider.get("/Users", params={"cursor": cursor, "count": str(count), **more})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["Resources"]) <= count and "startIndex" not in page
        yield from page["Resources"]
        cursor = page.get("nextCursor")


def pages_by_index(provider: Provider, count: int, **more: str) -> Iterator[dict[str, Any]]:
    """Everyone, by numbers."""
    start, total = 1, 1
    while start <= total:
        answer = provider.get("/Users", params={"startIndex": str(start), "count": str(count), **more})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["startIndex"] == start and page["itemsPerPage"] == len(page["Resources"]) <= count
        yield from page["Resources"]
        start, total = start + count, page["totalResults"]


def test_people_are_found_by_any_filter_and_in_any_order(provider: Provider) -> None:
    mark = uuid.uuid4().hex
    names = ["b", "A", "c"]
    made = {it: provider.create(nickName=mark, displayName=it, title=f"{it}{mark}")["id"] for it in names}
    provider.change(made["c"], OFF)
    mine = f'nickName eq "{mark.upper()}"'

    def found(filter_: str = "", **more: str) -> str:
        filter_ = f"{mine} and ({filter_})" if filter_ else mine
        return "".join(it["displayName"] for it in provider.find(filter_, **more))

    assert sorted(found()) == ["A", "b", "c"]
    assert found(sortBy="displayName") == "Abc"
    assert found(sortBy="displayName", sortOrder="descending") == "cbA"
    assert found(sortBy="displayName", startIndex="2", count="1") == "b"
    assert found("active eq false") == "c"
    assert found(f'title sw "B" or title eq "a{mark}"', sortBy="title") == "Ab"
    assert found('not (displayName ge "b")') == "A"
    assert found("emails pr") == "" and found("shoeSize pr") == ""
    body = {"filter": mine, "sortBy": "displayName", "attributes": ["displayName"], "count": 2}
    for address in ("/.search", "/Users/.search"):
        page = provider.post(address, json=body).json()
        assert page["schemas"] == [LIST] and (page["totalResults"], page["itemsPerPage"]) == (3, 2)
        assert [it["displayName"] for it in page["Resources"]] == ["A", "b"] and "title" not in page["Resources"][0]
    for count in (1, 2, 3, 5):
        for more in ({}, {"sortBy": "displayName"}, {"sortBy": "displayName", "sortOrder": "descending"}):
            for pages in (pages_by_cursor, pages_by_index):
                assert sorted(it["displayName"] for it in pages(provider, count, filter=mine, **more)) == [
                    "A",
                    "b",
                    "c",
                ]
    assert provider.get("/Users", params={"filter": mine, "count": "0"}).json()["totalResults"] == 3


def test_whoever_has_an_address_is_found_by_it(provider: Provider) -> None:
    mark = uuid.uuid4().hex
    work, home = f"w{mark}@example.org", f"h{mark}@example.org"
    emails = [{"type": "work", "value": work}, {"type": "home", "value": home}]
    made = provider.create(emails=emails, title=mark)
    other = provider.create(emails=[{"type": "home", "value": work}], title=f"other {mark}")
    name = made["userName"]
    for filter_ in (
        f'emails.value eq "{home}"',
        f'emails eq "{home.upper()}"',
        f'emails[type eq "home" and value eq "{home}"]',
        f'emails[type eq "home"].value eq "{home}"',
        f'emails[type eq "work"].value eq "{work}"',
        f'emails.value eq "{home}" and userName eq "{name}"',
        f'userName eq "{name}" and emails.value eq "{home}"',
        f'emails.value eq "{work}" and title eq "{mark}"',
        f'emails.value eq "{home}" or userName eq "nobody {mark}"',
    ):
        for more in ({}, {"sortBy": "title"}, {"cursor": ""}):
            assert [it["id"] for it in provider.find(filter_, **more)] == [made["id"]], filter_
    both = sorted([made["id"], other["id"]])
    assert sorted(it["id"] for it in provider.find(f'emails.value eq "{work}"')) == both
    assert [it["id"] for it in provider.find(f'emails[type eq "home"].value eq "{work}"')] == [other["id"]]
    assert [it["id"] for it in provider.find(f'emails eq "{work}" and title sw "other"')] == [other["id"]]
    for filter_ in (f'emails eq "{mark}"', f'emails[type eq "work"].value eq "{home}"'):
        assert provider.find(filter_) == []


def test_an_address_leads_to_whoever_has_it_whoever_wrote_it_and_whether_they_are_there(
    provider: Provider, directory: Directory
) -> None:
    address = f"{uuid.uuid4()}@example.org"
    written = directory.write({"full_name": "Of another program", "email": address.upper()})
    inactive = provider.create(emails=[{"type": "other", "value": address}])["id"]
    provider.change(inactive, OFF)

    def found() -> list[str]:
        return sorted(it["id"] for it in provider.find(f'emails.value eq "{address}"'))

    wait_until(lambda: found() == sorted([written, inactive]))
    provider.change(inactive, {"op": "remove", "path": "emails"})
    # Each process that answers has an index of its own, which may be a moment old.
    wait_until(lambda: found() == [written])


# What an answer of a function may have, and what people whose addresses are long come to.
FUNCTIONS = 6 * 1024 * 1024


def test_a_page_is_no_larger_than_a_function_answers(provider: Provider, directory: Directory) -> None:
    mark = uuid.uuid4().hex
    said = json.dumps({"nickName": mark, "addresses": [{"type": "home", "streetAddress": '"' * 22_000}]})
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: directory.write({"full_name": "Long", "scim": said}), range(150)))
    try:
        for more in ({"cursor": ""}, {"startIndex": "1"}, {"sortBy": "nickName"}, {"sortBy": "nickName", "cursor": ""}):
            found: list[str] = []
            asked: dict[str, str] | None = {"filter": f'nickName eq "{mark}"', "count": "1000"} | more
            while asked is not None:
                answer = provider.get("/Users", params=asked)
                assert answer.status_code == 200, answer.text
                # A function's answer is a text in JSON.
                assert len(json.dumps(answer.text)) < FUNCTIONS
                page = answer.json()
                assert page["itemsPerPage"] == len(page["Resources"]) > 0
                found += [it["id"] for it in page["Resources"]]
                if "cursor" in more:
                    asked = asked | {"cursor": page["nextCursor"]} if "nextCursor" in page else None
                else:
                    start = page["startIndex"] + page["itemsPerPage"]
                    asked = asked | {"startIndex": str(start)} if start <= page["totalResults"] else None
            assert sorted(found) == sorted(ids), more
        short = provider.get("/Users", params={"filter": f'nickName eq "{mark}"', "attributes": "userName"}).json()
        assert short["itemsPerPage"] == len(ids)
    finally:
        directory.delete_many(ids)


# So many that a list has many pages, and few enough that writing them takes seconds.
MANY = 10_000


@pytest.fixture(scope="module")
def many(directory: Directory) -> Iterator[set[str]]:
    """The ids of those who are there all the time."""
    ids = {str(uuid.uuid4()) for _ in range(MANY)}
    directory.write_many(ids)
    yield ids
    directory.delete_many(ids)


@pytest.mark.parametrize("pages", [pages_by_cursor, pages_by_index])
def test_of_many_none_is_lost_or_told_twice_while_others_come_and_go(
    provider: Provider, directory: Directory, many: set[str], pages: Callable[..., Iterator[dict[str, Any]]]
) -> None:
    coming = [str(uuid.uuid4()) for _ in range(400)]
    going = [str(uuid.uuid4()) for _ in range(400)]
    directory.write_many(going)
    leaving = [provider.create()["id"] for _ in range(10)]
    told: list[str] = []
    for number, one in enumerate(pages(provider, 500)):
        told.append(one["id"])
        if number % 500 == 250:
            directory.write_many([coming.pop() for _ in range(20)] if coming else [])
            directory.delete_many([going.pop() for _ in range(20)] if going else [])
            if leaving:
                provider.change(leaving.pop(), OFF)
    directory.delete_many(going)
    assert len(told) > MANY
    assert sorted(it for it in told if it in many) == sorted(many)


def test_someone_among_many_is_found_at_once(provider: Provider, many: set[str]) -> None:
    id_ = next(iter(many))
    (found,) = provider.find(f'userName eq "{id_}"')
    assert found["id"] == id_
    assert provider.find(f'displayName eq "No. {id_}"')[0]["id"] == id_
    page = provider.get("/Users", params={"startIndex": "9000", "count": "3"}).json()
    assert len(page["Resources"]) == 3 and page["totalResults"] > MANY


def test_an_address_that_is_none_is_refused_in_words_of_scim(provider: Provider) -> None:
    answer = provider.get("/Users/%ff")
    assert answer.headers["content-type"] == "application/scim+json"
    assert (answer.status_code, answer.json()["status"]) == (404, "404")
