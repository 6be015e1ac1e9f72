"""Pictures of people who do not exist: a few shapes each, always the same for the same look."""

import io
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageColor, ImageDraw

# The size that the directory's data contract gives every photo, in pixels.
_WIDTH, _HEIGHT = 120, 160

# Shapes are drawn this much larger and then reduced, which smooths their edges.
_SCALE = 4

Style = Literal["afro", "bald", "bob", "bun", "fringe", "long", "scarf", "short"]


@dataclass(frozen=True)
class Look:
    """How someone looks. Colours are `#rrggbb`."""

    backdrop: str
    skin: str
    hair: str
    top: str
    style: Style
    glasses: bool = False
    beard: bool = False


def portrait(look: Look) -> bytes:
    """A PNG of someone."""
    picture = _backdrop(look.backdrop)
    pen = _Pen(picture)
    _hair_behind(pen, look)
    _body(pen, look)
    _face(pen, look)
    _hair_in_front(pen, look)
    if look.glasses:
        _glasses(pen)
    stored = io.BytesIO()
    picture.resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS).save(stored, "PNG", optimize=True)
    return stored.getvalue()


class _Pen:
    """Draws in the coordinates of the finished picture."""

    def __init__(self, picture: Image.Image) -> None:
        self._draw = ImageDraw.Draw(picture)

    def oval(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """An oval around a centre."""
        self._draw.ellipse(_box(x, y, width, height), fill=fill)

    def ring(self, x: float, y: float, width: float, height: float, ink: str) -> None:
        """The outline of an oval."""
        self._draw.ellipse(_box(x, y, width, height), outline=ink, width=2 * _SCALE)

    def block(self, x: float, y: float, width: float, height: float, fill: str, radius: float) -> None:
        """A rectangle around a centre, with round corners."""
        self._draw.rounded_rectangle(_box(x, y, width, height), radius=radius * _SCALE, fill=fill)

    def slice(self, x: float, y: float, width: float, height: float, angles: tuple[int, int], fill: str) -> None:
        """The part of an oval between two angles, in degrees clockwise from three o'clock, cut straight."""
        self._draw.chord(_box(x, y, width, height), *angles, fill=fill)

    def curve(self, x: float, y: float, width: float, height: float, angles: tuple[int, int], ink: str) -> None:
        """A stretch of an oval's outline."""
        self._draw.arc(_box(x, y, width, height), *angles, fill=ink, width=2 * _SCALE)


def _box(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    return (
        (x - width / 2) * _SCALE,
        (y - height / 2) * _SCALE,
        (x + width / 2) * _SCALE,
        (y + height / 2) * _SCALE,
    )


def _backdrop(colour: str) -> Image.Image:
    size = (_WIDTH * _SCALE, _HEIGHT * _SCALE)
    # Light at the top, darker towards the bottom.
    amount = Image.linear_gradient("L").resize(size)
    return Image.composite(
        Image.new("RGB", size, _shade(colour, 0.78)), Image.new("RGB", size, _shade(colour, 1.12)), amount
    )


def _shade(colour: str, factor: float) -> str:
    red, green, blue = (min(255, round(part * factor)) for part in ImageColor.getrgb(colour)[:3])
    return f"#{red:02x}{green:02x}{blue:02x}"


def _hair_behind(pen: _Pen, look: Look) -> None:
    match look.style:
        case "afro":
            pen.oval(60, 62, 84, 80, look.hair)
        case "bob":
            pen.block(60, 76, 66, 72, look.hair, radius=28)
        case "bun":
            pen.oval(60, 37, 30, 26, look.hair)
        case "long":
            pen.block(60, 88, 70, 110, look.hair, radius=34)
        case "scarf":
            pen.block(60, 88, 68, 92, look.top, radius=32)


def _body(pen: _Pen, look: Look) -> None:
    pen.block(60, 158, 96, 64, look.top, radius=28)
    pen.block(60, 118, 22, 34, _shade(look.skin, 0.88), radius=10)
    pen.slice(60, 126, 34, 22, (0, 180), _shade(look.skin, 0.88))


def _face(pen: _Pen, look: Look) -> None:
    ink = "#2b1d18"
    for side in (-1, 1):
        pen.oval(60 + side * 27, 80, 9, 14, _shade(look.skin, 0.93))
    pen.oval(60, 78, 54, 66, look.skin)
    if look.beard:
        pen.slice(60, 82, 54, 60, (12, 168), look.hair)
        pen.oval(60, 96, 22, 10, look.skin)
    for side in (-1, 1):
        pen.oval(60 + side * 11, 76, 5.5, 6.5, ink)
        pen.curve(60 + side * 11, 71, 13, 10, (205, 335), _shade(look.hair, 0.8))
    pen.oval(60, 85, 6, 7, _shade(look.skin, 0.88))
    pen.curve(60, 92, 18, 12, (20, 160), ink)


def _hair_in_front(pen: _Pen, look: Look) -> None:
    match look.style:
        case "afro" | "bun" | "short":
            pen.slice(60, 74, 58, 66, (198, 342), look.hair)
        case "bob" | "fringe":
            pen.slice(60, 74, 60, 68, (184, 356), look.hair)
            pen.oval(70, 62, 34, 12, look.hair)
        case "long":
            pen.slice(46, 68, 44, 62, (150, 300), look.hair)
            pen.slice(76, 68, 40, 62, (240, 30), look.hair)
        case "scarf":
            pen.slice(60, 74, 62, 72, (196, 344), look.top)
            pen.block(60, 122, 44, 20, _shade(look.top, 0.85), radius=9)


def _glasses(pen: _Pen) -> None:
    for side in (-1, 1):
        pen.ring(60 + side * 12, 77, 21, 18, "#1b2631")
    pen.block(60, 75, 5, 2, "#1b2631", radius=0)
