"""Employees in files: out to spreadsheets and address books, and in from them."""

import base64
import csv
import io
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import vobject

from tests.support.directory import Directory, employee
from tests.support.images import encoded, landscape
from tests.support.odd_ids import address
from tests.support.problems import faulty_fields, problem
from tests.support.waiting import wait_until

HEAD = "Full name;Location;Job title"


def take_in(directory: Directory, content: bytes | str, **query: str) -> requests.Response:
    """Takes in a file."""
    # As text an HTTP API would hand on nothing but UTF-8.
    kind, content = (
        ("text/csv", content.encode()) if isinstance(content, str) else ("application/octet-stream", content)
    )
    return directory.api.post("/api/employees/import", data=content, params=query, headers={"Content-Type": kind})


def rows(answer: requests.Response) -> list[dict[str, Any]]:
    """What came of each row."""
    assert answer.status_code == 200, answer.text
    return answer.json()["rows"]


def exported(directory: Directory, **query: str) -> bytes:
    """A file, all of its pages after each other."""
    answer = directory.api.get("/api/employees/export", params=query)
    content = answer.content
    while "next" in answer.links:
        answer = directory.api.get(answer.links["next"]["url"])
        content += answer.content
    assert answer.status_code == 200, answer.text
    return content


def is_indexed(directory: Directory, employee_id: str, name: str) -> bool:
    """Whether the search index knows someone by this name."""
    found = directory.api.get("/api/employees", params={"q": name, "limit": "200"}).json()
    return not found.get("limited") and employee_id in [it["id"] for it in found["employees"]]


# ---- In. -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_people_are_taken_in_from_what_a_spreadsheet_writes(directory: Directory, encoding: str) -> None:
    name = f"Zoë Müller {encoding}"
    (row,) = rows(take_in(directory, f"{HEAD}\r\n{name};Köln;Ärztin\r\n".encode(encoding)))
    assert (row["outcome"], row["line"], row["full_name"]) == ("added", 2, name)
    stored = directory.row(row["id"])
    assert stored == {"id": row["id"], "full_name": name, "location": "Köln", "job_title": "Ärztin"}


def test_a_dry_run_says_what_would_come_of_each_row_and_stores_nothing(directory: Directory) -> None:
    someone = directory.add(full_name="Dora Dry", location="Oslo", email="dora.dry@example.org")
    wait_until(lambda: is_indexed(directory, someone["id"], "dora.dry@example.org"))
    content = "\n".join(
        [
            "id,name,city,role,mail,shoe size",
            f"{someone['id']},Dora Dry,Oslo,Engineer,,43",
            ",Dora Dry,Bergen,Engineer,DORA.DRY@example.org,",
            ",New Person,Oslo,Engineer,,",
            ",No Place,,Engineer,,",
            ",New Person,Oslo,Engineer,,",
        ]
    )
    before = directory.scan()
    answer = take_in(directory, content, dry_run="true")
    assert [it["field"] for it in answer.json()["columns"]] == [
        "id", "full_name", "location", "job_title", "email", None,
    ]  # fmt: skip
    told = [(it["line"], it["outcome"], it["changed"], [e["field"] for e in it["errors"]]) for it in rows(answer)]
    assert told == [
        (2, "changed", ["email"], []),
        (3, "changed", ["location", "email"], []),
        (4, "added", [], []),
        (5, "refused", [], ["location"]),
        (6, "refused", [], ["full_name"]),
    ]
    assert directory.scan() == before


def test_a_row_that_is_refused_holds_up_no_other(directory: Directory) -> None:
    answer = rows(take_in(directory, f"{HEAD};E-mail\nOne Good;Oslo;A;\nOne Bad;Oslo;A;nobody\nTwo Good;Oslo;A;\n"))
    assert [it["outcome"] for it in answer] == ["added", "refused", "added"]
    assert [it["field"] for it in answer[1]["errors"]] == ["email"]


def test_whoever_is_there_by_name_and_place_is_changed_and_not_added(directory: Directory) -> None:
    someone = directory.add(full_name="Nadia Ñame", location="Place of hers", job_title="Before")
    wait_until(lambda: is_indexed(directory, someone["id"], "Nadia"))
    (row,) = rows(take_in(directory, f"{HEAD}\nnadia ñame;Place of hers;After\n"))
    assert (row["outcome"], row["id"]) == ("changed", someone["id"])
    assert (directory.row(someone["id"]) or {})["job_title"] == "After"


def test_a_file_that_is_taken_in_again_at_once_adds_nobody_twice(directory: Directory) -> None:
    content = f"{HEAD};E-mail\nTwice Taken;Oslo;A;\nMail Taken;Oslo;A;twice.taken@example.org\n"
    first = rows(take_in(directory, content))
    again = [row for _ in range(3) for row in rows(take_in(directory, content))]
    assert [it["outcome"] for it in first + again] == ["added"] * 2 + ["same"] * 6
    assert {it["id"] for it in again} == {it["id"] for it in first}


