"""AWS and the issuer with one part away, for one copy of the function at a time.

Each copy names itself in its session's token and in its issuer's address, so that as many meet as many faults at once.
Behind it are the emulators themselves, since the gate would take as long as they do.
"""

import asyncio
import json
import re
import socket
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from xml.sax.saxutils import escape

import aiohttp
from aiohttp import web
from yarl import URL

from infra.local.cloud import LocalCloud
from infra.local.faults import answer as ec2
from infra.local.faults.answer import Answer
from infra.local.iam import s3, tokens
from infra.local.iam.gate import BY_MOTO, credentials
from infra.local.proxy import Proxy, cut, passed_on, stream

# How long a part that is slow takes, in seconds.
SLOW = 10

_ISSUER = re.compile(r"/issuer/(?P<copy>\w+)(?P<rest>/.*)")

# What each service calls it to have too much to do, and to be out of order, with the status:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html,
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and the services' "Common errors".
_THROTTLES = {
    "dynamodb": (400, "ProvisionedThroughputExceededException"),
    "s3": (503, "SlowDown"),
    "ec2": (503, "RequestLimitExceeded"),
    "iam": (400, "Throttling"),
    "lambda": (429, "TooManyRequestsException"),
    "issuer": (429, "too_many_requests"),
}
_REFUSES = {
    "dynamodb": (500, "InternalServerError"),
    "s3": (503, "ServiceUnavailable"),
    "ec2": (503, "Unavailable"),
    "iam": (503, "ServiceUnavailable"),
    "lambda": (500, "ServiceException"),
    "issuer": (503, "temporarily_unavailable"),
}


class Away(Enum):
    """How a part is away."""

    SLOW = "10 s slow"
    REFUSING = "refusing"
    RESETTING = "resetting"
    THROTTLING = "throttling"


@dataclass(frozen=True)
class Fault:
    """What is away for a copy, and how."""

    part: str
    how: Away


