"""Child processes: each in a process group of its own, so that it stops together with all it has started."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from infra.local.failure import Failure

# How long a child may take to end after SIGTERM, in seconds, before it is killed.
_GRACE = 5.0


class Child:
    """A server that runs until it is stopped. Its output goes to a log file."""

    def __init__(self, name: str, command: Sequence[str | Path], env: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its process group."""
        return self._process.pid

    def check(self) -> None:
        """Raises `Failure` when it has ended."""
        code = self._process.poll()
        if code is not None:
            raise Failure(f"{self.name} ended unexpectedly ({_ending(code)}); its log: {self.log}")

    def wait_until(self, ready: Callable[[], bool], within: float) -> None:
        """Waits until `ready`, for at most `within` seconds. Raises `Failure` when it ends or takes longer."""
        deadline = time.monotonic() + within
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise Failure(f"{self.name} was not ready within {within:.0f} s; its log: {self.log}")
            time.sleep(0.05)

    def freeze(self) -> None:
        """Has it stand still, as a machine does that hangs, until `thaw`; what it has started goes on."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        """Ends it and everything in its process group, politely first."""
        stop_group(self._process)


def run_to_end(command: Sequence[str | Path], env: Mapping[str, str]) -> int:
    """Runs a command with this process's terminal and returns its exit code. It stops when this process is stopped."""
    process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        return process.wait()
    finally:
        stop_group(process)


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and its group: SIGTERM, a bounded wait, SIGKILL for what is left."""
    _signal_group(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
    deadline = time.monotonic() + _GRACE
    while _signal_group(process.pid, 0) and time.monotonic() < deadline:
        time.sleep(0.02)
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _signal_group(group: int, number: int) -> bool:
    """Sends a signal to a process group; whether there was anyone to get it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
