"""A relaunch whose driver is stopped at a given look, so that what happens then happens at a known step."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from infra.local.cloud import LocalCloud
from infra.local.faults.proxy import FaultProxy, Seen
from infra.local.people import PEOPLE
from tests.support.api import Api
from tests.support.function import Function
from tests.support.operations import TIMEOUTS, Operations
from tests.support.recipes import quick
from tests.support.waiting import wait_until

# Every look of a driver begins with this call.
LOOK = "DescribeInstances"

# The call that moves the address, and the stages that come after it.
SWITCH, LATE = "AssociateAddress", ("bake", "retire", "undo")

# For how long, in seconds, a step may last that is to last as long as it may.
SHORT = 10

# More often than anyone looks.
ALWAYS = 100_000


@dataclass(frozen=True)
class Scene:
    """A cloud in which hosts are relaunched, over and over, to one revision."""

    cloud: LocalCloud
    operations: Operations
    function: Function
    revision: int

    def serving(self) -> str | None:
        """The instance that answers a visitor at the host's address."""
        return who_answers(self.visit(timeout=10))

    def visit(self, timeout: float) -> requests.Response:
        """What a visitor is answered at the host's address."""
        return self._ask(self.cloud.outputs["host"]["HostAddress"], timeout)

    def answers(self, address: str) -> bool:
        """Whether an app answers at an address, as a visitor would find."""
        try:
            return self._ask(address, timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def _ask(self, address: str, timeout: float) -> requests.Response:
        """Asks the app at an address through the proxy that leads to hosts."""
        proxies = {"http": self.cloud.endpoints.hosts_proxy}
        return requests.get(f"http://{address}/info", proxies=proxies, timeout=timeout)

    @contextmanager
    def hurried(self, step: str | None) -> Iterator[None]:
        """While the block runs, this step of a relaunch lasts `SHORT` at most; none is changed where none is named."""
        if step is None:
            yield
            return
        others = [it for it in self.cloud.timeouts.split(",") if not it.startswith(f"{step}=")]
        self._set_timeouts(",".join([*others, f"{step}={SHORT}"]))
        try:
            yield
        finally:
            self._set_timeouts(self.cloud.timeouts)

    def _set_timeouts(self, timeouts: str) -> None:
        client, name = self.cloud.client("lambda"), {"FunctionName": self.cloud.outputs["service"]["FunctionName"]}
        variables = client.get_function_configuration(**name)["Environment"]["Variables"]
        variables |= {"RELAUNCH_TIMEOUTS": timeouts}
        client.update_function_configuration(**name, Environment={"Variables": variables})

    def clear(self) -> None:
        """Takes away every fault, and every instance but the one with the address."""
        self.cloud.faults.clear()
        self.operations.clear_strays()

    def host(self) -> str:
        """The one host that serves, launched first when there is none."""
        instances = self.operations.instances()
        if not instances:
            relaunch = self.operations.relaunch(self.revision)
            assert relaunch["outcome"] == "succeeded", relaunch
            instances = self.operations.instances()
        (host,) = instances
        return host["InstanceId"]


def who_answers(answer: requests.Response) -> str | None:
    """The instance that an app says it runs on."""
    found = re.search(r"\bi-[0-9a-f]{17}\b", answer.text)
    return found.group() if answer.status_code == 200 and found else None


@contextmanager
def opened(folder: Path, timeouts: str = TIMEOUTS, *, ticks: bool = False) -> Iterator[Scene]:
    """A cloud with files in a folder, where a relaunch's host is up soon. Without ticks nothing happens by itself."""
    with LocalCloud(folder, timeouts=timeouts) as cloud:
        if not ticks:
            scheduler, group = cloud.client("scheduler"), cloud.outputs["service"]["ScheduleGroupName"]
            scheduler.delete_schedule(GroupName=group, Name="rollcall-tick")
        operator = next(person for person in PEOPLE if person.name == "operator")
        api = Api(cloud.url, lambda: cloud.token(operator))
        operations = Operations(api, cloud.client, cloud.outputs)
        revision = operations.revise()["number"]
        bucket = cloud.outputs["storage"]["ArtifactsBucketName"]
        operations.overwrite_user_data(revision, quick(bucket, cloud.outputs["identity"]["HostRoleId"]))
        function = Function(cloud.client("lambda"), cloud.outputs["service"]["FunctionName"], cloud.gate.url)
        yield Scene(cloud, operations, function, revision)
        api.close()


class Attempt:
    """One relaunch, from a direct invocation, which is its first driver."""

    def __init__(self, scene: Scene, stop: str, **fault: Any) -> None:
        """Begins it and stops its driver in the look at which the record stands at a stage; see `stop_at`.

        A fault may be on from the beginning.
        """
        self._scene = scene
        self._faults = scene.cloud.faults
        self.old = scene.host()
        newest = scene.operations.newest_relaunch()
        self._before = newest and newest["id"]
        self._faults.clear()
        self._faults.forget_calls()
        # Each stop costs a quarter of a second: for the last stages the early ones are passed over.
        first = SWITCH if stop in LATE else LOOK
        self._faults.add("hold", action=first, times=1 if first == SWITCH else ALWAYS)
        if fault:
            self._faults.add(**fault)
        self.began = time.monotonic()
        self._driver: threading.Thread = scene.function.call_in_vain(
            {"action": "relaunch", "revision": scene.revision, "force": True}
        )
        self.id = ""
        if first == SWITCH:
            wait_until(lambda: self._faults.held(SWITCH), every=0.02)
            self._faults.add("hold", action=LOOK, times=ALWAYS)
            self._faults.release()
        self._stop_at(stop)

    def _stop_at(self, stage: str) -> None:
        def record() -> dict[str, Any] | None:
            newest = self._scene.operations.stored()
            return newest if newest is not None and newest["id"] != self._before else None

        self.id = go_to_stage(self._faults, stage, record)["id"]

    def go_on(self, fault: str | None = None, **limits: Any) -> None:
        """Lets the driver go on without being stopped any more, and into a fault."""
        self._faults.clear()
        if fault is not None:
            self._faults.add(fault, **limits)

    def add(self, fault: str, **limits: Any) -> None:
        """Switches on a fault besides those that are on."""
        self._faults.add(fault, **limits)

    def go_on_to(self, action: str, at: str, fault: str | None = None, **limits: Any) -> None:
        """Lets the driver go on to a call, before or after EC2 has carried it out; into a fault as well, if any."""
        self.go_on(fault, **limits)
        self._faults.add("hold", action=action, at=at)
        wait_until(lambda: self._faults.held(action), every=0.02)

    @property
    def first_subnet(self) -> str:
        """The subnet in which it is tried first."""
        return self._scene.cloud.outputs["network"]["PublicSubnetIds"].split(",")[0]

    def kill(self) -> None:
        """Ends the driver, as losing its machine would, and has the half minute pass after which another may follow."""
        function = self._scene.function
        function.kill(function.processes())
        self._driver.join()
        self._faults.release()
        self._scene.operations.expire_lease(self.id)

    def new(self) -> str:
        """The instance that it launched."""
        (instance,) = self._scene.operations.instances(self.id)
        return instance["InstanceId"]

    def met(self) -> set[str]:
        """What became of its calls: the faults they met, and `replayed`."""
        return {it for call in self._faults.calls() for it in call.did}

    def terminate(self, instance: str) -> None:
        """Terminates an instance behind Rollcall's back."""
        self._scene.operations.ec2.terminate_instances(InstanceIds=[instance])

    def ended(self) -> dict[str, Any]:
        """What became of it, once its driver, or the next one, has ended it."""

        def look() -> dict[str, Any] | None:
            seen = self._scene.operations.read(self.id)
            if seen["outcome"] is None and not self._driver.is_alive():
                self._scene.function.call({"action": "drive"})
                seen = self._scene.operations.read(self.id)
            return seen if seen["outcome"] else None

        ended: dict[str, Any] = wait_until(look)
        self._driver.join()
        self._faults.clear()
        return ended


def go_to_stage(
    faults: FaultProxy,
    stage: str,
    record: Callable[[], dict[str, Any] | None],
    is_meant: Callable[[Seen], bool] = lambda _: True,
) -> dict[str, Any]:
    """Lets a driver whose looks are held go on from one to the next, until it looks where its record stands at a stage.

    Others may look as well; then `is_meant` tells the driver's looks from theirs.
    """
    while True:
        held = wait_until(lambda: faults.held(LOOK), every=0.02)
        if any(is_meant(it) for it in held) and (seen := record()) is not None:
            if stage_of(seen) == stage:
                return seen
            assert stage_of(seen) != "ended", seen
        faults.release()
        numbers = {it.number for it in held}
        wait_until(lambda n=numbers: not n & {it.number for it in faults.held(LOOK)}, every=0.02)


def stage_of(record: dict[str, Any]) -> str:
    """Where a stored record stands."""
    stage = record["stage"]
    return stage if isinstance(stage, str) else next(iter(stage))
