"""A minute of chaos, and that whatever could be wrong with what is seen of it is found."""

import dataclasses
import math
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.chaos.campaign import TIMEOUTS, Result, Round, at_random, kills, play
from tests.chaos.deeds import DRAWN, EVERYWHERE, Phase, drawn
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
from tests.chaos.moments import MOMENTS, TERMINATE
from tests.chaos.report import by_deed, by_step
from tests.chaos.visitor import Visit
from tests.support.operations import STEPS
from tests.support.relaunching import opened

OLD, NEW, ANOTHER = (f"i-{number:017}" for number in range(3))

SEED = 83

# How long the chaos of this file goes on, in seconds: no round is begun after that. Other tests run meanwhile, so that
# the next driver may look later than it does where a campaign has the machine for itself.
SECONDS = 60


# ---- In a cloud of its own. ------------------------------------------------------------------------------------------


@pytest.mark.needs_hosts
def test_whatever_is_done_for_a_minute_it_comes_right_again(tmp_path: Path, tell: Callable[[str, str], None]) -> None:
    with opened(tmp_path, TIMEOUTS, ticks=True) as scene:
        results = play(
            scene, at_random(SEED), SECONDS, lambda line: tell("chaos", line), next_look_within=2 * NEXT_LOOK_WITHIN
        )
    assert results
    assert [(str(result.round), it) for result in results for it in result.complaints] == []


# ---- What a seed says. -----------------------------------------------------------------------------------------------


def test_a_seed_says_what_is_done_and_another_says_otherwise() -> None:
    def first(*seed: int) -> list[str]:
        return [str(it) for it in islice(at_random(*seed), 50)]

    assert first(1) == first(1)
    assert first(1) != first(2)
    assert first(1, 0) != first(1, 1)


def test_sooner_or_later_everything_is_done_everywhere() -> None:
    rounds = list(islice(at_random(1), 3000))
    assert {it.moment for it in rounds} == {moment for moments in MOMENTS.values() for moment in moments}
    assert set(MOMENTS) == set(EVERYWHERE)
    done = {(deed.name, it.moment.step) for it in rounds for deed in it.deeds}
    names = {name for name, _ in done}
    assert len(names) == len({draw(_Least()).name for _, draw in DRAWN})
    assert {("driver killed", step) for step in EVERYWHERE} <= done
    assert any(len(it.deeds) == 2 for it in rounds)


class _Least:
    """Draws the least there is."""

    @staticmethod
    def randint(least: int, _: int) -> int:
        return least


def test_who_has_to_answer_is_asked_before_anything_is_frozen() -> None:
    for round_ in islice(at_random(2), 500):
        phases = [deed.phase for deed in round_.deeds]
        assert phases == sorted(phases)
        assert len({deed.sort for deed in round_.deeds}) == len(phases)
        assert all(5 <= deed.seconds <= 45 for deed in round_.deeds if deed.phase is Phase.FREEZE)


def test_the_driver_is_killed_as_often_at_each_step_and_at_each_of_its_moments() -> None:
    rounds = kills(12)
    assert {it.moment for it in rounds} == {
        it for step, moments in MOMENTS.items() if step != TERMINATE for it in moments
    }
    for step in MOMENTS.keys() - {TERMINATE}:
        assert sum(1 for it in rounds if it.moment.step == step) == 12
    assert {deed.name for it in rounds for deed in it.deeds} == {"driver killed"}


# ---- What is found. --------------------------------------------------------------------------------------------------


def record(**changes: Any) -> dict[str, Any]:
    """A stored relaunch that succeeded within a minute."""
    steps = [{"name": name, "outcome": "succeeded", "message": f"{name} went well"} for name in STEPS]
    return {
        "id": "the-relaunch",
        "kind": "relaunch",
        "old_host": OLD,
        "started_at": "2026-11-26T12:00:00.000000001Z",
        "stage": ended("succeeded"),
        "steps": steps,
    } | changes


def ended(outcome: str, at: str = "2026-11-26T12:00:50Z") -> dict[str, Any]:
    """The stage of one that ended."""
    return {"ended": {"outcome": outcome, "at": at}}


def with_step(name: str, **changes: Any) -> list[dict[str, Any]]:
    """The steps of one, of which one is otherwise."""
    return [it | (changes if it["name"] == name else {}) for it in record()["steps"]]


