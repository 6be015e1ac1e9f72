"""Leaving and coming back: who is deleted, by whomever, is kept with all they had, until restored or erased."""

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.local.cloud import LocalCloud
from infra.local.listing import listed
from infra.local.people import PEOPLE
from tests.support.api import Api
from tests.support.directory import Directory, Row, sharp
from tests.support.function import Function
from tests.support.host import Host
from tests.support.images import encoded, landscape
from tests.support.odd_ids import address
from tests.support.problems import faulty_fields, problem
from tests.support.waiting import wait_until

Clients = Callable[..., requests.Session]
Aws = Callable[[str], Any]

# What another program may have stored beside what everyone knows.
UNKNOWN: Row = {
    "salary": Decimal("1.50"),
    "keys": {"front", "back"},
    "note": {"deep": [None, True, b"\x00\xff", {"": ""}]},
    "expires_at": Decimal(7),
    "row.id": "odd",
}

PHOTO = encoded(landscape(), "PNG")


def former(directory: Directory) -> dict[str, dict[str, Any]]:
    """All former employees, by id."""
    found, query = {}, {"limit": "100"}
    while True:
        answer = directory.api.get("/api/former-employees", params=query)
        assert answer.status_code == 200, answer.text
        found |= {it["employee"]["id"]: it for it in answer.json()["former"]}
        if answer.json()["next_cursor"] is None:
            return found
        query["cursor"] = answer.json()["next_cursor"]


def leave(directory: Directory, id_: str) -> requests.Response:
    return directory.api.delete(f"/api/employees/{id_}")


def restore(directory: Directory, id_: str) -> requests.Response:
    return directory.api.post(f"/api/employees/{id_}/restore")


def erase(directory: Directory, id_: str, confirm: str) -> requests.Response:
    return directory.api.post(f"/api/former-employees/{id_}/erase", json={"confirm": confirm})


def someone(directory: Directory, **attributes: Any) -> str:
    """Someone with a photo, and with what only another program knows."""
    id_ = directory.add_with_photo(PHOTO)["id"]
    directory.update(id_, **UNKNOWN | attributes)
    return id_


def without_photo(row: Row | None) -> Row:
    return {name: value for name, value in (row or {}).items() if name != "object_key"}


def found(directory: Directory, place: str) -> int:
    """How many are found at a place."""
    return directory.api.get("/api/employees", params={"location": place}).json()["total"]


def a_place() -> str:
    return f"Harbour {uuid.uuid4().hex[:8]}"


# ---- Deleting and restoring. -----------------------------------------------------------------------------------------


def test_who_is_deleted_is_gone_at_once_and_kept_for_thirty_days(directory: Directory) -> None:
    place = a_place()
    id_ = someone(directory, location=place, full_name="Ada Lovelace")
    wait_until(lambda: found(directory, place) == 1)
    photo_url, began = directory.get(id_)["photo_url"], datetime.now(UTC)

    assert leave(directory, id_).status_code == 204

    problem(directory.api.get(photo_url), 404)
    problem(directory.api.get(f"/api/employees/{id_}"), 404)
    assert directory.row(id_) is None
    assert directory.api.get("/api/employees", params={"location": place}).json()["employees"] == []
    kept = former(directory)[id_]
    assert (kept["employee"]["full_name"], kept["employee"]["photo_url"]) == ("Ada Lovelace", None)
    assert kept["how"] == "deleted" and kept["by"]["name"] == "editor" and kept["by"]["subject"]
    left_at, expires_at = (datetime.fromisoformat(kept[name]) for name in ("left_at", "expires_at"))
    assert timedelta(0) <= left_at - began < timedelta(minutes=1)
    assert timedelta(0) <= left_at + timedelta(days=30) - expires_at < timedelta(seconds=1)
    wait_until(lambda: found(directory, place) == 0)


def test_who_is_restored_has_all_they_had(directory: Directory) -> None:
    place = a_place()
    id_ = someone(directory, location=place, badges=["bug", "unicorn"])
    before, picture, sharp_picture = directory.row(id_), directory.photo(id_), directory.sharp_photo(id_)
    assert leave(directory, id_).status_code == 204

    restored = restore(directory, id_)

    assert restored.status_code == 200, restored.text
    assert restored.json() == directory.get(id_)
    assert without_photo(directory.row(id_)) == without_photo(before)
    assert directory.photo(id_) == picture
    assert directory.api.get(restored.json()["photo_url"]).content == picture
    assert directory.api.get(sharp(restored.json()["photo_url"])).content == sharp_picture
    assert id_ not in former(directory)
    key = digits((before or {})["object_key"])
    wait_until(lambda: not [it for it in directory.objects() if digits(it) == key])
    wait_until(lambda: found(directory, place) == 1)


