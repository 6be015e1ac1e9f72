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


def wide_profile() -> bytes:
    """An ICC profile (version 2.4) of a colour space as wide as ProPhoto, with the curve of sRGB."""
    levels = [value / 1023 for value in range(1024)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in levels]
    curve = b"curv" + struct.pack(">4xI1024H", 1024, *(round(x * 65_535) for x in linear))
    points = {
        b"wtpt": (0.9642, 1.0, 0.8249),
        b"rXYZ": (0.7976749, 0.2880402, 0.0),
        b"gXYZ": (0.1351917, 0.7118741, 0.0),
        b"bXYZ": (0.0313534, 0.0000857, 0.8252100),
    }
    tags = {name: b"XYZ " + struct.pack(">4x3i", *(round(x * 65_536) for x in xyz)) for name, xyz in points.items()}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    tags[b"desc"] = b"desc" + struct.pack(">4xI5s78x", 5, b"wide")
    at, table, data = 132 + 12 * len(tags), b"", b""
    for name, tag in tags.items():
        table += name + struct.pack(">II", at + len(data), len(tag))
        data += tag + bytes(-len(tag) % 4)
    white = struct.pack(">3i", 63_190, 65_536, 54_061)
    header = (
        struct.pack(">I4xI", at + len(data), 0x0240_0000) + b"mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28) + white
    )
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data


def chunks(png: bytes) -> list[bytes]:
    """The kinds of chunk in a PNG, in their order."""
    kinds, at = [], 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kinds.append(png[at + 4 : at + 8])
        at += 12 + length
    return kinds


def riff_chunks(webp: bytes) -> list[bytes]:
    """The kinds of chunk in a WebP, in their order."""
    kinds, at = [], 12
    while at < len(webp):
        (length,) = struct.unpack("<I", webp[at + 4 : at + 8])
        kinds.append(webp[at : at + 4])
        at += 8 + length + length % 2
    return kinds


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