def relaunch(*endings: str, launched: tuple[str, ...] = (NEW,), **changes: Any) -> Relaunch:
    """A relaunch that succeeded, unless something of it is otherwise."""
    return Relaunch(record(**changes), endings or ("succeeded",), launched)


UNDONE = relaunch(
    "rolled back; boot: too long", stage=ended("rolled_back"), steps=with_step("boot", outcome="failed", message="late")
)
HOST = Instance(NEW, "running", 900.0)
LOOK = Look(
    at=1000.0,
    after=relaunch(),
    instances=(HOST,),
    holder=NEW,
    holder_runs=True,
    serving=NEW,
    old_lives=False,
)
GOOD = Seen(
    relaunches=(relaunch(),),
    looks=(LOOK,),
    visits=[Visit(950.0, 0.1, NEW), Visit(951.0, 0.1, OLD)],
    limit=60.0,
    next_look=10.0,
)
TERMINATED = relaunch(kind="terminate", launched=())


def look(**changes: Any) -> Look:
    return dataclasses.replace(LOOK, **changes)


def seen(**changes: Any) -> Seen:
    return dataclasses.replace(GOOD, **changes)


def after(it: Relaunch, **changes: Any) -> Seen:
    """What was seen after a relaunch."""
    return seen(relaunches=(it,), looks=(look(after=it, **changes),))


def test_where_nothing_is_wrong_nothing_is_found() -> None:
    assert complaints(GOOD) == []


def test_what_was_undone_for_a_reason_is_as_it_should_be() -> None:
    undone = after(UNDONE, serving=OLD, holder=OLD, instances=(Instance(OLD, "running", 0.0),))
    assert complaints(dataclasses.replace(undone, may_be_undone=True)) == []


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (after(relaunch(stage={"boot": NEW})), "has not ended: it stands at boot"),
        (after(relaunch("succeeded", "succeeded")), "2 ends of the relaunch"),
        (after(Relaunch(record(), (), (NEW,))), "0 ends of the relaunch"),
        (after(relaunch("rolled back")), "ended succeeded, and the audit log says 'rolled back'"),
        (after(relaunch(stage=ended("succeeded", "2026-11-26T12:01:01Z"))), "took 61 s, and may take 60 s"),
        (after(relaunch(launched=(NEW, ANOTHER))), "launched 2 instances"),
        (after(relaunch(kind="terminate"), holder=None), "launched 1 instances"),
        (after(UNDONE, holder=OLD, serving=OLD), "needlessly undone"),
        (seen(cancelled=True), "was cancelled, and ended succeeded"),
        (after(relaunch("cancelled", stage=ended("cancelled"))), "nobody cancelled it"),
        (after(relaunch(), old_lives=True), f"says that {OLD} was terminated, and it lives"),
        (dataclasses.replace(after(UNDONE), may_be_undone=True), f"says that {OLD} serves, and {NEW} does"),
        (after(Relaunch(record(), ("succeeded",), (NEW,), "serves")), f"says that {OLD} serves, and {NEW} does"),
        (seen(looks=(look(holder=None, holder_runs=False, serving=None),)), "nobody has the address; nobody answers"),
        (seen(looks=(look(holder_runs=False),)), f"{NEW} has the address and does not run"),
        (seen(looks=(look(serving=OLD),)), f"{NEW} has the address and runs; {OLD} answers there"),
        (after(TERMINATED), f"the host was terminated, and {NEW} still has the address"),
        (seen(looks=(look(instances=(HOST, Instance(ANOTHER, "stopped", 1000.0 - GRACE))),)), f"{ANOTHER} was left"),
        (seen(visits=[Visit(950.0, 0.1, None, "status 504")]), "1 visitors met nobody, and nothing explains it"),
        (seen(next_look=NEXT_LOOK_WITHIN + 0.1), "nobody looked for 20.1 s"),
        (seen(wrong=["the cancel was answered 500 and not 202"]), "the cancel was answered 500"),
    ],
)
def test_each_thing_that_is_wrong_is_found_and_nothing_besides(wrong: Seen, why: str) -> None:
    (found,) = complaints(wrong)
    assert why in found