def test_someone_without_anything_leaves_and_comes_back(directory: Directory) -> None:
    id_ = directory.write({})
    assert leave(directory, id_).status_code == 204
    assert former(directory)[id_]["employee"]["full_name"] == ""
    assert restore(directory, id_).json() == directory.get(id_)
    assert directory.row(id_) == {"id": id_}


@pytest.mark.parametrize("id_", ["/", "..", "a b?c", "z" * 2048, "émile"])
def test_whatever_id_someone_has_they_leave_and_come_back(directory: Directory, id_: str) -> None:
    directory.write({"id": id_, "full_name": "Émile"})
    at = address(id_)
    assert directory.api.delete(at).status_code == 204
    assert id_ in former(directory)
    assert directory.api.post(f"{at}/restore").json()["id"] == id_
    directory.delete_many([id_])


def test_nobody_comes_back_who_did_not_leave(directory: Directory) -> None:
    problem(restore(directory, str(uuid.uuid4())), 404)
    there = directory.add()["id"]
    assert "is in the directory already" in problem(restore(directory, there), 409)["detail"]


def test_a_second_deletion_changes_nothing_and_a_stranger_is_not_found(directory: Directory) -> None:
    id_ = someone(directory)
    assert leave(directory, id_).status_code == 204
    kept = former(directory)[id_]
    assert leave(directory, id_).status_code == 204
    assert former(directory)[id_] == kept
    problem(leave(directory, str(uuid.uuid4())), 404)


def test_of_two_who_restore_someone_one_does(directory: Directory) -> None:
    for _ in range(5):
        id_ = someone(directory)
        picture = directory.photo(id_)
        leave(directory, id_)
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda _, id_=id_: restore(directory, id_), range(2)))
        assert sorted(it.status_code for it in answers) == [200, 409], [it.text for it in answers]
        assert directory.photo(id_) == picture


def test_of_two_who_delete_someone_neither_is_told_of_a_failure(directory: Directory) -> None:
    id_ = someone(directory)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: leave(directory, id_), range(2)))
    assert [it.status_code for it in answers] == [204, 204]
    assert restore(directory, id_).status_code == 200
    assert without_photo(directory.row(id_)).items() >= UNKNOWN.items()


def test_the_list_is_newest_first_and_in_pages(directory: Directory) -> None:
    ids = [directory.add()["id"] for _ in range(5)]
    for id_ in ids:
        leave(directory, id_)
    seen: list[str] = []
    query = {"limit": "2"}
    while not set(ids) <= set(seen):
        page = directory.api.get("/api/former-employees", params=query).json()
        assert len(page["former"]) <= 2
        seen += [it["employee"]["id"] for it in page["former"]]
        query["cursor"] = page["next_cursor"]
    assert [it for it in seen if it in ids] == ids[::-1]
    answer = directory.api.get("/api/former-employees", params={"limit": "0", "cursor": "x"})
    assert faulty_fields(answer) == ["limit", "cursor"]


def test_only_editors_see_and_bring_back_former_employees(api: Clients, directory: Directory) -> None:
    id_ = directory.add()["id"]
    leave(directory, id_)
    erasure = {"json": {"confirm": "Ada Lovelace"}}
    for method, path, more in (
        ("GET", "/api/former-employees", {}),
        ("POST", f"/api/employees/{id_}/restore", {}),
        ("POST", f"/api/former-employees/{id_}/erase", erasure),
    ):
        problem(api("reader").request(method, path, **more), 403)
        problem(api().request(method, path, **more), 401)
    assert id_ in former(directory)


# ---- What other programs do. -----------------------------------------------------------------------------------------


def test_whom_the_original_app_deletes_is_kept_as_they_were(directory: Directory) -> None:
    place = a_place()
    id_ = someone(directory, location=place)
    wait_until(lambda: found(directory, place) == 1)
    before, picture = directory.row(id_), directory.photo(id_)
    photo_url = directory.get(id_)["photo_url"]

    directory.delete_many([id_])

    kept = wait_until(lambda: former(directory).get(id_))
    assert (kept["how"], kept["by"]) == ("elsewhere", None)
    wait_until(lambda: directory.api.get(photo_url).status_code == 404)
    wait_until(lambda: found(directory, place) == 0)
    assert restore(directory, id_).status_code == 200
    assert without_photo(directory.row(id_)) == without_photo(before)
    assert directory.photo(id_) == picture


