"""Breaks local clouds at random for a while, or kills drivers at each step, and prints what came of it.

The seed says what is done, when in a relaunch, and for how long; how fast this machine is, it can't say.
"""

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory

from infra.local.failure import Failure
from infra.local.hosts.namespaces import why_not_allowed
from tests.bench.start import machine
from tests.chaos.campaign import TIMEOUTS, Result, Round, at_random, kills, play
from tests.chaos.report import by_deed, by_step
from tests.support.relaunching import opened

# More rounds than anyone has the time for.
_FOREVER = 10 * 365 * 24 * 3600


@dataclass(frozen=True)
class Share:
    """What one of several clouds has to do."""

    number: int
    clouds: int
    seed: int
    seconds: float
    kills: int

    def rounds(self) -> Iterator[Round]:
        """Its rounds: every so-and-so-many-th kill, or what its own part of the seed says."""
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


def main() -> int:
    """Reads the command line, plays and prints; the exit status says whether there are complaints."""
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="no round is begun after so long (default 600)")
    parser.add_argument("--seed", type=int, help="does the same again; without it, one is drawn and printed")
    parser.add_argument("--kills", type=int, default=0, help="instead, kill the driver so many times at each step")
    parser.add_argument("--clouds", type=int, default=1, help="so many at the same time (default 1)")
    parser.add_argument("--list", type=int, metavar="N", help="only print the first rounds of each cloud")
    arguments = parser.parse_args()
    seed = SystemRandom().randrange(10**9) if arguments.seed is None else arguments.seed
    shares = [
        Share(number, arguments.clouds, seed, arguments.seconds, arguments.kills) for number in range(arguments.clouds)
    ]
    if arguments.list:
        for share in shares:
            print(f"cloud {share.number + 1}:", *islice(share.rounds(), arguments.list), sep="\n  ")
        return 0
    with TemporaryDirectory() as folder:
        if reason := why_not_allowed(Path(folder)):
            raise Failure(f"no host boots here: {reason}")
    print(f"SEED={seed}", flush=True)
    where = machine()
    if len(shares) == 1:
        results = shares[0].play()
    else:
        # Each cloud in a process of its own, by whose children the function's copies are known.
        with ProcessPoolExecutor(len(shares), get_context("spawn")) as processes:
            results = [result for share in processes.map(Share.play, shares) for result in share]
    return _reported(results, seed, where, arguments.kills)


def _reported(results: list[Result], seed: int, where: str, kills_: int) -> int:
    what = f"the driver killed {kills_} times at each step" if kills_ else f"seed {seed}"
    print(f"\n{where}; the load was {os.getloadavg()[0]:.1f} at the end\n{len(results)} rounds, {what}\n")
    print(by_step(results) if kills_ else by_deed(results))
    wrong = [(result.round, complaint) for result in results for complaint in result.complaints]
    for round_, complaint in wrong:
        print(f"\nCOMPLAINT (SEED={seed}) {round_}\n  {complaint}")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"rollcall: {failure}")
