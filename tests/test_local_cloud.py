"""The local cloud as people meet it: its commands, its address, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from infra.local.endpoints import Endpoints
from infra.local.failure import Failure
from infra.local.hosts.namespaces import why_not_allowed
from infra.local.people import PEOPLE
from infra.local.ports import ReservedPort, listen, listen_at_free_port
from infra.local.samples import SAMPLES
from infra.local.state import State
from tests.support.api import Api
from tests.support.operations import Operations, failure
from tests.support.waiting import PATIENCE, wait_until

ROOT = Path(__file__).resolve().parents[1]

# Runs a command in a user namespace whose own limit lets it make no further one.
WITHOUT_NAMESPACES = (
    *("unshare", "--user", "--map-root-user"),
    *("sh", "-c", 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"', "sh"),
)


@dataclass
class Served:
    """A `serve` command under way in a folder of its own."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "ROLLCALL_LOCAL": str(self.folder)}

    @property
    def printed(self) -> str:
        return (self.folder / "printed").read_text()

    @property
    def state(self) -> State:
        return State.read(self.folder / "cloud.json")

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs make silently, as another shell would."""
        return subprocess.run(["make", "-s", *arguments], cwd=ROOT, env=self.env, capture_output=True, text=True)

    def family(self) -> list[psutil.Process]:
        """All processes it has started, and theirs."""
        return psutil.Process(self.process.pid).children(recursive=True)


@contextmanager
def serving(folder: Path, *confined: str) -> Iterator[Served]:
    """Runs `serve` in a folder of its own, by a command that confines it if any, and ends it in any case."""
    with ReservedPort() as port, (folder / "printed").open("wb") as printed:
        command = [*confined, sys.executable, "-m", "infra.local", "serve", "--port", str(port.number)]
        env = {**os.environ, "ROLLCALL_LOCAL": str(folder)}
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=printed, stderr=printed)
        served = Served(folder, process)
        try:
            wait_until(lambda: "Rollcall serves at" in served.printed or process.poll() is not None)
            assert process.poll() is None, served.printed
            yield served
        finally:
            process.terminate()
            process.wait(PATIENCE)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A cloud as `make run` serves it."""
    with serving(tmp_path_factory.mktemp("served")) as under_way:
        yield under_way


def test_says_where_it_serves_who_can_sign_in_and_that_its_data_does_not_last(served: Served) -> None:
    assert served.state.url in served.printed
    for person in PEOPLE:
        assert person.name in served.printed
        assert person.password in served.printed
    assert "lives in memory" in served.printed


def test_the_printed_token_is_accepted_as_the_role_it_was_asked_for(served: Served) -> None:
    token = served.make("token", "ROLE=editor").stdout.strip()
    session = get_json(f"{served.state.url}/api/session", token)
    assert session["user"] == {"name": "editor", "may_edit": True, "may_operate": False}


def test_the_printed_token_for_a_provider_opens_scim(served: Served) -> None:
    token = served.make("scim-token", "NAME=Okta").stdout.strip()
    assert token.startswith("rollcall_scim_")
    page = get_json(f"{served.state.url}/scim/v2/Users?startIndex=1&count=2", token)
    assert page["itemsPerPage"] == 2
    operator = served.make("token", "ROLE=operator").stdout.strip()
    assert get_json(f"{served.state.url}/api/scim-tokens", operator)["tokens"][0]["name"] == "Okta"


def test_a_role_nobody_has_is_refused_by_naming_the_roles(served: Served) -> None:
    refused = served.make("token", "ROLE=nobody")
    assert refused.returncode != 0
    assert "ROLE=reader, ROLE=editor, ROLE=operator" in refused.stderr


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("aws ec2 describe-vpcs --query 'Vpcs[].CidrBlock' --output text", "10.1.0.0/16"),
        ("aws dynamodb scan --table-name \"$EMPLOYEES_TABLE\" --query Count --output text", str(len(SAMPLES))),
        ("aws s3 ls \"s3://$PHOTOS_BUCKET/employee_pic/\" | wc -l", str(len(SAMPLES))),
        ("aws iam list-groups --query 'Groups[].GroupName' --output text", "rollcall-EC2Admins"),
    ],
)  # fmt: skip
def test_a_shell_that_evaluates_env_reaches_every_service(served: Served, command: str, expected: str) -> None:
    script = f'set -euo pipefail; eval "$(make -s env)"; {command}'
    # As bare as a shell can be, so that nothing of this one helps.
    env = {"PATH": os.environ["PATH"], "HOME": str(served.folder), "ROLLCALL_LOCAL": str(served.folder)}
    shell = subprocess.run(["bash", "-c", script], cwd=ROOT, env=env, capture_output=True, text=True)
    assert (shell.returncode, shell.stderr) == (0, "")
    assert expected in shell.stdout.split()


def test_faults_are_switched_from_another_shell(served: Served) -> None:
    assert served.make("fault").stdout == "no fault is on\n"
    on = "no-capacity, times 2, SubnetId=subnet-1, InstanceType=t3.micro, no dry runs\n"
    added = served.make("fault", "DO=no-capacity --times 2 --match SubnetId=subnet-1 --match InstanceType=t3.micro")
    assert (added.stdout, added.stderr) == (f"on: {on}", "")
    assert served.make("fault").stdout == f"on: {on}"
    assert served.make("fault", "DO=release").stdout == ""
    assert served.make("fault", "DO=clear").stdout == served.make("fault", "DO=list").stdout == "no fault is on\n"


