"""Who may be there twice: they are listed, told apart for good, or merged into one, which can be taken back."""

import random
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import requests

from tests.support.directory import Directory, Row, employee
from tests.support.images import encoded, landscape
from tests.support.problems import faulty_fields, problem
from tests.support.waiting import wait_until

NAMES = "name_and_place"


def groups(directory: Directory, same: str, limit: int = 50) -> list[set[str]]:
    """The ids of each group, page by page."""
    found: list[set[str]] = []
    query = {"same": same, "limit": str(limit)}
    while True:
        answer = directory.api.get("/api/duplicates", params=query)
        assert answer.status_code == 200, answer.text
        found += [{it["id"] for it in group["employees"]} for group in answer.json()["groups"]]
        if answer.json()["next_cursor"] is None:
            return found
        query["cursor"] = answer.json()["next_cursor"]


def alike(directory: Directory, same: str, ids: set[str]) -> list[set[str]]:
    """The groups that anyone of these is in."""
    return [group for group in groups(directory, same) if group & ids]


def tell_apart(directory: Directory, *ids: str, different: bool = True) -> None:
    sent = {"ids": ids, "different": different}
    answer = directory.api.put("/api/duplicates/different", json=sent)
    assert answer.status_code == 204, answer.text


def merge(directory: Directory, kept: str, other: str, **choice: list[str]) -> requests.Response:
    return directory.api.post(f"/api/employees/{kept}/merge", json={"other": other, **choice})


def merged(directory: Directory, kept: str, other: str, **choice: list[str]) -> dict[str, Any]:
    answer = merge(directory, kept, other, **choice)
    assert answer.status_code == 200, answer.text
    return answer.json()


def restore(directory: Directory, id_: str) -> requests.Response:
    return directory.api.post(f"/api/employees/{id_}/restore")


def a_name() -> str:
    return f"Zoë {uuid.uuid4().hex[:8]}"


def an_email() -> str:
    return f"{uuid.uuid4().hex[:12]}@example.org"


def two(directory: Directory, **details: Any) -> tuple[str, str]:
    """Two people of one name and place; the details are the second one's."""
    name = a_name()
    first, second = directory.add(full_name=name), directory.add(full_name=name, **details)
    return first["id"], second["id"]


def without(row: Row | None, *names: str) -> Row:
    return {name: value for name, value in (row or {}).items() if name not in names}


# ---- Listing, and telling apart. -------------------------------------------------------------------------------------


def test_people_of_one_name_and_place_are_listed_however_these_are_written(directory: Directory) -> None:
    name = a_name()
    first = directory.add(full_name=name, location="Köln")["id"]
    second = directory.write({"full_name": f" {name.upper()} ", "location": "KOLN", "job_title": ""})
    elsewhere = directory.add(full_name=name, location="Bonn")["id"]
    wait_until(lambda: alike(directory, NAMES, {first}) == [{first, second}])
    assert alike(directory, NAMES, {elsewhere}) == []


def test_people_with_one_email_are_listed_whom_another_program_gave_it(directory: Directory) -> None:
    email = an_email()
    first = directory.add(full_name=a_name(), email=email)["id"]
    second = directory.write({"full_name": a_name(), "location": "Oslo", "job_title": "", "email": email.upper()})
    wait_until(lambda: alike(directory, "email", {first}) == [{first, second}])


def test_who_was_told_apart_is_listed_no_more_for_good_until_that_is_taken_back(directory: Directory) -> None:
    first, second = two(directory)
    name = directory.get(first)["full_name"]
    wait_until(lambda: alike(directory, NAMES, {first}) == [{first, second}])
    tell_apart(directory, first, second)
    assert alike(directory, NAMES, {first}) == []
    # Both move: they share another place, and are two people all the same.
    for id_ in (first, second):
        directory.api.put(f"/api/employees/{id_}", json=employee(full_name=name, location="Elsewhere"))
    third = directory.add(full_name=name, location="Elsewhere")["id"]
    wait_until(lambda: alike(directory, NAMES, {first}) == [{first, second, third}])
    tell_apart(directory, first, third)
    assert alike(directory, NAMES, {first, second, third}) == [{second, third}]
    tell_apart(directory, first, second, third, different=False)
    assert alike(directory, NAMES, {first}) == [{first, second, third}]


def test_every_group_is_read_once_in_pages(directory: Directory) -> None:
    pairs = [set(two(directory)) for _ in range(5)]
    everyone = set().union(*pairs)
    wait_until(lambda: len(alike(directory, NAMES, everyone)) == len(pairs))
    read = [group for group in groups(directory, NAMES, limit=2) if group & everyone]
    assert sorted(map(sorted, read)) == sorted(map(sorted, pairs))


