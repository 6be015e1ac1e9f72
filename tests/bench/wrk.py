"""wrk, asking Rollcall by many connections at once, and what came of each request; what it asks is in load.lua."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

SCRIPT = Path(__file__).with_name("load.lua")
# The longest that an answer is waited for, in seconds: API Gateway waits as long.
PATIENCE = 30
# The longest pause before a request, of pauses that are 1 in the mean: load.lua.
LONGEST_PAUSE = 1.5


@dataclass(frozen=True)
class Answer:
    """What came of a request. It is right unless it is a good one that holds nothing of what was asked for."""

    kind: str
    status: int
    milliseconds: float
    is_right: bool
    name: str


@dataclass(frozen=True)
class Asked:
    """What came of all requests; the connections that broke before an answer are a number alone."""

    answers: list[Answer]
    seconds: float
    broken: int


@dataclass(frozen=True)
class Questions:
    """What is asked: of a thousand requests so many of each kind, with these ids and words, as this editor.

    Names of those who are added begin with `run`.
    """

    mix: Mapping[str, int]
    ids: Sequence[str] = ()
    words: Sequence[str] = ()
    token: str = ""
    run: str = ""


def ask(address: str, questions: Questions, connections: int, seconds: int, rate: float) -> Asked:
    """Asks for so long, at about this many requests a second; with a rate of 0, as fast as there are answers."""
    pause = connections / rate * 1e3 if rate else 0
    with TemporaryDirectory() as log:
        told = {
            "LOAD_MIX": " ".join(f"{kind}={often}" for kind, often in questions.mix.items()),
            "LOAD_IDS": " ".join(questions.ids),
            "LOAD_WORDS": " ".join(questions.words),
            # Not among the arguments, which everyone on the machine can read.
            "LOAD_TOKEN": questions.token,
            "LOAD_RUN": questions.run,
            "LOAD_PAUSE": str(pause),
            "LOAD_LOG": log,
        }
        # A thread for each connection: the script says why.
        size = [f"--threads={connections}", f"--connections={connections}", f"--duration={seconds}s"]
        done = subprocess.run(
            ["wrk", *size, f"--timeout={PATIENCE}s", f"--script={SCRIPT}", address],
            env={"PATH": os.environ["PATH"]} | told,
            capture_output=True,
            text=True,
            timeout=seconds + 2 * PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        answers = [answer(line) for file in Path(log).iterdir() for line in file.read_text().splitlines()]
    return Asked(answers, seconds, broken(done.stdout))


def answer(line: str) -> Answer:
    """What the script wrote of one request."""
    kind, status, microseconds, is_right, name = line.split("\t")
    return Answer(kind, int(status), int(microseconds) / 1e3, is_right == "1", name)


def broken(told: str) -> int:
    """How many connections could not be made, broke, or had no answer in time, as wrk tells when there were any."""
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", told)
    return sum(map(int, errors.groups())) if errors else 0
