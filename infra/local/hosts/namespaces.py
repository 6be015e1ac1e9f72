"""What machines need of the kernel: namespaces, which anyone may make inside a user namespace of their own."""

import ctypes
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# As root of a user namespace, in which this process may make further namespaces. They end with it: when it is gone,
# whatever the reason, the kernel kills every process in its process namespace; and it is gone when the thread that has
# started it is, even by SIGKILL. It stays in the real network.
IN_USER_NAMESPACE = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child"),
)

# A machine, in the network namespace of the thread that starts it.
IN_MACHINE_NAMESPACES = ("unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child")

# Where `ip` is, which a user's PATH may leave out.
PROGRAM_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"

# What a boot does first, tried in a place where nothing can come of it.
_TRIAL = """
mount -t tmpfs tmpfs "$1" && cd "$1" && mkdir upper work merged proc &&
  mount -t overlay -o userxattr,lowerdir=/usr,upperdir=upper,workdir=work overlay merged &&
  mount -t proc proc proc &&
  ip link add name one type veth peer name two
"""

# In seconds, at most; it takes some hundredths.
_TRIAL_TAKES = 60

# The programs by which this and `root` make a machine.
_PROGRAMS = ("ip", "mount", "pivot_root", "setpriv", "timeout", "umount", "unshare")

# Settings of the kernel that forbid user namespaces where they have the first value, and the value that allows them:
# - Ubuntu's: https://ubuntu.com/blog/ubuntu-23-10-restricted-unprivileged-user-namespaces
# - Debian's: https://www.debian.org/releases/bullseye/amd64/release-notes/ch-information.en.html#linux-user-namespaces
# - Linux's own: https://man7.org/linux/man-pages/man7/namespaces.7.html
_SETTINGS = {
    "kernel.apparmor_restrict_unprivileged_userns": ("1", "0"),
    "kernel.unprivileged_userns_clone": ("0", "1"),
    "user.max_user_namespaces": ("0", "10000"),
}

# Docker, Podman and systemd-nspawn each leave one of these in a container.
_MARKS_OF_CONTAINERS = ("/.dockerenv", "/run/.containerenv", "/run/systemd/container")

# From <sched.h>.
_CLONE_NEWNET = 0x40000000


def why_not_allowed(folder: Path) -> str | None:
    """Why machines can't boot here, and what to do about it, in one line; none where they can.

    `folder` is one that may be mounted over.
    """
    if sys.platform != "linux":
        return "hosts run in Linux namespaces, which this system does not have: run the local cloud on Linux"
    if lacking := [program for program in _PROGRAMS if shutil.which(program, path=PROGRAM_PATH) is None]:
        return f"hosts need the programs {', '.join(lacking)}, which this machine lacks: run `make setup`"
    trial = [*IN_USER_NAMESPACE, "--net", "timeout", str(_TRIAL_TAKES), "sh", "-c", _TRIAL, "sh", folder]
    tried = subprocess.run(trial, env={"PATH": PROGRAM_PATH}, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if tried.returncode == 0:
        return None
    said = tried.stderr.strip().splitlines() or [f"exit code {tried.returncode}"]
    is_container = any(Path(mark).exists() for mark in _MARKS_OF_CONTAINERS)
    return (
        f"this machine does not allow the user namespaces in which hosts run ({said[0]}): "
        f"{way_to_allow(_read_setting, is_container)}, and start the local cloud again"
    )


def way_to_allow(read: Callable[[str], str | None], is_container: bool) -> str:
    """What to do so that user namespaces are allowed; `read` gives a setting of the kernel's, or None."""
    ways = ["start this container with `--privileged`"] if is_container else []
    found = {name: read(name) for name in _SETTINGS}
    against = [name for name, (forbids, _) in _SETTINGS.items() if found[name] == forbids]
    # Where no setting is known to forbid it, any that there is may have to do with it.
    named = against or ([] if is_container else [name for name, value in found.items() if value is not None])
    if named:
        commands = (f"`sysctl {name}={_SETTINGS[name][1]}`" for name in named)
        ways.append(f"run {' and '.join(commands)} as root{' on the machine' if is_container else ''}")
    return " and ".join(ways) or "ask whoever runs it to allow them"


def _read_setting(name: str) -> str | None:
    file = Path("/proc/sys", *name.split("."))
    return file.read_text().strip() if file.exists() else None


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
            env={"PATH": PROGRAM_PATH},
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
