"""Lambda and DynamoDB as a function meets them, on loopback. The emulators would take longer than the function does.

`RuntimeApi` is [Lambda's runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), `Table` a
DynamoDB that answers every scan with the same page, `Issuer` says who people are, and `started` starts a function
between them.
"""

import json
import os
import queue
import select
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, Any, Protocol
from urllib.parse import parse_qs

from tests.support.tokens import own_key, public, signed

# The longest that anything here is waited for, in seconds.
PATIENCE = 30

# What infra/service.yaml gives the function, and Lambda itself.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "example",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "rollcall-control-plane",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/rollcall-control-plane",
    "AWS_LAMBDA_LOG_STREAM_NAME": "example",
    "EMPLOYEES_TABLE": "Employees",
    "PHOTOS_BUCKET": "rollcall-photos",
    "PEOPLE_TABLE": "rollcall-people",
    "SEARCH_INDEX_TABLE": "rollcall-search-index",
    "OPERATIONS_TABLE": "rollcall-operations",
    "ARTIFACTS_BUCKET": "rollcall-artifacts",
    "HOST_LAUNCH_TEMPLATE_ID": "lt-0123456789abcdef0",
    "HOST_SUBNET_IDS": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
    "HOST_ADDRESS_ALLOCATION_ID": "eipalloc-0123456789abcdef0",
    "HOST_TAG": "rollcall",
    "INSTANCE_TYPES": "t2.micro,t3.micro",
    "HOST_ROLE_ID": "AROAEXAMPLE",
    "SCHEDULE_GROUP": "rollcall",
    "SCHEDULER_ROLE_ARN": "arn:aws:iam::123456789012:role/rollcall-scheduler",
    "FUNCTION_ARN": "arn:aws:lambda:us-east-1:123456789012:function:rollcall-control-plane",
    "READING": "open",
}

# The id of each invocation, of the trace that it belongs to, and of the part of that which it is.
REQUEST_ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
TRACE = "1-5bef4de7-ad49b0e87f6ef6c87fc2e700"
PARENT = "9a9197af755a6419"

# One page of the table: as many as a page of the API holds.
EMPLOYEES = [
    {
        "id": {"S": f"00000000-0000-4000-8000-{number:012}"},
        "full_name": {"S": f"Employee {number}"},
        "location": {"S": "Seattle"},
        "job_title": {"S": "Engineer"},
        "badges": {"L": [{"S": "apple"}, {"S": "bug"}]},
        "object_key": {"S": f"employee_pic/{number:016x}.png"},
    }
    for number in range(50)
]


def get(path: str, query: str = "") -> dict[str, Any]:
    """A GET request as the HTTP API passes it on, in payload version 2.0."""
    return request("GET", path, query)


def request(
    method: str, path: str, query: str = "", headers: Mapping[str, str] | None = None, body: str | None = None
) -> dict[str, Any]:
    """A request of any method, likewise."""
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"}
    usual = {"host": "example.execute-api.us-east-1.amazonaws.com", "accept": "*/*"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": usual | dict(headers or {}),
        "requestContext": {"http": http, "requestId": "JKJaXmPLvHcESHA=", "stage": "$default", "timeEpoch": 0},
        "isBase64Encoded": False,
    } | ({} if body is None else {"body": body})


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __enter__(self) -> "_Server":
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A function that ends while it is answered is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A whole answer goes out at once, and not in parts that each wait for the other side.
    wbufsize = -1
    disable_nagle_algorithm = True

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class RuntimeApi(_Server):
    """Lambda, for one function: it hands out one event at a time and takes the answer, within some seconds each.

    Whether the trace of the next event is sampled says `sampled`.
    """

    def __init__(self, *, patience: float = PATIENCE) -> None:
        super().__init__(("127.0.0.1", 0), _RuntimeHandler)
        self.sampled = False
        self.patience = patience
        self.asked: queue.Queue[float] = queue.Queue()
        self.events: queue.Queue[Any] = queue.Queue()
        self.handed_out: queue.Queue[float] = queue.Queue()
        self.answered: queue.Queue[tuple[float, str, Any]] = queue.Queue()

    def next(self) -> float:
        """Waits until the function asks for an event, and gives that moment, by `time.perf_counter`."""
        return self.asked.get(timeout=self.patience)

    def invoke(self, event: Any) -> tuple[float, Any]:
        """Hands out an event, and gives the seconds that its answer took, and the answer."""
        self.events.put(event)
        moment, kind, answer = self.answered.get(timeout=self.patience)
        assert kind == "response", answer
        return moment - self.handed_out.get(timeout=self.patience), answer


