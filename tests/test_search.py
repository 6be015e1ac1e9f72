"""Finding people: what is found, in which order and how often, whoever wrote it, and whatever fails meanwhile."""

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local.cloud import LocalCloud
from tests.support.directory import Directory, employee
from tests.support.function import Function
from tests.support.host import Host
from tests.support.problems import problem
from tests.support.waiting import wait_until

# How long two programs write at the same time.
SECONDS_OF_EDITS = 60


def search(directory: Directory, **query: Any) -> dict[str, Any]:
    """A page of what is found."""
    answer = directory.api.get("/api/employees", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def settled(directory: Directory, count: int, **query: Any) -> None:
    """Waits until so many are found by whoever is asked: each process looks for changes once a second."""
    since = time.monotonic()

    def is_settled() -> bool:
        nonlocal since
        if search(directory, **query)["total"] != count:
            since = time.monotonic()
        return time.monotonic() - since > 2

    wait_until(is_settled)


def names(page: dict[str, Any]) -> list[str]:
    return [it["full_name"] for it in page["employees"]]


def everyone_found(directory: Directory, **query: Any) -> list[dict[str, Any]]:
    """All who are found, page by page."""
    found, page = [], search(directory, **query)
    while True:
        found += page["employees"]
        if page["next_cursor"] is None:
            return found
        page = search(directory, **query, cursor=page["next_cursor"])


@pytest.fixture(scope="module")
def crew(directory: Directory) -> Iterator[str]:
    """A few people at a place of their own, whom the index knows. Gives the place."""
    place = f"Port {uuid.uuid4().hex[:8]}"
    people = [
        ("Zoë Quillfeather", "Captain", ["coffee"]),
        ("Ada Quillfeather", "Captain", ["bug", "coffee"]),
        ("Ada Quillfeather", "Cook", []),
        ("Æsa O’Brannigan", "Navigator", ["bug"]),
        ("ジョン・カモメ", "Cook", []),
        ("鈴木花子", "Navigator", []),
        ("Katharina Øvergård", "Quartermaster", ["plane"]),
    ]
    ids = [
        directory.write({"full_name": name, "location": place, "job_title": title, "badges": badges})
        for name, title, badges in people
    ]
    settled(directory, len(people), location=place)
    yield place
    directory.delete_many(ids)


# ---- Finding. --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("quill", ["Ada Quillfeather", "Ada Quillfeather", "Zoë Quillfeather"]),
        ("zoe", ["Zoë Quillfeather"]),
        ("ZOË quillfeather", ["Zoë Quillfeather"]),
        ("ada cook", ["Ada Quillfeather"]),
        ("quilfeather ada", ["Ada Quillfeather", "Ada Quillfeather"]),
        ("uqillfeather zoë", ["Zoë Quillfeather"]),
        ("brannigan", ["Æsa O’Brannigan"]),
        ("o brannigan", ["Æsa O’Brannigan"]),
        ("obrannigan", ["Æsa O’Brannigan"]),
        ("aesa", ["Æsa O’Brannigan"]),
        ("カモメ", ["ジョン・カモメ"]),
        ("かもめ", ["ジョン・カモメ"]),
        ("花子", ["鈴木花子"]),
        ("overgard", ["Katharina Øvergård"]),
        ("katarina", ["Katharina Øvergård"]),
        ("coffee snob zoe", ["Zoë Quillfeather"]),
        ("nobody at all", []),
    ],
)
def test_people_are_found_by_words_in_any_order_and_script_and_with_a_slip(
    directory: Directory, crew: str, typed: str, expected: list[str]
) -> None:
    page = search(directory, q=typed, location=crew)
    assert (names(page), page["total"]) == (expected, len(expected))


def test_whole_words_come_before_beginnings_and_those_before_slips(directory: Directory) -> None:
    place = f"Port {uuid.uuid4().hex[:8]}"
    for name in ("Morgane X", "Morganas X", "Morgan X", "Norgan X"):
        directory.write({"full_name": name, "location": place})
    page = wait_until(lambda: (found := search(directory, q="morgan", location=place))["total"] == 4 and found)
    assert names(page) == ["Morgan X", "Morganas X", "Morgane X", "Norgan X"]


def test_without_a_query_everyone_is_listed_by_name_forwards_and_backwards(directory: Directory, crew: str) -> None:
    forwards = names(search(directory, location=crew))
    assert forwards[:5] == [
        "Ada Quillfeather",
        "Ada Quillfeather",
        "Æsa O’Brannigan",
        "Katharina Øvergård",
        "Zoë Quillfeather",
    ]
    assert names(search(directory, location=crew, sort="-name")) == forwards[::-1]


def test_each_kind_is_counted_without_what_was_chosen_of_it(directory: Directory, crew: str) -> None:
    page = search(directory, location=crew, job_title="Captain", badge="bug", facets="true")
    assert names(page) == ["Ada Quillfeather"]
    facets = {kind: {it["value"]: it["count"] for it in counts} for kind, counts in page["facets"].items()}
    assert facets["locations"] == {crew: 1}
    assert facets["job_titles"] == {"Captain": 1, "Navigator": 1}
    assert facets["badges"] == {"bug": 1, "coffee": 2}
    assert "facets" not in search(directory, location=crew)


