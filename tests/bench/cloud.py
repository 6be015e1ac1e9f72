"""The function as Lambda starts it, between a runtime API and AWS on loopback.

DynamoDB is an emulator in memory, and S3 takes 30 ms until the first byte and sends 80 MB a second; on AWS the network
to DynamoDB, a few milliseconds a call, comes on top.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

import boto3

from tests.bench.start import ROOT, RUST, memory
from tests.support.lambda_service import ENVIRONMENT, RuntimeApi, started

BENCH = ROOT / "target/bench/release/bench-search"
# How long an invocation may take, in seconds, and how many changes it is told of at once: infra/service.yaml.
TIMEOUT = 300
RECORDS = 1_000

# A function that waits for events, and its process.
Function = tuple[RuntimeApi, subprocess.Popen[bytes]]


@dataclass
class Cloud:
    """DynamoDB and S3 with some people, on loopback."""

    address: str

    def calls(self) -> dict[str, int]:
        """How often each operation was called so far."""
        with urlopen(f"http://{self.address}/-/calls") as answer:
            return json.load(answer)

    def ids(self, count: int) -> list[str]:
        """The ids of some employees."""
        client = boto3.client(
            "dynamodb",
            endpoint_url=f"http://{self.address}",
            region_name="us-east-1",
            aws_access_key_id="example",
            aws_secret_access_key="example",
        )
        pages = client.get_paginator("scan").paginate(
            TableName=ENVIRONMENT["EMPLOYEES_TABLE"], ProjectionExpression="id", PaginationConfig={"MaxItems": count}
        )
        return [item["id"]["S"] for page in pages for item in page["Items"]]

    def put_object(self, bucket: str, key: str, content: bytes) -> None:
        """Stores an object."""
        with urlopen(Request(f"http://{self.address}/{bucket}/{key}", content, method="PUT")):
            pass


def told(*command: object) -> list[str]:
    """What the bench's own program prints, line by line."""
    done = subprocess.run([BENCH, *map(str, command)], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@contextmanager
def cloud(people: int, kind: str = "cloud") -> Iterator[Cloud]:
    """A cloud with so many employees, as the original app knows them; in a `directory` with addresses and managers."""
    with subprocess.Popen([BENCH, kind, str(people)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Cloud(process.stdout.readline().strip().removeprefix("http://"))
        finally:
            process.kill()


@contextmanager
def function(aws: Cloud, environment: Mapping[str, str] | None = None) -> Iterator[Function]:
    """The function, waiting for its first event; with more in its environment."""
    with RuntimeApi(patience=TIMEOUT) as runtime, started([str(RUST)], runtime, aws, environment) as process:
        runtime.next()
        yield runtime, process


def made(aws: Cloud, people: int, what: str, action: Mapping[str, str]) -> tuple[float, float]:
    """Has a segment of the index made, in as many invocations as it takes: the seconds, and the most memory in MB."""
    print(f"{people} people: {what}", file=sys.stderr)
    with function(aws) as (runtime, process):
        return segment_made(runtime, action), memory(process.pid, "VmHWM")


def segment_made(runtime: RuntimeApi, action: Mapping[str, str]) -> float:
    """The same in a function that is there: the seconds."""
    seconds, state = 0.0, ""
    while state != "serves":
        took, answer = runtime.invoke(action)
        seconds, state = seconds + took, answer["state"]
    return seconds


def project(runtime: RuntimeApi, ids: Iterable[str]) -> float:
    """Tells of changes of these employees as the table's stream does: the seconds until all are in the index's log."""
    ids = list(ids)
    parts = [ids[at : at + RECORDS] for at in range(0, len(ids), RECORDS)]
    return sum(runtime.invoke({"Records": [record(it) for it in part]})[0] for part in parts)


def record(employee: str) -> dict[str, Any]:
    """What the table's stream tells of a change."""
    return {"eventSource": "aws:dynamodb", "eventName": "MODIFY", "dynamodb": {"Keys": {"id": {"S": employee}}}}


def more(after: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    """How often each operation was called in between."""
    return {name: calls - before.get(name, 0) for name, calls in after.items() if calls > before.get(name, 0)}


def told_calls(calls: Mapping[str, float]) -> str:
    """Calls of each operation, without those that are rare."""
    return ", ".join(f"{number:.2g} {name}" for name, number in sorted(calls.items()) if number >= 0.005)
