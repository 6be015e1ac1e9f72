"""Whether hosts can boot on a machine, and what its owner is told to do when they can't."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.hosts import namespaces
from infra.local.hosts.namespaces import way_to_allow, why_not_allowed

APPARMOR = "kernel.apparmor_restrict_unprivileged_userns"
CLONE = "kernel.unprivileged_userns_clone"
MOST = "user.max_user_namespaces"

PLENTY = {MOST: "96364"}


@pytest.mark.parametrize(
    ("settings", "is_container", "way"),
    [
        (PLENTY | {APPARMOR: "1"}, False, f"run `sysctl {APPARMOR}=0` as root"),
        (PLENTY | {APPARMOR: "0", CLONE: "0"}, False, f"run `sysctl {CLONE}=1` as root"),
        ({CLONE: "0", MOST: "0"}, False, f"run `sysctl {CLONE}=1` and `sysctl {MOST}=10000` as root"),
        (PLENTY, True, "start this container with `--privileged`"),
        (
            PLENTY | {APPARMOR: "1"},
            True,
            f"start this container with `--privileged` and run `sysctl {APPARMOR}=0` as root on the machine",
        ),
        # Nothing is known to forbid it.
        (PLENTY | {CLONE: "1"}, False, f"run `sysctl {CLONE}=1` and `sysctl {MOST}=10000` as root"),
        ({}, False, "ask whoever runs it to allow them"),
    ],
)
def test_the_way_to_allow_hosts_names_what_forbids_them(settings: dict[str, str], is_container: bool, way: str) -> None:
    assert way_to_allow(settings.get, is_container) == way


def test_a_system_without_namespaces_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert why_not_allowed(tmp_path) == (
        "hosts run in Linux namespaces, which this system does not have: run the local cloud on Linux"
    )


def test_a_program_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespaces, "_PROGRAMS", ("no-such-program", "sh"))
    why = why_not_allowed(tmp_path)
    assert why == "hosts need the programs no-such-program, which this machine lacks: run `make setup`"


def test_a_refusal_of_the_kernels_is_told_in_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As any user is refused who may make no namespace.
    forbidding = "echo 'unshare: unshare failed: Operation not permitted' >&2; exit 1"
    monkeypatch.setattr(namespaces, "IN_USER_NAMESPACE", ("sh", "-c", forbidding))
    why = why_not_allowed(tmp_path)
    assert why is not None
    assert "does not allow the user namespaces" in why and "(unshare: unshare failed: Operation not permitted)" in why


def test_a_trial_leaves_nothing_behind(tmp_path: Path) -> None:
    why_not_allowed(tmp_path)
    assert list(tmp_path.iterdir()) == []
    mounts = subprocess.run(["cat", "/proc/self/mounts"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in mounts