def test_who_was_made_anew_by_the_original_app_is_there_again_and_loses_nothing(directory: Directory) -> None:
    id_ = someone(directory)
    before, picture = directory.row(id_), directory.photo(id_)
    leave(directory, id_)
    # A form that was open is saved: the original app makes a row of what it knows.
    directory.update(id_, full_name="Ada King")
    assert "is in the directory already" in problem(restore(directory, id_), 409)["detail"]
    assert id_ in former(directory)
    leave(directory, id_)
    assert restore(directory, id_).status_code == 200
    assert without_photo(directory.row(id_)) == without_photo(before) | {"full_name": "Ada King"}
    assert directory.photo(id_) == picture


def test_what_the_original_app_writes_while_someone_is_deleted_is_not_lost(directory: Directory) -> None:
    for number in range(10):
        id_, stopped, last = someone(directory), threading.Event(), [0]

        def write(id_: str = id_, stopped: threading.Event = stopped, last: list[int] = last) -> None:
            while not stopped.is_set() and directory.row(id_):
                last[0] += 1
                directory.update(id_, job_title=f"Title {last[0]}", **{f"extra{last[0]}": "kept"})

        writer = threading.Thread(target=write)
        writer.start()
        time.sleep(0.02 * (number % 3))
        answer = leave(directory, id_)
        stopped.set()
        writer.join()
        assert answer.status_code in (204, 409), answer.text

        def is_whole(id_: str = id_, last: list[int] = last) -> bool:
            row = directory.row(id_) or {}
            if not row:
                # When the stream has told, nothing that was there at the end is missing.
                assert restore(directory, id_).status_code == 200
                row = directory.row(id_) or {}
            elif id_ in former(directory):
                # Made anew behind the deletion: together they are all that was.
                leave(directory, id_)
                return False
            wanted = {f"extra{it}": "kept" for it in range(1, last[0] + 1)} | UNKNOWN
            missing = {name for name in wanted if row.get(name) != wanted[name]}
            if missing or row.get("job_title") != f"Title {last[0]}":
                leave(directory, id_)
                return False
            return True

        # The stream tells within a second or two.
        time.sleep(1.5)
        wait_until(is_whole)


def test_an_image_that_can_not_be_read_holds_up_nobody(function: Function, directory: Directory) -> None:
    nobody = str(uuid.uuid4())
    change = {"Keys": {"id": {"S": nobody}}, "SequenceNumber": "1", "ApproximateCreationDateTime": 1}
    for image in ({"id": {"X": "?"}}, {"id": {"S": nobody}, "a": {"B": "%"}}, 7, None):
        record = {"eventSource": "aws:dynamodb", "eventName": "REMOVE", "dynamodb": change | {"OldImage": image}}
        assert function.call({"Records": [record]})["removed"] == 0
    assert nobody not in former(directory)


def test_what_the_stream_tells_twice_or_late_changes_nothing(function: Function, directory: Directory) -> None:
    nobody = str(uuid.uuid4())
    image = {"id": {"S": nobody}, "full_name": {"S": "Ada"}}
    change = {"Keys": {"id": {"S": nobody}}, "ApproximateCreationDateTime": time.time(), "OldImage": image}

    def tell(sequence: str) -> None:
        record = {"eventSource": "aws:dynamodb", "eventName": "REMOVE"}
        told = function.call({"Records": [record | {"dynamodb": change | {"SequenceNumber": sequence}}]})
        assert told["removed"] == 1 and "lost" not in told

    # Numbers far above the emulator's own, as AWS's are of up to 40 digits.
    tell("9" * 39)
    assert former(directory)[nobody]["how"] == "elsewhere"
    assert restore(directory, nobody).status_code == 200
    tell("9" * 39)
    assert nobody not in former(directory)


def test_a_photo_that_was_left_behind_is_put_away_by_a_second_deletion(
    directory: Directory, aws: Aws, cloud: LocalCloud
) -> None:
    id_ = someone(directory)
    key, picture = (directory.row(id_) or {})["object_key"], directory.photo(id_)
    url = directory.get(id_)["photo_url"]
    leave(directory, id_)
    # Whoever deleted was stopped before the original went. The stream puts it away, or this second deletion.
    bucket = cloud.outputs["storage"]["PhotosBucketName"]
    wait_until(lambda: key not in directory.objects())
    aws("s3").put_object(Bucket=bucket, Key=key, Body=picture, ContentType="image/png")
    assert leave(directory, id_).status_code == 204
    problem(directory.api.get(url), 404)
    assert restore(directory, id_).status_code == 200
    assert directory.photo(id_) == picture


