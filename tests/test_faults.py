"""The proxy in front of the emulated EC2: client tokens always, and every fault that can be switched on."""

import http.client
import os
import random
import socket
import string
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from infra.local.children import Child
from infra.local.cloud import ROOT
from infra.local.endpoints import ACCOUNT_ID
from infra.local.failure import Failure
from infra.local.faults.answer import error
from infra.local.faults.call import Call, read
from infra.local.faults.plan import KINDS, Fault
from infra.local.faults.proxy import FaultProxy
from infra.local.listing import listed
from infra.local.ports import LOOPBACK, ReservedPort, listen_at_free_port
from tests.support.waiting import PATIENCE, wait_until

# One of the images that moto knows.
IMAGE = "ami-12c6146b"

TOKEN = "the-token-of-this-launch"


@dataclass
class Ec2:
    """EC2 from both sides: `faulty` through the proxy, `true` behind it. To the proxy it is as late as `clock` says."""

    proxy: FaultProxy
    faulty: Any
    true: Any
    clock: "Clock"

    def launch(self, token: str | None = None, **more: Any) -> str:
        """Launches an instance through the proxy."""
        run = self.faulty.run_instances(**launch_request(**more), **({"ClientToken": token} if token else {}))
        (instance,) = run["Instances"]
        return instance["InstanceId"]

    def seen(self, **query: Any) -> dict[str, str]:
        """The states of the instances, as they are seen through the proxy."""
        return states(self.faulty, **query)

    def real(self) -> dict[str, str]:
        """Their states in truth, those that are gone left out."""
        return {it: state for it, state in states(self.true).items() if state in ("pending", "running")}

    def checks(self, *instances: str, **more: Any) -> dict[str, tuple[str, str]]:
        """Their status checks, as they are seen through the proxy."""
        found = self.faulty.describe_instance_status(InstanceIds=list(instances), **more)["InstanceStatuses"]
        return {it["InstanceId"]: (it["InstanceStatus"]["Status"], it["SystemStatus"]["Status"]) for it in found}

    def carried_out(self, action: str = "RunInstances") -> int:
        """How often an action was really carried out."""
        return len(self.proxy.calls(action, carried_out=True))


class Clock:
    """A clock that a test puts forward. It never shows the same time twice, and else stands still."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 0.001
        return self.seconds


def states(client: Any, **query: Any) -> dict[str, str]:
    found = listed(client, "describe_instances", "Reservations[].Instances", **query)
    return {it["InstanceId"]: it["State"]["Name"] for it in found}


def launch_request(**more: Any) -> dict[str, Any]:
    return {"ImageId": IMAGE, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1} | more


def refusal(call: Callable[[], Any]) -> tuple[str, int]:
    """The code and status with which a call is refused."""
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response["Error"]["Code"], refused.value.response["ResponseMetadata"]["HTTPStatusCode"]


def client(address: str, **more: Any) -> Any:
    """An EC2 client that repeats nothing by itself."""
    return boto3.client(
        "ec2",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT_ID,
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}, **({"read_timeout": 20} | more)),
    )


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an emulated EC2 of this file's own."""
    folder = tmp_path_factory.mktemp("moto")
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    with ReservedPort() as port:
        command = [sys.executable, "-m", "infra.local.moto_extended", "-H", LOOPBACK, "-p", str(port.number)]
        child = Child("moto", command, env, folder / "moto.log")
        try:
            child.wait_until(lambda: is_listening(port.number), PATIENCE)
            yield f"http://{LOOPBACK}:{port.number}"
        finally:
            child.stop()


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


@pytest.fixture
def ec2(moto: str) -> Iterator[Ec2]:
    """EC2 without instances, behind a proxy without faults."""
    clock = Clock()
    with proxied(moto, clock) as proxy:
        found = Ec2(proxy, client(proxy.url), client(moto), clock)
        yield found
        ids = list(found.real())
        if ids:
            found.true.terminate_instances(InstanceIds=ids)


