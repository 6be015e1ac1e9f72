"""What tests/bench/load.py measured, as tables, and what of it must not have been."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.bench.slow import READERS, SENDERS, SILENT, WITHIN, Visits
from tests.bench.wrk import Answer, Asked

# The memory of the process that has most of it, in MB. What is more at the end than halfway may grow for ever.
Sizes = Mapping[str, float]
MOMENTS = ("before", "halfway", "at the peak", "after")

KINDS = {
    "search": "people who match",
    "employee": "one employee",
    "facets": "how many of each kind",
    "write": "someone added",
    "info": "version and place",
    "badges": "the badges",
    "page": "the site's first page",
    "badchange": "malformed changes",
    "badread": "malformed reads",
    # Looked for like other words: so long a one is odd, and no mistake.
    "huge": "a word of 8,000 letters",
    "nohttp": "no HTTP",
}


@dataclass(frozen=True)
class Writes:
    """How many additions were answered as done; of these, how many are missing and how many are there twice.

    And how many were refused, and are there all the same.
    """

    done: int
    lost: int
    doubled: int
    refused_and_there: int


def writes(answers: Iterable[Answer], names: Iterable[str]) -> Writes:
    """Holds what was answered against the names that are in the table."""
    there = Counter(names)
    asked = [it for it in answers if it.kind == "write"]
    done = [it.name for it in asked if it.status < 300]
    refused = [it.name for it in asked if it.status >= 300]
    return Writes(
        len(done),
        sum(name not in there for name in done),
        sum(count > 1 for count in there.values()),
        sum(name in there for name in refused),
    )


@dataclass(frozen=True)
class Part:
    """What was measured of one part.

    `cores` is how many cores Rollcall had in the mean, and how many the emulated DynamoDB had; `emulator` how many
    milliseconds single calls of that one took.
    """

    name: str
    asked: Asked
    memory: Sizes
    cores: tuple[float, float]
    emulator: list[float]
    writes: Writes

    @property
    def statuses(self) -> Counter[int]:
        """How often each status was answered."""
        return Counter(it.status for it in self.asked.answers)

    def faults(self) -> Iterator[str]:
        """What must not have been."""
        counts = {
            "answers of 5xx": sum(often for status, often in self.statuses.items() if status >= 500),
            "connections that broke or were not answered": self.asked.broken,
            "lost writes": self.writes.lost,
            "doubled writes": self.writes.doubled,
            "writes that were refused and are there": self.writes.refused_and_there,
            "good answers about something else": sum(not it.is_right for it in self.asked.answers),
            "good answers to what is malformed": sum(
                it.status < 400 for it in self.asked.answers if it.kind in ("badchange", "badread", "nohttp")
            ),
        }
        yield from (f"{self.name}: {count} {what}" for what, count in counts.items() if count)


def p50_and_p99(values: list[float]) -> str:
    """The middle, and what 99 of 100 stay below."""
    if not values:
        return ""
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 2]:.1f} / {ordered[-(-len(ordered) * 99 // 100) - 1]:.1f}"


def by_status(answers: Iterable[Answer]) -> str:
    """How often each status was answered."""
    counts = Counter(it.status for it in answers)
    return ", ".join(f"{often:,} × {status}" for status, often in sorted(counts.items()))


def told(sizes: Sizes) -> str:
    """The memory at each moment."""
    return " / ".join(f"{sizes[moment]:.0f}" for moment in MOMENTS)


def table(parts: list[Part]) -> None:
    """Prints what was measured, a part in each column."""

    def row(what: str, tell: Callable[[Part], object]) -> None:
        print(f"| {what} | {' | '.join(str(tell(part)) for part in parts)} |")

    row("", lambda it: it.name)
    print(f"| --- |{' ---: |' * len(parts)}")
    row("requests a second", lambda it: f"{len(it.asked.answers) / it.asked.seconds:,.0f}")
    row("answers of 2xx", lambda it: f"{sum(often for status, often in it.statuses.items() if status < 300):,}")
    row("of 4xx but 429", lambda it: f"{sum(it.statuses[status] for status in range(400, 500) if status != 429):,}")
    row("of 429", lambda it: it.statuses[429])
    row("of 5xx (aim: 0)", lambda it: sum(often for status, often in it.statuses.items() if status >= 500))
    row("connections that broke (aim: 0)", lambda it: it.asked.broken)
    row("people added", lambda it: f"{it.writes.done:,}")
    row("of these lost, doubled (aim: 0)", lambda it: f"{it.writes.lost}, {it.writes.doubled}")
    row("milliseconds, p50 / p99", lambda it: p50_and_p99([answer.milliseconds for answer in it.asked.answers]))
    row(f"memory {', '.join(MOMENTS)}, MB", lambda it: told(it.memory))
    row("cores that it had, and that the emulated DynamoDB had", lambda it: f"{it.cores[0]:.2f}, {it.cores[1]:.2f}")
    row("one GetItem of the emulated DynamoDB meanwhile, ms, p50 / p99", lambda it: p50_and_p99(it.emulator))


def table_of_kinds(parts: list[Part]) -> None:
    """Prints each kind of request, a row for each part."""
    print("\n| request | at | answers | milliseconds, p50 / p99 |\n| --- | --- | --- | ---: |")
    for kind, what in KINDS.items():
        for part in parts:
            answers = [it for it in part.asked.answers if it.kind == kind]
            if answers:
                taken = p50_and_p99([it.milliseconds for it in answers])
                print(f"| {what} | {part.name} | {by_status(answers)} | {taken} |")


def tell_slow_clients(visits: Visits, sizes: Sizes) -> None:
    """Prints what a visitor met among clients that take their time."""
    print(
        f"\n{READERS} clients that read a byte each 5 s, {SENDERS} that send one, {SILENT} that say nothing, of whom "
        f"the host hung up on {visits.hung_up_on:,}: a visitor asked {len(visits.taken)} times and was answered in "
        f"{p50_and_p99(visits.taken)} ms (p50 / p99), {max(visits.taken, default=0):.0f} ms at the most, "
        f"after {visits.slowest_at:.0f} s (aim: {WITHIN * 1e3:.0f}); memory {', '.join(MOMENTS)}: {told(sizes)} MB"
    )
