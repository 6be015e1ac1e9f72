"""Uploads the built site into its bucket, with what browsers and the CDN need to know of each file."""

import argparse
import hashlib
import mimetypes
import sys
from pathlib import Path
from typing import Any

# Names under here carry a hash of the content, so whatever has such a name never changes.
_HASHED = "assets"
_FOR_EVER = "public, max-age=31536000, immutable"

# Everything else is asked for anew each time; it costs a 304 when it is the same.
_ASK_FIRST = "no-cache"

# The system's own table of types differs from machine to machine and may not know these.
_TYPES = {".js": "text/javascript", ".wasm": "application/wasm", ".webmanifest": "application/manifest+json"}


# The last file to be uploaded; it bears the hash of the whole site.
_LAST = "index.html"


def upload(s3: Any, bucket: str, site: Path) -> bool:
    """Uploads every file, unless this very site was uploaded last; says whether it did."""
    # Documents come late, so that none ever names what is not there yet.
    files = sorted(
        (file for file in site.rglob("*") if file.is_file()),
        key=lambda file: (file == site / _LAST, file.suffix == ".html", file),
    )
    whole = _hash(site, files)
    if _uploaded(s3, bucket) == whole:
        return False
    for file in files:
        key = file.relative_to(site)
        s3.put_object(
            Bucket=bucket,
            Key=key.as_posix(),
            Body=file.read_bytes(),
            ContentType=_type_of(file),
            CacheControl=_FOR_EVER if key.parts[0] == _HASHED else _ASK_FIRST,
            Metadata={"site": whole} if file == site / _LAST else {},
        )
    return True


def _uploaded(s3: Any, bucket: str) -> str | None:
    """The hash of the site in the bucket, if a whole one is there."""
    try:
        found: str | None = s3.head_object(Bucket=bucket, Key=_LAST)["Metadata"].get("site")
    except s3.exceptions.ClientError:
        return None
    return found


def _hash(site: Path, files: list[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.relative_to(site).as_posix()}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _type_of(file: Path) -> str:
    kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def main() -> int:
    """Uploads it where the environment says AWS is, and prints `uploaded` or `unchanged`."""
    # Not needed by those who bring a client of their own.
    import boto3

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bucket")
    parser.add_argument("site", type=Path)
    arguments = parser.parse_args()
    print("uploaded" if upload(boto3.client("s3"), arguments.bucket, arguments.site) else "unchanged")
    return 0


if __name__ == "__main__":
    sys.exit(main())
