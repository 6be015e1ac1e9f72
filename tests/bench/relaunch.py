"""How long a relaunch takes, and how much of that is Rollcall's own.

Relaunches in earnest in a local cloud whose hosts boot at once: the driver, the calls to AWS, the agent's report and
the probe are as they are; what an instance takes to start on AWS comes on top. A busy machine makes everything slower,
so the load stands beside the numbers.
"""

import argparse
import time
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.start import machine, median_and_p95
from tests.support.operations import STEPS, outcomes, step
from tests.support.relaunching import Scene, opened
from tests.support.waiting import wait_until

# What is promised, in seconds: from the request until the old host is retired; the part of it that is not spent waiting
# for the host to boot and to report; and from the app's first answer until the record says so.
TOTAL, OWN, REPORTED = "all of it", "of that Rollcall's own", "from the app's first answer to the record"
AIMS = {TOTAL: 10, OWN: 2, REPORTED: 5}
RECIPES = ("al2023-flask", "al2023-rollcall")

Seconds = dict[str, list[float]]


def measured(scene: Scene, recipe: str) -> dict[str, float]:
    """What a relaunch takes: as a whole, without waiting for the host, and step by step."""
    asked = time.time()
    relaunch = scene.operations.relaunch(revision_of(scene, recipe))
    assert outcomes(relaunch) == dict.fromkeys(STEPS, "succeeded"), relaunch
    times = {name: step_time(relaunch, name) for name in STEPS}
    booted, reported = times["boot"], times["report"]
    ended = datetime.fromisoformat(relaunch["ended_at"]).timestamp()
    own = [(asked, booted[0]), (booted[1], reported[0]), (reported[1], ended)]
    return {
        TOTAL: ended - asked,
        OWN: sum(to - since for since, to in own),
        **{name: to - since for name, (since, to) in times.items()},
    }


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
    relaunches = parser.parse_args().relaunches
    where = machine()
    results: dict[str, Seconds] = {recipe: defaultdict(list) for recipe in RECIPES}
    with TemporaryDirectory() as folder, opened(Path(folder)) as scene:
        scene.host()
        for _ in range(relaunches):
            for recipe in RECIPES:
                for kind, seconds in measured(scene, recipe).items():
                    results[recipe][kind].append(seconds)
            results[RECIPES[0]][REPORTED].append(reported(scene))

    print(f"\n{where}\n{relaunches} relaunches of each; median / 95th percentile in seconds\n")
    print(f"| | {' | '.join(RECIPES)} | aim |\n| --- | --- | --- | --- |")
    for kind in results[RECIPES[0]]:
        columns = " | ".join(median_and_p95(it[kind]) if it[kind] else "" for it in results.values())
        print(f"| {kind} | {columns} | {f'≤ {AIMS[kind]}' if kind in AIMS else ''} |")


if __name__ == "__main__":
    main()
