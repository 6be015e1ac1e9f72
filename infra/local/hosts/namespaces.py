"""What machines need of the kernel: namespaces, which anyone may make inside a user namespace of their own."""

import ctypes
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from infra.local.failure import Failure

P = ParamSpec("P")
T = TypeVar("T")

# As root of a user namespace, in which this process may make further namespaces. They end with it: when it is gone,
# whatever the reason, the kernel kills every process in its process namespace; and it is gone when the thread that has
# started it is, even by SIGKILL. It stays in the real network.
ALONE = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child"),
)

# A machine, in the network namespace of the thread that starts it.
MACHINE = ("unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child")

# Where `ip` is, which a user's PATH may leave out.
SEARCHED = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"

# What a boot does first, tried in a place where nothing can come of it.
_TRIAL = """
mount -t tmpfs tmpfs "$1" && cd "$1" && mkdir upper work merged root &&
  mount -t overlay -o userxattr,lowerdir=/usr,upperdir=upper,workdir=work overlay merged &&
  ip link add name one type veth peer name two
"""

# From <sched.h>.
_CLONE_NEWNET = 0x40000000


def check(folder: Path) -> None:
    """Raises `Failure` when machines can't boot here; `folder` is one that may be mounted over."""
    if shutil.which("ip", path=SEARCHED) is None:
        raise Failure("`ip` is missing, which connects the local cloud's hosts: run `make setup`")
    trial = [*ALONE, "--net", "sh", "-c", _TRIAL, "sh", folder]
    tried = subprocess.run(trial, env={"PATH": SEARCHED}, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if tried.returncode:
        said = tried.stderr.strip().splitlines()
        raise Failure(
            "this machine allows no user namespaces, in which the local cloud's hosts run: as root, set those that"
            " exist of `sysctl kernel.unprivileged_userns_clone=1`, `kernel.apparmor_restrict_unprivileged_userns=0`,"
            f" `user.max_user_namespaces=10000`; a container needs `--privileged` ({said[0] if said else 'no reason'})"
        )


class NetworkNamespace:
    """A network of its own. A thread lives in it: what that does, and what it starts, happens in this network.

    Sockets stay in the network they were made in, and may be used from any thread.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="network", initializer=_enter_new_network)

    def run(self, doing: Callable[P, T], *arguments: P.args, **more: P.kwargs) -> T:
        """Does something in it; for what takes no longer than a moment."""
        return self._thread.submit(doing, *arguments, **more).result()

    def task(self) -> int:
        """The thread's id, by which `ip` knows this network."""
        return self.run(threading.get_native_id)

    def configure(self, *commands: str) -> None:
        """Runs commands of `ip`, all or none."""
        said = self.run(
            subprocess.run,
            ["ip", "-batch", "-"],
            input="\n".join(commands),
            capture_output=True,
            text=True,
            env={"PATH": SEARCHED},
        )
        if said.returncode:
            raise OSError(f"ip: {said.stderr.strip()}")

    def close(self) -> None:
        """Leaves it; it is gone once its last socket is closed and its last process has ended."""
        self._thread.shutdown(wait=False)


def _enter_new_network() -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(_CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "cannot make a network namespace")
