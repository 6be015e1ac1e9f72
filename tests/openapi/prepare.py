"""What there is in a local cloud to be asked for: people, some of whom left, and a schedule."""

from collections.abc import Callable
from pathlib import Path

from infra.local.cloud import LocalCloud
from tests.openapi.run import Deployment
from tests.support import tokens
from tests.support.api import Api
from tests.support.directory import employee
from tests.support.scim import new_token

# So many that some are left once others were deleted.
PEOPLE = 40


def prepare(cloud: LocalCloud, api: Callable[..., Api]) -> Deployment:
    """A deployment in which something is to be found under most addresses."""
    editor, operator = api("editor"), api("operator")
    people = [
        editor.post("/api/employees", json=employee(full_name=f"Ada {number}")).json()["id"] for number in range(PEOPLE)
    ]
    for former in people[-PEOPLE // 4 :]:
        editor.delete(f"/api/employees/{former}")
    operator.post("/api/operations/schedules", json={"name": "nightly", "expression": "rate(7 days)", "enabled": False})
    header, claims = tokens.parts(operator.token)
    keys: Path = cloud.logs.parent / "tmp/ministack/cognito-pool-keys"
    key = tokens.pool_key(keys, cloud.outputs["service"]["UserPoolId"])
    stale = tokens.signed(header, claims | {"auth_time": tokens.hours_ago(1)}, key)
    shown = {
        "reader": api("reader").token,
        "editor": editor.token,
        "operator": stale,
        "fresh operator": operator.token,
        "provider": new_token(operator)["token"],
    }
    return Deployment(cloud.url, shown, {"employees": people, "relaunches": []})
