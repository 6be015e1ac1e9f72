"""The hosts of the local cloud: each EC2 instance boots, runs its user data, and is reached as a visitor reaches it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from infra.local.cloud import LocalCloud
from infra.local.samples import SAMPLES
from tests.support.operations import Operations
from tests.support.waiting import PATIENCE, wait_until

# Serves a small page on port 80, as soon as everything above it is done.
SERVE = "\nmkdir -p /srv/www && cd /srv/www && echo it serves > index.html && exec python3 -m http.server 80\n"

ASK = """
ask() { curl --silent --show-error --fail --header "X-aws-ec2-metadata-token: $token" \
  "http://169.254.169.254/latest/$1"; echo; }
token=$(curl --silent --fail --request PUT --header "X-aws-ec2-metadata-token-ttl-seconds: 60" \
  http://169.254.169.254/latest/api/token)
"""


class Hosts:
    """Instances of a test's own, which Rollcall does not take for its host."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.ec2 = cloud.client("ec2")
        self._cloud = cloud
        self._wait_until = wait_until
        self.launched: list[str] = []

    def launch(self, user_data: str, **tags: str) -> str:
        """Launches an instance as Rollcall does."""
        outputs = self._cloud.outputs
        own = {"rollcall:host": "another"} | tags
        reservation = self.ec2.run_instances(
            ImageId="ami-12c6146b",
            InstanceType="t2.micro",
            LaunchTemplate={"LaunchTemplateId": outputs["host"]["LaunchTemplateId"]},
            SubnetId=outputs["network"]["PublicSubnetIds"].split(",")[0],
            MinCount=1,
            MaxCount=1,
            UserData=user_data,
            TagSpecifications=[
                {"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in own.items()]}
            ],
        )
        self.launched.append(reservation["Instances"][0]["InstanceId"])
        return self.launched[-1]

    def describe(self, instance: str) -> dict[str, Any]:
        found = self.ec2.describe_instances(InstanceIds=[instance])
        return found["Reservations"][0]["Instances"][0]

    def get(self, address: str, path: str = "/") -> requests.Response:
        """What a visitor gets at an address."""
        return requests.get(f"http://{address}{path}", proxies={"http": self._cloud.endpoints.hosts_proxy}, timeout=30)

    def serving(self, instance: str, path: str = "/") -> requests.Response:
        """The app's answer, once there is one."""
        address = self.describe(instance)["PublicIpAddress"]

        def answer() -> requests.Response | None:
            got = self.get(address, path)
            return got if got.status_code == 200 else None

        return wait_until(answer)

    def console(self, instance: str) -> str:
        return self.ec2.get_console_output(InstanceId=instance).get("Output", "")

    def finished(self, instance: str) -> str:
        """The console, once cloud-init is done."""

        def console() -> str | None:
            said = self.console(instance)
            return said if " finished at " in said else None

        return wait_until(console)

    def terminate(self, *instances: str) -> None:
        if instances:
            self.ec2.terminate_instances(InstanceIds=list(instances))


@pytest.fixture
def hosts(cloud: LocalCloud) -> Iterator[Hosts]:
    """Launches instances, and terminates them when the test is over."""
    own = Hosts(cloud)
    yield own
    own.terminate(*own.launched)


# ---- The recipes. ----------------------------------------------------------------------------------------------------


def variables(cloud: LocalCloud) -> dict[str, str]:
    storage = cloud.outputs["storage"]
    return {
        "photos_bucket": storage["PhotosBucketName"],
        "region": "us-east-1",
        "employees_table": storage["EmployeesTableName"],
        "people_table": storage["PeopleTableName"],
        "search_index_table": storage["SearchIndexTableName"],
        "artifacts_bucket": storage["ArtifactsBucketName"],
        "host_archive": "host/rollcall-host.tar.gz",
    }


def test_rollcalls_recipe_ends_in_the_host_binary_that_shows_the_employees(
    hosts: Hosts, operations: Operations, cloud: LocalCloud
) -> None:
    revision = operations.revise(recipe="al2023-rollcall", variables=variables(cloud))
    instance = hosts.launch(revision["user_data"])
    info = hosts.serving(instance, "/api/info").json()
    placement = hosts.describe(instance)["Placement"]
    assert (info["runs_on"], info["instance_id"], info["availability_zone"]) == (
        "host",
        instance,
        placement["AvailabilityZone"],
    )
    address = hosts.describe(instance)["PublicIpAddress"]
    for sample in SAMPLES:
        assert hosts.get(address, f"/api/employees/{sample.id}").json()["full_name"] == sample.full_name
    assert "<html" in hosts.get(address).text.lower()
    assert "Failed" not in hosts.finished(instance)


@pytest.mark.parametrize("recipe", ["al2-flask", "al2023-flask", "al2023-flask-rpm-lock"])
def test_a_flask_recipe_ends_in_an_app_that_knows_its_instance(
    hosts: Hosts, operations: Operations, recipe: str
) -> None:
    instance = hosts.launch(operations.revise(recipe=recipe)["user_data"])
    page = hosts.serving(instance, "/info").text
    assert instance in page
    assert hosts.describe(instance)["Placement"]["AvailabilityZone"] in page
    assert SAMPLES[0].full_name in hosts.serving(instance).text
    # It serves in the foreground, so that the script has no end.
    assert " finished at " not in hosts.console(instance)


# ---- User data. ------------------------------------------------------------------------------------------------------


def test_a_script_that_fails_says_so_on_the_console_and_serves_nothing(hosts: Hosts) -> None:
    instance = hosts.launch(f"#!/bin/bash -ex\ncat /etc/no-such-file\n{SERVE}")
    console = hosts.finished(instance)
    assert "cat: /etc/no-such-file: No such file or directory" in console
    assert "Failed to run module scripts_user" in console
    assert "exit code 1" in console
    assert hosts.get(hosts.describe(instance)["PublicIpAddress"]).status_code == 502


@pytest.mark.parametrize(
    ("user_data", "reason"),
    [("echo no interpreter", "Unhandled non-multipart"), ("#!/bin/no-such-shell\n", "No such file or directory")],
)
def test_user_data_that_is_no_script_is_refused_by_name(hosts: Hosts, user_data: str, reason: str) -> None:
    assert reason in hosts.finished(hosts.launch(user_data))


def test_a_script_runs_once_as_root_where_and_as_cloud_init_runs_it(hosts: Hosts) -> None:
    console = hosts.finished(
        hosts.launch('#!/bin/bash\nid --user; pwd; cmp "$0" /var/lib/cloud/instance/user-data.txt && echo same; env\n')
    )
    lines = console.splitlines()
    assert {"0", "/", "same"} <= set(lines)
    assert not [line for line in lines if line.startswith(("AWS_ACCESS_KEY_ID", "HTTP_PROXY", "HOME", "PYTHON"))]


def test_what_a_script_left_in_the_background_goes_on_after_it(hosts: Hosts) -> None:
    instance = hosts.launch(
        "#!/bin/bash\n(sleep 1; echo from a subshell) &\n"
        "systemd-run --no-block --unit=later bash -c 'sleep 1; echo from systemd-run' \n"
    )
    hosts.finished(instance)
    wait_until(lambda: {"from a subshell", "from systemd-run"} <= set(hosts.console(instance).splitlines()))


def test_a_service_that_ends_is_started_again_until_it_has_ended_too_often(hosts: Hosts) -> None:
    instance = hosts.launch(
        "#!/bin/bash -e\ncat > /etc/systemd/system/short.service <<'UNIT'\n"
        # As long as this machine may take to start it so often.
        f"[Unit]\nStartLimitIntervalSec={PATIENCE}\n[Service]\n"
        "Environment=WORD=life\nExecStart=/bin/bash -c 'echo a short $WORD'\nRestart=always\nUNIT\n"
        "systemctl daemon-reload\nsystemctl enable --now short.service\n"
    )
    wait_until(lambda: "short.service: Start request repeated too quickly." in hosts.console(instance))
    assert hosts.console(instance).count("a short life\n") == 5


# ---- What surrounds it. ----------------------------------------------------------------------------------------------


def test_the_metadata_are_the_instances_own_and_need_a_token(hosts: Hosts) -> None:
    instance = hosts.launch(
        "#!/bin/bash -e\ncurl --silent --output /dev/null --write-out 'without: %{http_code}\\n' "
        f"http://169.254.169.254/latest/meta-data/instance-id\n{ASK}"
        "for path in instance-id local-ipv4 public-ipv4 placement/region instance-type tags/instance/rollcall:relaunch "
        "iam/security-credentials/; do ask meta-data/$path; done\n"
        "ask dynamic/instance-identity/document\nask user-data | head -n 1\n",
        **{"rollcall:relaunch": "a/relaunch"},
    )
    lines = hosts.finished(instance).splitlines()
    described = hosts.describe(instance)
    start = lines.index("without: 401") + 1
    assert lines[start : start + 7] == [
        instance,
        described["PrivateIpAddress"],
        described["PublicIpAddress"],
        "us-east-1",
        "t2.micro",
        "a/relaunch",
        "rollcall-host",
    ]
    assert f'  "instanceId": "{instance}",' in lines
    assert "#!/bin/bash -e" in lines


def test_the_instance_reaches_aws_with_the_credentials_of_its_role(hosts: Hosts, cloud: LocalCloud) -> None:
    bucket = cloud.outputs["storage"]["PhotosBucketName"]
    instance = hosts.launch(
        "#!/bin/bash -e\nexport AWS_DEFAULT_REGION=us-east-1\necho hello > /tmp/hello\n"
        f"aws s3 cp --only-show-errors /tmp/hello s3://{bucket}/employee_pic/$(hostname)\naws configure list\n"
    )
    console = hosts.finished(instance)
    assert "iam-role" in console
    address = hosts.describe(instance)["PrivateIpAddress"].replace(".", "-")
    stored = cloud.client("s3").get_object(Bucket=bucket, Key=f"employee_pic/ip-{address}.ec2.internal")
    assert stored["Body"].read() == b"hello\n"


def test_nothing_it_writes_or_kills_is_this_machines(hosts: Hosts) -> None:
    witness = subprocess.Popen(["sleep", "600"])
    try:
        instance = hosts.launch(
            "#!/bin/bash\ntouch /etc/rollcall-was-here /usr/bin/rollcall-was-here /var/rollcall-was-here\n"
            f"rm /etc/passwd && echo removed\nkill -9 -1\nkill -9 {witness.pid}\nls /proc/{witness.pid}\n"
        )
        assert "removed" in hosts.finished(instance)
        assert witness.poll() is None
    finally:
        witness.kill()
        witness.wait()
    assert not [it for it in ("/etc", "/usr/bin", "/var") if Path(it, "rollcall-was-here").exists()]
    assert Path("/etc/passwd").exists()


# ---- The way in. -----------------------------------------------------------------------------------------------------


def test_each_address_of_an_instance_leads_to_it_and_no_other_does(hosts: Hosts) -> None:
    instance = hosts.launch(f"#!/bin/bash -e{SERVE}")
    assert hosts.serving(instance).text == "it serves\n"
    described = hosts.describe(instance)
    assert hosts.get(described["PrivateIpAddress"]).text == "it serves\n"
    assert hosts.get("203.0.113.7").status_code == 504
    assert hosts.get(f"{described['PublicIpAddress']}:8080").status_code == 403


def test_an_elastic_ip_leads_to_whoever_holds_it(hosts: Hosts) -> None:
    one, other = (hosts.launch(f"#!/bin/bash -e\n{SERVE.replace('it serves', name)}") for name in ("one", "other"))
    elastic = hosts.ec2.allocate_address(Domain="vpc")
    try:
        assert hosts.get(elastic["PublicIp"]).status_code == 504
        for instance, name in ((one, "one"), (other, "other"), (one, "one")):
            hosts.serving(instance)
            hosts.ec2.associate_address(
                AllocationId=elastic["AllocationId"], InstanceId=instance, AllowReassociation=True
            )
            assert hosts.get(elastic["PublicIp"]).text == f"{name}\n"
    finally:
        hosts.terminate(one, other)
        hosts.ec2.release_address(AllocationId=elastic["AllocationId"])


@pytest.mark.parametrize("end", ["terminate_instances", "stop_instances"])
def test_an_instance_that_ends_takes_its_processes_along(hosts: Hosts, end: str) -> None:
    instance = hosts.launch(f"#!/bin/bash\nsetsid sleep 98765 & echo started{SERVE}")
    hosts.serving(instance)
    address = hosts.describe(instance)["PublicIpAddress"]
    assert sleeping()
    getattr(hosts.ec2, end)(InstanceIds=[instance])
    wait_until(lambda: not sleeping())
    assert hosts.get(address).status_code == 504
    assert "started" in hosts.console(instance)


def sleeping() -> list[psutil.Process]:
    family = psutil.Process().children(recursive=True)
    return [it for it in family if it.is_running() and command(it)[-1:] == ["98765"]]


def command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []
