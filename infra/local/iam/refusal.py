"""No, as each service says it."""

import json
import uuid
from xml.etree import ElementTree as ET

from infra.local.faults import answer as ec2
from infra.local.faults.answer import Answer
from infra.local.iam.check import Check, Principal
from infra.local.iam.policy import Decision

# What answers in JSON, and the status with which it refuses.
_JSON_STATUS = {"dynamodb": 400, "ssm": 400, "lambda": 403, "scheduler": 403}


def refusal(service: str, principal: Principal | None, check: Check | None, decision: Decision) -> Answer:
    """The answer to who is not allowed to do something.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html tells how services word it.
    """
    who = principal.session_arn or principal.arn if principal else "anonymous"
    what = f"{check.action} on resource: {check.resource}" if check else "this request"
    why = (
        f"because no identity-based policy allows the {check.action if check else 'requested'} action"
        if decision.statement is None
        else f"with an explicit deny ({decision.why})"
    )
    message = f"User: {who} is not authorized to perform: {what} {why}"
    if service == "ec2":
        return ec2.error("UnauthorizedOperation", f"You are not authorized to perform this operation. {message}")
    if service in _JSON_STATUS:
        body = json.dumps({"__type": "AccessDeniedException", "Message": message, "message": message}).encode()
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", "AccessDeniedException")]
        return Answer(_JSON_STATUS[service], body, headers)
    error = ET.Element("Error")
    for name, text in (("Code", "AccessDenied"), ("Message", message), ("RequestId", str(uuid.uuid4()))):
        ET.SubElement(error, name).text = text
    if service == "iam":
        whole = ET.Element("ErrorResponse")
        whole.append(error)
        error = whole
    body = ET.tostring(error, encoding="utf-8", xml_declaration=True)
    return Answer(403, body, [("Content-Type", "application/xml")])
