"""Holds the audit log of a deployment against its seal: `make audit-verify STACK=rollcall REGION=…`.

It reads the table, the bucket in which nothing can be changed, and the function's log, with the rights of whoever runs
it, and needs nothing of Rollcall's own code: backend/audit/src/seal.rs says what it checks.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer

Item = dict[str, Any]

SEAL, BEFORE_MONTHS = "audit-seal", "audit"
FIRST_MONTH = (2026, 11)
# By when an entry is sealed: ticks come once a minute, and one that is late by ten minutes is taken in.
SEALED_AFTER = timedelta(minutes=15)


@dataclass
class Log:
    """All there is of the log: what is kept apart of it as well."""

    # By their ids.
    entries: dict[str, Item] = field(default_factory=dict)
    # In order.
    blocks: list[Item] = field(default_factory=list)
    # What vouches for the blocks where nobody can change it: number and hash.
    heads: set[tuple[int, str]] = field(default_factory=set)
    # What the function's log tells of them; it forgets after a month.
    told: set[tuple[int, str]] = field(default_factory=set)
    # What stood in records before and afterwards, by the ids of the entries.
    kept_apart: dict[str, Item] = field(default_factory=dict)


def digest(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def hash_of(entry: Item) -> str:
    """The hash of an entry as it stands in the table."""
    return digest(json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def findings(log: Log, now: datetime) -> tuple[list[str], list[str]]:
    """What shows that someone changed the log, and what is only to be known."""
    wrong: list[str] = []
    sealed: dict[str, str] = {}
    previous = ""
    for number, block in enumerate(log.blocks, 1):
        if block["number"] != number:
            wrong.append(f"Block {number} of the seal is missing: the one behind it is {block['number']}.")
            return wrong, []
        if block["previous"] != previous or block["hash"] != digest(f"{block['previous']}\n{block['entries']}"):
            wrong.append(f"Block {number} of the seal was changed: its hash does not fit it.")
        if (number, block["hash"]) not in log.heads:
            wrong.append(f"Block {number} of the seal is not the one that the bucket vouches for.")
        previous = block["hash"]
        sealed |= dict(line.split(" ") for line in block["entries"].splitlines())
    beyond, notes = _beyond(log)
    wrong += beyond
    wrong += _entries_that_do_not_fit(log, sealed, now)
    wrong += _kept_apart_that_does_not_fit(log)
    open_ = sum(1 for id_ in log.entries if id_ not in sealed)
    notes.append(f"{len(log.entries)} entries, {len(log.blocks)} blocks, {open_} entries not sealed yet.")
    return wrong, notes


def _beyond(log: Log) -> tuple[list[str], list[str]]:
    """What the bucket vouches for and the table lacks: the end was cut off, or a write of it was interrupted."""
    last = len(log.blocks)
    beyond = sorted({number for number, _ in log.heads | log.told if number > last})
    told = {number for number, _ in log.told}
    if not beyond:
        return [], []
    if beyond == [last + 1] and not told.intersection(beyond):
        return [], [f"Block {last + 1} was begun and not written: the next one takes its place."]
    return [f"The seal ends with block {last}, but there was a block {beyond[-1]}: its end was cut off."], []


def _entries_that_do_not_fit(log: Log, sealed: Mapping[str, str], now: datetime) -> Iterator[str]:
    for id_, hash_ in sealed.items():
        entry = log.entries.get(id_)
        if entry is None:
            yield f"Entry {id_} was deleted."
        elif hash_of(entry) != hash_:
            yield f"Entry {id_} was changed."
    for id_, entry in log.entries.items():
        if id_ not in sealed and now - datetime.fromisoformat(entry["at"]) > SEALED_AFTER:
            yield f"Entry {id_} of {entry['at']} is not sealed: it was put in afterwards, or nothing seals the log."


def _kept_apart_that_does_not_fit(log: Log) -> Iterator[str]:
    for id_, kept in log.kept_apart.items():
        entry = log.entries.get(id_)
        if entry is None:
            yield f"Entry {id_} was deleted, and what is kept apart of it is still there."
        elif entry.get("details") != digest(kept["salt"] + kept["changes"]):
            yield f"What is kept apart of entry {id_} was changed."


def read(session: Any, stack: str, endpoint: Mapping[str, Any]) -> Log:
    """Reads all of it."""
    dynamodb, s3, logs = (session.client(name, **endpoint) for name in ("dynamodb", "s3", "logs"))
    account, region = session.client("sts", **endpoint).get_caller_identity()["Account"], session.region_name
    log, table = Log(), f"{stack}-operations"
    for month in _months(datetime.now(UTC)):
        log.entries |= {it["sk"]: it for it in _partition(dynamodb, table, month)}
    log.blocks = [it | {"number": int(it["number"])} for it in _partition(dynamodb, table, SEAL)]
    objects = s3.get_paginator("list_object_versions").paginate(Bucket=f"{stack}-audit-{account}-{region}")
    names = [it["Key"].partition("/")[2] for page in objects for it in page.get("Versions", [])]
    log.heads = {(int(number), hash_) for number, _, hash_ in (name.partition("-") for name in names)}
    log.told = set(_told(logs, f"/aws/lambda/{stack}-control-plane"))
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="begins_with(pk, :kept)",
        ExpressionAttributeValues={":kept": {"S": "history/"}},
    )
    log.kept_apart = {it["sk"]: it for it in _plain(it for page in pages for it in page["Items"])}
    return log


def _months(now: datetime) -> Iterator[str]:
    yield BEFORE_MONTHS
    year, month = FIRST_MONTH
    # Clocks of two machines differ, so that there may be entries of the next month.
    while (year, month) <= (now.year + now.month // 12, now.month % 12 + 1):
        yield f"audit/{year:04}-{month:02}"
        year, month = year + month // 12, month % 12 + 1


def _partition(dynamodb: Any, table: str, kind: str) -> Iterator[Item]:
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :kind",
        ExpressionAttributeValues={":kind": {"S": kind}},
        ConsistentRead=True,
    )
    return _plain(it for page in pages for it in page["Items"])


def _plain(items: Iterable[Item]) -> Iterator[Item]:
    plain = TypeDeserializer().deserialize
    return ({name: plain(value) for name, value in item.items()} for item in items)


def _told(logs: Any, group: str) -> Iterator[tuple[int, str]]:
    pattern = '{ $.message = "audit log sealed" && $.number = * }'
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern=pattern)
    for page in pages:
        for event in page["events"]:
            # Lambda's own lines are no JSON.
            line = json.loads(event["message"]) if event["message"].startswith("{") else {}
            if line.get("message") == "audit log sealed":
                yield int(line["number"]), line["hash"]


def main() -> int:
    """Tells what was found; 1 where the log was changed."""
    parser = argparse.ArgumentParser(prog="audit-verify", description="Hold the audit log against its seal.")
    parser.add_argument("--stack", default="rollcall")
    parser.add_argument("--region")
    arguments = parser.parse_args()
    session = boto3.Session(region_name=arguments.region)
    wrong, notes = findings(read(session, arguments.stack, {}), datetime.now(UTC))
    for line in wrong + notes:
        print(line)
    print("The audit log was changed." if wrong else "The audit log fits its seal.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
