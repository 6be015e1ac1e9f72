"""What is known about an employee besides the original app's four: how it is stored, refused, found and mended."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.directory import Directory, employee
from tests.support.problems import faulty_fields
from tests.support.waiting import wait_until

# What is known of someone. Their e-mail address is theirs alone: a test that stores it twice needs another one.
SENT = {
    "other_names": ["Augusta", "オーガスタ"],
    "pronouns": "she/her",
    "department": "Analytical Engines",
    "email": "Ada@Example.org",
    "phone": "+49 (0)30 901820",
    "start_date": "1833-06-05",
    "time_zone": "europe/london",
    "links": ["https://example.org/ada"],
}
STORED = SENT | {"phone": "+4930901820", "time_zone": "Europe/London"}
FLASK_ROW = {"full_name": "Grace Hopper", "location": "Arlington", "job_title": "Rear Admiral"}


def test_what_is_sent_is_stored_in_one_form_and_shown_as_people_write_it(directory: Directory) -> None:
    added = directory.add(**SENT)
    stored = {name: value for name, value in employee().items() if name != "badges"} | STORED
    assert directory.row(added["id"]) == {"id": added["id"], **stored}
    assert added["display"] == {"phone": "+49 30 901820"}
    assert directory.get(added["id"]) == added


def test_a_field_with_nothing_in_it_is_nowhere(directory: Directory) -> None:
    added = directory.add(**SENT | {"email": "emptied@example.org"})
    emptied = directory.api.put(f"/api/employees/{added['id']}", json=employee(email="", phone=None, links=[]))
    assert emptied.status_code == 200
    assert set(emptied.json()) == {"id", "full_name", "location", "job_title", "badges", "photo_url"}
    assert not set(SENT) & set(directory.row(added["id"]) or {})


@pytest.mark.parametrize(
    ("details", "fields"),
    [
        ({"email": "ada"}, ["email"]),
        ({"phone": "030 901820"}, ["phone"]),
        ({"start_date": "5 June 1833"}, ["start_date"]),
        ({"time_zone": "London"}, ["time_zone"]),
        ({"links": ["https://example.org", "javascript:alert(1)"]}, ["links[1]"]),
        ({"links": [f"https://example.org/{n}" for n in range(11)]}, ["links"]),
        ({"other_names": ["Ada\u202e"]}, ["other_names[0]"]),
        ({"pronouns": ["she"]}, ["pronouns"]),
        ({"manager": "nobody-has-this-id"}, ["manager"]),
        ({"discard": ["salary"]}, ["discard[0]"]),
    ],
)
def test_what_is_none_of_its_kind_is_named_and_nothing_stored(
    directory: Directory, details: dict[str, Any], fields: list[str]
) -> None:
    someone = directory.add()
    row = directory.row(someone["id"])
    assert faulty_fields(directory.api.post("/api/employees", json=employee(**details))) == fields
    assert faulty_fields(directory.api.put(f"/api/employees/{someone['id']}", json=employee(**details))) == fields
    assert directory.row(someone["id"]) == row


@pytest.mark.parametrize("name", ["Zuse", "オーガ", "analytical", "found.by@example.org"])
def test_people_are_found_by_what_else_they_are_called(directory: Directory, name: str) -> None:
    details = SENT | {"other_names": ["Konrad Zuse", "オーガスタ"], "full_name": "Somebody Else"}
    added = directory.add(**details | {"email": "found.by@example.org"})

    def found() -> bool:
        answer = directory.api.get("/api/employees", params={"q": name, "limit": "200"})
        return added["id"] in [it["id"] for it in answer.json()["employees"]]

    wait_until(found)
    directory.delete_many([added["id"]])


def test_what_another_program_left_is_shown_kept_and_holds_up_no_other_change(directory: Directory) -> None:
    left = {"full_name": "", "phone": 7, "email": "ask at the desk", "links": ["https://example.org/", True]}
    written = directory.write(FLASK_ROW | left)
    found = directory.get(written)
    assert found["not_understood"] == [{"field": "phone", "text": "7"}, {"field": "links", "text": "true"}]
    sent = {"full_name": "", "location": "Arlington", "job_title": "Commodore", "badges": []}
    sent |= {"email": "ask at the desk", "links": ["https://example.org/"]}
    changed = directory.api.put(f"/api/employees/{written}", json=sent)
    assert changed.status_code == 200, changed.text
    assert directory.row(written) == {"id": written, **FLASK_ROW, **left, "job_title": "Commodore"}


def test_what_another_program_left_goes_when_someone_says_so(directory: Directory) -> None:
    written = directory.write(FLASK_ROW | {"phone": 7, "links": [True], "badges": ["bug", "unicorn"], "desk": "4.021"})
    sent = {**FLASK_ROW, "badges": ["bug"], "discard": ["phone", "links", "badges"]}
    assert "not_understood" not in directory.api.put(f"/api/employees/{written}", json=sent).json()
    assert directory.row(written) == {"id": written, **FLASK_ROW, "badges": ["bug"], "desk": "4.021"}


def test_an_e_mail_address_belongs_to_one_person_without_case(directory: Directory) -> None:
    ada = directory.add(full_name="Ada First", email="One.Person@example.org")
    taken = directory.api.post("/api/employees", json=employee(email="one.person@EXAMPLE.org"))
    assert faulty_fields(taken) == ["email"]
    assert "Ada First" in taken.json()["errors"][0]["detail"]
    bob = directory.add(full_name="Bob Second", email="two.person@example.org")
    assert faulty_fields(
        directory.api.put(f"/api/employees/{bob['id']}", json=employee(email="one.person@example.org"))
    )
    # Whoever writes their own address otherwise keeps it; one that was given up is free again.
    own = directory.api.put(f"/api/employees/{ada['id']}", json=employee(email="ONE.person@example.org"))
    assert own.json()["email"] == "ONE.person@example.org"
    assert directory.api.put(f"/api/employees/{ada['id']}", json=employee()).status_code == 200
    assert directory.api.put(f"/api/employees/{bob['id']}", json=employee(email="one.person@example.org")).ok


def test_an_address_of_whom_another_program_deleted_is_free(directory: Directory) -> None:
    gone = directory.add(email="left.behind@example.org")
    directory.delete_many([gone["id"]])
    assert directory.add(email="Left.Behind@example.org")["email"] == "Left.Behind@example.org"


def test_of_those_who_want_an_address_at_the_same_time_one_gets_it(directory: Directory) -> None:
    def add(number: int) -> int:
        wanted = employee(full_name=f"Wants {number}", email="wanted.by.all@example.org")
        return directory.api.post("/api/employees", json=wanted).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(add, range(4)))
    assert answers[0] == 201
    assert set(answers[1:]) <= {409, 422}
    rows = [it for it in directory.scan().values() if it.get("email") == "wanted.by.all@example.org"]
    assert len(rows) == 1
