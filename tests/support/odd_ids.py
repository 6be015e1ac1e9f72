"""Employees whose ids can't be written in an address as they are, and those they could be taken for."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from tests.support.directory import Directory, Row

# Other programs write to the table as well, and an id may be any text.
ODD_IDS = [
    "emp7?old",
    "emp7#old",
    "emp7/old",
    "emp7/photo",
    "emp7\\old",
    "emp7\told",
    "emp7\0old",
    "emp7\nold",
    "emp7 old",
    "emp7+old",
    "emp7;old",
    "emp7&old=1",
    "emp7%20old",
    "emp7%2520old",
    "emp7%3Fold",
    "emp7%",
    "emp7\ufffd",
    "emp7é",
    "emp7ÿ",
    " emp7",
    "emp7 ",
    "/emp7",
    "emp7/",
    ".",
    "..",
    "new",
    "export",
    "import",
    "~",
    "~ZW1wNw",
    "~ZW1wNw/photo",
    "jane.doe@example.com",
    "語",
    "👩🏽\u200d💻",
    '"<>^`{|}[]\x7f',
]

# What stands where an id would, and is none.
RESERVED = ("new", "export", "import")

# Whom a careless server would find in place of some of those.
PLAIN_IDS = ["emp7", "emp7old", "old", "photo", "employees", "jane", "api"]


def address(employee_id: str) -> str:
    """Where the API has an employee; the rule is written down in README.md."""
    if re.fullmatch(r"[A-Za-z0-9_-]+", employee_id) and employee_id not in RESERVED:
        return f"/api/employees/{employee_id}"
    return "/api/employees/~" + base64.urlsafe_b64encode(employee_id.encode()).rstrip(b"=").decode()


def typed(employee_id: str) -> str:
    """The address as someone types it who knows of percent-encoding and of no other rule."""
    return "/api/employees/" + quote(employee_id, safe="")


@contextmanager
def everyone(directory: Directory) -> Iterator[dict[str, Row]]:
    """Has all of them in the table, each with a photo's key, and gives their rows by id."""
    rows = {
        it: {"id": it, "full_name": f"No. {n}", "location": "L", "job_title": "J", "object_key": f"odd/{n}.png"}
        for n, it in enumerate(ODD_IDS + PLAIN_IDS)
    }
    for row in rows.values():
        directory.write(row)
    try:
        yield rows
    finally:
        directory.delete_many(rows)
