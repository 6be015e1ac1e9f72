"""Requests sent again under the same `Idempotency-Key`: what was done is answered once more, and not done again."""

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from infra.local.cloud import LocalCloud
from infra.local.faults.proxy import FaultProxy
from infra.local.listing import listed
from tests.support.api import Api
from tests.support.directory import Directory, employee
from tests.support.function import Function
from tests.support.operations import Operations
from tests.support.problems import faulty_fields, problem
from tests.support.waiting import wait_until

HELD = "is still being worked on"


@pytest.fixture
def key() -> str:
    """A key that nobody has used."""
    return str(uuid.uuid4())


@pytest.fixture
def name() -> str:
    """A name that nobody has."""
    return f"Once {uuid.uuid4().hex}"


class Kept:
    """What is kept of keys, as the table has it."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb, self._table = dynamodb, table

    def items(self) -> list[dict[str, Any]]:
        """Every key."""
        items = listed(self._dynamodb, "scan", "Items", TableName=self._table, ConsistentRead=True)
        return [it for it in items if it["pk"]["S"].startswith("idempotency/")]

    def since(self, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those that came later."""
        known = {it["pk"]["S"] for it in before}
        return [it for it in self.items() if it["pk"]["S"] not in known]

    def change(self, item: dict[str, Any], **attributes: Any) -> None:
        """Writes one anew."""
        self._dynamodb.put_item(TableName=self._table, Item=item | attributes)


@pytest.fixture
def kept(cloud: LocalCloud, aws: Callable[[str], Any]) -> Kept:
    """What is kept of keys."""
    return Kept(aws("dynamodb"), cloud.outputs["storage"]["SessionsTableName"])


def add(api: requests.Session, key: str, **details: Any) -> requests.Response:
    return api.post("/api/employees", json=employee(**details), headers={"Idempotency-Key": key})


def named(directory: Directory, name: str) -> list[str]:
    return [id_ for id_, row in directory.scan().items() if row.get("full_name") == name]


def is_replayed(answer: requests.Response) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"


def test_who_sends_a_request_twice_has_it_done_once_and_answered_twice(
    directory: Directory, key: str, name: str
) -> None:
    first, second = (add(directory.api, key, full_name=name) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert second.json() == first.json()
    for header in ("Location", "ETag", "Content-Type"):
        assert second.headers[header] == first.headers[header]
    assert (is_replayed(first), is_replayed(second)) == (False, True)
    assert named(directory, name) == [first.json()["id"]]


def test_a_key_in_quotes_is_the_same_as_without(directory: Directory, key: str, name: str) -> None:
    add(directory.api, key, full_name=name)
    assert is_replayed(add(directory.api, f'"{key}"', full_name=name))


def test_without_a_key_a_request_is_done_as_often_as_it_is_sent(directory: Directory, name: str) -> None:
    for _ in range(2):
        directory.add(full_name=name)
    assert len(named(directory, name)) == 2


def test_of_ten_that_are_sent_at_once_one_is_done(
    directory: Directory, function: Function, key: str, name: str
) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: add(directory.api, key, full_name=name), range(10)))
    assert len(function.processes()) > 1, "one process answered all of them"
    assert len(named(directory, name)) == 1
    for answer in answers:
        if answer.status_code != 201:
            assert HELD in problem(answer, 409)["detail"]
            assert answer.headers["Retry-After"] == "1"
    assert sum(it.status_code == 201 and not is_replayed(it) for it in answers) == 1
    assert is_replayed(add(directory.api, key, full_name=name))


def test_what_was_done_is_answered_by_a_process_that_did_not_do_it(
    directory: Directory, function: Function, key: str, name: str
) -> None:
    first = add(directory.api, key, full_name=name)
    function.kill(function.processes())
    second = wait_until(lambda: it if (it := add(directory.api, key, full_name=name)).status_code == 201 else None)
    assert is_replayed(second)
    assert second.json() == first.json()


def test_a_key_is_for_one_request(directory: Directory, api: Callable[..., Api], key: str, name: str) -> None:
    added = add(directory.api, key, full_name=name).json()
    assert faulty_fields(add(directory.api, key, full_name=f"{name} otherwise")) == ["idempotency-key"]
    headers = {"Idempotency-Key": key}
    elsewhere = directory.api.post(f"/api/employees/{added['id']}/restore", headers=headers)
    assert faulty_fields(elsewhere) == ["idempotency-key"]
    assert len(named(directory, name)) == 1


