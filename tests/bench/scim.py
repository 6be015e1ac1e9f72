"""Whether an identity provider that asks at a steady rate is answered: Microsoft's gallery wants 25 times a second.

The provider does what one does that brings a company in: it looks whether someone is there, makes them, reads them,
changes them, makes them inactive, and now and then reads a page of a list. Requests begin when their time has come,
whether or not those before them were answered.

The function is started as Lambda starts it, as often as it takes to answer so many at once, and finds the local cloud's
tables. The emulators of CloudFront, API Gateway and Lambda are left out: together they take a tenth of a second of the
machine for each request. A busy machine makes everything slower, so the load stands beside the numbers.
"""

import argparse
import json
import os
import queue
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import requests

from infra.local.cloud import LocalCloud
from infra.local.people import PEOPLE
from tests.bench.start import RUST, machine, median_and_p95
from tests.support.api import Api
from tests.support.copies import FUNCTION, Copies
from tests.support.scim import ENTERPRISE, new_token, patch, user

# So many requests are answered at once: a process each, as Lambda has it.
ENVIRONMENTS = 12


class Function:
    """The function as a provider meets it."""

    def __init__(self, copies: Copies, token: str) -> None:
        self._copies = copies
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/scim+json"}

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> requests.Response:
        """Asks as a provider does, once a process is free."""
        address = f"/scim/v2{path}" + (f"?{urlencode(query)}" if query else "")
        return self._copies.ask(method, address, self._headers, None if body is None else json.dumps(body))


Ask = tuple[str, Callable[[Function], requests.Response]]


def life() -> Iterator[Ask]:
    """What a provider asks about one person, from the first to the last."""
    name = f"{uuid.uuid4()}@example.org"
    ids: list[str] = []

    def make(function: Function) -> requests.Response:
        enterprise = {"department": "Engines", "manager": {"value": "nobody-yet"}}
        body = user(userName=name, externalId=name, displayName="Ada", title="Engineer", **{ENTERPRISE: enterprise})
        answer = function.ask("POST", "/Users", body)
        ids.extend([answer.json()["id"]] if answer.status_code == 201 else [])
        return answer

    def known() -> str:
        return ids[0] if ids else "nobody"

    def change(**attributes: Any) -> Callable[[Function], requests.Response]:
        body = patch({"op": "Replace", "value": attributes})
        return lambda function: function.ask("PATCH", f"/Users/{known()}", body)

    def find(function: Function) -> requests.Response:
        return function.ask("GET", "/Users", filter=f'userName eq "{name}"')

    yield "look for someone by userName", find
    yield "make someone", make
    yield "read someone", lambda function: function.ask("GET", f"/Users/{known()}")
    yield "change a job title", change(title="Countess")
    yield "look for someone by userName", find
    yield "make someone inactive", change(active="False")
    yield "read a page of 50", lambda function: function.ask("GET", "/Users", startIndex="1", count="50")


class Load:
    """Requests at a steady rate, and what came of them."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self.taken: dict[str, list[float]] = defaultdict(list)
        self.codes: dict[int, int] = defaultdict(int)

    def run(self, rate: float, seconds: float) -> float:
        """Asks so often for so long; gives how many seconds after the last request the last answer came."""
        # So many people at once that nobody is changed before they are made.
        lives = [life() for _ in range(int(rate) * 4)]
        begun = time.monotonic()
        with ThreadPoolExecutor(200) as pool:
            for number in range(int(rate * seconds)):
                place = number % len(lives)
                ask = next(lives[place], None)
                if ask is None:
                    lives[place] = life()
                    ask = next(lives[place])
                time.sleep(max(0.0, begun + number / rate - time.monotonic()))
                pool.submit(self._ask, time.perf_counter(), *ask)
            last = time.monotonic()
        return time.monotonic() - last

    def _ask(self, begun: float, kind: str, ask: Callable[[Function], requests.Response]) -> None:
        try:
            code = ask(self._function).status_code
        except (AssertionError, queue.Empty):
            code = 0
        # With the time in which no process was free.
        self.taken[kind].append((time.perf_counter() - begun) * 1e3)
        self.codes[code] += 1


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=25, help="requests a second (default 25)")
    parser.add_argument("--seconds", type=float, default=60, help="for how long (default 60)")
    it = parser.parse_args()
    where = machine()
    operator = next(person for person in PEOPLE if person.name == "operator")
    with TemporaryDirectory() as folder, LocalCloud(Path(folder)) as cloud:
        with Api(cloud.url, lambda: cloud.token(operator)) as api:
            token = new_token(api, "bench")["token"]
        built = RUST if RUST.exists() else FUNCTION
        with Copies(cloud.function_environment(), ENVIRONMENTS, built) as copies:
            function = Function(copies, token)
            # Opens the connections.
            Load(function).run(ENVIRONMENTS, 2)
            load = Load(function)
            late = load.run(it.rate, it.seconds)
    codes = ", ".join(f"{count} × {code or 'no answer'}" for code, count in sorted(load.codes.items()))
    faults = sum(count for code, count in load.codes.items() if code == 0 or code >= 500)
    print(f"\n{where}, and {os.getloadavg()[0]:.1f} at the end")
    print(f"{it.rate:.0f} requests a second for {it.seconds:.0f} s: {codes}")
    print(f"the last answer came {late:.1f} s after the last request\n")
    print("| request | how many | milliseconds, median / 95th percentile |\n| --- | ---: | ---: |")
    for kind, taken in load.taken.items():
        print(f"| {kind} | {len(taken)} | {median_and_p95(taken)} |")
    print(f"\n{faults} answers of 5xx, or none at all (aim: 0)")


if __name__ == "__main__":
    main()
