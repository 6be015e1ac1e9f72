"""What can be done to a relaunch, and to what it stands on."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from random import Random
from typing import Any, ClassVar

import psutil

from tests.chaos.judge import Window
from tests.chaos.moments import MOMENTS, TERMINATE, UNDO, Moment
from tests.chaos.watch import Watch
from tests.support.relaunching import SWITCH, Scene

# The shortest and the longest that anything is frozen, stopped or faulty, in seconds.
_SHORTEST, _LONGEST = 5, 45

# Longer than it takes what was frozen to work off what has come in meanwhile, in seconds.
_AFTER_A_THAW = 10

# Newer than any other.
NEWEST = "ffffffff-0000-7000-8000-000000000000"

# The tag without which an instance is not Rollcall's.
_TAG = {"Key": "rollcall:host", "Value": "rollcall"}

EVERYWHERE = tuple(MOMENTS)
STEPS = tuple(step for step in EVERYWHERE if step not in (UNDO, TERMINATE))
# The steps before the address has begun to move; those in which the new host is there; and those in which it has it.
BEFORE_SWITCH = STEPS[: STEPS.index("switch")]
WITH_NEW = STEPS[STEPS.index("boot") :]
MOVED = STEPS[STEPS.index("bake") :]

# What ends a deed.
End = Callable[[], None]


class Phase(IntEnum):
    """What is done first when two things are done at once: nobody who has to answer is to be frozen already."""

    KILL = 1
    ASK = 2
    HANDS = 3
    FAULT = 4
    FREEZE = 5


@dataclass
class Situation:
    """A relaunch whose driver stands still, and what was done to it."""

    scene: Scene
    watch: Watch
    moment: Moment
    relaunch: str
    driver: psutil.Process
    # The host there was before, which has the address until the switch.
    old: str
    windows: list[Window] = field(default_factory=list)
    # What is wrong with what a deed was answered.
    wrong: list[str] = field(default_factory=list)
    # When the driver died.
    died_at: float | None = None
    cancelled: bool = False
    # The instances whose tag was taken away.
    untagged: list[str] = field(default_factory=list)
    # What is to be put right once all has been looked at.
    afterwards: list[End] = field(default_factory=list)

    @property
    def new(self) -> str:
        """The instance that it launched."""
        (launched,) = self.scene.operations.instances(self.relaunch)
        return launched["InstanceId"]

    def opens(self, why: str) -> Window:
        """From now on a visitor may find nobody, until the service is back; or until the window is shut before."""
        window = Window(why, time.time())
        self.windows.append(window)
        return window

    def expects(self, what: str, status: int, *accepted: int) -> None:
        """Notes an answer that is none of those that are right."""
        if status not in accepted:
            self.wrong.append(f"{what} was answered {status} and not {' or '.join(map(str, accepted))}")


@dataclass(frozen=True)
class Deed:
    """Something that is done at a moment, and that is ended after `seconds` if it has to be ended at all."""

    seconds: int = 0

    # Two deeds of one sort are not done at once.
    sort: ClassVar[str]
    phase: ClassVar[Phase]
    # Whether a relaunch may be undone for it.
    undoes: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """What it is called in a table."""
        raise NotImplementedError

    def __str__(self) -> str:
        return f"{self.name} for {self.seconds} s" if self.seconds else self.name

    def do(self, on: Situation) -> End | None:
        """Does it, and gives what ends it."""
        raise NotImplementedError


# ---- The function's processes. ---------------------------------------------------------------------------------------


class DriverKilled(Deed):
    """As losing its machine would; what other copies do goes on."""

    sort, phase, name = "copies", Phase.KILL, "driver killed"

    def do(self, on: Situation) -> None:
        on.scene.function.kill([on.driver])
        on.died_at = time.time()


class CopiesKilled(Deed):
    """Whatever they do."""

    sort, phase, name = "copies", Phase.KILL, "every copy killed"

    def do(self, on: Situation) -> None:
        on.scene.function.kill(on.scene.function.processes())


class DriverStopped(Deed):
    """It stands still, and then goes on as if nothing had been."""

    sort, phase, name = "copies", Phase.FREEZE, "driver stopped"

    def do(self, on: Situation) -> End:
        return _stopped([on.driver])


class CopiesStopped(Deed):
    """Whatever they do; another copy may be started meanwhile."""

    sort, phase, name = "copies", Phase.FREEZE, "every copy stopped"

    def do(self, on: Situation) -> End:
        return _stopped(on.scene.function.processes())


def _stopped(processes: list[psutil.Process]) -> End:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.suspend()

    def go_on() -> None:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

    return go_on


# ---- The emulators. --------------------------------------------------------------------------------------------------

_WHAT = {"moto": "EC2 and IAM", "ministack": "all but EC2 and IAM"}


@dataclass(frozen=True)
class Frozen(Deed):
    """Emulators stand still, as AWS would if it hung: whoever asks waits."""

    emulators: tuple[str, ...] = ()
    sort, phase, undoes = "emulators", Phase.FREEZE, True

    @property
    def name(self) -> str:
        return "AWS frozen" if len(self.emulators) > 1 else f"{_WHAT[self.emulators[0]]} frozen"

    def do(self, on: Situation) -> End:
        children = [on.scene.cloud.child(name) for name in self.emulators]
        # The way to the hosts asks EC2 whose an address is.
        window = on.opens(self.name) if "moto" in self.emulators else None
        for child in children:
            child.freeze()

        def thaw() -> None:
            for child in children:
                child.thaw()
            if window is not None:
                window.shut(time.time() + _AFTER_A_THAW)

        return thaw


# ---- EC2 as the function meets it. -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Faulty(Deed):
    """One of the proxy's faults."""

    called: str = ""
    limits: tuple[tuple[str, Any], ...] = ()
    sort, phase = "EC2", Phase.FAULT

    @property
    def name(self) -> str:
        return self.called

    def do(self, on: Situation) -> End:
        fault = on.scene.cloud.faults.add(**dict(self.limits))
        return lambda: on.scene.cloud.faults.remove(fault)


