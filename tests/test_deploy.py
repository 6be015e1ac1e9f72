"""`make deploy` and `make undeploy`, as people run them, against the emulators in place of AWS."""

import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.listing import listed
from infra.stacks import INFRA, read_plans
from tests.support.emulators import Emulators
from tests.test_templates import function_zip

ROOT = Path(__file__).resolve().parents[1]

KEPT = [
    "Employees",
    "rollcall-operations",
    "rollcall-people",
    "rollcall-audit-123456789012-us-east-1",
    "rollcall-photos-123456789012-us-east-1",
    "(rollcall)",
]

# People deploy with version 2 of the AWS CLI, so this does. Debian's is older than the variables with the addresses.
AWS = """#!/bin/bash
name=${{1^^}}
of_service=AWS_ENDPOINT_URL_${{name//-/_}}
exec {aws} --endpoint-url "${{!of_service:-$AWS_ENDPOINT_URL}}" "$@"
"""
AWS_1 = Path(sys.executable).with_name("aws")

# A deployment is some fifty calls of the AWS CLI, each a process; a busy machine takes minutes.
ENDS_WITHIN = 600


def aws_cli_2() -> Path:
    """Version 2 of the AWS CLI, which infra/setup installs for the tests where there is none."""
    folders = [*os.environ["PATH"].split(os.pathsep), "/usr/bin"]
    for found in (Path(folder) / "aws" for folder in folders):
        if found.exists():
            version = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
            if version.startswith("aws-cli/2."):
                return found
    raise AssertionError("there is no version 2 of the AWS CLI: run 'infra/setup test'")


def program(file: Path, script: str) -> Path:
    """Writes a script that can be run."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(script)
    file.chmod(0o755)
    return file


class Deployment:
    """A copy of what the scripts read, so that a test can change a template, and a cloud to deploy it into."""

    def __init__(self, folder: Path, emulators: Emulators) -> None:
        self.endpoints = emulators.endpoints
        self.root = folder / "root"
        shutil.copytree(INFRA, self.root / "infra", ignore=shutil.ignore_patterns("__pycache__"))
        (self.root / ".venv").symlink_to(ROOT / ".venv")
        site = folder / "site"
        (site / "assets").mkdir(parents=True)
        for document in ("index.html", "operations.html", "records.html"):
            (site / document).write_text("<!doctype html><title>Rollcall</title>")
        (site / "assets/app-1.wasm").write_bytes(b"\0asm")
        self.aws = program(folder / "bin/aws", AWS.format(aws=aws_cli_2()))
        self.env = {
            **emulators.endpoints.environment(),
            "HOME": str(folder),
            "PATH": f"{self.aws.parent}:/usr/bin:/bin",
            "FUNCTION": str(function_zip(folder / "function.zip")),
            "SITE": str(site),
            "YES": "1",
        }

    def run(self, script: str, stdin: int = subprocess.DEVNULL, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            # What runs in the background ignores Ctrl-C, and so would its children.
            ["env", "--default-signal=INT", self.root / "infra" / script],
            env=self.env | env,
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=ENDS_WITHIN,
            start_new_session=True,
        )

    def run_at_terminal(self, *answers: str) -> subprocess.CompletedProcess[str]:
        """Deploys as someone at a terminal does, who gives these answers to what is asked."""
        terminal, end = pty.openpty()
        os.write(terminal, "".join(f"{answer}\n" for answer in answers).encode())
        try:
            return self.run("deploy", stdin=end, YES="")
        finally:
            os.close(terminal)
            os.close(end)

    def interrupted_at(self, call: str) -> subprocess.CompletedProcess[str]:
        """Deploys until a call of the AWS CLI has been made, and presses Ctrl-C then."""
        # A terminal sends it to every process of the group.
        script = f"""#!/bin/bash
