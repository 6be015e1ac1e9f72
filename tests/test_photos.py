"""Photos: what is accepted, what is stored for it, what is refused, and how it is handed out."""

import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import requests
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from infra.local.cloud import LocalCloud
from infra.local.people import PEOPLE
from tests.support.copies import Copies
from tests.support.directory import Directory, sharp
from tests.support.images import (
    BLUE,
    RED,
    bomb,
    chunks,
    decoded,
    encoded,
    landscape,
    noise,
    riff_chunks,
    wide_profile,
)
from tests.support.problems import faulty_fields, problem

Api = Callable[..., requests.Session]

MEGABYTE = 1024 * 1024

# EXIF's tags of the orientation, a description, and where the picture was taken.
ORIENTATION, DESCRIPTION, GPS = 0x0112, 0x010E, 0x8825


def near(colour: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(colour, other, strict=True))


# ---- What is accepted, and what is stored. ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "photo",
    [
        pytest.param(encoded(landscape(), "PNG"), id="png"),
        pytest.param(encoded(landscape().convert("RGBA"), "PNG"), id="png-with-alpha"),
        pytest.param(encoded(landscape().quantize(8), "PNG"), id="png-with-a-palette"),
        pytest.param(encoded(landscape(), "JPEG"), id="jpeg"),
        pytest.param(encoded(landscape(), "JPEG", progressive=True), id="progressive-jpeg"),
        pytest.param(encoded(landscape().convert("CMYK"), "JPEG"), id="jpeg-in-ink"),
        pytest.param(encoded(landscape(), "WEBP"), id="webp"),
        pytest.param(encoded(landscape(), "WEBP", lossless=True), id="lossless-webp"),
    ],
)
def test_a_photo_is_stored_by_the_contract(directory: Directory, photo: bytes) -> None:
    employee = directory.add_with_photo(photo)
    row = directory.row(employee["id"]) or {}
    assert re.fullmatch(r"employee_pic/[0-9a-f]{16}\.png", row["object_key"])
    assert employee["photo_url"] == f"/photos/{row['object_key'].removeprefix('employee_pic/')}"
    file, content_type = directory.object(row["object_key"])
    picture = decoded(file)
    assert content_type == "image/png"
    assert (picture.format, picture.size, picture.mode) == ("PNG", (120, 160), "RGBA")
    file, content_type = directory.object(sharp(row["object_key"]))
    assert content_type == "image/webp"
    assert (decoded(file).format, decoded(file).size) == ("WEBP", (300, 150))


@pytest.mark.parametrize(
    ("uploaded", "stored"),
    [
        ((3000, 4000), (480, 640)),
        ((4000, 3000), (480, 360)),
        ((1000, 1000), (480, 480)),
        ((300, 1600), (120, 640)),
        ((480, 640), (480, 640)),
        ((90, 120), (90, 120)),
        ((1, 1), (1, 1)),
    ],
)
def test_beside_it_stands_a_sharp_picture_in_its_own_proportions_and_never_enlarged(
    directory: Directory, uploaded: tuple[int, int], stored: tuple[int, int]
) -> None:
    employee = directory.add_with_photo(encoded(landscape(uploaded), "JPEG", quality=60))
    picture = decoded(directory.sharp_photo(employee["id"]))
    assert (picture.size, picture.mode) == (stored, "RGB")
    if stored > (1, 1):
        right = picture.width - 1
        assert near(picture.getpixel((0, 0)), RED) and near(picture.getpixel((right, picture.height - 1)), BLUE)


def test_a_picture_is_fitted_into_the_middle_on_a_transparent_ground(directory: Directory) -> None:
    employee = directory.add_with_photo(encoded(landscape((300, 150)), "PNG"))
    picture = decoded(directory.photo(employee["id"]))
    # 300 x 150 becomes 120 x 60, with 50 pixels above and below.
    assert picture.getchannel("A").getbbox() == (0, 50, 120, 110)
    assert near(picture.getpixel((20, 80)), (*RED, 255))
    assert near(picture.getpixel((100, 80)), (*BLUE, 255))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8, 5])
