"""Whether host and function hold out against many connections at once, answer nothing with 5xx, and lose no write.

wrk asks for a minute by 200 connections: people are looked for, read, counted and added, and one request in a hundred
is malformed. Each who is added has a name of their own, so that afterwards the table tells who is missing of those
whose addition was answered, and who is there twice. Everything is on loopback.

The host is asked itself. On AWS Lambda gives each request an instance of the function for itself; here the requests go
through tests/bench/front.py to some copies of it, and wait until one is free. On AWS a host may change nothing; here it
may, so that its writes are counted too.

The emulated DynamoDB is one process of Python, and a call of it that takes 3.5 s is given up and answered with 503:
that would be the emulator's limit and none of Rollcall's. So the rate is bounded where DynamoDB is asked, and the
table says how many cores Rollcall and the emulator had, and how long a small call of it took meanwhile; in front of
the function that call comes from a process that is busy itself. What the host answers without DynamoDB is asked as
fast as there are answers. A busy machine makes everything slower, so the load stands beside the numbers.
"""

import argparse
import os
import shutil
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import requests

from infra.local.cloud import ROOT, LocalCloud
from infra.local.people import PEOPLE
from tests.bench.front import front
from tests.bench.load_report import Part, Sizes, table, table_of_kinds, tell_slow_clients, writes
from tests.bench.slow import Visits, visit
from tests.bench.start import RUST, machine, memory
from tests.bench.wrk import LONGEST_PAUSE, Questions, ask
from tests.support.copies import FUNCTION, Copies
from tests.support.function import Function
from tests.support.host import Host
from tests.support.waiting import wait_until

# What function and host have in their environment besides: whatever sets their limits for one person and one address
# out of the way, since here all requests are one editor's and come from one address.
UNLIMITED = dict.fromkeys(("WRITES_PER_MINUTE", "SEARCHES_PER_MINUTE", "SIGN_INS_PER_MINUTE"), "1000000")

# Of a thousand requests so many of each kind; load.lua tells what they are. In front of the function stands API
# Gateway, which lets through nothing that is no HTTP.
USUAL = {"search": 550, "employee": 250, "facets": 90, "write": 100}
AT_HOST = USUAL | {"badchange": 4, "badread": 3, "huge": 1, "nohttp": 2}
AT_FUNCTION = USUAL | {"badchange": 5, "badread": 4, "huge": 1}
WITHOUT_DYNAMODB = {"page": 390, "info": 400, "badges": 200, "badread": 5, "nohttp": 5}

# Those who are there, and the words by which they are found.
FIRST_NAMES = ("Ada", "Grace", "Edsger", "Barbara", "Alan", "Katherine", "Donald", "Margaret", "Niklaus", "Frances")
LAST_NAMES = ("Lovelace", "Hopper", "Dijkstra", "Liskov", "Turing", "Johnson", "Knuth", "Hamilton", "Wirth", "Allen")
PLACES = ("Oslo", "Lagos", "Lima", "Osaka", "Ghent")
WORDS = [f"{first}+{last}" for first, last in product(FIRST_NAMES, LAST_NAMES)]
# Of a page of fifty people the emulated DynamoDB has more work than of all else.
PEOPLE_OF_A_NAME = 10
# How long the host waits for the next request of a connection, in seconds: backend/host/src/listen.rs.
HOST_WAITS = 10
# So much is left to what has just been asked of memory, in seconds, before it is read.
SETTLED_AFTER = 5.0
LARGE = "/assets/large-0123.wasm"


