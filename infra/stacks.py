"""Reads `infra/stacks.yaml` and the templates: the order of the stacks, and what each is made with.

Whoever deploys asks this: the local cloud in Python, `infra/deploy` and `infra/undeploy` on the command line, where
`<folder>/<stack>.json` is what `aws cloudformation describe-stacks` said of each stack that is there.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

INFRA = Path(__file__).resolve().parent

# What tells an existing resource from others, for those types that hold data: the property with the name that a
# template gives it, and what CloudFormation calls its identifier.
_IDENTIFIED_BY = {
    "AWS::Cognito::UserPool": ("UserPoolName", "UserPoolId"),
    "AWS::DynamoDB::Table": ("TableName", "TableName"),
    "AWS::S3::Bucket": ("BucketName", "BucketName"),
}

Outputs = dict[str, dict[str, str]]


class Mistake(Exception):
    """What was asked for can't be had. Its text is one line that says why."""


@dataclass(frozen=True)
class StackPlan:
    """One entry of `infra/stacks.yaml`, with its template.

    `resources` are those it always has, whatever its conditions. `kept` are those that outlive their stack, by
    logical id.
    """

    name: str
    emulator: str
    template: str
    declared: Mapping[str, Any]
    resources: frozenset[str]
    outputs: frozenset[str]
    kept: Mapping[str, Mapping[str, Any]]
    capabilities: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def own(self) -> set[str]:
        """The parameters that are the caller's to give."""
        return self.declared.keys() - {"Prefix", *self.parameters, *self.uploads}


def read_plans() -> list[StackPlan]:
    """The stacks in the order they are made."""
    entries = yaml.safe_load((INFRA / "stacks.yaml").read_text())
    return [_read_plan(name, entry) for name, entry in entries.items()]


def refuse_unknown(plans: Iterable[StackPlan], given: Iterable[str]) -> None:
    """Raises `Mistake` when no template takes one of these parameters from outside."""
    takes = {name for plan in plans for name in plan.own}
    if unknown := sorted(set(given) - takes):
        raise Mistake(f"Unknown: {', '.join(unknown)}. The templates take {', '.join(sorted(takes))} from outside.")


def own_parameters(plan: StackPlan, prefix: str, given: Mapping[str, str], outputs: Outputs) -> dict[str, str]:
    """What a stack is made with, but for uploads: those of `given` that it declares, and what earlier stacks give."""
    own = {"Prefix": prefix} | {name: value for name, value in given.items() if name in plan.own}
    return own | {name: output(outputs, source) for name, source in plan.parameters.items()}


def output(outputs: Outputs, source: str) -> str:
    """What `<stack>.<output>` stands for."""
    stack, _, name = source.partition(".")
    return outputs[stack][name]


def upload_key(folder: str, file: Path) -> str:
    """Where a file is uploaded: a new one under a new key, the same one under the same."""
    return f"{folder}/{hashlib.sha256(file.read_bytes()).hexdigest()}{file.suffix}"


def import_template(plan: StackPlan, logical_ids: Iterable[str]) -> str:
    """The template cut down to some of its resources and without outputs: an import takes no others."""
    wanted = set(logical_ids)
    kept: list[str] = []
    section, taking = "", True
    for line in plan.template.splitlines(keepends=True):
        if top := re.match(r"(\w+):", line):
            section, taking = top[1], top[1] != "Outputs"
        elif section == "Resources" and (resource := re.match(r"  (\w+):", line)):
            taking = resource[1] in wanted
        elif section == "Resources" and re.match(r"  #", line):
            taking = False
        if taking:
            kept.append(line)
    return "".join(kept)


def _read_plan(name: str, entry: Mapping[str, Any]) -> StackPlan:
    template = (INFRA / f"{name}.yaml").read_text()
    document = yaml.load(template, Loader=_TemplateLoader)
    resources = document["Resources"]
    return StackPlan(
        name=name,
        emulator=entry["emulator"],
        template=template,
        declared=document.get("Parameters", {}),
        resources=frozenset(id_ for id_, it in resources.items() if "Condition" not in it),
        outputs=frozenset(document.get("Outputs", {})),
        kept={id_: it for id_, it in resources.items() if it.get("DeletionPolicy", "").startswith("Retain")},
        capabilities=tuple(entry.get("capabilities", ())),
        parameters=entry.get("parameters", {}),
        uploads=entry.get("uploads", {}),
    )


