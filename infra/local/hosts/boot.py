"""The first process of an instance: makes its file system, then does as cloud-init does at a first boot.

It reads what the instance is from its standard input and writes the console to its standard output. It stays: what
the user data has started in the background belongs to it, and everything ends when it is killed.
"""

import json
import os
import resource
import select
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from infra.local.hosts import root

_USER_DATA = Path("/var/lib/cloud/instance/user-data.txt")
_SCRIPT = Path("/var/lib/cloud/instance/scripts/part-001")
_OUTPUT = Path("/var/log/cloud-init-output.log")

# Scripts and services write here what is to be seen from outside.
CONSOLE = "/dev/console"

_VERSION = "22.2.2"

# What a pipe holds at most: https://man7.org/linux/man-pages/man7/pipe.7.html
_PIPE_HOLDS = 64 * 1024

# Bounds that keep a mistake in user data from taking this machine: processes (of all instances together), a process's
# memory, a file's size.
_LIMITS = (
    (resource.RLIMIT_NPROC, 2048),
    (resource.RLIMIT_AS, 8 << 30),
    (resource.RLIMIT_FSIZE, 512 << 20),
    (resource.RLIMIT_CORE, 0),
)


def main() -> None:
    """Boots, runs the user data, and looks after what is left of it."""
    began = time.monotonic()
    it = json.load(sys.stdin)
    hostname = f"ip-{it['address'].replace('.', '-')}.ec2.internal"
    socket.sethostname(hostname)
    root.enter(Path(it["stage"]), hostname, it["address"], Path(it["flask_archive"]))
    for which, most in _LIMITS:
        resource.setrlimit(which, (most, most))
    console = open(sys.stdout.fileno(), "wb", buffering=0, closefd=False)  # noqa: SIM115 - open as long as we run
    _start_console(console)
    cloud_init = _CloudInit(console, began, it["environment"])
    cloud_init.run(it["user_data"].encode("utf-8", "surrogateescape"))
    while True:
        try:
            os.wait()
        except ChildProcessError:
            time.sleep(0.2)


def _exit_code_of(process: int) -> int:
    """Waits until a process ends, and meanwhile takes leave of others, whose parents are gone."""
    while True:
        ended, status = os.wait()
        if ended == process:
            return os.waitstatus_to_exitcode(status)


def _start_console(console: BinaryIO) -> None:
    os.mkfifo(CONSOLE, 0o622)
    # For reading and writing, so that it never ends.
    _Copier(os.open(CONSOLE, os.O_RDWR), console).start()


class _Copier:
    """Copies whatever comes out of a pipe, in a thread, until the pipe ends."""

    def __init__(self, source: int, *targets: BinaryIO) -> None:
        os.set_blocking(source, False)
        self._source, self._targets = source, targets
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begins to copy."""
        threading.Thread(target=self._run, daemon=True).start()

    def copy_what_is_there(self) -> bool:
        """Copies all that is in the pipe now; whether more may come."""
        with self._lock:
            try:
                piece = os.read(self._source, _PIPE_HOLDS)
            except BlockingIOError:
                return True
            for target in self._targets:
                target.write(piece)
        return bool(piece)

    def _run(self) -> None:
        ready = select.poll()
        ready.register(self._source, select.POLLIN)
        while ready.poll() and self.copy_what_is_there():
            pass


class _CloudInit:
    """Says and does what cloud-init says and does about user data."""

    def __init__(self, console: BinaryIO, began: float, environment: dict[str, str]) -> None:
        self._console = console
        self._began = began
        self._environment = environment
        self._log = _OUTPUT.open("ab", buffering=0)

    def run(self, user_data: bytes) -> None:
        """Runs it to its end, which may never come."""
        self._say(f"Cloud-init v. {_VERSION} running 'modules:final' at {_now()}. {self._up()}")
        _USER_DATA.write_bytes(user_data)
        _USER_DATA.chmod(0o600)
        if user_data.startswith(b"#!"):
            _SCRIPT.write_bytes(user_data)
            _SCRIPT.chmod(0o700)
            self._run_script()
        else:
            self._warn("__init__.py", "Unhandled non-multipart (text/x-not-multipart) userdata: it must begin with #!")
        self._say(f"Cloud-init v. {_VERSION} finished at {_now()}. Datasource DataSourceEc2.  {self._up()}")

    def _run_script(self) -> None:
        receiver, sender = os.pipe()
        output = _Copier(receiver, self._log, self._console)
        output.start()
        try:
            process = subprocess.Popen(
                [_SCRIPT], cwd="/", env=self._environment, stdin=subprocess.DEVNULL, stdout=sender, stderr=sender
            )
        except OSError as error:
            # Such as an interpreter that isn't there.
            code, reason = -1, f": {error.strerror}"
        else:
            code, reason = _exit_code_of(process.pid), ""
            process.returncode = code
        # Before what is said about it. The script's own children may have it open, so that it needn't end.
        output.copy_what_is_there()
        os.close(sender)
        if code:
            self._warn("subp.py", f"Failed running {_SCRIPT} [{code}]{reason}")
            self._warn(
                "cc_scripts_user.py",
                f"Failed to run module scripts_user (scripts in {_SCRIPT.parent}), exit code {code}",
            )

    def _warn(self, where: str, text: str) -> None:
        moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
        self._say(f"{moment} - {where}[WARNING]: {text}")

    def _say(self, line: str) -> None:
        for target in (self._log, self._console):
            target.write(f"{line}\n".encode())

    def _up(self) -> str:
        return f"Up {time.monotonic() - self._began:.2f} seconds"


def _now() -> str:
    return datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")


if __name__ == "__main__":
    main()