class proxied:  # noqa: N801 - it is used as a function is
    """A proxy in front of an address, while the block runs."""

    def __init__(self, emulator: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._listener = listen_at_free_port()
        self._proxy = FaultProxy(self._listener, emulator, clock=clock)

    def __enter__(self) -> FaultProxy:
        self._proxy.start()
        return self._proxy

    def __exit__(self, *_: object) -> None:
        self._proxy.stop()
        self._listener.close()


# ---- Without a fault. ------------------------------------------------------------------------------------------------


def test_without_a_fault_ec2_answers_as_it_does(ec2: Ec2) -> None:
    instance = ec2.launch(TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "ü & <b>"}]}])
    for call in (
        lambda it: it.describe_instances(InstanceIds=[instance])["Reservations"],
        lambda it: it.describe_instance_status()["InstanceStatuses"],
        lambda it: it.describe_vpcs()["Vpcs"],
    ):
        assert call(ec2.faulty) == call(ec2.true)
    assert refusal(lambda: ec2.faulty.run_instances(**launch_request(), DryRun=True)) == ("DryRunOperation", 412)
    assert refusal(lambda: ec2.faulty.describe_vpcs(VpcIds=["vpc-0"])) == ("InvalidVpcID.NotFound", 400)


def test_requests_arrive_as_they_were_sent() -> None:
    body = b"Action=DescribeVpcs&Filter.1.Value.1=%C3%A9+%26&X=%2f"
    headers = {"Authorization": "AWS4-HMAC-SHA256 Signature=1", "X-Amz-Date": "now", "Content-Type": "text/x; a"}
    with (
        socket.create_server((LOOPBACK, 0)) as server,
        proxied(f"http://{LOOPBACK}:{server.getsockname()[1]}") as proxy,
    ):
        caller = http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=10)
        caller.request("POST", "/?q=%7e%2f", body=body, headers=headers)
        connection, _ = server.accept()
        with connection:
            received = b""
            while not received.endswith(body):
                received += connection.recv(65536)
            connection.sendall(b"HTTP/1.1 418 Odd\r\nX-Mine: 1\r\nContent-Length: 3\r\n\r\nyes")
        answer = caller.getresponse()
        assert (answer.status, answer.headers["X-Mine"], answer.read()) == (418, "1", b"yes")
        caller.close()
    lines = received.decode().split("\r\n")
    assert lines[0] == "POST /?q=%7e%2f HTTP/1.1"
    assert {f"{name}: {value}" for name, value in headers.items()} <= set(lines)
    assert f"Host: {proxy.url.removeprefix('http://')}" in lines


def test_without_an_emulator_there_is_no_answer() -> None:
    with ReservedPort() as port, proxied(f"http://{LOOPBACK}:{port.number}") as proxy:
        caller = client(proxy.url)
        with pytest.raises(ConnectionClosedError):
            caller.describe_vpcs()


# ---- Client tokens. --------------------------------------------------------------------------------------------------


def test_a_repeated_launch_gives_the_same_instance_as_it_stands_now(ec2: Ec2) -> None:
    first = ec2.launch(TOKEN)
    ec2.true.create_tags(Resources=[first], Tags=[{"Key": "since", "Value": "then"}])
    again = ec2.faulty.run_instances(**launch_request(), ClientToken=TOKEN)["Instances"]
    (described,) = ec2.true.describe_instances(InstanceIds=[first])["Reservations"]
    assert again == described["Instances"]
    assert list(ec2.real()) == [first]
    assert [it.did for it in ec2.proxy.calls("RunInstances")] == [("forwarded",), ("replayed",)]
    assert [it.instances for it in ec2.proxy.calls("RunInstances")] == [(first,), (first,)]
    assert ec2.carried_out() == 1


def test_another_launch_under_the_same_token_is_refused(ec2: Ec2) -> None:
    first = ec2.launch(TOKEN)
    for other in ({"InstanceType": "t3.small"}, {"UserData": "#!/bin/bash"}, {"MaxCount": 2}):
        assert refusal(lambda other=other: ec2.launch(TOKEN, **other)) == ("IdempotentParameterMismatch", 400)
    assert list(ec2.real()) == [first]


def test_another_token_launches_another_instance(ec2: Ec2) -> None:
    assert ec2.launch(TOKEN) != ec2.launch(f"{TOKEN}-2")


def test_a_dry_run_does_not_use_up_the_token(ec2: Ec2) -> None:
    request = launch_request(InstanceType="t3.small")
    assert refusal(lambda: ec2.faulty.run_instances(**request, ClientToken=TOKEN, DryRun=True))[0] == "DryRunOperation"
    first = ec2.launch(TOKEN)
    assert refusal(lambda: ec2.faulty.run_instances(**request, ClientToken=TOKEN, DryRun=True))[0] == "DryRunOperation"
    assert ec2.launch(TOKEN) == first