def test_a_manager_is_named_by_id_or_by_e_mail_address(directory: Directory) -> None:
    boss = directory.add(full_name="The Boss", email="the.boss@example.org")
    named = {"By Mail": "THE.boss@example.org", "By Id": boss["id"], "By None": "nobody@example.org"}
    lines = [f"{name};Oslo;A;{manager}" for name, manager in named.items()]
    answer = rows(take_in(directory, "\n".join([f"{HEAD};Manager", *lines])))
    assert [it["outcome"] for it in answer] == ["added", "added", "refused"]
    assert [(directory.row(it["id"]) or {})["manager"] for it in answer[:2]] == [boss["id"]] * 2
    assert [it["field"] for it in answer[2]["errors"]] == ["manager"]


def test_two_who_share_a_name_are_not_taken_for_one(directory: Directory) -> None:
    two = [directory.add(full_name="Twin Sister", location="Twinsville") for _ in range(2)]
    wait_until(lambda: all(is_indexed(directory, it["id"], "Twin") for it in two))
    (row,) = rows(take_in(directory, f"{HEAD}\nTwin Sister;Twinsville;Changed\n"))
    assert row["outcome"] == "refused"
    assert "2 people" in row["errors"][0]["detail"]


def test_however_many_have_a_name_each_is_found_by_the_place(directory: Directory) -> None:
    mark = f"Q{uuid.uuid4().hex[:8]}"
    people = {
        directory.write({"full_name": f"Zoë {mark}", "location": f"Köln {number}", "job_title": "A"}): number
        for number in range(110)
    }
    wait_until(lambda: all(is_indexed(directory, id_, f"{mark} Köln {number}") for id_, number in people.items()))
    lines = [f"ZOE {mark.upper()};koln {number};A" for number in people.values()]
    answer = rows(take_in(directory, "\n".join([HEAD, *lines])))
    assert [(it["outcome"], it["id"]) for it in answer] == [("changed", id_) for id_ in people]


def test_an_address_that_another_program_wrote_is_found_however_many_are_like_it(directory: Directory) -> None:
    mark = uuid.uuid4().hex[:8]
    people = [
        directory.write({"full_name": f"No. {number}", "location": "Oslo", "job_title": "A", "email": email})
        for number, email in enumerate(f"{mark}.{number}@example.org" for number in range(110))
    ]
    wait_until(lambda: is_indexed(directory, people[-1], f"{mark}.109@example.org"))
    lines = [f"No. {number};Oslo;A;{mark.upper()}.{number}@EXAMPLE.org" for number in range(len(people))]
    answer = rows(take_in(directory, "\n".join([f"{HEAD};E-mail", *lines])))
    assert [it["id"] for it in answer] == people and {it["outcome"] for it in answer} <= {"same", "changed"}


def test_columns_can_be_set_by_hand(directory: Directory) -> None:
    answer = take_in(directory, "A,B,C\nHand Made,Oslo,Engineer\n", columns="full_name,location,job_title")
    assert [it["outcome"] for it in rows(answer)] == ["added"]
    assert faulty_fields(take_in(directory, "A,B,C\n1,2,3\n")) == ["columns"]
    assert faulty_fields(take_in(directory, "A\n1\n", columns="salary")) == ["columns"]


def test_a_file_that_is_too_long_is_to_be_sent_in_pieces(directory: Directory) -> None:
    assert faulty_fields(take_in(directory, "name\n" + "x\n" * 501)) == ["file"]
    assert faulty_fields(take_in(directory, "")) == ["file"]


# ---- Out. ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def odd_people(directory: Directory) -> Iterator[list[str]]:
    """People whose texts are hard for a file. A name that is no text would fail whatever host a later test starts."""
    names = ['=HYPERLINK("x")', 'Comma, "Quote"', "'+49", "Zoë\u2028 語", "-2+3"]
    people = [directory.write({"full_name": name, "location": "Oddville", "job_title": "a\nb"}) for name in names]
    people.append(directory.write({"full_name": 7, "location": "Oddville", "badges": ["bug", "unicorn"], "phone": 3}))
    added = directory.add(full_name="Every Field", location="Oddville", other_names=["A;b", "C,d"], phone="+4930901820")
    people.append(added["id"])
    try:
        wait_until(lambda: all(is_indexed_there(directory, it) for it in people))
        yield people
    finally:
        directory.delete_many(people)


def is_indexed_there(directory: Directory, employee_id: str) -> bool:
    """Whether the search index knows someone in Oddville."""
    found = directory.api.get("/api/employees", params={"location": "Oddville", "limit": "200"}).json()
    return not found.get("limited") and employee_id in [it["id"] for it in found["employees"]]


def test_taking_in_what_went_out_changes_nothing(directory: Directory, odd_people: list[str]) -> None:
    people = odd_people
    before = directory.rows(people)
    content = exported(directory, format="csv", location="Oddville", limit="3")
    read = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert {it["id"] for it in read} >= set(people)
    assert not any(value.startswith(("=", "+", "-", "@")) for row in read for value in row.values())
    outcomes = [it for it in rows(take_in(directory, content)) if it["id"] in people]
    assert [it["outcome"] for it in outcomes] == ["same"] * len(people), outcomes
    assert directory.rows(people) == before


