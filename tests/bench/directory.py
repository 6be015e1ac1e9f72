"""How fast the directory is: files in and out, one employee looked up and changed, and who reports to whom.

The function is started as tests/bench/cloud.py tells, one process for each kind of work, so that the most memory of a
process is what that work takes. Everyone has an e-mail address and a manager: tests/bench/search/src/directory.rs. Of
rows that are taken in the search index is told a thousand at a time, by another process, as the table's stream does it
on AWS. A busy machine makes everything slower, so the load stands beside the numbers.
"""

import argparse
import base64
import csv
import io
import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tests.bench.cloud import RECORDS, Cloud, cloud, function, made, more, project, segment_made, told, told_calls
from tests.bench.start import ROOT, RUST, machine, median_and_p95, memory
from tests.support.lambda_service import ENVIRONMENT, Issuer, RuntimeApi, request

COUNTS = (100, 1_000_000)
CHART = 100_000
# How often each call is made, and how many people with a photo are deleted: of a hundred half are left.
CALLS = 200
PICTURED = 50
# How many rows are taken in at the most, and where there are few people; and how many at once, as the page sends them.
ROWS, FEWEST_ROWS = 100_000, 1_000
PIECE = 100
# The levels above the last one of a chain, and how many report to the second one of it besides: directory.rs.
LEVELS, DIRECT = 20, 1_000
# Of the first people, those who report to that second one and become managers of others; these come behind them.
MANAGERS, OTHERS = slice(21, 30), slice(30, 2_000)
# The most reports of a page, and what the API answers of someone that no form sends.
PAGE = 200
ANSWERED = ("id", "photo_url", "display", "not_understood")

Row = dict[str, Any]
# Sends the request of a number, and gives the milliseconds until its answer.
Send = Callable[[int], float]


@dataclass
class Measured:
    """What was measured among so many people: times in milliseconds, memory in MB, rates in rows a second."""

    people: int
    rows: int = 0
    rates: dict[str, float] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)
    chart: dict[str, list[float]] = field(default_factory=dict)
    calls: dict[str, dict[str, float]] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)


@dataclass
class Editor:
    """Asks a function as a browser does, signed in as an editor."""

    runtime: RuntimeApi
    process: subprocess.Popen[bytes]
    bearer: Mapping[str, str]

    def ask(
        self, method: str, path: str, query: str = "", body: str | Row | None = None, tag: str | None = None
    ) -> tuple[float, dict[str, Any]]:
        """The seconds until the answer, and the answer, which is a good one."""
        headers = {"x-exact-path": "true", **self.bearer} | ({"if-match": tag} if tag else {})
        if isinstance(body, dict):
            headers, body = headers | {"content-type": "application/json"}, json.dumps(body)
        seconds, answer = self.runtime.invoke(request(method, path, query, headers, body))
        assert answer["statusCode"] in (200, 201, 204), answer
        return seconds, answer

    def peak(self) -> float:
        """The most memory that the function had so far."""
        return memory(self.process.pid, "VmHWM")


@dataclass
class Scene:
    """A directory of some people."""

    aws: Cloud
    issuer: Issuer
    measured: Measured
    ids: list[str]
    calls: int

    @contextmanager
    def editor(self, what: str) -> Iterator[Editor]:
        """A new process for some work, of which the most memory is noted."""
        print(f"{self.measured.people} people: {what}", file=sys.stderr)
        with function(self.aws, self.issuer.environment) as (runtime, process):
            editor = Editor(runtime, process, self.issuer.bearer("Editors"))
            yield editor
            self.measured.memory[what] = editor.peak()

    def timed(self, into: dict[str, list[float]], what: str, number: int, send: Send) -> None:
        """Notes the times of so many requests, and the calls of AWS for each."""
        before = self.aws.calls()
        into[what] = [send(it) for it in range(number)]
        self.measured.calls[what] = {name: it / number for name, it in more(self.aws.calls(), before).items()}