class Parts(Proxy):
    """In front of a local cloud. Its methods may be called from any thread."""

    def __init__(self, listener: socket.socket, cloud: LocalCloud) -> None:
        super().__init__("away", listener)
        host, port = listener.getsockname()
        self._url = f"http://{host}:{port}"
        self._endpoints = cloud.endpoints
        self._function = cloud.function_environment()
        self._issuer = self._function["OIDC_DISCOVERY_URL"]
        self._lock = threading.Lock()
        self._faults: dict[str, Fault] = {}
        self._asked: dict[str, set[str]] = defaultdict(set)

    def environment(self, copy: str) -> dict[str, str]:
        """What has a copy find everything here."""
        services = {name: self._url for name in self._function if name.startswith("AWS_ENDPOINT_URL")}
        return {
            **self._function,
            **services,
            "AWS_SESSION_TOKEN": tokens.session_token("function", copy),
            "OIDC_DISCOVERY_URL": f"{self._url}/issuer/{copy}{URL(self._issuer).path}",
        }

    def have(self, copy: str, fault: Fault | None) -> None:
        """Has a copy meet a fault from now on, or none."""
        with self._lock:
            if fault is None:
                self._faults.pop(copy, None)
            else:
                self._faults[copy] = fault

    def asked(self, copy: str) -> set[str]:
        """The parts that a copy has asked since it was last asked for them."""
        with self._lock:
            return self._asked.pop(copy, set())

    async def _open(self) -> None:
        self._over = self._loop.create_future()
        await super()._open()

    async def _close(self) -> None:
        # Nobody goes on waiting.
        self._over.set_result(None)
        await super()._close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        issuer = _ISSUER.fullmatch(request.path)
        service, token = credentials(request)
        service, copy = ("issuer", issuer["copy"]) if issuer else (service, token.rpartition("/")[2])
        body = await request.read()
        parts = {"issuer"} if issuer else set(self._parts(service, request, body))
        with self._lock:
            self._asked[copy] |= parts
            fault = self._faults.get(copy)
        try:
            if fault is not None and fault.part in parts:
                match fault.how:
                    case Away.RESETTING:
                        return cut(request)
                    case Away.THROTTLING:
                        return _response(refusal(service, _THROTTLES))
                    case Away.REFUSING:
                        return _response(refusal(service, _REFUSES))
                    case Away.SLOW:
                        await asyncio.wait((self._over,), timeout=SLOW)
                        if request.transport is None or request.transport.is_closing():
                            # Nobody waits for it, and what it would do is not wanted any more.
                            return cut(request)
            if issuer:
                return await self._forward_to_issuer(request, issuer["rest"], copy, body)
            return await self._forward(request, service, body)
        except (aiohttp.ClientError, TimeoutError):
            return cut(request)

    def _parts(self, service: str, request: web.Request, body: bytes) -> list[str]:
        match service:
            case "dynamodb":
                named = tables(json.loads(body or b"{}"))
            case "s3":
                named = {request.path.split("/")[1]}
            case _:
                return [service]
        # By the variable of the function that names it, such as `PHOTOS_BUCKET`.
        return [name for name, value in self._function.items() if value in named and name.endswith(("TABLE", "BUCKET"))]

    async def _forward(self, request: web.Request, service: str, body: bytes) -> web.StreamResponse:
        base = self._endpoints.moto if service in BY_MOTO else self._endpoints.ministack
        headers = passed_on(request.headers)
        headers.popall("Content-Length", None)
        url = URL(f"{base}{request.rel_url.raw_path_qs}", encoded=True)
        async with self._client.request(request.method, url, headers=headers, data=body or None) as answer:
            if answer.status == 404 and service == "s3" and s3.place(request.path)[1]:
                # Who may not list a bucket is not told that something isn't there.
                return _response(_xml(403, "<Error><Code>AccessDenied</Code></Error>"))
            return await stream(request, answer)

    async def _forward_to_issuer(self, request: web.Request, path: str, copy: str, body: bytes) -> web.Response:
        origin = str(URL(self._issuer).origin())
        headers = passed_on(request.headers)
        for name in ("Host", "Content-Length"):
            headers.popall(name, None)
        async with self._client.request(request.method, f"{origin}{path}", headers=headers, data=body or None) as found:
            text = (await found.read()).decode()
            if path.endswith("/openid-configuration"):
                # Keys and tokens are asked for here as well; what the issuer is called stays.
                text = text.replace(f'"{origin}', f'"{self._url}/issuer/{copy}')
            return web.Response(status=found.status, text=text, content_type=found.content_type)


def tables(call: Any) -> set[str]:
    """The tables that a call of DynamoDB's names, wherever it does."""
    if isinstance(call, list):
        return {name for item in call for name in tables(item)}
    if not isinstance(call, dict):
        return set()
    named = {call["TableName"]} if isinstance(call.get("TableName"), str) else set()
    batch = call.get("RequestItems")
    named |= set(batch) if isinstance(batch, dict) else set()
    within = call.get("TransactItems", [])
    return named | {name for item in within for write in item.values() for name in tables(write)}


def refusal(service: str, codes: Mapping[str, tuple[int, str]]) -> Answer:
    """The answer of a service that takes no more, as it words it."""
    usual = {"lambda": codes["lambda"]}.get(service, (400, "ThrottlingException"))
    status, code = codes.get(service, usual if codes is _THROTTLES else (500, "InternalServerError"))
    match service:
        case "ec2":
            return ec2.error(code)
        case "s3":
            return _xml(status, f"<Error><Code>{escape(code)}</Code><Message>On purpose.</Message></Error>")
        case "iam":
            return _xml(status, f"<ErrorResponse><Error><Code>{escape(code)}</Code></Error></ErrorResponse>")
        case "issuer":
            return Answer(status, json.dumps({"error": code}).encode(), [("Content-Type", "application/json")])
    body = json.dumps({"__type": code, "message": "On purpose."}).encode()
    return Answer(status, body, [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-ErrorType", code)])


def _xml(status: int, body: str) -> Answer:
    return Answer(status, body.encode(), [("Content-Type", "application/xml")])


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers=dict(answer.headers))
