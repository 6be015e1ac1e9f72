"""The gate of the local cloud: whoever has a role meets AWS's own refusals, as AWS's SDKs read them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from infra.local.cloud import LocalCloud
from infra.local.endpoints import ACCOUNT_ID, Endpoints
from infra.local.iam import ec2
from infra.local.iam.gate import Gate
from infra.local.iam.tokens import session_token
from infra.local.ports import LOOPBACK, ReservedPort, listen_at_free_port
from tests.support.iam_table import World

HOST, OTHER_HOST = "i-00000000000000001", "i-00000000000000002"

As = Callable[..., Any]


@pytest.fixture(scope="module")
def acting_as(cloud: LocalCloud) -> As:
    """Gives a client of a service with the credentials of a role."""

    def client(service: str, role: str = "rollcall-host", session: str = HOST) -> Any:
        return boto3.client(
            service,
            endpoint_url=cloud.gate.url,
            region_name=cloud.endpoints.region,
            aws_access_key_id=ACCOUNT_ID,
            aws_secret_access_key="local",
            aws_session_token=session_token(role, session),
            config=Config(retries={"total_max_attempts": 1}),
        )

    return client


@pytest.fixture(scope="module")
def world(cloud: LocalCloud) -> World:
    """The names of things."""
    return World(cloud)


@pytest.fixture
def strangers(aws: Callable[[str], Any], world: World) -> Iterator[str]:
    """An instance of someone else's."""
    client = aws("ec2")
    run = client.run_instances(ImageId="ami-12c6146b", SubnetId=world.subnets[0], MinCount=1, MaxCount=1)
    instance = run["Instances"][0]["InstanceId"]
    yield instance
    client.terminate_instances(InstanceIds=[instance])


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
    """Code, status and message of a refusal."""
    with pytest.raises(ClientError) as error:
        call(**parameters)
    answer = error.value.response
    return (
        answer["Error"]["Code"],
        answer["ResponseMetadata"]["HTTPStatusCode"],
        answer["Error"].get("Message", ""),
    )


def test_every_service_refuses_in_its_own_form(acting_as: As, world: World) -> None:
    code, status, message = refused(acting_as("ec2").describe_instances)
    assert (code, status) == ("UnauthorizedOperation", 403)
    assert f"assumed-role/rollcall-host/{HOST}" in message and "ec2:DescribeInstances" in message
    key = {"pk": {"S": "relaunch"}, "sk": {"S": "x"}}
    code, status, message = refused(acting_as("dynamodb").get_item, TableName=world.operations, Key=key)
    assert (code, status) == ("AccessDeniedException", 400)
    assert f"table/{world.operations}" in message
    assert refused(acting_as("ssm").get_parameter, Name="/secret")[:2] == ("AccessDeniedException", 400)
    invoke = acting_as("lambda").invoke
    assert refused(invoke, FunctionName=world.function, Payload=b"{}")[:2] == ("AccessDeniedException", 403)
    assert refused(acting_as("scheduler").list_schedules)[:2] == ("AccessDeniedException", 403)
    s3 = acting_as("s3")
    put = {"Bucket": world.photos, "Key": "elsewhere.png", "Body": b"x"}
    assert refused(s3.put_object, **put)[:2] == ("AccessDenied", 403)
    assert refused(s3.head_object, Bucket=world.site, Key="index.html")[:2] == ("403", 403)


def test_a_host_reports_under_its_own_name_alone(acting_as: As, world: World) -> None:
    s3, others = acting_as("s3"), acting_as("s3", session=OTHER_HOST)
    own = {"Bucket": world.artifacts, "Key": world.report(HOST)}
    s3.put_object(**own, Body=b"{}")
    for client in (s3, others):
        assert refused(client.get_object, **own)[0] == "AccessDenied"
    assert refused(others.put_object, **own, Body=b"{}")[0] == "AccessDenied"


def test_what_is_not_there_is_said_to_who_may_list_alone(acting_as: As, world: World) -> None:
    function = acting_as("s3", "rollcall-function", "rollcall-control-plane")
    missing = {"Bucket": world.artifacts, "Key": world.report(OTHER_HOST)}
    assert refused(function.get_object, **missing)[0] == "NoSuchKey"
    photo = {"Bucket": world.photos, "Key": "employee_pic/ffffffffffffffff.png"}
    assert refused(function.get_object, **photo)[0] == "AccessDenied"


def test_the_function_leaves_a_strangers_instance_alone(
    acting_as: As, aws: Callable[[str], Any], world: World, strangers: str
) -> None:
    function = acting_as("ec2", "rollcall-function", "rollcall-control-plane")
    for call, more in (
        (function.terminate_instances, {"InstanceIds": [strangers]}),
        (function.get_console_output, {"InstanceId": strangers}),
        (function.describe_instance_attribute, {"InstanceId": strangers, "Attribute": "userData"}),
        (function.associate_address, {"InstanceId": strangers, "AllocationId": world.address}),
        (function.create_tags, {"Resources": [strangers], "Tags": [{"Key": "rollcall:host", "Value": "rollcall"}]}),
    ):
        assert refused(call, **more)[0] == "UnauthorizedOperation"
    described = aws("ec2").describe_instances(InstanceIds=[strangers])["Reservations"][0]["Instances"][0]
    assert described["State"]["Name"] in ("pending", "running")
    assert not described.get("Tags")


