"""What AWS lists, on however many pages."""

from collections.abc import Iterator
from typing import Any


def listed(client: Any, operation: str, items: str, **request: Any) -> Iterator[Any]:
    """Everything that a boto3 client's operation lists, page by page, as in `listed(s3, "list_buckets", "Buckets")`.

    `items` is where a page holds it, in JMESPath: `Reservations[].Instances` is every reservation's.
    """
    pages: Iterator[Any] = client.get_paginator(operation).paginate(**request).search(f"{items}[]")
    return pages