def measure(people: int, rows: int, calls: int) -> Measured:
    """All that is measured among so many people."""
    measured = Measured(people, min(rows, max(people, FEWEST_ROWS)))
    with opened(measured, calls) as scene:
        measure_export(scene)
        # Before anyone is changed, of which the index is not told.
        measure_chart(scene)
        measure_one(scene)
        measure_imports(scene)
        measure_deletions(scene)
    return measured


def measure_only_chart(people: int, calls: int) -> Measured:
    """The chart alone."""
    with opened(Measured(people), calls) as scene:
        measure_chart(scene)
        return scene.measured


@contextmanager
def opened(measured: Measured, calls: int) -> Iterator[Scene]:
    """A directory with its index."""
    with cloud(measured.people, "directory") as aws, Issuer() as issuer:
        what = "making the index"
        _, measured.memory[what] = made(aws, measured.people, what, {"action": "reindex"})
        yield Scene(aws, issuer, measured, told("ids", min(measured.people, OTHERS.stop)), calls)


def measure_export(scene: Scene) -> None:
    """Everyone as CSV, page by page, and the memory meanwhile."""
    people = scene.measured.people
    with scene.editor("export, in the end") as editor:
        seconds, rows, query = 0.0, 0, "format=csv"
        while query:
            took, answer = editor.ask("GET", "/api/employees/export", query)
            # The head is a line as well, and within a row no line ends like that.
            rows += base64.b64decode(answer["body"]).count(b"\r\n") - (1 if rows == 0 else 0)
            seconds += took
            query = answer["headers"].get("link", "").partition("?")[2].partition(">")[0]
            for part, reached in (("after the first page", 0), ("in the middle", people / 2)):
                if rows >= reached:
                    scene.measured.memory.setdefault(f"export, {part}", editor.peak())
    assert rows == people, f"{rows} rows of {people} people"
    scene.measured.rates["export"] = rows / seconds


def measure_one(scene: Scene) -> None:
    """One employee looked up, changed, added and deleted."""
    managers, others, calls, times = scene.ids[MANAGERS], scene.ids[OTHERS], scene.calls, scene.measured.times
    added: list[str] = []
    # What was answered of each last.
    seen: dict[str, dict[str, Any]] = {}
    with scene.editor("one employee at a time") as editor:

        def path(number: int) -> str:
            return f"/api/employees/{others[number % len(others)]}"

        def get(number: int) -> float:
            seconds, seen[path(number)] = editor.ask("GET", path(number))
            return seconds * 1e3

        def change(number: int, changed: Row) -> float:
            before = seen[path(number)]
            form = {name: it for name, it in json.loads(before["body"]).items() if name not in ANSWERED}
            tag = before["headers"]["etag"]
            seconds, seen[path(number)] = editor.ask("PUT", path(number), body=form | changed, tag=tag)
            return seconds * 1e3

        def move(number: int) -> float:
            return change(number, {"location": f"Place {number}"})

        def reassign(number: int) -> float:
            return change(number, {"manager": managers[number % len(managers)]})

        def add(number: int) -> float:
            someone = newcomer(number, managers[number % len(managers)])
            seconds, answer = editor.ask("POST", "/api/employees", body=someone)
            added.append(json.loads(answer["body"])["id"])
            return seconds * 1e3

        def leave(number: int) -> float:
            return editor.ask("DELETE", f"/api/employees/{added[number]}")[0] * 1e3

        # The connections, and the issuer's keys.
        get(0)
        change(0, {"location": "Elsewhere"})
        scene.timed(times, "an employee: GET", calls, get)
        scene.timed(times, "another place: PUT", calls, move)
        scene.timed(times, "another manager, held with those above: PUT", calls, reassign)
        scene.timed(times, "someone new, with an e-mail address: POST", calls, add)
        scene.timed(times, "gone, without a photo: DELETE", calls, leave)