def test_a_refused_launch_does_not_use_up_the_token(ec2: Ec2) -> None:
    refusal(lambda: ec2.launch(TOKEN, SubnetId="subnet-0"))
    ec2.launch(TOKEN)


def test_a_token_is_remembered_when_the_reply_was_lost(ec2: Ec2) -> None:
    ec2.proxy.add("reply-lost", action="RunInstances", times=1)
    with pytest.raises(ConnectionClosedError):
        ec2.launch(TOKEN)
    (lost,) = ec2.real()
    assert ec2.launch(TOKEN) == lost
    assert list(ec2.real()) == [lost]


def test_the_same_launch_twice_at_the_same_time_launches_one(ec2: Ec2) -> None:
    with ThreadPoolExecutor(4) as callers:
        launched = set(callers.map(lambda _: ec2.launch(TOKEN), range(4)))
    assert set(ec2.real()) == launched
    assert len(launched) == ec2.carried_out() == 1


def test_the_token_of_an_instance_that_is_gone_launches_none(ec2: Ec2) -> None:
    first = ec2.launch(TOKEN)
    ec2.true.terminate_instances(InstanceIds=[first])
    assert refusal(lambda: ec2.launch(TOKEN)) == ("IdempotentInstanceTerminated", 400)
    assert ec2.real() == {}


# ---- Each fault. -----------------------------------------------------------------------------------------------------


def test_no_capacity_lets_no_launch_through_but_dry_runs(ec2: Ec2) -> None:
    ec2.proxy.add("no-capacity")
    assert refusal(lambda: ec2.faulty.run_instances(**launch_request(), DryRun=True))[0] == "DryRunOperation"
    assert refusal(ec2.launch) == ("InsufficientInstanceCapacity", 500)
    assert ec2.real() == {}


def test_no_capacity_leaves_the_token_unused_and_a_launch_that_was_carried_out_known(ec2: Ec2) -> None:
    ec2.proxy.add("no-capacity", times=1)
    refusal(lambda: ec2.launch(TOKEN))
    first = ec2.launch(TOKEN)
    ec2.proxy.add("no-capacity")
    assert ec2.launch(TOKEN) == first


def test_no_capacity_can_be_of_one_subnet_or_one_type(ec2: Ec2) -> None:
    here, there, *_ = (it["SubnetId"] for it in listed(ec2.true, "describe_subnets", "Subnets"))
    ec2.proxy.add("no-capacity", match={"SubnetId": here, "InstanceType": "t3.micro"})
    assert refusal(lambda: ec2.launch(SubnetId=here))[0] == "InsufficientInstanceCapacity"
    ec2.launch(SubnetId=there)
    ec2.launch(SubnetId=here, InstanceType="t3.small")


def test_throttled_is_one_action_or_all(ec2: Ec2) -> None:
    ec2.proxy.add("throttled", action="DescribeVpcs")
    assert refusal(ec2.faulty.describe_vpcs) == ("RequestLimitExceeded", 503)
    ec2.faulty.describe_subnets()
    ec2.proxy.add("throttled")
    assert refusal(ec2.faulty.describe_subnets) == ("RequestLimitExceeded", 503)


def test_a_fault_happens_as_often_as_it_was_asked_to(ec2: Ec2) -> None:
    ec2.proxy.add("throttled", action="DescribeVpcs", times=2)
    ec2.faulty.describe_subnets()
    assert [refusal(ec2.faulty.describe_vpcs)[0] for _ in range(2)] == ["RequestLimitExceeded"] * 2
    ec2.faulty.describe_vpcs()
    assert ec2.proxy.faults() == []
    assert [it.did for it in ec2.proxy.calls("DescribeVpcs")] == [("throttled",), ("throttled",), ("forwarded",)]


def test_refused_gives_the_code_that_was_asked_for(ec2: Ec2) -> None:
    ec2.proxy.add("refused", action="RunInstances", code="VcpuLimitExceeded", message="<none> & 'none'")
    with pytest.raises(ClientError, match="<none> & 'none'"):
        ec2.launch()
    assert refusal(ec2.launch) == ("VcpuLimitExceeded", 400)
    assert ec2.real() == {}


def test_refused_can_be_of_dry_runs_only(ec2: Ec2) -> None:
    ec2.proxy.add("refused", action="RunInstances", code="UnauthorizedOperation", dry_run=True)
    refused = refusal(lambda: ec2.faulty.run_instances(**launch_request(), DryRun=True))
    assert refused == ("UnauthorizedOperation", 403)
    ec2.launch()


