"""The routes of the API: their paths as the code has them, their methods as the router tells them."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.api import Api

_ROUTE = re.compile(r'\.route\(\s*"(/(?:api|auth)/[^"*]+)"')
_BACKEND = Path(__file__).parents[2] / "backend"

# What stands in an address for something that there is not.
_NOTHING = {"{number}": "1000000"}
_NOBODY = "3f2b0c52-0000-4000-8000-000000000000"

# No route outside of SCIM takes it, so that each answers which methods it takes.
_REFUSED = "PATCH"


def paths() -> list[str]:
    """The path of every route but SCIM's and the photos', with what stands in it for something that there is not."""
    sources = _BACKEND.glob("*/src/**/*.rs")
    # The routes of a test are none of the product's.
    code = (source.read_text().partition("#[cfg(test)]")[0] for source in sources if source.name != "tests.rs")
    found = {path for text in code for path in _ROUTE.findall(text)}
    return sorted(re.sub(r"\{\w+\}", lambda it: _NOTHING.get(it[0], _NOBODY), path) for path in found)


def routes(api: Api) -> Iterator[tuple[str, str]]:
    """Method and path of every route but SCIM's and the photos', to which the distribution lets GET alone."""
    for path in paths():
        told = api.request(_REFUSED, path)
        assert told.status_code == 405, f"{path}: {told.text}"
        methods = {method.strip() for method in told.headers["allow"].split(",")} - {"HEAD"}
        yield from ((method, path) for method in sorted(methods))