def test_a_picture_stands_upright_whichever_way_the_camera_was_held(
    directory: Directory, kind: str, orientation: int
) -> None:
    image = landscape()
    exif = image.getexif()
    exif[ORIENTATION] = orientation
    photo = encoded(image, kind, exif=exif)
    upright = ImageOps.exif_transpose(decoded(photo)).convert("RGB")

    employee = directory.add_with_photo(photo)

    picture = decoded(directory.photo(employee["id"]))
    stored = picture.crop(picture.getchannel("A").getbbox()).convert("RGB")
    expected = ImageOps.contain(upright, (120, 160))
    assert stored.size == expected.size
    for point in [(0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8)]:
        at = (int(point[0] * stored.width), int(point[1] * stored.height))
        assert near(stored.getpixel(at), expected.getpixel(at))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_in_another_colour_space_is_stored_in_srgb(directory: Directory, kind: str) -> None:
    skin, profile = Image.new("RGB", (120, 160), (224, 172, 140)), wide_profile()
    exact = {"JPEG": {"quality": 100, "subsampling": 0}, "PNG": {}, "WEBP": {"lossless": True}}[kind]

    employee = directory.add_with_photo(encoded(skin, kind, icc_profile=profile, **exact))

    # LittleCMS, which Pillow converts colours with, is another hand at it.
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    expected = ImageCms.profileToProfile(skin, source, ImageCms.createProfile("sRGB")).getpixel((60, 80))
    assert expected == (255, 157, 133)
    stored = decoded(directory.photo(employee["id"])).convert("RGB").getpixel((60, 80))
    assert all(abs(a - b) <= 2 for a, b in zip(stored, expected, strict=True)), stored
    stored = decoded(directory.sharp_photo(employee["id"])).convert("RGB").getpixel((60, 80))
    assert all(abs(a - b) <= 4 for a, b in zip(stored, expected, strict=True)), stored


def test_nothing_of_what_a_camera_writes_into_a_photo_is_kept(directory: Directory) -> None:
    image = landscape()
    exif = image.getexif()
    exif[DESCRIPTION] = "at home"
    exif.get_ifd(GPS)[2] = (51.5, 30.0, 7.0)
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "at home")
    texts.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>at home</x:xmpmeta>")
    photo = encoded(image, "PNG", exif=exif, pnginfo=texts, dpi=(300, 300), icc_profile=b"a profile, at home")

    employee = directory.add_with_photo(photo)

    stored = directory.photo(employee["id"])
    assert set(chunks(stored)) == {b"IHDR", b"IDAT", b"IEND"}
    assert b"at home" in photo and b"at home" not in stored
    assert riff_chunks(directory.sharp_photo(employee["id"])) == [b"VP8 "]


def test_a_new_photo_takes_the_place_of_the_old_one(directory: Directory) -> None:
    first = directory.add_with_photo(encoded(landscape(), "PNG"))
    old = (directory.row(first["id"]) or {})["object_key"]
    second = directory.put_photo(first["id"], encoded(landscape(), "PNG")).json()
    new = (directory.row(first["id"]) or {})["object_key"]
    assert second["photo_url"] != first["photo_url"]
    assert {new, sharp(new)} <= directory.objects()
    assert not {old, sharp(old)} & directory.objects()
    problem(directory.api.get(first["photo_url"]), 404)
    problem(directory.api.get(sharp(first["photo_url"])), 404)


def test_a_removed_photo_is_gone_and_may_be_removed_again(directory: Directory) -> None:
    employee = directory.add_with_photo(encoded(landscape(), "PNG"))
    key = (directory.row(employee["id"]) or {})["object_key"]
    for _ in range(2):
        assert directory.api.delete(f"/api/employees/{employee['id']}/photo").status_code == 204
    assert directory.get(employee["id"])["photo_url"] is None
    assert "object_key" not in (directory.row(employee["id"]) or {})
    assert not {key, sharp(key)} & directory.objects()


# What another program may have left where the photo's key belongs.
NO_KEYS = [None, 7, True, "", "elsewhere/picture.gif", ["employee_pic/0123456789abcdef.png"], {"key": 7}, {"a"}, b"x"]


@pytest.mark.parametrize("stored", NO_KEYS, ids=repr)
def test_a_photo_takes_the_place_of_whatever_is_stored(directory: Directory, stored: Any) -> None:
    written = directory.write({"full_name": "Grace", "object_key": stored})
    answer = directory.put_photo(written, encoded(landscape(), "PNG"))
    assert answer.status_code == 200, answer.text
    assert answer.json()["photo_url"] == directory.get(written)["photo_url"]
    assert decoded(directory.photo(written)).size == (120, 160)


