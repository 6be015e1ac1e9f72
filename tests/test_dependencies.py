"""What the Rust crates depend on and are built as, by what is declared and resolved; nothing is built."""

import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# The package that `cargo lambda watch` builds, alone and without what its tests need.
FUNCTION = "rollcall-control-plane"


def tree(*arguments: str) -> str:
    """What `cargo tree` prints."""
    done = subprocess.run(
        ["cargo", "tree", "--locked", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def features(*arguments: str) -> dict[str, set[str]]:
    """The features with which each package is built, one text for each time that it is."""
    found: dict[str, set[str]] = {}
    for line in tree("--prefix", "none", "--format", "{p}\t{f}", *arguments).splitlines():
        package, tab, enabled = line.removesuffix(" (*)").partition("\t")
        if tab:
            found.setdefault(package, set()).add(enabled)
    return found


def test_what_builds_the_function_alone_finds_all_its_dependencies_built_by_make_build() -> None:
    together = features("--edges", "normal,build,dev")
    alone = features("--edges", "normal,build", "--package", FUNCTION)
    assert any("aws-sdk-ec2" in package for package in alone)
    missing = [
        f"{package} has {' and '.join(together[package]) or 'no feature'}, for the function alone {enabled or 'none'}"
        for package, all_enabled in alone.items()
        if str(ROOT) not in package  # ours are built in seconds
        for enabled in all_enabled - together[package]
    ]
    assert not missing, "\n".join(["name these features in backend/control-plane/Cargo.toml:", *missing])


@pytest.mark.parametrize("other", ["ring", "openssl", "native-tls"])
def test_nothing_is_encrypted_by_a_library_beside_aws_lc(other: str) -> None:
    # Cargo.lock names more: what an optional part that is not asked for would need.
    everywhere = ("--workspace", "--target", "all", "--edges", "all", "--prefix", "none", "--format", "{p}")
    built = {line.partition(" ")[0] for line in tree(*everywhere).splitlines()}
    assert "aws-lc-rs" in built
    assert other not in built


def test_a_panic_ends_a_request_and_not_the_function() -> None:
    # It must be said: cargo-lambda passes "abort" to cargo where the profile says nothing.
    assert tomllib.loads((ROOT / "Cargo.toml").read_text())["profile"]["release"]["panic"] == "unwind"
