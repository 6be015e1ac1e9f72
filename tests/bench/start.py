"""How quickly the function starts and answers, and how much memory it takes, beside the same in Python with boto3.

Both are started as Lambda starts a function, by turns, and find a table that answers at once: what is measured is what
is ours, on this machine. On AWS, Lambda's own part and the network come on top of both. A busy machine makes everything
slower, so the load stands beside the numbers.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import boto3

from infra.package import LIMIT_MB
from tests.support.lambda_service import RuntimeApi, Table, get, started

ROOT = Path(__file__).parent.parent.parent
RUST = ROOT / "target/release/bootstrap"
COMMANDS = {"Rollcall": [str(RUST)], "Python": [sys.executable, str(Path(__file__).with_name("python_function.py"))]}
# One of them needs the table, and is what people see first.
FIRST = "/api/employees"
PATHS = (FIRST, "/api/badges", "/api/info")
WARM_ANSWERS = 20
# What is promised: of the start, in milliseconds, and of the memory, in millions of bytes.
AIMS = {"exec to the first /next, ms": 13, "memory at the end, MB": 20}

Numbers = dict[str, list[float]]


def measure(command: list[str], table: Table) -> Numbers:
    """One start, first and warm answers, and the memory in the end."""
    numbers: Numbers = defaultdict(list)
    with RuntimeApi() as runtime:
        begun = time.perf_counter()
        with started(command, runtime, table) as process:
            numbers["exec to the first /next, ms"] = [(runtime.next() - begun) * 1e3]
            numbers[f"first answer, GET {FIRST}, ms"] = [answer(runtime, FIRST)]
            for path in PATHS:
                numbers[f"warm answer, GET {path}, ms"] = [answer(runtime, path) for _ in range(WARM_ANSWERS)]
            numbers["memory at the end, MB"] = [memory(process.pid, "VmRSS")]
            numbers["most memory at any time, MB"] = [memory(process.pid, "VmHWM")]
    return numbers


def answer(runtime: RuntimeApi, path: str) -> float:
    """The milliseconds from an event to its answer."""
    seconds, answered = runtime.invoke(get(path))
    assert answered["statusCode"] == 200, answered
    return seconds * 1e3


def memory(process: int, kind: str) -> float:
    """What Linux tells of a process's resident memory, in millions of bytes."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == kind:
            return int(value.split()[0]) * 1024 / 1e6
    raise AssertionError(f"process {process} is gone")


def median_and_p95(values: list[float]) -> str:
    """The middle, and what 95 of 100 stay below."""
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 2]:.2f} / {ordered[-(-len(ordered) * 95 // 100) - 1]:.2f}"


def machine() -> str:
    """Where and when this ran."""
    models = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} × {models[0] if models else platform.machine()}, "
        f"load {os.getloadavg()[0]:.1f}; Rollcall {commit or 'of no commit'}, "
        f"Python {platform.python_version()}, boto3 {boto3.__version__}"
    )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=40, help="how often each is started (default 40)")
    starts = parser.parse_args().starts
    where = machine()
    results: dict[str, Numbers] = {name: defaultdict(list) for name in COMMANDS}
    with Table() as table:
        for round_ in range(starts + 1):
            for name, command in COMMANDS.items():
                for kind, values in measure(command, table).items():
                    # The first round reads the files into memory.
                    if round_ > 0:
                        results[name][kind] += values

    print(f"\n{where}\n{starts} starts of each, {WARM_ANSWERS} warm answers of a kind each; median / 95th percentile\n")
    print(f"| | {' | '.join(COMMANDS)} | aim |\n| --- | --- | --- | --- |")
    for kind in results["Rollcall"]:
        columns = " | ".join(median_and_p95(results[name][kind]) for name in COMMANDS)
        print(f"| {kind} | {columns} | {f'≤ {AIMS[kind]}' if kind in AIMS else ''} |")
    archive = RUST.with_name("bootstrap.zip")
    print(f"| zip, MB | {archive.stat().st_size / 1e6:.2f} | boto3 is Lambda's own | ≤ {LIMIT_MB} |")


if __name__ == "__main__":
    main()
