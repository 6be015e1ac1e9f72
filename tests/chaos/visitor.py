"""A visitor that asks the host's address all the time."""

import time
from dataclasses import dataclass
from queue import SimpleQueue

import requests

from tests.chaos.observer import Observer
from tests.support.relaunching import Scene, who_answers

# Between an answer and the next question, and the longest wait for an answer, in seconds: on a busy machine everything
# takes longer, and an outage is no less seen.
_EVERY, PATIENCE = 0.25, 10.0


@dataclass(frozen=True)
class Visit:
    """A question at a time, for so many seconds; the instance that answered, or why none did."""

    at: float
    seconds: float
    instance: str | None
    why: str = ""


class Visitor(Observer):
    """Asks until it is told to stop; a context manager."""

    def __init__(self, scene: Scene) -> None:
        super().__init__("visitor", _EVERY)
        self._scene = scene
        self._visits: SimpleQueue[Visit] = SimpleQueue()

    def look(self) -> None:
        self._visits.put(self._visit())

    def take(self) -> list[Visit]:
        """The visits that have ended since this was asked before."""
        return [self._visits.get() for _ in range(self._visits.qsize())]

    def _visit(self) -> Visit:
        began = time.time()
        try:
            answer = self._scene.visit(timeout=PATIENCE)
        except requests.RequestException as error:
            return Visit(began, time.time() - began, None, type(error).__name__)
        found = who_answers(answer)
        why = "" if found else f"status {answer.status_code}: {answer.text.strip()[:120]}"
        return Visit(began, time.time() - began, found, why)
