"""The seal over the audit log: whoever changes, deletes, adds or cuts off anything of it is found out."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from infra import audit
from infra.local.cloud import LocalCloud
from tests.support.audit_table import AuditTable
from tests.support.directory import Directory
from tests.support.function import Function
from tests.support.waiting import wait_until

TICK = {"source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": {}}


@pytest.fixture
def table(cloud: LocalCloud) -> AuditTable:
    """The table of the log."""
    return AuditTable(cloud)


@pytest.fixture
def seal(function: Function, table: AuditTable) -> Callable[[], None]:
    """Seals all that is old enough: one tick makes fifty blocks at the most, and other tests have written before."""

    def ticks() -> None:
        sealed = -1
        while (now := table.count(audit.SEAL)) != sealed:
            sealed = now
            function.call(TICK)

    return ticks


@pytest.fixture
def log(cloud: LocalCloud) -> Callable[[], audit.Log]:
    """Reads the log as whoever verifies it does."""
    session = boto3.Session(region_name=cloud.endpoints.region)
    return lambda: audit.read(_Clients(cloud, session.region_name), "rollcall", {})


class _Clients:
    """Clients of the cloud in place of AWS's."""

    def __init__(self, cloud: LocalCloud, region: str) -> None:
        self.client, self.region_name = cloud.client, region


def wrong(log: audit.Log) -> list[str]:
    return audit.findings(log, datetime.now(UTC))[0]


@pytest.fixture
def sealed(table: AuditTable, seal: Callable[[], None], log: Callable[[], audit.Log]) -> Iterator[list[dict[str, Any]]]:
    """Three entries that are sealed, in a log that nobody has changed."""
    written = [table.write_entry(timedelta(minutes=minutes)) for minutes in (5, 4, 3)]
    seal()
    assert wrong(log()) == []
    assert all(any(it["sk"]["S"] in block["entries"] for block in log().blocks) for it in written)
    yield written
    for entry in written:
        table.put(entry)
    assert wrong(log()) == []


def test_what_was_done_to_people_is_sealed_like_all_else(
    directory: Directory, table: AuditTable, seal: Callable[[], None], log: Callable[[], audit.Log]
) -> None:
    id_ = directory.add(full_name="Zoë")["id"]
    (entry,) = (it for it in log().entries.values() if it["thing"] == id_)
    assert entry["details"] == audit.digest("".join(log().kept_apart[entry["sk"]][it] for it in ("salt", "changes")))
    seal()
    assert wrong(log()) == []


def test_however_much_was_written_just_before_what_comes_behind_it_is_sealed(
    table: AuditTable, seal: Callable[[], None], log: Callable[[], audit.Log]
) -> None:
    # More than is read of the log at once.
    for _ in range(1_000):
        table.write_entry(timedelta(minutes=5), outcome="x" * 3_000)
    seal()
    last = table.write_entry(timedelta(minutes=4))["sk"]["S"]
    seal()
    assert any(last in block["entries"] for block in log().blocks)


def test_an_entry_that_was_changed_is_found(
    sealed: list[dict[str, Any]], table: AuditTable, log: Callable[[], audit.Log]
) -> None:
    table.put(sealed[1] | {"outcome": {"S": "nothing happened"}})
    assert wrong(log()) == [f"Entry {sealed[1]['sk']['S']} was changed."]


def test_an_entry_that_was_deleted_is_found(
    sealed: list[dict[str, Any]], table: AuditTable, log: Callable[[], audit.Log]
) -> None:
    table.delete(sealed[0])
    assert wrong(log()) == [f"Entry {sealed[0]['sk']['S']} was deleted."]


@pytest.mark.usefixtures("sealed")
def test_an_entry_that_was_put_in_afterwards_is_found(
    table: AuditTable, seal: Callable[[], None], log: Callable[[], audit.Log]
) -> None:
    entry = table.write_entry(timedelta(hours=3))
    seal()
    (line,) = wrong(log())
    assert line.startswith(f"Entry {entry['sk']['S']} of") and "put in afterwards" in line
    table.delete(entry)