class _RuntimeHandler(_Handler):
    server: RuntimeApi

    def do_GET(self) -> None:
        self.server.asked.put(time.perf_counter())
        event = json.dumps(self.server.events.get()).encode()
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": REQUEST_ID,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self.server.patience) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": ENVIRONMENT["FUNCTION_ARN"],
            "Lambda-Runtime-Trace-Id": f"Root={TRACE};Parent={PARENT};Sampled={int(self.server.sampled)}",
        }
        self.server.handed_out.put(time.perf_counter())
        self.answer(200, headers, event)

    def do_POST(self) -> None:
        body = self.body()
        self.server.answered.put((time.perf_counter(), self.path.rsplit("/", 1)[-1], json.loads(body or b"null")))
        self.answer(202, {}, b"")


class Served(Protocol):
    """What stands in for AWS, on a host and port."""

    @property
    def address(self) -> str: ...


class Table(_Server):
    """DynamoDB with one table of employees. While it is `held`, no call is answered."""

    def __init__(self, *, held: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _TableHandler)
        self.asked: queue.Queue[Any] = queue.Queue()
        self.free = threading.Event()
        if not held:
            self.free.set()

    def __exit__(self, *more: object) -> None:
        self.free.set()
        super().__exit__(*more)

    def is_given_up(self, within: float) -> bool:
        """Whether who asked first closes the connection within some seconds, without an answer."""
        return bool(select.select([self.asked.get(timeout=PATIENCE)], [], [], within)[0])


class _TableHandler(_Handler):
    server: Table

    def do_POST(self) -> None:
        self.body()
        self.server.asked.put(self.connection)
        self.server.free.wait(PATIENCE)
        found = {"Items": EMPLOYEES, "Count": len(EMPLOYEES), "ScannedCount": len(EMPLOYEES)}
        is_scan = self.headers["x-amz-target"].endswith(".Scan")
        self.answer(200, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(found if is_scan else {}).encode())


class Issuer(_Server):
    """Who says who people are: an OpenID Connect issuer with a key of its own.

    Whoever comes with a code of `codes` gets an ID token with those claims.
    """

    CLIENT = "rollcall"
    KEY = "1"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _IssuerHandler)
        self.key = own_key()
        self.codes: dict[str, dict[str, Any]] = {}

    @property
    def name(self) -> str:
        """What it is called in its tokens."""
        return f"http://{self.address}"

    @property
    def environment(self) -> dict[str, str]:
        """What tells a function of it."""
        return {"OIDC_ISSUER": self.name, "OIDC_CLIENT_ID": self.CLIENT}

    def bearer(self, *groups: str) -> dict[str, str]:
        """The header of someone in these groups, good for a day."""
        now = int(time.time())
        times = {"iat": now, "auth_time": now, "exp": now + 24 * 60 * 60}
        whom = {"sub": "7-e", "username": "Edith", "cognito:groups": list(groups)}
        claims = {"client_id": self.CLIENT, "token_use": "access"} | whom | times
        return {"authorization": f"Bearer {self.sign(claims)}"}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token of its own with these claims."""
        return signed({"alg": "RS256", "kid": self.KEY}, {"iss": self.name} | dict(claims), self.key)


class _IssuerHandler(_Handler):
    server: Issuer

    def do_GET(self) -> None:
        issuer = self.server
        pages = {"jwks_uri": "keys", "authorization_endpoint": "authorize", "token_endpoint": "token"}
        documents = {
            "/.well-known/openid-configuration": {"issuer": issuer.name}
            | {name: f"{issuer.name}/{page}" for name, page in pages.items()},
            "/keys": {"keys": [public(issuer.key, issuer.KEY)]},
        }
        self.tell(documents.get(self.path))

    def do_POST(self) -> None:
        code = parse_qs(self.body().decode()).get("code", [""])[0]
        claims = self.server.codes.get(code)
        now = int(time.time())
        usual = {"aud": self.server.CLIENT, "iat": now, "exp": now + 60}
        token = {"access_token": "none", "token_type": "Bearer"}
        self.tell(claims and token | {"id_token": self.server.sign(usual | claims)})

    def tell(self, found: Any) -> None:
        self.answer(200 if found else 404, {"Content-Type": "application/json"}, json.dumps(found).encode())


@contextmanager
def started(
    command: list[str],
    runtime: RuntimeApi,
    aws: Served | Mapping[str, str],
    more: Mapping[str, str] | None = None,
    log: IO[bytes] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Starts a function as Lambda does, with more in its environment, and ends it.

    It finds AWS at one address, or as an environment says. What it logs is written to `log`.
    """
    found = dict(aws) if isinstance(aws, Mapping) else {"AWS_ENDPOINT_URL": f"http://{aws.address}"}
    own = {"AWS_LAMBDA_RUNTIME_API": runtime.address, "PATH": os.environ["PATH"]}
    environment = ENVIRONMENT | found | own | dict(more or {})
    process = subprocess.Popen(command, env=environment, stdout=log or subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