def test_unreachable_carries_nothing_out(ec2: Ec2) -> None:
    ec2.proxy.add("unreachable", times=1)
    with pytest.raises(ConnectionClosedError):
        ec2.launch()
    assert ec2.real() == {}
    assert ec2.carried_out() == 0


@pytest.mark.parametrize("action", ["TerminateInstances", None])
def test_reply_lost_carries_the_call_out(ec2: Ec2, action: str | None) -> None:
    instance = ec2.launch()
    ec2.proxy.add("reply-lost", times=1, action=action)
    with pytest.raises(ConnectionClosedError):
        ec2.faulty.terminate_instances(InstanceIds=[instance])
    assert ec2.real() == {}
    assert ec2.carried_out("TerminateInstances") == 1


def test_slow_answers_later(ec2: Ec2) -> None:
    ec2.proxy.add("slow", action="DescribeVpcs", seconds=0.5, times=1)
    ec2.faulty.describe_subnets()
    assert len(ec2.proxy.faults()) == 1
    began = time.monotonic()
    ec2.faulty.describe_vpcs()
    assert time.monotonic() - began >= 0.5
    assert [it.did for it in ec2.proxy.calls()] == [("forwarded",), ("forwarded", "slow")]


def test_a_caller_that_does_not_wait_for_a_slow_answer_has_made_the_call(ec2: Ec2) -> None:
    ec2.proxy.add("slow", action="RunInstances", seconds=2, times=1)
    caller = client(ec2.proxy.url, read_timeout=1)
    with pytest.raises(ReadTimeoutError):
        caller.run_instances(**launch_request(), ClientToken=TOKEN)
    (launched,) = wait_until(ec2.real)
    assert ec2.launch(TOKEN) == launched


def test_not_found_after_launch_hides_a_young_instance_everywhere(ec2: Ec2) -> None:
    old = ec2.launch()
    ec2.proxy.add("not-found-after-launch", seconds=60)
    young = ec2.launch()
    address = ec2.true.allocate_address()["AllocationId"]
    not_found = ("InvalidInstanceID.NotFound", 400)
    assert old in ec2.seen() and young not in ec2.seen()
    assert old in ec2.checks() and young not in ec2.checks()
    assert refusal(lambda: ec2.seen(InstanceIds=[young])) == not_found
    assert refusal(lambda: ec2.checks(young)) == not_found
    assert refusal(lambda: ec2.faulty.associate_address(AllocationId=address, InstanceId=young)) == not_found
    assert refusal(lambda: ec2.faulty.terminate_instances(InstanceIds=[young])) == not_found
    assert set(ec2.real()) == {old, young}
    ec2.clock.seconds += 60
    assert young in ec2.seen(InstanceIds=[young])
    ec2.faulty.associate_address(AllocationId=address, InstanceId=young)


def test_not_found_after_launch_leaves_no_empty_reservation(ec2: Ec2) -> None:
    ec2.proxy.add("not-found-after-launch", seconds=60)
    young = ec2.launch()
    by_id = [{"Name": "instance-id", "Values": [young]}]
    assert ec2.faulty.describe_instances(Filters=by_id)["Reservations"] == []


def test_never_running_shows_what_is_launched_from_now_on_as_pending(ec2: Ec2) -> None:
    before = ec2.launch()
    ec2.proxy.add("never-running")
    after = ec2.launch()
    assert ec2.seen(InstanceIds=[before, after]) == {before: "running", after: "pending"}
    assert ec2.checks(before, after) == {before: ("ok", "ok")}
    all_of_them = ec2.checks(before, after, IncludeAllInstances=True)
    assert all_of_them == {before: ("ok", "ok"), after: ("not-applicable", "not-applicable")}
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    assert after not in ec2.seen(Filters=running) and before in ec2.seen(Filters=running)
    ec2.faulty.terminate_instances(InstanceIds=[after])
    assert ec2.seen(InstanceIds=[after]) == {after: "terminated"}


def test_launched_earlier_shows_every_instance_as_older_than_it_is(ec2: Ec2) -> None:
    instance = ec2.launch()

    def launched(client: Any) -> datetime:
        (reservation,) = client.describe_instances(InstanceIds=[instance])["Reservations"]
        return reservation["Instances"][0]["LaunchTime"]

    ec2.proxy.add("launched-earlier", seconds=900)
    assert launched(ec2.true) - launched(ec2.faulty) == timedelta(seconds=900)


