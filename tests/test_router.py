"""CloudFormation as a tool meets it: one service, though the stacks are in two emulators."""

import json
from pathlib import Path

from infra.local.endpoints import Endpoints
from tests.support.emulators import Emulators

# moto tells 50 stacks on a page.
MANY = 51


def test_the_stacks_of_both_emulators_are_one_list_however_many_pages_each_has(tmp_path: Path) -> None:
    with Emulators(tmp_path) as emulators:
        endpoints = emulators.endpoints
        names = [f"{emulator}-{number}" for emulator in ("moto", "ministack") for number in range(MANY)]
        for name in names:
            group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}
            cloudformation = endpoints.client(name.partition("-")[0], "cloudformation")
            cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Group": group}}))
        routed = Endpoints(endpoints.cloudformation, endpoints.cloudformation).client("moto", "cloudformation")
        for operation, stacks in (("describe_stacks", "Stacks"), ("list_stacks", "StackSummaries")):
            page = getattr(routed, operation)()
            assert sorted(it["StackName"] for it in page[stacks]) == sorted(names)
            assert "NextToken" not in page
