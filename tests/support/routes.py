"""Every route of Rollcall, as its document tells of it and the router of its methods."""

from collections.abc import Callable, Iterator

import requests

from tests.support.document import OPERATIONS, Operation

# No route takes it, so that each answers which methods it takes.
_REFUSED = "OPTIONS"

Ask = Callable[[str, str], requests.Response]


def routes(ask: Ask) -> Iterator[Operation]:
    """Every route; `ask` has a method at an address answered, at SCIM's to a provider."""
    methods: dict[str, set[str]] = {}
    for operation in OPERATIONS:
        methods.setdefault(operation.address, set()).add(operation.method)
    for address, declared in methods.items():
        told = ask(_REFUSED, address)
        assert told.status_code == 405, f"{address}: {told.status_code} {told.text}"
        assert {method.strip() for method in told.headers["allow"].split(",")} - {"HEAD"} == declared, address
    yield from sorted(OPERATIONS, key=lambda it: (it.path, it.method))