def test_each_person_has_keys_of_their_own(directory: Directory, api: Callable[..., Api], key: str, name: str) -> None:
    first = add(directory.api, key, full_name=name)
    other = add(api("operator"), key, full_name=name)
    assert not is_replayed(other)
    assert sorted(named(directory, name)) == sorted([first.json()["id"], other.json()["id"]])


def test_what_was_refused_for_what_was_sent_is_refused_the_same(directory: Directory, key: str) -> None:
    first, second = (add(directory.api, key, full_name="") for _ in range(2))
    assert faulty_fields(first) == ["full_name"]
    assert (second.status_code, second.json(), is_replayed(second)) == (422, first.json(), True)


def test_whoever_was_not_let_in_may_come_again_with_the_same_key(
    api: Callable[..., Api], directory: Directory, key: str, name: str, kept: Kept
) -> None:
    before = kept.items()
    problem(add(api("reader"), key, full_name=name), 403)
    problem(add(api(), key, full_name=name), 401)
    assert kept.since(before) == []


def test_what_failed_inside_is_done_when_it_is_sent_again(operations: Operations, faults: FaultProxy, key: str) -> None:
    body = {"revision": operations.revise()["number"], "force": True}

    def begin() -> requests.Response:
        return operations.api.post("/api/operations/relaunches", json=body, headers={"Idempotency-Key": key})

    faults.add("refused", action="DescribeInstances", code="InternalError")
    assert begin().status_code >= 500
    faults.clear()
    first, second = begin(), begin()
    assert (first.status_code, is_replayed(first)) == (202, False)
    assert (second.status_code, is_replayed(second)) == (202, True)
    assert second.json() == first.json()
    operations.cancel(first.json()["id"])


def test_a_key_whose_process_died_is_free_when_its_time_is_over(
    directory: Directory, kept: Kept, key: str, name: str
) -> None:
    before = kept.items()
    add(directory.api, key, full_name=name)
    (item,) = kept.since(before)
    item.pop("answer")
    kept.change(item)
    assert HELD in problem(add(directory.api, key, full_name=name), 409)["detail"]
    kept.change(item, held_until={"S": "2026-01-01T00:00:00Z"})
    again = add(directory.api, key, full_name=name)
    assert (again.status_code, is_replayed(again)) == (201, False)


def test_after_a_day_a_key_is_a_new_one_though_dynamodb_has_not_deleted_it(
    directory: Directory, kept: Kept, key: str, name: str
) -> None:
    before = kept.items()
    add(directory.api, key, full_name=name)
    (item,) = kept.since(before)
    assert 0 <= time.time() + 24 * 3600 - int(item["expires_at"]["N"]) < 60
    # DynamoDB deletes it some time later, and the emulator may in between: either way it counts no more.
    kept.change(item, expires_at={"N": str(int(time.time()) - 1)})
    again = add(directory.api, key, full_name=name)
    assert (again.status_code, is_replayed(again)) == (201, False)


def test_nothing_of_an_answer_can_be_read_in_the_table(directory: Directory, kept: Kept, key: str, name: str) -> None:
    before = kept.items()
    add(directory.api, key, full_name=name)
    (item,) = kept.since(before)
    for told in (key, name, "editor"):
        assert told not in str(item)


@pytest.mark.parametrize("bad", ["", '"', '""', "a b", "k" * 256])
def test_what_is_no_key_is_refused(directory: Directory, bad: str, name: str) -> None:
    assert "idempotency-key" in problem(add(directory.api, bad, full_name=name), 400)["detail"]
    assert named(directory, name) == []


def test_an_import_is_answered_again_and_another_file_refused(directory: Directory, key: str, name: str) -> None:
    def take_in(rows: list[str]) -> requests.Response:
        headers = {"Idempotency-Key": key, "Content-Type": "text/csv"}
        content = "\n".join(["Name;Location;Job title", *rows]).encode()
        return directory.api.post("/api/employees/import", data=content, headers=headers)

    rows = [f"{name} {number};Oslo;Analyst" for number in range(300)]
    first = take_in(rows)
    assert first.status_code == 200, first.text
    second = take_in(rows)
    assert (second.json(), is_replayed(second)) == (first.json(), True)
    assert faulty_fields(take_in([*rows, f"{name} more;Oslo;Analyst"])) == ["idempotency-key"]


def test_a_question_is_asked_anew(directory: Directory, kept: Kept, key: str) -> None:
    before = kept.items()
    body, headers = {"format": "csv", "ids": [directory.add()["id"]]}, {"Idempotency-Key": key}
    for _ in range(2):
        answer = directory.api.post("/api/employees/export", json=body, headers=headers)
        assert (answer.status_code, is_replayed(answer)) == (200, False)
    assert kept.since(before) == []
