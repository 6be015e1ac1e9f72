"""Somebody who looks again and again beside a campaign."""

import threading
from typing import Self


class Observer(threading.Thread):
    """Looks each so many seconds until it is told to stop; a context manager."""

    def __init__(self, name: str, every: float) -> None:
        super().__init__(name=name, daemon=True)
        self._every = every
        self._ends = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self.join()

    def run(self) -> None:
        while not self._ends.wait(self._every):
            self.look()

    def look(self) -> None:
        """Looks once."""
        raise NotImplementedError
