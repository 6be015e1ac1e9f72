"""Someone who looks at the record of a relaunch all the time, and so knows when who drove it."""

import time
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.cloud import LocalCloud
from infra.local.listing import listed
from tests.chaos.observer import Observer
from tests.support.relaunching import stage_of

# Between two looks, in seconds.
_EVERY = 0.1

Record = dict[str, Any]


@dataclass(frozen=True)
class Epoch:
    """A driver that took a record over, or somebody who cancelled: when that was first seen, and where it stood."""

    number: int
    owner: str
    seen_at: float
    stage: str

    @property
    def is_drivers(self) -> bool:
        """Whether a driver took it: its name is the id of its invocation, and a person's is in quotes."""
        return '"' not in self.owner


class Watch(Observer):
    """Looks at one record after another; a context manager."""

    def __init__(self, cloud: LocalCloud) -> None:
        super().__init__("watch", _EVERY)
        self._dynamodb = cloud.client("dynamodb")
        self._table = cloud.outputs["storage"]["OperationsTableName"]
        self._followed = ""
        self._epochs: dict[str, list[Epoch]] = {}
        self._ended: set[str] = set()

    def look(self) -> None:
        try:
            record = self.read(self._followed) if self._followed else None
        except (BotoCoreError, ClientError):
            # It is frozen just now.
            return
        if record is not None:
            self._note(record)

    def follow(self, relaunch: str) -> None:
        """Looks at this record from now on."""
        self._followed = relaunch

    def epochs(self, relaunch: str) -> list[Epoch]:
        """Who took a record over, one after another, as far as it was followed."""
        return list(self._epochs.get(relaunch, ()))

    def has_ended(self, relaunch: str) -> bool:
        """Whether a record that is followed was seen to have ended."""
        return relaunch in self._ended

    def read(self, relaunch: str) -> Record | None:
        """A record as it is stored."""
        found = self._dynamodb.get_item(TableName=self._table, Key=_key(relaunch), ConsistentRead=True)
        return _plain(found["Item"]) if "Item" in found else None

    def relaunches(self, since: str = "") -> list[str]:
        """The ids of all recorded relaunches after one, oldest first."""
        asked = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :kind AND sk > :since",
            "ExpressionAttributeValues": {":kind": {"S": "relaunch"}, ":since": {"S": since or "0"}},
            "ProjectionExpression": "sk",
            "ConsistentRead": True,
        }
        return [item["sk"]["S"] for item in listed(self._dynamodb, "query", "Items", **asked)]

    def edit(self, relaunch: str) -> None:
        """Edits a record by hand as a person may: it gets an attribute more, and counts as another version."""
        self._dynamodb.update_item(
            TableName=self._table,
            Key=_key(relaunch),
            UpdateExpression="SET edited_by_hand = :why ADD version :one",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":why": {"S": "to see what comes of it"}, ":one": {"N": "1"}},
        )

    def _note(self, record: Record) -> None:
        epochs = self._epochs.setdefault(record["id"], [])
        lease = record["lease"]
        if not epochs or epochs[-1].number < lease["epoch"]:
            epochs.append(Epoch(int(lease["epoch"]), lease["owner"], time.time(), stage_of(record)))
        if stage_of(record) == "ended":
            self._ended.add(record["id"])


def _key(relaunch: str) -> dict[str, Any]:
    return {"pk": {"S": "relaunch"}, "sk": {"S": relaunch}}


def _plain(item: dict[str, Any]) -> Record:
    return {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
