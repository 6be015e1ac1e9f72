"""Prints every policy document of the templates as JSON, one a line, with what is only known at AWS filled in.

For tools that check policies and know no templates.
"""

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import yaml

from infra.stacks import INFRA, read_plans

# Looks like what AWS would put there; anything else becomes the parameter's or resource's name.
_FILLED_IN = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "Prefix": "rollcall",
    "HostRoleArn": "arn:aws:iam::123456789012:role/rollcall-host",
    "FunctionRoleArn": "arn:aws:iam::123456789012:role/rollcall-function",
    "HostRole.Arn": "arn:aws:iam::123456789012:role/rollcall-host",
    "SchedulerRole.Arn": "arn:aws:iam::123456789012:role/rollcall-scheduler",
    "HostInstanceProfile.Arn": "arn:aws:iam::123456789012:instance-profile/rollcall-host",
    "PhotosBucket.Arn": "arn:aws:s3:::rollcall-photos",
    "AuditBucket.Arn": "arn:aws:s3:::rollcall-audit",
    "ArtifactsBucket.Arn": "arn:aws:s3:::rollcall-artifacts",
    "Alarms": "arn:aws:sns:us-east-1:123456789012:rollcall-alarms",
    "LaunchTemplateId": "lt-0123456789abcdef0",
    "HostAddressAllocationId": "eipalloc-0123456789abcdef0",
    "HostSecurityGroupId": "sg-0123456789abcdef0",
    "SubnetId": "subnet-0123456789abcdef0",
}

_DOCUMENTS = ("PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy")


class _Loader(yaml.SafeLoader):
    """Reads a template with what stands under `!Ref` and the like filled in."""


def _fill_in(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        name = node.value
        return _text(name) if suffix == "Sub" else _value(name)
    if isinstance(node, yaml.SequenceNode):
        items = loader.construct_sequence(node, deep=True)
        # !Sub with names of its own takes the first; what the others here say does not matter to a policy.
        return _text(items[0]) if suffix == "Sub" else items
    return None


_Loader.add_multi_constructor("!", _fill_in)


def _text(pattern: str) -> str:
    return re.sub(r"\$\{([^!}][^}]*)\}", lambda it: _value(it[1]), pattern).replace("${!", "${")


def _value(name: str) -> str:
    return _FILLED_IN.get(name, name)


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Where each document stands, as `<template>: <resource>`, and the document."""
    for plan in read_plans():
        template = yaml.load((INFRA / f"{plan.name}.yaml").read_text(), Loader=_Loader)
        for logical_id, resource in template["Resources"].items():
            for name in _DOCUMENTS:
                if name in resource.get("Properties", {}):
                    yield f"{plan.name}.yaml: {logical_id}", resource["Properties"][name]


def main() -> int:
    """Prints them."""
    for place, document in documents():
        print(json.dumps({"place": place, "document": document}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
