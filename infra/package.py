"""Packs a Lambda function's binary as the zip that AWS takes."""

import argparse
import os
import sys
import zipfile
import zlib
from pathlib import Path

# The most that the zip of a release may weigh, in millions of bytes. Starting and answering quickly counts for more, so
# that the limit is only there to show when something big came along.
LIMIT_MB = 11.2

# What `provided.al2023` starts.
_ENTRY_POINT = "bootstrap"


def package(binary: Path, archive: Path, *, thoroughly: bool = False) -> Path:
    """Writes `binary` into `archive`, unless that is newer already. The same binary always gives the same bytes.

    `thoroughly` takes half a minute for a release and saves some percent.
    """
    if archive.exists() and archive.stat().st_mtime_ns > binary.stat().st_mtime_ns:
        return archive
    archive.parent.mkdir(parents=True, exist_ok=True)
    part = archive.with_suffix(f".{os.getpid()}")
    entry = zipfile.ZipInfo(_ENTRY_POINT, date_time=(1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(part, "w") as out:
        if thoroughly:
            _write_thoroughly(out, entry, binary.read_bytes())
        else:
            out.writestr(entry, binary.read_bytes())
    part.replace(archive)
    return archive


def _write_thoroughly(out: zipfile.ZipFile, entry: zipfile.ZipInfo, content: bytes) -> None:
    """Compresses with zopfli, which finds a smaller deflate stream than zlib.

    `zipfile` takes no finished stream. So it is stored like any bytes, and then declared as what it is.
    """
    # Only who makes a release needs it.
    from zopfli.zlib import compress

    # RFC 1950: two bytes before the deflate stream, and four after it.
    deflated = compress(content)[2:-4]
    entry.compress_type = zipfile.ZIP_STORED
    out.writestr(entry, deflated)
    entry.compress_type, entry.CRC, entry.file_size = zipfile.ZIP_DEFLATED, zlib.crc32(content), len(content)
    assert out.fp is not None
    out.fp.seek(entry.header_offset)
    out.fp.write(entry.FileHeader())


def main() -> int:
    """Packs, prints the size, and fails when it is above the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", type=Path)
    parser.add_argument("archive", type=Path)
    arguments = parser.parse_args()
    size = package(arguments.binary, arguments.archive, thoroughly=True).stat().st_size
    print(f"{arguments.archive}: {size:,} bytes, of {LIMIT_MB * 1e6:,.0f} allowed")
    return 0 if size <= LIMIT_MB * 1e6 else 1


if __name__ == "__main__":
    sys.exit(main())