def newcomer(number: int, manager: str) -> Row:
    """What a form sends of someone new."""
    names = {"full_name": f"Newcomer No. {number}", "location": "Oslo", "job_title": "Engineer"}
    return names | {"email": f"newcomer.{number:07}@example.org", "manager": manager, "badges": ["bug", "coffee"]}


def measure_deletions(scene: Scene) -> None:
    """People with a photo who are deleted: it is copied before, and goes after."""
    whom = scene.ids[-PICTURED:]
    with scene.editor("deleting people with a photo") as editor:
        for employee in whom:
            url = json.loads(editor.ask("GET", f"/api/employees/{employee}")[1]["body"])["photo_url"]
            name = url.removeprefix("/photos/").removesuffix(".png")
            for kind in ("png", "webp"):
                scene.aws.put_object(ENVIRONMENT["PHOTOS_BUCKET"], f"employee_pic/{name}.{kind}", bytes(10_000))

        def leave(number: int) -> float:
            return editor.ask("DELETE", f"/api/employees/{whom[number]}")[0] * 1e3

        what = "gone, with a photo that S3 copies and deletes: DELETE"
        scene.timed(scene.measured.times, what, len(whom), leave)


def measure_chart(scene: Scene) -> None:
    """The chart, where there are enough people for it."""
    if scene.measured.people <= LEVELS + DIRECT:
        return
    wide, deep = (f"/api/employees/{scene.ids[it]}" for it in (1, LEVELS))
    with scene.editor("the chart") as editor:

        def level(path: str, query: str = "") -> tuple[float, dict[str, Any]]:
            seconds, answer = editor.ask("GET", path, query)
            return seconds * 1e3, json.loads(answer["body"])

        def chain(_: int) -> float:
            taken, answer = level(f"{deep}/chain")
            assert len(answer["chain"]) == LEVELS, answer
            return taken

        def everyone(_: int) -> float:
            taken, answer = level(f"{wide}/reports", f"limit={PAGE}")
            found = len(answer["reports"])
            while cursor := answer["next_cursor"]:
                more_taken, answer = level(f"{wide}/reports", f"limit={PAGE}&cursor={cursor}")
                taken, found = taken + more_taken, found + len(answer["reports"])
            assert found == DIRECT + 1, found
            return taken

        level("/api/chart/top")
        kinds: dict[str, Send] = {
            "those at the top": lambda _: level("/api/chart/top")[0],
            f"the {LEVELS} levels above someone": chain,
            f"a page of {DIRECT:,} direct reports": lambda _: level(f"{wide}/reports")[0],
            f"all {DIRECT:,}, in pages of {PAGE}": everyone,
        }
        for what, send in kinds.items():
            scene.timed(scene.measured.chart, what, scene.calls, send)


def measure_imports(scene: Scene) -> None:
    """Files of people who are named by name and place, and of others who are named by their addresses."""
    people, number = scene.measured.people, scene.measured.rows
    lines = (json.loads(it) for it in told("newcomers", people, 2 * number))
    # Some have the same badge twice, and nobody wears one twice.
    rows = [row | {"badges": ",".join(dict.fromkeys(row["badges"]))} for row in lines]
    files = {
        "import by name and place": rows[:number],
        "import by e-mail address": [row | {"email": f"{uuid.uuid4().hex[:12]}@example.org"} for row in rows[number:]],
    }
    for what, file in files.items():
        for outcome in ("added", "same"):
            with scene.editor(f"{what}, {outcome}") as editor:
                scene.measured.rates[f"{what}, {outcome}"] = len(file) / taken_in(scene, editor, file, outcome)


def taken_in(scene: Scene, editor: Editor, file: list[Row], outcome: str) -> float:
    """The seconds that it takes to take these rows in, with the index kept up meanwhile by another process."""
    seconds, changed = 0.0, []
    left = iter(file)
    with function(scene.aws) as (keeper, _):
        while piece := list(islice(left, PIECE)):
            took, answer = editor.ask("POST", "/api/employees/import", body=as_csv(piece))
            seconds += took
            report = json.loads(answer["body"])["rows"]
            others = [it for it in report if it["outcome"] != outcome]
            assert not others, others[0]
            changed += [it["id"] for it in report if outcome == "added"]
            if len(changed) >= RECORDS:
                keep_up(scene.aws, keeper, changed)
                changed = []
        keep_up(scene.aws, keeper, changed)
    return seconds


