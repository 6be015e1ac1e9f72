"""What the end-to-end tests share: one local cloud for the whole session, and ways into it.

A test asks for a fixture by naming it as an argument:

- `cloud`: the running `LocalCloud`; `cloud.url`, `cloud.outputs["service"]["FunctionName"]`, `cloud.logs`.
- `api`: `api("editor").put("/api/employees/…", json=…)` calls the API as a demo user, `api()` as nobody.
- `pool_keys`: where the emulator keeps the keys that it signs tokens with.
- `aws`: `aws("ec2").describe_instances()` calls an AWS service of the cloud.
- `directory`: employees by the API as an editor, and as table and bucket hold them.
- `provider`: an identity provider that keeps the directory by SCIM.
- `operations`: revisions, relaunches and the host by the API as an operator, and as EC2 has it. None is in progress.
- `old_host`, `no_host`: a host that serves, as the API tells it; that there is none.
- `function`: the function as direct invocations and events reach it.
- `copies`: the function asked itself, without the emulators in front of it: `copies.ask("GET", "/api/info")`.
- `log_from_now`: `log_from_now()` gives what the function logs from then on.
- `faults`: EC2 as the function meets it: `faults.add("no-capacity", times=1)`, `faults.held()`, `faults.calls()`.
- `no_ticks`: no tick of the schedule comes while the test runs.
- `tell`: `tell(heading, line)` adds to what is printed at the very end.

The data is shared by all tests of a session. A test makes what it needs and asserts nothing about how much there is.
What comes of it depends neither on what ran before it nor on how fast this machine is: it waits for what it wants to
see, with `wait_until`. `pytest --files-turned-round` runs the files in the opposite order.

Where hosts can't boot, the tests that need one, by the mark `needs_hosts` or by a fixture, are skipped and say why.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from infra.local.cloud import LocalCloud
from infra.local.failure import Failure
from infra.local.faults.proxy import FaultProxy
from infra.local.hosts.namespaces import why_not_allowed
from infra.local.people import PEOPLE
from tests.support.api import Api
from tests.support.copies import Copies
from tests.support.directory import Directory
from tests.support.function import Function, FunctionLog
from tests.support.operations import TIMEOUTS, Operations
from tests.support.scim import Provider, new_token

# Who uses one of these fixtures has a host boot.
BOOTS_HOSTS = frozenset(("asked", "hosts", "old_host", "scene"))

# Each relaunch of this file begins from a host that serves, whatever came before it.
SHARED = frozenset(("tests/test_relaunch_matrix.py",))

# What tests have to tell besides whether they passed, each under a heading of its own; see `tell`.
TOLD = pytest.StashKey[dict[str, list[str]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds what is wanted of the whole run."""
    parser.addoption(
        "--files-turned-round",
        action="store_true",
        help="run the files of tests in the opposite order: none may depend on what ran before it",
    )
    parser.addoption(
        "--whole-table",
        action="store_true",
        help="have every route asked by a session, too, while the table of sessions or the issuer is away",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Makes marks known, and lets xdist leave the order of files as it is given."""
    config.addinivalue_line("markers", "needs_hosts: has a host boot, and is skipped where none can")
    if config.option.files_turned_round:
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Turns the order of files round if asked to; skips the tests that need hosts where none boots."""
    if config.option.files_turned_round:
        # xdist begins with the file that has most tests, and takes the others as they come where two have as many.
        sizes = Counter(item.path for item in items)
        places = {path: place for place, path in enumerate(sizes)}
        items.sort(key=lambda item: (sizes[item.path], -places[item.path]))
    with TemporaryDirectory() as folder:
        reason = why_not_allowed(Path(folder))
    if reason:
        skip = pytest.mark.skip(reason=f"no host boots here: {reason}")
        for item in items:
            if item.get_closest_marker("needs_hosts") or BOOTS_HOSTS.intersection(getattr(item, "fixturenames", ())):
                item.add_marker(skip)


class ByFile(LoadScopeScheduling):
    """Gives all tests of a file to one worker, but for those of the files that several may share."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if file in SHARED else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Deals tests out to the workers. Files come before single tests, which keep all workers busy to the end."""
    return ByFile(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Prints what tests had to tell."""
    for heading, lines in config.stash.get(TOLD, {}).items():
        terminalreporter.section(heading)
        for line in lines:
            terminalreporter.line(line)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    """Takes over what the tests of a worker had to tell."""
    told = node.config.stash.setdefault(TOLD, {})
    for heading, lines in node.workeroutput.get("told", {}).items():
        # Each worker tells the head of a table once more.
        told[heading] = list(dict.fromkeys([*told.get(heading, []), *lines]))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hands over what was told, where this is a worker."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["told"] = session.config.stash.get(TOLD, {})


@pytest.fixture(scope="session")
def tell(pytestconfig: pytest.Config) -> Callable[[str, str], None]:
    """Adds a line to what is printed under a heading when all tests have ended."""
    told = pytestconfig.stash.setdefault(TOLD, {})

    def add(heading: str, line: str) -> None:
        told.setdefault(heading, []).append(line)

    return add


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory, tell: Callable[[str, str], None]) -> Iterator[LocalCloud]:
    """A local cloud with the sample employees, on free ports; it needs `make build site`.

    An emulator has hung while it started, once in some hundred starts, and all of a worker's tests with it. So a cloud
    that does not come up is told of, and another one is started, once.
    """

    def new() -> LocalCloud:
        return LocalCloud(tmp_path_factory.mktemp("cloud"), timeouts=TIMEOUTS)

    with ExitStack() as running:
        try:
            started = running.enter_context(new())
        except (BotoCoreError, Failure) as error:
            tell("Local clouds that did not come up", str(error))
            started = running.enter_context(new())
        yield started


@pytest.fixture(scope="session")
def api(cloud: LocalCloud) -> Iterator[Callable[..., Api]]:
    """Gives a client of the API that acts as `reader`, `editor` or `operator`, or as nobody."""
    people = {person.name: person for person in PEOPLE}
    clients: dict[str | None, Api] = {}

    def acting_as(role: str | None = None) -> Api:
        if role not in clients:
            clients[role] = Api(cloud.url, None if role is None else partial(cloud.token, people[role]))
        return clients[role]

    yield acting_as
    for client in clients.values():
        client.close()


@pytest.fixture(scope="session")
def pool_keys(cloud: LocalCloud) -> Path:
    """Where the emulator keeps the keys that the pool signs with."""
    return cloud.logs.parent / "tmp/ministack/cognito-pool-keys"


@pytest.fixture(scope="session")
def aws(cloud: LocalCloud) -> Callable[[str], Any]:
    """Gives a boto3 client for a service, by boto3's name for it."""
    return cloud.client


@pytest.fixture(scope="session")
def directory(cloud: LocalCloud, api: Callable[..., Api], aws: Callable[[str], Any]) -> Directory:
    """The directory, as an editor uses it and as it is stored."""
    storage = cloud.outputs["storage"]
    return Directory(
        api("editor"), aws("dynamodb"), aws("s3"), storage["EmployeesTableName"], storage["PhotosBucketName"]
    )


@pytest.fixture(scope="session")
def provider(cloud: LocalCloud, api: Callable[..., Api]) -> Iterator[Provider]:
    """An identity provider with a token of its own."""
    with Provider(cloud.url, new_token(api("operator"), "The provider of the tests")["token"]) as one:
        yield one


@pytest.fixture
def operations(cloud: LocalCloud, api: Callable[..., Api], aws: Callable[[str], Any]) -> Iterator[Operations]:
    """The operations, while no other test's relaunch is in progress, and one host at most is there."""
    panel = Operations(api("operator"), aws, cloud.outputs)
    panel.settle()
    panel.clear_strays()
    yield panel
    panel.settle()


@pytest.fixture
def old_host(operations: Operations) -> dict[str, Any]:
    """A host that serves and is to be replaced."""
    return operations.some_host()


@pytest.fixture
def no_host(operations: Operations) -> None:
    """Nothing serves: every host is terminated behind Rollcall's back."""
    ids = [instance["InstanceId"] for instance in operations.instances()]
    if ids:
        operations.ec2.terminate_instances(InstanceIds=ids)


@pytest.fixture(scope="session")
def function(cloud: LocalCloud, aws: Callable[[str], Any]) -> Function:
    """The function, as direct invocations and events reach it."""
    return Function(aws("lambda"), cloud.outputs["service"]["FunctionName"], cloud.gate.url)


@pytest.fixture(scope="session")
def copies(cloud: LocalCloud) -> Iterator[Copies]:
    """Copies of the function that are asked themselves, for tests that ask hundreds of times."""
    with Copies(cloud.function_environment()) as running:
        yield running


@pytest.fixture(scope="session")
def log_from_now(cloud: LocalCloud, aws: Callable[[str], Any]) -> Callable[[], FunctionLog]:
    """Gives what the function logs from the call on."""
    return lambda: FunctionLog(aws("logs"), cloud.outputs["service"]["FunctionLogGroupName"])


@pytest.fixture
def faults(cloud: LocalCloud) -> Iterator[FaultProxy]:
    """The proxy between the function and EC2, without faults and calls before the test and without faults after it."""
    cloud.faults.clear()
    cloud.faults.forget_calls()
    yield cloud.faults
    cloud.faults.clear()


@pytest.fixture
def no_ticks(cloud: LocalCloud, aws: Callable[[str], Any]) -> Iterator[None]:
    """Stops the schedule, so that a relaunch goes on when the test says so and not before."""
    scheduler = aws("scheduler")
    group = cloud.outputs["service"]["ScheduleGroupName"]
    schedule = scheduler.get_schedule(GroupName=group, Name="rollcall-tick")
    kept = {
        name: schedule[name] for name in ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    }
    scheduler.update_schedule(**kept, State="DISABLED")
    yield
    scheduler.update_schedule(**kept, State="ENABLED")
