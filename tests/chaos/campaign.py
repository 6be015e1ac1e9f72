"""One round after another: a relaunch is begun, something is done to it, it comes right again, and is judged."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import TypeVar

import requests
from botocore.exceptions import BotoCoreError, ClientError

from tests.chaos.deeds import EVERYWHERE, NEWEST, STEPS, Deed, DriverKilled, End, Phase, Situation, drawn, tag_again
from tests.chaos.judge import (
    GRACE,
    NEXT_LOOK_WITHIN,
    Instance,
    Look,
    Relaunch,
    Seen,
    Window,
    complaints,
    leftovers,
    limit,
    unexplained,
)
from tests.chaos.moments import MOMENTS, TERMINATE, UNDO, Moment, stop_at
from tests.chaos.visitor import Visit, Visitor
from tests.chaos.watch import Watch
from tests.support.function import TICK
from tests.support.relaunching import Scene
from tests.support.waiting import wait_until

# A step may take as long as it may by default at the least, but for the boot and the report, which are soon done here,
# and for the bake, which would be most of each round.
TIMEOUTS = "preflight=60,launch=60,boot=60,report=60,probe=60,switch=60,bake=3,retire=60,undo=120,settle=30"

# How many rounds of a hundred have two things done at once.
_TWO_AT_ONCE = 40

# How long, in seconds, until a visitor meets the host once a relaunch has ended: what was frozen has much to do. Where
# there may be no service, nothing is left to wait for.
_SERVES_WITHIN, _SEEN_WITHIN = 30, 5

# How long the API may take to answer as it should once nothing is broken any more, in seconds.
_ANSWERS_WITHIN = 60

T = TypeVar("T")

# How what is asked for can fail.
_FAILS = (AssertionError, ValueError, BotoCoreError, ClientError, requests.RequestException)


class Hopeless(Exception):
    """Nothing can be done any more to have a host that serves."""


@dataclass(frozen=True)
class Round:
    """What is done, and when in a relaunch."""

    moment: Moment
    deeds: tuple[Deed, ...]

    def __str__(self) -> str:
        return f"{self.moment}: {' + '.join(map(str, self.deeds))}"


@dataclass(frozen=True)
class Result:
    """What came of a round."""

    round: Round
    outcome: str = "none"
    # Of the first relaunch, in seconds.
    seconds: float = 0
    # From the death of the driver to the next one's look, in seconds.
    next_look: float | None = None
    visits: int = 0
    # Those that met nobody, as what was done explains, and as nothing does.
    explained: int = 0
    unexplained: int = 0
    # Whether an operator had to relaunch for the host to serve again.
    mended: bool = False
    needless: bool = False
    complaints: tuple[str, ...] = ()


def at_random(seed: int, cloud: int = 0) -> Iterator[Round]:
    """Rounds without end, the same for the same seed in the same one of several clouds."""
    random = Random(f"{seed}/{cloud}")
    while True:
        step = random.choice(EVERYWHERE)
        moment = random.choice(MOMENTS[step])
        how_many = 2 if random.randrange(100) < _TWO_AT_ONCE else 1
        yield Round(moment, drawn(random, step, how_many))


def kills(times: int) -> list[Round]:
    """The driver is killed so many times at each step, at each of its moments in turn."""
    return [
        Round(MOMENTS[step][number % len(MOMENTS[step])], (DriverKilled(),))
        for step in (*STEPS, UNDO)
        for number in range(times)
    ]


def play(
    scene: Scene,
    rounds: Iterator[Round],
    seconds: float,
    tell: Callable[[str], None],
    next_look_within: float = NEXT_LOOK_WITHIN,
) -> list[Result]:
    """Plays rounds; none is begun any more after so many seconds, but the first one is."""
    scene.host()
    results: list[Result] = []
    with Watch(scene.cloud) as watch, Visitor(scene) as visitor:
        campaign = Campaign(scene, watch, visitor, next_look_within)
        until = time.monotonic() + seconds
        while (results == [] or time.monotonic() < until) and (next_ := next(rounds, None)) is not None:
            number = len(results) + 1
            tell(f"round {number}: {next_}")
            try:
                result = campaign.play(next_)
            except (Hopeless, *_FAILS) as error:
                why = f"{type(error).__name__}: {error}"
                results.append(Result(next_, complaints=(why,)))
                tell(f"round {number}: COMPLAINT {why}; no round follows")
                break
            results.append(result)
            tell(f"round {number}: {_told(result)}")
            for complaint in result.complaints:
                tell(f"round {number}: COMPLAINT {complaint}")
    return results


def _told(result: Result) -> str:
    looked = "" if result.next_look is None else f", next look after {result.next_look:.1f} s"
    mended = ", and an operator relaunched" if result.mended else ""
    failed = f"{result.explained + result.unexplained} of {result.visits} visitors met nobody"
    return f"{result.outcome} after {result.seconds:.0f} s{looked}{mended}; {failed}"


class Campaign:
    """Plays rounds in a cloud in which a host serves."""

    def __init__(self, scene: Scene, watch: Watch, visitor: Visitor, next_look_within: float) -> None:
        self._scene, self._watch, self._visitor = scene, watch, visitor
        self._next_look_within = next_look_within
        self._operations, self._faults = scene.operations, scene.cloud.faults
        # Those of the round before as well: a visit may fall into both.
        self._windows: list[Window] = []
        self._pending: list[tuple[float, End]] = []

    def play(self, round_: Round) -> Result:
        """Plays one round to its end, in which a host serves again; raises `Hopeless` when none does."""
        self._faults.clear()
        self._faults.forget_calls()
        self._windows = [window for window in self._windows if window.until > time.time() - 60]
        before = self._last_relaunch()
        ends_within = limit(self._scene.cloud.timeouts, sum(deed.seconds for deed in round_.deeds))
        looks: list[Look] = []
        wrong: list[str] = []
        on: Situation | None = None
        try:
            on = self._begin(round_)
            self._do(round_, on)
        except _FAILS as error:
            wrong.append(f"the round could not be played: {type(error).__name__}: {error}")
        finally:
            self._end_what_was_done()
        relaunches = self._ended(before, ends_within)
        if on is not None:
            wrong += on.wrong
        if on is not None and relaunches:
            may_be_away = any(window.until > time.time() for window in on.windows)
            looks.append(self._look(relaunches[-1], on, may_be_away))
        mended = not looks or not (looks[-1].is_served and looks[-1].is_host_wanted)
        if mended:
            wrong += self._mend()
            relaunches = self._ended(before, ends_within)
            looks.append(self._look(relaunches[-1], on, may_be_away=False))
            if not looks[-1].is_served:
                raise Hopeless("; ".join([*wrong, "no host serves, and relaunching does not help"]))
        for window in self._windows:
            window.shut(time.time())
        visits = self._visitor.take()
        seen = Seen(
            relaunches=tuple(relaunches),
            looks=tuple(looks),
            visits=visits,
            windows=self._windows,
            limit=ends_within,
            next_look=self._next_look(round_, on),
            next_look_within=self._next_look_within,
            may_be_undone=round_.moment.step == UNDO or any(deed.undoes for deed in round_.deeds),
            cancelled=on is not None and on.cancelled,
            wrong=[*wrong, *self._tidied(Seen(tuple(relaunches), tuple(looks)), on)],
        )
        return _result(round_, seen, visits, mended=mended)

    # ---- What is done. -----------------------------------------------------------------------------------------------

    def _begin(self, round_: Round) -> Situation:
        """Begins a relaunch, or a termination, and has its driver stand still."""
        (old,) = self._operations.instances()

        def begin() -> str:
            if round_.moment.step == TERMINATE:
                self._windows.append(Window("the host is to be terminated", time.time()))
                answer = self._operations.api.delete("/api/operations/host")
                assert answer.status_code == 202, answer.text
                begun = answer.json()["id"]
            else:
                begun = self._operations.begin(self._scene.revision)["id"]
            self._watch.follow(begun)
            return begun

        begun, driver = stop_at(self._scene, round_.moment, begin, self._watch.read)
        return Situation(self._scene, self._watch, round_.moment, begun, driver, old["InstanceId"], self._windows)

    def _do(self, round_: Round, on: Situation) -> None:
        """Does what is to be done, lets the driver go on, and ends what was done in its time."""
        for deed in round_.deeds:
            end = deed.do(on)
            if end is not None:
                self._pending.append((time.monotonic() + deed.seconds, end))
        self._faults.release()
        for due, end in sorted(self._pending, key=lambda it: it[0]):
            # Once the relaunch has ended there is nothing more to be seen of it.
            while time.monotonic() < due and not self._watch.has_ended(on.relaunch):
                time.sleep(0.2)
            end()

    def _end_what_was_done(self) -> None:
        for _, end in self._pending:
            end()
        self._pending.clear()
        self._faults.clear()

    def _mend(self) -> list[str]:
        """Does what an operator does when no host serves: relaunches."""
        answer = self._operations.api.post("/api/operations/relaunches", json={"force": True})
        if answer.status_code != 202:
            return [f"no host serves, and a relaunch is answered {answer.status_code}: {answer.text}"]
        self._watch.follow(answer.json()["id"])
        return []

    def _tidied(self, seen: Seen, on: Situation | None) -> list[str]:
        """Has what was left behind swept, as it would be in a quarter of an hour, and sees to what no Rollcall may."""
        wrong = []
        if strays := [it.id for it in leftovers(seen)]:
            self._faults.add("launched-earlier", seconds=GRACE)
            try:
                wait_until(lambda: self._tick() is None and not self._alive(strays), every=1, patience=_ANSWERS_WITHIN)
            except AssertionError:
                wrong.append(f"left behind, and not swept: {', '.join(strays)}")
        try:
            wait_until(lambda: self._tick() is None, patience=_ANSWERS_WITHIN)
        except AssertionError:
            wrong.append(f"a tick fails: {self._tick()}")
        self._scene.clear()
        if on is not None:
            if untagged := self._alive([it for it in on.untagged if it != self._operations.address_holder()]):
                self._operations.ec2.terminate_instances(InstanceIds=untagged)
            for put_right in on.afterwards:
                put_right()
        return wrong

    def _tick(self) -> str | None:
        """What is wrong with a tick."""
        try:
            self._scene.function.call(TICK)
        except AssertionError as error:
            return str(error)
        return None

    # ---- What is seen. -----------------------------------------------------------------------------------------------

    def _last_relaunch(self) -> str:
        return max((it for it in self._watch.relaunches() if it != NEWEST), default="")

    def _ended(self, since: str, within: float) -> list[Relaunch]:
        """Every relaunch that was begun since one, as it is when all have ended, or after so many seconds."""
        deadline = time.monotonic() + within
        while True:
            begun = _patiently(lambda: [it for it in self._watch.relaunches(since) if it != NEWEST])
            found = [self._relaunch(it) for it in begun]
            if all(it.outcome for it in found) or time.monotonic() > deadline:
                return found
            time.sleep(0.5)

    def _relaunch(self, begun: str) -> Relaunch:
        record = _patiently(lambda: self._watch.read(begun))
        entries = _patiently(lambda: self._operations.audit_entries(begun)) if "ended" in record["stage"] else []
        endings = tuple(it["outcome"] for it in entries if it["action"] == "end_relaunch")
        launched = _patiently(lambda: self._operations.instances(begun))
        told = _patiently(lambda: self._operations.read(begun))
        return Relaunch(record, endings, tuple(it["InstanceId"] for it in launched), told.get("old_host"))

    def _look(self, after: Relaunch, on: Situation | None, may_be_away: bool) -> Look:
        """What is there, as soon as a host serves, or after a while."""
        deadline = time.monotonic() + (_SEEN_WITHIN if may_be_away else _SERVES_WITHIN)
        while True:
            holder = self._operations.address_holder()
            if on is not None and holder in on.untagged:
                tag_again(self._scene, holder)
            instances = tuple(
                Instance(it["InstanceId"], it["State"]["Name"], it["LaunchTime"].timestamp())
                for it in self._operations.instances()
            )
            look = Look(
                at=time.time(),
                after=after,
                instances=instances,
                holder=holder,
                holder_runs=holder is not None and self._operations.state(holder) == "running",
                serving=self._serving(),
                old_lives=bool(self._alive([after.record["old_host"]] if after.record["old_host"] else [])),
                may_be_away=may_be_away,
            )
            if look.is_served or not look.is_host_wanted or time.monotonic() > deadline:
                return look
            time.sleep(0.5)

    def _serving(self) -> str | None:
        try:
            return self._scene.serving()
        except requests.RequestException:
            return None

    def _alive(self, instances: list[str]) -> list[str]:
        return [it for it in instances if self._operations.state(it) not in ("shutting-down", "terminated")]

    def _next_look(self, round_: Round, on: Situation | None) -> float | None:
        """From the driver's death to the next one's look, where nothing else that was done has to do with it."""
        died_at = on.died_at if on is not None else None
        if died_at is None or any(deed.phase is Phase.FREEZE or deed.sort == "cancel" for deed in round_.deeds):
            return None
        taken = [it.seen_at for it in self._watch.epochs(on.relaunch) if it.is_drivers and it.seen_at > died_at]
        return taken[0] - died_at if taken else None


def _result(round_: Round, seen: Seen, visits: list[Visit], *, mended: bool) -> Result:
    failed, strange = [it for it in visits if it.instance is None], unexplained(visits, seen.windows)
    wrong = complaints(seen)
    first = seen.relaunches[0] if seen.relaunches else None
    return Result(
        round=round_,
        outcome=(first and first.outcome) or "none",
        seconds=first.seconds if first and first.outcome else 0,
        next_look=seen.next_look,
        visits=len(visits),
        explained=len(failed) - len(strange),
        unexplained=len(strange),
        mended=mended,
        needless=any("needlessly undone" in it for it in wrong),
        complaints=tuple(wrong),
    )


def _patiently(ask: Callable[[], T]) -> T:
    """Asks until it is answered: what was frozen has much to do at first."""
    deadline = time.monotonic() + _ANSWERS_WITHIN
    while True:
        try:
            return ask()
        except _FAILS:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
