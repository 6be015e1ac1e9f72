"""SCIM where several ask at once, or where a part of what is asked can't be: all of it happens, or nothing."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import requests

from infra.local.cloud import LocalCloud
from tests.support.api import Api
from tests.support.directory import Directory
from tests.support.images import encoded, landscape
from tests.support.scim import ENTERPRISE, Provider, new_token, patch, refused, user
from tests.support.waiting import wait_until

MANAGER = f"{ENTERPRISE}:manager"
PHOTO = encoded(landscape(), "PNG")


def active(value: bool) -> dict[str, Any]:
    return {"op": "replace", "path": "active", "value": value}


@pytest.fixture(scope="module")
def provider(api: Callable[..., Api], cloud: LocalCloud) -> Provider:
    """A provider with a token of its own."""
    return Provider(cloud.url, new_token(api("operator"), "At once")["token"])


def at_once(*calls: Callable[[], requests.Response]) -> list[requests.Response]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [it.result() for it in [pool.submit(call) for call in calls]]


@pytest.mark.parametrize("comes", [True, False], ids=["comes back", "is made inactive"])
def test_whoever_is_deleted_stays_so_whatever_else_is_said_of_them_at_once(
    provider: Provider, directory: Directory, comes: bool
) -> None:
    for _ in range(6):
        id_ = provider.create(active=not comes)["id"]
        changed, deleted = at_once(
            partial(provider.patch, f"/Users/{id_}", json=patch(active(comes))),
            partial(provider.delete, f"/Users/{id_}"),
        )
        assert changed.status_code in (200, 404, 409), changed.text
        assert deleted.status_code == 204, deleted.text
        refused(provider.get(f"/Users/{id_}"), 404)
        assert directory.row(id_) is None


def test_of_two_who_change_the_same_version_one_is_refused(provider: Provider) -> None:
    for _ in range(6):
        made = provider.create(title="Before")
        seen = {"If-Match": made["meta"]["version"]}
        address = f"/Users/{made['id']}"
        title = patch({"op": "replace", "path": "title", "value": "After"})
        answers = at_once(
            partial(provider.patch, address, json=title, headers=seen),
            partial(provider.delete, address, headers=seen),
        )
        assert sorted(it.status_code for it in answers) in ([200, 412], [204, 412], [204, 404]), answers


def test_what_is_refused_in_part_changes_nothing(provider: Provider) -> None:
    email = f"{uuid.uuid4()}@example.org"
    emails = [{"type": "work", "value": email}]
    first = provider.create(emails=emails, title="Before")
    provider.change(first["id"], active(False))
    provider.create(emails=emails)
    asked = patch({"op": "replace", "path": "title", "value": "After"}, active(True))
    refused(provider.patch(f"/Users/{first['id']}", json=asked), 409, "uniqueness")
    left = provider.read(first["id"])
    assert (left["title"], left["active"]) == ("Before", False)


def test_who_would_come_back_above_themselves_comes_back_and_waits(provider: Provider, directory: Directory) -> None:
    top = provider.create()
    middle = provider.create(**{ENTERPRISE: {"manager": {"value": top["id"]}}})
    low = provider.create(**{ENTERPRISE: {"manager": {"value": middle["id"]}}})
    provider.change(middle["id"], active(False))
    provider.change(top["id"], {"op": "add", "path": MANAGER, "value": low["id"]})
    back = provider.change(middle["id"], active(True))
    assert back["active"] and "manager" not in (directory.row(middle["id"]) or {})


def test_reports_and_their_manager_may_be_made_at_once(provider: Provider, directory: Directory) -> None:
    for _ in range(10):
        boss = f"boss-{uuid.uuid4()}"
        report, made = at_once(
            partial(provider.post, "/Users", json=user(**{ENTERPRISE: {"manager": boss}})),
            partial(provider.post, "/Users", json=user(userName=boss)),
        )
        id_, boss_id = report.json()["id"], made.json()["id"]
        wait_until(lambda id_=id_, boss_id=boss_id: (directory.row(id_) or {}).get("manager") == boss_id)


def test_a_manager_whom_an_editor_took_away_stays_away(provider: Provider, directory: Directory) -> None:
    boss = provider.create()
    report = provider.create(**{ENTERPRISE: {"manager": {"value": boss["id"]}}})
    form = {
        name: it for name, it in directory.get(report["id"]).items() if name in ("full_name", "job_title", "location")
    }
    assert directory.api.put(f"/api/employees/{report['id']}", json=form).status_code == 200
    assert "manager" not in provider.read(report["id"]).get(ENTERPRISE, {})
    provider.change(report["id"], {"op": "replace", "path": "title", "value": "Another"})
    assert "manager" not in (directory.row(report["id"]) or {})


def test_nobody_is_called_what_someone_goes_by_who_has_no_name_yet(provider: Provider, directory: Directory) -> None:
    email = f"{uuid.uuid4()}@example.org"
    directory.add(email=email)
    other = provider.create()
    named = patch({"op": "replace", "path": "userName", "value": email})
    refused(provider.patch(f"/Users/{other['id']}", json=named), 409, "uniqueness")


def test_whoever_is_not_said_to_be_inactive_is_told_as_active(provider: Provider) -> None:
    made = provider.create()
    assert made["active"] is True
    assert provider.find(f'userName eq "{made["userName"]}" and active eq true')


def test_nobody_seems_gone_while_they_leave_or_come_back(provider: Provider) -> None:
    id_ = provider.create()["id"]
    answers: list[int] = []

    def look() -> None:
        answers.extend(provider.get(f"/Users/{id_}").status_code for _ in range(60))

    with ThreadPoolExecutor(3) as pool:
        looking = [pool.submit(look) for _ in range(2)]
        for value in [False, True] * 4:
            provider.change(id_, active(value))
        for it in looking:
            it.result()
    assert set(answers) == {200}


def test_of_two_photos_for_one_version_one_is_refused(directory: Directory) -> None:
    for _ in range(6):
        id_ = directory.add()["id"]
        tag = directory.api.get(f"/api/employees/{id_}").headers["ETag"]
        headers = {"If-Match": tag, "Content-Type": "image/png"}
        put = partial(directory.api.put, f"/api/employees/{id_}/photo", data=PHOTO, headers=headers)
        assert sorted(it.status_code for it in at_once(put, put)) == [200, 412]