def test_told_otherwise_puts_one_text_in_the_place_of_another(ec2: Ec2) -> None:
    def zones(client: Any) -> set[str]:
        return {it["AvailabilityZone"] for it in client.describe_subnets()["Subnets"]}

    before = zones(ec2.true)
    ec2.proxy.add("told-otherwise", action="DescribeSubnets", says="us-east-1z", instead_of="us-east-1a")
    assert zones(ec2.faulty) == before - {"us-east-1a"} | {"us-east-1z"}
    assert zones(ec2.true) == before
    assert {it["ZoneName"] for it in ec2.faulty.describe_availability_zones()["AvailabilityZones"]} >= {"us-east-1a"}


@pytest.mark.parametrize("shows", ["initializing", "impaired"])
def test_never_passes_checks_shows_them_as_not_passed(ec2: Ec2, shows: str) -> None:
    before = ec2.launch()
    ec2.proxy.add("never-passes-checks", shows=shows)
    after = ec2.launch()
    assert ec2.checks(before, after) == {before: ("ok", "ok"), after: (shows, shows)}
    assert ec2.seen(InstanceIds=[after]) == {after: "running"}


def test_an_edited_answer_keeps_all_that_the_fault_is_not_about(ec2: Ec2) -> None:
    ec2.proxy.add("never-running")
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "ü & <b> '\""}]}]
    instance = ec2.launch(TagSpecifications=tags)
    seen, real = (it.describe_instances(InstanceIds=[instance])["Reservations"] for it in (ec2.faulty, ec2.true))
    assert seen[0]["Instances"][0].pop("State") == {"Code": 0, "Name": "pending"}
    del real[0]["Instances"][0]["State"]
    assert seen == real


@pytest.mark.parametrize("at", ["before", "after"])
def test_terminated_from_outside_ends_the_newest_instance_around_a_call(ec2: Ec2, at: str) -> None:
    older, newest = ec2.launch(), ec2.launch()
    ec2.proxy.add("terminated-from-outside", action="DescribeInstances", at=at)
    ec2.faulty.describe_vpcs()
    assert set(ec2.real()) == {older, newest}
    assert ec2.seen(InstanceIds=[newest]) == {newest: "terminated" if at == "before" else "running"}
    assert list(ec2.real()) == [older]


def test_terminated_from_outside_can_be_just_after_the_launch_or_of_a_given_instance(ec2: Ec2) -> None:
    ec2.proxy.add("terminated-from-outside", action="RunInstances", at="after")
    gone = ec2.launch()
    assert gone not in ec2.real()
    given, newest = ec2.launch(), ec2.launch()
    ec2.proxy.add("terminated-from-outside", action="DescribeVpcs", instance=given)
    ec2.faulty.describe_vpcs()
    assert list(ec2.real()) == [newest]


@pytest.mark.parametrize(("at", "really"), [("before", 0), ("after", 1)])
def test_hold_keeps_a_call_until_it_is_released(ec2: Ec2, at: str, really: int) -> None:
    ec2.proxy.add("hold", action="RunInstances", at=at)
    with ThreadPoolExecutor(1) as callers:
        call = callers.submit(ec2.launch)
        (held,) = wait_until(lambda: ec2.proxy.held("RunInstances"))
        assert held.did[-1] == "hold"
        assert len(ec2.real()) == really
        assert not call.done()
        ec2.faulty.describe_vpcs()
        ec2.proxy.release()
        launched = call.result()
        assert list(ec2.real()) == [launched]
    assert ec2.proxy.held() == []