def test_only_the_first_relaunch_of_a_round_may_be_undone_for_what_was_done() -> None:
    last = look(after=UNDONE, serving=OLD, holder=OLD, instances=(Instance(OLD, "running", 900.0),))
    both = seen(relaunches=(relaunch(), UNDONE), looks=(last,), may_be_undone=True)
    (found,) = complaints(both)
    assert "needlessly undone" in found


def test_where_the_host_was_taken_away_there_may_be_none_until_someone_relaunches() -> None:
    nobody = look(holder=None, holder_runs=False, serving=None, may_be_away=True)
    assert complaints(seen(looks=(nobody, LOOK))) == []
    (found,) = complaints(seen(looks=(nobody, dataclasses.replace(nobody, may_be_away=False))))
    assert "nobody has the address" in found


def test_a_termination_leaves_no_host_until_someone_launches_one() -> None:
    gone = look(after=TERMINATED, holder=None, holder_runs=False, serving=None, instances=())
    launch = relaunch(kind="launch", old_host=None)
    assert complaints(seen(relaunches=(TERMINATED, launch), looks=(gone, look(after=launch)))) == []


def test_what_is_named_as_left_behind_or_gone_or_young_is_no_complaint() -> None:
    old = Instance(OLD, "running", 0.0)
    named = relaunch(steps=with_step("retire", outcome="failed", message=f"denied; left behind, by hand: {OLD}"))
    assert complaints(seen(relaunches=(named,), looks=(look(after=named, instances=(HOST, old)),))) == []
    for other in (Instance(OLD, "terminated", 0.0), Instance(OLD, "running", 1001.0 - GRACE)):
        assert complaints(seen(looks=(look(instances=(HOST, other)),))) == []


def test_what_is_young_and_not_named_is_left_to_be_swept() -> None:
    young = Instance(ANOTHER, "running", 999.0)
    assert leftovers(seen(looks=(look(instances=(HOST, young)),))) == [young]
    mentioned = relaunch(steps=with_step("launch", message=f"{ANOTHER} in subnet-1"))
    assert leftovers(seen(relaunches=(mentioned,), looks=(look(instances=(HOST, young)),))) == [young]


def test_a_visit_is_explained_by_a_window_that_it_falls_into_be_it_in_part() -> None:
    window = Window("frozen", since=10.0, until=20.0)
    for at, seconds, explained in ((9.0, 0.5, False), (9.0, 1.5, True), (15.0, 1.0, True), (20.5, 1.0, False)):
        visit = Visit(at, seconds, None)
        assert unexplained([visit], [window]) == ([] if explained else [visit])
    assert unexplained([Visit(5.0, 1.0, NEW)], []) == []


def test_a_window_ends_once() -> None:
    window = Window("frozen", since=10.0)
    assert window.until == math.inf
    window.shut(20.0)
    window.shut(30.0)
    assert window.until == 20.0


def test_a_relaunch_may_take_as_long_as_its_steps_and_their_undoing_and_what_was_done_lasts() -> None:
    # Each zone has a launch, and the bake a probe of its own; then someone may have to wait for the next tick.
    assert limit("preflight=1,launch=2,boot=4,report=8,probe=16,switch=32,bake=64,retire=128,undo=256", 1000.0) == (
        255 + 2 + 16 + 256 + 1000 + 100
    )


# ---- What is told. ---------------------------------------------------------------------------------------------------


def test_tables_count_each_deed_each_step_and_all() -> None:
    random = Random(1)
    two = Round(MOMENTS["boot"][0], drawn(random, "boot", 2))
    one = Round(MOMENTS["bake"][0], drawn(random, "bake", 1))
    results = [Result(two, "succeeded", 12.0, 18.0, 40), Result(one, "rolled_back", 30.0, None, 60, 2, 1, True)]
    table = by_deed(results)
    assert all(f"| {deed.name} |" in table for it in results for deed in it.round.deeds)
    assert "| two at once | 1 | 1 | 0 | 0 | 0 | 0 | 12 | 18.0 / 18.0 | 40 | 0 | 0 | 0 |" in table
    assert "| **all** | 2 | 1 | 1 | 0 | 0 | 1 | 30 | 18.0 / 18.0 | 100 | 2 | 1 | 0 |" in table
    assert "| bake | 1 | 0 | 1 | 0 | 0 | 1 | 30 |  | 60 | 2 | 1 | 0 |" in by_step(results)
