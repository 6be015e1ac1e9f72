"""The gate: between who has a role and the emulators, as strict as AWS is."""

import asyncio
import json
import logging
import re
import socket
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import aiohttp
from aiohttp import web
from yarl import URL

from infra.local.endpoints import Endpoints
from infra.local.faults.answer import Answer
from infra.local.faults.call import read
from infra.local.iam import dynamodb, ec2, others, s3, tokens
from infra.local.iam.account import DeployedAccount, Role, is_away
from infra.local.iam.check import Check, Principal
from infra.local.iam.policy import Decision, decide
from infra.local.iam.refusal import refusal
from infra.local.proxy import Proxy, cut, passed_on, stream

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
_CREDENTIAL = re.compile(r"(?:Credential=)?[^/,\s]+/\d{8}/[^/]+/([^/]+)/aws4_request")

BY_MOTO = frozenset(("ec2", "iam", "ssm"))

# The different checks, the last refusals, and the last requests, that are remembered.
_REMEMBERED, _REFUSALS, _TIMED = 50_000, 1000, 20_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """A check that a role's session met."""

    role: str
    session: str
    check: Check


@dataclass(frozen=True)
class Refused:
    """A check that was not passed, and why."""

    asked: Asked
    why: str


@dataclass(frozen=True)
class Taken:
    """How long a request of a role took here and at the emulator behind, in seconds as `time.time()` has them."""

    role: str
    service: str
    began: float
    ended: float


