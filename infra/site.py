"""Uploads the built site into its bucket, with what browsers and the CDN need to know of each file."""

import mimetypes
from pathlib import Path
from typing import Any

# Names under here carry a hash of the content, so whatever has such a name never changes.
_HASHED = "assets"
_FOR_EVER = "public, max-age=31536000, immutable"

# Everything else is asked for anew each time; it costs a 304 when it is the same.
_ASK_FIRST = "no-cache"

# The system's own table of types differs from machine to machine and may not know these.
_TYPES = {".js": "text/javascript", ".wasm": "application/wasm", ".webmanifest": "application/manifest+json"}


def upload(s3: Any, bucket: str, site: Path) -> None:
    """Uploads every file; index.html last, so that it never names what is not there yet."""
    files = [file for file in site.rglob("*") if file.is_file()]
    for file in sorted(files, key=lambda file: (file == site / "index.html", file)):
        key = file.relative_to(site)
        s3.put_object(
            Bucket=bucket,
            Key=key.as_posix(),
            Body=file.read_bytes(),
            ContentType=_type_of(file),
            CacheControl=_FOR_EVER if key.parts[0] == _HASHED else _ASK_FIRST,
        )


def _type_of(file: Path) -> str:
    kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
