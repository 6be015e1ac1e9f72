"""Every fault at every step where it can occur: how the relaunch ends, what is left in EC2, and who serves.

Each row is one relaunch in earnest. The driver is stopped in the look at which it stands at the step, the fault is put
in its way, and it goes on. What came of it is printed as a table at the end.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.operations import MISSING_IMAGE, STEPS, failure, step
from tests.support.recipes import (
    ENDS_AND_NEVER_LISTENS,
    FAILS,
    HANGS,
    NEVER_REPORTS,
    ONLY_ANSWERS_ITSELF,
    PRETENDS,
)
from tests.support.relaunching import Attempt, Scene, opened

# How long an instance is not to be seen after its launch.
HIDDEN = 3

# What is kept of a log, in bytes.
MAX_LOG = 64 * 1024

TABLE = "relaunches under faults"

COLUMNS = "{:42} {:10} {:12} {:>9}  {:8} {:>7}"

Put = Callable[[Attempt], None]


@dataclass(frozen=True)
class Row:
    """A fault, the step at which it is met, and what must come of it."""

    fault: str
    step: str
    put: Put
    outcome: str = "succeeded"
    serves: str = "new"
    # The step that must have failed, where that is known.
    failed: str | None = None
    # Where the driver is stopped, when that is not where the record stands at the step.
    stop: str | None = None
    # On from the beginning.
    first: dict[str, Any] = field(default_factory=dict)
    # The step that lasts as long as it may.
    lasts: str | None = None

    def __str__(self) -> str:
        return f"{self.fault}, {self.step}"


# ---- The cloud and its host. -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A cloud of this file's own, without ticks, and with a host that is up soon."""
    with opened(tmp_path_factory.mktemp("scene")) as scene:
        yield scene


# ---- The faults. -----------------------------------------------------------------------------------------------------


class fault:  # noqa: N801 - it is used as a function is
    """One of the proxy's, from the step on."""

    def __init__(self, name: str, **limits: Any) -> None:
        self.met, self._limits = name, limits

    def __call__(self, attempt: Attempt) -> None:
        attempt.go_on(self.met, **self._limits)


def killed(attempt: Attempt) -> None:
    """The driver is killed in its look."""
    attempt.kill()
    attempt.go_on()


def killed_at(action: str, at: str) -> Put:
    """The driver is killed at a call, before or after EC2 has carried it out."""

    def put(attempt: Attempt) -> None:
        attempt.go_on_to(action, at)
        attempt.kill()

    return put


class replayed:  # noqa: N801
    """The next driver sees nothing of the instance yet, and asks for it again with the same client token."""

    met = "replayed"

    def __call__(self, attempt: Attempt) -> None:
        attempt.go_on_to("RunInstances", "after", "not-found-after-launch", seconds=2 * HIDDEN)
        attempt.kill()


class refused_when_repeated:  # noqa: N801
    """EC2 has launched the instance and does not show it yet; whoever asks again may not launch any more."""

    met = "refused"

    def __call__(self, attempt: Attempt) -> None:
        attempt.go_on_to("RunInstances", "after", "not-found-after-launch", seconds=2 * HIDDEN)
        attempt.kill()
        attempt.add("refused", action="RunInstances", code="UnauthorizedOperation", dry_run=False)


def new_terminated(attempt: Attempt) -> None:
    attempt.terminate(attempt.new())
    attempt.go_on()


def old_terminated(attempt: Attempt) -> None:
    attempt.terminate(attempt.old)
    attempt.go_on()


def no_capacity_in_the_first_zone(attempt: Attempt) -> None:
    attempt.go_on("no-capacity", match={"SubnetId": attempt.first_subnet})


# The steps in which a new instance is there.
WITH_NEW = STEPS[2:]

# Refuses the switch, so that there is something to undo.
REFUSED_SWITCH = {"fault": "refused", "action": "AssociateAddress", "code": "UnauthorizedOperation", "times": 1}


# Takes the new host away just after the address has moved to it, so that the address has to go back.
LOST_AFTER_SWITCH = {"fault": "terminated-from-outside", "action": "AssociateAddress", "at": "after"}


def at_each_step(name: str, put: Put) -> list[Row]:
    """A fault that delays a relaunch at any step and changes nothing else; undoing included."""
    rows = [Row(name, it, put) for it in STEPS]
    return [*rows, undoing(name, put)]


def undoing(name: str, put: Put, **more: Any) -> Row:
    more = {"outcome": "rolled_back", "serves": "old", "failed": "switch", "first": REFUSED_SWITCH} | more
    return Row(name, "undo", put, **more)


def rolled_back(name: str, at: str, put: Put, **more: Any) -> Row:
    return Row(name, at, put, outcome="rolled_back", serves="old", **({"failed": at} | more))


