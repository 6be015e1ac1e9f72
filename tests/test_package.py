"""The zip in which the function is deployed."""

import zipfile
import zlib
from pathlib import Path

import pytest

from infra.package import package

# Something that compresses well, but not too well.
CONTENT = Path(zipfile.__file__).read_bytes()


@pytest.mark.parametrize("thoroughly", [False, True])
def test_what_is_packed_is_what_aws_starts(tmp_path: Path, thoroughly: bool) -> None:
    binary = tmp_path / "rollcall-control-plane"
    binary.write_bytes(CONTENT)
    with zipfile.ZipFile(package(binary, tmp_path / "function.zip", thoroughly=thoroughly)) as archive:
        assert archive.testzip() is None
        (entry,) = archive.infolist()
        assert (entry.filename, entry.compress_type) == ("bootstrap", zipfile.ZIP_DEFLATED)
        # Anyone may execute it.
        assert entry.external_attr >> 16 == 0o755
        assert archive.read(entry) == CONTENT


@pytest.mark.parametrize("thoroughly", [False, True])
def test_the_same_binary_gives_the_same_zip(tmp_path: Path, thoroughly: bool) -> None:
    binary = tmp_path / "bootstrap"
    binary.write_bytes(CONTENT)
    one, other = (package(binary, tmp_path / name, thoroughly=thoroughly).read_bytes() for name in ("a.zip", "b.zip"))
    assert one == other


def test_a_release_is_packed_smaller_than_zlib_can(tmp_path: Path) -> None:
    binary = tmp_path / "bootstrap"
    binary.write_bytes(CONTENT)
    packed = package(binary, tmp_path / "function.zip", thoroughly=True).stat().st_size
    assert packed < len(zlib.compress(CONTENT, 9))
