"""What is wrong with what was seen of a round: pure functions of it, each a list of complaints.

A complaint is a sentence that names what it is about. No complaint means that all came right again.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.chaos.visitor import Visit
from tests.support.relaunching import stage_of

Record = dict[str, Any]

# How old an instance must be before it is swept, in seconds.
GRACE = 15 * 60

# From the death of a driver to the next driver's look, in seconds.
NEXT_LOOK_WITHIN = 20

# How long nobody may drive when every copy of the function has died: the lease of the last driver, a minute until the
# next tick, and the emulator's scheduler, which looks for what is due every ten seconds.
_NOBODY_DRIVES = 30 + 60 + 10

# A subnet in each of two zones is tried.
_ATTEMPTS = 2

_GONE = ("shutting-down", "terminated")


@dataclass
class Window:
    """A time in which a visitor may find nobody, and why; without an end until `shut` gives it one."""

    why: str
    since: float
    until: float = math.inf

    def shut(self, moment: float) -> None:
        """It ends at this moment, unless it has ended before."""
        self.until = min(self.until, moment)

    def explains(self, visit: Visit) -> bool:
        """Whether a visit fell into it, be it in part."""
        return visit.at <= self.until and visit.at + visit.seconds >= self.since


@dataclass(frozen=True)
class Instance:
    """An instance with the deployment's tag, as EC2 has it."""

    id: str
    state: str
    launched_at: float

    @property
    def is_alive(self) -> bool:
        return self.state not in _GONE


@dataclass(frozen=True)
class Relaunch:
    """A relaunch that was begun: its record as stored, what the audit log says of its end, and all it ever launched.

    `old_host` is what the API tells of the host there was before, if it does: whether it `serves`, for instance.
    """

    record: Record
    endings: tuple[str, ...]
    launched: tuple[str, ...] = ()
    old_host: str | None = None

    @property
    def id(self) -> str:
        return self.record["id"]

    @property
    def is_termination(self) -> bool:
        return self.record["kind"] == "terminate"

    @property
    def outcome(self) -> str | None:
        """How it ended; none while it is in progress."""
        return self.record["stage"]["ended"]["outcome"] if stage_of(self.record) == "ended" else None

    @property
    def seconds(self) -> float:
        """From its beginning to its end."""
        return _time(self.record["stage"]["ended"]["at"]) - _time(self.record["started_at"])

    @property
    def messages(self) -> str:
        """All that it says of its steps."""
        return "\n".join(step.get("message") or "" for step in self.record["steps"])

    def step(self, name: str) -> str | None:
        """What came of a step."""
        return next(step["outcome"] for step in self.record["steps"] if step["name"] == name)


@dataclass(frozen=True)
class Look:
    """What was there once a relaunch had ended: the last one of a round that met what was done, or what mended it."""

    at: float
    after: Relaunch
    # With the deployment's tag.
    instances: tuple[Instance, ...]
    # The instance with the address, whether it runs, and the instance that answers there.
    holder: str | None
    holder_runs: bool
    serving: str | None
    # Whether the host that the relaunch was to replace lives, with the tag or without.
    old_lives: bool
    # Whether something was done for which there may be no service.
    may_be_away: bool = False

    @property
    def is_host_wanted(self) -> bool:
        """Whether the relaunch leaves a host: none does after a termination that succeeded."""
        return not (self.after.is_termination and self.after.outcome == "succeeded")

    @property
    def is_served(self) -> bool:
        """Whether one host has the address and answers there."""
        return self.holder is not None and self.holder_runs and self.serving == self.holder


@dataclass(frozen=True)
class Seen:
    """What was seen of a round, once every relaunch in it has ended or should have."""

    # In the order in which they were begun.
    relaunches: tuple[Relaunch, ...]
    looks: tuple[Look, ...]
    visits: Sequence[Visit] = ()
    windows: Sequence[Window] = ()
    # How long a relaunch may take, in seconds.
    limit: float = math.inf
    # From the death of the driver to the next one's look, where a driver died and nothing else kept the next one away.
    next_look: float | None = None
    # How long that may be.
    next_look_within: float = NEXT_LOOK_WITHIN
    # Whether something was done for which a relaunch may be undone.
    may_be_undone: bool = False
    cancelled: bool = False
    # What was found wrong on the way.
    wrong: Sequence[str] = field(default=())


def complaints(seen: Seen) -> list[str]:
    """Everything that is wrong with what was seen."""
    return [
        *seen.wrong,
        *about_endings(seen.relaunches),
        *about_times(seen.relaunches, seen.limit),
        *about_launches(seen.relaunches),
        *about_undoing(seen),
        *(wrong for look in seen.looks for wrong in (*about_old_host(look), *about_service(look))),
        *about_leftovers(seen),
        *about_visits(seen.visits, seen.windows),
        *about_next_look(seen.next_look, seen.next_look_within),
    ]


def about_endings(relaunches: Iterable[Relaunch]) -> list[str]:
    """Each relaunch ends, and the audit log tells so once, and the same."""
    wrong = []
    for it in relaunches:
        if it.outcome is None:
            wrong.append(f"the relaunch {it.id} has not ended: it stands at {stage_of(it.record)}")
        elif len(it.endings) != 1:
            wrong.append(f"the audit log has {len(it.endings)} ends of the relaunch {it.id}: {', '.join(it.endings)}")
        elif not it.endings[0].startswith(it.outcome.replace("_", " ")):
            wrong.append(f"the relaunch {it.id} ended {it.outcome}, and the audit log says {it.endings[0]!r}")
    return wrong