ROWS = [
    *at_each_step("driver killed", killed),
    *(
        Row(f"driver killed {at} {action}", it, killed_at(action, at))
        for it, action in (("launch", "RunInstances"), ("switch", "AssociateAddress"), ("retire", "TerminateInstances"))
        for at in ("before", "after")
    ),
    *(
        undoing(f"driver killed {at} TerminateInstances", killed_at("TerminateInstances", at))
        for at in ("before", "after")
    ),
    *(
        undoing(f"driver killed {at} AssociateAddress", killed_at("AssociateAddress", at), first=LOST_AFTER_SWITCH)
        for at in ("before", "after")
    ),
    *at_each_step("RequestLimitExceeded, 5 calls", fault("throttled", times=5)),
    *at_each_step("replies 1 s late, 5 calls", fault("slow", seconds=1, times=5)),
    Row("one reply later than the SDK waits", "launch", fault("slow", action="RunInstances", seconds=7, times=1)),
    *(
        Row(f"reply to {action} lost, 4 calls", it, fault("reply-lost", action=action, times=4))
        for it, action in (("launch", "RunInstances"), ("switch", "AssociateAddress"), ("retire", "TerminateInstances"))
    ),
    undoing("reply to TerminateInstances lost, 4 calls", fault("reply-lost", action="TerminateInstances", times=4)),
    undoing("reply to AssociateAddress lost, 4 calls", fault("reply-lost", action="AssociateAddress", times=4),
            first=LOST_AFTER_SWITCH),
    Row("ClientToken replayed", "launch", replayed()),
    rolled_back(
        "IdempotentParameterMismatch",
        "launch",
        fault("refused", action="RunInstances", code="IdempotentParameterMismatch", dry_run=False),
    ),
    rolled_back("denied when repeated, not shown at first", "launch", refused_when_repeated()),
    Row("no capacity for the dry run", "preflight", fault("no-capacity", dry_run=True)),
    Row("no capacity in the first zone", "launch", no_capacity_in_the_first_zone),
    rolled_back("no capacity in any zone", "launch", fault("no-capacity")),
    Row(f"InvalidInstanceID.NotFound for {HIDDEN} s", "boot", fault("not-found-after-launch", seconds=HIDDEN),
        stop="launch"),
    *(
        Row("InvalidInstanceID.NotFound, 4 calls", it,
            fault("refused", action=action, code="InvalidInstanceID.NotFound", times=4))
        for it, action in (("switch", "AssociateAddress"), ("retire", "TerminateInstances"))
    ),
    *(
        rolled_back(name, "boot", put, stop="launch", lasts="boot")
        for name, put in (
            ("instance never running", fault("never-running")),
            ("status checks never pass", fault("never-passes-checks")),
            ("status checks impaired", fault("never-passes-checks", shows="impaired")),
        )
    ),
    rolled_back("new host terminated from outside", "boot",
                fault("terminated-from-outside", action="RunInstances", at="after"), stop="launch"),
    *(rolled_back("new host terminated from outside", it, new_terminated) for it in WITH_NEW[1:]),
    *(Row("old host terminated from outside", it, old_terminated) for it in STEPS),
    undoing("old host terminated from outside", old_terminated, outcome="failed", serves="none"),
]  # fmt: skip


@pytest.fixture(scope="module")
def table(tell: Callable[[str, str], None]) -> Callable[..., None]:
    """Adds a row to the table that is printed at the end."""

    def add(*cells: object) -> None:
        tell(TABLE, COLUMNS.format(*cells))

    add("fault", "step", "outcome", "instances", "serves", "seconds")
    return add


@pytest.fixture
def cleared(scene: Scene) -> Iterator[None]:
    """Nothing is left after the test but the host, whatever came of it."""
    yield
    scene.clear()


@pytest.mark.usefixtures("cleared")
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_whatever_happens_a_relaunch_ends_with_one_host_that_serves(
    scene: Scene, table: Callable[..., None], row: Row
) -> None:
    with scene.hurried(row.lasts):
        attempt = Attempt(scene, row.stop or row.step, **row.first)
        row.put(attempt)
        ended = attempt.ended()
    seconds = time.monotonic() - attempt.began

    launched = scene.operations.instances(attempt.id)
    names = {attempt.old: "old", **{it["InstanceId"]: "new" for it in launched}}
    left = [names.get(it["InstanceId"], "another") for it in scene.operations.instances()]
    # Where nobody is to serve there is nothing to wait for.
    serves = names.get(scene.serving() or "", "none")
    table(row.fault, row.step, ended["outcome"], len(left), serves, f"{seconds:.1f}")

    assert ended["outcome"] == row.outcome, ended
    assert [it for it in [row.serves] if it != "none"] == left
    assert serves == row.serves
    assert len(launched) <= 1, "one attempt starts one instance at most"
    if row.serves != "none":
        assert names[scene.operations.address_holder()] == row.serves
    if met := getattr(row.put, "met", None):
        assert met in attempt.met()
    if row.failed:
        assert failure(ended)[0] == row.failed, ended