def test_what_is_asked_wrongly_is_told(directory: Directory) -> None:
    ask = directory.api.get
    assert faulty_fields(ask("/api/duplicates")) == ["same"]
    assert faulty_fields(ask("/api/duplicates", params={"same": "shoes", "limit": "0"})) == ["same", "limit"]
    problem(ask("/api/duplicates", params={"same": NAMES, "cursor": "x"}), 400)
    tell = directory.api.put
    one = directory.add()["id"]
    for ids in ([], [one], [one, one], [str(n) for n in range(11)], [one, ""]):
        sent = {"ids": ids, "different": True}
        assert faulty_fields(tell("/api/duplicates/different", json=sent)) == ["ids"], ids


# ---- Merging, and taking it back. ------------------------------------------------------------------------------------


def test_a_merge_takes_what_was_chosen_and_keeps_the_rest(directory: Directory) -> None:
    first, second = two(directory, department="Sums", phone="+49 30 901820", badges=["coffee", "bug"], links=[])
    directory.update(second, salary=Decimal("1.50"), desk="3")
    directory.update(first, salary=Decimal(7), badges=["bug", "unicorn"])
    now = merged(directory, first, second, take=["phone"], join=["badges"])
    assert (now["id"], now["phone"], now["badges"]) == (first, "+4930901820", ["coffee", "bug"])
    assert "department" not in now
    row = directory.row(first)
    assert row is not None and (row["salary"], row["desk"]) == (Decimal(7), "3")
    assert row["badges"] == ["bug", "unicorn", "coffee"]
    assert directory.row(second) is None
    kept = directory.api.get("/api/former-employees").json()["former"]
    assert next(it for it in kept if it["employee"]["id"] == second)["merged_into"] == first
    # The reply may have been lost.
    assert merged(directory, first, second, take=["phone"])["phone"] == "+4930901820"


def test_a_merge_that_is_taken_back_leaves_both_as_they_were(directory: Directory) -> None:
    boss = directory.add(full_name=a_name())["id"]
    first, second = two(directory, email=an_email(), manager=boss, phone="+49 30 901820", badges=["coffee"])
    directory.update(second, keys={"front", "back"})
    reports = [directory.add(full_name=a_name(), manager=second)["id"] for _ in range(3)]
    for id_, picture in ((first, landscape((150, 300))), (second, landscape())):
        assert directory.put_photo(id_, encoded(picture, "PNG")).status_code == 200
    before = directory.rows([first, second, *reports])
    photos = {id_: directory.photo(id_) for id_ in (first, second)}
    level = f"/api/employees/{second}/reports"
    wait_until(lambda: directory.api.get(level).json()["total"] == len(reports))

    now = merged(directory, first, second, take=["email", "manager", "phone", "photo"], join=["badges"])
    assert {it["manager"] for it in directory.rows(reports).values()} == {first}
    assert (now["email"], now["manager"]) == (before[second]["email"], boss)
    assert directory.photo(first) == photos[second]

    answer = restore(directory, second)
    assert answer.status_code == 200, answer.text
    after = directory.rows([first, second, *reports])
    assert {id_: without(row, "object_key") for id_, row in after.items()} == {
        id_: without(row, "object_key") for id_, row in before.items()
    }
    assert {id_: directory.photo(id_) for id_ in (first, second)} == photos
    # The address is the second one's again, and nobody else's.
    taken = employee(full_name=a_name(), email=before[second]["email"])
    assert faulty_fields(directory.api.post("/api/employees", json=taken)) == ["email"]


def test_what_was_changed_since_a_merge_stays_when_it_is_taken_back(directory: Directory) -> None:
    first, second = two(directory, phone="+49 30 901820", department="Sums")
    merged(directory, first, second, take=["phone", "department"])
    changed = employee(full_name=directory.get(first)["full_name"], phone="+49 30 901820", department="Rows")
    assert directory.api.put(f"/api/employees/{first}", json=changed).status_code == 200
    assert restore(directory, second).status_code == 200
    now = directory.get(first)
    assert now["department"] == "Rows" and "phone" not in now
    assert directory.get(second)["department"] == "Sums"


def test_a_merge_into_someone_who_is_gone_meanwhile_is_taken_back_without_them(directory: Directory) -> None:
    first, second = two(directory, phone="+49 30 901820")
    merged(directory, first, second, take=["phone"])
    assert directory.api.delete(f"/api/employees/{first}").status_code == 204
    assert restore(directory, second).status_code == 200
    assert directory.row(first) is None and directory.get(second)["phone"] == "+4930901820"


def test_the_older_id_is_kept_where_it_is_known_which_that_is(directory: Directory) -> None:
    first, second = two(directory)
    assert faulty_fields(merge(directory, second, first)) == ["other"]
    another = directory.write({"full_name": "Ada", "location": "London", "job_title": ""})
    assert merged(directory, second, another)["id"] == second