class BadlyFaulty(Faulty):
    """One for which a relaunch may be undone."""

    undoes = True


# ---- People. ---------------------------------------------------------------------------------------------------------


class AddressTaken(Deed):
    """Someone disassociates the address."""

    sort, phase, undoes, name = "address", Phase.HANDS, True, "address taken away"

    def do(self, on: Situation) -> None:
        on.opens(self.name)
        _take_address(on.scene)


class AddressReleased(Deed):
    """Someone releases the address, and a deployment brings it back: until then EC2 knows of none."""

    sort, phase, undoes, name = "address", Phase.HANDS, True, "address released"

    def do(self, on: Situation) -> End:
        on.opens(self.name)
        _take_address(on.scene)
        faults = on.scene.cloud.faults
        gone = [
            faults.add("refused", action=action, code="InvalidAllocationID.NotFound")
            for action in (SWITCH, "DescribeAddresses")
        ]

        def bring_back() -> None:
            for fault in gone:
                faults.remove(fault)

        return bring_back


def _take_address(scene: Scene) -> None:
    # A host that was terminated has lost it already.
    if scene.operations.address_holder() is not None:
        scene.operations.lose_the_address()


@dataclass(frozen=True)
class _OnHost(Deed):
    which: str = "old"
    did: ClassVar[str]
    sort, phase, undoes = "hosts", Phase.HANDS, True

    @property
    def name(self) -> str:
        return f"{self.which} host {self.did}"

    def do(self, on: Situation) -> None:
        instance = on.new if self.which == "new" else on.old
        # Where the address leads to the new host, or is about to; else to the old one.
        noticed = (*MOVED, "switch") if self.which == "new" else (*BEFORE_SWITCH, "switch", UNDO)
        self.do_to(instance, on, is_noticed=on.moment.step in noticed)

    def do_to(self, instance: str, on: Situation, *, is_noticed: bool) -> None:
        """Does it to an instance, of which visitors notice it or not."""
        raise NotImplementedError


class HostStopped(_OnHost):
    """Someone stops a host."""

    did = "stopped"

    def do_to(self, instance: str, on: Situation, *, is_noticed: bool) -> None:
        if is_noticed:
            on.opens(self.name)
        on.scene.operations.ec2.stop_instances(InstanceIds=[instance])


class HostTerminated(_OnHost):
    """Someone terminates a host."""

    did = "terminated"

    def do_to(self, instance: str, on: Situation, *, is_noticed: bool) -> None:
        if is_noticed:
            on.opens(self.name)
        on.scene.operations.ec2.terminate_instances(InstanceIds=[instance])


class HostUntagged(_OnHost):
    """Someone takes a host's tag away, so that it is Rollcall's no longer; it serves on."""

    did = "untagged"

    def do_to(self, instance: str, on: Situation, *, is_noticed: bool) -> None:
        on.scene.operations.ec2.delete_tags(Resources=[instance], Tags=[_TAG])
        on.untagged.append(instance)


def tag_again(scene: Scene, instance: str) -> None:
    """What whoever untagged it does when it turns out to be the host."""
    scene.operations.ec2.create_tags(Resources=[instance], Tags=[_TAG])


class RecordEdited(Deed):
    """Someone edits the record, so that its driver finds another version than it left."""

    sort, phase, name = "record", Phase.HANDS, "record edited"

    def do(self, on: Situation) -> None:
        on.watch.edit(on.relaunch)


class NewerRecord(Deed):
    """A newer Rollcall has left a record that this one can't read, the newest of all."""

    sort, phase, name = "newer record", Phase.HANDS, "record of a newer version"

    def do(self, on: Situation) -> None:
        operations = on.scene.operations
        operations.store_relaunch_of_a_newer_version(NEWEST)
        on.afterwards.append(lambda: operations.forget_relaunch(NEWEST))