def keep_up(aws: Cloud, keeper: RuntimeApi, changed: list[str]) -> None:
    """Has the index told of changes, and its segment made anew if the function asks for that."""
    before = aws.calls()
    project(keeper, changed)
    if "Invoke" in more(aws.calls(), before):
        segment_made(keeper, {"action": "keep_index"})


def as_csv(rows: list[Row]) -> str:
    """A piece of a file, with its head."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def report(all_: list[Measured], charts: list[Measured], calls: int) -> None:
    """Prints the tables."""
    few, many = all_[0], all_[-1]
    columns, lines = " | ".join(f"{it.people:,}" for it in all_), " ---: |" * len(all_)
    print(f"\nFiles; rows a second, {PIECE} rows a call in and 1,000 out\n\n| people | {columns} |\n| --- |{lines}")
    print(f"| rows of each import | {' | '.join(f'{it.rows:,}' for it in all_)} |")
    for name in many.rates:
        print(f"| {name} | {' | '.join(f'{it.rates[name]:,.0f}' for it in all_)} |")
    print(f"\nOne employee; milliseconds, median / 95th percentile of {calls}, of {PICTURED} with a photo\n")
    print(f"| request | {columns} | median at the most : at the fewest | calls of AWS for each, at the most |")
    print(f"| --- |{lines} ---: | --- |")
    for kind, times in many.times.items():
        cells = " | ".join(median_and_p95(it.times[kind]) for it in all_)
        ratio = sorted(times)[len(times) // 2] / sorted(few.times[kind])[len(few.times[kind]) // 2]
        print(f"| {kind} | {cells} | {ratio:.2f} | {told_calls(many.calls[kind])} |")
    if charts:
        print(f"\nThe chart; milliseconds, median / 95th percentile of {calls}\n")
        print(f"| people | {' | '.join(f'{it.people:,}' for it in charts)} | calls of AWS for each |")
        print(f"| --- |{' ---: |' * len(charts)} --- |")
        for kind in charts[0].chart:
            cells = " | ".join(median_and_p95(it.chart[kind]) for it in charts)
            print(f"| {kind} | {cells} | {told_calls(charts[-1].calls[kind])} |")
    shown = sorted({it.people: it for it in [*charts, *all_]}.values(), key=lambda it: it.people)
    print("\nThe most memory of the function, MB; each kind of work in a process of its own\n")
    print(f"| people | {' | '.join(f'{it.people:,}' for it in shown)} |\n| --- |{' ---: |' * len(shown)}")
    for name in dict.fromkeys(name for it in shown for name in it.memory):
        cells = " | ".join(f"{it.memory[name]:.1f}" if name in it.memory else "" for it in shown)
        print(f"| {name} | {cells} |")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=COUNTS, help="among how many (default 100, 1000000)")
    parser.add_argument("--chart", type=int, default=CHART, help="of how many the chart is (default 100000)")
    parser.add_argument("--rows", type=int, default=ROWS, help="how many are taken in at the most (default 100000)")
    parser.add_argument("--calls", type=int, default=CALLS, help="how often each request is made (default 200)")
    it = parser.parse_args()
    assert RUST.exists(), f"{RUST.relative_to(ROOT)} is missing: make release builds it"
    print(f"{machine()}", flush=True)
    all_ = [measure(count, it.rows, it.calls) for count in it.people]
    charts = [] if it.chart in it.people else [measure_only_chart(it.chart, it.calls)]
    charts = sorted((one for one in [*charts, *all_] if one.chart), key=lambda one: one.people)
    report(all_, charts, it.calls)
    print(f"\nWhen it ended: {machine()}")


if __name__ == "__main__":
    main()
