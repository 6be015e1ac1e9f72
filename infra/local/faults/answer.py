"""EC2's answers: errors written as EC2 writes them, and what faults make of an emulator's answers."""

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from defusedxml.ElementTree import fromstring

# Errors on EC2's side come with a status from 500 up, for which SDKs repeat a call by themselves; all others are the
# caller's (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html).
_STATUS = {
    "RequestLimitExceeded": 503,
    "ServiceUnavailable": 503,
    "Unavailable": 503,
    "InternalError": 500,
    "InternalFailure": 500,
    "InsufficientAddressCapacity": 500,
    "InsufficientCapacity": 500,
    "InsufficientHostCapacity": 500,
    "InsufficientInstanceCapacity": 500,
    "InsufficientReservedInstanceCapacity": 500,
    "InsufficientVolumeCapacity": 500,
    "UnauthorizedOperation": 403,
    "DryRunOperation": 412,
}


@dataclass(frozen=True)
class Answer:
    """An answer on its way to the caller."""

    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def error(code: str, message: str = "") -> Answer:
    """An error, with the status that EC2 gives it."""
    response = ET.Element("Response")
    entry = ET.SubElement(ET.SubElement(response, "Errors"), "Error")
    ET.SubElement(entry, "Code").text = code
    ET.SubElement(entry, "Message").text = message or _MESSAGES.get(code, f"Refused on purpose: {code}.")
    ET.SubElement(response, "RequestID").text = str(uuid.uuid4())
    body = ET.tostring(response, encoding="utf-8", xml_declaration=True)
    return Answer(_STATUS.get(code, 400), body, [("Content-Type", "text/xml;charset=UTF-8")])


_MESSAGES = {
    "RequestLimitExceeded": "Request limit exceeded.",
    "InsufficientInstanceCapacity": (
        "We currently do not have sufficient capacity in the Availability Zone you requested."
    ),
    "IdempotentParameterMismatch": (
        "The client token was used before with other parameters. Use another token, or the same parameters."
    ),
    "IdempotentInstanceTerminated": "The instance that this client token launched has been terminated.",
}


def instance_not_found(instance: str) -> Answer:
    """What EC2 says of an instance that it does not know, or not yet."""
    return error("InvalidInstanceID.NotFound", f"The instance ID '{instance}' does not exist")


def launched(answer: Answer) -> list[str]:
    """The instances in the answer to a RunInstances."""
    return [_text(item, "instanceId") for item in _instances(fromstring(answer.body))]


def as_run_instances(described: Answer) -> Answer | None:
    """A DescribeInstances answer about one reservation in the shape of RunInstances: they hold the same elements."""
    root = fromstring(described.body)
    space = _space(root)
    reservation = root.find(f"{space}reservationSet/{space}item")
    if reservation is None:
        return None
    run = ET.Element(f"{space}RunInstancesResponse")
    ET.SubElement(run, f"{space}requestId").text = str(uuid.uuid4())
    run.extend(list(reservation))
    return _written(described, run)


def states(answer: Answer) -> set[str]:
    """The states of the instances in an answer."""
    return {_text(item, "instanceState", "name") for item in _instances(fromstring(answer.body))}


def without(answer: Answer, hidden: Callable[[str], bool]) -> Answer:
    """Leaves instances out of a DescribeInstances or DescribeInstanceStatus answer; the same when there were none."""
    root = fromstring(answer.body)
    return _written(answer, root) if _remove(root, lambda item: hidden(_text(item, "instanceId"))) else answer


