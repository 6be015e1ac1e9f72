"""The routes of Rollcall: their paths as the code has them, their methods as the router tells them."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

_ROUTE = re.compile(r'\.route\(\s*"(/[^"*]+)"')
# Routes whose paths are below another one.
_NEST = re.compile(r'\.nest\("(/[^"]+)"')
_OUTER = ("/api", "/auth", "/photos", "/scim")
# Where nothing is, and each method is answered by that.
_NOTHING_HERE = frozenset(("/api", "/api/", "/scim", "/scim/", "/scim/v2/"))
_BACKEND = Path(__file__).parents[2] / "backend"
# What the host has beside, or stands in for in its tests.
_LEFT_OUT = _BACKEND / "host"

# What stands in an address for something that there is not.
_NOTHING = {"{number}": "1000000", "{key}": "0123456789abcdef.png"}
_NOBODY = "3f2b0c52-0000-4000-8000-000000000000"

# No route takes it, so that each answers which methods it takes.
_REFUSED = "OPTIONS"

Ask = Callable[[str, str], requests.Response]


@dataclass(frozen=True, order=True)
class Route:
    """A method at a path, as the code has it: with names in place of what stands there."""

    path: str
    method: str

    @property
    def address(self) -> str:
        """Where it is asked about something that there is not."""
        return re.sub(r"\{\w+\}", lambda it: _NOTHING.get(it[0], _NOBODY), self.path)

    @property
    def changes(self) -> bool:
        """Whether a browser takes its method for one that changes something."""
        return self.method not in ("GET", "HEAD")

    @property
    def is_scim(self) -> bool:
        """Whether it is for identity providers, with rules of their own for all else."""
        return self.path.startswith("/scim/")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def paths() -> list[str]:
    """The path of every route."""
    found = set[str]()
    for source in _BACKEND.glob("*/src/**/*.rs"):
        if source.name == "tests.rs" or source.is_relative_to(_LEFT_OUT):
            continue
        # The routes of a test are none of the product's.
        code = source.read_text().partition("#[cfg(test)]")[0]
        nest = _NEST.search(code)
        for path in _ROUTE.findall(code):
            found.add(path if path.startswith(_OUTER) or nest is None else nest[1] + path)
    return sorted(found - _NOTHING_HERE)


def routes(ask: Ask, of: Iterable[str] | None = None) -> Iterator[Route]:
    """Every route, or those of some paths; `ask` has a method at an address answered, at SCIM's to a provider."""
    for path in paths() if of is None else of:
        route = Route(path, _REFUSED)
        told = ask(_REFUSED, route.address)
        assert told.status_code == 405, f"{path}: {told.status_code} {told.text}"
        methods = {method.strip() for method in told.headers["allow"].split(",")} - {"HEAD"}
        yield from (Route(path, method) for method in sorted(methods))
