"""Breaks local clouds at random for a while, or kills drivers at each step, and prints what came of it.

The seed says what is done, when in a relaunch, and for how long; how fast this machine is, it can't say.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory

from infra.local.failure import Failure
from infra.local.hosts.namespaces import why_not_allowed
from tests.bench.start import machine
from tests.chaos.campaign import Result
from tests.chaos.clouds import Share, played
from tests.chaos.report import by_deed, by_step


def main() -> int:
    """Reads the command line, plays and prints; the exit status says whether there are complaints."""
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="no round is begun after so long (default 600)")
    parser.add_argument("--seed", type=int, help="does the same again; without it, one is drawn and printed")
    parser.add_argument("--kills", type=int, default=0, help="instead, kill the driver so many times at each step")
    parser.add_argument("--clouds", type=int, default=1, help="so many at the same time (default 1)")
    parser.add_argument("--list", type=int, metavar="N", help="only print the first rounds of each cloud")
    it = parser.parse_args()
    seed = SystemRandom().randrange(10**9) if it.seed is None else it.seed
    shares = [Share(number, it.clouds, seed, it.seconds, it.kills) for number in range(it.clouds)]
    if it.list:
        for share in shares:
            print(f"cloud {share.number + 1}:", *islice(share.rounds(), it.list), sep="\n  ")
        return 0
    with TemporaryDirectory() as folder:
        if reason := why_not_allowed(Path(folder)):
            raise Failure(f"no host boots here: {reason}")
    print(f"SEED={seed}", flush=True)
    where = machine()
    results = played(shares)
    what = f"the driver killed {it.kills} times at each step" if it.kills else f"SEED={seed}"
    how_long = "" if it.kills else f" for {it.seconds:.0f} s"
    print(f"\n{where}, and {os.getloadavg()[0]:.1f} at the end\n{what}{how_long}, clouds: {it.clouds}\n")
    print(by_step(results) if it.kills else by_deed(results))
    return _complain(results, seed)


def _complain(results: Sequence[Result], seed: int) -> int:
    wrong = [(result.round, complaint) for result in results for complaint in result.complaints]
    for round_, complaint in wrong:
        print(f"\nCOMPLAINT (SEED={seed}) {round_}\n  {complaint}")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"rollcall: {failure}")
