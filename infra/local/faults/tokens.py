"""Which client tokens launched what; EC2 remembers each even when nobody got its answer."""

import asyncio
from dataclasses import dataclass

from infra.local.faults.answer import Answer
from infra.local.faults.call import Call


@dataclass(frozen=True)
class Launch:
    """A launch that was carried out."""

    substance: dict[str, str]
    instances: list[str]
    answer: Answer


class Tokens:
    """The launches by their client tokens. A launch that was refused leaves its token unused."""

    def __init__(self) -> None:
        self._launches: dict[str, Launch] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def lock(self, token: str) -> asyncio.Lock:
        """Held while a call with this token is carried out, so that a second one waits for what comes of it."""
        return self._locks.setdefault(token, asyncio.Lock())

    def launch(self, token: str) -> Launch | None:
        """What this token launched."""
        return self._launches.get(token)

    def remember(self, token: str, call: Call, instances: list[str], answer: Answer) -> None:
        """Notes what a token launched."""
        self._launches[token] = Launch(call.substance, instances, answer)