def test_the_function_meets_faults_and_a_shell_sees_what_is_really_there(served: Served) -> None:
    served.make("fault", "DO=refused --action DescribeInstances --code UnauthorizedOperation")
    token = served.make("token", "ROLE=operator").stdout.strip()
    headers = {"Authorization": f"Bearer {token}"}
    host = requests.get(f"{served.state.url}/api/operations/host", headers=headers, timeout=35)
    script = 'eval "$(make -s env)"; aws ec2 describe-instances --output text'
    shell = subprocess.run(["bash", "-c", script], cwd=ROOT, env=served.env, capture_output=True, text=True)
    served.make("fault", "DO=clear")
    assert host.status_code == 409 and "UnauthorizedOperation" in host.json()["detail"]
    assert (shell.returncode, shell.stderr) == (0, "")


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ("no-luck", "invalid choice: 'no-luck'"),
        ("slow", "the following arguments are required: --seconds"),
        ("slow --seconds 0", "rollcall: seconds of slow is a number above 0, up to 3600, not 0.0"),
        ("throttled --match Subnet", "--match takes NAME=VALUE, not 'Subnet'"),
    ],
)
def test_a_fault_that_cannot_be_had_is_refused_by_saying_why(served: Served, wanted: str, why: str) -> None:
    refused = served.make("fault", f"DO={wanted}")
    assert refused.returncode != 0
    assert why in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_second_cloud_in_the_same_folder_is_refused_in_one_line(served: Served) -> None:
    with ReservedPort() as port:
        command = [sys.executable, "-m", "infra.local", "serve", "--port", str(port.number)]
        second = subprocess.run(command, cwd=ROOT, env=served.env, capture_output=True, text=True)
    assert second.returncode == 1
    assert second.stderr == "rollcall: a local cloud is already running from this folder: stop that `make run` first\n"


def test_without_a_cloud_the_commands_say_how_to_start_one(tmp_path: Path) -> None:
    nowhere = Served(tmp_path, process=None)  # type: ignore[arg-type]
    refused = nowhere.make("env")
    assert refused.returncode != 0
    assert "start one with `make run`" in refused.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_everything_it_started(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as served:
        # The first call brings the function to life, which is a process of the emulator's.
        get_json(f"{served.state.url}/api/badges")
        family = served.family()
        assert any(process.name() == "bootstrap" for process in family)

        served.process.send_signal(number)

        assert served.process.wait(PATIENCE) == 0
        assert [process for process in family if runs(process)] == []
        assert not (tmp_path / "cloud.json").exists()


def runs(process: psutil.Process) -> bool:
    """Whether a process has not ended; one whose parent ended first is there until the system takes leave of it."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_an_emulator_that_dies_ends_it_with_a_line_that_names_its_log(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        moto = next(process for process in served.family() if "infra.local.moto_extended" in process.cmdline())

        moto.kill()

        assert served.process.wait(PATIENCE) == 1
        last = served.printed.splitlines()[-1]
        assert last == f"rollcall: moto ended unexpectedly (SIGKILL); its log: {tmp_path}/logs/moto.log"


# ---- Where hosts can't boot. -----------------------------------------------------------------------------------------


def test_where_no_namespaces_are_allowed_all_works_but_hosts_and_a_relaunch_ends_with_the_reason(
    tmp_path: Path,
) -> None:
    # On a machine that allows none anyway this is no pretence.
    confined = WITHOUT_NAMESPACES if why_not_allowed(tmp_path) is None else ()
    with serving(tmp_path, *confined) as served:
        state = served.state
        assert state.hosts_refused is not None
        assert "user namespaces" in state.hosts_refused and "start the local cloud again" in state.hosts_refused
        assert served.printed.count(state.hosts_refused) == 1
        token = served.make("token", "ROLE=operator").stdout.strip()
        with Api(state.url, lambda: token) as api:
            assert len(api.get("/api/employees").json()["employees"]) == len(SAMPLES)
            clients = Endpoints(state.moto, state.ministack).client_of
            operations = Operations(api, clients, state.outputs)
            relaunch = operations.relaunch(operations.revise()["number"])
            assert relaunch["outcome"] == "failed"
            step, reason = failure(relaunch)
            assert step == "boot"
            assert state.hosts_refused in reason
            assert (operations.host(), operations.instances()) == (None, [])


# ---- Ports. ----------------------------------------------------------------------------------------------------------


def test_a_port_that_is_listened_at_is_nobody_elses_before_anything_is_served_there() -> None:
    with listen_at_free_port() as listener:
        port = listener.getsockname()[1]
        with pytest.raises(Failure, match=f"port {port} is in use"):
            listen(port)


def test_a_reserved_port_is_refused_to_visitors_until_who_it_is_for_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with ReservedPort() as reserved:
        # No port is left but this one.
        monkeypatch.setattr("random.sample", lambda _, k: [reserved.number])
        for take in (ReservedPort, listen_at_free_port):
            with pytest.raises(Failure, match="found no free port"):
                take()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", reserved.number), timeout=PATIENCE)
        with listen(reserved.number), socket.create_connection(("127.0.0.1", reserved.number), timeout=PATIENCE):
            pass


def test_a_port_in_use_is_refused_by_naming_the_way_out() -> None:
    with listen_at_free_port() as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Failure, match=rf"port {port} is in use: .* `make run PORT={port + 1}`"):
            listen(port)


def get_json(url: str, token: str | None = None) -> Any:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    answer = requests.get(url, headers=headers, timeout=35)
    answer.raise_for_status()
    return answer.json()