def test_several_of_one_kind_widen_and_several_kinds_narrow(directory: Directory, crew: str) -> None:
    page = search(directory, location=[crew, "Atlantis"], job_title=["Cook", "Captain"], badge=["coffee", "plane"])
    assert names(page) == ["Ada Quillfeather", "Zoë Quillfeather"]


def test_where_nobody_matches_who_comes_close_is_told_and_how_they_are_spelled(directory: Directory, crew: str) -> None:
    page = search(directory, q="zeo quillfeather", location=crew)
    assert (page["employees"], page["total"], page["meant"]) == ([], 0, "zoe quillfeather")
    assert [it["full_name"] for it in page["close"]] == ["Zoë Quillfeather"]
    assert not {"meant", "close"} & search(directory, q="zoe", location=crew).keys()
    assert not {"meant", "close"} & search(directory, q="nobodyatall", location=crew).keys()


def test_one_slip_comes_before_two(directory: Directory) -> None:
    place = f"Port {uuid.uuid4().hex[:8]}"
    for name in ("Aatharina", "Katharina"):
        directory.write({"full_name": name, "location": place})
    settled(directory, 2, location=place)
    assert names(search(directory, q="katharnia", location=place)) == ["Katharina", "Aatharina"]


# ---- Pages. ----------------------------------------------------------------------------------------------------------