def pending(answer: Answer, kept: Callable[[str], bool], *, wanted: bool) -> Answer:
    """Shows running instances as pending, or leaves them out when those are not `wanted`."""
    root = fromstring(answer.body)

    def is_meant(item: ET.Element) -> bool:
        return kept(_text(item, "instanceId")) and _text(item, "instanceState", "name") == "running"

    if not wanted:
        return _written(answer, root) if _remove(root, is_meant) else answer
    meant = [item for item in (*_instances(root), *_statuses(root)) if is_meant(item)]
    for item in meant:
        _set(item, "pending", "instanceState", "name")
        _set(item, "0", "instanceState", "code")
        for check in ("instanceStatus", "systemStatus"):
            _set(item, "not-applicable", check, "status")
            for details in item.findall(f"{_space(root)}{check}/{_space(root)}details"):
                item.find(f"{_space(root)}{check}").remove(details)  # type: ignore[union-attr]
    return _written(answer, root) if meant else answer


def launched_earlier(answer: Answer, seconds: float) -> Answer:
    """Moves the launch times of all instances into the past."""
    root = fromstring(answer.body)
    instances = list(_instances(root))
    for item in instances:
        launched = datetime.fromisoformat(_text(item, "launchTime")) - timedelta(seconds=seconds)
        _set(item, launched.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"), "launchTime")
    return _written(answer, root) if instances else answer


def told_otherwise(answer: Answer, says: str, instead_of: str) -> Answer:
    """Says something else wherever a whole text is this one; the same when there was none."""
    root = fromstring(answer.body)
    meant = [item for item in root.iter() if item.text == instead_of]
    for item in meant:
        item.text = says
    return _written(answer, root) if meant else answer


def failing_checks(answer: Answer, kept: Callable[[str], bool], shows: str) -> Answer:
    """Shows the status checks of running instances as not passed: `initializing` or `impaired`."""
    root = fromstring(answer.body)
    space = _space(root)
    meant = [it for it in _statuses(root) if kept(_text(it, "instanceId"))]
    meant = [it for it in meant if _text(it, "instanceState", "name") == "running"]
    for item in meant:
        for check in ("instanceStatus", "systemStatus"):
            _set(item, shows, check, "status")
            for detail in item.findall(f"{space}{check}/{space}details/{space}item"):
                _set(detail, "failed" if shows == "impaired" else "initializing", "status")
    return _written(answer, root) if meant else answer


def _instances(root: ET.Element) -> Iterator[ET.Element]:
    space = _space(root)
    for instances in root.iter(f"{space}instancesSet"):
        yield from instances.findall(f"{space}item")


def _statuses(root: ET.Element) -> list[ET.Element]:
    space = _space(root)
    return root.findall(f"{space}instanceStatusSet/{space}item")


def _remove(root: ET.Element, meant: Callable[[ET.Element], bool]) -> bool:
    """Removes instances, and reservations that hold none any more; whether there were any."""
    space = _space(root)
    found = False
    for instances in (*root.iter(f"{space}instancesSet"), *root.iter(f"{space}instanceStatusSet")):
        for item in [it for it in instances.findall(f"{space}item") if meant(it)]:
            instances.remove(item)
            found = True
    for reservations in root.iter(f"{space}reservationSet"):
        for item in reservations.findall(f"{space}item"):
            if item.find(f"{space}instancesSet/{space}item") is None:
                reservations.remove(item)
    return found


def _space(element: ET.Element) -> str:
    """The namespace of an element as it stands before a name: the emulator's own is kept."""
    return element.tag[: element.tag.index("}") + 1] if element.tag.startswith("{") else ""


def _text(item: ET.Element, *path: str) -> str:
    space = _space(item)
    return item.findtext("/".join(space + name for name in path), "")


def _set(item: ET.Element, text: str, *path: str) -> None:
    space = _space(item)
    found = item.find("/".join(space + name for name in path))
    if found is not None:
        found.text = text


def _written(answer: Answer, root: ET.Element) -> Answer:
    space = _space(root).strip("{}")
    body = ET.tostring(root, encoding="utf-8", xml_declaration=True, default_namespace=space or None)
    headers = [(name, value) for name, value in answer.headers if name.lower() != "content-length"]
    return Answer(answer.status, body, headers)
