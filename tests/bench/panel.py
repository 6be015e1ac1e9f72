"""How quickly the operations panel's calls are answered when the host was relaunched a thousand times.

The records are copies of two relaunches that were made for it, one of which failed, with their audit entries, boot logs
and a revision each. Each call goes the way that a browser's goes, through the local cloud's emulators of CloudFront, of
API Gateway and of Lambda. A busy machine makes everything slower, so the load stands beside the numbers.
"""

import argparse
import copy
import os
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from tests.bench.emulators import emulated
from tests.bench.start import machine, median_and_p95
from tests.support.recipes import FAILS
from tests.support.relaunching import Scene, opened

AIM = 300
# One of so many relaunches fails, and they were made so far apart.
FAILS_EVERY, APART = 10, timedelta(minutes=20)
SCHEDULES = 10
# As many entries as the panel's page asks for.
AUDIT_PAGE = 50

Item = dict[str, Any]


class Table:
    """The operations table, with items as Python has them."""

    def __init__(self, scene: Scene) -> None:
        self._client = scene.cloud.client("dynamodb")
        self._name = scene.cloud.outputs["storage"]["OperationsTableName"]

    def of_kind(self, kind: str) -> list[Item]:
        """Every item of a kind, oldest first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :kind",
            ExpressionAttributeValues={":kind": {"S": kind}},
            ConsistentRead=True,
        )
        read = TypeDeserializer().deserialize
        return [{name: read(it) for name, it in item.items()} for page in pages for item in page["Items"]]

    def put(self, items: list[Item]) -> None:
        """Stores items, 25 at a time, which is what DynamoDB takes."""
        write = TypeSerializer().serialize
        stored = [{name: write(it) for name, it in item.items()} for item in items]
        for at in range(0, len(stored), 25):
            requests = [{"PutRequest": {"Item": it}} for it in stored[at : at + 25]]
            left = self._client.batch_write_item(RequestItems={self._name: requests})["UnprocessedItems"]
            assert not left, left


def fill(scene: Scene, relaunches: int) -> str:
    """Has the table tell of so many relaunches; the id of a failed one amid them."""
    operations, table = scene.operations, Table(scene)
    scene.host()
    good = operations.relaunch(scene.revision)["id"]
    bad = operations.relaunch(operations.revise_to(FAILS)["number"])["id"]
    records = {it["id"]: it for it in table.of_kind("relaunch")}
    logs = {it["sk"]: it for it in table.of_kind("boot-log")}
    revision = table.of_kind("revision")[0]
    entries = table.of_kind(f"audit/{datetime.now(UTC):%Y-%m}")
    newest = max(it["number"] for it in table.of_kind("revision"))
    items: list[Item] = []
    failed = []
    for number in range(1, relaunches + 1 - len(records)):
        like = bad if number % FAILS_EVERY == 0 else good
        back, copied = APART * number, uuid7(datetime.now(UTC) - APART * number)
        failed += [copied] if like == bad else []
        shown = number + int(newest)
        record = moved(records[like], back) | {"id": copied, "sk": copied, "to_revision": shown}
        items += [record, revision | {"number": shown, "sk": f"{shown:010}"}]
        items += [logs[like] | {"sk": copied}] if like in logs else []
        items += [copied_entry(it, copied, back) for it in entries if it["thing"] == like]
    table.put(items)
    for number in range(SCHEDULES):
        schedule = {"name": f"bench-{number}", "expression": f"cron(30 {number} ? * SUN *)"}
        answer = operations.api.post("/api/operations/schedules", json=schedule)
        assert answer.status_code == 201, answer.text
    return failed[len(failed) // 2]


def copied_entry(entry: Item, relaunch: str, back: timedelta) -> Item:
    """An audit entry of another relaunch, so much earlier, in the partition of its month."""
    earlier = moved(entry, back)
    at = datetime.fromisoformat(earlier["at"])
    id_ = uuid7(at)
    return earlier | {"pk": f"audit/{at:%Y-%m}", "sk": id_, "id": id_, "thing": relaunch}


def moved(value: Any, back: timedelta) -> Any:
    """A value with each time in it so much earlier."""
    match value:
        case dict():
            return {name: moved(it, back) for name, it in value.items()}
        case list():
            return [moved(it, back) for it in value]
        case str() if len(value) >= 20 and value[10:11] == "T" and value.endswith("Z"):
            return f"{datetime.fromisoformat(value) - back:%Y-%m-%dT%H:%M:%S.%fZ}"
    return copy.copy(value)


def uuid7(at: datetime) -> str:
    """An id that sorts by its time."""
    value = (int(at.timestamp() * 1000) << 80) | (uuid.uuid4().int & ((1 << 80) - 1))
    return str(uuid.UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | (7 << 76) | (2 << 62)))


def calls(scene: Scene, relaunch: str) -> Iterator[tuple[str, str]]:
    """Every call that the panel's pages make to show themselves, and where it goes."""
    api, base = scene.operations.api, "/api/operations"

    def deep(path: str) -> str:
        """The page that follows ten others."""
        cursor = None
        for _ in range(10):
            cursor = api.get(path, params={"cursor": cursor} if cursor else {}).json()["next_cursor"]
        return f"{path}{'&' if '?' in path else '?'}cursor={cursor}"

    yield "status: the host", f"{base}/host"
    yield "history, first page", f"{base}/relaunches"
    yield "history, eleventh page", deep(f"{base}/relaunches")
    yield "one relaunch, which failed", f"{base}/relaunches/{relaunch}"
    yield "its boot log", f"{base}/relaunches/{relaunch}/boot-log"
    yield "revisions, first page", f"{base}/revisions"
    yield "revisions, eleventh page", deep(f"{base}/revisions")
    yield "one revision", f"{base}/revisions/1"
    yield "recipes", f"{base}/recipes"
    yield "audit log, first page", f"{base}/audit?limit={AUDIT_PAGE}"
    yield "audit log, eleventh page", deep(f"{base}/audit?limit={AUDIT_PAGE}")
    yield f"{SCHEDULES} schedules", f"{base}/schedules"
    yield "conformance", f"{base}/conformance"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relaunches", type=int, default=1000, help="how many there are (default 1000)")
    parser.add_argument("--calls", type=int, default=100, help="how often each call is made (default 100)")
    it = parser.parse_args()
    where = machine()
    rows = []
    with TemporaryDirectory() as folder, opened(Path(folder)) as scene:
        relaunch = fill(scene, it.relaunches)
        for name, path in calls(scene, relaunch):
            taken, answering = [], []
            # The first one may have to start a copy of the function.
            for _ in range(it.calls + 1):
                began = time.time()
                answer = scene.operations.api.get(path)
                ended = time.time()
                taken.append((ended - began) * 1e3)
                answering.append(emulated(scene.cloud, [(began, ended)]) * 1e3)
                assert answer.status_code == 200, answer.text
            rows.append((name, len(answer.content), taken[1:], answering[1:]))

    print(f"\n{where}, and {os.getloadavg()[0]:.1f} at the end")
    print(f"{it.relaunches} relaunches, {it.calls} calls of a kind; median / 95th percentile in milliseconds\n")
    print("| call | answer, KB | all | of which AWS's emulators answer | aim |\n| --- | ---: | ---: | ---: | --- |")
    for name, size, taken, answering in rows:
        print(f"| {name} | {size / 1e3:.1f} | {median_and_p95(taken)} | {median_and_p95(answering)} | ≤ {AIM} |")


if __name__ == "__main__":
    main()