@pytest.mark.parametrize(("at", "really"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("how", ["release", "clear"])
def test_a_caller_that_is_gone_while_its_call_is_held_leaves_the_proxy_whole(
    ec2: Ec2, at: str, really: int, how: str
) -> None:
    ec2.proxy.add("hold", action="RunInstances", at=at)
    with socket.create_connection((LOOPBACK, int(ec2.proxy.url.rpartition(":")[2]))) as caller:
        parameters = launch_request(ClientToken=TOKEN, Version="2016-11-15", Action="RunInstances")
        body = urlencode(parameters).encode()
        scope = f"{ACCOUNT_ID}/20260101/us-east-1/ec2/aws4_request"
        head = (
            "POST / HTTP/1.1\r\nHost: ec2\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        caller.sendall(head.encode() + body)
        (held,) = wait_until(ec2.proxy.held)
        assert held.port == caller.getsockname()[1]
    getattr(ec2.proxy, how)()
    wait_until(lambda: "caller-gone" in ec2.proxy.calls("RunInstances")[0].did)
    assert len(ec2.real()) == really
    launched = ec2.launch(TOKEN)
    assert list(ec2.real()) == [launched]
    assert ec2.carried_out() == 1


def test_a_fault_that_is_removed_holds_what_it_holds_and_nothing_more(ec2: Ec2) -> None:
    hold = ec2.proxy.add("hold", action="RunInstances", times=2)
    with ThreadPoolExecutor(1) as callers:
        call = callers.submit(ec2.launch)
        wait_until(lambda: ec2.proxy.held("RunInstances"))
        ec2.proxy.remove(hold)
        ec2.launch()
        assert not call.done()
        ec2.proxy.release()
        assert call.result() in ec2.real()
    ec2.proxy.remove(hold)
    assert ec2.proxy.faults() == []


def test_faults_add_up(ec2: Ec2) -> None:
    ec2.proxy.add("hold", action="RunInstances", at="after")
    ec2.proxy.add("reply-lost", action="RunInstances", times=1)
    with ThreadPoolExecutor(1) as callers:
        call = callers.submit(ec2.launch, TOKEN)
        wait_until(ec2.proxy.held)
        ec2.proxy.release()
        assert isinstance(call.exception(), ConnectionClosedError)
    assert ec2.proxy.calls("RunInstances")[0].did == ("forwarded", "hold", "reply-lost")
    ec2.launch(TOKEN)
    assert ec2.carried_out() == 1


def test_clear_switches_everything_off(ec2: Ec2) -> None:
    for name, needs in EXAMPLES.items():
        ec2.proxy.add(name, **needs)
    ec2.proxy.clear()
    assert ec2.proxy.faults() == []
    assert ec2.seen(InstanceIds=[ec2.launch()])


# ---- What can be asked for. ------------------------------------------------------------------------------------------

EXAMPLES: dict[str, dict[str, Any]] = {name: {} for name in KINDS} | {
    "refused": {"action": "RunInstances", "code": "Unsupported"},
    "slow": {"seconds": 60},
    "not-found-after-launch": {"seconds": 60},
    "launched-earlier": {"seconds": 60},
    "told-otherwise": {"action": "DescribeVpcs", "says": "10.9.0.0/16", "instead_of": "10.1.0.0/16"},
    "terminated-from-outside": {"action": "RunInstances"},
}

NOT_ACCEPTED = [
    ("nonsense", "a fault is a JSON object"),
    ({}, "there are no-capacity, throttled"),
    ({"fault": "no-luck"}, "there is no fault 'no-luck': there are no-capacity, throttled"),
    ({"fault": ["slow"]}, "there is no fault"),
    ({"fault": "throttled", "seconds": 1}, "throttled does not take seconds: it takes action, match, times, dry_run"),
    ({"fault": "slow"}, "slow needs seconds"),
    ({"fault": "slow", "seconds": "1"}, "seconds of slow is a number"),
    ({"fault": "slow", "seconds": -1}, "seconds of slow is a number"),
    ({"fault": "throttled", "times": 0}, "times of throttled is a whole number from 1"),
    ({"fault": "throttled", "times": True}, "times of throttled is a whole number from 1"),
    ({"fault": "throttled", "match": {"MaxCount": 1}}, "match of throttled is an object of texts"),
    ({"fault": "throttled", "dry_run": "no"}, "dry_run of throttled is true"),
    ({"fault": "throttled", "action": ""}, "action of throttled is a text"),
    ({"fault": "hold", "at": "once"}, "at of hold is before or after, not 'once'"),
    ({"fault": "never-passes-checks", "shows": "ok"}, "is initializing or impaired"),
    ({"fault": "no-capacity", "action": "DescribeVpcs"}, "no-capacity is about RunInstances only"),
    ({"fault": "throttled", "id": 1}, "throttled does not take id"),
]


@pytest.mark.parametrize(("wanted", "why"), NOT_ACCEPTED)
def test_what_is_not_accepted_is_refused_by_saying_what_is(wanted: Any, why: str) -> None:
    with pytest.raises(Failure) as refused:
        Fault.of(wanted)
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", KINDS)
def test_every_fault_is_told_as_it_was_asked_for(name: str) -> None:
    wanted = {"fault": name, "times": 3} | EXAMPLES[name]
    fault = Fault.of(wanted)
    assert wanted.items() <= fault.wanted().items()
    again = fault.wanted()
    del again["id"]
    assert Fault.of(again) == fault


def test_another_process_switches_faults_over_http(ec2: Ec2) -> None:
    control = f"{ec2.proxy.url}/_faults"
    wanted = {"fault": "throttled", "action": "DescribeVpcs", "times": 1}
    added = requests.post(control, json=wanted, timeout=5)
    assert (added.status_code, added.json()) == (201, {"id": 1} | wanted)
    assert requests.get(control, timeout=5).json() == {"faults": [{"id": 1} | wanted], "held": [], "calls": []}
    refusal(ec2.faulty.describe_vpcs)
    told = requests.get(control, timeout=5).json()
    assert told["faults"] == []
    assert [(it["action"], it["did"], it["status"]) for it in told["calls"]] == [("DescribeVpcs", ["throttled"], 503)]
    ec2.proxy.add("throttled")
    assert requests.delete(control, timeout=5).status_code == 204
    assert ec2.proxy.faults() == []


def test_another_process_releases_what_is_held_over_http(ec2: Ec2) -> None:
    control = f"{ec2.proxy.url}/_faults"
    ec2.proxy.add("hold", action="RunInstances", times=2)
    with ThreadPoolExecutor(1) as callers:
        call = callers.submit(ec2.launch)
        (held,) = wait_until(lambda: requests.get(control, timeout=5).json()["held"])
        assert (held["action"], held["parameters"]["InstanceType"]) == ("RunInstances", "t3.micro")
        assert requests.delete(f"{control}/held", timeout=5).status_code == 204
        assert call.result() in ec2.real()
    assert [it.times for it in ec2.proxy.faults()] == [1]


@pytest.mark.parametrize(
    ("request_", "status", "why"),
    [
        ({"method": "POST", "json": {"fault": "slow"}}, 400, "slow needs seconds"),
        ({"method": "POST", "data": "{", "headers": {"Content-Type": "application/json"}}, 400, "that is no JSON"),
        ({"method": "POST", "data": '{"fault": "throttled"}'}, 415, "send a fault as application/json"),
        ({"method": "PUT"}, 404, "POST /_faults to add a fault"),
    ],
)
def test_over_http_what_is_not_accepted_is_refused_in_one_line(
    ec2: Ec2, request_: dict[str, Any], status: int, why: str
) -> None:
    answer = requests.request(url=f"{ec2.proxy.url}/_faults", timeout=5, **request_)
    assert answer.status_code == status
    assert why in answer.json()["refused"]
    assert ec2.proxy.faults() == []


# ---- How calls are read and refusals written. ------------------------------------------------------------------------


def test_any_parameters_are_read_as_they_were_meant() -> None:
    dice = random.Random(1)
    letters = string.printable + "äß€\U0001f600\0"

    def text() -> str:
        return "".join(dice.choices(letters, k=dice.randrange(12)))

    for _ in range(500):
        parameters = {text(): text() for _ in range(dice.randrange(6))} | {"ClientToken": text()}
        parameters.pop("Action", None)
        encoded = urlencode({"Action": "RunInstances"} | parameters)
        for call in (read("", encoded.encode()), read(encoded, b"")):
            assert call == Call("RunInstances", parameters)
            assert call.client_token == (parameters["ClientToken"] or None)


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe", b"Action=%FF", b"Action=", b"a&b&&=", b"action=X"])
def test_what_is_no_call_is_none(body: bytes) -> None:
    assert read("", body) is None


def test_what_a_token_holds_for_leaves_out_signature_and_dry_run() -> None:
    signed = {"X-Amz-Signature": "1", "SignatureVersion": "2", "Timestamp": "now", "Version": "2016-11-15"}
    call = Call("RunInstances", {"ClientToken": "t", "DryRun": "false", "MaxCount": "1"} | signed)
    assert call.substance == {"MaxCount": "1"}


def test_a_refusal_is_written_as_ec2_writes_it() -> None:
    refused = error("Blocked", "a < b & c")
    text = refused.body.decode()
    assert refused.status == 400
    assert "<Response><Errors><Error><Code>Blocked</Code><Message>a &lt; b &amp; c</Message></Error></Errors>" in text
    assert text.rstrip().endswith("</RequestID></Response>")
