"""What DynamoDB asks IAM for.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html, and for the keys
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.local.iam.account import Account
from infra.local.iam.check import Check
from infra.local.iam.condition import Context, Value

# A transaction or a batch takes the rights of what is in it.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
_WRITES = {"Put": "PutItem", "Delete": "DeleteItem", "Update": "UpdateItem", "ConditionCheck": "ConditionCheckItem"}

_EQUALS = re.compile(r"(#?[\w.-]+)\s*=\s*(:\w+)")


def table_arn(account: Account, table: str) -> str:
    """A table's ARN; requests may have it in place of the name."""
    return table if table.startswith("arn:") else f"arn:aws:dynamodb:{account.region}:{account.id}:table/{table}"


def item_check(account: Account, action: str, table: str, *leading: str, within: str | None = None) -> Check:
    """An action on items whose partition key has these values, by itself or within a transaction."""
    context: dict[str, Value] = {"dynamodb:LeadingKeys": leading} if leading else {}
    if within is not None:
        context["dynamodb:EnclosingOperation"] = within
    return Check(f"dynamodb:{action}", table_arn(account, table), Context(context))


def checks(account: Account, operation: str, body: Mapping[str, Any]) -> list[Check]:
    """What a call asks for."""
    if operation in ("TransactWriteItems", "TransactGetItems"):
        return list(_in_transaction(account, operation, body))
    if operation in ("BatchWriteItem", "BatchGetItem"):
        return [Check(f"dynamodb:{operation}", table_arn(account, it)) for it in body["RequestItems"]]
    table = body.get("TableName")
    if table is None:
        return [Check(f"dynamodb:{operation}", "*")]
    return [item_check(account, operation, table, *_leading(account, table, body))]


def _in_transaction(account: Account, operation: str, body: Mapping[str, Any]) -> Iterator[Check]:
    for entry in body["TransactItems"]:
        for kind, it in entry.items():
            leading = _leading(account, it["TableName"], it)
            yield item_check(account, _WRITES.get(kind, "GetItem"), it["TableName"], *leading, within=operation)


def _leading(account: Account, table: str, body: Mapping[str, Any]) -> list[str]:
    name = account.partition_key(table)
    for whole in ("Key", "Item"):
        if name in body.get(whole, {}):
            return [_text(body[whole][name])]
    for attribute, placeholder in _EQUALS.findall(body.get("KeyConditionExpression", "")):
        if body.get("ExpressionAttributeNames", {}).get(attribute, attribute) == name:
            return [_text(body["ExpressionAttributeValues"][placeholder])]
    return []


def _text(value: Mapping[str, str]) -> str:
    (text,) = value.values()
    return text
