"""Pictures that nobody names are swept, and no other."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.directory import Directory, sharp
from tests.support.function import Function
from tests.support.images import encoded, landscape
from tests.support.problems import problem

SWEEP = {"action": "sweep_photos"}
PICTURE = encoded(landscape((120, 160)), "PNG")


def ago(**time: float) -> str:
    """When that was, as S3 tells it."""
    return (datetime.now(UTC) - timedelta(**time)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture
def left(directory: Directory) -> Callable[..., str]:
    """Leaves a picture in the bucket that is a day old, and gives its key."""

    def leave(folder: str = "employee_pic/", kind: str = ".png", stored_at: str | None = None) -> str:
        key = f"{folder}{uuid.uuid4().hex[:16]}{kind}"
        directory.put_object(key, PICTURE, stored_at or ago(hours=24, seconds=1))
        return key

    return leave


def digits(key: str) -> str:
    return key.rpartition("/")[2]


@pytest.mark.parametrize("kind", [".png", ".webp"])
@pytest.mark.parametrize("folder", ["employee_pic/", "former_pic/kept/"])
def test_a_picture_that_nobody_names_is_out_of_reach_after_a_day(
    directory: Directory, function: Function, left: Callable[..., str], folder: str, kind: str
) -> None:
    key = left(folder, kind)
    assert function.call(SWEEP)["swept"] >= 1
    assert key not in directory.objects()
    problem(directory.api.get(f"/photos/{digits(key)}"), 404)
    # The bucket empties this folder by itself.
    assert f"former_pic/30-days/{digits(key)}" in directory.objects()


def test_a_picture_of_an_upload_that_may_still_be_under_way_stays(
    directory: Directory, function: Function, left: Callable[..., str]
) -> None:
    young = [left(stored_at=ago(hours=hours)) for hours in (0, 12, 23.9)]
    function.call(SWEEP)
    assert set(young) <= directory.objects()


def test_whoever_is_in_the_directory_keeps_their_photo(
    directory: Directory, function: Function, left: Callable[..., str]
) -> None:
    key = left()
    directory.put_object(sharp(key), PICTURE, ago(days=30))
    directory.write({"full_name": "Grace", "object_key": key})
    function.call(SWEEP)
    assert {key, sharp(key)} <= directory.objects()


def test_whoever_left_keeps_theirs(directory: Directory, function: Function, left: Callable[..., str]) -> None:
    key = left()
    id_ = directory.write({"full_name": "Grace", "object_key": key})
    assert directory.api.delete(f"/api/employees/{id_}").status_code == 204
    # Where those are kept whom an identity provider sent away.
    kept = f"former_pic/kept/{digits(key)}"
    directory.put_object(kept, PICTURE, ago(days=2))
    function.call(SWEEP)
    assert kept in directory.objects()
    assert directory.api.post(f"/api/employees/{id_}/restore").status_code == 200
    assert directory.photo(id_) == PICTURE


def test_what_the_original_app_leaves_behind_when_it_takes_in_a_new_photo_is_swept(
    directory: Directory, function: Function, left: Callable[..., str]
) -> None:
    old, new = left(), left()
    directory.put_object(sharp(old), PICTURE, ago(days=2))
    id_ = directory.write({"full_name": "Grace", "object_key": old})
    directory.update(id_, object_key=new)
    function.call(SWEEP)
    assert not {old, sharp(old)} & directory.objects()
    assert directory.photo(id_) == PICTURE


@pytest.mark.parametrize("name", ["me.png", "0123456789ABCDEF.png", "0123456789abcdef.gif", "old/0123456789abcdef.png"])
def test_what_is_no_photo_by_the_contract_is_none_of_ours(directory: Directory, function: Function, name: str) -> None:
    key = f"employee_pic/{name}"
    directory.put_object(key, PICTURE, ago(days=400))
    function.call(SWEEP)
    assert key in directory.objects()


def test_a_sweep_goes_on_behind_where_it_was_stopped(
    directory: Directory, function: Function, left: Callable[..., str]
) -> None:
    first, second = sorted([left(), left()])
    assert function.call(SWEEP | {"after": first})["swept"] >= 1
    assert first in directory.objects() and second not in directory.objects()
    function.call(SWEEP | {"after": "former_pic/kept/f"})
    assert first in directory.objects()
    function.call(SWEEP)
    assert first not in directory.objects()


def test_a_sweep_without_anything_to_sweep_says_so(function: Function) -> None:
    function.call(SWEEP)
    assert function.call(SWEEP)["swept"] == 0