@pytest.mark.parametrize(
    "change",
    [
        {"LaunchTemplate": None},
        {"IamInstanceProfile": {"Name": "administrator"}},
        {"MetadataOptions": {"HttpTokens": "optional"}},
        {"SecurityGroupIds": ["sg-00000000000000001"]},
        {"KeyName": "someones"},
        {"InstanceType": "p5.48xlarge"},
        {"InstanceType": None},
        {"SubnetId": "private"},
        {"TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "rollcall:host", "Value": "another"}]}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_launch_that_is_not_as_declared_is_refused_a_dry_run_too(
    acting_as: As, world: World, change: dict[str, Any]
) -> None:
    run = acting_as("ec2", "rollcall-function", "rollcall-control-plane").run_instances
    declared = {
        "LaunchTemplate": {"LaunchTemplateId": world.launch.template},
        "SubnetId": world.subnets[0],
        "ImageId": "ami-12c6146b",
        "InstanceType": "t3.micro",
        "MinCount": 1,
        "MaxCount": 1,
        "DryRun": True,
    }
    assert refused(run, **declared)[0] == "DryRunOperation"
    changed = declared | change | ({"SubnetId": world.private_subnets[0]} if "SubnetId" in change else {})
    for dry_run in (True, False):
        request = {name: value for name, value in changed.items() if value is not None} | {"DryRun": dry_run}
        assert refused(run, **request)[0] == "UnauthorizedOperation"


def test_who_has_no_role_gets_nothing(cloud: LocalCloud, acting_as: As, world: World) -> None:
    unsigned = boto3.client(
        "s3", endpoint_url=cloud.gate.url, region_name="us-east-1", config=Config(signature_version=UNSIGNED)
    )
    assert refused(unsigned.get_object, Bucket=world.site, Key="index.html")[:2] == ("AccessDenied", 403)
    assert refused(acting_as("ec2", "no-such-role").describe_instances)[0] == "UnauthorizedOperation"
    assert requests.get(cloud.gate.url, timeout=10).status_code == 403


@contextmanager
def failing() -> Iterator[str]:
    """Where every question is answered with a failure of the server's own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_error(500)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOOPBACK}:{server.server_port}"
        server.shutdown()


@contextmanager
def absent() -> Iterator[str]:
    """Where nobody listens."""
    with ReservedPort() as port:
        yield f"http://{LOOPBACK}:{port.number}"


@pytest.mark.parametrize("iam", [failing, absent], ids=lambda iam: iam.__name__)
def test_who_cannot_be_looked_up_is_not_said_to_be_refused(iam: Callable[[], AbstractContextManager[str]]) -> None:
    with iam() as address, listen_at_free_port() as listener:
        gate = Gate(listener, Endpoints(moto=address, ministack=address))
        gate.start()
        try:
            asking = boto3.client(
                "dynamodb",
                endpoint_url=gate.url,
                region_name="us-east-1",
                aws_access_key_id=ACCOUNT_ID,
                aws_secret_access_key="local",
                aws_session_token=session_token("rollcall-function", "rollcall-control-plane"),
                config=Config(retries={"total_max_attempts": 1}),
            )
            with pytest.raises(ConnectionClosedError):
                asking.list_tables()
        finally:
            gate.stop()


def test_a_presigned_address_has_the_rights_of_who_signed_it(
    acting_as: As, aws: Callable[[str], Any], world: World
) -> None:
    for key, status in (("employee_pic/presigned.png", 200), ("elsewhere.png", 403)):
        aws("s3").put_object(Bucket=world.photos, Key=key, Body=b"a picture")
        where = {"Bucket": world.photos, "Key": key}
        answer = requests.get(acting_as("s3").generate_presigned_url("get_object", Params=where), timeout=10)
        assert answer.status_code == status
        aws("s3").delete_object(**where)


def test_what_nothing_speaks_of_is_refused(acting_as: As, world: World) -> None:
    function = ("rollcall-function", "rollcall-control-plane")
    assert refused(acting_as("ec2", *function).describe_key_pairs)[0] == "UnauthorizedOperation"
    assert refused(acting_as("dynamodb", *function).list_tables)[0] == "AccessDeniedException"
    assert refused(acting_as("sqs", *function).list_queues)[1] == 403
    assert refused(acting_as("iam", *function).get_role, RoleName="rollcall-function")[0] == "AccessDenied"
    s3 = acting_as("s3", *function)
    assert refused(s3.list_buckets)[0] == "AccessDenied"
    # Reading a bucket's own settings is no listing of it, which the function may do.
    assert s3.list_objects_v2(Bucket=world.artifacts, Prefix="boot-reports/")["KeyCount"] >= 0
    for ask in (s3.get_bucket_policy, s3.get_bucket_cors, s3.list_object_versions, s3.get_bucket_acl):
        assert refused(ask, Bucket=world.artifacts)[0] == "AccessDenied"
    report = {"Bucket": world.artifacts, "Key": world.report(HOST)}
    assert refused(s3.get_object_tagging, **report)[0] == "AccessDenied"
    assert refused(s3.delete_object, **report)[0] == "AccessDenied"


def test_the_launch_of_the_table_is_the_one_the_function_asks_for(world: World) -> None:
    checks = ec2.launch_checks(world, world.launch)
    kinds = {
        check.resource.rpartition(":")[2].partition("/")[0] for check in checks if check.action == "ec2:RunInstances"
    }
    assert kinds == {
        *("instance", "volume", "network-interface", "image", "subnet", "security-group", "launch-template"),
    }
    assert {check.action for check in checks} == {"ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"}