def about_times(relaunches: Iterable[Relaunch], limit: float) -> list[str]:
    """Each relaunch ends in time."""
    late = [it for it in relaunches if it.outcome is not None and it.seconds > limit]
    return [f"the relaunch {it.id} took {it.seconds:.0f} s, and may take {limit:.0f} s" for it in late]


def about_launches(relaunches: Iterable[Relaunch]) -> list[str]:
    """A relaunch launches one instance at most."""
    many = [it for it in relaunches if len(it.launched) > (0 if it.is_termination else 1)]
    return [f"the relaunch {it.id} launched {len(it.launched)} instances: {', '.join(it.launched)}" for it in many]


def about_undoing(seen: Seen) -> list[str]:
    """A relaunch that was cancelled ends so; else it succeeds unless something was done for which it may be undone.

    Only the first relaunch of a round met what was done.
    """
    wrong = []
    for number, it in enumerate(seen.relaunches):
        if it.outcome is None:
            continue
        if number == 0 and seen.cancelled:
            if it.outcome != "cancelled":
                wrong.append(f"the relaunch {it.id} was cancelled, and ended {it.outcome}")
        elif it.outcome == "cancelled":
            wrong.append(f"the relaunch {it.id} ended as cancelled, and nobody cancelled it")
        elif it.outcome != "succeeded" and not (number == 0 and seen.may_be_undone):
            wrong.append(f"the relaunch {it.id} was needlessly undone ({it.outcome}): {it.messages.strip()}")
    return wrong


def about_old_host(look: Look) -> list[str]:
    """What a relaunch says of the host there was before is so."""
    it, old = look.after, look.after.record["old_host"]
    if it.outcome == "succeeded" and it.step("retire") == "succeeded" and look.old_lives:
        return [f"the relaunch {it.id} says that {old} was terminated, and it lives"]
    if (it.outcome == "rolled_back" or it.old_host == "serves") and look.serving != old:
        return [f"the relaunch {it.id} says that {old} serves, and {look.serving or 'nobody'} does"]
    return []


def about_service(look: Look) -> list[str]:
    """One host serves under the address, if one is to."""
    if not look.is_host_wanted:
        alive = [it.id for it in look.instances if it.is_alive and it.id == look.holder]
        return [f"the host was terminated, and {it} still has the address" for it in alive]
    if look.is_served or look.may_be_away:
        return []
    who = f"{look.holder} has the address and {'runs' if look.holder_runs else 'does not run'}"
    return [f"{who if look.holder else 'nobody has the address'}; {look.serving or 'nobody'} answers there"]


def about_leftovers(seen: Seen) -> list[str]:
    """Whatever else lives is named in a record, or so young that it will be swept."""
    return [
        f"{it.id} was left behind {seen.looks[-1].at - it.launched_at:.0f} s after its launch, and no record names it"
        for it in leftovers(seen)
        if seen.looks[-1].at - it.launched_at >= GRACE
    ]


def leftovers(seen: Seen) -> list[Instance]:
    """What lives in the end beside the host and is not named as left behind."""
    if not seen.looks:
        return []
    last = seen.looks[-1]
    named = "\n".join(_left_behind(it) for it in seen.relaunches)
    return [it for it in last.instances if it.is_alive and it.id != last.holder and it.id not in named]


def _left_behind(relaunch: Relaunch) -> str:
    """What a record says of what was left behind."""
    return "\n".join(line.partition("left behind")[2] for line in relaunch.messages.splitlines())


def about_visits(visits: Iterable[Visit], windows: Iterable[Window]) -> list[str]:
    """Every visitor is answered, unless what was done explains that one is not."""
    failed = unexplained(visits, windows)
    if not failed:
        return []
    first = f"{datetime.fromtimestamp(failed[0].at, UTC):%H:%M:%S}, {failed[0].why}"
    return [f"{len(failed)} visitors met nobody, and nothing explains it; the first at {first}"]


def unexplained(visits: Iterable[Visit], windows: Iterable[Window]) -> list[Visit]:
    """The visits that failed outside of every window."""
    failed = (visit for visit in visits if visit.instance is None)
    return [visit for visit in failed if not any(window.explains(visit) for window in windows)]


def about_next_look(seconds: float | None, within: float) -> list[str]:
    """After the death of a driver the next one looks soon."""
    if seconds is None or seconds <= within:
        return []
    return [f"after its driver's death nobody looked for {seconds:.1f} s, and it may be {within:.0f} s"]


def limit(timeouts: str, idle: float) -> float:
    """How long a relaunch may take, in seconds, with times that name every part.

    Each step as long as it may, the launch in each zone, and all of it undone; besides, the time for which what was
    done lasts, in which an undoing may not get on, and once the time in which nobody drives.
    """
    times = {name: float(seconds) for name, _, seconds in (it.partition("=") for it in timeouts.split(","))}
    steps = sum(seconds for name, seconds in times.items() if name not in ("undo", "settle"))
    return steps + (_ATTEMPTS - 1) * times["launch"] + times["probe"] + times["undo"] + idle + _NOBODY_DRIVES


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