trap '' INT
{self.aws} "$@"
code=$?
[ "$2" != {call} ] || kill -INT 0
exit $code
"""
        aws = program(self.root.parent / "interrupting/aws", script)
        return self.run("deploy", PATH=f"{aws.parent}:{self.env['PATH']}")

    def deploy(self, **env: str) -> str:
        """Deploys, and gives what was said."""
        done = self.run("deploy", **env)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        return done.stdout

    def undeploy(self, **env: str) -> str:
        done = self.run("undeploy", **env)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        return done.stdout

    def refused(self, script: str = "deploy", **env: str) -> str:
        """Has it refuse, and gives its last line."""
        done = self.run(script, **env)
        assert done.returncode != 0, done.stdout
        return done.stderr.strip().splitlines()[-1]

    def client(self, service: str) -> Any:
        return self.endpoints.client_of(service)

    def stacks(self, name: str) -> Any:
        """CloudFormation as the scripts reach it, whichever emulator has the stack."""
        plan = next(plan for plan in read_plans() if plan.name == name)
        return self.endpoints.client(plan.emulator, "cloudformation")

    def made(self) -> dict[str, dict[str, str]]:
        """The physical ids by stack and logical id."""
        found: dict[str, dict[str, str]] = {}
        for plan in read_plans():
            stack = {"StackName": f"rollcall-{plan.name}"}
            resources = listed(self.stacks(plan.name), "list_stack_resources", "StackResourceSummaries", **stack)
            found[plan.name] = {it["LogicalResourceId"]: it.get("PhysicalResourceId", "") for it in resources}
        return found

    def output(self, stack: str, name: str) -> str:
        (found,) = self.stacks(stack).describe_stacks(StackName=f"rollcall-{stack}")["Stacks"]
        return next(it["OutputValue"] for it in found["Outputs"] if it["OutputKey"] == name)

    def vpcs(self) -> list[dict[str, Any]]:
        """The VPCs with the address range of ours."""
        ours = [{"Name": "cidr", "Values": ["10.1.0.0/16"]}]
        return list(listed(self.client("ec2"), "describe_vpcs", "Vpcs", Filters=ours))

    def operators(self) -> list[str]:
        pool = self.output("service", "UserPoolId")
        group = {"UserPoolId": pool, "GroupName": "EC2Admins"}
        users = listed(self.client("cognito-idp"), "list_users_in_group", "Users", **group)
        return [user["Username"] for user in users]

    def change_template(self, name: str, old: str, new: str) -> None:
        template = self.root / "infra" / f"{name}.yaml"
        text = template.read_text()
        assert old in text
        template.write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A cloud in which nothing is deployed, until `deployed` does; the account has other user pools, a page of them."""
    folder = tmp_path_factory.mktemp("emulators")
    with Emulators(folder) as emulators:
        cognito = emulators.endpoints.client_of("cognito-idp")
        for number in range(60):
            cognito.create_user_pool(PoolName=f"of-others-{number}")
        yield Deployment(folder, emulators)


# ---- What is refused before anything is done. These come first: nothing is deployed yet. ---------------------------


