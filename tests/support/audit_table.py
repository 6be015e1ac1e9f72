"""The table of the audit log, beside whatever Rollcall lets anyone do with it."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.cloud import LocalCloud


class AuditTable:
    """The table of the log, as somebody with every right may treat it."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._dynamodb = cloud.client("dynamodb")
        self._name = cloud.outputs["storage"]["OperationsTableName"]

    def get(self, pk: str, sk: str) -> dict[str, Any]:
        """An item as it stands."""
        return self._dynamodb.get_item(TableName=self._name, Key=_key(pk, sk), ConsistentRead=True)["Item"]

    def count(self, pk: str) -> int:
        """How many items a partition has."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
            Select="COUNT",
            ConsistentRead=True,
        )
        return sum(page["Count"] for page in pages)

    def put(self, item: dict[str, Any]) -> None:
        """Writes an item over whatever is there."""
        self._dynamodb.put_item(TableName=self._name, Item=item)

    def delete(self, item: dict[str, Any]) -> None:
        """Takes an item out."""
        self._dynamodb.delete_item(TableName=self._name, Key={"pk": item["pk"], "sk": item["sk"]})

    def write_entry(self, age: timedelta, outcome: str = "no relaunch launched it") -> dict[str, Any]:
        """An entry as it would have been written some time ago."""
        at = datetime.now(UTC) - age
        milliseconds = f"{int(at.timestamp() * 1000):012x}"
        id_ = f"{milliseconds[:8]}-{milliseconds[8:]}-7{uuid.uuid4().hex[:3]}-{uuid.uuid4()!s}"[:36]
        texts = {
            "pk": f"audit/{at:%Y-%m}",
            "sk": id_,
            "id": id_,
            "at": at.isoformat().replace("+00:00", "Z"),
            "who": "rollcall",
            "action": "sweep",
            "thing": "i-0ü",
            "outcome": outcome,
        }
        item = {name: {"S": text} for name, text in texts.items()}
        self.put(item)
        return item


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