class _TemplateLoader(yaml.SafeLoader):
    """Reads a template; of what stands under `!Ref`, `!Sub` and the like only texts are read."""


@dataclass(frozen=True)
class _Function:
    name: str
    text: str


def _function(loader: yaml.Loader, suffix: str, node: yaml.Node) -> _Function:
    return _Function(suffix, node.value if isinstance(node, yaml.ScalarNode) else "")


_TemplateLoader.add_multi_constructor("!", _function)


# ---- The command line of `infra/deploy` and `infra/undeploy`. -------------------------------------------------------


@dataclass(frozen=True)
class _Surroundings:
    """Which deployment, where, what its stacks are now, and what is asked for."""

    prefix: str
    account: str
    region: str
    stacks: Mapping[str, Mapping[str, Any]]
    given: Mapping[str, str]

    def outputs(self) -> Outputs:
        return {
            name: {it["OutputKey"]: it["OutputValue"] for it in stack.get("Outputs", [])}
            for name, stack in self.stacks.items()
        }

    def now(self, plan: StackPlan) -> dict[str, str]:
        """The parameters with which the stack was last made."""
        parameters = self.stacks.get(plan.name, {}).get("Parameters", [])
        return {it["ParameterKey"]: it["ParameterValue"] for it in parameters}

    def value(self, plan: StackPlan, parameter: str) -> str:
        """A parameter as asked for, else as it is, else its default."""
        declared = plan.declared[parameter].get("Default", "")
        return self.given.get(parameter) or self.now(plan).get(parameter) or str(declared)

    def text(self, plan: StackPlan, value: Any) -> str:
        """A property that is a text, a `!Ref` or a `!Sub`."""
        if not isinstance(value, _Function):
            return str(value)
        pattern = f"${{{value.text}}}" if value.name == "Ref" else value.text
        known = {"Prefix": self.prefix, "AWS::AccountId": self.account, "AWS::Region": self.region}
        return re.sub(r"\$\{([^}]+)\}", lambda it: known.get(it[1]) or self.value(plan, it[1]), pattern)


def _order(around: _Surroundings, plans: list[StackPlan], arguments: argparse.Namespace) -> None:
    names = [plan.name for plan in plans]
    print("\n".join(reversed(names) if arguments.reverse else names))


def _output(around: _Surroundings, plans: list[StackPlan], arguments: argparse.Namespace) -> None:
    print(output(around.outputs(), arguments.source))


def _parameter(around: _Surroundings, plans: list[StackPlan], arguments: argparse.Namespace) -> None:
    plan = next(plan for plan in plans if arguments.name in plan.own)
    print(around.value(plan, arguments.name))


def _kept(around: _Surroundings, plans: list[StackPlan], arguments: argparse.Namespace) -> None:
    for plan in plans:
        if arguments.stack in (None, plan.name):
            for logical_id, resource in plan.kept.items():
                if resource["Type"] in _IDENTIFIED_BY:
                    name = resource["Properties"][_IDENTIFIED_BY[resource["Type"]][0]]
                    print(plan.name, logical_id, resource["Type"], around.text(plan, name))


def _upload(around: _Surroundings, plans: list[StackPlan], arguments: argparse.Namespace) -> None:
    files = _pairs(arguments.file)
    plan = next(plan for plan in plans if plan.name == arguments.stack)
    for parameter, target in plan.uploads.items():
        file = Path(files[parameter])
        print(output(around.outputs(), target["bucket"]), upload_key(target["folder"], file), file)