def test_who_got_their_manager_just_before_a_merge_follows_like_the_others(directory: Directory) -> None:
    first, second = two(directory)
    late = [directory.add(full_name=a_name(), manager=second)["id"] for _ in range(3)]
    merged(directory, first, second)
    wait_until(lambda: [directory.get(it)["manager"] for it in late] == [first] * 3)
    assert restore(directory, second).status_code == 200
    assert [directory.get(it)["manager"] for it in late] == [second] * 3


def test_nobody_comes_to_be_above_themselves_by_a_merge(directory: Directory) -> None:
    name = a_name()
    first = directory.add(full_name=name)["id"]
    second = directory.add(full_name=name)["id"]
    middle = directory.add(full_name=a_name(), manager=second)["id"]
    sent = employee(full_name=name, manager=middle)
    assert directory.api.put(f"/api/employees/{first}", json=sent).status_code == 200
    wait_until(lambda: directory.api.get(f"/api/employees/{second}/reports").json()["total"] == 1)
    assert faulty_fields(merge(directory, first, second)) == ["manager"]
    # With the other one's manager, who is nobody, there is no circle.
    assert "manager" not in merged(directory, first, second, take=["manager"])
    wait_until(lambda: directory.get(middle)["manager"] == first)


def test_who_comes_back_closes_no_circle_and_takes_no_email_of_someone_else(directory: Directory) -> None:
    boss = directory.add(full_name=a_name())
    email = an_email()
    someone = directory.add(full_name=a_name(), manager=boss["id"], email=email)["id"]
    report = directory.add(full_name=a_name(), manager=someone)["id"]
    assert directory.api.delete(f"/api/employees/{someone}").status_code == 204
    sent = employee(full_name=boss["full_name"], manager=report)
    assert directory.api.put(f"/api/employees/{boss['id']}", json=sent).status_code == 200
    assert "can't come back" in problem(restore(directory, someone), 409)["detail"]
    sent = employee(full_name=boss["full_name"], email=email)
    assert directory.api.put(f"/api/employees/{boss['id']}", json=sent).status_code == 200
    assert email in problem(restore(directory, someone), 409)["detail"]
    sent = employee(full_name=boss["full_name"])
    assert directory.api.put(f"/api/employees/{boss['id']}", json=sent).status_code == 200
    assert restore(directory, someone).status_code == 200
    assert directory.get(someone)["manager"] == boss["id"]


def test_what_can_not_be_merged_is_told_and_nothing_changes(directory: Directory) -> None:
    first, second = two(directory)
    nameless = directory.write({"full_name": "", "location": "London", "job_title": ""})
    before = directory.rows([first, second, nameless])
    for sent, field in [
        ({}, "other"),
        ({"other": first}, "other"),
        ({"other": str(uuid.uuid4())}, "other"),
        ({"other": second, "take": ["salary"]}, "take"),
        ({"other": second, "join": ["phone"]}, "join"),
        ({"other": nameless, "take": ["full_name"]}, "full_name"),
    ]:
        answer = directory.api.post(f"/api/employees/{first}/merge", json=sent)
        assert faulty_fields(answer) == [field], sent
    problem(merge(directory, str(uuid.uuid4()), second), 404)
    assert directory.rows([first, second, nameless]) == before


def test_of_two_merges_at_once_each_ends_whole(directory: Directory) -> None:
    name = a_name()
    ids = [directory.add(full_name=name, phone=f"+49 30 90182{n}")["id"] for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda other: merge(directory, ids[0], other, take=["phone"]), ids[1:]))
    left = directory.rows(ids)
    gone = {it["employee"]["id"] for it in directory.api.get("/api/former-employees").json()["former"]}
    assert set(left) | (gone & set(ids)) == set(ids) and not set(left) & gone


def test_merges_deletions_and_their_undoing_in_any_order_lose_nothing(directory: Directory) -> None:
    draw = random.Random(20)
    for _ in range(6):
        name = a_name()
        ids = [directory.add(full_name=name, department=f"D{n}", email=an_email())["id"] for n in range(3)]
        before = directory.rows(ids)
        undone: list[str] = []
        for _ in range(draw.randrange(1, 4)):
            here = [id_ for id_ in ids if id_ not in undone]
            if len(here) > 1 and draw.random() < 0.7:
                kept, other = here[0], here[-1]
                merged(directory, kept, other, take=draw.sample(["department", "email", "manager"], 2))
            else:
                other = here[-1]
                assert directory.api.delete(f"/api/employees/{other}").status_code == 204
            undone.append(other)
            if len(undone) == len(ids):
                break
        for id_ in reversed(undone):
            assert restore(directory, id_).status_code == 200
        assert directory.rows(ids) == before