@pytest.mark.usefixtures("sealed")
def test_entries_that_changed_places_are_found(table: AuditTable, log: Callable[[], audit.Log]) -> None:
    block = table.get(audit.SEAL, f"{len(log().blocks):020}")
    first, *others = block["entries"]["S"].splitlines()
    table.put(block | {"entries": {"S": "\n".join([*others, first])}})
    assert wrong(log()) == [f"Block {block['number']['N']} of the seal was changed: its hash does not fit it."]
    table.put(block)


@pytest.mark.usefixtures("sealed")
def test_a_block_that_was_made_to_fit_is_not_the_one_that_was_vouched_for(
    table: AuditTable, log: Callable[[], audit.Log]
) -> None:
    block = table.get(audit.SEAL, f"{len(log().blocks):020}")
    entries = "\n".join(reversed(block["entries"]["S"].splitlines()))
    hash_ = audit.digest(f"{block['previous']['S']}\n{entries}")
    table.put(block | {"entries": {"S": entries}, "hash": {"S": hash_}})
    assert wrong(log()) == [f"Block {block['number']['N']} of the seal is not the one that the bucket vouches for."]
    table.put(block)


@pytest.mark.usefixtures("sealed")
def test_an_end_that_was_cut_off_is_found(table: AuditTable, log: Callable[[], audit.Log]) -> None:
    there = log()
    last = len(there.blocks)
    # Before that it may as well have been begun and not written. What a function logs is read a moment later.
    wait_until(lambda: last in {number for number, _ in log().told})
    block = table.get(audit.SEAL, f"{last:020}")
    sealed_last = [there.entries[it[:36]] for it in block["entries"]["S"].splitlines()]
    # Whoever else changed something meanwhile is in the same block, and what is kept apart of it goes, too.
    kept = [there.kept_apart[it["sk"]] for it in sealed_last if it["sk"] in there.kept_apart]
    entries = [table.get(it["pk"], it["sk"]) for it in [*sealed_last, *kept]]
    for item in [block, *entries]:
        table.delete(item)
    found = wrong(log())
    for item in [block, *entries]:
        table.put(item)
    assert found == [f"The seal ends with block {last - 1}, but there was a block {last}: its end was cut off."]


@pytest.mark.usefixtures("sealed")
def test_a_block_that_was_begun_and_not_written_is_told_from_one_that_was_cut_off(
    cloud: LocalCloud, table: AuditTable, seal: Callable[[], None], log: Callable[[], audit.Log]
) -> None:
    last = len(log().blocks)
    head = {"Bucket": cloud.outputs["storage"]["AuditBucketName"], "Key": f"audit-seal/{last + 1:020}-{'0' * 64}"}
    cloud.client("s3").put_object(**head, Body=b"")
    found, notes = audit.findings(log(), datetime.now(UTC))
    assert (found, notes[0]) == ([], f"Block {last + 1} was begun and not written: the next one takes its place.")
    table.write_entry(timedelta(minutes=2))
    seal()
    assert wrong(log()) == [] and len(log().blocks) == last + 1


def test_what_stood_in_a_record_can_not_be_exchanged(
    directory: Directory, table: AuditTable, log: Callable[[], audit.Log]
) -> None:
    id_ = directory.add(full_name="Zoë")["id"]
    (entry,) = (it for it in log().entries.values() if it["thing"] == id_)
    kept = log().kept_apart[entry["sk"]]
    item = table.get(kept["pk"], kept["sk"])
    table.put(item | {"changes": {"S": "[]"}})
    assert wrong(log()) == [f"What is kept apart of entry {entry['sk']} was changed."]
    table.put(item)


def test_nobody_deletes_what_vouches_for_the_log(
    cloud: LocalCloud, table: AuditTable, seal: Callable[[], None]
) -> None:
    table.write_entry(timedelta(minutes=2))
    seal()
    s3, bucket = cloud.client("s3"), cloud.outputs["storage"]["AuditBucketName"]
    version = s3.list_object_versions(Bucket=bucket)["Versions"][0]
    with pytest.raises(s3.exceptions.ClientError, match=r"AccessDenied|WORM"):
        s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
