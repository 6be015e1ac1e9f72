"""The machine under the tests: how long anything is waited for, and how busy it is."""

import threading
import time
from bisect import bisect
from pathlib import Path
from types import TracebackType
from typing import Self

# How long a test waits for anything, in seconds, before it fails. Nothing takes that long, on a busy machine neither.
PATIENCE = 240

# https://docs.kernel.org/accounting/psi.html
_PRESSURE = Path("/proc/pressure/cpu")

_SAMPLE_EVERY = 0.05


class ProcessorWaits:
    """Notes, while the block runs, when something on this machine has to wait for a processor.

    What is too slow then may be so because of others. Where the kernel does not count it, nothing is noted.
    """

    def __init__(self) -> None:
        # Moments, and the seconds of waiting up to each.
        self._moments: list[float] = []
        self._waited: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._note, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def between(self, began: float, ended: float) -> float:
        """For how many seconds something waited between two moments of `time.time()`; rather more than less."""
        first = max(bisect(self._moments, began) - 1, 0)
        last = min(bisect(self._moments, ended), len(self._moments) - 1)
        return min(self._waited[last] - self._waited[first], ended - began)

    def _note(self) -> None:
        while True:
            self._moments.append(time.time())
            self._waited.append(_waited())
            if self._over.wait(_SAMPLE_EVERY):
                break
        self._moments.append(time.time())
        self._waited.append(_waited())


def _waited() -> float:
    """For how many seconds something has waited for a processor since this machine was started."""
    try:
        some = next(line for line in _PRESSURE.read_text().splitlines() if line.startswith("some "))
    except OSError:
        return 0
    return int(some.rpartition("total=")[2]) / 1_000_000