# ---- In any order. ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(24))
def test_in_any_order_nothing_is_lost(directory: Directory, seed: int) -> None:
    rng, id_ = random.Random(seed), someone(directory)
    picture = directory.photo(id_)
    # What the row must have whenever it is there.
    wanted: Row = without_photo(directory.row(id_))
    for number in range(rng.randrange(4, 9)):
        there = directory.row(id_) is not None
        match rng.choice(["delete", "delete", "elsewhere", "restore", "restore", "update", "wait"]):
            case "delete" if there:
                assert leave(directory, id_).status_code == 204
            case "elsewhere" if there:
                directory.delete_many([id_])
                wait_until(lambda: id_ in former(directory))
            case "restore" if not there:
                assert restore(directory, id_).status_code == 200
                assert without_photo(directory.row(id_)) == wanted
                assert directory.photo(id_) == picture
            case "update" if there or rng.random() < 0.3:
                # Makes a row where there is none, as the original app does.
                changes = {"job_title": f"Title {number}", f"extra{rng.randrange(3)}": number}
                wanted |= changes
                directory.update(id_, **changes)
                if not there:
                    problem(restore(directory, id_), 409)
                    assert leave(directory, id_).status_code == 204
            case "wait":
                time.sleep(rng.random() * 1.5)
            case _:
                pass
    if directory.row(id_) is None:
        assert restore(directory, id_).status_code == 200
    assert without_photo(directory.row(id_)) == wanted
    assert directory.photo(id_) == picture
    # Nobody who is there becomes a former employee by what the stream tells late.
    time.sleep(2)
    assert id_ not in former(directory)


# ---- Erasing for good. -----------------------------------------------------------------------------------------------


def test_who_is_erased_leaves_nothing(
    directory: Directory, api: Clients, aws: Aws, cloud: LocalCloud, function: Function
) -> None:
    place, name = a_place(), f"Zelda Quux{uuid.uuid4().hex[:6]}"
    id_ = someone(directory, location=place, full_name=f"  {name} ")
    # Someone who left and came back had another photo's key before.
    leave(directory, id_)
    restore(directory, id_)
    wait_until(lambda: found(directory, place) == 1)
    leave(directory, id_)
    assert faulty_fields(erase(directory, id_, "")) == ["confirm"]
    assert faulty_fields(erase(directory, id_, name.lower())) == ["confirm"]
    keys = versions(aws, cloud, id_)
    assert keys and id_ in former(directory)

    assert erase(directory, id_, name).status_code == 204

    assert id_ not in former(directory)
    problem(restore(directory, id_), 404)
    problem(erase(directory, id_, name), 404)
    problem(leave(directory, id_), 404)
    table = cloud.outputs["storage"]["PeopleTableName"]
    assert name not in str(list(listed(aws("dynamodb"), "scan", "Items", TableName=table)))
    assert id_ not in str(list(listed(aws("dynamodb"), "scan", "Items", TableName=table)))
    assert not versions(aws, cloud, id_)
    (entry, *_) = api("operator").get("/api/operations/audit?action=erase").json()["entries"]
    assert (entry["action"], entry["who"]["person"]["name"], entry["thing"]) == ("erase", "editor", "a former employee")
    assert name not in str(entry) and id_ not in str(entry)
    found_ = directory.api.get("/api/employees", params={"q": name, "location": place}).json()
    assert (found_["employees"], found_["total"]) == ([], 0)
    # What the stream tells late brings nobody back.
    time.sleep(2)
    assert id_ not in former(directory)


def test_the_search_index_forgets_whoever_was_erased(
    directory: Directory, function: Function, aws: Aws, cloud: LocalCloud
) -> None:
    name = f"Quux{uuid.uuid4().hex[:10]}"
    place = a_place()
    id_ = directory.add(full_name=name, location=place)["id"]
    wait_until(lambda: found(directory, place) == 1)
    storage = cloud.outputs["storage"]

    def pointer() -> dict[str, Any]:
        key = {"pk": {"S": "index"}, "sk": {"S": "pointer"}}
        return aws("dynamodb").get_item(TableName=storage["SearchIndexTableName"], Key=key)["Item"]

    def knows(segment: dict[str, str]) -> bool:
        body = aws("s3").get_object(Bucket=storage["ArtifactsBucketName"], Key=f"search-index/{segment['S']}")
        return name[:8].lower().encode() in body["Body"].read().lower()

    function.make_index("keep_index")
    assert knows(pointer()["segment"])
    leave(directory, id_)
    wait_until(lambda: found(directory, place) == 0)
    before = pointer()["version"]
    assert erase(directory, id_, name).status_code == 204
    # The function wakes itself; each look from now on makes a segment, so that the one before goes too.
    wait_until(lambda: pointer()["version"] != before)
    function.make_index("keep_index")
    function.make_index("keep_index")
    assert not knows(pointer()["segment"]) and not knows(pointer()["previous"])


