"""How fast anyone is found: in process beside SQLite and tantivy, and as whole requests of the function.

The function is started as tests/bench/cloud.py tells. The index is made, brought up to date and merged by the function
itself. A busy machine makes everything slower, so the load stands beside the numbers.
"""

import argparse
import json
import subprocess
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.bench.cloud import BENCH, RECORDS, Cloud, cloud, function, made, more, project, told, told_calls
from tests.bench.start import ROOT, RUST, machine, memory
from tests.support.lambda_service import RuntimeApi, get

COUNTS = (100, 10_000, 1_000_000)
# How many searches of each kind are made, and in how many new processes the first one.
SEARCHES = 200
PROCESSES = 10
# What is promised: how much slower the middle request may be at the most people than at the fewest, and the
# milliseconds of the first search in a new process.
SLOWER = 1.5
FIRST_SEARCH_MS = 500


@dataclass
class Measured:
    """What was measured among so many people: times in milliseconds, memory in MB."""

    people: int
    times: dict[str, list[float]] = field(default_factory=dict)
    calls: dict[str, dict[str, float]] = field(default_factory=dict)
    first: list[float] = field(default_factory=list)
    first_calls: dict[str, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    made: dict[str, float] = field(default_factory=dict)
    changes_a_second: float = 0


def measure(people: int) -> Measured:
    """All that is measured among so many people."""
    measured = Measured(people)
    searches = read_searches(people)
    with cloud(people) as aws:
        make(aws, measured, "made anew", {"action": "reindex"})
        measure_searches(aws, measured, searches)
        measure_first(aws, measured)
        measure_changes(aws, measured)
        make(aws, measured, "merged", {"action": "keep_index"})
    return measured


def read_searches(people: int) -> dict[str, list[dict[str, Any]]]:
    """The events of searches, by their kind."""
    searches: dict[str, list[dict[str, Any]]] = {}
    for line in told("searches", people, SEARCHES):
        search = json.loads(line)
        searches.setdefault(search["kind"], []).append(event(**search["asked"]))
    return searches


def event(typed: str, locations: list[str], job_titles: list[str], badges: list[str], **_: Any) -> dict[str, Any]:
    """The request of a search, with counts."""
    query = [("q", typed), ("facets", "true")]
    for name, values in (("location", locations), ("job_title", job_titles), ("badge", badges)):
        query += [(name, value) for value in values]
    return get("/api/employees", urlencode(query))


def make(aws: Cloud, measured: Measured, what: str, action: dict[str, str]) -> None:
    """Has a segment made."""
    seconds, peak = made(aws, measured.people, what, action)
    measured.made[f"{what} by the function, s"] = seconds
    measured.memory[f"memory of the function, {what}, MB"] = peak


def measure_searches(aws: Cloud, measured: Measured, searches: dict[str, list[dict[str, Any]]]) -> None:
    """Searches in a process that has the index."""
    with function(aws) as (runtime, process):
        for kind, events in searches.items():
            answer(runtime, events[0])
            before = aws.calls()
            measured.times[kind] = [answer(runtime, it) for it in events]
            measured.calls[kind] = {name: calls / len(events) for name, calls in more(aws.calls(), before).items()}
        measured.memory["memory of the function, searching, MB"] = memory(process.pid, "VmHWM")


def measure_first(aws: Cloud, measured: Measured) -> None:
    """The first search of new processes, from their start."""
    asked = event("an", [], [], [])
    before = aws.calls()
    for _ in range(PROCESSES):
        begun = time.perf_counter()
        with function(aws) as (runtime, _):
            answer(runtime, asked)
            measured.first.append((time.perf_counter() - begun) * 1e3)
    measured.first_calls = {name: calls / PROCESSES for name, calls in more(aws.calls(), before).items()}


def measure_changes(aws: Cloud, measured: Measured) -> None:
    """How fast what the table's stream tells of every hundredth employee comes into the log."""
    ids = aws.ids(max(measured.people // 100, min(measured.people, RECORDS)))
    with function(aws) as (runtime, _):
        measured.changes_a_second = len(ids) / project(runtime, ids)


def answer(runtime: RuntimeApi, search: dict[str, Any]) -> float:
    """The milliseconds from a search to its answer, which is one of the index."""
    seconds, answered = runtime.invoke(search)
    assert answered["statusCode"] == 200, answered
    assert '"limited"' not in answered["body"], answered
    return seconds * 1e3


def percentile(values: list[float], percent: int) -> float:
    """What that many of 100 stay below."""
    ordered = sorted(values)
    return ordered[-(-len(ordered) * percent // 100) - 1]


def middle_and_worst(values: list[float]) -> str:
    """The middle, and what 99 of 100 stay below."""
    return f"{percentile(values, 50):.1f} / {percentile(values, 99):.1f}"


def report(all_: list[Measured]) -> None:
    """Prints the tables of whole requests."""
    few, many = all_[0], all_[-1]
    columns = " | ".join(f"{it.people:,}" for it in all_)
    print(f"\nWhole requests of the function; milliseconds, median / 99th percentile of {SEARCHES}\n")
    print(f"| search | {columns} | median at the most : at the fewest | aim | calls of AWS for each, at the most |")
    print(f"| --- |{' ---: |' * len(all_)} ---: | --- | --- |")
    for kind, times in many.times.items():
        ratio = percentile(times, 50) / percentile(few.times[kind], 50)
        cells = " | ".join(middle_and_worst(it.times[kind]) for it in all_)
        print(f"| {kind} | {cells} | {ratio:.2f} | ≤ {SLOWER} | {told_calls(many.calls[kind])} |")
    firsts = " | ".join(f"{percentile(it.first, 50):.0f} / {max(it.first):.0f}" for it in all_)
    what = f"first search of a new process, from its start (median / worst of {PROCESSES})"
    print(f"| {what} | {firsts} | | ≤ {FIRST_SEARCH_MS} | {told_calls(many.first_calls)} |")
    print(f"\n| the function, keeping the index | {columns} |\n| --- |{' ---: |' * len(all_)}")
    for name in many.made:
        print(f"| {name} | {' | '.join(f'{it.made[name]:.1f}' for it in all_)} |")
    for name in many.memory:
        print(f"| {name} | {' | '.join(f'{it.memory[name]:.0f}' for it in all_)} |")
    print(f"| changes written into the log, a second | {' | '.join(f'{it.changes_a_second:,.0f}' for it in all_)} |")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=COUNTS, help="among how many")
    people = parser.parse_args().people
    assert RUST.exists(), f"{RUST.relative_to(ROOT)} is missing: make release builds it"
    # Each table as soon as it is there: all of them take minutes.
    print(f"{machine()}\n", flush=True)
    subprocess.run([BENCH, "in-process", *map(str, people)], check=True)
    report([measure(count) for count in people])
    print(f"\nWhen it ended: {machine()}")


if __name__ == "__main__":
    main()