@pytest.mark.parametrize("stored", NO_KEYS, ids=repr)
def test_whatever_is_stored_for_a_photo_can_be_removed(directory: Directory, stored: Any) -> None:
    written = directory.write({"full_name": "Grace", "object_key": stored})
    assert directory.api.delete(f"/api/employees/{written}/photo").status_code == 204
    assert directory.row(written) == {"id": written, "full_name": "Grace"}


def test_with_an_employee_goes_the_photo(directory: Directory) -> None:
    employee = directory.add_with_photo(encoded(landscape(), "PNG"))
    key = (directory.row(employee["id"]) or {})["object_key"]
    assert directory.api.delete(f"/api/employees/{employee['id']}").status_code == 204
    assert not {key, sharp(key)} & directory.objects()


def test_a_change_of_details_keeps_the_photo(directory: Directory) -> None:
    employee = directory.add_with_photo(encoded(landscape(), "PNG"))
    details = {name: employee[name] for name in ("full_name", "location", "badges")} | {"job_title": "Analyst"}
    changed = directory.api.put(f"/api/employees/{employee['id']}", json=details)
    assert changed.json()["photo_url"] == employee["photo_url"]


def test_a_photo_of_just_under_four_megabytes_is_accepted(directory: Directory) -> None:
    photo = noise(4 * MEGABYTE - 20_000)
    assert 3.9 * MEGABYTE < len(photo) <= 4 * MEGABYTE
    directory.add_with_photo(photo)


# ---- What is refused. ------------------------------------------------------------------------------------------------


