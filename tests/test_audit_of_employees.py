"""The audit log of the directory: who did what to an employee, how, and what stood there before and afterwards."""

import csv
import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.cloud import LocalCloud
from infra.local.people import PEOPLE
from tests.support.api import Api
from tests.support.browser import Browser
from tests.support.directory import Directory, employee
from tests.support.images import encoded, landscape
from tests.support.problems import faulty_fields, problem

Roles = Callable[..., Api]


def history(directory: Directory, id_: str) -> list[dict[str, Any]]:
    """What was done to someone, oldest first."""
    answer = directory.api.get(f"/api/employees/{id_}/history", params={"limit": "100"})
    assert answer.status_code == 200, answer.text
    return answer.json()["entries"][::-1]


def entries(api: Roles, **query: str) -> list[dict[str, Any]]:
    """What the log tells, newest first."""
    answer = api("operator").get("/api/operations/audit", params={"limit": "100"} | query)
    assert answer.status_code == 200, answer.text
    return answer.json()["entries"]


def change_of(entry: dict[str, Any], name: str) -> tuple[Any, Any]:
    (change,) = [it for it in entry["changes"] if it["name"] == name]
    return change.get("before"), change.get("after")


def test_whatever_is_done_to_an_employee_is_told_with_who_and_what_changed(directory: Directory) -> None:
    id_ = directory.add(full_name="Zoë", phone="+49 30 901820")["id"]
    sent = employee(full_name="Zoë", department="Sales")
    assert directory.api.put(f"/api/employees/{id_}", json=sent).status_code == 200
    assert directory.put_photo(id_, encoded(landscape(), "PNG")).status_code == 200
    assert directory.api.delete(f"/api/employees/{id_}/photo").status_code == 204
    assert directory.api.delete(f"/api/employees/{id_}").status_code == 204
    assert directory.api.post(f"/api/employees/{id_}/restore").status_code == 200
    told = history(directory, id_)
    assert [it["entry"]["action"] for it in told] == [
        "add_employee",
        "change_employee",
        "change_photo",
        "delete_photo",
        "delete_employee",
        "restore_employee",
    ]
    assert {it["entry"]["who"]["person"]["name"] for it in told} == {"editor"}
    assert {it["entry"]["how"] for it in told} == {"token"}
    assert all(it["entry"]["thing"] == id_ and it["entry"]["request_id"] for it in told)
    added, changed, *_, deleted, back = told
    assert change_of(added, "phone") == (None, "+4930901820")
    assert changed["entry"]["outcome"] == "department, phone"
    assert change_of(changed, "phone") == ("+4930901820", None)
    assert change_of(changed, "department") == (None, "Sales")
    assert change_of(deleted, "full_name") == ("Zoë", None)
    assert change_of(back, "full_name") == (None, "Zoë")


def test_a_change_of_nothing_leaves_no_trace(directory: Directory) -> None:
    added = directory.add()
    sent = {name: value for name, value in added.items() if name in employee()}
    assert directory.api.put(f"/api/employees/{added['id']}", json=sent).status_code == 200
    assert [it["entry"]["action"] for it in history(directory, added["id"])] == ["add_employee"]


def test_the_log_names_what_changed_and_not_what_stood_there(directory: Directory, api: Roles) -> None:
    secret = f"Zoë {uuid.uuid4()}"
    id_ = directory.add(full_name=secret, phone="+49 30 901821")["id"]
    (entry,) = entries(api, thing=id_)
    assert (entry["action"], entry["who"]["person"]["name"]) == ("add_employee", "editor")
    assert secret not in str(entry) and "901821" not in str(entry)


def test_rows_of_a_file_are_told_one_by_one(directory: Directory) -> None:
    name = f"Zoë {uuid.uuid4().hex[:8]}"
    body = f"full_name,location,job_title\n{name},Köln,Analyst\n".encode()
    query = {"dry_run": "true"}
    headers = {"content-type": "text/csv"}
    path = "/api/employees/import"
    assert directory.api.post(path, params=query, data=body, headers=headers).status_code == 200
    (row,) = directory.api.post(path, data=body, headers=headers).json()["rows"]
    (told,) = history(directory, row["id"])
    assert (told["entry"]["action"], change_of(told, "location")) == ("add_employee", (None, "Köln"))


def test_a_merge_is_told_of_both(directory: Directory) -> None:
    name = f"Zoë {uuid.uuid4().hex[:8]}"
    first = directory.add(full_name=name)["id"]
    second = directory.add(full_name=name, phone="+4930901820")["id"]
    answer = directory.api.post(f"/api/employees/{first}/merge", json={"other": second, "take": ["phone"]})
    assert answer.status_code == 200, answer.text
    merged = history(directory, first)[-1]
    assert (merged["entry"]["action"], change_of(merged, "phone")) == ("merge_employees", (None, "+4930901820"))
    assert second in merged["entry"]["outcome"]
    assert history(directory, second)[-1]["entry"]["action"] == "delete_employee"