def test_without_credentials_it_says_how_to_get_some(empty: Deployment) -> None:
    # Both names are empty, as if neither were set; nothing else in this environment has any.
    line = empty.refused(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert line.startswith("deploy: AWS does not know who you are (")
    assert "aws sso login" in line


def test_a_region_that_does_not_exist_is_named(empty: Deployment) -> None:
    assert empty.refused(REGION="eu-cenral-1") == "deploy: there is no region 'eu-cenral-1'. Look at REGION"


def test_without_a_network_it_says_so(empty: Deployment) -> None:
    line = empty.refused(AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_MAX_ATTEMPTS="1")
    assert line == "deploy: AWS can't be reached in 'us-east-1': there is no such region, or no network. Look at REGION"


def test_an_unknown_parameter_is_refused_by_naming_the_known_ones(empty: Deployment) -> None:
    line = empty.refused(PARAMETERS="Colour=red")
    assert line.startswith("deploy: Unknown: Colour. The templates take AlarmEmail, Architecture")


def test_an_artifact_that_is_not_there_is_named(empty: Deployment) -> None:
    assert empty.refused(FUNCTION="no.zip") == "deploy: there is no no.zip: look at FUNCTION"


def test_without_a_terminal_nothing_is_done_unless_told_so(empty: Deployment) -> None:
    assert "Say YES=1" in empty.refused(YES="")
    assert empty.vpcs() == []


def test_nothing_to_undeploy_is_no_failure(empty: Deployment) -> None:
    assert "there is no 'rollcall' in the account 123456789012, us-east-1" in empty.undeploy()


def test_whoever_says_no_at_the_terminal_has_changed_nothing(empty: Deployment) -> None:
    done = empty.run_at_terminal("n")
    assert done.returncode == 1
    # What would be done is shown before it is asked.
    assert re.search(r"rollcall-network:\n( +Add +\w+ +AWS::EC2::\w+\n)+", done.stdout), done.stdout
    assert "Do this? [y/N]" in done.stderr
    assert done.stderr.endswith("deploy: stopped before rollcall-network; nothing of it is changed\n")
    assert empty.vpcs() == []


# ---- Deployed. ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def deployed(empty: Deployment) -> Deployment:
    """Interrupted, run again, failed half-way, run again, and so deployed in full."""
    interrupted = empty.interrupted_at("execute-change-set")
    assert interrupted.returncode == 130, interrupted.stderr
    assert "deploy: stopped; CloudFormation ends what it has begun. Run the same command again" in interrupted.stderr

    # Storage can't be made while this holds its bucket's name.
    taken = {"Bucket": "rollcall-site-123456789012-us-east-1"}
    empty.client("s3").create_bucket(**taken)
    # Only an AWS CLI from 2026 tells what of a template was refused.
    half_way = empty.run("deploy", PATH=f"{AWS_1.parent}:/usr/bin:/bin")
    assert half_way.returncode != 0
    assert "SiteBucket" in half_way.stderr
    empty.client("s3").delete_bucket(**taken)

    line = empty.refused()
    assert line.startswith(
        "deploy: rollcall-storage could not be made (ROLLBACK_COMPLETE; why stands above). Run 'aws "
    )
    told = re.search(r"'(aws [^']+)'", line)
    assert told is not None
    subprocess.run([empty.aws, *told[1].split()[1:]], env=empty.env, check=True)

    said = empty.deploy(OPERATOR="jane.doe@example.com")
    assert "rollcall-network: nothing to change" in said
    assert said.splitlines()[-1].startswith("deploy: Rollcall is at https://")
    return empty


def test_every_logical_id_came_to_be(deployed: Deployment) -> None:
    made = deployed.made()
    for plan in read_plans():
        assert made[plan.name].keys() == plan.resources, plan.name
        assert all(made[plan.name].values()), plan.name


def test_the_site_is_uploaded_with_types_and_how_long_to_keep_it(deployed: Deployment) -> None:
    bucket = deployed.output("storage", "SiteBucketName")
    for document in ("index.html", "operations.html", "records.html"):
        front = deployed.client("s3").head_object(Bucket=bucket, Key=document)
        assert (front["ContentType"], front["CacheControl"]) == ("text/html; charset=utf-8", "no-cache")
    hashed = deployed.client("s3").head_object(Bucket=bucket, Key="assets/app-1.wasm")
    assert (hashed["ContentType"], hashed["CacheControl"]) == (
        "application/wasm",
        "public, max-age=31536000, immutable",
    )


def test_the_first_operator_is_invited(deployed: Deployment) -> None:
    assert deployed.operators() == ["jane.doe"]


def test_a_second_run_changes_nothing_and_invites_nobody(deployed: Deployment) -> None:
    before = deployed.made()
    said = deployed.deploy(OPERATOR="john@example.com")
    assert said.count(": nothing to change\n") == len(read_plans())
    assert "the site: unchanged" in said
    assert "john@example.com was not invited" in said
    assert (deployed.made(), deployed.operators()) == (before, ["jane.doe"])


@pytest.mark.parametrize(
    ("status", "why", "command"),
    [
        ("UPDATE_IN_PROGRESS", ": somebody is changing it, or", "describe-stacks"),
        ("UPDATE_ROLLBACK_FAILED", " (why stands above). Run", "continue-update-rollback"),
        ("ROLLBACK_FAILED", " (why stands above). Delete it", "delete-stack"),
        ("CREATE_FAILED", " (why stands above). Delete it", "delete-stack"),
        ("DELETE_FAILED", " (why stands above). Delete it", "delete-stack"),
    ],
)
def test_a_stack_that_cannot_be_changed_is_left_alone_and_what_to_do_is_said(
    deployed: Deployment, tmp_path: Path, status: str, why: str, command: str
) -> None:
    # An AWS CLI in front of the real one, for which every stack stands so: no emulator brings one there.
    shown = f'"StackStatus": "{status}"'
    program(tmp_path / "aws", f"""#!/bin/sh\n{deployed.aws} "$@" | sed 's/"StackStatus": "[A-Z_]*"/{shown}/'\n""")
    line = deployed.refused(PATH=f"{tmp_path}:{deployed.env['PATH']}")
    assert line.startswith(f"deploy: rollcall-network is in {status}{why}")
    assert f"'aws cloudformation {command} --stack-name rollcall-network --region us-east-1" in line


def test_a_deployment_of_another_region_is_pointed_to(deployed: Deployment) -> None:
    line = deployed.refused(REGION="eu-central-1")
    assert line.startswith("deploy: the account has a 'rollcall' in another region than eu-central-1")


def test_a_changed_template_and_a_changed_setting_are_brought_in_and_the_data_kept(deployed: Deployment) -> None:
    table = deployed.client("dynamodb")
    table.put_item(TableName="Employees", Item={"id": {"S": "1"}})
    before = deployed.made()
    deployed.change_template("service", "RetentionInDays: 30", "RetentionInDays: 60")

    said = deployed.deploy(PARAMETERS="Reading=open AlarmEmail=ops@example.com")

    assert "Modify  FunctionLogs" in said
    assert "AlarmsByEmail" in said
    topic = deployed.output("monitoring", "AlarmsTopicArn")
    subscriptions = listed(deployed.client("sns"), "list_subscriptions_by_topic", "Subscriptions", TopicArn=topic)
    assert [it["Endpoint"] for it in subscriptions] == ["ops@example.com"]
    group = deployed.output("service", "FunctionLogGroupName")
    (logs,) = listed(deployed.client("logs"), "describe_log_groups", "logGroups", logGroupNamePrefix=group)
    assert logs["retentionInDays"] == 60
    assert reading(deployed) == "open"
    assert table.get_item(TableName="Employees", Key={"id": {"S": "1"}})["Item"] == {"id": {"S": "1"}}
    after = deployed.made()
    for stack in ("storage", "network", "identity"):
        assert after[stack] == before[stack]
    assert after["service"]["UserPool"] == before["service"]["UserPool"]


def test_what_is_agreed_to_at_the_terminal_is_done(deployed: Deployment) -> None:
    deployed.change_template("service", "MemorySize: 512", "MemorySize: 640")
    done = deployed.run_at_terminal("yes")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Do this? [y/N]") == 1
    assert configuration(deployed)["MemorySize"] == 640


def test_version_1_of_the_aws_cli_does_as_well(deployed: Deployment) -> None:
    said = deployed.deploy(PATH=f"{AWS_1.parent}:/usr/bin:/bin")
    assert said.count(": nothing to change\n") == len(read_plans())


def test_a_setting_that_is_not_given_again_stays(deployed: Deployment) -> None:
    deployed.deploy()
    assert reading(deployed) == "open"


def reading(deployed: Deployment) -> str:
    return str(configuration(deployed)["Environment"]["Variables"]["READING"])


def configuration(deployed: Deployment) -> dict[str, Any]:
    """How the function is configured."""
    function = deployed.output("service", "FunctionName")
    return deployed.client("lambda").get_function_configuration(FunctionName=function)


def test_undeployed_it_keeps_and_names_what_holds_data_and_deployed_again_takes_it_over(deployed: Deployment) -> None:
    people, pool = deployed.operators(), deployed.output("service", "UserPoolId")
    employees = deployed.client("dynamodb")
    employees.put_item(TableName="Employees", Item={"id": {"S": "1"}})
    ec2 = deployed.client("ec2")
    template = {"LaunchTemplateId": deployed.output("host", "LaunchTemplateId")}
    subnet = deployed.output("network", "PublicSubnetIds").partition(",")[0]
    launched = ec2.run_instances(
        MinCount=1,
        MaxCount=1,
        ImageId="ami-12345678",
        InstanceType="t3.micro",
        SubnetId=subnet,
        LaunchTemplate=template,
    )

    said = deployed.undeploy()

    kept = said.partition("kept, and taken over by the next 'make deploy'")[2]
    for name in KEPT:
        assert name in kept, said
    assert pool in kept
    host = ec2.describe_instances(InstanceIds=[launched["Instances"][0]["InstanceId"]])["Reservations"][0]
    assert host["Instances"][0]["State"]["Name"] == "terminated"
    buckets = [bucket["Name"] for bucket in listed(deployed.client("s3"), "list_buckets", "Buckets")]
    assert buckets == ["rollcall-audit-123456789012-us-east-1", "rollcall-photos-123456789012-us-east-1"]
    assert deployed.vpcs() == []

    again = deployed.deploy(OPERATOR="jane.doe@example.com")

    assert "rollcall-storage: takes over Employees (Employees)" in again
    assert deployed.output("service", "UserPoolId") == pool
    # The groups went with the stack, and with them who was in which: the operator is the same user, put in again.
    assert deployed.operators() == people
    found = employees.get_item(TableName="Employees", Key={"id": {"S": "1"}})
    assert found["Item"] == {"id": {"S": "1"}}
    for plan in read_plans():
        assert deployed.made()[plan.name].keys() >= plan.resources, plan.name