def test_whoever_was_there_from_the_first_page_to_the_last_is_seen_once(directory: Directory) -> None:
    place = f"Port {uuid.uuid4().hex[:8]}"
    stay = {directory.write({"full_name": f"Person {number:02}", "location": place}) for number in range(0, 40, 2)}
    settled(directory, len(stay), location=place)
    seen, cursor = [], None
    for number in range(1, 99, 2):
        page = search(directory, location=place, limit=3, **({"cursor": cursor} if cursor else {}))
        seen += [it["id"] for it in page["employees"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        # Some come, before and behind where the reader is.
        directory.write({"full_name": f"Person {number % 40:02}", "location": place})
        directory.write({"full_name": f"Person {(40 - number) % 40:02}", "location": place})
    assert Counter(it for it in seen if it in stay) == Counter(stay)


def one_letter_exchanged(cursor: str) -> str:
    return cursor[:10] + ("A" if cursor[10] != "A" else "B") + cursor[11:]


@pytest.mark.parametrize("spoil", [one_letter_exchanged, lambda it: it[4:], lambda it: it[:-4], lambda _: "x"])
def test_a_cursor_that_was_tampered_with_is_refused(
    directory: Directory, crew: str, spoil: Callable[[str], str]
) -> None:
    cursor = search(directory, location=crew, limit=2)["next_cursor"]
    query = {"location": crew, "limit": "2", "cursor": spoil(cursor)}
    told = problem(directory.api.get("/api/employees", params=query), 400)
    assert "cursor" in told["detail"]


def test_a_cursor_of_another_search_is_refused(directory: Directory, crew: str) -> None:
    cursor = search(directory, location=crew, limit=2)["next_cursor"]
    for other in ({"location": crew, "q": "ada"}, {"location": crew, "sort": "-name"}, {}):
        told = problem(directory.api.get("/api/employees", params=other | {"cursor": cursor}), 400)
        assert "cursor" in told["detail"]


# ---- Fresh, whoever writes. ------------------------------------------------------------------------------------------


def test_what_another_program_writes_changes_and_deletes_is_found_and_found_no_more(directory: Directory) -> None:
    place = f"Port {uuid.uuid4().hex[:8]}"

    def found() -> list[str]:
        return names(search(directory, location=place))

    written = directory.write({"full_name": "Grace Hopper", "location": place})
    wait_until(lambda: found() == ["Grace Hopper"])
    directory.write({"id": written, "full_name": "Grace Brewster Hopper", "location": place})
    wait_until(lambda: search(directory, q="brewster", location=place)["total"] == 1)
    directory.delete_many([written])
    wait_until(lambda: search(directory, location=place)["total"] == 0)


def test_what_is_shown_is_what_the_table_has_now(directory: Directory, crew: str) -> None:
    # Before the index can know of it, and after: never what was.
    someone = directory.add(full_name="Imogen Old", location=crew)
    wait_until(lambda: search(directory, q="imogen", location=crew)["total"] == 1)
    changed = directory.api.put(
        f"/api/employees/{someone['id']}", json=employee(full_name="Imogen New", location=crew)
    ).json()
    assert search(directory, q="imogen", location=crew)["employees"] in ([changed], [])
    directory.api.delete(f"/api/employees/{someone['id']}")
    assert search(directory, q="imogen", location=crew)["employees"] == []


def test_the_original_app_rollcall_and_a_projector_that_is_killed_end_in_the_same_people(
    directory: Directory, function: Function
) -> None:
    place, stopped = f"Port {uuid.uuid4().hex[:8]}", threading.Event()
    rng = random.Random(7)
    ids = [str(uuid.uuid4()) for _ in range(30)]

    def people() -> dict[str, str]:
        return {it: row["full_name"] for it, row in directory.scan().items() if row.get("location") == place}

    def the_original_app() -> None:
        mine = random.Random(8)
        while not stopped.is_set():
            known = sorted(people()) or ids[:1]
            match mine.randrange(4):
                case 0:
                    directory.write(
                        {"id": mine.choice(ids[:20]), "full_name": f"Flask {mine.random()}", "location": place}
                    )
                case 1:
                    directory.delete_many([mine.choice(known)])
                case _:
                    # Makes the row anew where someone has deleted it meanwhile.
                    directory.update(mine.choice(known), full_name=f"Flask {mine.random()}", location=place)

    writer = threading.Thread(target=the_original_app)
    writer.start()
    ended = time.monotonic() + SECONDS_OF_EDITS
    while time.monotonic() < ended:
        address = f"/api/employees/{rng.choice(ids)}"
        match rng.randrange(5):
            case 0:
                directory.api.delete(address)
            case 1:
                function.kill(function.processes())
            case _:
                directory.api.put(address, json=employee(full_name=f"Rollcall {rng.random()}", location=place))
    stopped.set()
    writer.join()

    def same() -> bool:
        found = {it["id"]: it["full_name"] for it in everyone_found(directory, location=place)}
        return found == people() and search(directory, location=place)["total"] == len(found)

    wait_until(same)


ODD_ROWS = [
    {"full_name": None},
    {"full_name": 7, "badges": "bug", "job_title": ["Cook"]},
    {"full_name": b"\x00\xff", "badges": {"bug", "nobody knows this one"}},
    {"full_name": "x" * 300_000, "job_title": {"nested": {"deep": ["y" * 10_000]}}},
    {"id": "/", "full_name": "\u0000 \u202e"},
    {"id": "z" * 2048},
]


@pytest.mark.parametrize("odd", ODD_ROWS, ids=range(len(ODD_ROWS)))
def test_whatever_a_row_holds_it_holds_up_nobody_behind_it(directory: Directory, odd: dict[str, Any]) -> None:
    place = f"Port {uuid.uuid4().hex[:8]}"
    written = directory.write(odd | {"location": place})
    directory.write({"full_name": "Grace Hopper", "location": place})
    # In one answer: another process of the function may know of them a moment later.
    wait_until(lambda: (found := search(directory, location=place))["total"] == 2 and "Grace Hopper" in names(found))
    directory.delete_many([written])
    wait_until(lambda: names(search(directory, location=place)) == ["Grace Hopper"])


def test_a_change_that_can_not_be_read_fails_so_that_lambda_keeps_it(function: Function) -> None:
    record = {"eventSource": "aws:dynamodb", "dynamodb": {"Keys": {"id": {"N": "7"}}}}
    function.fail({"Records": [record]})


# ---- The index itself. -----------------------------------------------------------------------------------------------


def test_the_index_is_made_anew_of_the_whole_table(directory: Directory, function: Function) -> None:
    kept = function.make_index()
    assert kept["people"] > 0 and kept["bytes"] > 0
    assert "left_behind" not in kept
    assert function.make_index("keep_index")["people"] > 0


def test_operators_see_how_the_index_is(api: Callable[..., requests.Session], crew: str) -> None:
    state = api("operator").get("/api/search-index").json()
    assert state["people"] > 0 and state["bytes"] > 0
    assert state["made_at"] >= state["rebuilt_at"] and state["changed_at"]
    problem(api("editor").get("/api/search-index"), 403)
    problem(api().get("/api/search-index"), 401)


@pytest.fixture
def without_index(cloud: LocalCloud, tmp_path: Path) -> Iterator[Host]:
    """A process that serves the directory and finds no index."""
    for document in ("index.html", "operations.html", "records.html"):
        (tmp_path / document).write_text("<!doctype html><title>Rollcall</title>")
    own = {"SITE_DIR": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    host = Host(tmp_path, cloud.function_environment() | {"SEARCH_INDEX_TABLE": "no-such-table"}, **own)
    try:
        wait_until(host.is_listening)
        yield host
    finally:
        host.stop()


def test_without_an_index_people_are_listed_and_found_all_the_same_and_it_is_said(
    without_index: Host, directory: Directory, crew: str
) -> None:
    found, cursor = [], None
    while True:
        query = {"q": "quillfeather", "location": crew} | ({"cursor": cursor} if cursor else {})
        answer = requests.get(f"{without_index.url}/api/employees", params=query, timeout=30)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["total"] is None and "search index" in page["limited"]
        found += names(page)
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(found) == ["Ada Quillfeather", "Ada Quillfeather", "Zoë Quillfeather"]


def test_a_page_behind_a_search_can_not_be_had_without_an_index_and_says_so(
    without_index: Host, directory: Directory, crew: str
) -> None:
    cursor = search(directory, location=crew, limit=2)["next_cursor"]
    query = {"location": crew, "cursor": cursor}
    problem(requests.get(f"{without_index.url}/api/employees", params=query, timeout=30), 503)
