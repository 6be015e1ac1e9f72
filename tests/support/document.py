"""The API's document: every operation, with who may use it, as the routes themselves say it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs/openapi.json").read_text())

# What stands in an address for something that there is not.
_NOTHING = {"{number}": "1000000", "{key}": "0123456789abcdef.png"}
_NOBODY = "3f2b0c52-0000-4000-8000-000000000000"


def nobody_in(path: str) -> str:
    """A path with what stands in it for something that there is not."""
    return re.sub(r"\{\w+\}", lambda it: _NOTHING.get(it[0], _NOBODY), path)


@dataclass(frozen=True, eq=False)
class Operation:
    """One method of one address."""

    method: str
    path: str
    told: dict[str, Any]

    @property
    def who(self) -> str:
        """Who may use it, in a word."""
        return self.told["x-who"]

    @property
    def address(self) -> str:
        """Its path, with what stands in it for something that there is not."""
        return nobody_in(self.path)

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


OPERATIONS = tuple(
    Operation(method.upper(), path, told)
    for path, methods in DOCUMENT["paths"].items()
    for method, told in methods.items()
)
