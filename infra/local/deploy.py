"""Deploys the templates into the two emulators: the same templates, in the same order, as a real account gets.

The order, and what each stack gets from earlier ones, stand in `infra/stacks.yaml`. Nothing here knows a resource.
`infra/deploy` does the same for an account of AWS's, and for a cloud like this; this is the quick way, without
questions and without a command for each call.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.endpoints import Endpoints
from infra.local.failure import Failure
from infra.local.listing import listed
from infra.stacks import (
    Mistake,
    Outputs,
    StackPlan,
    output,
    own_parameters,
    read_plans,
    refuse_unknown,
    upload_key,
)

# An emulator makes a stack within seconds; this only ends a wait that would be for ever. In seconds.
_STACK_TIMEOUT = 120.0


def deploy(
    endpoints: Endpoints,
    prefix: str,
    parameters: Mapping[str, str] | None = None,
    uploads: Mapping[str, Path] | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> Outputs:
    """Makes every stack, or brings it up to date, and answers their outputs as `outputs[stack][output]`.

    - `prefix` begins every name; the stacks are `<prefix>-network` and so on.
    - `parameters` are those of the templates that no other stack gives: `Architecture`, `Reading`, `Mfa`, `SiteUrl`,
      `SignInOrigin`, `LogLevel`, `EmployeesTableName`. Each goes to every stack that declares it. One left out is at
      its default again after an update, whatever it was before.
    - `uploads` are files whose key in a bucket a template wants: `FunctionArtifactKey` is the function's zip. A file
      is uploaded under the hash of its content, so that a new one updates the function and the same one does not.
    - `progress` is told each stack by one line before it is made.

    May be repeated: where nothing changed, nothing is done.

    Raises `Failure` when a parameter is unknown or missing, when a stack fails, and when the emulator left out a
    resource, naming each; emulators drop types they don't know without a word.
    """
    given = dict(parameters or {})
    files = dict(uploads or {})
    plans = read_plans()
    try:
        refuse_unknown(plans, given)
    except Mistake as mistake:
        raise Failure(str(mistake)) from None
    if missing := sorted({name for plan in plans for name in plan.uploads} - files.keys()):
        raise Failure(f"A file is needed for the parameter {', '.join(missing)}.")
    outputs: Outputs = {}
    for plan in plans:
        progress(f"{plan.name}: {len(plan.resources)} resources into {plan.emulator}")
        own = own_parameters(plan, prefix, given, outputs)
        own |= {name: _upload(endpoints, outputs, target, files[name]) for name, target in plan.uploads.items()}
        outputs[plan.name] = _make(endpoints, prefix, plan, own)
    return outputs


def _upload(endpoints: Endpoints, outputs: Outputs, target: Mapping[str, str], file: Path) -> str:
    key = upload_key(target["folder"], file)
    s3 = endpoints.client("ministack", "s3")
    s3.put_object(Bucket=output(outputs, target["bucket"]), Key=key, Body=file.read_bytes())
    return key


def _make(endpoints: Endpoints, prefix: str, plan: StackPlan, parameters: Mapping[str, str]) -> dict[str, str]:
    client = endpoints.client(plan.emulator, "cloudformation")
    stack = f"{prefix}-{plan.name}"
    request = {
        "StackName": stack,
        "TemplateBody": plan.template,
        "Capabilities": list(plan.capabilities),
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in sorted(parameters.items())],
    }
    try:
        if _describe(client, stack) is None:
            client.create_stack(**request)
        else:
            _update(client, request)
        description = _settled(client, stack)
        _refuse_left_out(client, stack, plan)
    except (BotoCoreError, ClientError) as error:
        raise Failure(f"{stack}: {plan.emulator} says: {error}") from error
    return {it["OutputKey"]: it["OutputValue"] for it in description.get("Outputs", [])}


def _describe(client: Any, stack: str) -> dict[str, Any] | None:
    try:
        found = client.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return next((it for it in found if it["StackStatus"] != "DELETE_COMPLETE"), None)


def _update(client: Any, request: Mapping[str, Any]) -> None:
    try:
        client.update_stack(**request)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise


def _settled(client: Any, stack: str) -> dict[str, Any]:
    deadline = time.monotonic() + _STACK_TIMEOUT
    while time.monotonic() < deadline:
        description = _describe(client, stack)
        status = description["StackStatus"] if description else "DELETE_COMPLETE"
        if description and status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return description
        if not status.endswith("_IN_PROGRESS"):
            raise Failure(f"{stack} ended as {status}: {_reasons(client, stack)}")
        time.sleep(0.1)
    raise Failure(f"{stack} was not done within {_STACK_TIMEOUT:.0f} s; the emulator's log may say why.")


def _reasons(client: Any, stack: str) -> str:
    events = listed(client, "describe_stack_events", "StackEvents", StackName=stack)
    failed = [it for it in reversed(list(events)) if it["ResourceStatus"].endswith("_FAILED")]
    reasons = [f"{it['LogicalResourceId']}: {it.get('ResourceStatusReason', 'no reason given')}" for it in failed]
    if any("DescribeEvents" in reason for reason in reasons):
        # The template was refused as a whole, before any resource was made; the reasons stand elsewhere.
        found = listed(client, "describe_events", "OperationEvents", StackName=stack)
        refused = [it for it in found if it["EventType"] == "VALIDATION_ERROR"]
        reasons = [f"{it['LogicalResourceId']}: {it['ValidationStatusReason']}" for it in refused]
    return "; ".join(reasons) or "no reason given"


def _refuse_left_out(client: Any, stack: str, plan: StackPlan) -> None:
    found = listed(client, "list_stack_resources", "StackResourceSummaries", StackName=stack)
    made = {it["LogicalResourceId"] for it in found if it.get("PhysicalResourceId")}
    left_out = sorted(plan.resources - made)
    if left_out:
        raise Failure(f"{stack}: {plan.emulator} made no {', '.join(left_out)}, and did not say so.")