@dataclass(frozen=True)
class Scene:
    """A local cloud with some people, and how it is asked."""

    cloud: LocalCloud
    folder: Path
    environment: dict[str, str]
    token: str
    ids: list[str]
    connections: int
    seconds: int
    rate: float

    def questions(self, mix: dict[str, int]) -> Questions:
        """What is asked, with names that no other part has."""
        return Questions(mix, self.ids, WORDS, self.token, f"Load {uuid.uuid4().hex[:8]}")

    def measure(self, name: str, url: str, mix: dict[str, int], pids: list[int], rate: float) -> Part:
        """Asks for a while, and looks what came of it."""
        print(name, file=sys.stderr)
        questions = self.questions(mix)
        emulator = [self.cloud.child("ministack").pid]
        before = worked(pids), worked(emulator)
        with memory_of(pids, self.seconds) as sizes:
            with self._emulator() as calls:
                asked = ask(url, questions, self.connections, self.seconds, rate)
            cores = [(worked(whose) - it) / self.seconds for whose, it in zip((pids, emulator), before, strict=True)]
        return Part(name, asked, sizes, (cores[0], cores[1]), calls, writes(asked.answers, self._names(questions.run)))

    def _names(self, run: str) -> Iterator[str]:
        pages = (
            self.cloud.client("dynamodb")
            .get_paginator("scan")
            .paginate(TableName=self.environment["EMPLOYEES_TABLE"], ConsistentRead=True)
        )
        names = (item["full_name"]["S"] for page in pages for item in page["Items"])
        return (name for name in names if name.startswith(run))

    @contextmanager
    def _emulator(self) -> Iterator[list[float]]:
        """How long the emulated DynamoDB takes to give one item, asked twice a second."""
        taken: list[float] = []
        over = threading.Event()
        client, key = self.cloud.client("dynamodb"), {"id": {"S": self.ids[0]}}

        def look() -> None:
            while not over.wait(0.5):
                begun = time.perf_counter()
                client.get_item(TableName=self.environment["EMPLOYEES_TABLE"], Key=key)
                taken.append((time.perf_counter() - begun) * 1e3)

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield taken
        finally:
            over.set()
            looking.join()


def most(pids: Iterable[int], kind: str) -> float:
    """The memory of the process that has most of it."""
    return max(memory(pid, kind) for pid in pids)


@contextmanager
def memory_of(pids: list[int], seconds: float) -> Iterator[dict[str, float]]:
    """The memory of the process that has most, in MB, once what is asked for so many seconds has ended."""
    sizes = {"before": most(pids, "VmRSS")}
    halfway = threading.Timer(seconds / 2, lambda: sizes.update(halfway=most(pids, "VmRSS")))
    halfway.start()
    try:
        yield sizes
    finally:
        halfway.cancel()
    time.sleep(SETTLED_AFTER)
    sizes |= {"at the peak": most(pids, "VmHWM"), "after": most(pids, "VmRSS")}


def worked(pids: Iterable[int]) -> float:
    """For how many seconds these processes had a core, all together."""
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return sum(it.user + it.system for it in times)


@contextmanager
def opened(connections: int, seconds: int, rate: float) -> Iterator[Scene]:
    """A local cloud with a thousand people, who are found."""
    with TemporaryDirectory() as name, LocalCloud(Path(name), say=lambda line: print(line, file=sys.stderr)) as cloud:
        environment = cloud.function_environment()
        ids = hire(cloud.client("dynamodb"), environment["EMPLOYEES_TABLE"])
        service = cloud.outputs["service"]
        Function(cloud.client("lambda"), service["FunctionName"], cloud.gate.url).make_index()
        editor = next(person for person in PEOPLE if person.name == "editor")
        yield Scene(cloud, Path(name), environment, cloud.token(editor), ids, connections, seconds, rate)


def hire(dynamodb: Any, table: str) -> list[str]:
    """Stores people as the original app does, and gives their ids."""
    people = [
        {"id": str(uuid.uuid4()), "full_name": f"{first} {last}", "job_title": "Engineer", "location": place}
        for first, last, number in product(FIRST_NAMES, LAST_NAMES, range(PEOPLE_OF_A_NAME))
        for place in [PLACES[number % len(PLACES)]]
    ]
    for at in range(0, len(people), 25):
        items = [{name: {"S": text} for name, text in person.items()} for person in people[at : at + 25]]
        left = dynamodb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": it}} for it in items]})
        assert not left["UnprocessedItems"], left
    return [person["id"] for person in people]


