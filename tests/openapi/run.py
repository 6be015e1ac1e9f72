"""Runs schemathesis against a deployment, as one of those who may use its operations."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SCHEMATHESIS = ROOT / ".tools/checks/bin/schemathesis"

# All there are. What "coverage" asks of an operation is each limit of each parameter, some fifty requests.
PHASES = "examples,coverage,fuzzing,stateful"

# The operations that each asks, by who may use them.
ASKED_BY = {
    "nobody": ("everyone", "reader"),
    "reader": ("signed-in",),
    "editor": ("editor",),
    # Before the operator, who revokes its token, and after the editor, whose people it deletes.
    "provider": ("provider",),
    # Whose sign-in is too old to launch and to terminate.
    "operator": ("operator",),
    "fresh operator": ("fresh-operator",),
}


@dataclass
class Deployment:
    """What is asked: where it is, by what each shows who they are, and the ids of what there is."""

    url: str
    tokens: dict[str, str]
    known: dict[str, list[str]] = field(default_factory=dict)


def document(folder: Path) -> Path:
    """The document without cookies: whoever asks here has a token, which counts only where no cookie is sent."""
    told = json.loads((ROOT / "docs/openapi.json").read_text())
    del told["components"]["securitySchemes"]["session"]
    for methods in told["paths"].values():
        for operation in methods.values():
            # Under one key one thing is done, and what is made up asks for many: tests/test_idempotency.py sends keys.
            known = operation.get("parameters", [])
            operation["parameters"] = [one for one in known if one["name"] != "idempotency-key"]
            operation["security"] = [way for way in operation["security"] if "session" not in way]
    place = folder / "openapi.json"
    place.write_text(json.dumps(told))
    return place


def run(deployment: Deployment, who: str, examples: int, folder: Path, phases: str = PHASES) -> str:
    """What it found in these phases; nothing if all is well."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [SCHEMATHESIS, "--config-file", HERE / "schemathesis.toml", "run", document(folder)]
    command += [part for word in ASKED_BY[who] for part in ("--include-by", f"/x-who == {word}")]
    command += ["--url", deployment.url, "--max-examples", str(examples), "--phases", phases]
    command += ["--no-color", "--continue-on-failure"]
    if token := deployment.tokens.get(who):
        command += ["--header", f"Authorization: Bearer {token}"]
    environment = os.environ | {
        "ROLLCALL_KNOWN": json.dumps(deployment.known),
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    (folder / "told.txt").write_text(done.stdout + done.stderr)
    return "" if done.returncode == 0 else done.stdout + done.stderr