def test_nobody_is_erased_who_is_in_the_directory(directory: Directory) -> None:
    id_ = someone(directory, full_name="Ada")
    problem(erase(directory, id_, "Ada"), 404)
    leave(directory, id_)
    directory.update(id_, full_name="Ada")
    assert "again" in problem(erase(directory, id_, "Ada"), 409)["detail"]
    directory.delete_many([id_])


def test_whoever_has_no_name_is_erased_by_their_id(directory: Directory) -> None:
    id_ = directory.write({"location": "Nowhere"})
    leave(directory, id_)
    assert faulty_fields(erase(directory, id_, "")) == ["confirm"]
    assert erase(directory, id_, id_).status_code == 204


def versions(aws: Aws, cloud: LocalCloud, id_: str) -> list[str]:
    """The versions of every photo that was ever put into the bucket for this person."""
    bucket = cloud.outputs["storage"]["PhotosBucketName"]
    KEYS.setdefault(id_, set()).update(photo_keys(aws, cloud, id_))
    found_ = aws("s3").list_object_versions(Bucket=bucket)
    every = [*found_.get("Versions", []), *found_.get("DeleteMarkers", [])]
    return [it["Key"] for it in every if digits(it["Key"]) in KEYS[id_]]


def digits(key: str) -> str:
    """What the keys of both pictures of a photo have in common, wherever they are."""
    return key.rpartition("/")[2].partition(".")[0]


# The digits of photos of people, as they were known once.
KEYS: dict[str, set[str]] = {}


def photo_keys(aws: Aws, cloud: LocalCloud, id_: str) -> set[str]:
    table = cloud.outputs["storage"]["PeopleTableName"]
    for item in listed(aws("dynamodb"), "scan", "Items", TableName=table):
        if item.get("row.id") == {"S": id_}:
            keys = [item["row.object_key"], *item.get("photos", {"L": []})["L"]]
            return {digits(it["S"]) for it in keys}
    return set()


# ---- On a host. ------------------------------------------------------------------------------------------------------


@pytest.fixture
def hosts(cloud: LocalCloud, tmp_path: Path) -> Iterator[Callable[..., requests.Session]]:
    """Gives an editor's way to a host with these settings beside the usual ones."""
    for document in ("index.html", "operations.html", "records.html"):
        (tmp_path / document).write_text("<!doctype html><title>Rollcall</title>")
    own = {"SITE_DIR": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    editor = next(person for person in PEOPLE if person.name == "editor")
    started: list[Host] = []

    def start(**settings: str) -> requests.Session:
        host = Host(tmp_path, cloud.function_environment() | settings, **own)
        started.append(host)
        wait_until(host.is_listening)
        return Api(host.url, lambda: cloud.token(editor))

    yield start
    for host in started:
        host.stop()


def test_a_host_deletes_and_restores_and_erases_nobody(
    hosts: Callable[..., requests.Session], directory: Directory
) -> None:
    id_, host = someone(directory, full_name="Ada"), hosts()
    assert host.delete(f"/api/employees/{id_}").status_code == 204
    assert id_ in [it["employee"]["id"] for it in host.get("/api/former-employees").json()["former"]]
    told = problem(host.post(f"/api/former-employees/{id_}/erase", json={"confirm": "Ada"}), 409)
    assert "dashboard" in told["detail"]
    assert host.post(f"/api/employees/{id_}/restore").status_code == 200
    assert without_photo(directory.row(id_)).items() >= UNKNOWN.items()


def test_without_a_table_of_people_nobody_is_deleted_and_everyone_is_shown(
    hosts: Callable[..., requests.Session], directory: Directory
) -> None:
    id_, host = directory.add()["id"], hosts(PEOPLE_TABLE="")
    assert "PEOPLE_TABLE" in problem(host.delete(f"/api/employees/{id_}"), 409)["detail"]
    assert host.get(f"/api/employees/{id_}").json() == directory.get(id_)
    assert host.get("/api/employees?limit=1").status_code == 200
