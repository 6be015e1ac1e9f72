"""Changes that say what they are for: whoever changes what someone else has changed since is told so."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.support.directory import Directory, employee
from tests.support.images import encoded, landscape
from tests.support.problems import problem

PHOTO = encoded(landscape(), "PNG")


def seen(directory: Directory, id_: str) -> str:
    """The tag of an employee as they are shown now."""
    return directory.api.get(f"/api/employees/{id_}").headers["ETag"]


def change(directory: Directory, id_: str, tag: str, **details: Any) -> requests.Response:
    headers = {"If-Match": tag}
    return directory.api.put(f"/api/employees/{id_}", json=employee(**details), headers=headers)


def test_every_answer_that_shows_an_employee_says_its_tag(directory: Directory) -> None:
    added = directory.api.post("/api/employees", json=employee())
    id_ = added.json()["id"]
    assert added.headers["ETag"] == seen(directory, id_)
    changed = change(directory, id_, added.headers["ETag"], job_title="Captain")
    assert changed.status_code == 200
    assert changed.headers["ETag"] == seen(directory, id_) != added.headers["ETag"]
    pictured = directory.put_photo(id_, PHOTO)
    assert pictured.headers["ETag"] == seen(directory, id_) != changed.headers["ETag"]


def test_of_forty_who_change_the_same_at_once_one_does_and_the_others_are_told(directory: Directory) -> None:
    id_ = directory.add()["id"]
    tag = seen(directory, id_)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: change(directory, id_, tag, job_title=f"Number {n}"), range(40)))
    (done,) = [it for it in answers if it.status_code == 200]
    for refused in (it for it in answers if it is not done):
        told = problem(refused, 412)
        assert told["current"] == done.json()
        assert refused.headers["ETag"] == done.headers["ETag"]
    assert directory.api.get(f"/api/employees/{id_}").json() == done.json()


def test_a_change_of_the_original_app_is_not_lost(directory: Directory) -> None:
    id_ = directory.add(full_name="Ada")["id"]
    tag = seen(directory, id_)
    directory.update(id_, full_name="Ada King")
    refused = change(directory, id_, tag, full_name="Ada", job_title="Countess")
    assert problem(refused, 412)["current"]["full_name"] == "Ada King"
    assert directory.row(id_)["full_name"] == "Ada King"


@pytest.mark.parametrize("tag", ['"bogus"', 'W/"bogus"', "bogus", '"a", "b"'])
def test_what_is_no_tag_of_what_is_there_changes_nothing(directory: Directory, tag: str) -> None:
    added = directory.add()
    refused = change(directory, added["id"], tag, job_title="Nobody")
    assert refused.status_code in (400, 412)
    assert directory.row(added["id"])["job_title"] == added["job_title"]


def test_a_star_is_for_whatever_is_there(directory: Directory) -> None:
    assert change(directory, directory.add()["id"], "*").status_code == 200
    assert change(directory, "nobody-at-all", "*").status_code == 404


def test_a_weak_tag_is_not_enough(directory: Directory) -> None:
    id_ = directory.add()["id"]
    assert change(directory, id_, f"W/{seen(directory, id_)}", job_title="Weak").status_code == 412


def test_who_is_otherwise_by_now_is_neither_deleted_nor_given_a_photo(directory: Directory) -> None:
    id_ = directory.add_with_photo(PHOTO)["id"]
    old = {"If-Match": seen(directory, id_)}
    assert change(directory, id_, "*", job_title="Another").status_code == 200
    before = directory.row(id_)
    address = f"/api/employees/{id_}"
    problem(directory.api.delete(address, headers=old), 412)
    problem(directory.api.delete(f"{address}/photo", headers=old), 412)
    photo = directory.api.put(f"{address}/photo", data=PHOTO, headers={**old, "Content-Type": "image/png"})
    problem(photo, 412)
    assert directory.row(id_) == before
    assert directory.api.delete(address, headers={"If-Match": seen(directory, id_)}).status_code == 204


def test_a_manager_who_is_called_otherwise_changes_nobody_else(directory: Directory) -> None:
    manager = directory.add(full_name="Before")["id"]
    id_ = directory.add(manager=manager)["id"]
    tag = seen(directory, id_)
    assert change(directory, manager, "*", full_name="After").status_code == 200
    assert seen(directory, id_) == tag
    assert directory.api.get(f"/api/employees/{id_}").json()["display"]["manager"] == "After"
