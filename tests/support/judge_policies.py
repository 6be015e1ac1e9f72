"""Reads what `infra.policies` prints and says what parliament finds that isn't known and meant.

Runs with the Python of `.tools/checks`, which has parliament and nothing of ours.
"""

import json
import sys
from typing import Any

from parliament import analyze_policy_string

# What parliament finds and is meant: the document, the issue, how the detail begins, and why it is so.
MEANT = [
    # It asks each statement for every kind of resource a launch touches; ours are spread over three statements, since
    # each kind has conditions of its own. That they cover every kind is told by the launches of the tests.
    ("identity.yaml: FunctionOperationsPolicy", "RESOURCE_MISMATCH", "ec2:RunInstances"),
    # Public parameters are in nobody's account, which parliament's table of formats doesn't know.
    ("identity.yaml: FunctionOperationsPolicy", "RESOURCE_MISMATCH", "ssm:GetParameter"),
    # In a key's own policy `*` is that key.
    ("monitoring.yaml: AlarmsKey", "RESOURCE_STAR", "kms:"),
]


def main() -> int:
    """Prints what is found, one a line."""
    found = []
    unused = set(MEANT)
    for line in sys.stdin:
        given = json.loads(line)
        place, document = given["place"], given["document"]
        if all("Resource" not in it and "NotResource" not in it for it in document["Statement"]):
            # Who may take a role: without resources, and parliament reads only policies that have some.
            continue
        for finding in analyze_policy_string(json.dumps(document)).findings:
            meant = {
                it for it in MEANT if (place, finding.issue) == it[:2] and _about(finding.detail).startswith(it[2])
            }
            unused -= meant
            if not meant:
                found.append(f"{place}: {finding.issue}: {finding.detail}")
    found += [f"no longer found, and not to be expected: {it}" for it in sorted(unused)]
    print("\n".join(found), end="")
    return 1 if found else 0


def _about(detail: Any) -> str:
    """The action a finding is about, whatever shape parliament gives its detail."""
    first = detail[0] if isinstance(detail, list) and detail else detail
    return str(first["action"] if isinstance(first, dict) and "action" in first else first)


if __name__ == "__main__":
    sys.exit(main())
