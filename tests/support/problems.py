"""Problems (RFC 9457) as every refusal of the API must be one."""

from typing import Any

import requests

_KINDS = {
    400: "bad-request",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    412: "precondition-failed",
    413: "payload-too-large",
    415: "unsupported-media-type",
    422: "invalid-input",
    429: "too-many-requests",
    431: "headers-too-large",
    503: "unavailable",
}


def problem(answer: requests.Response, status: int, kind: str | None = None) -> dict[str, Any]:
    """The problem document of an answer, after checking all of it: it is of this kind, or its status's."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["type"] == f"urn:rollcall:problem:{kind or _KINDS[status]}"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert document["request_id"] == answer.headers["x-request-id"]
    return document


def faulty_fields(answer: requests.Response) -> list[str]:
    """The paths of the fields that an answer says are not valid; each comes with what is wrong."""
    errors = problem(answer, 422)["errors"]
    assert all(error["detail"] for error in errors)
    return [error["field"] for error in errors]
