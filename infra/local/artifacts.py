"""What is deployed into the local cloud, made from what the builds left, and made anew only when that is newer."""

import os
import subprocess
import tarfile
from pathlib import Path

from infra.local.failure import Failure
from infra.package import package

# The key that the recipe `al2023-rollcall` takes for the host archive unless told otherwise.
HOST_ARCHIVE_KEY = "host/rollcall-host.tar.gz"


def function(root: Path) -> Path:
    """The zip of the Lambda function."""
    return package(_stripped(root, "bootstrap"), root / "target/local/function.zip")


def host_archive(root: Path) -> Path:
    """The archive of the host binary and the site, as the recipe `al2023-rollcall` unpacks it."""
    archive = root / "target/local/rollcall-host.tar.gz"
    binary, site = _stripped(root, "rollcall-host"), root / "target/site"
    if _older(archive, binary) or _older(archive, site / "index.html"):
        part = _part(archive)
        with tarfile.open(part, "w:gz", compresslevel=1) as out:
            out.add(binary, "rollcall-host")
            out.add(site, "site")
        part.replace(archive)
    return archive


def _stripped(root: Path, name: str) -> Path:
    """A binary without its debug information, which would be most of it."""
    built, stripped = root / "target/debug" / name, root / "target/local" / name
    if not built.exists():
        raise Failure(f"target/debug/{name} is missing: run `make build`")
    if _older(stripped, built):
        stripped.parent.mkdir(parents=True, exist_ok=True)
        part = _part(stripped)
        subprocess.run(["strip", "-o", part, built], check=True)
        part.replace(stripped)
    return stripped


def _older(made: Path, source: Path) -> bool:
    return not made.exists() or made.stat().st_mtime_ns < source.stat().st_mtime_ns


def _part(file: Path) -> Path:
    """Where a file is put together before it appears whole; two clouds may do so at once."""
    return file.with_name(f"{file.name}.{os.getpid()}")