class Gate(Proxy):
    """In front of both emulators. Its methods may be called from any thread."""

    def __init__(self, listener: socket.socket, endpoints: Endpoints) -> None:
        super().__init__("gate", listener)
        host, port = listener.getsockname()
        self.url = f"http://{host}:{port}"
        self.account = DeployedAccount(endpoints)
        self._endpoints = endpoints
        self._lock = threading.Lock()
        self._passed: dict[Asked, Decision] = {}
        self._refused: deque[Refused] = deque(maxlen=_REFUSALS)
        self._taken: deque[Taken] = deque(maxlen=_TIMED)

    def passed(self, role: str | None = None) -> dict[Asked, Decision]:
        """Every different check that was passed, and by what."""
        with self._lock:
            return {asked: it for asked, it in self._passed.items() if role in (None, asked.role)}

    def refused(self, role: str | None = None) -> list[Refused]:
        """The last checks that were not passed, in turn."""
        with self._lock:
            return [it for it in self._refused if role in (None, it.asked.role)]

    def taken(self, role: str) -> list[Taken]:
        """How long the last requests of a role that were let through took, in the order of their ends."""
        with self._lock:
            return [it for it in self._taken if it.role == role]

    def forget(self) -> None:
        """Starts the lists of checks anew."""
        with self._lock:
            self._passed.clear()
            self._refused.clear()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        began = time.time()
        service, token = credentials(request)
        # S3's bodies are not for reading: what they hold decides nothing, and they may be long.
        body = None if service == "s3" else await request.read()
        try:
            role, session = await asyncio.to_thread(self._who, token)
            if role is None:
                _log.warning("%s %s of %s has no credentials of a role", request.method, request.path, service)
                return _response(request, refusal(service, None, None, Decision(False)))
            principal = role.session(session)
            checks = await asyncio.to_thread(self._checks, service, request, body or b"")
            for check in checks:
                decision = await self._decide(role, principal, session, check)
                if not decision.allowed:
                    _log.warning("%s may not %s %s: %s", role.name, check.action, check.resource, decision.why)
                    return _response(request, refusal(service, principal, check, decision))
            response = await self._forward(request, service, body, role, session)
            with self._lock:
                self._taken.append(Taken(role.name, service, began, time.time()))
            return response
        except Exception as error:
            if not (isinstance(error, (aiohttp.ClientError, TimeoutError)) or is_away(error)):
                raise
            # As if AWS could not be reached; what a policy allows is not known then, and is not said to be refused.
            _log.warning("%s %s: %s", request.method, request.path, error)
            return cut(request)

    # ---- Who asks for what. ------------------------------------------------------------------------------------------

    def _who(self, token: str) -> tuple[Role | None, str]:
        found = tokens.read(token)
        return (self.account.role(found[0]), found[1]) if found else (None, "")

    def _checks(self, service: str, request: web.Request, body: bytes) -> list[Check]:
        method, path = request.method, unquote(request.rel_url.raw_path)
        target = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        try:
            match service:
                case "ec2" | "iam":
                    call = read(request.rel_url.raw_query_string, body)
                    if call is not None:
                        check = ec2.checks if service == "ec2" else others.iam_checks
                        return check(self.account, call.action, call.parameters)
                case "dynamodb":
                    return dynamodb.checks(self.account, target, _json(body))
                case "s3":
                    return s3.checks(method, path, request.query, request.headers)
                case "ssm":
                    return others.ssm_checks(self.account, target, _json(body))
                case "lambda":
                    return others.lambda_checks(self.account, method, path)
                case "scheduler":
                    return others.scheduler_checks(self.account, method, path, request.query, _json(body))
        except Exception as error:
            if is_away(error):
                raise
            # Whatever can't be read is not let through.
            _log.exception("a request to %s is not understood", service)
        return [Check(f"{service}:{target or 'Unknown'}", "*")]

    async def _decide(self, role: Role, principal: Principal, session: str, check: Check) -> Decision:
        bucket_policy = None
        if check.action.startswith("s3:"):
            bucket = check.resource.rpartition(":")[2].partition("/")[0]
            bucket_policy = await asyncio.to_thread(self.account.bucket_policy, bucket) if bucket else None
        decision = decide(check, principal, role.policies, bucket_policy)
        asked = Asked(role.name, session, check)
        with self._lock:
            if not decision.allowed:
                self._refused.append(Refused(asked, decision.why))
            elif len(self._passed) < _REMEMBERED:
                self._passed.setdefault(asked, decision)
        return decision

    # ---- What is behind. ---------------------------------------------------------------------------------------------

    async def _forward(
        self, request: web.Request, service: str, body: bytes | None, role: Role, session: str
    ) -> web.StreamResponse:
        headers = passed_on(request.headers)
        if body is not None:
            headers.popall("Content-Length", None)
        emulator = self._endpoints.moto if service in BY_MOTO else self._endpoints.ministack
        data: Any = body or None
        if body is None and request.can_read_body:
            data = request.content
        async with self._client.request(
            request.method,
            URL(f"{emulator}{request.rel_url.raw_path_qs}", encoded=True),
            headers=headers,
            data=data,
            allow_redirects=False,
        ) as answer:
            bucket, key = s3.place(unquote(request.rel_url.raw_path))
            if service == "s3" and key and answer.status == 404 and request.method in ("GET", "HEAD"):
                # Who may not list a bucket is not told that something isn't there.
                check, principal = s3.existence_check(bucket), role.session(session)
                decision = await self._decide(role, principal, session, check)
                if not decision.allowed:
                    return _response(request, refusal(service, principal, check, decision))
            return await stream(request, answer)


def credentials(request: web.Request) -> tuple[str, str]:
    """The service that a request is signed for, and the session's token; in the headers, or in a presigned address."""
    query = {name.lower(): value for name, value in request.query.items()}
    found = _CREDENTIAL.search(request.headers.get("Authorization") or query.get("x-amz-credential", ""))
    service = found[1] if found else "unknown"
    if "awsaccesskeyid" in query:
        # Version 2 of signatures, in which boto3 still signs addresses of S3's first region, knows no services.
        service = "s3"
    return service, request.headers.get("X-Amz-Security-Token") or query.get("x-amz-security-token", "")


def _json(body: bytes) -> Mapping[str, Any]:
    return json.loads(body) if body else {}


def _response(request: web.Request, answer: Answer) -> web.Response:
    body = None if request.method == "HEAD" else answer.body
    return web.Response(status=answer.status, body=body, headers=dict(answer.headers))
