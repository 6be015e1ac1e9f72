"""Which crates Rollcall may be built of is said in `deny.toml`: by licence, source, name and number of versions."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.crates import ROOT, TARGETS, metadata

CARGO_DENY = ROOT / ".tools/checks/bin/cargo-deny"
POLICY = ROOT / "deny.toml"

# A crate that many others bring along, to be made into another one.
MIME = "mime"


@pytest.fixture(scope="module")
def crates() -> dict[str, Any]:
    """What Rollcall is built of."""
    return metadata(*TARGETS)


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., str]:
    """What is against the policy in what cargo told; nothing if all is well."""

    def find(crates: dict[str, Any], policy: str = POLICY.read_text()) -> str:
        (tmp_path / "metadata.json").write_text(json.dumps(crates))
        (tmp_path / "deny.toml").write_text(policy)
        command = [CARGO_DENY, "--frozen", "--metadata-path", tmp_path / "metadata.json"]
        command += ["--config", tmp_path / "deny.toml", "--color", "never", "--log-level", "error"]
        # What is only a warning to it is an exception that nothing needs any more.
        command += ["check", "--hide-inclusion-graph", "-D", "warnings", "bans", "licenses", "sources"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr if done.returncode else ""

    return find


def test_every_crate_is_one_that_is_allowed(crates: dict[str, Any], found: Callable[..., str]) -> None:
    assert found(crates) == ""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"license": "GPL-3.0-only"}, "error[rejected]"),
        ({"name": "ring"}, "error[banned]"),
        ({"name": "rsa"}, "error[banned]"),
        ({"source": "registry+https://crates.example/index"}, "error[source-not-allowed]"),
        ({"source": f"git+https://git.example/mime?rev=1#{'0' * 40}"}, "error[source-not-allowed]"),
    ],
    ids=[
        "a licence that asks for more",
        "a second cryptography",
        "a vulnerable one",
        "another registry",
        "a repository",
    ],
)
def test_a_crate_that_is_not_allowed_is_found(
    crates: dict[str, Any], found: Callable[..., str], change: dict[str, str], fault: str
) -> None:
    others = [crate for crate in crates["packages"] if crate["name"] != MIME]
    (crate,) = (crate for crate in crates["packages"] if crate["name"] == MIME)
    assert fault in found(crates | {"packages": [*others, crate | change]})


def test_a_second_version_that_nobody_gave_a_reason_for_is_found(
    crates: dict[str, Any], found: Callable[..., str]
) -> None:
    policy = "\n".join(line for line in POLICY.read_text().splitlines() if "untrusted@0.7" not in line)
    assert "error[duplicate]" in found(crates, policy)


def test_an_exception_that_nothing_needs_is_found(crates: dict[str, Any], found: Callable[..., str]) -> None:
    policy = POLICY.read_text()
    skipped = policy.replace("skip = [", 'skip = [\n  { crate = "mime@0.2", reason = "nobody" },')
    assert "error[unmatched-skip]" in found(crates, skipped)
    licensed = policy.replace('"MIT",', '"MIT", "BSD-4-Clause",')
    assert "error[license-not-encountered]" in found(crates, licensed)