def cut_off(kind: str) -> bytes:
    whole = encoded(landscape(), kind)
    return whole[: len(whole) * 2 // 3]


def damaged() -> bytes:
    whole = bytearray(encoded(landscape(), "PNG"))
    at = whole.index(b"IDAT") + 10
    whole[at : at + 8] = bytes(8)
    return bytes(whole)


@pytest.mark.parametrize(
    ("photo", "status"),
    [
        pytest.param(cut_off("PNG"), 422, id="png-cut-off"),
        pytest.param(cut_off("JPEG"), 422, id="jpeg-cut-off"),
        pytest.param(cut_off("WEBP"), 422, id="webp-cut-off"),
        pytest.param(encoded(landscape(), "PNG")[:20], 422, id="png-of-20-bytes"),
        pytest.param(encoded(landscape(), "JPEG")[:-2], 422, id="jpeg-without-its-end"),
        pytest.param(damaged(), 422, id="png-damaged"),
        pytest.param(bomb(30_000, 30_000), 422, id="bomb-of-900-megapixels"),
        pytest.param(bomb(11_000, 11_000), 422, id="bomb-of-121-megapixels"),
        pytest.param(bomb(2**31 - 1, 1), 422, id="bomb-with-a-long-side"),
        pytest.param(
            encoded(Image.new("RGB", (5000, 5000)), "WEBP", lossless=True), 422, id="25-megapixels-in-a-kilobyte"
        ),
        pytest.param(noise(5 * MEGABYTE), 413, id="5-megabytes"),
        pytest.param(b"GIF89a" + bytes(100), 415, id="gif"),
        pytest.param(encoded(landscape(), "TIFF"), 415, id="tiff"),
        pytest.param(encoded(landscape(), "BMP"), 415, id="bmp"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", 415, id="svg"),
        pytest.param(b"Just some text.", 415, id="text"),
        pytest.param(b"", 415, id="nothing"),
    ],
)
def test_what_is_no_photo_is_refused_and_nothing_stored(directory: Directory, photo: bytes, status: int) -> None:
    employee = directory.add_with_photo(encoded(landscape(), "PNG"))
    row, objects = directory.row(employee["id"]), directory.objects()

    refused = directory.put_photo(employee["id"], photo)

    problem(refused, status)
    if status == 422:
        assert faulty_fields(refused) == ["photo"]
    assert directory.row(employee["id"]) == row
    assert directory.objects() == objects


def test_a_photo_of_nobody_is_refused_and_not_stored(directory: Directory) -> None:
    objects = directory.objects()
    problem(directory.put_photo(str(uuid.uuid4()), encoded(landscape(), "PNG")), 404)
    problem(directory.api.delete(f"/api/employees/{uuid.uuid4()}/photo"), 404)
    assert directory.objects() == objects


# ---- How a photo is handed out. --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("of", "kind"), [(str, "image/png"), (sharp, "image/webp")], ids=["small", "sharp"])
def test_a_photo_may_be_cached_for_five_minutes(
    directory: Directory, api: Api, of: Callable[[str], str], kind: str
) -> None:
    employee = directory.add_with_photo(encoded(landscape(), "PNG"))
    shown = api().get(of(employee["photo_url"]))
    assert shown.status_code == 200
    assert shown.headers["content-type"] == kind
    assert shown.headers["cache-control"] == "public, max-age=300"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.content == directory.object(of((directory.row(employee["id"]) or {})["object_key"]))[0]
    assert isinstance(decoded(shown.content), Image.Image)


def test_where_reading_takes_a_sign_in_a_photo_does_too_and_the_browser_alone_keeps_it(
    directory: Directory, cloud: LocalCloud
) -> None:
    url = directory.add_with_photo(encoded(landscape(), "PNG"))["photo_url"]
    reader = {"authorization": f"Bearer {cloud.token(PEOPLE[0])}"}
    with Copies({**cloud.function_environment(), "READING": "signed-in"}, 1) as copies:
        problem(copies.ask("GET", url), 401)
        shown = copies.ask("GET", url, reader)
        again = copies.ask("GET", url, reader | {"if-none-match": shown.headers["etag"]})
        assert (shown.status_code, again.status_code) == (200, 304)
        for answer in (shown, again):
            assert answer.headers["cache-control"] == "private, max-age=300"
        problem(copies.ask("GET", url, {"if-none-match": shown.headers["etag"]}), 401)


@pytest.mark.parametrize("of", [str, sharp], ids=["small", "sharp"])
def test_a_browser_that_has_the_photo_is_not_sent_it_again(
    directory: Directory, api: Api, of: Callable[[str], str]
) -> None:
    url = of(directory.add_with_photo(encoded(landscape(), "PNG"))["photo_url"])
    tag = api().get(url).headers["etag"]
    again = api().get(url, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert again.headers["cache-control"] == "public, max-age=300"
    assert api().get(url, headers={"If-None-Match": '"another"'}).status_code == 200


@pytest.mark.parametrize("of", [str, sharp], ids=["small", "sharp"])
def test_a_browser_that_has_a_photo_that_was_deleted_is_told_so(
    directory: Directory, api: Api, of: Callable[[str], str]
) -> None:
    employee = directory.add_with_photo(encoded(landscape(), "PNG"))
    url = of(employee["photo_url"])
    tag = api().get(url).headers["etag"]
    assert directory.api.delete(f"/api/employees/{employee['id']}/photo").status_code == 204
    problem(api().get(url, headers={"If-None-Match": tag}), 404)
    problem(api().get(of("/photos/0123456789abcdef.png"), headers={"If-None-Match": '"0123456789abcdef"'}), 404)


@pytest.mark.parametrize(
    "key",
    [
        "0123456789abcdef.png",
        "0123456789abcdef.webp",
        "0123456789ABCDEF.png",
        "x",
        "..%2Fsecret.png",
        "0123456789abcdef.gif",
        "%00.png",
    ],
)
def test_a_photo_that_does_not_exist_is_a_problem(api: Api, key: str) -> None:
    problem(api().get(f"/photos/{key}"), 404)


def test_nothing_is_loaded_or_run_where_a_photo_is_opened(directory: Directory, api: Api) -> None:
    shown = directory.add_with_photo(encoded(landscape(), "PNG"))["photo_url"]
    assert api().get(shown).headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_a_photo_of_the_original_app_is_shown(directory: Directory, api: Api) -> None:
    key = (directory.row(directory.add_with_photo(encoded(landscape(), "PNG"))["id"]) or {})["object_key"]
    written = directory.write({"full_name": "Grace", "location": "", "job_title": "", "object_key": key})
    assert decoded(api().get(directory.get(written)["photo_url"]).content).size == (120, 160)


def test_whoever_asks_for_the_sharp_picture_of_such_a_photo_is_sent_to_the_small_one(
    directory: Directory, api: Api
) -> None:
    key = f"employee_pic/{uuid.uuid4().hex[:16]}.png"
    directory.put_object(key, encoded(landscape((120, 160)), "PNG"))
    url = directory.get(directory.write({"full_name": "Grace", "object_key": key}))["photo_url"]
    for known in ({}, {"If-None-Match": f'"{key[13:29]}"'}):
        sent = api().get(sharp(url), headers=known, allow_redirects=False)
        assert (sent.status_code, sent.headers["location"]) == (302, url)
        assert sent.headers["cache-control"] == "public, max-age=300"
    shown = api().get(sharp(url))
    assert (shown.headers["content-type"], decoded(shown.content).size) == ("image/png", (120, 160))
