"""What people ask of the local cloud: serve, run a command beside it, a token, the environment."""

import argparse
import fcntl
import json
import os
import shlex
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TYPE_CHECKING

from infra.local.children import run_to_end
from infra.local.endpoints import Endpoints
from infra.local.failure import Failure
from infra.local.faults.command import run as switch
from infra.local.people import PEOPLE, Person, access_token
from infra.local.state import State

if TYPE_CHECKING:
    from infra.local.cloud import LocalCloud

ROOT = Path(__file__).resolve().parents[2]
# Another folder lets a second cloud run beside the first, as the tests do.
FOLDER = Path(os.environ.get("ROLLCALL_LOCAL", ROOT / ".local"))
STATE = FOLDER / "cloud.json"

# How often the children are looked after, in seconds.
_WATCH_EVERY = 0.5

# A profile or a session of the shell's would be mixed with the local cloud's credentials.
_FOREIGN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")


class _Interrupted(Exception):
    """Someone wants the cloud to stop."""


def serve(port: int) -> None:
    """Starts the cloud, says how to use it, and serves until a signal or until a child ends."""
    # Its imports take a second, which the other commands need not wait for.
    from infra.local.cloud import LocalCloud

    began = time.monotonic()
    with _stopping_on_signals(), _only_one():
        try:
            with LocalCloud(FOLDER, port, say=_say) as cloud:
                _describe(cloud).write(STATE)
                _say(f"ready after {time.monotonic() - began:.0f} s")
                print(_welcome(cloud), flush=True)
                while True:
                    cloud.check()
                    time.sleep(_WATCH_EVERY)
        except _Interrupted:
            _say("stopped; its data is gone")
        finally:
            STATE.unlink(missing_ok=True)


def run(command: list[str]) -> int:
    """Runs a command beside a cloud of its own and returns the command's exit code."""
    from infra.local.cloud import LocalCloud

    with _stopping_on_signals(), TemporaryDirectory(prefix="rollcall-") as folder:
        try:
            with LocalCloud(Path(folder), say=_say) as cloud:
                state = Path(folder) / "cloud.json"
                _describe(cloud).write(state)
                return run_to_end(command, {**os.environ, "ROLLCALL_STATE": str(state)})
        except _Interrupted:
            return 130


def token(role: str) -> None:
    """Prints a fresh access token of a demo user's."""
    print(_token(State.read(STATE), role))


def scim_token(name: str) -> None:
    """Has the operator make a token for SCIM, and prints it."""
    state = State.read(STATE)
    request = urllib.request.Request(
        f"{state.url}/api/scim-tokens",
        data=json.dumps({"name": name}).encode(),
        headers={"Authorization": f"Bearer {_token(state, 'operator')}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=35) as answer:
            print(json.load(answer)["token"])
    except urllib.error.HTTPError as error:
        raise Failure(f"no token was made: {error.read().decode()}") from None


def _token(state: State, role: str) -> str:
    """A fresh access token of a demo user's."""
    cognito = Endpoints(state.moto, state.ministack).client_of("cognito-idp")
    return access_token(cognito, state.user_pool, state.user_pool_client, _person(role))


def env() -> None:
    """Prints shell commands for `eval`: SDKs and tools then talk to the running cloud, as the function does."""
    state = State.read(STATE)
    print(f"unset {' '.join(_FOREIGN)}")
    for name, value in {
        **state.environment,
        "ROLLCALL_URL": state.url,
        "ROLLCALL_HOSTS_PROXY": state.hosts_proxy,
    }.items():
        print(f"export {name}={shlex.quote(value)}")
    # Last, so that tools of the system's own go before these.
    tools = [str(ROOT / ".venv/bin"), str(ROOT / ".tools/lambda/bin")]
    print(f'export PATH="$PATH":{shlex.quote(":".join(tools))}')


def fault(arguments: argparse.Namespace) -> None:
    """Switches the running cloud's faults, or tells which are on."""
    switch(arguments, State.read(STATE).faults)


def _person(role: str) -> Person:
    for person in PEOPLE:
        if person.name == role:
            return person
    raise Failure(f"there is no role {role!r}: say ROLE={', ROLE='.join(person.name for person in PEOPLE)}")


def _describe(cloud: "LocalCloud") -> State:
    return State(
        pid=os.getpid(),
        url=cloud.url,
        logs=str(cloud.logs),
        moto=cloud.endpoints.moto,
        ministack=cloud.endpoints.ministack,
        faults=cloud.faults.url,
        hosts_proxy=cloud.endpoints.hosts_proxy,
        hosts_refused=cloud.hosts_refused,
        user_pool=cloud.outputs["service"]["UserPoolId"],
        user_pool_client=cloud.outputs["service"]["UserPoolClientId"],
        passwords={person.name: person.password for person in PEOPLE},
        outputs=cloud.outputs,
        environment=cloud.function_environment(),
    )


def _welcome(cloud: "LocalCloud") -> str:
    people = "\n".join(f"    {it.name:<10} {it.password:<22} {it.may}" for it in PEOPLE)
    return f"""
  Rollcall serves at {cloud.url}

  Sign in as   with password
{people}

  From another shell:
    make token ROLE=operator     prints a bearer token
    make scim-token              prints one for an identity provider: {cloud.url}/scim/v2
    eval "$(make -s env)"        points aws and every SDK here
    make fault DO=-h             breaks EC2 on purpose, for the function alone
    curl --proxy {cloud.endpoints.hosts_proxy} http://<public ip>/api/info
                                 asks the app on an EC2 instance

  Everything lives in memory and is gone when this stops (Ctrl-C).
  Logs: {os.path.relpath(cloud.logs)}/
"""


def _say(line: str) -> None:
    print(f"rollcall: {line}", flush=True)


@contextmanager
def _only_one() -> Iterator[None]:
    """Keeps a second cloud out of the same folder."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Failure("a local cloud is already running from this folder: stop that `make run` first") from None
        yield


@contextmanager
def _stopping_on_signals() -> Iterator[None]:
    """Turns the first signal into an exception; later ones cannot interrupt the stopping."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        print(file=sys.stderr)
        raise _Interrupted

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, interrupt)
    yield
