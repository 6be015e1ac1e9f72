"""The directory's API: what it takes, what it refuses, and what it stores."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from infra.local.cloud import LocalCloud
from infra.local.people import PEOPLE
from tests.support.directory import Directory, Row, employee
from tests.support.odd_ids import ODD_IDS, PLAIN_IDS, address, everyone, typed
from tests.support.problems import faulty_fields, problem
from tests.support.raw import Door
from tests.support.waiting import wait_until

Api = Callable[..., requests.Session]

BADGES = [
    ("apple", "Mac User"),
    ("windows", "Windows User"),
    ("linux", "Linux User"),
    ("video-camera", "Digital Content Star"),
    ("trophy", "Employee of the Month"),
    ("camera", "Photographer"),
    ("plane", "Frequent Flier"),
    ("paperclip", "Paperclip Afficionado"),
    ("coffee", "Coffee Snob"),
    ("gamepad", "Gamer"),
    ("bug", "Bugfixer"),
    ("umbrella", "Seattle Fan"),
]

# What the original app writes for someone without badges and photo.
FLASK_ROW = {"full_name": "Grace Hopper", "location": "Arlington", "job_title": "Rear Admiral"}


# ---- One employee. ---------------------------------------------------------------------------------------------------


def test_an_added_employee_is_where_location_says(directory: Directory) -> None:
    sent = {"full_name": "Ada", "location": "London", "job_title": "Countess", "badges": ["bug", "coffee"]}
    added = directory.api.post("/api/employees", json=sent)
    assert added.status_code == 201
    assert added.headers["content-type"] == "application/json"
    assert added.headers["location"] == f"/api/employees/{added.json()['id']}"
    found = directory.api.get(added.headers["location"])
    assert found.json() == added.json()
    assert {**found.json(), "badges": sorted(found.json()["badges"])} == {
        "id": str(uuid.UUID(added.json()["id"])),
        **sent,
        "photo_url": None,
    }


def test_a_change_replaces_every_detail(directory: Directory) -> None:
    added = directory.add(full_name="Ada Byron", badges=["bug"])
    details = {"full_name": "Ada Lovelace", "location": "Paris", "job_title": "Analyst", "badges": ["camera", "plane"]}
    changed = directory.api.put(f"/api/employees/{added['id']}", json=details)
    assert changed.status_code == 200
    assert changed.json() == added | details
    assert directory.get(added["id"]) == changed.json()


def test_a_removed_employee_is_gone(directory: Directory) -> None:
    address = f"/api/employees/{directory.add()['id']}"
    removed = directory.api.delete(address)
    assert (removed.status_code, removed.content) == (204, b"")
    problem(directory.api.get(address), 404)
    problem(directory.api.put(address, json=employee()), 404)
    # As before: the answer to the first may have been lost.
    assert directory.api.delete(address).status_code == 204


def test_a_change_of_nobody_makes_nobody(directory: Directory) -> None:
    nobody = str(uuid.uuid4())
    problem(directory.api.put(f"/api/employees/{nobody}", json=employee()), 404)
    assert directory.row(nobody) is None


def test_space_around_a_detail_is_trimmed(directory: Directory) -> None:
    added = directory.add(full_name="  Ada \u00a0Lovelace\u3000 ", location="\tLondon\n", job_title=" Engineer ")
    assert (added["full_name"], added["location"], added["job_title"]) == ("Ada \u00a0Lovelace", "London", "Engineer")


@pytest.mark.parametrize(
    "name",
    [
        "x",
        "x" * 200,
        "語" * 200,
        "👩🏽‍💻",
        "דנה לוי",
        "عمر الخيّام",
        "Nguyễn Thị Minh",
        "علی\u200cرضا",
        "क्\u200dषमा",
        "ජෝන් ශ්\u200dරී",
        "葛\U000e0100城 さくら",
        "ဇော်လွှို့",
        "❤\ufe0f 7\ufe0f\u20e3 🇳🇴",
        pytest.param("👨\u200d👩\u200d👧\u200d👦" * 200, id="two-hundred-families"),
        "a <b> & \"c\" 'd' \\ %41 {e} ;--",
    ],
)
def test_a_name_may_be_of_any_script(directory: Directory, name: str) -> None:
    added = directory.add(full_name=name)
    assert added["full_name"] == name
    assert directory.get(added["id"])["full_name"] == name


def test_text_is_stored_composed(directory: Directory) -> None:
    added = directory.add(full_name="Zoe\u0308", location="Malmo\u0308", job_title="Cafe\u0301-Chefin")
    assert (added["full_name"], added["location"], added["job_title"]) == ("Zo\u00eb", "Malm\u00f6", "Caf\u00e9-Chefin")
    assert (directory.row(added["id"]) or {})["full_name"] == "Zo\u00eb"


def test_a_badge_is_worn_once_and_in_the_order_of_the_badges(directory: Directory) -> None:
    assert directory.add(badges=["umbrella", "apple", "umbrella"])["badges"] == ["apple", "umbrella"]


def test_every_badge_can_be_worn(directory: Directory) -> None:
    ids = [badge for badge, _ in BADGES]
    assert directory.add(badges=ids)["badges"] == ids


def test_every_badge_is_listed(api: Api) -> None:
    listed = api().get("/api/badges").json()
    assert listed == {"badges": [{"id": badge, "label": label} for badge, label in BADGES]}


def test_the_function_says_its_version_and_that_it_is_one(api: Api) -> None:
    info = api().get("/api/info").json()
    assert info["version"].count(".") == 2
    assert info["runs_on"] == "lambda"


# ---- Any id has an address. ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["distribution", "HTTP API"])
def door(request: pytest.FixtureRequest, cloud: LocalCloud) -> Door:
    """The two ways to the function, as an editor goes them."""
    token = cloud.token(next(person for person in PEOPLE if person.name == "editor"))
    if request.param == "distribution":
        return Door(cloud.url, token)
    api = cloud.outputs["service"]["HttpApiId"]
    return Door(f"{cloud.endpoints.ministack}/_aws/execute-api/{api}/$default", token)


@pytest.fixture
def odd(directory: Directory) -> Iterator[dict[str, Row]]:
    """Employees with odd ids, and those they could be taken for."""
    with everyone(directory) as rows:
        yield rows


def test_whatever_id_an_employee_has_they_are_at_their_address(
    door: Door, directory: Directory, odd: dict[str, Row]
) -> None:
    for it in ODD_IDS + PLAIN_IDS:
        assert door.ask("GET", address(it)).json()["id"] == it
    changed, removed = ODD_IDS[::2], ODD_IDS[1::2]
    for it in changed:
        body = json.dumps(employee(full_name=f"Changed {it.encode().hex()}")).encode()
        answer = door.ask("PUT", address(it), b"content-type: application/json", body=body)
        assert (answer.status_code, answer.json()["id"]) == (200, it)
    for it in removed:
        assert door.ask("DELETE", address(it)).status_code == 204
    left = directory.rows(odd)
    assert set(left) == set(odd) - set(removed)
    assert {it: left[it] for it in PLAIN_IDS} == {it: odd[it] for it in PLAIN_IDS}
    assert {it: left[it]["full_name"] for it in changed} == {it: f"Changed {it.encode().hex()}" for it in changed}


def test_an_address_that_someone_typed_leads_to_that_employee_or_to_nobody(
    door: Door, directory: Directory, odd: dict[str, Row]
) -> None:
    for it in ODD_IDS:
        read = door.ask("GET", typed(it))
        # What stands there in place of an id takes other methods, or a query.
        assert read.status_code in {404, 405, 422} or read.json()["id"] == it, it
        removed = door.ask("DELETE", typed(it))
        left = directory.rows(odd)
        if removed.status_code == 204:
            assert left == {other: row for other, row in odd.items() if other != it}, it
            directory.write(odd[it])
        else:
            assert removed.status_code in (400, 404, 405) and left == odd, it


@pytest.mark.parametrize(
    "target",
    [
        "emp7%ff",
        "emp7%c3%28",
        "emp7%",
        "emp7%zz",
        "emp7%2",
        "emp7?",
        "emp7/",
        "~emp7",
        "~ZW1wNw",
        "%7EZW1wNw",
    ],
)
def test_an_address_that_is_almost_an_employees_leads_to_nobody_else(
    door: Door, directory: Directory, odd: dict[str, Row], target: str
) -> None:
    removed = door.ask("DELETE", f"/api/employees/{target}")
    if target == "emp7?":
        # An empty query is no part of the address.
        assert removed.status_code == 204
        assert directory.rows(odd) == {other: row for other, row in odd.items() if other != "emp7"}
    else:
        assert removed.status_code in (400, 404)
        assert directory.rows(odd) == odd


def test_an_added_employee_is_at_the_address_that_location_says(door: Door, directory: Directory) -> None:
    added = door.ask("POST", "/api/employees", b"content-type: application/json", body=json.dumps(employee()).encode())
    assert added.headers["location"] == address(added.json()["id"])


# ---- Any byte is answered. -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        b'q="a"',
        b"q=<b>",
        b"q=a%20b",
        b"q=%",
        b"q=%zz",
        b"q=%ff",
        b"q=a|b",
        b"q=^`{}[]\\",
        b"#",
        b"?",
        b"&&==",
        b"q=a%00b",
    ],
)
def test_any_query_is_answered(door: Door, query: bytes) -> None:
    assert door.ask("GET", b"/api/employees?limit=1&" + query).status_code in (200, 422)


@pytest.mark.parametrize(
    "header",
    [
        "x-odd: é".encode(),
        b"x-forwarded-proto: no scheme",
        b"x-forwarded-host: a b",
        b"cookie: a=\xff; b",
        b"accept: " + b"a" * 6_000,
        b"content-type: " + b"\xc3\xa9",
    ],
)
def test_any_header_is_answered(door: Door, header: bytes) -> None:
    assert door.ask("GET", "/api/employees?limit=1", header).status_code == 200


# ---- Input that is refused. ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("details", "fields"),
    [
        ({"full_name": ""}, ["full_name"]),
        ({"full_name": " \t\u3000"}, ["full_name"]),
        ({"full_name": "x" * 201}, ["full_name"]),
        ({"full_name": "語" * 201}, ["full_name"]),
        ({"full_name": "Ada\nLovelace"}, ["full_name"]),
        ({"full_name": "Ada\0"}, ["full_name"]),
        ({"full_name": None}, ["full_name"]),
        ({"full_name": 7}, ["full_name"]),
        ({"location": ""}, ["location"]),
        ({"location": "x" * 201}, ["location"]),
        ({"job_title": ""}, ["job_title"]),
        ({"job_title": ["Engineer"]}, ["job_title"]),
        ({"badges": ["bug", "unicorn"]}, ["badges[1]"]),
        ({"badges": ["unicorn", "bug", "Bug"]}, ["badges[0]", "badges[2]"]),
        ({"badges": ["bug", 3]}, ["badges[1]"]),
        ({"badges": "bug"}, ["badges"]),
        ({"nickname": "Ada"}, ["nickname"]),
        ({"id": "7"}, ["id"]),
        ({"full_name": "", "location": "", "badges": ["unicorn"]}, ["full_name", "location", "badges[0]"]),
    ],
)
def test_a_detail_that_is_not_valid_is_named_and_nothing_stored(
    directory: Directory, details: dict[str, Any], fields: list[str]
) -> None:
    someone = directory.add()
    row, ids = directory.row(someone["id"]), directory.ids()
    assert faulty_fields(directory.api.post("/api/employees", json=employee(**details))) == fields
    assert faulty_fields(directory.api.put(f"/api/employees/{someone['id']}", json=employee(**details))) == fields
    assert directory.row(someone["id"]) == row
    assert directory.ids() == ids


@pytest.mark.parametrize("field", ["full_name", "location", "job_title"])
@pytest.mark.parametrize(
    ("text", "character", "place"),
    [
        ("\u200b", "U+200B", 1),
        ("\u3164", "U+3164", 1),
        ("\u2800\u2800", "U+2800", 1),
        ("\u115f\u1160", "U+115F", 1),
        ("\u0301", "U+0301", 1),
        ("\ufe0f", "U+FE0F", 1),
        ("\U000e0041", "U+E0041", 1),
        ("Ada\u202ebyroN", "U+202E", 4),
        ("Ada \u2066Byron", "U+2066", 5),
        ("Ada\u0085Byron", "U+0085", 4),
        ("Ada\u2028Byron", "U+2028", 4),
        ("Zo\ufffd", "U+FFFD", 3),
        ("Ada\ue000", "U+E000", 4),
        ("Ada\uffff", "U+FFFF", 4),
        ("A\u200dda", "U+200D", 1),
        ("👩🏽\u200d💻 A\u00adda", "U+00AD", 4),
    ],
)
def test_text_that_people_cannot_read_is_refused_by_naming_the_character(
    directory: Directory, field: str, text: str, character: str, place: int
) -> None:
    refused = directory.api.post("/api/employees", json=employee(**{field: text}))
    assert faulty_fields(refused) == [field]
    assert f"{character} at character {place}" in refused.json()["errors"][0]["detail"]


@pytest.mark.parametrize("marks", [20, 10_000])
def test_marks_piled_up_on_one_letter_are_refused(directory: Directory, marks: int) -> None:
    refused = directory.api.post("/api/employees", json=employee(full_name="Z" + "\u0335" * marks))
    assert faulty_fields(refused) == ["full_name"]


def test_a_detail_left_out_is_named(directory: Directory) -> None:
    assert faulty_fields(directory.api.post("/api/employees", json={})) == ["full_name", "job_title", "location"]


@pytest.mark.parametrize("body", [b"", b"{", b"[}", b'{"full_name": "Ada"', b"\xff\xfe", b"{} {}", b"name=Ada"])
def test_a_body_that_is_no_json_is_refused(directory: Directory, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    problem(directory.api.post("/api/employees", data=body, headers=headers), 400)


@pytest.mark.parametrize(
    "body",
    [
        b'["A", "Oslo", "Eng", ["bug"]]',
        b"[]",
        b'[["full_name", "A"]]',
        b"null",
        b'"A"',
    ],
)
def test_a_body_that_is_no_object_is_refused(directory: Directory, body: bytes) -> None:
    someone, headers = directory.add(), {"Content-Type": "application/json"}
    ids = directory.ids()
    for send, path in ((directory.api.post, ""), (directory.api.put, f"/{someone['id']}")):
        refused = send(f"/api/employees{path}", data=body, headers=headers)
        assert faulty_fields(refused) == ["body"]
        assert "must be an object" in refused.json()["detail"]
    assert (directory.ids(), directory.get(someone["id"])) == (ids, someone)


def test_a_key_that_stands_twice_is_refused(directory: Directory) -> None:
    body = b'{"full_name": "Ada", "location": "London", "job_title": "Engineer", "full_name": "Eve"}'
    refused = directory.api.post("/api/employees", data=body, headers={"Content-Type": "application/json"})
    assert faulty_fields(refused) == ["full_name"]


def test_a_byte_order_mark_before_a_body_does_no_harm(directory: Directory) -> None:
    body = "\ufeff" + json.dumps(employee(full_name="Zoë"))
    added = directory.api.post("/api/employees", data=body.encode(), headers={"Content-Type": "application/json"})
    assert (added.status_code, added.json()["full_name"]) == (201, "Zoë")


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_a_body_that_does_not_say_it_is_json_is_refused(directory: Directory, content_type: str | None) -> None:
    body = b'{"full_name": "Ada", "location": "London", "job_title": "Engineer"}'
    problem(directory.api.post("/api/employees", data=body, headers={"Content-Type": content_type}), 415)


def test_a_body_far_larger_than_any_form_is_refused(directory: Directory) -> None:
    problem(directory.api.post("/api/employees", json=employee(full_name="x" * 100_000)), 413)


@pytest.mark.parametrize("path", ["/api/", "/api/employee", "/api/employees/a/b", "/api/v1/employees"])
def test_an_address_that_does_not_exist_is_a_problem(directory: Directory, path: str) -> None:
    problem(directory.api.get(path), 404)


def test_a_method_an_address_does_not_take_is_told_those_it_takes(directory: Directory) -> None:
    refused = directory.api.patch("/api/employees", json={})
    problem(refused, 405)
    assert set(refused.headers["allow"].split(",")) == {"GET", "HEAD", "POST"}


def test_every_answer_has_a_request_id_of_its_own(api: Api) -> None:
    ids = [api().get(path).headers["x-request-id"] for path in ("/api/info", "/api/info", "/api/nothing")]
    assert len(set(ids)) == 3


def test_no_answer_of_the_api_is_kept_by_a_cache(directory: Directory) -> None:
    assert directory.api.get("/api/employees").headers["cache-control"] == "no-store"


# ---- The list. -------------------------------------------------------------------------------------------------------


@pytest.fixture
def a_crowd(directory: Directory) -> Iterator[set[str]]:
    """230 employees more than there were."""
    ids = {str(uuid.uuid4()) for _ in range(230)}
    directory.write_many(ids)
    wait_until(lambda: directory.ids() == {it["id"] for page in directory.pages(limit=200) for it in page})
    yield ids
    directory.delete_many(ids)


def test_paging_reaches_every_employee_once(directory: Directory, a_crowd: set[str]) -> None:
    pages = list(directory.pages(limit=100))
    listed = [employee["id"] for page in pages for employee in page]
    assert all(len(page) <= 100 for page in pages)
    assert len(listed) == len(set(listed))
    assert set(listed) == directory.ids() > a_crowd


def test_a_page_holds_fifty_unless_told_otherwise(directory: Directory, a_crowd: set[str]) -> None:
    page = directory.api.get("/api/employees").json()
    assert len(page["employees"]) == 50
    assert page["next_cursor"]
    assert len(directory.api.get("/api/employees", params={"limit": "200"}).json()["employees"]) == 200


def test_someone_just_added_is_listed(directory: Directory) -> None:
    added = directory.add()
    wait_until(lambda: added in [employee for page in directory.pages(limit=200) for employee in page])


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("limit=0", ["limit"]),
        ("limit=201", ["limit"]),
        ("limit=-1", ["limit"]),
        ("limit=ten", ["limit"]),
        ("limit=", ["limit"]),
        ("sort=age", ["sort"]),
        ("limit=0&facets=1&colour=red", ["colour", "facets", "limit"]),
    ],
)
def test_a_page_that_cannot_be_is_refused_by_naming_why(directory: Directory, query: str, fields: list[str]) -> None:
    assert faulty_fields(directory.api.get(f"/api/employees?{query}")) == fields


@pytest.mark.parametrize("cursor", ["nonsense", "%00"])
def test_what_is_no_cursor_is_a_bad_request(directory: Directory, cursor: str) -> None:
    problem(directory.api.get(f"/api/employees?cursor={cursor}"), 400)


def test_an_empty_cursor_is_the_first_page(directory: Directory) -> None:
    directory.add()
    first, same = (directory.api.get(f"/api/employees?limit=1{cursor}").json() for cursor in ("", "&cursor="))
    assert first["employees"] == same["employees"] != []


# ---- The data contract with the original app. ------------------------------------------------------------------------


def test_a_row_has_the_attributes_of_the_contract_and_no_other(directory: Directory) -> None:
    added = directory.add(full_name="Ada", location="London", job_title="Engineer", badges=["coffee", "bug"])
    assert directory.row(added["id"]) == {
        "id": added["id"],
        "full_name": "Ada",
        "location": "London",
        "job_title": "Engineer",
        "badges": ["coffee", "bug"],
    }


def test_the_attribute_badges_is_absent_when_there_are_none(directory: Directory) -> None:
    added = directory.add(badges=[])
    assert set(directory.row(added["id"]) or {}) == {"id", "full_name", "location", "job_title"}


def test_taking_the_last_badge_away_takes_the_attribute_away(directory: Directory) -> None:
    added = directory.add(badges=["bug"])
    directory.api.put(f"/api/employees/{added['id']}", json=employee(badges=[]))
    assert "badges" not in (directory.row(added["id"]) or {})


def test_a_change_keeps_what_it_does_not_know(directory: Directory) -> None:
    unknown = {"desk": "4.021", "keys": ["front", "lab"], "badge_number": 7, "empty": ""}
    added = directory.write(FLASK_ROW | unknown | {"object_key": "employee_pic/0123456789abcdef.png"})
    changed = directory.api.put(f"/api/employees/{added}", json=employee(full_name="Grace Murray Hopper"))
    assert changed.status_code == 200
    assert directory.row(added) == {
        "id": added,
        "full_name": "Grace Murray Hopper",
        "location": "London",
        "job_title": "Engineer",
        "object_key": "employee_pic/0123456789abcdef.png",
        **unknown,
    }


@pytest.mark.parametrize(
    ("stored", "sent", "expected"),
    [
        # Shown as they are sent: nothing of what is stored is touched.
        (["unicorn", "bug", 3, None], ["bug"], ["unicorn", "bug", 3, None]),
        (["bug", "apple", "bug"], ["apple", "bug"], ["bug", "apple", "bug"]),
        ({"coffee", "unicorn"}, ["coffee"], {"coffee", "unicorn"}),
        ([], [], []),
        ("bug", ["bug"], "bug"),
        ("unicorn", [], "unicorn"),
        (7, [], 7),
        (None, [], None),
        (True, [], True),
        ({"bug": True}, [], {"bug": True}),
        ({1, 2}, [], {1, 2}),
        # Shown otherwise: what is not understood stays, where there is room for it.
        (["unicorn", "bug", 3, {"id": "bug"}], ["coffee"], ["coffee", "unicorn", 3, {"id": "bug"}]),
        (["unicorn", "bug"], [], ["unicorn"]),
        ({"coffee", "unicorn"}, ["bug"], ["bug", "unicorn"]),
        ("bug", ["coffee"], ["coffee"]),
        ("unicorn", ["bug"], ["bug", "unicorn"]),
        (None, ["bug"], ["bug"]),
    ],
)
def test_a_change_keeps_what_is_not_understood_of_badges(
    directory: Directory, stored: Any, sent: list[str], expected: Any
) -> None:
    written = directory.write(FLASK_ROW | {"badges": stored, "desk": {"floor": 4}})
    changed = directory.api.put(f"/api/employees/{written}", json=employee(badges=sent))
    assert (changed.status_code, changed.json()["badges"]) == (200, sent)
    row = {"id": written, **employee(), "badges": expected, "desk": {"floor": 4}}
    assert directory.row(written) == row


@pytest.mark.parametrize("value", [None, 7, True, ["Ada"], {"first": "Ada"}, {"Ada"}, b"Ada", "", "A\u200bda"])
@pytest.mark.parametrize("name", ["full_name", "location", "job_title"])
def test_a_change_mends_what_is_no_text(directory: Directory, name: str, value: Any) -> None:
    written = directory.write(FLASK_ROW | {name: value})
    changed = directory.api.put(f"/api/employees/{written}", json=employee())
    assert (changed.status_code, changed.json()[name]) == (200, employee()[name])
    assert (directory.row(written) or {})[name] == employee()[name]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (FLASK_ROW, {}),
        (FLASK_ROW | {"badges": ["coffee", "bug"]}, {"badges": ["coffee", "bug"]}),
        (FLASK_ROW | {"badges": []}, {}),
        (FLASK_ROW | {"badges": {"coffee", "bug"}}, {"badges": ["coffee", "bug"]}),
        (
            FLASK_ROW | {"badges": ["unicorn", "bug", 3, None]},
            {"badges": ["bug"], "not_understood": [{"field": "badges", "text": "unicorn, 3, null"}]},
        ),
        (FLASK_ROW | {"badges": "bug"}, {"badges": ["bug"]}),
        (
            FLASK_ROW | {"object_key": "employee_pic/0123456789abcdef.png"},
            {"photo_url": "/photos/0123456789abcdef.png"},
        ),
        (FLASK_ROW | {"object_key": ""}, {}),
        (FLASK_ROW | {"object_key": "elsewhere/picture.gif"}, {}),
        (FLASK_ROW | {"full_name": "", "location": ""}, {"full_name": "", "location": ""}),
        (FLASK_ROW | {"full_name": "x" * 500}, {"full_name": "x" * 500}),
        (
            FLASK_ROW | {"job_title": 7, "desk": {"floor": 4}},
            {"job_title": "", "not_understood": [{"field": "job_title", "text": "7"}]},
        ),
        ({}, {"full_name": "", "location": "", "job_title": ""}),
    ],
)
def test_a_row_of_another_program_is_listed_with_what_can_be_understood(
    directory: Directory, row: dict[str, Any], expected: dict[str, Any]
) -> None:
    written = directory.write(row)
    found = directory.get(written)
    assert found == {"id": written, **FLASK_ROW, "badges": [], "photo_url": None} | expected
    wait_until(lambda: found in [employee for page in directory.pages(limit=200) for employee in page])


@pytest.mark.parametrize("key", ["7", "Zoë Ω", "a.b", "a&b=c", "50%"])
def test_a_row_whose_id_is_no_uuid_can_be_reached(directory: Directory, key: str) -> None:
    written = directory.write(FLASK_ROW | {"id": f"{key} {uuid.uuid4()}"})
    address = f"/api/employees/{requests.utils.quote(written, safe='')}"
    assert directory.api.get(address).json()["id"] == written
    assert directory.api.put(address, json=employee()).status_code == 200
    assert directory.api.delete(address).status_code == 204
    assert directory.row(written) is None
