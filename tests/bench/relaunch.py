"""How long a relaunch takes, and how much of that is Rollcall's own.

Relaunches in earnest in a local cloud whose hosts boot at once: the driver, the calls to AWS, the agent's report and
the probe are as they are; what an instance takes to start on AWS comes on top. The same is measured once more when the
cloud has seen many relaunches. A busy machine makes everything slower, so the load stands beside the numbers.
"""

import argparse
import os
import time
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.emulators import emulated
from tests.bench.start import machine, median_and_p95
from tests.support.operations import STEPS, outcomes, step
from tests.support.relaunching import Scene, opened
from tests.support.waiting import wait_until

# What is promised, in seconds: from the request until the old host is retired; the part of it in which nobody waits for
# the host to boot and to report, nor for AWS to answer; and from the app's first answer until the record says so.
TOTAL, OWN, REPORTED = "all of it", "the rest: Rollcall's own", "from the app's first answer to the record"
AIMS = {TOTAL: 10, OWN: 1, REPORTED: 5}
# The parts of all of it: waiting for the host, and for AWS's emulators, which take another time than AWS does.
HOST, EMULATED = "waiting for the host", "waiting for AWS's emulators"
RECIPES = ("al2023-flask", "al2023-rollcall")

Seconds = dict[str, list[float]]


class Bench:
    """Relaunches one cloud's host, and knows how often that was done."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._revisions = {recipe: revision_of(scene, recipe) for recipe in RECIPES}
        self._made = 0
        scene.host()

    def grow_to(self, relaunches: int) -> None:
        """Relaunches until the cloud has seen so many."""
        while self._made < relaunches:
            self._relaunch(self._scene.revision)

    def measure(self, relaunches: int) -> dict[str, Seconds]:
        """What so many relaunches with each recipe take, and how soon a report is in the record."""
        results: dict[str, Seconds] = {recipe: defaultdict(list) for recipe in RECIPES}
        for _ in range(relaunches):
            for recipe in RECIPES:
                for kind, seconds in self._measured(recipe).items():
                    results[recipe][kind].append(seconds)
            results[RECIPES[0]][REPORTED].append(reported(self._scene))
            self._made += 1
        return results

    def _measured(self, recipe: str) -> dict[str, float]:
        """What a relaunch takes: as a whole, without waiting for the host, and step by step."""
        asked = time.time()
        relaunch = self._relaunch(self._revisions[recipe])
        times = {name: step_time(relaunch, name) for name in STEPS}
        booted, reported = times["boot"], times["report"]
        ended = datetime.fromisoformat(relaunch["ended_at"]).timestamp()
        others = [(asked, booted[0]), (booted[1], reported[0]), (reported[1], ended)]
        waiting = sum(to - since for since, to in (booted, reported))
        answering = emulated(self._scene.cloud, others)
        return {
            TOTAL: ended - asked,
            HOST: waiting,
            EMULATED: answering,
            OWN: ended - asked - waiting - answering,
            **{name: to - since for name, (since, to) in times.items()},
        }

    def _relaunch(self, revision: int) -> dict[str, Any]:
        relaunch = self._scene.operations.relaunch(revision)
        assert outcomes(relaunch) == dict.fromkeys(STEPS, "succeeded"), relaunch
        self._made += 1
        return relaunch


def revision_of(scene: Scene, recipe: str) -> int:
    """A revision with a recipe as it is offered."""
    recipes = scene.operations.api.get("/api/operations/recipes").json()["recipes"]
    (found,) = [it for it in recipes if it["name"] == recipe]
    variables = {it["name"]: it["default"] for it in found["variables"]}
    return scene.operations.revise(recipe=recipe, variables=variables)["number"]


def reported(scene: Scene) -> float:
    """From the app's first answer until what the host reports of it is in the record."""
    relaunch = scene.operations.begin(scene.revision)["id"]

    def address_of_new() -> str | None:
        return next((it.get("PublicIpAddress") for it in scene.operations.instances(relaunch)), None)

    address = wait_until(address_of_new, every=0.05)
    wait_until(lambda: scene.answers(address), every=0.05)
    answered = time.time()
    ended = scene.operations.ended(relaunch)
    # Before both status checks have passed nobody looks for a report.
    return step_time(ended, "report")[1] - max(answered, step_time(ended, "boot")[1])


def step_time(relaunch: dict[str, Any], name: str) -> tuple[float, float]:
    """When a step began and ended, as `time.time()` would tell."""
    began, ended = (datetime.fromisoformat(step(relaunch, name)[it]).timestamp() for it in ("started_at", "ended_at"))
    return began, ended


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relaunches", type=int, default=5, help="how many with each recipe (default 5)")
    parser.add_argument("--after", type=int, default=80, help="measure again after so many in one cloud (default 80)")
    it = parser.parse_args()
    where = machine()
    with TemporaryDirectory() as folder, opened(Path(folder)) as scene:
        bench = Bench(scene)
        results = bench.measure(it.relaunches)
        bench.grow_to(it.after)
        later = bench.measure(it.relaunches)

    columns = [*results.values(), *later.values()]
    names = [*RECIPES, *(f"{recipe}, after {it.after}" for recipe in RECIPES)]
    print(f"\n{where}, and {os.getloadavg()[0]:.1f} at the end")
    print(f"{it.relaunches} relaunches of each; median / 95th percentile in seconds\n")
    print(f"| | {' | '.join(names)} | aim |\n| --- |{' ---: |' * len(names)} --- |")
    for kind in results[RECIPES[0]]:
        cells = " | ".join(median_and_p95(column[kind]) if column[kind] else "" for column in columns)
        print(f"| {kind} | {cells} | {f'≤ {AIMS[kind]}' if kind in AIMS else ''} |")


if __name__ == "__main__":
    main()
