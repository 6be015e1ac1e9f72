"""What came of a campaign, as tables in Markdown."""

from collections.abc import Callable, Sequence
from statistics import median

from tests.chaos.campaign import Result
from tests.chaos.judge import NEXT_LOOK_WITHIN

_UNDONE = ("rolled_back", "failed")


def by_deed(results: Sequence[Result]) -> str:
    """What came of each thing that was done, alone or with another."""
    names = sorted({deed.name for result in results for deed in result.round.deeds})
    rows = [(name, [it for it in results if name in {deed.name for deed in it.round.deeds}]) for name in names]
    rows += [("two at once", [it for it in results if len(it.round.deeds) > 1]), ("**all**", list(results))]
    return _table("done", rows)


def by_step(results: Sequence[Result]) -> str:
    """What came of each step at which something was done."""
    steps = dict.fromkeys(result.round.moment.step for result in results)
    rows = [(step, [it for it in results if it.round.moment.step == step]) for step in steps]
    return _table("at", [*rows, ("**all**", list(results))])


Column = tuple[str, Callable[[Sequence[Result]], str]]


def _count(wanted: Callable[[Result], bool]) -> Callable[[Sequence[Result]], str]:
    return lambda results: str(sum(1 for it in results if wanted(it)))


def _next_look(results: Sequence[Result]) -> str:
    seconds = [it.next_look for it in results if it.next_look is not None]
    return f"{median(seconds):.1f} / {max(seconds):.1f}" if seconds else ""


_COLUMNS: tuple[Column, ...] = (
    ("rounds", _count(lambda _: True)),
    ("succeeded", _count(lambda it: it.outcome == "succeeded")),
    ("undone", _count(lambda it: it.outcome in _UNDONE)),
    ("of these needlessly", _count(lambda it: it.needless)),
    ("cancelled", _count(lambda it: it.outcome == "cancelled")),
    ("relaunched by hand", _count(lambda it: it.mended)),
    ("longest, s", lambda results: f"{max(it.seconds for it in results):.0f}" if results else ""),
    (f"death to next look, s: median / worst (≤ {NEXT_LOOK_WITHIN})", _next_look),
    ("visitors", lambda results: str(sum(it.visits for it in results))),
    ("met nobody", lambda results: str(sum(it.explained for it in results))),
    ("unexplained", lambda results: str(sum(it.unexplained for it in results))),
    ("complaints", lambda results: str(sum(len(it.complaints) for it in results))),
)


def _table(first: str, rows: Sequence[tuple[str, Sequence[Result]]]) -> str:
    lines = [
        f"| {first} | {' | '.join(name for name, _ in _COLUMNS)} |",
        f"| --- | {' | '.join('---:' for _ in _COLUMNS)} |",
        *(f"| {name} | {' | '.join(column(results) for _, column in _COLUMNS)} |" for name, results in rows),
    ]
    return "\n".join(lines)