class Cancelled(Deed):
    """An operator cancels."""

    sort, phase, name = "cancel", Phase.ASK, "cancelled"

    def do(self, on: Situation) -> None:
        answer = on.scene.operations.cancel(on.relaunch)
        on.expects("the cancel", answer.status_code, 202 if on.moment.step in BEFORE_SWITCH else 409)
        on.cancelled |= answer.status_code == 202


class StartedAgain(Deed):
    """An operator asks for another relaunch."""

    sort, phase, name = "start", Phase.ASK, "second start"

    def do(self, on: Situation) -> None:
        answer = on.scene.operations.api.post("/api/operations/relaunches", json={"force": True})
        # What was cancelled may have ended by now.
        on.expects("the second start", answer.status_code, 409, *([202] if on.cancelled else []))


class TerminationAsked(Deed):
    """An operator asks for the host to be terminated."""

    sort, phase, name = "start", Phase.ASK, "termination asked for"

    def do(self, on: Situation) -> None:
        answer = on.scene.operations.api.delete("/api/operations/host")
        # What was cancelled may have ended by now; then there will be no host.
        on.expects("the termination", answer.status_code, 409, *([202] if on.cancelled else []))
        if answer.status_code == 202:
            on.opens(self.name)


# ---- All of them. ----------------------------------------------------------------------------------------------------

Draw = Callable[[Random], Deed]


def _at_once(kind: Callable[..., Deed], **more: Any) -> Draw:
    return lambda _: kind(**more)


def _lasting(kind: Callable[..., Deed], **more: Any) -> Draw:
    return lambda random: kind(seconds=random.randint(_SHORTEST, _LONGEST), **more)


def _fault(called: str, fault: str, kind: Callable[..., Deed] = Faulty, **limits: Any) -> Draw:
    return _lasting(kind, called=called, limits=tuple({"fault": fault, **limits}.items()))


def _reply_lost(action: str) -> Draw:
    return _fault(f"reply to {action} lost, 4 calls", "reply-lost", action=action, times=4)


_LAUNCHING = ("preflight", "launch")

# The steps at which something may be done, and how it is drawn. That a driver dies happens most often, here as well.
DRAWN: tuple[tuple[tuple[str, ...], Draw], ...] = (
    (EVERYWHERE, _at_once(DriverKilled)),
    (EVERYWHERE, _at_once(DriverKilled)),
    (EVERYWHERE, _at_once(CopiesKilled)),
    (EVERYWHERE, _lasting(DriverStopped)),
    (EVERYWHERE, _lasting(CopiesStopped)),
    (EVERYWHERE, _lasting(Frozen, emulators=("moto",))),
    (EVERYWHERE, _lasting(Frozen, emulators=("ministack",))),
    (EVERYWHERE, _lasting(Frozen, emulators=("moto", "ministack"))),
    (EVERYWHERE, _fault("RequestLimitExceeded, 5 calls", "throttled", times=5)),
    (EVERYWHERE, _fault("replies 1 s late, 5 calls", "slow", seconds=1, times=5)),
    (EVERYWHERE, _fault("EC2 out of reach", "unreachable", BadlyFaulty)),
    (_LAUNCHING, _reply_lost("RunInstances")),
    (("report", "probe", "switch"), _reply_lost(SWITCH)),
    (("bake", "retire", UNDO, TERMINATE), _reply_lost("TerminateInstances")),
    (_LAUNCHING, _fault("no capacity", "no-capacity", BadlyFaulty)),
    (_LAUNCHING, _fault("new host not shown for 4 s", "not-found-after-launch", seconds=4)),
    (_LAUNCHING, _fault("status checks not passed", "never-passes-checks", BadlyFaulty)),
    (EVERYWHERE, _at_once(AddressTaken)),
    (EVERYWHERE, _lasting(AddressReleased)),
    *((STEPS, _at_once(kind, which="old")) for kind in (HostStopped, HostTerminated, HostUntagged)),
    *((WITH_NEW, _at_once(kind, which="new")) for kind in (HostStopped, HostTerminated, HostUntagged)),
    (EVERYWHERE, _at_once(RecordEdited)),
    (EVERYWHERE, _at_once(NewerRecord)),
    (EVERYWHERE, _at_once(Cancelled)),
    (EVERYWHERE, _at_once(StartedAgain)),
    (EVERYWHERE, _at_once(TerminationAsked)),
)


def drawn(random: Random, step: str, how_many: int) -> tuple[Deed, ...]:
    """So many deeds that may be done at a step at once, in the order in which they are done."""
    deeds: list[Deed] = []
    possible = [draw for steps, draw in DRAWN if step in steps]
    random.shuffle(possible)
    for draw in possible:
        deed = draw(random)
        if len(deeds) < how_many and deed.sort not in {it.sort for it in deeds}:
            deeds.append(deed)
    return tuple(sorted(deeds, key=lambda it: it.phase))
