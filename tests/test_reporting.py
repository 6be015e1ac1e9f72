"""Who reports to whom: the way up, those below, and that nobody comes to be above themselves."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.directory import Directory, employee
from tests.support.problems import faulty_fields
from tests.support.waiting import wait_until


def put_under(directory: Directory, someone: dict[str, Any], manager: dict[str, Any]) -> Any:
    """Gives someone a manager."""
    sent = employee(full_name=someone["full_name"], manager=manager["id"])
    return directory.api.put(f"/api/employees/{someone['id']}", json=sent)


def chain(directory: Directory, someone: dict[str, Any]) -> tuple[list[str], str]:
    """The names of those above someone, and how the way up ends."""
    answer = directory.api.get(f"/api/employees/{someone['id']}/chain").json()
    return [it["full_name"] for it in answer["chain"]], answer["end"]


def level(directory: Directory, path: str) -> list[dict[str, Any]]:
    """Everyone of a level, page by page."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        answer = directory.api.get(path, params={"limit": "2"} | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        found += answer.json()["reports"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


def line(directory: Directory, *names: str) -> list[dict[str, Any]]:
    """People of whom each reports to the one before."""
    people: list[dict[str, Any]] = []
    for name in names:
        people.append(directory.add(full_name=name, **({"manager": people[-1]["id"]} if people else {})))
    return people


def test_the_way_up_leads_to_the_top(directory: Directory) -> None:
    *_, last = line(directory, "Top", "Middle", "Below")
    assert chain(directory, last) == (["Middle", "Top"], "top")
    assert last["display"] == {"manager": "Middle"}


def test_everyone_below_is_counted_and_read_page_by_page(directory: Directory) -> None:
    top, first, deep = line(directory, "Ann", "Bea", "Cid")
    others = [directory.add(full_name=f"Dan {n}", manager=top["id"]) for n in range(3)]

    def below() -> list[tuple[str, int, int]]:
        reports = level(directory, f"/api/employees/{top['id']}/reports")
        return [(it["employee"]["id"], it["direct"], it["below"]) for it in reports]

    wait_until(lambda: below() == [(first["id"], 1, 1), *((it["id"], 0, 0) for it in others)])
    at_top = [it for it in level(directory, "/api/chart/top") if it["employee"]["id"] == top["id"]]
    assert [(it["direct"], it["below"]) for it in at_top] == [(4, 5)]
    assert deep["id"] not in [it["employee"]["id"] for it in level(directory, "/api/chart/top")]


def test_a_circle_is_refused_with_everyone_in_it_named(directory: Directory) -> None:
    top, _, last = line(directory, "Ada", "Bob", "Cy")
    refused = put_under(directory, top, last)
    assert faulty_fields(refused) == ["manager"]
    detail = refused.json()["errors"][0]["detail"]
    assert detail == "would close a circle: Ada reports to Cy, Cy reports to Bob, Bob reports to Ada"
    assert faulty_fields(put_under(directory, top, top)) == ["manager"]
    assert "manager" not in (directory.row(top["id"]) or {})


@pytest.mark.parametrize("attempt", range(4))
def test_changes_that_would_close_a_circle_together_never_both_succeed(directory: Directory, attempt: int) -> None:
    people = [directory.add(full_name=f"Round {attempt}, {n}") for n in range(3)]
    pairs = [(people[n], people[(n + 1) % 3]) for n in range(3)]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda pair: put_under(directory, *pair), pairs))
    assert {it.status_code for it in answers} <= {200, 409, 422}
    assert [it.status_code for it in answers].count(200) in {1, 2}
    assert all(chain(directory, it)[1] == "top" for it in people)


def test_whose_manager_left_is_seen_and_listed_to_be_mended(directory: Directory) -> None:
    top, below = line(directory, "Gone", "Left behind")
    assert directory.api.delete(f"/api/employees/{top['id']}").status_code == 204
    assert chain(directory, below) == ([], "missing")
    assert "display" not in directory.get(below["id"])

    def lost() -> list[str]:
        return [it["employee"]["id"] for it in level(directory, "/api/chart/lost")]

    wait_until(lambda: below["id"] in lost())
    changed = directory.api.put(f"/api/employees/{below['id']}", json=employee(manager=""))
    assert changed.status_code == 200
    wait_until(lambda: below["id"] not in lost())


def test_a_circle_that_another_program_wrote_is_told_and_can_be_mended(directory: Directory) -> None:
    one, two = (directory.add(full_name=name) for name in ("Uno", "Due"))
    directory.update(one["id"], manager=two["id"])
    directory.update(two["id"], manager=one["id"])
    assert chain(directory, one)[1] == "circle"
    wait_until(lambda: one["id"] in [it["employee"]["id"] for it in level(directory, "/api/chart/lost")])
    assert directory.api.put(f"/api/employees/{one['id']}", json=employee(manager="")).status_code == 200
    assert chain(directory, two) == ([employee()["full_name"]], "top")


@pytest.mark.parametrize("seed", range(3))
def test_whatever_managers_people_choose_at_the_same_time_nobody_comes_to_be_above_themselves(
    directory: Directory, seed: int
) -> None:
    chance = random.Random(seed)
    people = [directory.add(full_name=f"Seed {seed}, {n}") for n in range(6)]
    wishes = [tuple(chance.sample(people, 2)) for _ in range(36)]
    with ThreadPoolExecutor(6) as pool:
        answers = [it.status_code for it in pool.map(lambda wish: put_under(directory, *wish), wishes)]
    assert set(answers) <= {200, 409, 422}
    assert 200 in answers
    managers = {it["id"]: (directory.row(it["id"]) or {}).get("manager") for it in people}
    for start in managers:
        above, at = set(), managers[start]
        while at is not None:
            assert at not in above | {start}, managers
            above.add(at)
            at = managers[at]