def test_what_is_kept_apart_of_someone_goes_with_them_and_the_log_stays(directory: Directory, api: Roles) -> None:
    name = f"Zoë {uuid.uuid4().hex[:8]}"
    id_ = directory.add(full_name=name)["id"]
    assert directory.api.delete(f"/api/employees/{id_}").status_code == 204
    before = entries(api, thing=id_)
    answer = directory.api.post(f"/api/former-employees/{id_}/erase", json={"confirm": name})
    assert answer.status_code == 204, answer.text
    assert history(directory, id_) == []
    assert entries(api, thing=id_) == before and len(before) == 2


def test_of_two_who_change_someone_at_once_only_who_did_is_told(directory: Directory) -> None:
    added = directory.add()
    tag = directory.api.get(f"/api/employees/{added['id']}").headers["etag"]
    for department in ("Sales", "Support"):
        sent = employee(department=department)
        directory.api.put(f"/api/employees/{added['id']}", json=sent, headers={"if-match": tag})
    told = history(directory, added["id"])
    assert [it["entry"]["action"] for it in told] == ["add_employee", "change_employee"]
    assert change_of(told[-1], "department") == (None, "Sales")


def test_who_may_not_read_a_history_reads_none(directory: Directory, api: Roles) -> None:
    path = f"/api/employees/{directory.add()['id']}/history"
    problem(api().get(path), 401)
    problem(api("reader").get(path), 403)


# ---- Refusals. -------------------------------------------------------------------------------------------------------


def test_a_refusal_is_told_with_who_asked(directory: Directory, api: Roles) -> None:
    id_ = directory.add()["id"]
    problem(api("reader").delete(f"/api/employees/{id_}"), 403)
    (entry,) = entries(api, thing=f"DELETE /api/employees/{id_}")
    assert (entry["action"], entry["outcome"], entry["how"]) == ("refuse", "403 Forbidden", "token")
    assert entry["who"]["person"]["name"] == "reader"


def test_a_refusal_of_nobody_known_is_told_as_that(directory: Directory, api: Roles) -> None:
    id_ = directory.add()["id"]
    answer = api().delete(f"/api/employees/{id_}")
    problem(answer, 401)
    (entry,) = entries(api, thing=f"DELETE /api/employees/{id_}")
    assert (entry["who"], entry["outcome"]) == ("anonymous", "401 Unauthorized")
    assert entry["request_id"] == answer.headers["x-request-id"]


def test_reading_is_not_told(directory: Directory, api: Roles) -> None:
    id_ = str(uuid.uuid4())
    problem(directory.api.get(f"/api/employees/{id_}"), 404)
    assert entries(api, thing=f"GET /api/employees/{id_}") == []


# ---- Filters. --------------------------------------------------------------------------------------------------------


def test_entries_are_found_by_what_who_and_when(directory: Directory, api: Roles) -> None:
    id_ = directory.add()["id"]
    assert directory.api.put(f"/api/employees/{id_}", json=employee(department="Sales")).status_code == 200
    changed, added = entries(api, thing=id_)
    assert entries(api, thing=id_, action="change_employee") == [changed]
    assert entries(api, thing=id_, until=changed["at"]) == [added]
    assert entries(api, thing=id_, **{"from": changed["at"]}) == [changed]
    query = {"from": changed["at"], "thing": id_}
    assert api("operator").get("/api/operations/audit", params=query).json()["next_cursor"] is None
    who = added["who"]["person"]["subject"]
    assert entries(api, thing=id_, who=who) == [changed, added]
    assert entries(api, thing=id_, who="somebody else") == []


@pytest.mark.parametrize(
    ("query", "field"), [("action=dance", "action"), ("from=yesterday", "from"), ("until=1", "until"), ("x=1", "x")]
)
def test_a_filter_that_is_none_is_refused(api: Roles, query: str, field: str) -> None:
    assert faulty_fields(api("operator").get(f"/api/operations/audit?{query}")) == [field]


def test_the_log_is_a_file_that_no_spreadsheet_takes_for_formulas(directory: Directory, api: Roles) -> None:
    id_ = directory.add()["id"]
    answer = api("operator").get("/api/operations/audit", params={"thing": id_, "format": "csv"})
    assert answer.headers["content-type"].lower() == "text/csv; charset=utf-8"
    head, row = csv.reader(io.StringIO(answer.text))
    told = dict(zip(head, row, strict=True))
    assert (told["who"], told["how"], told["action"], told["thing"]) == ("editor", "token", "add_employee", id_)


def test_a_session_that_someone_ended_is_told(cloud: LocalCloud, api: Roles) -> None:
    here, there = Browser(cloud.url), Browser(cloud.url)
    for browser in (here, there):
        assert browser.sign_in(PEOPLE[0]).status_code == 303
    (other, *_) = (it["id"] for it in here.ask("GET", "/api/sessions").json()["sessions"] if not it["this"])
    assert here.ask("DELETE", f"/api/sessions/{other}").status_code == 204
    (entry,) = entries(api, thing=other)
    assert (entry["action"], entry["outcome"], entry["how"]) == ("end_session", "their own", "browser")
