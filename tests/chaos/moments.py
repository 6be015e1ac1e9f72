"""Moments of a relaunch at which something can be done to it, while its driver stands still."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psutil

from infra.local.faults.plan import Moment as At
from infra.local.faults.proxy import Seen
from tests.support.relaunching import ALWAYS, LATE, LOOK, SWITCH, Scene, go_to_stage
from tests.support.waiting import wait_until

# Where a relaunch may stand besides its steps: while it is undone, and when the host is to go without a successor.
UNDO, TERMINATE = "undo", "terminate"


@dataclass(frozen=True)
class Moment:
    """A look of the driver while the record stands at a step; or a call, before or after EC2 has carried it out."""

    step: str
    action: str = LOOK
    at: At = "before"

    def __str__(self) -> str:
        return self.step if self.action == LOOK else f"{self.step}, {self.at} {self.action}"


def _around(step: str, action: str) -> tuple[Moment, Moment]:
    return Moment(step, action, "before"), Moment(step, action, "after")


# The first thing that only a driver does is to try the launch, by which it is known from others who look.
_FIRST = Moment("preflight", "RunInstances")

# All moments of each step, in the order of the steps.
MOMENTS: dict[str, tuple[Moment, ...]] = {
    "preflight": (_FIRST,),
    "launch": (Moment("launch"), *_around("launch", "RunInstances")),
    "boot": (Moment("boot"),),
    "report": (Moment("report"),),
    "probe": (Moment("probe"),),
    "switch": (Moment("switch"), *_around("switch", SWITCH)),
    "bake": (Moment("bake"),),
    "retire": (Moment("retire"), *_around("retire", "TerminateInstances")),
    UNDO: (Moment(UNDO), *_around(UNDO, "TerminateInstances")),
    TERMINATE: _around(TERMINATE, "TerminateInstances"),
}


def stop_at(
    scene: Scene, moment: Moment, begin: Callable[[], str], record: Callable[[str], dict[str, Any] | None]
) -> tuple[str, psutil.Process]:
    """Begins a relaunch and holds its driver at a moment: the relaunch's id, and the process that drives it.

    Nobody else is held from then on. What is held goes on when the faults' proxy is told to release it.
    """
    faults = scene.cloud.faults

    def driver(action: str) -> psutil.Process:
        held = wait_until(lambda: faults.held(action), every=0.02)
        return wait_until(lambda: scene.function.process_at(held[0].port), every=0.02)

    if moment.step == TERMINATE:
        faults.add("hold", action=moment.action, at=moment.at)
        return begin(), driver(moment.action)
    faults.add("hold", action=_FIRST.action, dry_run=True)
    begun, process = begin(), driver(_FIRST.action)
    if moment == _FIRST:
        return begun, process
    passes_switch = moment.action == LOOK and moment.step in LATE
    if passes_switch:
        # Each look that is held costs a quarter of a second, so that the early ones are passed over.
        faults.add("hold", action=SWITCH)
    if moment.step == UNDO:
        # Something must fail for a relaunch to be undone.
        faults.add("refused", action=SWITCH, code="UnauthorizedOperation", times=1)
    if moment.action != LOOK:
        faults.add("hold", action=moment.action, at=moment.at)
        faults.release()
        return begun, driver(moment.action)
    if passes_switch:
        faults.release()
        wait_until(lambda: faults.held(SWITCH), every=0.02)
    looks = faults.add("hold", action=LOOK, times=ALWAYS)
    faults.release()

    def is_drivers(seen: Seen) -> bool:
        # A tick looks as well.
        return scene.function.process_at(seen.port) == process

    go_to_stage(faults, moment.step, lambda: record(begun), is_drivers)
    faults.remove(looks)
    return begun, process
