"""The directory from both sides: as an editor uses it, and as its table and bucket hold it."""

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import requests
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from infra.local.listing import listed

# The most items that one BatchWriteItem takes.
_BATCH = 25

Row = dict[str, Any]


class Directory:
    """The directory of the local cloud; `api` acts as an editor."""

    def __init__(self, api: requests.Session, dynamodb: Any, s3: Any, table: str, bucket: str) -> None:
        self.api = api
        self._dynamodb, self._s3 = dynamodb, s3
        self._table, self._bucket = table, bucket

    def add(self, **details: Any) -> dict[str, Any]:
        """Adds an employee; what `details` leave out does not matter to the test."""
        answer = self.api.post("/api/employees", json=employee(**details))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def add_with_photo(self, photo: bytes) -> dict[str, Any]:
        """Adds an employee with a photo."""
        answer = self.put_photo(self.add()["id"], photo)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put_photo(self, employee_id: str, photo: bytes) -> requests.Response:
        """Uploads a photo, as a browser does."""
        headers = {"Content-Type": "image/png"}
        return self.api.put(f"/api/employees/{employee_id}/photo", data=photo, headers=headers)

    def get(self, employee_id: str) -> dict[str, Any]:
        """Looks an employee up."""
        answer = self.api.get(f"/api/employees/{employee_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pages(self, limit: int) -> Iterator[list[dict[str, Any]]]:
        """Every page of the list, from the first to the last."""
        cursor: str | None = None
        while True:
            query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
            answer = self.api.get("/api/employees", params=query)
            assert answer.status_code == 200, answer.text
            yield answer.json()["employees"]
            cursor = answer.json()["next_cursor"]
            if cursor is None:
                return

    def row(self, employee_id: str) -> Row | None:
        """An employee's row, as any program that reads the table finds it."""
        found = self._dynamodb.get_item(TableName=self._table, Key={"id": {"S": employee_id}}, ConsistentRead=True)
        item = found.get("Item")
        return item and {name: TypeDeserializer().deserialize(value) for name, value in item.items()}

    def rows(self, ids: Iterable[str]) -> dict[str, Row]:
        """The rows with these ids, of those that there are."""
        found = {it: self.row(it) for it in ids}
        return {it: row for it, row in found.items() if row is not None}

    def write(self, row: Row) -> str:
        """Writes a row, as another program does, and answers its id."""
        row = {"id": str(uuid.uuid4())} | row
        item = {name: TypeSerializer().serialize(value) for name, value in row.items()}
        self._dynamodb.put_item(TableName=self._table, Item=item)
        return row["id"]

    def scan(self) -> dict[str, Row]:
        """Every row, as the original app reads them all."""
        rows = listed(self._dynamodb, "scan", "Items", TableName=self._table, ConsistentRead=True)
        read = TypeDeserializer().deserialize
        return {row["id"]["S"]: {name: read(value) for name, value in row.items()} for row in rows}

    def update(self, employee_id: str, **attributes: Any) -> None:
        """Changes some attributes of a row, by the legacy parameter that the original app sends."""
        write = TypeSerializer().serialize
        updates = {name: {"Value": write(value), "Action": "PUT"} for name, value in attributes.items()}
        key = {"id": {"S": employee_id}}
        self._dynamodb.update_item(TableName=self._table, Key=key, AttributeUpdates=updates)

    def write_many(self, ids: Iterable[str]) -> None:
        """Writes a row for each id."""
        self._batch([{"PutRequest": {"Item": {"id": {"S": it}, "full_name": {"S": f"No. {it}"}}}} for it in ids])

    def delete_many(self, ids: Iterable[str]) -> None:
        """Deletes the rows with these ids."""
        self._batch([{"DeleteRequest": {"Key": {"id": {"S": it}}}} for it in ids])

    def ids(self) -> set[str]:
        """The ids of all rows there are."""
        return set(self.scan())

    def objects(self) -> set[str]:
        """The keys of all objects in the photo bucket."""
        return {it["Key"] for it in listed(self._s3, "list_objects_v2", "Contents", Bucket=self._bucket)}

    def object(self, key: str) -> tuple[bytes, str]:
        """An object of the photo bucket and its content type."""
        found = self._s3.get_object(Bucket=self._bucket, Key=key)
        return found["Body"].read(), found["ContentType"]

    def put_object(self, key: str, file: bytes, stored_at: str | None = None) -> None:
        """Puts a picture into the bucket, as another program does; the local cloud takes its word for when that was."""
        said = {"stored-at": stored_at} if stored_at else {}
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=file, ContentType="image/png", Metadata=said)

    def photo(self, employee_id: str) -> bytes:
        """An employee's photo as it is stored."""
        row = self.row(employee_id)
        assert row is not None
        return self.object(row["object_key"])[0]

    def sharp_photo(self, employee_id: str) -> bytes:
        """The sharp picture of an employee's photo as it is stored."""
        row = self.row(employee_id)
        assert row is not None
        return self.object(sharp(row["object_key"]))[0]

    def _batch(self, requests_: list[dict[str, Any]]) -> None:
        for start in range(0, len(requests_), _BATCH):
            items = {self._table: requests_[start : start + _BATCH]}
            assert not self._dynamodb.batch_write_item(RequestItems=items)["UnprocessedItems"]


def sharp(small: str) -> str:
    """The key or the address of the sharp picture beside a small one."""
    return f"{small.removesuffix('.png')}.webp"


def employee(**details: Any) -> dict[str, Any]:
    """What a form sends for a valid employee, with some details its own."""
    return {"full_name": "Ada Lovelace", "location": "London", "job_title": "Engineer", "badges": []} | details