def test_a_file_begins_with_the_mark_by_which_excel_knows_umlauts(directory: Directory) -> None:
    directory.add()
    answer = directory.api.get("/api/employees/export", params={"format": "csv", "limit": "1"})
    assert answer.content.startswith(b"\xef\xbb\xbfid,Full name,")
    assert answer.headers["content-type"].lower() == "text/csv; charset=utf-8"
    assert 'filename="employees.csv"' in answer.headers["content-disposition"]
    assert faulty_fields(directory.api.get("/api/employees/export")) == ["format"]


def test_an_address_book_reads_the_cards(directory: Directory) -> None:
    details = {
        "full_name": "Vera, Card; \\x",
        "location": "Cardiff-on-Card",
        "job_title": "Zoë",
        "email": "v@example.org",
    }
    added = directory.add(**details, phone="+4930901820", links=["https://example.org/?a=1,2;3"], badges=["bug"])
    png = encoded(landscape(), "PNG")
    directory.put_photo(added["id"], png)

    def found() -> bytes:
        return exported(directory, format="vcard", location="Cardiff-on-Card")

    wait_until(lambda: b"PHOTO" in found())
    (card,) = vobject.readComponents(found().decode())
    assert card.version.value == "4.0"
    assert card.fn.value == details["full_name"]
    assert card.email.value == details["email"]
    assert card.title.value == "Zoë"
    assert card.tel.value == "tel:+4930901820"
    assert card.url.value == "https://example.org/?a=1,2;3"
    # This reader ends an address at its first comma, though it is as RFC 6350 has it.
    photo = found().replace(b"\r\n ", b"").partition(b"PHOTO:data:image/png;base64,")[2].partition(b"\r\n")[0]
    assert base64.b64decode(photo) == directory.photo(added["id"])


def test_one_employee_is_a_card_for_whoever_may_read(directory: Directory, api: Any) -> None:
    someone = directory.add(full_name="Carla Card", email="carla.card@example.org", badges=["bug"])
    directory.put_photo(someone["id"], encoded(landscape(), "PNG"))
    answer = api("reader").get(f"/api/employees/{someone['id']}/vcard")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/vcard; charset=utf-8")
    assert 'filename="employee.vcf"' in answer.headers["content-disposition"]
    (card,) = vobject.readComponents(answer.text)
    assert (card.fn.value, card.email.value) == ("Carla Card", "carla.card@example.org")
    assert card.photo.value.startswith("data:image/png")
    problem(directory.api.get("/api/employees/nobody-has-this/vcard"), 404)


@pytest.mark.parametrize("odd", ["a/b", "..", "emp7?old", "山田"])
def test_whoever_has_an_odd_id_has_a_card_too(directory: Directory, odd: str) -> None:
    id_ = directory.write({"id": f"card {odd}", "full_name": "Odd Card"})
    try:
        answer = directory.api.get(f"{address(id_)}/vcard")
        assert "FN:Odd Card" in answer.text, answer.text
    finally:
        directory.delete_many([id_])


def picked(directory: Directory, kind: str, ids: list[str], **more: Any) -> requests.Response:
    """A file of people by their ids."""
    return directory.api.post("/api/employees/export", json={"format": kind, "ids": ids} | more)


def test_people_are_picked_for_a_file_in_the_order_that_is_asked_for(directory: Directory, api: Any) -> None:
    people = [directory.add(full_name=f"Picked {letter}")["id"] for letter in "abc"]
    asked = [people[2], "nobody-has-this", people[0], people[2], ""]
    answer = api("reader").post("/api/employees/export", json={"format": "csv", "ids": asked})
    assert answer.headers["content-type"].lower() == "text/csv; charset=utf-8"
    read = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [it["id"] for it in read] == [people[2], people[0]]

    first, second = (
        picked(directory, "csv", [id_], goes_on=goes_on) for id_, goes_on in ((people[1], False), (people[0], True))
    )
    both = (first.content + second.content).decode("utf-8-sig")
    assert [it["Full name"] for it in csv.DictReader(io.StringIO(both, newline=""))] == ["Picked b", "Picked a"]

    cards = list(vobject.readComponents(picked(directory, "vcard", people[:2]).text))
    assert [it.fn.value for it in cards] == ["Picked a", "Picked b"]


def test_no_more_are_picked_at_once_than_an_answer_holds(directory: Directory) -> None:
    for kind, most in (("csv", 1_000), ("vcard", 50)):
        assert picked(directory, kind, ["nobody"] * most).status_code == 200
        assert faulty_fields(picked(directory, kind, ["nobody"] * (most + 1))) == ["ids"]
    assert picked(directory, "csv", ["x" * 2048] * 1_000).status_code == 200
    assert faulty_fields(picked(directory, "pdf", [])) == ["format"]


def test_only_editors_take_people_in(directory: Directory, api: Any) -> None:
    answer = api("reader").post("/api/employees/import", data=b"name\nx", headers={"Content-Type": "text/csv"})
    assert answer.status_code == 403
    assert employee()["full_name"] not in answer.text