def _request(around: _Surroundings, plans: list[StackPlan], arguments: argparse.Namespace) -> None:
    """The request for a change set, as `aws --cli-input-json` takes it."""
    plan = next(plan for plan in plans if plan.name == arguments.stack)
    files, adopted = _pairs(arguments.file), _pairs(arguments.adopt)
    request: dict[str, Any] = {
        "StackName": f"{around.prefix}-{plan.name}",
        "ChangeSetName": arguments.change_set,
        "Capabilities": list(plan.capabilities),
        "Tags": [{"Key": "rollcall", "Value": around.prefix}],
    }
    before = around.now(plan)
    own = own_parameters(plan, around.prefix, around.given, around.outputs())
    own |= {name: upload_key(it["folder"], Path(files[name])) for name, it in plan.uploads.items()}
    parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in sorted(own.items())]
    # What is not asked for stays as it is, rather than at its default.
    left = sorted((before.keys() & plan.declared.keys()) - own.keys())
    parameters += [{"ParameterKey": name, "UsePreviousValue": True} for name in left]
    request |= {"Parameters": parameters, "TemplateBody": plan.template}
    request["ChangeSetType"] = "UPDATE" if plan.name in around.stacks else "CREATE"
    if adopted:
        # An import takes no tags of the stack's; the change set that adds the rest brings them.
        del request["Tags"]
        request |= {
            "ChangeSetType": "IMPORT",
            "TemplateBody": import_template(plan, adopted),
            "ResourcesToImport": [
                {
                    "LogicalResourceId": logical_id,
                    "ResourceType": (kind := plan.kept[logical_id]["Type"]),
                    "ResourceIdentifier": {_IDENTIFIED_BY[kind][1]: identifier},
                }
                for logical_id, identifier in adopted.items()
            ],
        }
    json.dump(request, sys.stdout)


def _pairs(texts: Iterable[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise Mistake(f"{text!r} is not NAME=value")
        pairs[name] = value
    return pairs


def _read_stacks(folder: Path) -> dict[str, dict[str, Any]]:
    return {file.stem: json.loads(file.read_text())["Stacks"][0] for file in sorted(folder.glob("*.json"))}


def main() -> int:
    """Answers one question of a script's."""
    parser = argparse.ArgumentParser(prog="infra.stacks", description=__doc__)
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--account", default="")
    parser.add_argument("--region", default="")
    parser.add_argument("--stacks", type=Path, required=True, help="the folder with what describe-stacks said")
    parser.add_argument("--given", default="", help="NAME=value …, separated by blanks")
    questions = parser.add_subparsers(required=True)

    order = questions.add_parser("order", help="the stacks in the order they are made")
    order.add_argument("--reverse", action="store_true")
    order.set_defaults(answer=_order)

    one_output = questions.add_parser("output", help="one output of a stack that is there")
    one_output.add_argument("source", help="<stack>.<output>")
    one_output.set_defaults(answer=_output)

    parameter = questions.add_parser("parameter", help="a parameter as it will be")
    parameter.add_argument("name")
    parameter.set_defaults(answer=_parameter)

    kept = questions.add_parser("kept", help="what outlives its stack: stack, logical id, type, name")
    kept.add_argument("stack", nargs="?")
    kept.set_defaults(answer=_kept)

    upload = questions.add_parser("uploads", help="what a stack wants uploaded: bucket, key, file")
    upload.add_argument("stack")
    upload.add_argument("--file", action="append", default=[])
    upload.set_defaults(answer=_upload)

    request = questions.add_parser("request", help="the request for a stack's change set, as JSON")
    request.add_argument("stack")
    request.add_argument("--change-set", required=True)
    request.add_argument("--file", action="append", default=[])
    request.add_argument("--adopt", action="append", default=[], help="<logical id>=<identifier>")
    request.set_defaults(answer=_request)

    arguments = parser.parse_args()
    try:
        plans = read_plans()
        given = _pairs(arguments.given.split())
        refuse_unknown(plans, given)
        around = _Surroundings(
            arguments.prefix, arguments.account, arguments.region, _read_stacks(arguments.stacks), given
        )
        arguments.answer(around, plans, arguments)
    except Mistake as mistake:
        print(mistake, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
