"""Rollcall's crates and all that they are built of, as cargo resolves them; nothing is built."""

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
# What function and host are built for, and the site.
TARGETS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "wasm32-unknown-unknown")


def metadata(*targets: str) -> dict[str, Any]:
    """What `cargo metadata` tells of these targets, without a network."""
    platforms = [argument for target in targets for argument in ("--filter-platform", target)]
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--offline", *platforms]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
