"""Image files: ordinary ones, and those a directory must not fall for."""

import io
import os
import struct
import zlib
from typing import Any

from PIL import Image

RED, BLUE = (200, 30, 30), (30, 30, 200)


def landscape(size: tuple[int, int] = (300, 150)) -> Image.Image:
    """Wider than high; its left half is red and its right half blue, so that turning it shows."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, size[0], size[1]))
    return image


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The image as a file of this kind."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def decoded(file: bytes) -> Image.Image:
    """The image in a file, read to its end."""
    image = Image.open(io.BytesIO(file))
    image.load()
    return image


def noise(size: int) -> bytes:
    """A PNG of about `size` bytes: random pixels can't be compressed."""
    side = int((size / 3) ** 0.5)
    return encoded(Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)), "PNG", compress_level=0)


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes and many pixels."""
    line = bytes(1 + (width + 7) // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def chunks(png: bytes) -> list[bytes]:
    """The kinds of chunk in a PNG, in their order."""
    kinds, at = [], 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kinds.append(png[at + 4 : at + 8])
        at += 12 + length
    return kinds


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
