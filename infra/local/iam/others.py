"""What Lambda, Systems Manager, EventBridge Scheduler and IAM itself ask IAM for.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

import re
from collections.abc import Mapping
from typing import Any

from infra.local.iam.account import Account
from infra.local.iam.check import Check
from infra.local.iam.ec2 import pass_role

_INVOKE = re.compile(r"/\d{4}-\d{2}-\d{2}/functions/([^/]+)/invocations")
_SCHEDULE = re.compile(r"/schedules/([^/]+)")
_SCHEDULE_ACTIONS = {"POST": "Create", "GET": "Get", "PUT": "Update", "DELETE": "Delete"}


def function_check(account: Account, action: str, name: str) -> Check:
    """An action on a function, which is named by its name or by its ARN."""
    arn = name if name.startswith("arn:") else f"arn:aws:lambda:{account.region}:{account.id}:function:{name}"
    return Check(f"lambda:{action}", arn)


def schedule_check(account: Account, action: str, group: str, name: str) -> Check:
    """An action on a schedule."""
    return Check(
        f"scheduler:{action}Schedule", f"arn:aws:scheduler:{account.region}:{account.id}:schedule/{group}/{name}"
    )


def parameter_check(account: Account, action: str, name: str) -> Check:
    """An action on a parameter. AWS's public ones are of no account.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
    """
    owner = "" if name.startswith("/aws/service/") else account.id
    return Check(f"ssm:{action}", f"arn:aws:ssm:{account.region}:{owner}:parameter/{name.lstrip('/')}")


def lambda_checks(account: Account, method: str, path: str) -> list[Check]:
    """What a call of Lambda asks for."""
    found = _INVOKE.fullmatch(path)
    if found and method == "POST":
        return [function_check(account, "InvokeFunction", found[1])]
    return [Check("lambda:Unknown", "*")]


def ssm_checks(account: Account, operation: str, body: Mapping[str, Any]) -> list[Check]:
    """What a call of Systems Manager asks for."""
    names = [body["Name"]] if "Name" in body else body.get("Names", [])
    if operation in ("GetParameter", "GetParameters") and names:
        return [parameter_check(account, operation, it) for it in names]
    return [Check(f"ssm:{operation}", "*")]


def scheduler_checks(
    account: Account, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any]
) -> list[Check]:
    """What a call of Scheduler asks for. Giving a schedule its role is passing it on.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html
    """
    if method == "GET" and path == "/schedules":
        return [Check("scheduler:ListSchedules", "*")]
    found = _SCHEDULE.fullmatch(path)
    if not found or method not in _SCHEDULE_ACTIONS:
        return [Check("scheduler:Unknown", "*")]
    group = query.get("groupName") or body.get("GroupName") or "default"
    checks = [schedule_check(account, _SCHEDULE_ACTIONS[method], group, found[1])]
    role = body.get("Target", {}).get("RoleArn")
    if role:
        checks.append(pass_role(role, "scheduler.amazonaws.com"))
    return checks


def iam_checks(account: Account, action: str, parameters: Mapping[str, str]) -> list[Check]:
    """What a call of IAM asks for: the user, role or group that it names."""
    for kind in ("User", "Role", "Group"):
        if f"{kind}Name" in parameters:
            name = parameters[f"{kind}Name"]
            return [Check(f"iam:{action}", f"arn:aws:iam::{account.id}:{kind.lower()}/{name}")]
    return [Check(f"iam:{action}", "*")]
