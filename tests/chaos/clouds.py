"""A campaign in a cloud of its own, or in several at the same time: most of it is waiting."""

import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.campaign import TIMEOUTS, Result, Round, at_random, kills, play
from tests.support.relaunching import opened

# More seconds than anyone has the time for.
_FOREVER = 10 * 365 * 24 * 3600


@dataclass(frozen=True)
class Share:
    """What one of several clouds has to do: rounds for so many seconds, or its part of so many kills at each step."""

    number: int
    clouds: int
    seed: int
    seconds: float
    kills: int

    def rounds(self) -> Iterator[Round]:
        """Its rounds."""
        if self.kills:
            return islice(kills(self.kills), self.number, None, self.clouds)
        return at_random(self.seed, self.number)

    def play(self) -> list[Result]:
        """Opens a cloud and plays them."""
        # So that the cloud is stopped when this process is told to end.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
        with TemporaryDirectory(prefix="rollcall-") as folder, opened(Path(folder), TIMEOUTS, ticks=True) as scene:
            return play(scene, self.rounds(), _FOREVER if self.kills else self.seconds, self._tell)

    def _tell(self, line: str) -> None:
        print(f"cloud {self.number + 1}, {line}" if self.clouds > 1 else line, flush=True)


def played(shares: Sequence[Share]) -> list[Result]:
    """What came of all shares, which are played at the same time."""
    if len(shares) == 1:
        return shares[0].play()
    # Each cloud in a process of its own, by whose children the function's copies are known.
    with ProcessPoolExecutor(len(shares), get_context("spawn")) as processes:
        return [result for share in processes.map(Share.play, shares) for result in share]
