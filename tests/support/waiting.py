"""How tests wait: for a condition, and never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# How long a test waits for anything, in seconds, before it fails. Nothing takes that long, on a busy machine neither.
PATIENCE = 240


def wait_until(condition: Callable[[], T], every: float = 0.2, patience: float = PATIENCE) -> T:
    """Waits until a condition holds and gives what it came to; fails when it does not hold in time."""
    deadline = time.monotonic() + patience
    while not (result := condition()):
        assert time.monotonic() < deadline, f"still not so after {patience:.0f} s"
        time.sleep(every)
    return result
