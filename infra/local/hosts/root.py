"""The file system of an instance: this machine's programs, below a layer of memory that takes whatever is written.

It runs on the instance, as its first process; what it mounts is gone with the instance.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent

# All that an instance can write, of this machine's memory.
_SIZE = "768m"

_DEVICES = ("full", "null", "random", "tty", "urandom", "zero")

_FOLDERS = (
    "dev/shm",
    "home/ec2-user",
    "media",
    "mnt",
    "opt",
    "proc",
    "root",
    "run",
    "srv",
    "sys",
    "tmp",
    "var/cache",
    "var/lib/cloud/instance/scripts",
    # A lock that some user data removes.
    "var/lib/rpm",
    "var/log",
    "var/tmp",
)

# Folders of this machine's in which the instance may write even if they belong to someone else here, as they do when
# the local cloud doesn't run as root. Files in them may be replaced, but not changed.
_OWN = (
    "etc/profile.d",
    "etc/systemd/system",
    "usr/bin",
    "usr/lib/systemd/system",
    "usr/local/bin",
    "usr/local/lib",
    "usr/local/sbin",
    "usr/local/share",
    "usr/sbin",
    "usr/share",
)

# What packages and the cloud would have installed, under names by which scripts call it.
_INSTALLERS = ("amazon-linux-extras", "dnf", "pip", "pip3", "yum")

# Programs of the Python environment that runs this.
_VENV_PROGRAMS = ("aws", "flask")

_RELEASE = """NAME="Amazon Linux"
VERSION="2023"
ID="amzn"
ID_LIKE="fedora"
VERSION_ID="2023"
PRETTY_NAME="Amazon Linux 2023 (a sandbox of Rollcall's local cloud)"
"""


def enter(stage: Path, hostname: str, address: str, flask_archive: Path) -> None:
    """Makes it over the folder `stage` and moves there; this machine's files are out of reach from then on."""
    environment = Path(sys.prefix).resolve()
    python = Path(sys.executable).resolve()
    archive = flask_archive.read_bytes()
    root = stage / "root"
    _mount("-t", "tmpfs", "-o", f"size={_SIZE},mode=755", "tmpfs", stage)
    root.mkdir()
    # A mount of its own, since only such a one can become the root.
    _mount("--bind", root, root)
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True)
    for folder in ("tmp", "var/tmp", "dev/shm"):
        (root / folder).chmod(0o1777)
    _add_programs(stage, (environment, Path(sys.base_prefix).resolve()))
    _add_devices(root)
    _mount("-t", "proc", "proc", root / "proc")
    _add_stand_ins(root, environment, python)
    (root / "usr/local/share/FlaskApp.zip").write_bytes(archive)
    _describe(root, hostname, address)
    _move_to(root)


def _add_programs(stage: Path, others: Iterable[Path]) -> None:
    root = stage / "root"
    for folder in _OWN:
        # In the upper layer, whose folders go before those below.
        (stage / "upper" / folder).mkdir(parents=True, exist_ok=True)
    for name in ("etc", "usr"):
        _layer(Path("/", name), stage)
    # On most systems these are links into /usr.
    for folder in (Path("/", name) for name in ("bin", "lib", "lib32", "lib64", "libx32", "sbin")):
        if folder.is_symlink():
            (root / folder.relative_to("/")).symlink_to(folder.readlink())
        elif folder.is_dir():
            _layer(folder, stage)
    for folder in others:
        if not folder.is_relative_to("/usr"):
            _layer(folder, stage)


def _layer(folder: Path, stage: Path) -> None:
    """Shows a folder of this machine at the same place; what is written there stays in memory."""
    name = folder.as_posix().strip("/").replace("/", "-")
    upper, work, merged = stage / "upper" / name, stage / "work" / name, stage / "root" / folder.relative_to("/")
    for each in (upper, work, merged):
        each.mkdir(parents=True, exist_ok=True)
    # In a user namespace the layer's own marks need the prefix `user.`.
    _mount("-t", "overlay", "-o", f"userxattr,lowerdir={folder},upperdir={upper},workdir={work}", "overlay", merged)


def _add_devices(root: Path) -> None:
    for name in _DEVICES:
        device = root / "dev" / name
        device.touch()
        _mount("--bind", Path("/dev") / name, device)
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        (root / "dev" / name).symlink_to(f"/proc/self/{target}")


def _add_stand_ins(root: Path, environment: Path, python: Path) -> None:
    programs = root / "usr/local/bin"
    programs.mkdir(parents=True, exist_ok=True)
    for source in (HERE / "stand_ins").iterdir():
        shutil.copyfile(source, programs / source.name)
        (programs / source.name).chmod(0o755)
    for name in _INSTALLERS:
        _link(programs / name, "/usr/local/bin/installer")
    for name in _VENV_PROGRAMS:
        _link(programs / name, environment / "bin" / name)
    # The interpreter of the stand-ins.
    _link(programs / "python3", python)
    # Where Amazon Linux has it.
    _link(root / "usr/bin/aws", "/usr/local/bin/aws")
    for name in ("systemctl", "systemd-run"):
        _link(root / "usr/bin" / name, f"/usr/local/bin/{name}")


def _link(link: Path, target: Path | str) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _describe(root: Path, hostname: str, address: str) -> None:
    """What a system says about itself in files."""
    (root / "var/lib/rpm/.rpm.lock").touch()
    for name, text in {
        "hostname": f"{hostname}\n",
        "hosts": f"127.0.0.1 localhost localhost.localdomain\n{address} {hostname}\n",
        "os-release": _RELEASE,
        # There is no name server.
        "resolv.conf": "",
        "system-release": "Amazon Linux release 2023 (Amazon Linux)\n",
    }.items():
        file = root / "etc" / name
        # It may be a link that leads nowhere here.
        file.unlink(missing_ok=True)
        file.write_text(text)


def _move_to(root: Path) -> None:
    old = root / "media"
    os.chdir(root)
    subprocess.run(["pivot_root", ".", "media"], check=True)
    os.chroot(".")
    os.chdir("/")
    subprocess.run(["umount", "--lazy", f"/{old.name}"], check=True)


def _mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *arguments], check=True)