@contextmanager
def host(scene: Scene) -> Iterator[Host]:
    """A host that has answered a little, with the site and a large file."""
    site = scene.folder / "site"
    if not site.exists():
        shutil.copytree(ROOT / "target/site", site)
        (site / LARGE.strip("/")).write_bytes(bytes(8 * 1024 * 1024))
    running = Host(scene.folder, scene.environment, **UNLIMITED, SITE_DIR=str(site))
    try:
        wait_until(running.is_listening)
        with requests.Session() as visitor:
            visitor.trust_env = False
            for path in ("/", "/api/employees?q=ada", f"/api/employees/{scene.ids[0]}"):
                assert visitor.get(running.url + path, timeout=30).status_code == 200
        yield running
    finally:
        running.stop()


def at_host(scene: Scene) -> Part:
    """The host, at a bounded rate."""
    with host(scene) as running:
        return scene.measure("host", running.url, AT_HOST, [running.process.pid], scene.rate)


def at_function(scene: Scene, number: int) -> Part:
    """So many copies of the function, at a bounded rate."""
    built = RUST if RUST.exists() else FUNCTION
    with Copies(scene.environment | UNLIMITED, number, built) as copies, front(copies) as url:
        for _ in range(number):
            # They are taken in turns, so that each opens its connections.
            assert copies.ask("GET", "/api/employees?q=ada").status_code == 200
        return scene.measure(f"function, {number} copies", url, AT_FUNCTION, copies.pids, scene.rate)


def without_dynamodb(scene: Scene) -> Part:
    """The host, as fast as it goes."""
    with host(scene) as running:
        name = "host, without DynamoDB, as fast as it goes"
        return scene.measure(name, running.url, WITHOUT_DYNAMODB, [running.process.pid], 0)


def among_slow_clients(scene: Scene) -> tuple[Visits, Sizes]:
    """A visitor of the host, among others who take their time; and the host's memory."""
    print("host, among slow clients", file=sys.stderr)
    with host(scene) as running:
        with memory_of([running.process.pid], scene.seconds) as sizes:
            visits = visit(running.url, LARGE, scene.seconds)
        return visits, sizes


def main() -> None:
    """Measures, prints, and fails when something was lost, answered with 5xx or late."""
    names = ("host", "function", "without-dynamodb", "slow")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=200, help="how many at once (default 200)")
    parser.add_argument("--seconds", type=int, default=60, help="for how long each part (default 60)")
    parser.add_argument("--rate", type=float, default=100, help="requests a second where it is bounded (default 100)")
    parser.add_argument("--copies", type=int, default=12, help="of the function (default 12)")
    parser.add_argument("--only", choices=names, nargs="+", default=names, help="these parts alone")
    it = parser.parse_args()
    if it.connections / it.rate * LONGEST_PAUSE >= HOST_WAITS:
        parser.error(f"at {it.rate} requests a second the host would close {it.connections} connections in between")
    where = machine()
    with opened(it.connections, it.seconds, it.rate) as scene:
        measures: dict[str, Callable[[], Part]] = {
            "host": lambda: at_host(scene),
            "function": lambda: at_function(scene, it.copies),
            "without-dynamodb": lambda: without_dynamodb(scene),
        }
        parts = [measure() for name, measure in measures.items() if name in it.only]
        slow = among_slow_clients(scene) if "slow" in it.only else None
    print(f"\n{where}, and {os.getloadavg()[0]:.1f} at the end")
    print(f"{it.connections} connections for {it.seconds} s; {it.rate:.0f} requests a second where DynamoDB is asked\n")
    if parts:
        table(parts)
        table_of_kinds(parts)
    if slow:
        tell_slow_clients(*slow)
    faults = [fault for part in parts for fault in part.faults()] + list(slow[0].faults() if slow else ())
    sys.exit("\n" + "\n".join(faults) if faults else 0)


if __name__ == "__main__":
    main()