# ---- Hosts that go wrong. --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Boot:
    """A script that goes wrong in one way: the step that fails, what is said of it, and what the host reports."""

    fault: str
    recipe: str
    step: str
    message: str
    report: tuple[str, int | None] | None
    # What stands in cloud-init's log and on the console.
    log: str
    # The step that lasts as long as it may.
    lasts: str | None = None
    # How long the host waits, in seconds: see `with_recipe`.
    waits: dict[str, int] = field(default_factory=dict)


BOOTS = [
    Boot("script fails", FAILS, "report", "the recipe failed after", ("script_failed", 1), "/etc/no-such-file"),
    Boot("script hangs", HANGS, "report", "the recipe hangs", ("hung", None), "about to hang",
         waits={"hangs_after": 8}),
    Boot("script ends, app never listens", ENDS_AND_NEVER_LISTENS, "report", "no app listens", ("not_listening", 0),
         "nothing to serve", waits={"listens_within": 6}),
    Boot("no boot report", NEVER_REPORTS, "report", "sent no boot report", None, "no word will come of this",
         lasts="report"),
    Boot("app answers on the host only", ONLY_ANSWERS_ITSELF, "probe", "does not answer as it should",
         ("answering", None), "Cloud-init", lasts="probe"),
    Boot("app answers with another id", PRETENDS, "probe", "the answer is that of i-0123456789abcdef0",
         ("answering", None), "Cloud-init", lasts="probe"),
]  # fmt: skip


@pytest.mark.parametrize("boot", BOOTS, ids=lambda it: it.fault)
def test_each_way_a_host_goes_wrong_is_told_from_the_others_and_its_logs_are_kept(
    scene: Scene, table: Callable[..., None], boot: Boot
) -> None:
    operations = scene.operations
    old = scene.host()
    began = time.monotonic()
    if boot.report is None:
        revision = operations.revise()["number"]
        operations.overwrite_user_data(revision, boot.recipe)
    else:
        revision = operations.revise_to(boot.recipe, **boot.waits)["number"]
    with scene.hurried(boot.lasts):
        relaunch = operations.relaunch(revision)
    seconds = time.monotonic() - began
    left, serving = operations.instances(), scene.serving()
    serves = "old" if serving == old else "new" if serving else "none"
    table(boot.fault, boot.step, relaunch["outcome"], len(left), serves, f"{seconds:.1f}")

    assert relaunch["outcome"] == "rolled_back"
    failed, message = failure(relaunch)
    assert failed == boot.step
    assert boot.message in message
    assert [it["InstanceId"] for it in left] == [old] == [serving]
    kept = operations.boot_log(relaunch["id"])
    report = kept["report"]
    assert (report and (report["outcome"], report["exit_code"])) == boot.report
    assert boot.log in kept["console_output"]
    assert (boot.log in kept["cloud_init_log"]) if report else kept["cloud_init_log"] is None


def test_of_a_host_that_says_too_much_the_end_is_kept(scene: Scene) -> None:
    says = "#!/bin/bash\nseq --format='line %.0f' 1 20000\necho the very end\nexit 3\n"
    relaunch = scene.operations.relaunch(scene.operations.revise_to(says)["number"])
    kept = scene.operations.boot_log(relaunch["id"])
    assert kept["report"]["exit_code"] == 3
    for log in (kept["cloud_init_log"], kept["console_output"]):
        assert len(log.encode()) <= MAX_LOG
        assert "the very end" in log and "line 19999\n" in log and "line 1\n" not in log


def test_of_a_relaunch_that_succeeded_the_hosts_own_report_and_log_are_kept(scene: Scene) -> None:
    relaunch = scene.operations.relaunch(scene.operations.revise()["number"])
    assert relaunch["outcome"] == "succeeded", relaunch
    kept = scene.operations.boot_log(relaunch["id"])
    assert (kept["report"]["outcome"], kept["report"]["exit_code"]) == ("answering", None)
    assert "+ export PHOTOS_BUCKET=" in kept["cloud_init_log"]
    assert f"answers after {kept['report']['seconds']} s" in step(relaunch, "report")["message"]


def test_before_a_host_has_started_nothing_is_kept_of_it(scene: Scene) -> None:
    scene.host()
    relaunch = scene.operations.relaunch(scene.operations.revise(image=MISSING_IMAGE)["number"])
    empty = {"report": None, "cloud_init_log": None, "console_output": None}
    assert scene.operations.boot_log(relaunch["id"]) == empty
